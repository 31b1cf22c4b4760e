//! Operations of one tag: statics, types, trait and routes.
#![allow(
    clippy::doc_markdown,
    clippy::large_enum_variant,
    clippy::too_many_lines,
    clippy::too_many_arguments,
    unused_imports,
    unused_mut,
    unused_variables
)]

use std::future::Future;

use agora_runtime::{
    Access, ApiResponse, Failure, Hooks, Idempotency, Operation, PageHeaders, PageParameters, PageQuery,
    PageResponse, RequestContext, ResponseBuilder, callers, into_response, validate_request,
};
use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing;
use serde::Deserialize;

use crate::models;

/// GET /api/docs
pub static GET_DOCS: Operation = Operation {
    id: "get_docs",
    tag: "docs",
    method: "GET",
    path: "/api/docs",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "read",
    idempotency: Idempotency::named("none", "GET"),
    rate_limit: "none",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// GET /api/docs/redoc.js
pub static GET_DOCS_SCRIPT: Operation = Operation {
    id: "get_docs_script",
    tag: "docs",
    method: "GET",
    path: "/api/docs/redoc.js",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "read",
    idempotency: Idempotency::named("none", "GET"),
    rate_limit: "none",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// GET /problems/{problem}
pub static GET_PROBLEM_PAGE: Operation = Operation {
    id: "get_problem_page",
    tag: "docs",
    method: "GET",
    path: "/problems/{problem}",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "read",
    idempotency: Idempotency::named("none", "GET"),
    rate_limit: "none",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// GET /api/schema
pub static GET_SCHEMA: Operation = Operation {
    id: "get_schema",
    tag: "docs",
    method: "GET",
    path: "/api/schema",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "read",
    idempotency: Idempotency::named("none", "GET"),
    rate_limit: "none",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// GET /api/schema.json
pub static GET_SCHEMA_JSON: Operation = Operation {
    id: "get_schema_json",
    tag: "docs",
    method: "GET",
    path: "/api/schema.json",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "read",
    idempotency: Idempotency::named("none", "GET"),
    rate_limit: "none",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// GET /
pub static GET_START_PAGE: Operation = Operation {
    id: "get_start_page",
    tag: "docs",
    method: "GET",
    path: "/",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "read",
    idempotency: Idempotency::named("none", "GET"),
    rate_limit: "none",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Handlers of this tag. A method is called only with a valid request from an authorized caller, whose
/// type says whether it may be anonymous.
pub trait Docs: Hooks {}

/// Adds the routes of this tag.
pub fn routes<S: Docs>(router: Router<S>) -> Router<S> {
    router
}
