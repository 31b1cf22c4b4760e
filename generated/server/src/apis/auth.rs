//! The operations of one tag: their statics, types, trait and routes.
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

use agora_contract::{Admitted, Answer, Failure, Hooks, Idempotency, Operation, Reply, Who, admit, finish};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing;
use serde::Deserialize;

use crate::models;

/// POST /api/v1/auth/login
pub static CREATE_LOGIN: Operation = Operation {
    id: "create_login",
    tag: "auth",
    method: "POST",
    path: "/api/v1/auth/login",
    deprecated: false,
    sunset: "",
    who: Who::named("public"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 1,
    body_limit: Operation::BODY_LIMIT,
};

/// The answers of POST /api/v1/auth/login that are not errors.
#[derive(Debug)]
pub enum CreateLoginResponse {
    /// The token, good for 15 minutes, and whose it is.
    Status200 {
        /// The body.
        body: models::Login,
    },
    /// Bytes that are made already.
    Raw(Response),
}

impl Answer for CreateLoginResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => Reply::new(200).json("application/json", &body).finish(),
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn create_login<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let operation = &CREATE_LOGIN;
    let Admitted { parts, caller, mut input } = match admit(&server, operation, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let outcome =
        async { server.create_login(&parts, caller, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    finish(&server, operation, &parts, outcome)
}

/// What the server does for this tag. A method is called with a request that keeps the contract, by a caller who may.
pub trait Auth: Hooks {
    /// POST /api/v1/auth/login: Exchange a name and a password for an access token
    fn create_login(
        &self,
        request: &Parts,
        caller: Self::Caller,
        body: models::LoginCreate,
    ) -> impl Future<Output = Result<CreateLoginResponse, Self::Error>> + Send;
}

/// Adds the routes of this tag.
pub fn routes<S: Auth>(router: Router<S>) -> Router<S> {
    router.route("/api/v1/auth/login", routing::post(create_login::<S>))
}
