//! The contract "Agora" 0.1.0 as Rust: a trait and a router for each tag, the wire types, the table
//! of operations. Made by `just gen`; whatever is changed here is lost.
#![forbid(unsafe_code)]

pub mod apis;
pub mod models;

use agora_contract::Operation;

/// The whole contract, with the operations that are not published, in JSON.
pub const CONTRACT_JSON: &str = include_str!("../../contract.json");

/// The contract as it is published, in YAML.
pub const DOCUMENT_YAML: &str = include_str!("../../openapi.yaml");

/// The contract as it is published, in JSON.
pub const DOCUMENT_JSON: &str = include_str!("../../openapi.json");

/// Every operation of the contract.
pub static OPERATIONS: &[&Operation] = &[
    &apis::auth::CHANGE_PASSWORD,
    &apis::auth::GET_JWKS,
    &apis::auth::GET_ME,
    &apis::auth::LOG_IN,
    &apis::auth::LOG_OUT,
    &apis::auth::LOG_OUT_EVERYWHERE,
    &apis::auth::OBTAIN_TOKEN,
    &apis::auth::REFRESH_SESSION,
    &apis::auth::REFRESH_TOKEN,
    &apis::auth::REGISTER_USER,
    &apis::carts::CREATE_CART,
    &apis::carts::DELETE_CART,
    &apis::carts::GET_CART,
    &apis::carts::LIST_CARTS,
    &apis::carts::LIST_USER_CARTS,
    &apis::carts::PATCH_CART,
    &apis::carts::REPLACE_CART,
    &apis::catalog::CREATE_CATEGORY,
    &apis::catalog::CREATE_PRODUCT,
    &apis::catalog::DELETE_CATEGORY,
    &apis::catalog::DELETE_PRODUCT,
    &apis::catalog::DELETE_PRODUCT_RATING,
    &apis::catalog::GET_CATEGORY,
    &apis::catalog::GET_PRODUCT,
    &apis::catalog::GET_PRODUCT_RATING,
    &apis::catalog::LIST_CATEGORIES,
    &apis::catalog::LIST_PRODUCTS,
    &apis::catalog::LIST_PRODUCTS_BY_CATEGORIES,
    &apis::catalog::PATCH_CATEGORY,
    &apis::catalog::PATCH_PRODUCT,
    &apis::catalog::RATE_PRODUCT,
    &apis::catalog::REPLACE_CATEGORY,
    &apis::catalog::REPLACE_PRODUCT,
    &apis::docs::GET_DOCS,
    &apis::docs::GET_DOCS_SCRIPT,
    &apis::docs::GET_PROBLEM_PAGE,
    &apis::docs::GET_SCHEMA,
    &apis::docs::GET_SCHEMA_JSON,
    &apis::docs::GET_START_PAGE,
    &apis::health::GET_HEALTH,
    &apis::health::GET_LIVENESS,
    &apis::health::GET_READINESS,
    &apis::registry::CREATE_REGISTRY_USER,
    &apis::registry::DELETE_REGISTRY_USER,
    &apis::registry::GET_REGISTRY_USER,
    &apis::registry::LIST_REGISTRY_USER_IDS,
    &apis::registry::LIST_REGISTRY_USERS,
    &apis::registry::PATCH_REGISTRY_USER,
    &apis::registry::REPLACE_REGISTRY_USER,
    &apis::sandbox::RESET_SANDBOX,
    &apis::users::CREATE_ADDRESS,
    &apis::users::CREATE_USER,
    &apis::users::DELETE_ADDRESS,
    &apis::users::DELETE_USER,
    &apis::users::GET_ADDRESS,
    &apis::users::GET_USER,
    &apis::users::LIST_ADDRESSES,
    &apis::users::LIST_USERS,
    &apis::users::PATCH_ADDRESS,
    &apis::users::PATCH_USER,
    &apis::users::REPLACE_ADDRESS,
    &apis::users::REPLACE_USER,
];

/// Routes every operation to its method on the server `S`.
pub fn router<S>() -> axum::Router<S>
where
    S: apis::auth::Auth
        + apis::carts::Carts
        + apis::catalog::Catalog
        + apis::docs::Docs
        + apis::health::Health
        + apis::registry::Registry
        + apis::sandbox::Sandbox
        + apis::users::Users,
{
    let mut router = axum::Router::new();
    router = apis::auth::routes::<S>(router);
    router = apis::carts::routes::<S>(router);
    router = apis::catalog::routes::<S>(router);
    router = apis::docs::routes::<S>(router);
    router = apis::health::routes::<S>(router);
    router = apis::registry::routes::<S>(router);
    router = apis::sandbox::routes::<S>(router);
    router = apis::users::routes::<S>(router);
    router
}
