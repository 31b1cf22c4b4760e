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

/// POST /api/v1/products/{product}/archive
pub static ARCHIVE_PRODUCT: Operation = Operation {
    id: "archive_product",
    tag: "products",
    method: "POST",
    path: "/api/v1/products/{product}/archive",
    deprecated: false,
    sunset: "",
    who: Access::named("owner"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "POST"),
    rate_limit: "public",
    sql_round_trips: 4,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of POST /api/v1/products/{product}/archive.
#[derive(Debug)]
pub enum ArchiveProductResponse {
    /// Product archived.
    Status200 {
        /// The body.
        body: models::Product,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for ArchiveProductResponse {
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

async fn archive_product<S: Products>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &ARCHIVE_PRODUCT, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.archive_product(&context, input.path("product")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /api/v1/products
pub static CREATE_PRODUCT: Operation = Operation {
    id: "create_product",
    tag: "products",
    method: "POST",
    path: "/api/v1/products",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "POST"),
    rate_limit: "public",
    sql_round_trips: 2,
    body_limit: 524288,
    page_size: 0,
};

/// Success responses of POST /api/v1/products.
#[derive(Debug)]
pub enum CreateProductResponse {
    /// Product created.
    Status201 {
        /// The body.
        body: models::Product,
        /// Path of the product.
        location: Option<String>,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for CreateProductResponse {
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

async fn create_product<S: Products>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &CREATE_PRODUCT, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.create_product(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// DELETE /api/v1/products/{product}
pub static DELETE_PRODUCT: Operation = Operation {
    id: "delete_product",
    tag: "products",
    method: "DELETE",
    path: "/api/v1/products/{product}",
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

/// Success responses of DELETE /api/v1/products/{product}.
#[derive(Debug)]
pub enum DeleteProductResponse {
    /// Product deleted.
    Status204 {},
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for DeleteProductResponse {
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

async fn delete_product<S: Products>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &DELETE_PRODUCT, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.delete_product(&context, input.path("product")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// DELETE /api/v1/products/{product}/rating
pub static DELETE_PRODUCT_RATING: Operation = Operation {
    id: "delete_product_rating",
    tag: "products",
    method: "DELETE",
    path: "/api/v1/products/{product}/rating",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "write",
    idempotency: Idempotency::named("none", "DELETE"),
    rate_limit: "public",
    sql_round_trips: 4,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of DELETE /api/v1/products/{product}/rating.
#[derive(Debug)]
pub enum DeleteProductRatingResponse {
    /// Rating deleted. The body is the new summary.
    Status200 {
        /// The body.
        body: models::RatingSummary,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for DeleteProductRatingResponse {
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

async fn delete_product_rating<S: Products>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &DELETE_PRODUCT_RATING, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server.delete_product_rating(&context, input.path("product")?).await.map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/products/{product}
pub static GET_PRODUCT: Operation = Operation {
    id: "get_product",
    tag: "products",
    method: "GET",
    path: "/api/v1/products/{product}",
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

/// Success responses of GET /api/v1/products/{product}.
#[derive(Debug)]
pub enum GetProductResponse {
    /// The product.
    Status200 {
        /// The body.
        body: models::Product,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetProductResponse {
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

async fn get_product<S: Products>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_PRODUCT, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.get_product(&context, input.path("product")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/products/facets
pub static GET_PRODUCT_FACETS: Operation = Operation {
    id: "get_product_facets",
    tag: "products",
    method: "GET",
    path: "/api/v1/products/facets",
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

/// Query parameters of GET /api/v1/products/facets.
#[derive(Clone, Debug, Deserialize)]
pub struct GetProductFacetsQuery {
    /// Returns only products in the category with this name, ignoring case. A blank value has no effect.
    #[serde(rename = "category")]
    pub category: Option<String>,
    /// Returns only products with the tag of this name, ignoring case. A blank value has no effect.
    #[serde(rename = "tag")]
    pub tag: Option<String>,
    /// Returns only products with all of these words, as for the list of products. A blank value has no effect.
    #[serde(rename = "search")]
    pub search: Option<String>,
    /// Returns only products owned by this user, given as an ID, UUID or username. A blank value has no effect.
    #[serde(rename = "owner")]
    pub owner: Option<String>,
    /// Returns only products in this state. Drafts and archived products are the caller's own; staff see those of all users.
    #[serde(rename = "state")]
    pub state: Option<models::ProductState>,
    /// Returns only products with at least this price.
    #[serde(rename = "min_price")]
    pub min_price: Option<agora_runtime::DecimalNumber>,
    /// Returns only products with at most this price.
    #[serde(rename = "max_price")]
    pub max_price: Option<agora_runtime::DecimalNumber>,
}

/// Success responses of GET /api/v1/products/facets.
#[derive(Debug)]
pub enum GetProductFacetsResponse {
    /// The counts.
    Status200 {
        /// The body.
        body: models::ProductFacets,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetProductFacetsResponse {
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

async fn get_product_facets<S: Products>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_PRODUCT_FACETS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.get_product_facets(&context, input.query()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/products/{product}/rating
pub static GET_PRODUCT_RATING: Operation = Operation {
    id: "get_product_rating",
    tag: "products",
    method: "GET",
    path: "/api/v1/products/{product}/rating",
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

/// Success responses of GET /api/v1/products/{product}/rating.
#[derive(Debug)]
pub enum GetProductRatingResponse {
    /// The rating summary.
    Status200 {
        /// The body.
        body: models::RatingSummary,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetProductRatingResponse {
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

async fn get_product_rating<S: Products>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_PRODUCT_RATING, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.get_product_rating(&context, input.path("product")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/products/{product}/ratings
pub static LIST_PRODUCT_RATINGS: Operation = Operation {
    id: "list_product_ratings",
    tag: "products",
    method: "GET",
    path: "/api/v1/products/{product}/ratings",
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

/// Query parameters of GET /api/v1/products/{product}/ratings.
#[derive(Clone, Debug, Deserialize)]
pub struct ListProductRatingsQuery {
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

impl PageQuery for ListProductRatingsQuery {
    fn page_parameters(&self) -> PageParameters<'_> {
        PageParameters { page: self.page, limit: self.limit, cursor: self.cursor.as_deref() }
    }
}

impl PageResponse for ListProductRatingsResponse {
    type Body = Vec<models::UserRating>;

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

/// Success responses of GET /api/v1/products/{product}/ratings.
#[derive(Debug)]
pub enum ListProductRatingsResponse {
    /// A page of ratings, as an array.
    Status200 {
        /// The body.
        body: Vec<models::UserRating>,
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

impl ApiResponse for ListProductRatingsResponse {
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

async fn list_product_ratings<S: Products>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_PRODUCT_RATINGS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server
            .list_product_ratings(&context, input.path("product")?, input.query()?)
            .await
            .map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/products
pub static LIST_PRODUCTS: Operation = Operation {
    id: "list_products",
    tag: "products",
    method: "GET",
    path: "/api/v1/products",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "read",
    idempotency: Idempotency::named("accepted", "GET"),
    rate_limit: "public",
    sql_round_trips: 1,
    body_limit: Operation::BODY_LIMIT,
    page_size: 10,
};

/// Query parameters of GET /api/v1/products.
#[derive(Clone, Debug, Deserialize)]
pub struct ListProductsQuery {
    /// Returns only products in the category with this name, ignoring case. A blank value has no effect.
    #[serde(rename = "category")]
    pub category: Option<String>,
    /// Returns only products with the tag of this name, ignoring case. A blank value has no effect.
    #[serde(rename = "tag")]
    pub tag: Option<String>,
    /// Returns only products with all of these words in the title, description or tags. Case, accents and punctuation are ignored. The last word matches by prefix. Also supports `\"exact phrase\"`, `this or that` and `-excluded`, which needs a word beside it. A blank value has no effect.
    #[serde(rename = "search")]
    pub search: Option<String>,
    /// Returns only products owned by this user, given as an ID, UUID or username. A blank value has no effect.
    #[serde(rename = "owner")]
    pub owner: Option<String>,
    /// Returns only products in this state. Drafts and archived products are the caller's own; staff see those of all users.
    #[serde(rename = "state")]
    pub state: Option<models::ProductState>,
    /// Returns only products with at least this price.
    #[serde(rename = "min_price")]
    pub min_price: Option<agora_runtime::DecimalNumber>,
    /// Returns only products with at most this price.
    #[serde(rename = "max_price")]
    pub max_price: Option<agora_runtime::DecimalNumber>,
    /// Order of the list. Defaults to `newest` for a search, and to the oldest first otherwise. `price` and `title` ascend, and descend with `-`; `rating` begins with the best. `relevance` needs a search: titles and tags count more than descriptions. It ranks the newest 10,000 matches.
    #[serde(rename = "sort")]
    pub sort: Option<models::ProductSort>,
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

impl PageQuery for ListProductsQuery {
    fn page_parameters(&self) -> PageParameters<'_> {
        PageParameters { page: self.page, limit: self.limit, cursor: self.cursor.as_deref() }
    }
}

impl PageResponse for ListProductsResponse {
    type Body = models::ProductPage;

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

/// Success responses of GET /api/v1/products.
#[derive(Debug)]
pub enum ListProductsResponse {
    /// A page of products.
    Status200 {
        /// The body.
        body: models::ProductPage,
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

impl ApiResponse for ListProductsResponse {
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

async fn list_products<S: Products>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_PRODUCTS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.list_products(&context, input.query()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/products/by-categories
pub static LIST_PRODUCTS_BY_CATEGORIES: Operation = Operation {
    id: "list_products_by_categories",
    tag: "products",
    method: "GET",
    path: "/api/v1/products/by-categories",
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

/// Query parameters of GET /api/v1/products/by-categories.
#[derive(Clone, Debug, Deserialize)]
pub struct ListProductsByCategoriesQuery {
    /// Category IDs, separated by commas or as repeated parameters. An empty or absent list returns an empty array.
    #[serde(rename = "categoryIds")]
    pub category_ids: Option<Vec<i64>>,
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

impl PageQuery for ListProductsByCategoriesQuery {
    fn page_parameters(&self) -> PageParameters<'_> {
        PageParameters { page: self.page, limit: self.limit, cursor: self.cursor.as_deref() }
    }
}

impl PageResponse for ListProductsByCategoriesResponse {
    type Body = Vec<models::Product>;

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

/// Success responses of GET /api/v1/products/by-categories.
#[derive(Debug)]
pub enum ListProductsByCategoriesResponse {
    /// A page of products, as an array.
    Status200 {
        /// The body.
        body: Vec<models::Product>,
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

impl ApiResponse for ListProductsByCategoriesResponse {
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

async fn list_products_by_categories<S: Products>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_PRODUCTS_BY_CATEGORIES, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server.list_products_by_categories(&context, input.query()?).await.map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/users/{user}/products
pub static LIST_USER_PRODUCTS: Operation = Operation {
    id: "list_user_products",
    tag: "products",
    method: "GET",
    path: "/api/v1/users/{user}/products",
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

/// Query parameters of GET /api/v1/users/{user}/products.
#[derive(Clone, Debug, Deserialize)]
pub struct ListUserProductsQuery {
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

impl PageQuery for ListUserProductsQuery {
    fn page_parameters(&self) -> PageParameters<'_> {
        PageParameters { page: self.page, limit: self.limit, cursor: self.cursor.as_deref() }
    }
}

impl PageResponse for ListUserProductsResponse {
    type Body = Vec<models::Product>;

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

/// Success responses of GET /api/v1/users/{user}/products.
#[derive(Debug)]
pub enum ListUserProductsResponse {
    /// A page of products, as an array.
    Status200 {
        /// The body.
        body: Vec<models::Product>,
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

impl ApiResponse for ListUserProductsResponse {
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

async fn list_user_products<S: Products>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_USER_PRODUCTS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server
            .list_user_products(&context, input.path("user")?, input.query()?)
            .await
            .map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// PATCH /api/v1/products/{product}
pub static PATCH_PRODUCT: Operation = Operation {
    id: "patch_product",
    tag: "products",
    method: "PATCH",
    path: "/api/v1/products/{product}",
    deprecated: false,
    sunset: "",
    who: Access::named("owner"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "PATCH"),
    rate_limit: "public",
    sql_round_trips: 4,
    body_limit: 524288,
    page_size: 0,
};

/// Success responses of PATCH /api/v1/products/{product}.
#[derive(Debug)]
pub enum PatchProductResponse {
    /// Product updated.
    Status200 {
        /// The body.
        body: models::Product,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for PatchProductResponse {
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

async fn patch_product<S: Products>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &PATCH_PRODUCT, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server.patch_product(&context, input.path("product")?, input.body()?).await.map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /api/v1/products/{product}/publish
pub static PUBLISH_PRODUCT: Operation = Operation {
    id: "publish_product",
    tag: "products",
    method: "POST",
    path: "/api/v1/products/{product}/publish",
    deprecated: false,
    sunset: "",
    who: Access::named("owner"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "POST"),
    rate_limit: "public",
    sql_round_trips: 4,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of POST /api/v1/products/{product}/publish.
#[derive(Debug)]
pub enum PublishProductResponse {
    /// Product published.
    Status200 {
        /// The body.
        body: models::Product,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for PublishProductResponse {
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

async fn publish_product<S: Products>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &PUBLISH_PRODUCT, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.publish_product(&context, input.path("product")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /api/v1/products/{product}/rating
pub static RATE_PRODUCT: Operation = Operation {
    id: "rate_product",
    tag: "products",
    method: "POST",
    path: "/api/v1/products/{product}/rating",
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

/// Success responses of POST /api/v1/products/{product}/rating.
#[derive(Debug)]
pub enum RateProductResponse {
    /// Rating saved.
    Status201 {
        /// The body.
        body: models::RatingSummary,
        /// Path of the rating summary.
        location: Option<String>,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for RateProductResponse {
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

async fn rate_product<S: Products>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &RATE_PRODUCT, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server.rate_product(&context, input.path("product")?, input.body()?).await.map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// PUT /api/v1/products/{product}
pub static REPLACE_PRODUCT: Operation = Operation {
    id: "replace_product",
    tag: "products",
    method: "PUT",
    path: "/api/v1/products/{product}",
    deprecated: false,
    sunset: "",
    who: Access::named("owner"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "PUT"),
    rate_limit: "public",
    sql_round_trips: 4,
    body_limit: 524288,
    page_size: 0,
};

/// Success responses of PUT /api/v1/products/{product}.
#[derive(Debug)]
pub enum ReplaceProductResponse {
    /// Product replaced.
    Status200 {
        /// The body.
        body: models::Product,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for ReplaceProductResponse {
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

async fn replace_product<S: Products>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &REPLACE_PRODUCT, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server
            .replace_product(&context, input.path("product")?, input.body()?)
            .await
            .map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// Handlers of this tag. A method is called only with a valid request from an authorized caller, whose
/// type says whether it may be anonymous.
pub trait Products: Hooks {
    /// POST /api/v1/products/{product}/archive: Archive a product
    fn archive_product(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        product: agora_runtime::ResourceId,
    ) -> impl Future<Output = Result<ArchiveProductResponse, Self::Error>> + Send;

    /// POST /api/v1/products: Create a product
    fn create_product(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        body: models::ProductCreate,
    ) -> impl Future<Output = Result<CreateProductResponse, Self::Error>> + Send;

    /// DELETE /api/v1/products/{product}: Delete a product
    fn delete_product(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        product: agora_runtime::ResourceId,
    ) -> impl Future<Output = Result<DeleteProductResponse, Self::Error>> + Send;

    /// DELETE /api/v1/products/{product}/rating: Delete own product rating
    fn delete_product_rating(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        product: agora_runtime::ResourceId,
    ) -> impl Future<Output = Result<DeleteProductRatingResponse, Self::Error>> + Send;

    /// GET /api/v1/products/{product}: Get a product
    fn get_product(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        product: agora_runtime::ResourceId,
    ) -> impl Future<Output = Result<GetProductResponse, Self::Error>> + Send;

    /// GET /api/v1/products/facets: Count products by category, tag and price
    fn get_product_facets(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        query: GetProductFacetsQuery,
    ) -> impl Future<Output = Result<GetProductFacetsResponse, Self::Error>> + Send;

    /// GET /api/v1/products/{product}/rating: Get a product's rating
    fn get_product_rating(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        product: agora_runtime::ResourceId,
    ) -> impl Future<Output = Result<GetProductRatingResponse, Self::Error>> + Send;

    /// GET /api/v1/products/{product}/ratings: List a product's ratings
    fn list_product_ratings(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        product: agora_runtime::ResourceId,
        query: ListProductRatingsQuery,
    ) -> impl Future<Output = Result<ListProductRatingsResponse, Self::Error>> + Send;

    /// GET /api/v1/products: List products
    fn list_products(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        query: ListProductsQuery,
    ) -> impl Future<Output = Result<ListProductsResponse, Self::Error>> + Send;

    /// GET /api/v1/products/by-categories: List products by category
    fn list_products_by_categories(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        query: ListProductsByCategoriesQuery,
    ) -> impl Future<Output = Result<ListProductsByCategoriesResponse, Self::Error>> + Send;

    /// GET /api/v1/users/{user}/products: List a user's products
    fn list_user_products(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        user: agora_runtime::UserRef,
        query: ListUserProductsQuery,
    ) -> impl Future<Output = Result<ListUserProductsResponse, Self::Error>> + Send;

    /// PATCH /api/v1/products/{product}: Update a product
    fn patch_product(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        product: agora_runtime::ResourceId,
        body: models::ProductPatch,
    ) -> impl Future<Output = Result<PatchProductResponse, Self::Error>> + Send;

    /// POST /api/v1/products/{product}/publish: Publish a product
    fn publish_product(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        product: agora_runtime::ResourceId,
    ) -> impl Future<Output = Result<PublishProductResponse, Self::Error>> + Send;

    /// POST /api/v1/products/{product}/rating: Rate a product
    fn rate_product(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        product: agora_runtime::ResourceId,
        body: models::ProductRate,
    ) -> impl Future<Output = Result<RateProductResponse, Self::Error>> + Send;

    /// PUT /api/v1/products/{product}: Replace a product
    fn replace_product(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        product: agora_runtime::ResourceId,
        body: models::ProductReplace,
    ) -> impl Future<Output = Result<ReplaceProductResponse, Self::Error>> + Send;
}

/// Adds the routes of this tag.
pub fn routes<S: Products>(router: Router<S>) -> Router<S> {
    router
        .route("/api/v1/products/{product}/archive", routing::post(archive_product::<S>))
        .route("/api/v1/products", routing::post(create_product::<S>))
        .route("/api/v1/products/{product}", routing::delete(delete_product::<S>))
        .route("/api/v1/products/{product}/rating", routing::delete(delete_product_rating::<S>))
        .route("/api/v1/products/{product}", routing::get(get_product::<S>))
        .route("/api/v1/products/facets", routing::get(get_product_facets::<S>))
        .route("/api/v1/products/{product}/rating", routing::get(get_product_rating::<S>))
        .route("/api/v1/products/{product}/ratings", routing::get(list_product_ratings::<S>))
        .route("/api/v1/products", routing::get(list_products::<S>))
        .route("/api/v1/products/by-categories", routing::get(list_products_by_categories::<S>))
        .route("/api/v1/users/{user}/products", routing::get(list_user_products::<S>))
        .route("/api/v1/products/{product}", routing::patch(patch_product::<S>))
        .route("/api/v1/products/{product}/publish", routing::post(publish_product::<S>))
        .route("/api/v1/products/{product}/rating", routing::post(rate_product::<S>))
        .route("/api/v1/products/{product}", routing::put(replace_product::<S>))
}
