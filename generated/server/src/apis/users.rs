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

/// POST /api/v1/users
pub static CREATE_USER: Operation = Operation {
    id: "create_user",
    tag: "users",
    method: "POST",
    path: "/api/v1/users",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "POST"),
    rate_limit: "public",
    sql_round_trips: 3,
    body_limit: 32768,
    page_size: 0,
};

/// Success responses of POST /api/v1/users.
#[derive(Debug)]
pub enum CreateUserResponse {
    /// User created.
    Status201 {
        /// The body.
        body: models::User,
        /// Path of the user.
        location: Option<String>,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for CreateUserResponse {
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

async fn create_user<S: Users>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &CREATE_USER, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.create_user(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// DELETE /api/v1/users/{user}
pub static DELETE_USER: Operation = Operation {
    id: "delete_user",
    tag: "users",
    method: "DELETE",
    path: "/api/v1/users/{user}",
    deprecated: false,
    sunset: "",
    who: Access::named("owner"),
    scope: "write",
    idempotency: Idempotency::named("none", "DELETE"),
    rate_limit: "public",
    sql_round_trips: 4,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of DELETE /api/v1/users/{user}.
#[derive(Debug)]
pub enum DeleteUserResponse {
    /// User deleted.
    Status204 {},
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for DeleteUserResponse {
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

async fn delete_user<S: Users>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &DELETE_USER, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.delete_user(&context, input.path("user")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/users/{user}
pub static GET_USER: Operation = Operation {
    id: "get_user",
    tag: "users",
    method: "GET",
    path: "/api/v1/users/{user}",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "GET"),
    rate_limit: "public",
    sql_round_trips: 1,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of GET /api/v1/users/{user}.
#[derive(Debug)]
pub enum GetUserResponse {
    /// The user.
    Status200 {
        /// The body.
        body: models::User,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetUserResponse {
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

async fn get_user<S: Users>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_USER, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.get_user(&context, input.path("user")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/users
pub static LIST_USERS: Operation = Operation {
    id: "list_users",
    tag: "users",
    method: "GET",
    path: "/api/v1/users",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "GET"),
    rate_limit: "public",
    sql_round_trips: 1,
    body_limit: Operation::BODY_LIMIT,
    page_size: 100,
};

/// Query parameters of GET /api/v1/users.
#[derive(Clone, Debug, Deserialize)]
pub struct ListUsersQuery {
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

impl PageQuery for ListUsersQuery {
    fn page_parameters(&self) -> PageParameters<'_> {
        PageParameters { page: self.page, limit: self.limit, cursor: self.cursor.as_deref() }
    }
}

impl PageResponse for ListUsersResponse {
    type Body = Vec<models::User>;

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

/// Success responses of GET /api/v1/users.
#[derive(Debug)]
pub enum ListUsersResponse {
    /// A page of users, as an array.
    Status200 {
        /// The body.
        body: Vec<models::User>,
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

impl ApiResponse for ListUsersResponse {
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

async fn list_users<S: Users>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_USERS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.list_users(&context, input.query()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// PATCH /api/v1/users/{user}
pub static PATCH_USER: Operation = Operation {
    id: "patch_user",
    tag: "users",
    method: "PATCH",
    path: "/api/v1/users/{user}",
    deprecated: false,
    sunset: "",
    who: Access::named("owner"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "PATCH"),
    rate_limit: "public",
    sql_round_trips: 4,
    body_limit: 32768,
    page_size: 0,
};

/// Success responses of PATCH /api/v1/users/{user}.
#[derive(Debug)]
pub enum PatchUserResponse {
    /// User updated.
    Status200 {
        /// The body.
        body: models::User,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for PatchUserResponse {
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

async fn patch_user<S: Users>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &PATCH_USER, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server.patch_user(&context, input.path("user")?, input.body()?).await.map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// PUT /api/v1/users/{user}
pub static REPLACE_USER: Operation = Operation {
    id: "replace_user",
    tag: "users",
    method: "PUT",
    path: "/api/v1/users/{user}",
    deprecated: false,
    sunset: "",
    who: Access::named("owner"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "PUT"),
    rate_limit: "public",
    sql_round_trips: 5,
    body_limit: 32768,
    page_size: 0,
};

/// Success responses of PUT /api/v1/users/{user}.
#[derive(Debug)]
pub enum ReplaceUserResponse {
    /// User replaced.
    Status200 {
        /// The body.
        body: models::User,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for ReplaceUserResponse {
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

async fn replace_user<S: Users>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &REPLACE_USER, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server.replace_user(&context, input.path("user")?, input.body()?).await.map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// Handlers of this tag. A method is called only with a valid request from an authorized caller, whose
/// type says whether it may be anonymous.
pub trait Users: Hooks {
    /// POST /api/v1/users: Create a user
    fn create_user(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        body: models::UserCreate,
    ) -> impl Future<Output = Result<CreateUserResponse, Self::Error>> + Send;

    /// DELETE /api/v1/users/{user}: Delete a user
    fn delete_user(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        user: agora_runtime::UserRef,
    ) -> impl Future<Output = Result<DeleteUserResponse, Self::Error>> + Send;

    /// GET /api/v1/users/{user}: Get a user
    fn get_user(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        user: agora_runtime::UserRef,
    ) -> impl Future<Output = Result<GetUserResponse, Self::Error>> + Send;

    /// GET /api/v1/users: List users
    fn list_users(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        query: ListUsersQuery,
    ) -> impl Future<Output = Result<ListUsersResponse, Self::Error>> + Send;

    /// PATCH /api/v1/users/{user}: Update a user
    fn patch_user(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        user: agora_runtime::UserRef,
        body: models::UserPatch,
    ) -> impl Future<Output = Result<PatchUserResponse, Self::Error>> + Send;

    /// PUT /api/v1/users/{user}: Replace a user
    fn replace_user(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        user: agora_runtime::UserRef,
        body: models::UserReplace,
    ) -> impl Future<Output = Result<ReplaceUserResponse, Self::Error>> + Send;
}

/// Adds the routes of this tag.
pub fn routes<S: Users>(router: Router<S>) -> Router<S> {
    router
        .route("/api/v1/users", routing::post(create_user::<S>))
        .route("/api/v1/users/{user}", routing::delete(delete_user::<S>))
        .route("/api/v1/users/{user}", routing::get(get_user::<S>))
        .route("/api/v1/users", routing::get(list_users::<S>))
        .route("/api/v1/users/{user}", routing::patch(patch_user::<S>))
        .route("/api/v1/users/{user}", routing::put(replace_user::<S>))
}
