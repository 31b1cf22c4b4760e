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

/// POST /api/v1/api-keys
pub static CREATE_API_KEY: Operation = Operation {
    id: "create_api_key",
    tag: "keys",
    method: "POST",
    path: "/api/v1/api-keys",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 3,
    body_limit: 32768,
    page_size: 0,
};

/// Success responses of POST /api/v1/api-keys.
#[derive(Debug)]
pub enum CreateApiKeyResponse {
    /// API key created.
    Status201 {
        /// The body.
        body: models::CreatedApiKey,
        /// Path of the API key.
        location: Option<String>,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for CreateApiKeyResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status201 { body, location } => ResponseBuilder::with_status(201)
                .header("Location", location.map(|value| value.to_string()))
                .json("application/json", &body)
                .build(),
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn create_api_key<S: Keys>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &CREATE_API_KEY, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.create_api_key(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// DELETE /api/v1/api-keys/{api_key}
pub static DELETE_API_KEY: Operation = Operation {
    id: "delete_api_key",
    tag: "keys",
    method: "DELETE",
    path: "/api/v1/api-keys/{api_key}",
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

/// Success responses of DELETE /api/v1/api-keys/{api_key}.
#[derive(Debug)]
pub enum DeleteApiKeyResponse {
    /// API key deleted.
    Status204 {},
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for DeleteApiKeyResponse {
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

async fn delete_api_key<S: Keys>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &DELETE_API_KEY, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.delete_api_key(&context, input.path("api_key")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/api-keys/{api_key}
pub static GET_API_KEY: Operation = Operation {
    id: "get_api_key",
    tag: "keys",
    method: "GET",
    path: "/api/v1/api-keys/{api_key}",
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

/// Success responses of GET /api/v1/api-keys/{api_key}.
#[derive(Debug)]
pub enum GetApiKeyResponse {
    /// The API key.
    Status200 {
        /// The body.
        body: models::ApiKey,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetApiKeyResponse {
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

async fn get_api_key<S: Keys>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_API_KEY, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.get_api_key(&context, input.path("api_key")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/api-keys
pub static LIST_API_KEYS: Operation = Operation {
    id: "list_api_keys",
    tag: "keys",
    method: "GET",
    path: "/api/v1/api-keys",
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

/// Query parameters of GET /api/v1/api-keys.
#[derive(Clone, Debug, Deserialize)]
pub struct ListApiKeysQuery {
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

impl PageQuery for ListApiKeysQuery {
    fn page_parameters(&self) -> PageParameters<'_> {
        PageParameters { page: self.page, limit: self.limit, cursor: self.cursor.as_deref() }
    }
}

impl PageResponse for ListApiKeysResponse {
    type Body = models::ApiKeyPage;

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

/// Success responses of GET /api/v1/api-keys.
#[derive(Debug)]
pub enum ListApiKeysResponse {
    /// A page of API keys.
    Status200 {
        /// The body.
        body: models::ApiKeyPage,
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

impl ApiResponse for ListApiKeysResponse {
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

async fn list_api_keys<S: Keys>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_API_KEYS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.list_api_keys(&context, input.query()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// Handlers of this tag. A method is called only with a valid request from an authorized caller, whose
/// type says whether it may be anonymous.
pub trait Keys: Hooks {
    /// POST /api/v1/api-keys: Create an API key
    fn create_api_key(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        body: models::ApiKeyCreate,
    ) -> impl Future<Output = Result<CreateApiKeyResponse, Self::Error>> + Send;

    /// DELETE /api/v1/api-keys/{api_key}: Delete an API key
    fn delete_api_key(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        api_key: uuid::Uuid,
    ) -> impl Future<Output = Result<DeleteApiKeyResponse, Self::Error>> + Send;

    /// GET /api/v1/api-keys/{api_key}: Get an API key
    fn get_api_key(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        api_key: uuid::Uuid,
    ) -> impl Future<Output = Result<GetApiKeyResponse, Self::Error>> + Send;

    /// GET /api/v1/api-keys: List your API keys
    fn list_api_keys(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        query: ListApiKeysQuery,
    ) -> impl Future<Output = Result<ListApiKeysResponse, Self::Error>> + Send;
}

/// Adds the routes of this tag.
pub fn routes<S: Keys>(router: Router<S>) -> Router<S> {
    router
        .route("/api/v1/api-keys", routing::post(create_api_key::<S>))
        .route("/api/v1/api-keys/{api_key}", routing::delete(delete_api_key::<S>))
        .route("/api/v1/api-keys/{api_key}", routing::get(get_api_key::<S>))
        .route("/api/v1/api-keys", routing::get(list_api_keys::<S>))
}
