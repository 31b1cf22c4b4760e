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

/// POST /api/v1/categories
pub static CREATE_CATEGORY: Operation = Operation {
    id: "create_category",
    tag: "categories",
    method: "POST",
    path: "/api/v1/categories",
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

/// Success responses of POST /api/v1/categories.
#[derive(Debug)]
pub enum CreateCategoryResponse {
    /// Category created.
    Status201 {
        /// The body.
        body: models::Category,
        /// Path of the category.
        location: Option<String>,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for CreateCategoryResponse {
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

async fn create_category<S: Categories>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &CREATE_CATEGORY, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.create_category(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// DELETE /api/v1/categories/{category}
pub static DELETE_CATEGORY: Operation = Operation {
    id: "delete_category",
    tag: "categories",
    method: "DELETE",
    path: "/api/v1/categories/{category}",
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

/// Success responses of DELETE /api/v1/categories/{category}.
#[derive(Debug)]
pub enum DeleteCategoryResponse {
    /// Category deleted.
    Status204 {},
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for DeleteCategoryResponse {
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

async fn delete_category<S: Categories>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &DELETE_CATEGORY, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.delete_category(&context, input.path("category")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/categories/{category}
pub static GET_CATEGORY: Operation = Operation {
    id: "get_category",
    tag: "categories",
    method: "GET",
    path: "/api/v1/categories/{category}",
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

/// Success responses of GET /api/v1/categories/{category}.
#[derive(Debug)]
pub enum GetCategoryResponse {
    /// The category.
    Status200 {
        /// The body.
        body: models::Category,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetCategoryResponse {
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

async fn get_category<S: Categories>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_CATEGORY, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.get_category(&context, input.path("category")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/categories
pub static LIST_CATEGORIES: Operation = Operation {
    id: "list_categories",
    tag: "categories",
    method: "GET",
    path: "/api/v1/categories",
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

/// Query parameters of GET /api/v1/categories.
#[derive(Clone, Debug, Deserialize)]
pub struct ListCategoriesQuery {
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

impl PageQuery for ListCategoriesQuery {
    fn page_parameters(&self) -> PageParameters<'_> {
        PageParameters { page: self.page, limit: self.limit, cursor: self.cursor.as_deref() }
    }
}

impl PageResponse for ListCategoriesResponse {
    type Body = Vec<models::Category>;

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

/// Success responses of GET /api/v1/categories.
#[derive(Debug)]
pub enum ListCategoriesResponse {
    /// A page of categories, as an array.
    Status200 {
        /// The body.
        body: Vec<models::Category>,
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

impl ApiResponse for ListCategoriesResponse {
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

async fn list_categories<S: Categories>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_CATEGORIES, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.list_categories(&context, input.query()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// PATCH /api/v1/categories/{category}
pub static PATCH_CATEGORY: Operation = Operation {
    id: "patch_category",
    tag: "categories",
    method: "PATCH",
    path: "/api/v1/categories/{category}",
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

/// Success responses of PATCH /api/v1/categories/{category}.
#[derive(Debug)]
pub enum PatchCategoryResponse {
    /// Category updated.
    Status200 {
        /// The body.
        body: models::Category,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for PatchCategoryResponse {
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

async fn patch_category<S: Categories>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &PATCH_CATEGORY, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server
            .patch_category(&context, input.path("category")?, input.body()?)
            .await
            .map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// PUT /api/v1/categories/{category}
pub static REPLACE_CATEGORY: Operation = Operation {
    id: "replace_category",
    tag: "categories",
    method: "PUT",
    path: "/api/v1/categories/{category}",
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

/// Success responses of PUT /api/v1/categories/{category}.
#[derive(Debug)]
pub enum ReplaceCategoryResponse {
    /// Category replaced.
    Status200 {
        /// The body.
        body: models::Category,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for ReplaceCategoryResponse {
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

async fn replace_category<S: Categories>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &REPLACE_CATEGORY, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server
            .replace_category(&context, input.path("category")?, input.body()?)
            .await
            .map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// Handlers of this tag. A method is called only with a valid request from an authorized caller, whose
/// type says whether it may be anonymous.
pub trait Categories: Hooks {
    /// POST /api/v1/categories: Create a category
    fn create_category(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        body: models::CategoryCreate,
    ) -> impl Future<Output = Result<CreateCategoryResponse, Self::Error>> + Send;

    /// DELETE /api/v1/categories/{category}: Delete a category
    fn delete_category(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        category: agora_runtime::ResourceId,
    ) -> impl Future<Output = Result<DeleteCategoryResponse, Self::Error>> + Send;

    /// GET /api/v1/categories/{category}: Get a category
    fn get_category(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        category: agora_runtime::ResourceId,
    ) -> impl Future<Output = Result<GetCategoryResponse, Self::Error>> + Send;

    /// GET /api/v1/categories: List categories
    fn list_categories(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        query: ListCategoriesQuery,
    ) -> impl Future<Output = Result<ListCategoriesResponse, Self::Error>> + Send;

    /// PATCH /api/v1/categories/{category}: Update a category
    fn patch_category(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        category: agora_runtime::ResourceId,
        body: models::CategoryPatch,
    ) -> impl Future<Output = Result<PatchCategoryResponse, Self::Error>> + Send;

    /// PUT /api/v1/categories/{category}: Replace a category
    fn replace_category(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        category: agora_runtime::ResourceId,
        body: models::CategoryReplace,
    ) -> impl Future<Output = Result<ReplaceCategoryResponse, Self::Error>> + Send;
}

/// Adds the routes of this tag.
pub fn routes<S: Categories>(router: Router<S>) -> Router<S> {
    router
        .route("/api/v1/categories", routing::post(create_category::<S>))
        .route("/api/v1/categories/{category}", routing::delete(delete_category::<S>))
        .route("/api/v1/categories/{category}", routing::get(get_category::<S>))
        .route("/api/v1/categories", routing::get(list_categories::<S>))
        .route("/api/v1/categories/{category}", routing::patch(patch_category::<S>))
        .route("/api/v1/categories/{category}", routing::put(replace_category::<S>))
}
