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

/// POST /api/v1/carts
pub static CREATE_CART: Operation = Operation {
    id: "create_cart",
    tag: "carts",
    method: "POST",
    path: "/api/v1/carts",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "POST"),
    rate_limit: "public",
    sql_round_trips: 3,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of POST /api/v1/carts.
#[derive(Debug)]
pub enum CreateCartResponse {
    /// Cart created.
    Status201 {
        /// The body.
        body: models::Cart,
        /// Path of the cart.
        location: Option<String>,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for CreateCartResponse {
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

async fn create_cart<S: Carts>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &CREATE_CART, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.create_cart(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// DELETE /api/v1/carts/{cart}
pub static DELETE_CART: Operation = Operation {
    id: "delete_cart",
    tag: "carts",
    method: "DELETE",
    path: "/api/v1/carts/{cart}",
    deprecated: false,
    sunset: "",
    who: Access::named("owner"),
    scope: "write",
    idempotency: Idempotency::named("none", "DELETE"),
    rate_limit: "public",
    sql_round_trips: 3,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of DELETE /api/v1/carts/{cart}.
#[derive(Debug)]
pub enum DeleteCartResponse {
    /// Cart deleted.
    Status204 {},
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for DeleteCartResponse {
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

async fn delete_cart<S: Carts>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &DELETE_CART, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.delete_cart(&context, input.path("cart")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/carts/{cart}
pub static GET_CART: Operation = Operation {
    id: "get_cart",
    tag: "carts",
    method: "GET",
    path: "/api/v1/carts/{cart}",
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

/// Success responses of GET /api/v1/carts/{cart}.
#[derive(Debug)]
pub enum GetCartResponse {
    /// The cart.
    Status200 {
        /// The body.
        body: models::Cart,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetCartResponse {
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

async fn get_cart<S: Carts>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_CART, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.get_cart(&context, input.path("cart")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/carts
pub static LIST_CARTS: Operation = Operation {
    id: "list_carts",
    tag: "carts",
    method: "GET",
    path: "/api/v1/carts",
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

/// Query parameters of GET /api/v1/carts.
#[derive(Clone, Debug, Deserialize)]
pub struct ListCartsQuery {
    /// Returns only the carts of the user with this ID.
    #[serde(rename = "userId")]
    pub user_id: Option<i64>,
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

impl PageQuery for ListCartsQuery {
    fn page_parameters(&self) -> PageParameters<'_> {
        PageParameters { page: self.page, limit: self.limit, cursor: self.cursor.as_deref() }
    }
}

impl PageResponse for ListCartsResponse {
    type Body = Vec<models::Cart>;

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

/// Success responses of GET /api/v1/carts.
#[derive(Debug)]
pub enum ListCartsResponse {
    /// A page of carts, as an array.
    Status200 {
        /// The body.
        body: Vec<models::Cart>,
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

impl ApiResponse for ListCartsResponse {
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

async fn list_carts<S: Carts>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_CARTS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.list_carts(&context, input.query()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/carts/users/{user_id}
pub static LIST_USER_CARTS: Operation = Operation {
    id: "list_user_carts",
    tag: "carts",
    method: "GET",
    path: "/api/v1/carts/users/{user_id}",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "GET"),
    rate_limit: "public",
    sql_round_trips: 2,
    body_limit: Operation::BODY_LIMIT,
    page_size: 100,
};

/// Query parameters of GET /api/v1/carts/users/{user_id}.
#[derive(Clone, Debug, Deserialize)]
pub struct ListUserCartsQuery {
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

impl PageQuery for ListUserCartsQuery {
    fn page_parameters(&self) -> PageParameters<'_> {
        PageParameters { page: self.page, limit: self.limit, cursor: self.cursor.as_deref() }
    }
}

impl PageResponse for ListUserCartsResponse {
    type Body = Vec<models::Cart>;

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

/// Success responses of GET /api/v1/carts/users/{user_id}.
#[derive(Debug)]
pub enum ListUserCartsResponse {
    /// A page of carts, as an array.
    Status200 {
        /// The body.
        body: Vec<models::Cart>,
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

impl ApiResponse for ListUserCartsResponse {
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

async fn list_user_carts<S: Carts>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_USER_CARTS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server
            .list_user_carts(&context, input.path("user_id")?, input.query()?)
            .await
            .map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// PATCH /api/v1/carts/{cart}
pub static PATCH_CART: Operation = Operation {
    id: "patch_cart",
    tag: "carts",
    method: "PATCH",
    path: "/api/v1/carts/{cart}",
    deprecated: false,
    sunset: "",
    who: Access::named("owner"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "PATCH"),
    rate_limit: "public",
    sql_round_trips: 3,
    body_limit: 65536,
    page_size: 0,
};

/// Success responses of PATCH /api/v1/carts/{cart}.
#[derive(Debug)]
pub enum PatchCartResponse {
    /// Cart updated.
    Status200 {
        /// The body.
        body: models::Cart,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for PatchCartResponse {
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

async fn patch_cart<S: Carts>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &PATCH_CART, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server.patch_cart(&context, input.path("cart")?, input.body()?).await.map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// PUT /api/v1/carts/{cart}
pub static REPLACE_CART: Operation = Operation {
    id: "replace_cart",
    tag: "carts",
    method: "PUT",
    path: "/api/v1/carts/{cart}",
    deprecated: false,
    sunset: "",
    who: Access::named("owner"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "PUT"),
    rate_limit: "public",
    sql_round_trips: 3,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of PUT /api/v1/carts/{cart}.
#[derive(Debug)]
pub enum ReplaceCartResponse {
    /// Cart replaced.
    Status200 {
        /// The body.
        body: models::Cart,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for ReplaceCartResponse {
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

async fn replace_cart<S: Carts>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &REPLACE_CART, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server.replace_cart(&context, input.path("cart")?, input.body()?).await.map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// Handlers of this tag. A method is called only with a valid request from an authorized caller, whose
/// type says whether it may be anonymous.
pub trait Carts: Hooks {
    /// POST /api/v1/carts: Create a cart
    fn create_cart(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        body: models::CartCreate,
    ) -> impl Future<Output = Result<CreateCartResponse, Self::Error>> + Send;

    /// DELETE /api/v1/carts/{cart}: Delete a cart
    fn delete_cart(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        cart: agora_runtime::ResourceId,
    ) -> impl Future<Output = Result<DeleteCartResponse, Self::Error>> + Send;

    /// GET /api/v1/carts/{cart}: Get a cart
    fn get_cart(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        cart: agora_runtime::ResourceId,
    ) -> impl Future<Output = Result<GetCartResponse, Self::Error>> + Send;

    /// GET /api/v1/carts: List carts
    fn list_carts(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        query: ListCartsQuery,
    ) -> impl Future<Output = Result<ListCartsResponse, Self::Error>> + Send;

    /// GET /api/v1/carts/users/{user_id}: List a user's carts
    fn list_user_carts(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        user_id: agora_runtime::ResourceId,
        query: ListUserCartsQuery,
    ) -> impl Future<Output = Result<ListUserCartsResponse, Self::Error>> + Send;

    /// PATCH /api/v1/carts/{cart}: Update a cart
    fn patch_cart(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        cart: agora_runtime::ResourceId,
        body: models::CartPatch,
    ) -> impl Future<Output = Result<PatchCartResponse, Self::Error>> + Send;

    /// PUT /api/v1/carts/{cart}: Replace a cart
    fn replace_cart(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        cart: agora_runtime::ResourceId,
        body: models::CartReplace,
    ) -> impl Future<Output = Result<ReplaceCartResponse, Self::Error>> + Send;
}

/// Adds the routes of this tag.
pub fn routes<S: Carts>(router: Router<S>) -> Router<S> {
    router
        .route("/api/v1/carts", routing::post(create_cart::<S>))
        .route("/api/v1/carts/{cart}", routing::delete(delete_cart::<S>))
        .route("/api/v1/carts/{cart}", routing::get(get_cart::<S>))
        .route("/api/v1/carts", routing::get(list_carts::<S>))
        .route("/api/v1/carts/users/{user_id}", routing::get(list_user_carts::<S>))
        .route("/api/v1/carts/{cart}", routing::patch(patch_cart::<S>))
        .route("/api/v1/carts/{cart}", routing::put(replace_cart::<S>))
}
