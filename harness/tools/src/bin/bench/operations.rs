//! The measured operations, and the SQL statements of each.

use clap::ValueEnum;

use crate::pgbench::Value::{self, Cart, Null, Number, Text};
use crate::statements::BEGIN;
use crate::world::{USER, World};

/// An operation to measure.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Operation {
    /// One product
    Product,
    /// A page of 10 products
    Page,
    /// The products of two categories
    ByCategories,
    /// A change of a cart: something comes, something is set, something goes
    Cart,
    /// A sign-in
    Login,
}

/// A statement and its parameters. It is given by its label, or by its text if the server's sources have no label.
pub type Statement = (&'static str, Vec<Value>);

impl Operation {
    /// Returns the name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Product => "GET /products/{id}",
            Self::Page => "GET /products",
            Self::ByCategories => "GET /products/by-categories",
            Self::Cart => "PATCH /carts/{id}",
            Self::Login => "POST /auth/login",
        }
    }

    /// Returns the request target of a read, or `None` for a write. Only reads have a bound.
    pub fn target(self) -> Option<&'static str> {
        match self {
            Self::Product => Some("/api/v1/products/7"),
            Self::Page => Some("/api/v1/products"),
            Self::ByCategories => Some("/api/v1/products/by-categories?categoryIds=1,2"),
            Self::Cart | Self::Login => None,
        }
    }

    /// Returns the number of requests in a round, as a part of those for one product, so that all rounds last about
    /// equally long.
    pub fn share(self, requests: usize) -> usize {
        let part = match self {
            Self::Product => 1,
            Self::Page | Self::ByCategories => 2,
            Self::Cart => 8,
            Self::Login => 400,
        };
        (requests / part).max(1)
    }

    /// Like [`Operation::share`], for pgbench, which hashes no passwords.
    pub fn transactions(self, requests: usize) -> usize {
        if self == Self::Login { requests / 4 } else { self.share(requests) }
    }

    /// Returns the statements in groups; those of one group are pipelined.
    pub fn statements(self, world: &World) -> Vec<Vec<Statement>> {
        match self {
            Self::Product => vec![vec![("catalog.find_product", vec![Number(7), Null("uuid")])]],
            Self::Page => {
                let of_page = vec![Number(0), Number(11), Number(0), Text("false".into())];
                vec![vec![("catalog.list_products", of_page)]]
            }
            Self::ByCategories => {
                let ids = || Text("{1,2}".into());
                vec![vec![
                    ("catalog.find_missing_categories", vec![ids()]),
                    ("catalog.list_products_by_categories", vec![ids(), Number(0), Number(101), Number(0)]),
                ]]
            }
            Self::Cart => {
                let line = |id: &str, quantity: &str| vec![Cart, Text(id.into()), Text(quantity.into())];
                let mut locked: Vec<Statement> = BEGIN.iter().map(|text| (*text, Vec::new())).collect();
                locked.extend([
                    ("carts.lock_cart", vec![Cart, Null("uuid")]),
                    ("carts.list_lines", vec![Cart, Null("uuid")]),
                    ("catalog.find_unlisted_products", vec![Text("{1,2}".into())]),
                ]);
                let changed = vec![
                    ("carts.add_lines", line("{1}", "{2}")),
                    ("carts.update_lines", line("{2}", "{3}")),
                    ("carts.delete_lines", vec![Cart, Text("{1}".into())]),
                    ("carts.update_cart", vec![Cart, Null("date"), Null("bigint")]),
                    ("carts.list_lines", vec![Cart, Null("uuid")]),
                ];
                vec![locked, changed, vec![("commit", Vec::new())]]
            }
            Self::Login => {
                let (id, hash) = world.account.clone();
                let session = vec![Value::NewUuid, Number(id), Text(hash)];
                let account = vec![Text(USER.0.to_owned())];
                vec![vec![("users.find_by_login", account)], vec![("credentials.insert_session", session)]]
            }
        }
    }
}
