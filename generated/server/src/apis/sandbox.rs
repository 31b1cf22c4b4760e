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

/// POST /__sandbox/clock
pub static ADVANCE_CLOCK: Operation = Operation {
    id: "advance_clock",
    tag: "sandbox",
    method: "POST",
    path: "/__sandbox/clock",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 2,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of POST /__sandbox/clock.
#[derive(Debug)]
pub enum AdvanceClockResponse {
    /// Clock advanced.
    Status200 {
        /// The body.
        body: models::Clock,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for AdvanceClockResponse {
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

async fn advance_clock<S: Sandbox>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &ADVANCE_CLOCK, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.advance_clock(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /__sandbox/reset
pub static RESET_SANDBOX: Operation = Operation {
    id: "reset_sandbox",
    tag: "sandbox",
    method: "POST",
    path: "/__sandbox/reset",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 14,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of POST /__sandbox/reset.
#[derive(Debug)]
pub enum ResetSandboxResponse {
    /// Sandbox reset.
    Status204 {},
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for ResetSandboxResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status204 {} => ResponseBuilder::with_status(204).build(),
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn reset_sandbox<S: Sandbox>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &RESET_SANDBOX, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.reset_sandbox(&context).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// Handlers of this tag. A method is called only with a valid request from an authorized caller, whose
/// type says whether it may be anonymous.
pub trait Sandbox: Hooks {
    /// POST /__sandbox/clock: Advance the sandbox's clock
    fn advance_clock(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        body: models::ClockAdvance,
    ) -> impl Future<Output = Result<AdvanceClockResponse, Self::Error>> + Send;

    /// POST /__sandbox/reset: Reset the sandbox
    fn reset_sandbox(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
    ) -> impl Future<Output = Result<ResetSandboxResponse, Self::Error>> + Send;
}

/// Adds the routes of this tag.
pub fn routes<S: Sandbox>(router: Router<S>) -> Router<S> {
    router
        .route("/__sandbox/clock", routing::post(advance_clock::<S>))
        .route("/__sandbox/reset", routing::post(reset_sandbox::<S>))
}
