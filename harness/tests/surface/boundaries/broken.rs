//! Planted breaches: for every rule, a small tree with an additional file that breaks the rule.

use super::sources::{Source, Tree};
use super::{GROUPS, Rule};
use crate::spec_rules::repository::File;

/// A tree that keeps every rule.
const SOURCES: &[(&str, &str)] = &[
    ("server/src/orders/mod.rs", "//! Orders.\nmod place;\npub use place::place;\n"),
    (
        "server/src/orders/place.rs",
        "//! Placing.\nuse crate::users::User;\nuse super::lines::Line;\nuse crate::platform::db::Transaction;\n",
    ),
    ("server/src/orders/queries.rs", ORDERS),
    ("server/src/orders/lines/mod.rs", "//! Lines.\npub(super) mod queries;\n"),
    ("server/src/catalog/queries.rs", CATALOG),
    (
        "server/src/carts/mod.rs",
        "//! Carts.\nuse crate::orders::{self, Order};\nfn a() { orders::place(b) }\n",
    ),
    ("server/src/users/mod.rs", "//! Users.\n"),
    (
        "server/src/platform/db/mod.rs",
        "//! The database.\nuse crate::config::Config;\nuse tokio_postgres::Row;\n",
    ),
    ("server/src/router.rs", "//! Routes.\nfn a() { x.route(\"/api/v1/ws\", b).fallback(c) }\n"),
    ("server/src/serve.rs", "//! Serving.\nuse agora_api::{CONTRACT_JSON, OPERATIONS};\n"),
    ("harness/src/lib.rs", "//! The harness.\nuse agora::{Config, serve};\n// sleep(1), todo!()\n"),
];

const MIGRATIONS: &[(&str, &str)] = &[
    ("migrations/V0001__users.sql", "-- module: users\ncreate table users (id bigint);\n"),
    ("migrations/V0002__orders.sql", "-- module: orders\ncreate table if not exists orders (id bigint);\n"),
];

fn whole() -> Tree {
    Tree {
        sources: SOURCES.iter().map(|(path, text)| Source::new(path, text)).collect(),
        scripts: MIGRATIONS.iter().map(|(path, text)| File::new(path, text)).collect(),
        handwritten: ["/api/v1/ws".to_owned()].into(),
    }
}

const ORDERS: &str = "//! Orders' SQL.\nuse tokio_postgres::Row;\nconst A: &str = r\"-- orders.find\nselect id from orders\";\n";
const CATALOG: &str = "//! SQL.\nconst A: &str = r\"-- catalog.find\nselect u.username from users u\";\n";

/// Planted files: the id of the rule that each file breaks, its path and its text.
const PLANTS: &[(&str, &str, &str)] = &[
    ("B1", "server/src/orders/model.rs", "//! x\nuse agora_api::models::Order;\n"),
    ("B1", "server/src/main.rs", "//! x\nuse agora_api::{DOCUMENT_YAML, models};\n"),
    ("B2", "server/src/orders/confirm.rs", "//! x\nuse tokio_postgres::Transaction;\n"),
    ("B2", "server/src/app.rs", "//! x\nstruct A { pool: deadpool_postgres::Pool }\n"),
    ("B3", "server/src/platform/writes/mod.rs", "//! x\nuse crate::{config::Config, orders::Order};\n"),
    ("B4", "server/src/carts/mod.rs", "//! x\nuse crate::orders::queries;\n"),
    ("B4", "server/src/carts/mod.rs", "//! x\nuse crate::{app::App, orders::{place::place, Order}};\n"),
    (
        "B4",
        "server/src/carts/add.rs",
        "//! x\nuse crate::orders::{self};\nfn a() { orders::queries::find(b) }\n",
    ),
    (
        "B4",
        "server/src/carts/add.rs",
        "//! x\nuse crate::{app::App, orders};\nfn a() { orders::place::Stock }\n",
    ),
    ("B4", "server/src/orders/mod.rs", "//! x\npub(crate) mod queries;\n"),
    ("B4", "server/src/orders/mod.rs", "//! x\npub(super) mod queries;\n"),
    ("B4", "server/src/orders/lines/mod.rs", "//! x\npub mod queries;\n"),
    ("B4", "server/src/orders/mod.rs", "//! x\nmod queries;\npub use queries as sql;\n"),
    ("B4", "server/src/carts/add.rs", "//! x\nuse super::super::orders::Order;\n"),
    ("B5", "server/src/orders/model.rs", "//! x\nfn a() { b.await }\n"),
    ("B5", "server/src/orders/queries.rs", "//! x\nuse super::handlers::a;\n"),
    ("B6", "server/src/orders/confirm.rs", "//! x\nuse crate::admin::users;\n"),
    ("B7", "server/src/orders/confirm.rs", "//! x\nfn a() { crate::email::send(b); }\n"),
    ("B8", "harness/src/client.rs", "//! x\nuse agora::orders::Order;\n"),
    ("B3", "server/src/error.rs", "//! x\nuse crate::platform::db::DbError;\n"),
    ("B3", "server/src/identity.rs", "//! x\nuse crate::users::User;\n"),
    ("B3", "server/src/credentials/tokens.rs", "//! x\nuse crate::users::User;\n"),
    ("B40", "server/src/orders/confirm.rs", "//! x\nuse crate::carts::{self, Cart};\n"),
    ("B40", "server/src/users/account.rs", "//! x\nuse crate::{app::App, orders::Order};\n"),
    ("B40", "server/src/orders/lines/add.rs", "//! x\nuse crate::orders::place::Place;\n"),
    ("B11", "server/src/orders/confirm.rs", "//! x\nconst A: &str = \"update orders set state = $1\";\n"),
    (
        "B11",
        "server/src/orders/confirm.rs",
        "//! x\nconst A: &str = r\"-- orders.confirm\nselect id from orders\";\n",
    ),
    ("B12", "server/src/users/queries.rs", "//! x\nconst A: &str = r\"select id from users\";\n"),
    (
        "B12",
        "server/src/users/queries.rs",
        "//! x\nconst A: &str = r\"-- orders.other\nselect id from users\";\n",
    ),
    (
        "B12",
        "server/src/orders/seed.rs",
        "//! x\nconst A: &str = r\"-- orders.find\nselect id from orders\";\n",
    ),
    (
        "B13",
        "server/src/users/queries.rs",
        "//! x\nconst A: &str = r\"-- users.find\nselect * from users\";\n",
    ),
    (
        "B13",
        "server/src/users/queries.rs",
        "//! x\nconst A: &str = r\"-- users.find\nselect id, u.* from users u\";\n",
    ),
    ("B14", "migrations/V0003__carts.sql", "create table carts (id bigint);\n"),
    ("B14", "migrations/V0003__carts.sql", "-- module: baskets\ncreate table carts (id bigint);\n"),
    (
        "B15",
        "server/src/users/queries.rs",
        "//! x\nconst A: &str = r\"-- users.count\nselect id from a, orders o\";\n",
    ),
    (
        "B15",
        "server/src/catalog/queries.rs",
        "//! x\nconst A: &str = r\"-- catalog.x\nupdate users set a = 1\";\n",
    ),
    ("B21", "server/src/orders/handlers.rs", "//! x\nfn a() { b.route(\"/api/v1/ws\", c) }\n"),
    ("B22", "server/src/router.rs", "//! x\nfn a() { b.route(\"/api/v1/hidden\", c) }\n"),
    ("B22", "server/src/router.rs", "//! x\nfn a() { b.route(HIDDEN, c) }\n"),
    ("B33", "server/src/orders/confirm.rs", "use a::b;\n"),
    ("B34", "server/src/orders/confirm.rs", "//! x\n#[allow(dead_code)]\nfn a() {}\n"),
    ("B35", "server/src/orders/confirm.rs", "//! x\nfn a() { todo!() }\n"),
    ("B36", "server/src/orders/helpers.rs", "//! x\n"),
    ("B36", "server/src/orders/mod.rs", "//! x\nmod utils;\n"),
    ("B37", "tools/src/main.rs", "//! x\n"),
    ("B39", "server/src/orders/confirm.rs", "//! x\nfn a() { Error::field(\"b\", \"c\", \"is not d\") }\n"),
    ("B39", "crates/runtime/src/violation.rs", "//! x\nfn message() { \"is d at least\" }\n"),
    ("B38", "harness/tests/component/orders.rs", "//! x\nfn a() { tokio::time::sleep(b).await }\n"),
];

/// Returns planted breaches of the length limits: a long file and a long function.
fn long() -> [(&'static str, &'static str, String); 2] {
    let body = "    a();\n".repeat(80);
    [
        ("B31", "server/src/orders/confirm.rs", format!("//! x\n{}", "// x\n".repeat(600))),
        ("B32", "server/src/orders/confirm.rs", format!("//! x\nfn a() {{\n{body}}}\n")),
    ]
}

fn planted(path: &str, text: &str) -> Tree {
    let mut tree = whole();
    if path.ends_with(".rs") {
        tree.sources.push(Source::new(path, text));
    } else {
        tree.scripts.push(File::new(path, text));
    }
    tree
}

#[test]
fn a_tree_that_keeps_the_rules_has_no_breach() {
    let tree = whole();
    let rules = GROUPS.iter().copied().flatten();
    let breaches: Vec<String> = rules.flat_map(|rule| (rule.breaches)(&tree)).collect();
    assert!(breaches.is_empty(), "{breaches:#?}");
}

#[test]
fn every_boundary_finds_its_planted_breach() {
    let rules: Vec<&Rule> = GROUPS.iter().copied().flatten().collect();
    let mut plants: Vec<(&str, &str, String)> =
        PLANTS.iter().map(|(id, path, text)| (*id, *path, (*text).to_owned())).collect();
    plants.extend(long());
    let finds = |(id, path, text): &&(&str, &str, String)| {
        let rule = rules.iter().find(|rule| rule.id == *id).expect("the plant names a rule");
        !(rule.breaches)(&planted(path, text)).is_empty()
    };
    let missed: Vec<_> = plants.iter().filter(|plant| !finds(plant)).collect();
    assert!(missed.is_empty(), "these are not seen: {missed:#?}");
    let unplanted = rules.iter().filter(|rule| !plants.iter().any(|(id, ..)| *id == rule.id));
    let unplanted: Vec<&str> = unplanted.map(|rule| rule.id).collect();
    assert!(unplanted.is_empty(), "these rules have no planted breach: {unplanted:?}");
}
