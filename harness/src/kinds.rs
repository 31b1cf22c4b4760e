//! Kinds of owned resources: the parameters and members that contain their ids, their table and their owner. Each kind
//! is one entry of [`KINDS`]; the operations come from the contract.

use agora_runtime::Operation;

/// A kind of resource that belongs to a user.
#[derive(Debug)]
pub struct Kind {
    /// End of the paths that identify one, with `{}` for the parameter.
    pub path: &'static str,
    /// Names of the members of queries and bodies that contain its id.
    pub names: &'static [&'static str],
    /// The table of its rows.
    pub table: &'static str,
    /// The column with the id of its owner.
    pub owner: &'static str,
}

/// All kinds.
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

/// Returns the operation's path up to and including a parameter.
#[must_use]
pub fn up_to<'a>(operation: &'a Operation, parameter: &str) -> &'a str {
    let slot = format!("{{{parameter}}}");
    operation.path.split_once(&slot).map_or("", |(before, _)| &operation.path[..before.len() + slot.len()])
}

/// Returns the kind of resource that a path parameter identifies, or `None` if it is not an owned one.
#[must_use]
pub fn of_path(operation: &Operation, parameter: &str) -> Option<&'static Kind> {
    let path = up_to(operation, parameter).replace(&format!("{{{parameter}}}"), "{}");
    KINDS.iter().filter(|kind| path.ends_with(kind.path)).max_by_key(|kind| kind.path.len())
}

/// Returns the kind of resource that a member of a query or a body identifies.
#[must_use]
pub fn of_name(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.names.contains(&name))
}

/// Returns the names of an operation's path parameters, in order.
pub fn slots(operation: &Operation) -> impl Iterator<Item = &str> {
    operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}
