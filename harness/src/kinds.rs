//! What ids are of: which slots of paths, queries and bodies name a thing, where its row is, and whose it is. One line
//! for a kind of thing; the operations are the contract's.

use agora_contract::Operation;

/// A kind of thing that belongs to a user.
#[derive(Debug)]
pub struct Kind {
    /// How a path names one: its end, with `{}` for the parameter.
    pub path: &'static str,
    /// How queries and bodies name one.
    pub names: &'static [&'static str],
    /// The table of its rows.
    pub table: &'static str,
    /// The column with the id of the user whose it is.
    pub owner: &'static str,
}

/// The kinds that there are.
pub const KINDS: &[Kind] = &[
    Kind { path: "/users/{}", names: &["userId", "user_id"], table: "users", owner: "id" },
    Kind { path: "/users/me/addresses/{}", names: &[], table: "addresses", owner: "user_id" },
    Kind {
        path: "/categories/{}",
        names: &["categories", "categoryIds"],
        table: "categories",
        owner: "created_by",
    },
    Kind { path: "/products/{}", names: &["productId", "product_id"], table: "products", owner: "owner_id" },
    Kind { path: "/carts/{}", names: &[], table: "carts", owner: "user_id" },
];

/// The part of an operation's path that ends with a parameter.
#[must_use]
pub fn up_to<'a>(operation: &'a Operation, parameter: &str) -> &'a str {
    let slot = format!("{{{parameter}}}");
    operation.path.split_once(&slot).map_or("", |(before, _)| &operation.path[..before.len() + slot.len()])
}

/// The kind of thing that a parameter of an operation's path names, where it is one that belongs to somebody.
#[must_use]
pub fn of_path(operation: &Operation, parameter: &str) -> Option<&'static Kind> {
    let path = up_to(operation, parameter).replace(&format!("{{{parameter}}}"), "{}");
    KINDS.iter().filter(|kind| path.ends_with(kind.path)).max_by_key(|kind| kind.path.len())
}

/// The kind of thing that a member of a query or a body names.
#[must_use]
pub fn of_name(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.names.contains(&name))
}

/// The parameters of an operation's path, in their order.
pub fn slots(operation: &Operation) -> impl Iterator<Item = &str> {
    operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}
