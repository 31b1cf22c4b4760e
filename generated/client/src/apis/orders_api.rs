/*
 * Agora
 *
 * Backend for an online marketplace: product catalog, carts, users, sessions and a people registry. The server is generated from this document and tested against it.  ## Sign in Send a username and a password to `POST /api/v1/auth/login`. The response contains two tokens:  - The access token is valid for 15 minutes. Send it as `Authorization: Bearer TOKEN`. - The refresh token is valid for 30 days and one exchange. Send it to `POST /api/v1/auth/refresh` to get a new pair.  A sandbox (`agora serve`) contains the users of the FakeStore dataset, such as `johnd` with the password `m38rmF$`. To restore its data, send `POST /__sandbox/reset`. To test what happens later, move its clock forward by `POST /__sandbox/clock`.  ## API keys A program that acts for a user needs no password: create an API key by `POST /api/v1/api-keys`, and send it as `Authorization: Bearer KEY` or as `X-API-Key: KEY`. It is valid for the operations of its scopes, such as `orders:read`. On public operations without its scope, it counts as no credential. A key ends when it is deleted or expires, when its user changes the password or signs out everywhere, and when the user's role changes, or the account is disabled or deleted.  ## Errors Errors have the media type `application/problem+json` (RFC 9457). `error.code` and `error.details` are intended for programs, `detail` for people. A 400 response lists all violations of the request in `error.details.fields`, by field. Include the `request_id` when you report a problem: the same ID is in the server's log. Ignore members you do not know.  ## Lists Lists are paginated, with at most 100 items per page. Use `page` and `limit`, up to a product of 10,000, or `cursor` for lists of any length. Start with `cursor=start`, then follow the `next` link in the body or in the `Link` header. A cursor belongs to one list, its filters and its order. The `X-Total-Count` header contains the total number of items. It is exact up to 10,000, or up to 1,000 for a filtered list; beyond that it is an estimate, and `X-Total-Count-Estimated` is `true`.  ## Conditional reads To check whether a response is still current, send its `ETag` as `If-None-Match`. If nothing has changed, the response is a 304 without a body. Most generated clients report a 304 as an error, so catch it. To read the header, use the call that returns the full response: `getCategoryRaw` in TypeScript, `get_category_with_http_info` in Python, the second result in Go.  ## Conditional writes To avoid overwriting changes made by others, send the `ETag` you have read as `If-Match`. If the resource has changed since, the response is a 412 and nothing is written. Read the resource again, then repeat the write.  ## Updates PUT and PATCH accept a resource as GET returns it, with your changes. Members that only the server sets, such as `id`, `created_at`, `updated_at` and the rating, stock and state of a product, must equal the stored values. If one of them differs, for example because the resource has changed since you read it, the response is a 400 with the rule `stored` and nothing is written. To update a resource regardless of such changes, leave these members out, as most generated clients do.  ## States and stock A product that is not published yet (`DRAFT`) or was taken off the shelf (`ARCHIVED`) is visible only to its owner and staff; for all others it does not exist. An active product without available units reads as `SOLD_OUT`, stays listed, and is active again with the next delivery. The number of available units never falls below 0: a change that would do so is a 409, and nothing is written.  ## Bag `PUT /api/v1/bag/items/{product}` puts products into the caller's bag, which every signed-in user has. Nothing is reserved until `POST /api/v1/bag/order` places an order of the whole bag, at the prices of that moment. If the order is refused, the bag stays as it is.  ## Orders `POST /api/v1/orders` reserves the units of all products, or none. `POST .../confirm` with a means of payment completes the order before its `expires_at`; afterwards it reads as `NOT_CONFIRMED`, and its units are available again. The payment runs after the confirmation: read the order again until it is `ACCEPTED` or `REJECTED`. Amounts are decimal strings. A subtotal is price times quantity, and a total the sum of the subtotals; both are exact, and nothing is rounded.  ## Retries To make a POST, PUT or PATCH safe to retry, send a new `Idempotency-Key` with each new request. Orders require it. For 24 hours, a retry with the same key returns the first response again, with the header `Idempotency-Replayed: true`. After a 503, wait for the number of seconds in `Retry-After`.  ## Limits A request body can be up to 1 MiB, or less where the operation states `x-body-limit` (in bytes). The path and query together can be up to 8 KiB. The header and the body must each arrive within 10 seconds, or the server's `AGORA_RECEIVE_SECONDS`.  The number of requests a minute is limited: of a user, of an address without a valid credential, and of an address that signs in, refreshes or registers. `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset` (in seconds) tell what is left. Beyond it, the response is 429 with `Retry-After`. A sandbox has limits that nobody reaches.  ## Visibility The `OPEN_DIRECTORY` setting controls access to users and carts. An open directory is public. In a closed directory, callers see only the public fields of other users, and carts are visible only to their owner and staff.  ## Decimals Prices are JSON numbers with at most two decimals. They are exact to the cent when parsed as a double. Use a decimal type, or integer cents, to add and compare them. Requests can also contain a price as a decimal string, such as `\"109.95\"`.
 *
 * The version of the OpenAPI document: 0.1.0
 *
 * Generated by: https://openapi-generator.tech
 */

use super::{ContentType, Error, configuration};
use crate::{apis::ResponseContent, models};
use reqwest;
use serde::{Deserialize, Serialize, de::Error as _};

/// struct for passing parameters to the method [`cancel_order`]
#[derive(Clone, Debug)]
pub struct CancelOrderParams {
    /// UUID of the order.
    pub order: String,
    /// Makes retries safe. For 24 hours, a repeated request with the same key returns the stored response, byte for byte. Use a new key, such as a UUID, for each new request.
    pub idempotency_key: String,
}

/// struct for passing parameters to the method [`confirm_order`]
#[derive(Clone, Debug)]
pub struct ConfirmOrderParams {
    /// UUID of the order.
    pub order: String,
    /// Makes retries safe. For 24 hours, a repeated request with the same key returns the stored response, byte for byte. Use a new key, such as a UUID, for each new request.
    pub idempotency_key: String,
    pub order_confirm: models::OrderConfirm,
}

/// struct for passing parameters to the method [`create_order`]
#[derive(Clone, Debug)]
pub struct CreateOrderParams {
    /// Makes retries safe. For 24 hours, a repeated request with the same key returns the stored response, byte for byte. Use a new key, such as a UUID, for each new request.
    pub idempotency_key: String,
    pub basket: models::Basket,
}

/// struct for passing parameters to the method [`get_order`]
#[derive(Clone, Debug)]
pub struct GetOrderParams {
    /// UUID of the order.
    pub order: String,
    /// Performs the request only if the current ETag is in this list; otherwise returns 412. `*` matches any version. Tags that differ only in their coding suffix (`-gzip`, `-br`) match. Weak tags (`W/\"...\"`) never match.
    pub if_match: Option<String>,
    /// ETags of the versions you already have, or `*` for any. If the current version is among them, a read returns 304 and a write returns 412.
    pub if_none_match: Option<String>,
}

/// struct for passing parameters to the method [`list_order_events`]
#[derive(Clone, Debug)]
pub struct ListOrderEventsParams {
    /// UUID of the order.
    pub order: String,
    /// Page number, starting at 1. A page past the end is empty. Cannot be combined with `cursor`.
    pub page: Option<i32>,
    /// Number of items per page. Defaults to 10.
    pub limit: Option<i32>,
    /// Opaque position in the list. Start with `start`, then use the cursor from the `next` or `previous` link. Cannot be combined with `page`.
    pub cursor: Option<String>,
}

/// struct for passing parameters to the method [`list_orders`]
#[derive(Clone, Debug)]
pub struct ListOrdersParams {
    /// `buyer` (default) returns the orders that you have placed, `seller` those of your products.
    pub filter_role: Option<models::OrderRole>,
    /// Returns only orders in this state.
    pub filter_state: Option<models::OrderState>,
    /// Page number, starting at 1. A page past the end is empty. Cannot be combined with `cursor`.
    pub page: Option<i32>,
    /// Number of items per page. Defaults to 10.
    pub limit: Option<i32>,
    /// Opaque position in the list. Start with `start`, then use the cursor from the `next` or `previous` link. Cannot be combined with `page`.
    pub cursor: Option<String>,
}

/// struct for passing parameters to the method [`preview_order`]
#[derive(Clone, Debug)]
pub struct PreviewOrderParams {
    pub basket: models::Basket,
}

/// struct for typed errors of method [`cancel_order`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CancelOrderError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status403(models::Problem),
    Status404(models::Problem),
    Status409(models::Problem),
    Status414(models::Problem),
    Status422(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`confirm_order`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ConfirmOrderError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status403(models::Problem),
    Status404(models::Problem),
    Status408(models::Problem),
    Status409(models::Problem),
    Status413(models::Problem),
    Status414(models::Problem),
    Status415(models::Problem),
    Status422(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`create_order`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CreateOrderError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status403(models::Problem),
    Status408(models::Problem),
    Status409(models::Problem),
    Status413(models::Problem),
    Status414(models::Problem),
    Status415(models::Problem),
    Status422(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`get_order`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum GetOrderError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status403(models::Problem),
    Status404(models::Problem),
    Status412(models::Problem),
    Status414(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`list_order_events`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ListOrderEventsError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status403(models::Problem),
    Status404(models::Problem),
    Status414(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`list_orders`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ListOrdersError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status403(models::Problem),
    Status414(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`preview_order`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PreviewOrderError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status403(models::Problem),
    Status408(models::Problem),
    Status413(models::Problem),
    Status414(models::Problem),
    Status415(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// Cancels an order that is pending or whose payment is not completed, and releases its units. Only the buyer or staff may cancel it. A payment that is accepted nevertheless is refunded. A cancelled order is returned unchanged.
pub async fn cancel_order(
    configuration: &configuration::Configuration,
    params: CancelOrderParams,
) -> Result<models::Order, Error<CancelOrderError>> {
    let uri_str = format!(
        "{}/api/v1/orders/{order}/cancel",
        configuration.base_path,
        order = crate::apis::urlencode(params.order)
    );
    let mut req_builder = configuration.client.request(reqwest::Method::POST, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    req_builder = req_builder.header("Idempotency-Key", params.idempotency_key.to_string());
    if let Some(ref apikey) = configuration.api_key {
        let key = apikey.key.clone();
        let value = match apikey.prefix {
            Some(ref prefix) => format!("{} {}", prefix, key),
            None => key,
        };
        req_builder = req_builder.header("X-API-Key", value);
    };
    if let Some(ref token) = configuration.bearer_access_token {
        req_builder = req_builder.bearer_auth(token.to_owned());
    };

    let req = req_builder.build()?;
    let resp = configuration.client.execute(req).await?;

    let status = resp.status();
    let content_type = resp
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/octet-stream");
    let content_type = super::ContentType::from(content_type);

    if !status.is_client_error() && !status.is_server_error() {
        let content = resp.text().await?;
        match content_type {
            ContentType::Json => {
                serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&content))
                    .map_err(Error::from)
            }
            ContentType::Text => {
                return Err(Error::from(serde_json::Error::custom(
                    "Received `text/plain` content type response that cannot be converted to `models::Order`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::Order`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<CancelOrderError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Confirms a pending order and starts its payment. Only the buyer may confirm it, and only before `expires_at`; afterwards 409. The payment provider is called after the response: read the order again to see whether it was accepted. A confirmed order is returned unchanged.
pub async fn confirm_order(
    configuration: &configuration::Configuration,
    params: ConfirmOrderParams,
) -> Result<models::Order, Error<ConfirmOrderError>> {
    let uri_str = format!(
        "{}/api/v1/orders/{order}/confirm",
        configuration.base_path,
        order = crate::apis::urlencode(params.order)
    );
    let mut req_builder = configuration.client.request(reqwest::Method::POST, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    req_builder = req_builder.header("Idempotency-Key", params.idempotency_key.to_string());
    if let Some(ref apikey) = configuration.api_key {
        let key = apikey.key.clone();
        let value = match apikey.prefix {
            Some(ref prefix) => format!("{} {}", prefix, key),
            None => key,
        };
        req_builder = req_builder.header("X-API-Key", value);
    };
    if let Some(ref token) = configuration.bearer_access_token {
        req_builder = req_builder.bearer_auth(token.to_owned());
    };
    req_builder = req_builder.json(&params.order_confirm);

    let req = req_builder.build()?;
    let resp = configuration.client.execute(req).await?;

    let status = resp.status();
    let content_type = resp
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/octet-stream");
    let content_type = super::ContentType::from(content_type);

    if !status.is_client_error() && !status.is_server_error() {
        let content = resp.text().await?;
        match content_type {
            ContentType::Json => {
                serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&content))
                    .map_err(Error::from)
            }
            ContentType::Text => {
                return Err(Error::from(serde_json::Error::custom(
                    "Received `text/plain` content type response that cannot be converted to `models::Order`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::Order`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<ConfirmOrderError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Reserves the units and keeps the prices until `expires_at`. Confirm the order until then. If there are not enough units of a product, nothing is reserved, and 409 has `details` `{\"short\": [{\"product_id\": 9, \"available\": 1}]}`. Returns 400 with `{\"missing\": [999]}` for products that do not exist or are not listed, and 409 with `{\"limit\": 20, \"limited\": \"orders\"}` if you have too many open orders (pending or confirmed), or `\"units\"` if they have too many units.
pub async fn create_order(
    configuration: &configuration::Configuration,
    params: CreateOrderParams,
) -> Result<models::Order, Error<CreateOrderError>> {
    let uri_str = format!("{}/api/v1/orders", configuration.base_path);
    let mut req_builder = configuration.client.request(reqwest::Method::POST, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    req_builder = req_builder.header("Idempotency-Key", params.idempotency_key.to_string());
    if let Some(ref apikey) = configuration.api_key {
        let key = apikey.key.clone();
        let value = match apikey.prefix {
            Some(ref prefix) => format!("{} {}", prefix, key),
            None => key,
        };
        req_builder = req_builder.header("X-API-Key", value);
    };
    if let Some(ref token) = configuration.bearer_access_token {
        req_builder = req_builder.bearer_auth(token.to_owned());
    };
    req_builder = req_builder.json(&params.basket);

    let req = req_builder.build()?;
    let resp = configuration.client.execute(req).await?;

    let status = resp.status();
    let content_type = resp
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/octet-stream");
    let content_type = super::ContentType::from(content_type);

    if !status.is_client_error() && !status.is_server_error() {
        let content = resp.text().await?;
        match content_type {
            ContentType::Json => {
                serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&content))
                    .map_err(Error::from)
            }
            ContentType::Text => {
                return Err(Error::from(serde_json::Error::custom(
                    "Received `text/plain` content type response that cannot be converted to `models::Order`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::Order`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<CreateOrderError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// The buyer and staff see the whole order, and a seller of its products only their own lines. For all others it does not exist.
pub async fn get_order(
    configuration: &configuration::Configuration,
    params: GetOrderParams,
) -> Result<models::Order, Error<GetOrderError>> {
    let uri_str = format!(
        "{}/api/v1/orders/{order}",
        configuration.base_path,
        order = crate::apis::urlencode(params.order)
    );
    let mut req_builder = configuration.client.request(reqwest::Method::GET, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    if let Some(param_value) = params.if_match {
        req_builder = req_builder.header("If-Match", param_value.to_string());
    }
    if let Some(param_value) = params.if_none_match {
        req_builder = req_builder.header("If-None-Match", param_value.to_string());
    }
    if let Some(ref apikey) = configuration.api_key {
        let key = apikey.key.clone();
        let value = match apikey.prefix {
            Some(ref prefix) => format!("{} {}", prefix, key),
            None => key,
        };
        req_builder = req_builder.header("X-API-Key", value);
    };
    if let Some(ref token) = configuration.bearer_access_token {
        req_builder = req_builder.bearer_auth(token.to_owned());
    };

    let req = req_builder.build()?;
    let resp = configuration.client.execute(req).await?;

    let status = resp.status();
    let content_type = resp
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/octet-stream");
    let content_type = super::ContentType::from(content_type);

    if !status.is_client_error() && !status.is_server_error() {
        let content = resp.text().await?;
        match content_type {
            ContentType::Json => {
                serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&content))
                    .map_err(Error::from)
            }
            ContentType::Text => {
                return Err(Error::from(serde_json::Error::custom(
                    "Received `text/plain` content type response that cannot be converted to `models::Order`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::Order`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<GetOrderError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Returns the states that the order has had. Only its buyer, its sellers and staff may read them.
pub async fn list_order_events(
    configuration: &configuration::Configuration,
    params: ListOrderEventsParams,
) -> Result<models::OrderEventPage, Error<ListOrderEventsError>> {
    let uri_str = format!(
        "{}/api/v1/orders/{order}/history",
        configuration.base_path,
        order = crate::apis::urlencode(params.order)
    );
    let mut req_builder = configuration.client.request(reqwest::Method::GET, &uri_str);

    if let Some(ref param_value) = params.page {
        req_builder = req_builder.query(&[("page", &param_value.to_string())]);
    }
    if let Some(ref param_value) = params.limit {
        req_builder = req_builder.query(&[("limit", &param_value.to_string())]);
    }
    if let Some(ref param_value) = params.cursor {
        req_builder = req_builder.query(&[("cursor", &param_value.to_string())]);
    }
    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    if let Some(ref apikey) = configuration.api_key {
        let key = apikey.key.clone();
        let value = match apikey.prefix {
            Some(ref prefix) => format!("{} {}", prefix, key),
            None => key,
        };
        req_builder = req_builder.header("X-API-Key", value);
    };
    if let Some(ref token) = configuration.bearer_access_token {
        req_builder = req_builder.bearer_auth(token.to_owned());
    };

    let req = req_builder.build()?;
    let resp = configuration.client.execute(req).await?;

    let status = resp.status();
    let content_type = resp
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/octet-stream");
    let content_type = super::ContentType::from(content_type);

    if !status.is_client_error() && !status.is_server_error() {
        let content = resp.text().await?;
        match content_type {
            ContentType::Json => {
                serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&content))
                    .map_err(Error::from)
            }
            ContentType::Text => {
                return Err(Error::from(serde_json::Error::custom(
                    "Received `text/plain` content type response that cannot be converted to `models::OrderEventPage`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::OrderEventPage`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<ListOrderEventsError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Returns the orders that the caller has placed, newest first. As a seller, the caller sees the orders with their products, and of each order only their own lines.
pub async fn list_orders(
    configuration: &configuration::Configuration,
    params: ListOrdersParams,
) -> Result<models::OrderPage, Error<ListOrdersError>> {
    let uri_str = format!("{}/api/v1/orders", configuration.base_path);
    let mut req_builder = configuration.client.request(reqwest::Method::GET, &uri_str);

    if let Some(ref param_value) = params.filter_role {
        req_builder = req_builder.query(&[("filter[role]", &param_value.to_string())]);
    }
    if let Some(ref param_value) = params.filter_state {
        req_builder = req_builder.query(&[("filter[state]", &param_value.to_string())]);
    }
    if let Some(ref param_value) = params.page {
        req_builder = req_builder.query(&[("page", &param_value.to_string())]);
    }
    if let Some(ref param_value) = params.limit {
        req_builder = req_builder.query(&[("limit", &param_value.to_string())]);
    }
    if let Some(ref param_value) = params.cursor {
        req_builder = req_builder.query(&[("cursor", &param_value.to_string())]);
    }
    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    if let Some(ref apikey) = configuration.api_key {
        let key = apikey.key.clone();
        let value = match apikey.prefix {
            Some(ref prefix) => format!("{} {}", prefix, key),
            None => key,
        };
        req_builder = req_builder.header("X-API-Key", value);
    };
    if let Some(ref token) = configuration.bearer_access_token {
        req_builder = req_builder.bearer_auth(token.to_owned());
    };

    let req = req_builder.build()?;
    let resp = configuration.client.execute(req).await?;

    let status = resp.status();
    let content_type = resp
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/octet-stream");
    let content_type = super::ContentType::from(content_type);

    if !status.is_client_error() && !status.is_server_error() {
        let content = resp.text().await?;
        match content_type {
            ContentType::Json => {
                serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&content))
                    .map_err(Error::from)
            }
            ContentType::Text => {
                return Err(Error::from(serde_json::Error::custom(
                    "Received `text/plain` content type response that cannot be converted to `models::OrderPage`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::OrderPage`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<ListOrdersError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Returns the prices and the total of an order, and whether its products are available. Nothing is written or reserved. Returns 400 with `details` `{\"missing\": [999]}` for products that do not exist or are not listed.
pub async fn preview_order(
    configuration: &configuration::Configuration,
    params: PreviewOrderParams,
) -> Result<models::OrderPreview, Error<PreviewOrderError>> {
    let uri_str = format!("{}/api/v1/orders/preview", configuration.base_path);
    let mut req_builder = configuration.client.request(reqwest::Method::POST, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    if let Some(ref apikey) = configuration.api_key {
        let key = apikey.key.clone();
        let value = match apikey.prefix {
            Some(ref prefix) => format!("{} {}", prefix, key),
            None => key,
        };
        req_builder = req_builder.header("X-API-Key", value);
    };
    if let Some(ref token) = configuration.bearer_access_token {
        req_builder = req_builder.bearer_auth(token.to_owned());
    };
    req_builder = req_builder.json(&params.basket);

    let req = req_builder.build()?;
    let resp = configuration.client.execute(req).await?;

    let status = resp.status();
    let content_type = resp
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/octet-stream");
    let content_type = super::ContentType::from(content_type);

    if !status.is_client_error() && !status.is_server_error() {
        let content = resp.text().await?;
        match content_type {
            ContentType::Json => {
                serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&content))
                    .map_err(Error::from)
            }
            ContentType::Text => {
                return Err(Error::from(serde_json::Error::custom(
                    "Received `text/plain` content type response that cannot be converted to `models::OrderPreview`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::OrderPreview`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<PreviewOrderError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}
