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

/// PUT /api/v1/users/{user}/follow
pub static FOLLOW_USER: Operation = Operation {
    id: "follow_user",
    tag: "follows",
    method: "PUT",
    path: "/api/v1/users/{user}/follow",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "PUT"),
    rate_limit: "public",
    sql_round_trips: 3,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of PUT /api/v1/users/{user}/follow.
#[derive(Debug)]
pub enum FollowUserResponse {
    /// The caller follows the user.
    Status204 {},
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for FollowUserResponse {
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

async fn follow_user<S: Follows>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &FOLLOW_USER, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.follow_user(&context, input.path("user")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/users/{user}/followers
pub static LIST_FOLLOWERS: Operation = Operation {
    id: "list_followers",
    tag: "follows",
    method: "GET",
    path: "/api/v1/users/{user}/followers",
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

/// Query parameters of GET /api/v1/users/{user}/followers.
#[derive(Clone, Debug, Deserialize)]
pub struct ListFollowersQuery {
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

impl PageQuery for ListFollowersQuery {
    fn page_parameters(&self) -> PageParameters<'_> {
        PageParameters { page: self.page, limit: self.limit, cursor: self.cursor.as_deref() }
    }
}

impl PageResponse for ListFollowersResponse {
    type Body = Vec<models::Follow>;

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

/// Success responses of GET /api/v1/users/{user}/followers.
#[derive(Debug)]
pub enum ListFollowersResponse {
    /// A page of users, as an array.
    Status200 {
        /// The body.
        body: Vec<models::Follow>,
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

impl ApiResponse for ListFollowersResponse {
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

async fn list_followers<S: Follows>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_FOLLOWERS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server.list_followers(&context, input.path("user")?, input.query()?).await.map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/users/{user}/following
pub static LIST_FOLLOWING: Operation = Operation {
    id: "list_following",
    tag: "follows",
    method: "GET",
    path: "/api/v1/users/{user}/following",
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

/// Query parameters of GET /api/v1/users/{user}/following.
#[derive(Clone, Debug, Deserialize)]
pub struct ListFollowingQuery {
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

impl PageQuery for ListFollowingQuery {
    fn page_parameters(&self) -> PageParameters<'_> {
        PageParameters { page: self.page, limit: self.limit, cursor: self.cursor.as_deref() }
    }
}

impl PageResponse for ListFollowingResponse {
    type Body = Vec<models::Follow>;

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

/// Success responses of GET /api/v1/users/{user}/following.
#[derive(Debug)]
pub enum ListFollowingResponse {
    /// A page of users, as an array.
    Status200 {
        /// The body.
        body: Vec<models::Follow>,
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

impl ApiResponse for ListFollowingResponse {
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

async fn list_following<S: Follows>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_FOLLOWING, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server.list_following(&context, input.path("user")?, input.query()?).await.map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// DELETE /api/v1/users/{user}/follow
pub static UNFOLLOW_USER: Operation = Operation {
    id: "unfollow_user",
    tag: "follows",
    method: "DELETE",
    path: "/api/v1/users/{user}/follow",
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

/// Success responses of DELETE /api/v1/users/{user}/follow.
#[derive(Debug)]
pub enum UnfollowUserResponse {
    /// The caller no longer follows the user.
    Status204 {},
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for UnfollowUserResponse {
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

async fn unfollow_user<S: Follows>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &UNFOLLOW_USER, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.unfollow_user(&context, input.path("user")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// Handlers of this tag. A method is called only with a valid request from an authorized caller, whose
/// type says whether it may be anonymous.
pub trait Follows: Hooks {
    /// PUT /api/v1/users/{user}/follow: Follow a user
    fn follow_user(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        user: agora_runtime::UserRef,
    ) -> impl Future<Output = Result<FollowUserResponse, Self::Error>> + Send;

    /// GET /api/v1/users/{user}/followers: List a user's followers
    fn list_followers(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        user: agora_runtime::UserRef,
        query: ListFollowersQuery,
    ) -> impl Future<Output = Result<ListFollowersResponse, Self::Error>> + Send;

    /// GET /api/v1/users/{user}/following: List the users that a user follows
    fn list_following(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        user: agora_runtime::UserRef,
        query: ListFollowingQuery,
    ) -> impl Future<Output = Result<ListFollowingResponse, Self::Error>> + Send;

    /// DELETE /api/v1/users/{user}/follow: Unfollow a user
    fn unfollow_user(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        user: agora_runtime::UserRef,
    ) -> impl Future<Output = Result<UnfollowUserResponse, Self::Error>> + Send;
}

/// Adds the routes of this tag.
pub fn routes<S: Follows>(router: Router<S>) -> Router<S> {
    router
        .route("/api/v1/users/{user}/follow", routing::put(follow_user::<S>))
        .route("/api/v1/users/{user}/followers", routing::get(list_followers::<S>))
        .route("/api/v1/users/{user}/following", routing::get(list_following::<S>))
        .route("/api/v1/users/{user}/follow", routing::delete(unfollow_user::<S>))
}
