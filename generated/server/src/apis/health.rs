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

/// GET /api/v1/health
pub static GET_HEALTH: Operation = Operation {
    id: "get_health",
    tag: "health",
    method: "GET",
    path: "/api/v1/health",
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

/// Success responses of GET /api/v1/health.
#[derive(Debug)]
pub enum GetHealthResponse {
    /// The server is healthy.
    Status200 {
        /// The body.
        body: models::Health,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetHealthResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => {
                ResponseBuilder::with_status(200).json("application/json", &body).build()
            }
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn get_health<S: Health>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_HEALTH, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.get_health(&context).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /health/live
pub static GET_LIVENESS: Operation = Operation {
    id: "get_liveness",
    tag: "health",
    method: "GET",
    path: "/health/live",
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

/// Success responses of GET /health/live.
#[derive(Debug)]
pub enum GetLivenessResponse {
    /// The process is alive.
    Status200 {
        /// The body.
        body: models::Liveness,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetLivenessResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => {
                ResponseBuilder::with_status(200).json("application/json", &body).build()
            }
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn get_liveness<S: Health>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_LIVENESS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.get_liveness(&context).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /health/ready
pub static GET_READINESS: Operation = Operation {
    id: "get_readiness",
    tag: "health",
    method: "GET",
    path: "/health/ready",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "read",
    idempotency: Idempotency::named("none", "GET"),
    rate_limit: "none",
    sql_round_trips: 1,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of GET /health/ready.
#[derive(Debug)]
pub enum GetReadinessResponse {
    /// The server is ready.
    Status200 {
        /// The body.
        body: models::Readiness,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetReadinessResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => {
                ResponseBuilder::with_status(200).json("application/json", &body).build()
            }
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn get_readiness<S: Health>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_READINESS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.get_readiness(&context).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// Handlers of this tag. A method is called only with a valid request from an authorized caller, whose
/// type says whether it may be anonymous.
pub trait Health: Hooks {
    /// GET /api/v1/health: Check health
    fn get_health(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
    ) -> impl Future<Output = Result<GetHealthResponse, Self::Error>> + Send;

    /// GET /health/live: Check liveness
    fn get_liveness(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
    ) -> impl Future<Output = Result<GetLivenessResponse, Self::Error>> + Send;

    /// GET /health/ready: Check readiness
    fn get_readiness(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
    ) -> impl Future<Output = Result<GetReadinessResponse, Self::Error>> + Send;
}

/// Adds the routes of this tag.
pub fn routes<S: Health>(router: Router<S>) -> Router<S> {
    router
        .route("/api/v1/health", routing::get(get_health::<S>))
        .route("/health/live", routing::get(get_liveness::<S>))
        .route("/health/ready", routing::get(get_readiness::<S>))
}
