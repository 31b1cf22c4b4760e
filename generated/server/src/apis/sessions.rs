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

/// DELETE /api/v1/auth/sessions/{session}
pub static DELETE_SESSION: Operation = Operation {
    id: "delete_session",
    tag: "sessions",
    method: "DELETE",
    path: "/api/v1/auth/sessions/{session}",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "write",
    idempotency: Idempotency::named("none", "DELETE"),
    rate_limit: "credentials",
    sql_round_trips: 3,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of DELETE /api/v1/auth/sessions/{session}.
#[derive(Debug)]
pub enum DeleteSessionResponse {
    /// Session ended.
    Status204 {},
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for DeleteSessionResponse {
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

async fn delete_session<S: Sessions>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &DELETE_SESSION, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.delete_session(&context, input.path("session")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/auth/sessions/{session}
pub static GET_SESSION: Operation = Operation {
    id: "get_session",
    tag: "sessions",
    method: "GET",
    path: "/api/v1/auth/sessions/{session}",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("none", "GET"),
    rate_limit: "public",
    sql_round_trips: 1,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of GET /api/v1/auth/sessions/{session}.
#[derive(Debug)]
pub enum GetSessionResponse {
    /// The session.
    Status200 {
        /// The body.
        body: models::Session,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetSessionResponse {
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

async fn get_session<S: Sessions>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_SESSION, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.get_session(&context, input.path("session")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/auth/sessions
pub static LIST_SESSIONS: Operation = Operation {
    id: "list_sessions",
    tag: "sessions",
    method: "GET",
    path: "/api/v1/auth/sessions",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("none", "GET"),
    rate_limit: "public",
    sql_round_trips: 1,
    body_limit: Operation::BODY_LIMIT,
    page_size: 10,
};

/// Query parameters of GET /api/v1/auth/sessions.
#[derive(Clone, Debug, Deserialize)]
pub struct ListSessionsQuery {
    /// Page number, starting at 1. A page past the end is empty. Cannot be combined with `cursor`.
    #[serde(rename = "page")]
    pub page: Option<u32>,
    /// Number of items per page. Defaults to 10.
    #[serde(rename = "limit")]
    pub limit: Option<u32>,
    /// Opaque position in the list. Start with `start`, then use the cursor from the `next` or `previous` link. Cannot be combined with `page`.
    #[serde(rename = "cursor")]
    pub cursor: Option<String>,
}

impl PageQuery for ListSessionsQuery {
    fn page_parameters(&self) -> PageParameters<'_> {
        PageParameters { page: self.page, limit: self.limit, cursor: self.cursor.as_deref() }
    }
}

impl PageResponse for ListSessionsResponse {
    type Body = models::SessionPage;

    fn page(body: Self::Body, headers: PageHeaders) -> Self {
        let PageHeaders { link, total_count, total_count_estimated } = headers;
        Self::Status200 {
            body,
            link,
            x_total_count: total_count,
            x_total_count_estimated: total_count_estimated,
        }
    }
}

/// Success responses of GET /api/v1/auth/sessions.
#[derive(Debug)]
pub enum ListSessionsResponse {
    /// A page of sessions.
    Status200 {
        /// The body.
        body: models::SessionPage,
        /// `Link`
        link: Option<String>,
        /// `X-Total-Count`
        x_total_count: Option<u64>,
        /// `X-Total-Count-Estimated`
        x_total_count_estimated: Option<String>,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for ListSessionsResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body, link, x_total_count, x_total_count_estimated } => {
                ResponseBuilder::with_status(200)
                    .header("Link", link.map(|value| value.to_string()))
                    .header("X-Total-Count", x_total_count.map(|value| value.to_string()))
                    .header("X-Total-Count-Estimated", x_total_count_estimated.map(|value| value.to_string()))
                    .json("application/json", &body)
                    .build()
            }
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn list_sessions<S: Sessions>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_SESSIONS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.list_sessions(&context, input.query()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// Handlers of this tag. A method is called only with a valid request from an authorized caller, whose
/// type says whether it may be anonymous.
pub trait Sessions: Hooks {
    /// DELETE /api/v1/auth/sessions/{session}: Delete a session
    fn delete_session(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        session: uuid::Uuid,
    ) -> impl Future<Output = Result<DeleteSessionResponse, Self::Error>> + Send;

    /// GET /api/v1/auth/sessions/{session}: Get a session
    fn get_session(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        session: uuid::Uuid,
    ) -> impl Future<Output = Result<GetSessionResponse, Self::Error>> + Send;

    /// GET /api/v1/auth/sessions: List your sessions
    fn list_sessions(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        query: ListSessionsQuery,
    ) -> impl Future<Output = Result<ListSessionsResponse, Self::Error>> + Send;
}

/// Adds the routes of this tag.
pub fn routes<S: Sessions>(router: Router<S>) -> Router<S> {
    router
        .route("/api/v1/auth/sessions/{session}", routing::delete(delete_session::<S>))
        .route("/api/v1/auth/sessions/{session}", routing::get(get_session::<S>))
        .route("/api/v1/auth/sessions", routing::get(list_sessions::<S>))
}
