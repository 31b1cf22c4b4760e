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

/// POST /api/v1/orders/{order}/cancel
pub static CANCEL_ORDER: Operation = Operation {
    id: "cancel_order",
    tag: "orders",
    method: "POST",
    path: "/api/v1/orders/{order}/cancel",
    deprecated: false,
    sunset: "",
    who: Access::named("owner"),
    scope: "write",
    idempotency: Idempotency::named("required", "POST"),
    rate_limit: "public",
    sql_round_trips: 3,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of POST /api/v1/orders/{order}/cancel.
#[derive(Debug)]
pub enum CancelOrderResponse {
    /// Order cancelled.
    Status200 {
        /// The body.
        body: models::Order,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for CancelOrderResponse {
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

async fn cancel_order<S: Orders>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &CANCEL_ORDER, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.cancel_order(&context, input.path("order")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /api/v1/orders/{order}/confirm
pub static CONFIRM_ORDER: Operation = Operation {
    id: "confirm_order",
    tag: "orders",
    method: "POST",
    path: "/api/v1/orders/{order}/confirm",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "write",
    idempotency: Idempotency::named("required", "POST"),
    rate_limit: "public",
    sql_round_trips: 3,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of POST /api/v1/orders/{order}/confirm.
#[derive(Debug)]
pub enum ConfirmOrderResponse {
    /// Order confirmed.
    Status200 {
        /// The body.
        body: models::Order,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for ConfirmOrderResponse {
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

async fn confirm_order<S: Orders>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &CONFIRM_ORDER, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server.confirm_order(&context, input.path("order")?, input.body()?).await.map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /api/v1/orders
pub static CREATE_ORDER: Operation = Operation {
    id: "create_order",
    tag: "orders",
    method: "POST",
    path: "/api/v1/orders",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "write",
    idempotency: Idempotency::named("required", "POST"),
    rate_limit: "public",
    sql_round_trips: 3,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of POST /api/v1/orders.
#[derive(Debug)]
pub enum CreateOrderResponse {
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

impl ApiResponse for CreateOrderResponse {
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

async fn create_order<S: Orders>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &CREATE_ORDER, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.create_order(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/orders/{order}
pub static GET_ORDER: Operation = Operation {
    id: "get_order",
    tag: "orders",
    method: "GET",
    path: "/api/v1/orders/{order}",
    deprecated: false,
    sunset: "",
    who: Access::named("owner"),
    scope: "read",
    idempotency: Idempotency::named("required", "GET"),
    rate_limit: "public",
    sql_round_trips: 1,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of GET /api/v1/orders/{order}.
#[derive(Debug)]
pub enum GetOrderResponse {
    /// The order.
    Status200 {
        /// The body.
        body: models::Order,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetOrderResponse {
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

async fn get_order<S: Orders>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_ORDER, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.get_order(&context, input.path("order")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/orders/{order}/history
pub static LIST_ORDER_EVENTS: Operation = Operation {
    id: "list_order_events",
    tag: "orders",
    method: "GET",
    path: "/api/v1/orders/{order}/history",
    deprecated: false,
    sunset: "",
    who: Access::named("owner"),
    scope: "read",
    idempotency: Idempotency::named("required", "GET"),
    rate_limit: "public",
    sql_round_trips: 1,
    body_limit: Operation::BODY_LIMIT,
    page_size: 10,
};

/// Query parameters of GET /api/v1/orders/{order}/history.
#[derive(Clone, Debug, Deserialize)]
pub struct ListOrderEventsQuery {
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

impl PageQuery for ListOrderEventsQuery {
    fn page_parameters(&self) -> PageParameters<'_> {
        PageParameters { page: self.page, limit: self.limit, cursor: self.cursor.as_deref() }
    }
}

impl PageResponse for ListOrderEventsResponse {
    type Body = models::OrderEventPage;

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

/// Success responses of GET /api/v1/orders/{order}/history.
#[derive(Debug)]
pub enum ListOrderEventsResponse {
    /// A page of the history.
    Status200 {
        /// The body.
        body: models::OrderEventPage,
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

impl ApiResponse for ListOrderEventsResponse {
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

async fn list_order_events<S: Orders>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_ORDER_EVENTS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server
            .list_order_events(&context, input.path("order")?, input.query()?)
            .await
            .map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/orders
pub static LIST_ORDERS: Operation = Operation {
    id: "list_orders",
    tag: "orders",
    method: "GET",
    path: "/api/v1/orders",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("required", "GET"),
    rate_limit: "public",
    sql_round_trips: 1,
    body_limit: Operation::BODY_LIMIT,
    page_size: 10,
};

/// Query parameters of GET /api/v1/orders.
#[derive(Clone, Debug, Deserialize)]
pub struct ListOrdersQuery {
    /// `buyer` (default) returns the orders that you have placed, `seller` those of your products.
    #[serde(rename = "filter[role]")]
    pub filter_role: Option<models::OrderRole>,
    /// Returns only orders in this state.
    #[serde(rename = "filter[state]")]
    pub filter_state: Option<models::OrderState>,
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

impl PageQuery for ListOrdersQuery {
    fn page_parameters(&self) -> PageParameters<'_> {
        PageParameters { page: self.page, limit: self.limit, cursor: self.cursor.as_deref() }
    }
}

impl PageResponse for ListOrdersResponse {
    type Body = models::OrderPage;

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

/// Success responses of GET /api/v1/orders.
#[derive(Debug)]
pub enum ListOrdersResponse {
    /// A page of orders.
    Status200 {
        /// The body.
        body: models::OrderPage,
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

impl ApiResponse for ListOrdersResponse {
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

async fn list_orders<S: Orders>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_ORDERS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.list_orders(&context, input.query()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /api/v1/orders/preview
pub static PREVIEW_ORDER: Operation = Operation {
    id: "preview_order",
    tag: "orders",
    method: "POST",
    path: "/api/v1/orders/preview",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "public",
    sql_round_trips: 1,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of POST /api/v1/orders/preview.
#[derive(Debug)]
pub enum PreviewOrderResponse {
    /// The order as it would be now.
    Status200 {
        /// The body.
        body: models::OrderPreview,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for PreviewOrderResponse {
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

async fn preview_order<S: Orders>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &PREVIEW_ORDER, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.preview_order(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// Handlers of this tag. A method is called only with a valid request from an authorized caller, whose
/// type says whether it may be anonymous.
pub trait Orders: Hooks {
    /// POST /api/v1/orders/{order}/cancel: Cancel an order
    fn cancel_order(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        order: uuid::Uuid,
    ) -> impl Future<Output = Result<CancelOrderResponse, Self::Error>> + Send;

    /// POST /api/v1/orders/{order}/confirm: Confirm an order
    fn confirm_order(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        order: uuid::Uuid,
        body: models::OrderConfirm,
    ) -> impl Future<Output = Result<ConfirmOrderResponse, Self::Error>> + Send;

    /// POST /api/v1/orders: Place an order
    fn create_order(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        body: models::Basket,
    ) -> impl Future<Output = Result<CreateOrderResponse, Self::Error>> + Send;

    /// GET /api/v1/orders/{order}: Get an order
    fn get_order(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        order: uuid::Uuid,
    ) -> impl Future<Output = Result<GetOrderResponse, Self::Error>> + Send;

    /// GET /api/v1/orders/{order}/history: List an order's history
    fn list_order_events(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        order: uuid::Uuid,
        query: ListOrderEventsQuery,
    ) -> impl Future<Output = Result<ListOrderEventsResponse, Self::Error>> + Send;

    /// GET /api/v1/orders: List your orders
    fn list_orders(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        query: ListOrdersQuery,
    ) -> impl Future<Output = Result<ListOrdersResponse, Self::Error>> + Send;

    /// POST /api/v1/orders/preview: Calculate an order
    fn preview_order(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        body: models::Basket,
    ) -> impl Future<Output = Result<PreviewOrderResponse, Self::Error>> + Send;
}

/// Adds the routes of this tag.
pub fn routes<S: Orders>(router: Router<S>) -> Router<S> {
    router
        .route("/api/v1/orders/{order}/cancel", routing::post(cancel_order::<S>))
        .route("/api/v1/orders/{order}/confirm", routing::post(confirm_order::<S>))
        .route("/api/v1/orders", routing::post(create_order::<S>))
        .route("/api/v1/orders/{order}", routing::get(get_order::<S>))
        .route("/api/v1/orders/{order}/history", routing::get(list_order_events::<S>))
        .route("/api/v1/orders", routing::get(list_orders::<S>))
        .route("/api/v1/orders/preview", routing::post(preview_order::<S>))
}
