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

/// POST /api/v1/users/me/addresses
pub static CREATE_ADDRESS: Operation = Operation {
    id: "create_address",
    tag: "addresses",
    method: "POST",
    path: "/api/v1/users/me/addresses",
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

/// Success responses of POST /api/v1/users/me/addresses.
#[derive(Debug)]
pub enum CreateAddressResponse {
    /// Address created.
    Status201 {
        /// The body.
        body: models::Address,
        /// Path of the address.
        location: Option<String>,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for CreateAddressResponse {
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

async fn create_address<S: Addresses>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &CREATE_ADDRESS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.create_address(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// DELETE /api/v1/users/me/addresses/{address}
pub static DELETE_ADDRESS: Operation = Operation {
    id: "delete_address",
    tag: "addresses",
    method: "DELETE",
    path: "/api/v1/users/me/addresses/{address}",
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

/// Success responses of DELETE /api/v1/users/me/addresses/{address}.
#[derive(Debug)]
pub enum DeleteAddressResponse {
    /// Address deleted.
    Status204 {},
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for DeleteAddressResponse {
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

async fn delete_address<S: Addresses>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &DELETE_ADDRESS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.delete_address(&context, input.path("address")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/users/me/addresses/{address}
pub static GET_ADDRESS: Operation = Operation {
    id: "get_address",
    tag: "addresses",
    method: "GET",
    path: "/api/v1/users/me/addresses/{address}",
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

/// Success responses of GET /api/v1/users/me/addresses/{address}.
#[derive(Debug)]
pub enum GetAddressResponse {
    /// The address.
    Status200 {
        /// The body.
        body: models::Address,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetAddressResponse {
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

async fn get_address<S: Addresses>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_ADDRESS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome =
        async { server.get_address(&context, input.path("address")?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/users/me/addresses
pub static LIST_ADDRESSES: Operation = Operation {
    id: "list_addresses",
    tag: "addresses",
    method: "GET",
    path: "/api/v1/users/me/addresses",
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

/// Query parameters of GET /api/v1/users/me/addresses.
#[derive(Clone, Debug, Deserialize)]
pub struct ListAddressesQuery {
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

impl PageQuery for ListAddressesQuery {
    fn page_parameters(&self) -> PageParameters<'_> {
        PageParameters { page: self.page, limit: self.limit, cursor: self.cursor.as_deref() }
    }
}

impl PageResponse for ListAddressesResponse {
    type Body = Vec<models::Address>;

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

/// Success responses of GET /api/v1/users/me/addresses.
#[derive(Debug)]
pub enum ListAddressesResponse {
    /// A page of addresses, as an array.
    Status200 {
        /// The body.
        body: Vec<models::Address>,
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

impl ApiResponse for ListAddressesResponse {
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

async fn list_addresses<S: Addresses>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LIST_ADDRESSES, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.list_addresses(&context, input.query()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// PATCH /api/v1/users/me/addresses/{address}
pub static PATCH_ADDRESS: Operation = Operation {
    id: "patch_address",
    tag: "addresses",
    method: "PATCH",
    path: "/api/v1/users/me/addresses/{address}",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "PATCH"),
    rate_limit: "public",
    sql_round_trips: 4,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of PATCH /api/v1/users/me/addresses/{address}.
#[derive(Debug)]
pub enum PatchAddressResponse {
    /// Address updated.
    Status200 {
        /// The body.
        body: models::Address,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for PatchAddressResponse {
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

async fn patch_address<S: Addresses>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &PATCH_ADDRESS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server.patch_address(&context, input.path("address")?, input.body()?).await.map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// PUT /api/v1/users/me/addresses/{address}
pub static REPLACE_ADDRESS: Operation = Operation {
    id: "replace_address",
    tag: "addresses",
    method: "PUT",
    path: "/api/v1/users/me/addresses/{address}",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "write",
    idempotency: Idempotency::named("accepted", "PUT"),
    rate_limit: "public",
    sql_round_trips: 4,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of PUT /api/v1/users/me/addresses/{address}.
#[derive(Debug)]
pub enum ReplaceAddressResponse {
    /// Address replaced.
    Status200 {
        /// The body.
        body: models::Address,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for ReplaceAddressResponse {
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

async fn replace_address<S: Addresses>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &REPLACE_ADDRESS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async {
        server
            .replace_address(&context, input.path("address")?, input.body()?)
            .await
            .map_err(Failure::Handler)
    };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// Handlers of this tag. A method is called only with a valid request from an authorized caller, whose
/// type says whether it may be anonymous.
pub trait Addresses: Hooks {
    /// POST /api/v1/users/me/addresses: Create an address
    fn create_address(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        body: models::AddressCreate,
    ) -> impl Future<Output = Result<CreateAddressResponse, Self::Error>> + Send;

    /// DELETE /api/v1/users/me/addresses/{address}: Delete an address
    fn delete_address(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        address: agora_runtime::ResourceId,
    ) -> impl Future<Output = Result<DeleteAddressResponse, Self::Error>> + Send;

    /// GET /api/v1/users/me/addresses/{address}: Get an address
    fn get_address(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        address: agora_runtime::ResourceId,
    ) -> impl Future<Output = Result<GetAddressResponse, Self::Error>> + Send;

    /// GET /api/v1/users/me/addresses: List own addresses
    fn list_addresses(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        query: ListAddressesQuery,
    ) -> impl Future<Output = Result<ListAddressesResponse, Self::Error>> + Send;

    /// PATCH /api/v1/users/me/addresses/{address}: Update an address
    fn patch_address(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        address: agora_runtime::ResourceId,
        body: models::AddressPatch,
    ) -> impl Future<Output = Result<PatchAddressResponse, Self::Error>> + Send;

    /// PUT /api/v1/users/me/addresses/{address}: Replace an address
    fn replace_address(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        address: agora_runtime::ResourceId,
        body: models::AddressReplace,
    ) -> impl Future<Output = Result<ReplaceAddressResponse, Self::Error>> + Send;
}

/// Adds the routes of this tag.
pub fn routes<S: Addresses>(router: Router<S>) -> Router<S> {
    router
        .route("/api/v1/users/me/addresses", routing::post(create_address::<S>))
        .route("/api/v1/users/me/addresses/{address}", routing::delete(delete_address::<S>))
        .route("/api/v1/users/me/addresses/{address}", routing::get(get_address::<S>))
        .route("/api/v1/users/me/addresses", routing::get(list_addresses::<S>))
        .route("/api/v1/users/me/addresses/{address}", routing::patch(patch_address::<S>))
        .route("/api/v1/users/me/addresses/{address}", routing::put(replace_address::<S>))
}
