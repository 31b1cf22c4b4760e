//! The contract "Torture" 0.1.0 as Rust: a trait and a router for each tag, the wire types, the table
//! of operations. Made by `just gen`; whatever is changed here is lost.
#![forbid(unsafe_code)]

pub mod apis;
pub mod models;

use agora_contract::Operation;

/// The whole contract, with the operations that are not published, in JSON.
pub const CONTRACT_JSON: &str = include_str!("../contract.json");

/// The contract as it is published, in YAML.
pub const DOCUMENT_YAML: &str = include_str!("../openapi.yaml");

/// The contract as it is published, in JSON.
pub const DOCUMENT_JSON: &str = include_str!("../openapi.json");

/// Every operation of the contract.
pub static OPERATIONS: &[&Operation] = &[
    &apis::torture::CREATE_BOUNDS,
    &apis::torture::CREATE_GUARDED,
    &apis::torture::CREATE_OPTIONAL_BODY,
    &apis::torture::CREATE_PAYMENT,
    &apis::torture::CREATE_TEXT,
    &apis::torture::GET_CLIENT_ERRORS,
    &apis::torture::GET_COMBINED_SECURITY,
    &apis::torture::GET_DEFAULT_ONLY,
    &apis::torture::GET_HANDWRITTEN,
    &apis::torture::GET_HEADERS,
    &apis::torture::GET_OAUTH2_ONLY,
    &apis::torture::GET_OPTIONAL_SECURITY,
    &apis::torture::LIST_LISTS,
    &apis::torture::PATCH_NESTED,
];

/// Routes every operation to its method on the server `S`.
pub fn router<S>() -> axum::Router<S>
where
    S: apis::torture::Torture,
{
    let mut router = axum::Router::new();
    router = apis::torture::routes::<S>(router);
    router
}
