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

/// POST /api/v1/registry/users
pub static CREATE_REGISTRY_USER: Operation = Operation {
    id: "create_registry_user",
    tag: "registry",
    method: "POST",
    path: "/api/v1/registry/users",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "POST"),
    rate_limit: "public",
    sql_round_trips: 2,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of POST /api/v1/registry/users.
#[derive(Debug)]
pub enum CreateRegistryUserResponse {
    /// Person created.
    Status201 {
        /// The body.
        body: models::RegistryUser,
        /// Path of the person.
        location: Option<String>,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for CreateRegistryUserResponse {
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

async fn create_registry_user<S: Registry>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &CREATE_REGISTRY_USER, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.create_registry_user(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// DELETE /api/v1/registry/users/{id}
pub static DELETE_REGISTRY_USER: Operation = Operation {
    id: "delete_registry_user",
    tag: "registry",
    method: "DELETE",
    path: "/api/v1/registry/users/{id}",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "write",
    idempotency: Idempotency::named("none", "DELETE"),
    rate_limit: "public",
    sql_round_trips: 3,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of DELETE /api/v1/registry/users/{id}.
#[derive(Debug)]
pub enum DeleteRegistryUserResponse {
    /// Person deleted.
    Status204 {},
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for DeleteRegistryUserResponse {
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

async fn delete_registry_user<S: Registry>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &DELETE_REGISTRY_USER, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.delete_registry_user(&context, input.path("id")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/registry/users/{id}
pub static GET_REGISTRY_USER: Operation = Operation {
    id: "get_registry_user",
    tag: "registry",
    method: "GET",
    path: "/api/v1/registry/users/{id}",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "GET"),
    rate_limit: "public",
    sql_round_trips: 1,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of GET /api/v1/registry/users/{id}.
#[derive(Debug)]
pub enum GetRegistryUserResponse {
    /// The person.
    Status200 {
        /// The body.
        body: models::RegistryUser,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetRegistryUserResponse {
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

async fn get_registry_user<S: Registry>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_REGISTRY_USER, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.get_registry_user(&context, input.path("id")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/registry/users/ids
pub static LIST_REGISTRY_USER_IDS: Operation = Operation {
    id: "list_registry_user_ids",
    tag: "registry",
    method: "GET",
    path: "/api/v1/registry/users/ids",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "GET"),
    rate_limit: "public",
    sql_round_trips: 1,
    body_limit: Operation::BODY_LIMIT,
    page_size: 100,
};

/// Query parameters of GET /api/v1/registry/users/ids.
#[derive(Clone, Debug, Deserialize)]
pub struct ListRegistryUserIdsQuery {
    /// Page number, starting at 1. A page past the end is empty. Cannot be combined with `cursor`.
    #[serde(rename = "page")]
    pub page: Option<u32>,
    /// Number of items per page. Defaults to 100.
    #[serde(rename = "limit")]
    pub limit: Option<u32>,
    /// Opaque position in the list. Start with `start`, then use the cursor from the `next` or `previous` link. Cannot be combined with `page`.
    #[serde(rename = "cursor")]
    pub cursor: Option<String>,
}

impl PageQuery for ListRegistryUserIdsQuery {
    fn page_parameters(&self) -> PageParameters<'_> {
        PageParameters { page: self.page, limit: self.limit, cursor: self.cursor.as_deref() }
    }
}

impl PageResponse for ListRegistryUserIdsResponse {
    type Body = Vec<models::RegistryId>;

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

/// Success responses of GET /api/v1/registry/users/ids.
#[derive(Debug)]
pub enum ListRegistryUserIdsResponse {
    /// A page of IDs, as an array.
    Status200 {
        /// The body.
        body: Vec<models::RegistryId>,
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

impl ApiResponse for ListRegistryUserIdsResponse {
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

async fn list_registry_user_ids<S: Registry>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_REGISTRY_USER_IDS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.list_registry_user_ids(&context, input.query()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/registry/users
pub static LIST_REGISTRY_USERS: Operation = Operation {
    id: "list_registry_users",
    tag: "registry",
    method: "GET",
    path: "/api/v1/registry/users",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "GET"),
    rate_limit: "public",
    sql_round_trips: 1,
    body_limit: Operation::BODY_LIMIT,
    page_size: 100,
};

/// Query parameters of GET /api/v1/registry/users.
#[derive(Clone, Debug, Deserialize)]
pub struct ListRegistryUsersQuery {
    /// Page number, starting at 1. A page past the end is empty. Cannot be combined with `cursor`.
    #[serde(rename = "page")]
    pub page: Option<u32>,
    /// Number of items per page. Defaults to 100.
    #[serde(rename = "limit")]
    pub limit: Option<u32>,
    /// Opaque position in the list. Start with `start`, then use the cursor from the `next` or `previous` link. Cannot be combined with `page`.
    #[serde(rename = "cursor")]
    pub cursor: Option<String>,
}

impl PageQuery for ListRegistryUsersQuery {
    fn page_parameters(&self) -> PageParameters<'_> {
        PageParameters { page: self.page, limit: self.limit, cursor: self.cursor.as_deref() }
    }
}

impl PageResponse for ListRegistryUsersResponse {
    type Body = Vec<models::RegistryUser>;

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

/// Success responses of GET /api/v1/registry/users.
#[derive(Debug)]
pub enum ListRegistryUsersResponse {
    /// A page of people, as an array.
    Status200 {
        /// The body.
        body: Vec<models::RegistryUser>,
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

impl ApiResponse for ListRegistryUsersResponse {
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

async fn list_registry_users<S: Registry>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_REGISTRY_USERS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.list_registry_users(&context, input.query()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// PATCH /api/v1/registry/users/{id}
pub static PATCH_REGISTRY_USER: Operation = Operation {
    id: "patch_registry_user",
    tag: "registry",
    method: "PATCH",
    path: "/api/v1/registry/users/{id}",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "PATCH"),
    rate_limit: "public",
    sql_round_trips: 3,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of PATCH /api/v1/registry/users/{id}.
#[derive(Debug)]
pub enum PatchRegistryUserResponse {
    /// Person updated.
    Status200 {
        /// The body.
        body: models::RegistryUser,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for PatchRegistryUserResponse {
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

async fn patch_registry_user<S: Registry>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &PATCH_REGISTRY_USER, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server.patch_registry_user(&context, input.path("id")?, input.body()?).await.map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// PUT /api/v1/registry/users/{id}
pub static REPLACE_REGISTRY_USER: Operation = Operation {
    id: "replace_registry_user",
    tag: "registry",
    method: "PUT",
    path: "/api/v1/registry/users/{id}",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "PUT"),
    rate_limit: "public",
    sql_round_trips: 3,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of PUT /api/v1/registry/users/{id}.
#[derive(Debug)]
pub enum ReplaceRegistryUserResponse {
    /// Person replaced.
    Status200 {
        /// The body.
        body: models::RegistryUser,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for ReplaceRegistryUserResponse {
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

async fn replace_registry_user<S: Registry>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &REPLACE_REGISTRY_USER, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server
            .replace_registry_user(&context, input.path("id")?, input.body()?)
            .await
            .map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// Handlers of this tag. A method is called only with a valid request from an authorized caller, whose
/// type says whether it may be anonymous.
pub trait Registry: Hooks {
    /// POST /api/v1/registry/users: Create a person
    fn create_registry_user(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        body: models::RegistryUserCreate,
    ) -> impl Future<Output = Result<CreateRegistryUserResponse, Self::Error>> + Send;

    /// DELETE /api/v1/registry/users/{id}: Delete a person
    fn delete_registry_user(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        id: String,
    ) -> impl Future<Output = Result<DeleteRegistryUserResponse, Self::Error>> + Send;

    /// GET /api/v1/registry/users/{id}: Get a person
    fn get_registry_user(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        id: String,
    ) -> impl Future<Output = Result<GetRegistryUserResponse, Self::Error>> + Send;

    /// GET /api/v1/registry/users/ids: List people's IDs
    fn list_registry_user_ids(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        query: ListRegistryUserIdsQuery,
    ) -> impl Future<Output = Result<ListRegistryUserIdsResponse, Self::Error>> + Send;

    /// GET /api/v1/registry/users: List people
    fn list_registry_users(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        query: ListRegistryUsersQuery,
    ) -> impl Future<Output = Result<ListRegistryUsersResponse, Self::Error>> + Send;

    /// PATCH /api/v1/registry/users/{id}: Update a person
    fn patch_registry_user(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        id: String,
        body: models::RegistryUserPatch,
    ) -> impl Future<Output = Result<PatchRegistryUserResponse, Self::Error>> + Send;

    /// PUT /api/v1/registry/users/{id}: Replace a person
    fn replace_registry_user(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        id: String,
        body: models::RegistryUserReplace,
    ) -> impl Future<Output = Result<ReplaceRegistryUserResponse, Self::Error>> + Send;
}

/// Adds the routes of this tag.
pub fn routes<S: Registry>(router: Router<S>) -> Router<S> {
    router
        .route("/api/v1/registry/users", routing::post(create_registry_user::<S>))
        .route("/api/v1/registry/users/{id}", routing::delete(delete_registry_user::<S>))
        .route("/api/v1/registry/users/{id}", routing::get(get_registry_user::<S>))
        .route("/api/v1/registry/users/ids", routing::get(list_registry_user_ids::<S>))
        .route("/api/v1/registry/users", routing::get(list_registry_users::<S>))
        .route("/api/v1/registry/users/{id}", routing::patch(patch_registry_user::<S>))
        .route("/api/v1/registry/users/{id}", routing::put(replace_registry_user::<S>))
}
