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

/// PUT /api/v1/products/{product}/tags/{tag}
pub static ADD_PRODUCT_TAG: Operation = Operation {
    id: "add_product_tag",
    tag: "tags",
    method: "PUT",
    path: "/api/v1/products/{product}/tags/{tag}",
    deprecated: false,
    sunset: "",
    who: Access::named("owner"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "PUT"),
    rate_limit: "public",
    sql_round_trips: 3,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of PUT /api/v1/products/{product}/tags/{tag}.
#[derive(Debug)]
pub enum AddProductTagResponse {
    /// The product has the tag.
    Status204 {},
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for AddProductTagResponse {
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

async fn add_product_tag<S: Tags>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &ADD_PRODUCT_TAG, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server
            .add_product_tag(&context, input.path("product")?, input.path("tag")?)
            .await
            .map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /api/v1/tags
pub static CREATE_TAG: Operation = Operation {
    id: "create_tag",
    tag: "tags",
    method: "POST",
    path: "/api/v1/tags",
    deprecated: false,
    sunset: "",
    who: Access::named("staff"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "POST"),
    rate_limit: "public",
    sql_round_trips: 2,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of POST /api/v1/tags.
#[derive(Debug)]
pub enum CreateTagResponse {
    /// Tag created.
    Status201 {
        /// The body.
        body: models::Tag,
        /// Path of the tag.
        location: Option<String>,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for CreateTagResponse {
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

async fn create_tag<S: Tags>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &CREATE_TAG, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.create_tag(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// DELETE /api/v1/products/{product}/tags/{tag}
pub static DELETE_PRODUCT_TAG: Operation = Operation {
    id: "delete_product_tag",
    tag: "tags",
    method: "DELETE",
    path: "/api/v1/products/{product}/tags/{tag}",
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

/// Success responses of DELETE /api/v1/products/{product}/tags/{tag}.
#[derive(Debug)]
pub enum DeleteProductTagResponse {
    /// Tag removed.
    Status204 {},
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for DeleteProductTagResponse {
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

async fn delete_product_tag<S: Tags>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &DELETE_PRODUCT_TAG, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server
            .delete_product_tag(&context, input.path("product")?, input.path("tag")?)
            .await
            .map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// DELETE /api/v1/tags/{tag}
pub static DELETE_TAG: Operation = Operation {
    id: "delete_tag",
    tag: "tags",
    method: "DELETE",
    path: "/api/v1/tags/{tag}",
    deprecated: false,
    sunset: "",
    who: Access::named("staff"),
    scope: "write",
    idempotency: Idempotency::named("none", "DELETE"),
    rate_limit: "public",
    sql_round_trips: 3,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of DELETE /api/v1/tags/{tag}.
#[derive(Debug)]
pub enum DeleteTagResponse {
    /// Tag deleted.
    Status204 {},
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for DeleteTagResponse {
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

async fn delete_tag<S: Tags>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &DELETE_TAG, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.delete_tag(&context, input.path("tag")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/tags/{tag}
pub static GET_TAG: Operation = Operation {
    id: "get_tag",
    tag: "tags",
    method: "GET",
    path: "/api/v1/tags/{tag}",
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

/// Success responses of GET /api/v1/tags/{tag}.
#[derive(Debug)]
pub enum GetTagResponse {
    /// The tag.
    Status200 {
        /// The body.
        body: models::Tag,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetTagResponse {
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

async fn get_tag<S: Tags>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_TAG, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.get_tag(&context, input.path("tag")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/tags
pub static LIST_TAGS: Operation = Operation {
    id: "list_tags",
    tag: "tags",
    method: "GET",
    path: "/api/v1/tags",
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

/// Query parameters of GET /api/v1/tags.
#[derive(Clone, Debug, Deserialize)]
pub struct ListTagsQuery {
    /// Beginning of a name, or a similar name, ignoring case. A blank value has no effect.
    #[serde(rename = "search")]
    pub search: Option<String>,
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

impl PageQuery for ListTagsQuery {
    fn page_parameters(&self) -> PageParameters<'_> {
        PageParameters { page: self.page, limit: self.limit, cursor: self.cursor.as_deref() }
    }
}

impl PageResponse for ListTagsResponse {
    type Body = Vec<models::Tag>;

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

/// Success responses of GET /api/v1/tags.
#[derive(Debug)]
pub enum ListTagsResponse {
    /// A page of tags, as an array.
    Status200 {
        /// The body.
        body: Vec<models::Tag>,
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

impl ApiResponse for ListTagsResponse {
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

async fn list_tags<S: Tags>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_TAGS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.list_tags(&context, input.query()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// PATCH /api/v1/tags/{tag}
pub static PATCH_TAG: Operation = Operation {
    id: "patch_tag",
    tag: "tags",
    method: "PATCH",
    path: "/api/v1/tags/{tag}",
    deprecated: false,
    sunset: "",
    who: Access::named("staff"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "PATCH"),
    rate_limit: "public",
    sql_round_trips: 3,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of PATCH /api/v1/tags/{tag}.
#[derive(Debug)]
pub enum PatchTagResponse {
    /// Tag updated.
    Status200 {
        /// The body.
        body: models::Tag,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for PatchTagResponse {
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

async fn patch_tag<S: Tags>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &PATCH_TAG, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server.patch_tag(&context, input.path("tag")?, input.body()?).await.map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// PUT /api/v1/tags/{tag}
pub static REPLACE_TAG: Operation = Operation {
    id: "replace_tag",
    tag: "tags",
    method: "PUT",
    path: "/api/v1/tags/{tag}",
    deprecated: false,
    sunset: "",
    who: Access::named("staff"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "PUT"),
    rate_limit: "public",
    sql_round_trips: 3,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of PUT /api/v1/tags/{tag}.
#[derive(Debug)]
pub enum ReplaceTagResponse {
    /// Tag replaced.
    Status200 {
        /// The body.
        body: models::Tag,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for ReplaceTagResponse {
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

async fn replace_tag<S: Tags>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &REPLACE_TAG, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server.replace_tag(&context, input.path("tag")?, input.body()?).await.map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// Handlers of this tag. A method is called only with a valid request from an authorized caller, whose
/// type says whether it may be anonymous.
pub trait Tags: Hooks {
    /// PUT /api/v1/products/{product}/tags/{tag}: Add a tag to a product
    fn add_product_tag(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        product: agora_runtime::ResourceId,
        tag: uuid::Uuid,
    ) -> impl Future<Output = Result<AddProductTagResponse, Self::Error>> + Send;

    /// POST /api/v1/tags: Create a tag
    fn create_tag(
        &self,
        context: &RequestContext<callers::Staff<Self::Principal>, Self::Arrival>,
        body: models::TagCreate,
    ) -> impl Future<Output = Result<CreateTagResponse, Self::Error>> + Send;

    /// DELETE /api/v1/products/{product}/tags/{tag}: Remove a tag from a product
    fn delete_product_tag(
        &self,
        context: &RequestContext<callers::Owner<Self::Principal>, Self::Arrival>,
        product: agora_runtime::ResourceId,
        tag: uuid::Uuid,
    ) -> impl Future<Output = Result<DeleteProductTagResponse, Self::Error>> + Send;

    /// DELETE /api/v1/tags/{tag}: Delete a tag
    fn delete_tag(
        &self,
        context: &RequestContext<callers::Staff<Self::Principal>, Self::Arrival>,
        tag: uuid::Uuid,
    ) -> impl Future<Output = Result<DeleteTagResponse, Self::Error>> + Send;

    /// GET /api/v1/tags/{tag}: Get a tag
    fn get_tag(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        tag: uuid::Uuid,
    ) -> impl Future<Output = Result<GetTagResponse, Self::Error>> + Send;

    /// GET /api/v1/tags: List tags
    fn list_tags(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        query: ListTagsQuery,
    ) -> impl Future<Output = Result<ListTagsResponse, Self::Error>> + Send;

    /// PATCH /api/v1/tags/{tag}: Update a tag
    fn patch_tag(
        &self,
        context: &RequestContext<callers::Staff<Self::Principal>, Self::Arrival>,
        tag: uuid::Uuid,
        body: models::TagPatch,
    ) -> impl Future<Output = Result<PatchTagResponse, Self::Error>> + Send;

    /// PUT /api/v1/tags/{tag}: Replace a tag
    fn replace_tag(
        &self,
        context: &RequestContext<callers::Staff<Self::Principal>, Self::Arrival>,
        tag: uuid::Uuid,
        body: models::TagReplace,
    ) -> impl Future<Output = Result<ReplaceTagResponse, Self::Error>> + Send;
}

/// Adds the routes of this tag.
pub fn routes<S: Tags>(router: Router<S>) -> Router<S> {
    router
        .route("/api/v1/products/{product}/tags/{tag}", routing::put(add_product_tag::<S>))
        .route("/api/v1/tags", routing::post(create_tag::<S>))
        .route("/api/v1/products/{product}/tags/{tag}", routing::delete(delete_product_tag::<S>))
        .route("/api/v1/tags/{tag}", routing::delete(delete_tag::<S>))
        .route("/api/v1/tags/{tag}", routing::get(get_tag::<S>))
        .route("/api/v1/tags", routing::get(list_tags::<S>))
        .route("/api/v1/tags/{tag}", routing::patch(patch_tag::<S>))
        .route("/api/v1/tags/{tag}", routing::put(replace_tag::<S>))
}
