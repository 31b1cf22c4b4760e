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

/// GET /api/v1/products/{product}/stock
pub static GET_STOCK: Operation = Operation {
    id: "get_stock",
    tag: "stock",
    method: "GET",
    path: "/api/v1/products/{product}/stock",
    deprecated: false,
    sunset: "",
    who: Access::named("owner"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "GET"),
    rate_limit: "public",
    sql_round_trips: 1,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of GET /api/v1/products/{product}/stock.
#[derive(Debug)]
pub enum GetStockResponse {
    /// The stock.
    Status200 {
        /// The body.
        body: models::Stock,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetStockResponse {
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

async fn get_stock<S: Stock>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_STOCK, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.get_stock(&context, input.path("product")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/products/{product}/stock/movements
pub static LIST_STOCK_MOVEMENTS: Operation = Operation {
    id: "list_stock_movements",
    tag: "stock",
    method: "GET",
    path: "/api/v1/products/{product}/stock/movements",
    deprecated: false,
    sunset: "",
    who: Access::named("owner"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "GET"),
    rate_limit: "public",
    sql_round_trips: 1,
    body_limit: Operation::BODY_LIMIT,
    page_size: 10,
};

/// Query parameters of GET /api/v1/products/{product}/stock/movements.
#[derive(Clone, Debug, Deserialize)]
pub struct ListStockMovementsQuery {
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

impl PageQuery for ListStockMovementsQuery {
    fn page_parameters(&self) -> PageParameters<'_> {
        PageParameters { page: self.page, limit: self.limit, cursor: self.cursor.as_deref() }
    }
}

impl PageResponse for ListStockMovementsResponse {
    type Body = models::MovementPage;

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

/// Success responses of GET /api/v1/products/{product}/stock/movements.
#[derive(Debug)]
pub enum ListStockMovementsResponse {
    /// A page of the ledger.
    Status200 {
        /// The body.
        body: models::MovementPage,
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

impl ApiResponse for ListStockMovementsResponse {
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

async fn list_stock_movements<S: Stock>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_STOCK_MOVEMENTS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server
            .list_stock_movements(&context, input.path("product")?, input.query()?)
            .await
            .map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// PATCH /api/v1/products/{product}/stock
pub static PATCH_STOCK: Operation = Operation {
    id: "patch_stock",
    tag: "stock",
    method: "PATCH",
    path: "/api/v1/products/{product}/stock",
    deprecated: false,
    sunset: "",
    who: Access::named("owner"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "PATCH"),
    rate_limit: "public",
    sql_round_trips: 3,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of PATCH /api/v1/products/{product}/stock.
#[derive(Debug)]
pub enum PatchStockResponse {
    /// Stock changed.
    Status200 {
        /// The body.
        body: models::Stock,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for PatchStockResponse {
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

async fn patch_stock<S: Stock>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &PATCH_STOCK, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server.patch_stock(&context, input.path("product")?, input.body()?).await.map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// PUT /api/v1/products/{product}/stock
pub static REPLACE_STOCK: Operation = Operation {
    id: "replace_stock",
    tag: "stock",
    method: "PUT",
    path: "/api/v1/products/{product}/stock",
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

/// Success responses of PUT /api/v1/products/{product}/stock.
#[derive(Debug)]
pub enum ReplaceStockResponse {
    /// Stock set.
    Status200 {
        /// The body.
        body: models::Stock,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for ReplaceStockResponse {
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

async fn replace_stock<S: Stock>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &REPLACE_STOCK, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server.replace_stock(&context, input.path("product")?, input.body()?).await.map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// Handlers of this tag. A method is called only with a valid request from an authorized caller, whose
/// type says whether it may be anonymous.
pub trait Stock: Hooks {
    /// GET /api/v1/products/{product}/stock: Get a product's stock
    fn get_stock(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        product: agora_runtime::ResourceId,
    ) -> impl Future<Output = Result<GetStockResponse, Self::Error>> + Send;

    /// GET /api/v1/products/{product}/stock/movements: List a product's movements of stock
    fn list_stock_movements(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        product: agora_runtime::ResourceId,
        query: ListStockMovementsQuery,
    ) -> impl Future<Output = Result<ListStockMovementsResponse, Self::Error>> + Send;

    /// PATCH /api/v1/products/{product}/stock: Change a product's stock
    fn patch_stock(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        product: agora_runtime::ResourceId,
        body: models::StockPatch,
    ) -> impl Future<Output = Result<PatchStockResponse, Self::Error>> + Send;

    /// PUT /api/v1/products/{product}/stock: Set a product's stock
    fn replace_stock(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        product: agora_runtime::ResourceId,
        body: models::StockReplace,
    ) -> impl Future<Output = Result<ReplaceStockResponse, Self::Error>> + Send;
}

/// Adds the routes of this tag.
pub fn routes<S: Stock>(router: Router<S>) -> Router<S> {
    router
        .route("/api/v1/products/{product}/stock", routing::get(get_stock::<S>))
        .route("/api/v1/products/{product}/stock/movements", routing::get(list_stock_movements::<S>))
        .route("/api/v1/products/{product}/stock", routing::patch(patch_stock::<S>))
        .route("/api/v1/products/{product}/stock", routing::put(replace_stock::<S>))
}
