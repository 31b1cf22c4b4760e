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

/// POST /bounds
pub static CREATE_BOUNDS: Operation = Operation {
    id: "create_bounds",
    tag: "torture",
    method: "POST",
    path: "/bounds",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "POST"),
    rate_limit: "public",
    sql_round_trips: 0,
    body_limit: 2048,
    page_size: 0,
};

/// Success responses of POST /bounds.
#[derive(Debug)]
pub enum CreateBoundsResponse {
    /// The submitted value.
    Status200 {
        /// The body.
        body: models::Bounds,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for CreateBoundsResponse {
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

async fn create_bounds<S: Torture>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &CREATE_BOUNDS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.create_bounds(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /form
pub static CREATE_FORM: Operation = Operation {
    id: "create_form",
    tag: "torture",
    method: "POST",
    path: "/form",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "POST"),
    rate_limit: "public",
    sql_round_trips: 0,
    body_limit: 2048,
    page_size: 0,
};

/// Success responses of POST /form.
#[derive(Debug)]
pub enum CreateFormResponse {
    /// The submitted value.
    Status200 {
        /// The body.
        body: models::Form,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for CreateFormResponse {
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

async fn create_form<S: Torture>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &CREATE_FORM, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.create_form(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /parse-after-authentication
pub static CREATE_GUARDED: Operation = Operation {
    id: "create_guarded",
    tag: "torture",
    method: "POST",
    path: "/parse-after-authentication",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "POST"),
    rate_limit: "public",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of POST /parse-after-authentication.
#[derive(Debug)]
pub enum CreateGuardedResponse {
    /// Done.
    Status200 {
        /// The body.
        body: models::Done,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for CreateGuardedResponse {
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

async fn create_guarded<S: Torture>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &CREATE_GUARDED, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.create_guarded(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /optional-body
pub static CREATE_OPTIONAL_BODY: Operation = Operation {
    id: "create_optional_body",
    tag: "torture",
    method: "POST",
    path: "/optional-body",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "POST"),
    rate_limit: "public",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of POST /optional-body.
#[derive(Debug)]
pub enum CreateOptionalBodyResponse {
    /// Done.
    Status200 {
        /// The body.
        body: models::Done,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for CreateOptionalBodyResponse {
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

async fn create_optional_body<S: Torture>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &CREATE_OPTIONAL_BODY, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.create_optional_body(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /payment
pub static CREATE_PAYMENT: Operation = Operation {
    id: "create_payment",
    tag: "torture",
    method: "POST",
    path: "/payment",
    deprecated: false,
    sunset: "",
    who: Access::named("staff"),
    scope: "write",
    idempotency: Idempotency::named("required", "POST"),
    rate_limit: "write",
    sql_round_trips: 3,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of POST /payment.
#[derive(Debug)]
pub enum CreatePaymentResponse {
    /// The submitted value.
    Status200 {
        /// The body.
        body: models::Payment,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for CreatePaymentResponse {
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

async fn create_payment<S: Torture>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &CREATE_PAYMENT, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.create_payment(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /text
pub static CREATE_TEXT: Operation = Operation {
    id: "create_text",
    tag: "torture",
    method: "POST",
    path: "/text",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "POST"),
    rate_limit: "public",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of POST /text.
#[derive(Debug)]
pub enum CreateTextResponse {
    /// <b>Created</b> & \"quoted\" *_/ //
    Status201 {
        /// The body.
        body: models::Text,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for CreateTextResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status201 { body } => {
                ResponseBuilder::with_status(201).json("application/json", &body).build()
            }
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn create_text<S: Torture>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &CREATE_TEXT, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.create_text(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /client-errors
pub static GET_CLIENT_ERRORS: Operation = Operation {
    id: "get_client_errors",
    tag: "torture",
    method: "GET",
    path: "/client-errors",
    deprecated: true,
    sunset: "Sun, 06 Nov 2033 08:49:37 GMT",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "GET"),
    rate_limit: "public",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of GET /client-errors.
#[derive(Debug)]
pub enum GetClientErrorsResponse {
    /// Done.
    Status200 {
        /// The body.
        body: models::Done,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetClientErrorsResponse {
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

async fn get_client_errors<S: Torture>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_CLIENT_ERRORS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.get_client_errors(&context).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /combined-security
pub static GET_COMBINED_SECURITY: Operation = Operation {
    id: "get_combined_security",
    tag: "torture",
    method: "GET",
    path: "/combined-security",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "GET"),
    rate_limit: "public",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of GET /combined-security.
#[derive(Debug)]
pub enum GetCombinedSecurityResponse {
    /// Done.
    Status200 {
        /// The body.
        body: models::Done,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetCombinedSecurityResponse {
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

async fn get_combined_security<S: Torture>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_COMBINED_SECURITY, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.get_combined_security(&context).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /default-only
pub static GET_DEFAULT_ONLY: Operation = Operation {
    id: "get_default_only",
    tag: "torture",
    method: "GET",
    path: "/default-only",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "GET"),
    rate_limit: "public",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of GET /default-only.
#[derive(Debug)]
pub enum GetDefaultOnlyResponse {
    /// No content.
    Status204 {},
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetDefaultOnlyResponse {
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

async fn get_default_only<S: Torture>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_DEFAULT_ONLY, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.get_default_only(&context).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /handwritten
pub static GET_HANDWRITTEN: Operation = Operation {
    id: "get_handwritten",
    tag: "torture",
    method: "GET",
    path: "/handwritten",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "GET"),
    rate_limit: "none",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// GET /headers/{id}
pub static GET_HEADERS: Operation = Operation {
    id: "get_headers",
    tag: "torture",
    method: "GET",
    path: "/headers/{id}",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "GET"),
    rate_limit: "public",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of GET /headers/{id}.
#[derive(Debug)]
pub enum GetHeadersResponse {
    /// The ID is returned in a header.
    Status200 {
        /// The body.
        body: models::Done,
        /// `X-Echo`
        x_echo: Option<uuid::Uuid>,
        /// `X-Times`
        x_times: Option<i32>,
    },
    /// The header is optional.
    Status202 {
        /// `X-Echo`
        x_echo: Option<uuid::Uuid>,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetHeadersResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body, x_echo, x_times } => ResponseBuilder::with_status(200)
                .header("X-Echo", x_echo.map(|value| value.to_string()))
                .header("X-Times", x_times.map(|value| value.to_string()))
                .json("application/json", &body)
                .build(),
            Self::Status202 { x_echo } => ResponseBuilder::with_status(202)
                .header("X-Echo", x_echo.map(|value| value.to_string()))
                .build(),
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn get_headers<S: Torture>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_HEADERS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server
            .get_headers(&context, input.path("id")?, input.header("X-Trace")?, input.header("X-Times")?)
            .await
            .map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /oauth2-only
pub static GET_OAUTH2_ONLY: Operation = Operation {
    id: "get_oauth2_only",
    tag: "torture",
    method: "GET",
    path: "/oauth2-only",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "GET"),
    rate_limit: "public",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of GET /oauth2-only.
#[derive(Debug)]
pub enum GetOauth2OnlyResponse {
    /// Done.
    Status200 {
        /// The body.
        body: models::Done,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetOauth2OnlyResponse {
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

async fn get_oauth2_only<S: Torture>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_OAUTH2_ONLY, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.get_oauth2_only(&context).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /optional-security
pub static GET_OPTIONAL_SECURITY: Operation = Operation {
    id: "get_optional_security",
    tag: "torture",
    method: "GET",
    path: "/optional-security",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "GET"),
    rate_limit: "public",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of GET /optional-security.
#[derive(Debug)]
pub enum GetOptionalSecurityResponse {
    /// Done.
    Status200 {
        /// The body.
        body: models::Done,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetOptionalSecurityResponse {
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

async fn get_optional_security<S: Torture>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_OPTIONAL_SECURITY, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.get_optional_security(&context).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /lists
pub static LIST_LISTS: Operation = Operation {
    id: "list_lists",
    tag: "torture",
    method: "GET",
    path: "/lists",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "GET"),
    rate_limit: "public",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Query parameters of GET /lists.
#[derive(Clone, Debug, Deserialize)]
pub struct ListListsQuery {
    /// `ids`
    #[serde(rename = "ids")]
    pub ids: Option<Vec<i64>>,
    /// `tag`
    #[serde(rename = "tag")]
    pub tag: Option<Vec<String>>,
    /// `filter[status]`
    #[serde(rename = "filter[status]")]
    pub filter_status: Option<models::Colour>,
    /// `size`
    #[serde(rename = "size")]
    pub size: Option<String>,
    /// `flag`
    #[serde(rename = "flag")]
    pub flag: Option<bool>,
    /// `ratio`
    #[serde(rename = "ratio")]
    pub ratio: Option<f64>,
    /// `since`
    #[serde(rename = "since")]
    pub since: Option<agora_runtime::Timestamp>,
    /// `limit`
    #[serde(rename = "limit")]
    pub limit: Option<u32>,
    /// `type`
    #[serde(rename = "type")]
    pub r#type: Option<String>,
}

/// Success responses of GET /lists.
#[derive(Debug)]
pub enum ListListsResponse {
    /// The parsed values.
    Status200 {
        /// The body.
        body: models::ListsSeen,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for ListListsResponse {
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

async fn list_lists<S: Torture>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_LISTS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.list_lists(&context, input.query()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// PATCH /nested
pub static PATCH_NESTED: Operation = Operation {
    id: "patch_nested",
    tag: "torture",
    method: "PATCH",
    path: "/nested",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("none", "PATCH"),
    rate_limit: "public",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Query parameters of PATCH /nested.
#[derive(Clone, Debug, Deserialize)]
pub struct PatchNestedQuery {
    /// Two lines *_/ that end \"a comment\" // or do not.
    #[serde(rename = "times")]
    pub times: Option<u32>,
}

/// Success responses of PATCH /nested.
#[derive(Debug)]
pub enum PatchNestedResponse {
    /// The parsed values.
    Status200 {
        /// The body.
        body: models::NestedSeen,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for PatchNestedResponse {
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

async fn patch_nested<S: Torture>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &PATCH_NESTED, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server.patch_nested(&context, input.query()?, input.body()?).await.map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// Handlers of this tag. A method is called only with a valid request from an authorized caller, whose
/// type says whether it may be anonymous.
pub trait Torture: Hooks {
    /// POST /bounds
    fn create_bounds(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        body: models::Bounds,
    ) -> impl Future<Output = Result<CreateBoundsResponse, Self::Error>> + Send;

    /// POST /form
    fn create_form(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        body: models::Form,
    ) -> impl Future<Output = Result<CreateFormResponse, Self::Error>> + Send;

    /// POST /parse-after-authentication
    fn create_guarded(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        body: models::Text,
    ) -> impl Future<Output = Result<CreateGuardedResponse, Self::Error>> + Send;

    /// POST /optional-body
    fn create_optional_body(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        body: Option<models::Text>,
    ) -> impl Future<Output = Result<CreateOptionalBodyResponse, Self::Error>> + Send;

    /// POST /payment
    fn create_payment(
        &self,
        context: &RequestContext<callers::Staff<Self::Principal>, Self::Arrival>,
        body: models::Payment,
    ) -> impl Future<Output = Result<CreatePaymentResponse, Self::Error>> + Send;

    /// POST /text
    fn create_text(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        body: models::Text,
    ) -> impl Future<Output = Result<CreateTextResponse, Self::Error>> + Send;

    /// GET /client-errors
    fn get_client_errors(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
    ) -> impl Future<Output = Result<GetClientErrorsResponse, Self::Error>> + Send;

    /// GET /combined-security
    fn get_combined_security(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
    ) -> impl Future<Output = Result<GetCombinedSecurityResponse, Self::Error>> + Send;

    /// GET /default-only
    fn get_default_only(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
    ) -> impl Future<Output = Result<GetDefaultOnlyResponse, Self::Error>> + Send;

    /// GET /headers/{id}
    fn get_headers(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        id: uuid::Uuid,
        x_trace: uuid::Uuid,
        x_times: Option<u32>,
    ) -> impl Future<Output = Result<GetHeadersResponse, Self::Error>> + Send;

    /// GET /oauth2-only
    fn get_oauth2_only(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
    ) -> impl Future<Output = Result<GetOauth2OnlyResponse, Self::Error>> + Send;

    /// GET /optional-security
    fn get_optional_security(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
    ) -> impl Future<Output = Result<GetOptionalSecurityResponse, Self::Error>> + Send;

    /// GET /lists
    fn list_lists(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        query: ListListsQuery,
    ) -> impl Future<Output = Result<ListListsResponse, Self::Error>> + Send;

    /// PATCH /nested
    fn patch_nested(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        query: PatchNestedQuery,
        body: models::NestedPatch,
    ) -> impl Future<Output = Result<PatchNestedResponse, Self::Error>> + Send;
}

/// Adds the routes of this tag.
pub fn routes<S: Torture>(router: Router<S>) -> Router<S> {
    router
        .route("/bounds", routing::post(create_bounds::<S>))
        .route("/form", routing::post(create_form::<S>))
        .route("/parse-after-authentication", routing::post(create_guarded::<S>))
        .route("/optional-body", routing::post(create_optional_body::<S>))
        .route("/payment", routing::post(create_payment::<S>))
        .route("/text", routing::post(create_text::<S>))
        .route("/client-errors", routing::get(get_client_errors::<S>))
        .route("/combined-security", routing::get(get_combined_security::<S>))
        .route("/default-only", routing::get(get_default_only::<S>))
        .route("/headers/{id}", routing::get(get_headers::<S>))
        .route("/oauth2-only", routing::get(get_oauth2_only::<S>))
        .route("/optional-security", routing::get(get_optional_security::<S>))
        .route("/lists", routing::get(list_lists::<S>))
        .route("/nested", routing::patch(patch_nested::<S>))
}
