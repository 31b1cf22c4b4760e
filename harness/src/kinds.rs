//! Kinds of resources, by the `x-ref` of the slots that contain their ids.

use agora_api::OPERATIONS;
use agora_runtime::Operation;
use serde_json::Value;

use crate::spec::{of_document, parameters};

/// A kind of resource that belongs to a user.
#[derive(Debug)]
pub struct Kind {
    /// The value of `x-ref`.
    pub name: &'static str,
    /// The table of its rows.
    pub table: &'static str,
    /// The column with the id of its owner.
    pub owner: &'static str,
}

impl Kind {
    /// Returns the expressions in SQL that identify a row of the table.
    #[must_use]
    pub fn names(&self) -> &'static str {
        match self.name {
            "user" => "id::text, uuid::text, username",
            "session" => "id::text",
            _ => "id::text, uuid::text",
        }
    }
}

/// The kinds that belong to a user.
pub const OWNED: &[Kind] = &[
    Kind { name: "user", table: "users", owner: "id" },
    Kind { name: "address", table: "addresses", owner: "user_id" },
    Kind { name: "category", table: "categories", owner: "created_by" },
    Kind { name: "product", table: "products", owner: "owner_id" },
    Kind { name: "cart", table: "carts", owner: "user_id" },
    Kind { name: "order", table: "orders", owner: "buyer_id" },
    Kind { name: "api_key", table: "api_keys", owner: "user_id" },
    Kind { name: "session", table: "sessions", owner: "user_id" },
];

/// The kinds that belong to no user.
pub const UNOWNED: &[&str] = &["registry_user", "problem", "tag"];

/// Returns the kind that a parameter, a member of a body or the items of a list refer to.
#[must_use]
pub fn name_of(slot: &'static Value) -> Option<&'static str> {
    let schema = &slot["schema"];
    [slot, &slot["items"], &schema["items"]].into_iter().find_map(|holder| holder["x-ref"].as_str())
}

/// Returns the owned kind that a slot refers to.
#[must_use]
pub fn owned(slot: &'static Value) -> Option<&'static Kind> {
    let name = name_of(slot)?;
    OWNED.iter().find(|kind| kind.name == name)
}

/// Returns the name of the kind that a path parameter identifies.
#[must_use]
pub fn name_of_path(operation: &Operation, parameter: &str) -> Option<&'static str> {
    parameters(operation).find(|known| known["in"] == "path" && known["name"] == parameter).and_then(name_of)
}

/// Returns the owned kind of resource that a path parameter identifies.
#[must_use]
pub fn of_path(operation: &Operation, parameter: &str) -> Option<&'static Kind> {
    let name = name_of_path(operation, parameter)?;
    OWNED.iter().find(|kind| kind.name == name)
}

/// Returns the names of an operation's path parameters, in order.
pub fn slots(operation: &Operation) -> impl Iterator<Item = &str> {
    operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// Returns the GET that reads a single resource of a kind.
#[must_use]
pub fn getter(kind: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().copied().find(|operation| {
        let last =
            operation.path.rsplit('/').next().and_then(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let is_single = operation.method == "GET" && of_document(operation).get("x-page").is_none();
        is_single && last.is_some_and(|last| name_of_path(operation, last) == Some(kind))
    })
}
