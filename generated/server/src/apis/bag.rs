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

/// DELETE /api/v1/bag
pub static DELETE_BAG: Operation = Operation {
    id: "delete_bag",
    tag: "bag",
    method: "DELETE",
    path: "/api/v1/bag",
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

/// Success responses of DELETE /api/v1/bag.
#[derive(Debug)]
pub enum DeleteBagResponse {
    /// The bag is empty.
    Status204 {},
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for DeleteBagResponse {
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

async fn delete_bag<S: Bag>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &DELETE_BAG, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.delete_bag(&context).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// DELETE /api/v1/bag/items/{product}
pub static DELETE_BAG_ITEM: Operation = Operation {
    id: "delete_bag_item",
    tag: "bag",
    method: "DELETE",
    path: "/api/v1/bag/items/{product}",
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

/// Success responses of DELETE /api/v1/bag/items/{product}.
#[derive(Debug)]
pub enum DeleteBagItemResponse {
    /// Product removed.
    Status204 {},
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for DeleteBagItemResponse {
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

async fn delete_bag_item<S: Bag>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &DELETE_BAG_ITEM, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.delete_bag_item(&context, input.path("product")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/bag
pub static GET_BAG: Operation = Operation {
    id: "get_bag",
    tag: "bag",
    method: "GET",
    path: "/api/v1/bag",
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

/// Success responses of GET /api/v1/bag.
#[derive(Debug)]
pub enum GetBagResponse {
    /// The bag.
    Status200 {
        /// The body.
        body: models::Bag,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetBagResponse {
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

async fn get_bag<S: Bag>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_BAG, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.get_bag(&context).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /api/v1/bag/order
pub static ORDER_BAG: Operation = Operation {
    id: "order_bag",
    tag: "bag",
    method: "POST",
    path: "/api/v1/bag/order",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "write",
    idempotency: Idempotency::named("required", "POST"),
    rate_limit: "public",
    sql_round_trips: 5,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of POST /api/v1/bag/order.
#[derive(Debug)]
pub enum OrderBagResponse {
    /// Order placed.
    Status201 {
        /// The body.
        body: models::Order,
        /// Path of the order.
        location: Option<String>,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for OrderBagResponse {
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

async fn order_bag<S: Bag>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &ORDER_BAG, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.order_bag(&context).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// PUT /api/v1/bag/items/{product}
pub static REPLACE_BAG_ITEM: Operation = Operation {
    id: "replace_bag_item",
    tag: "bag",
    method: "PUT",
    path: "/api/v1/bag/items/{product}",
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

/// Success responses of PUT /api/v1/bag/items/{product}.
#[derive(Debug)]
pub enum ReplaceBagItemResponse {
    /// The product in the bag.
    Status200 {
        /// The body.
        body: models::OrderPreviewLine,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for ReplaceBagItemResponse {
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

async fn replace_bag_item<S: Bag>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &REPLACE_BAG_ITEM, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server
            .replace_bag_item(&context, input.path("product")?, input.body()?)
            .await
            .map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// Handlers of this tag. A method is called only with a valid request from an authorized caller, whose
/// type says whether it may be anonymous.
pub trait Bag: Hooks {
    /// DELETE /api/v1/bag: Empty your bag
    fn delete_bag(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
    ) -> impl Future<Output = Result<DeleteBagResponse, Self::Error>> + Send;

    /// DELETE /api/v1/bag/items/{product}: Remove a product from your bag
    fn delete_bag_item(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        product: agora_runtime::ResourceId,
    ) -> impl Future<Output = Result<DeleteBagItemResponse, Self::Error>> + Send;

    /// GET /api/v1/bag: Get your bag
    fn get_bag(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
    ) -> impl Future<Output = Result<GetBagResponse, Self::Error>> + Send;

    /// POST /api/v1/bag/order: Order your bag
    fn order_bag(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
    ) -> impl Future<Output = Result<OrderBagResponse, Self::Error>> + Send;

    /// PUT /api/v1/bag/items/{product}: Set the quantity of a product in your bag
    fn replace_bag_item(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        product: agora_runtime::ResourceId,
        body: models::BagItemReplace,
    ) -> impl Future<Output = Result<ReplaceBagItemResponse, Self::Error>> + Send;
}

/// Adds the routes of this tag.
pub fn routes<S: Bag>(router: Router<S>) -> Router<S> {
    router
        .route("/api/v1/bag", routing::delete(delete_bag::<S>))
        .route("/api/v1/bag/items/{product}", routing::delete(delete_bag_item::<S>))
        .route("/api/v1/bag", routing::get(get_bag::<S>))
        .route("/api/v1/bag/order", routing::post(order_bag::<S>))
        .route("/api/v1/bag/items/{product}", routing::put(replace_bag_item::<S>))
}
