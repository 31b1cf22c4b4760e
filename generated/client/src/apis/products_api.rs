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

/// struct for passing parameters to the method [`archive_product`]
#[derive(Clone, Debug)]
pub struct ArchiveProductParams {
    /// ID or UUID of the product.
    pub product: String,
    /// Makes retries safe. For 24 hours, a repeated request with the same key returns the stored response, byte for byte. Use a new key, such as a UUID, for each new request.
    pub idempotency_key: Option<String>,
}

/// struct for passing parameters to the method [`create_product`]
#[derive(Clone, Debug)]
pub struct CreateProductParams {
    pub product_create: models::ProductCreate,
    /// Makes retries safe. For 24 hours, a repeated request with the same key returns the stored response, byte for byte. Use a new key, such as a UUID, for each new request.
    pub idempotency_key: Option<String>,
}

/// struct for passing parameters to the method [`delete_product`]
#[derive(Clone, Debug)]
pub struct DeleteProductParams {
    /// ID or UUID of the product.
    pub product: String,
    /// Performs the request only if the current ETag is in this list; otherwise returns 412. `*` matches any version. Tags that differ only in their coding suffix (`-gzip`, `-br`) match. Weak tags (`W/\"...\"`) never match.
    pub if_match: Option<String>,
    /// ETags of the versions you already have, or `*` for any. If the current version is among them, a read returns 304 and a write returns 412.
    pub if_none_match: Option<String>,
}

/// struct for passing parameters to the method [`delete_product_rating`]
#[derive(Clone, Debug)]
pub struct DeleteProductRatingParams {
    /// ID or UUID of the product.
    pub product: String,
    /// Performs the request only if the current ETag is in this list; otherwise returns 412. `*` matches any version. Tags that differ only in their coding suffix (`-gzip`, `-br`) match. Weak tags (`W/\"...\"`) never match.
    pub if_match: Option<String>,
    /// ETags of the versions you already have, or `*` for any. If the current version is among them, a read returns 304 and a write returns 412.
    pub if_none_match: Option<String>,
}

/// struct for passing parameters to the method [`get_product`]
#[derive(Clone, Debug)]
pub struct GetProductParams {
    /// ID or UUID of the product.
    pub product: String,
    /// Performs the request only if the current ETag is in this list; otherwise returns 412. `*` matches any version. Tags that differ only in their coding suffix (`-gzip`, `-br`) match. Weak tags (`W/\"...\"`) never match.
    pub if_match: Option<String>,
    /// ETags of the versions you already have, or `*` for any. If the current version is among them, a read returns 304 and a write returns 412.
    pub if_none_match: Option<String>,
}

/// struct for passing parameters to the method [`get_product_facets`]
#[derive(Clone, Debug)]
pub struct GetProductFacetsParams {
    /// Returns only products in the category with this name, ignoring case. A blank value has no effect.
    pub category: Option<String>,
    /// Returns only products with the tag of this name, ignoring case. A blank value has no effect.
    pub tag: Option<String>,
    /// Returns only products with all of these words, as for the list of products. A blank value has no effect.
    pub search: Option<String>,
    /// Returns only products owned by this user, given as an ID, UUID or username. A blank value has no effect.
    pub owner: Option<String>,
    /// Returns only products in this state. Drafts and archived products are the caller's own; staff see those of all users.
    pub state: Option<models::ProductState>,
    /// Returns only products with at least this price.
    pub min_price: Option<f64>,
    /// Returns only products with at most this price.
    pub max_price: Option<f64>,
}

/// struct for passing parameters to the method [`get_product_rating`]
#[derive(Clone, Debug)]
pub struct GetProductRatingParams {
    /// ID or UUID of the product.
    pub product: String,
    /// Performs the request only if the current ETag is in this list; otherwise returns 412. `*` matches any version. Tags that differ only in their coding suffix (`-gzip`, `-br`) match. Weak tags (`W/\"...\"`) never match.
    pub if_match: Option<String>,
    /// ETags of the versions you already have, or `*` for any. If the current version is among them, a read returns 304 and a write returns 412.
    pub if_none_match: Option<String>,
}

/// struct for passing parameters to the method [`list_product_ratings`]
#[derive(Clone, Debug)]
pub struct ListProductRatingsParams {
    /// ID or UUID of the product.
    pub product: String,
    /// Page number, starting at 1. A page past the end is empty. Cannot be combined with `cursor`.
    pub page: Option<i32>,
    /// Number of items per page. Defaults to 100.
    pub limit: Option<i32>,
    /// Opaque position in the list. Start with `start`, then use the cursor from the `next` or `previous` link. Cannot be combined with `page`.
    pub cursor: Option<String>,
    /// Performs the request only if the current ETag is in this list; otherwise returns 412. `*` matches any version. Tags that differ only in their coding suffix (`-gzip`, `-br`) match. Weak tags (`W/\"...\"`) never match.
    pub if_match: Option<String>,
    /// ETags of the versions you already have, or `*` for any. If the current version is among them, a read returns 304 and a write returns 412.
    pub if_none_match: Option<String>,
}

/// struct for passing parameters to the method [`list_products`]
#[derive(Clone, Debug)]
pub struct ListProductsParams {
    /// Returns only products in the category with this name, ignoring case. A blank value has no effect.
    pub category: Option<String>,
    /// Returns only products with the tag of this name, ignoring case. A blank value has no effect.
    pub tag: Option<String>,
    /// Returns only products with all of these words in the title, description or tags. Case, accents and punctuation are ignored. The last word matches by prefix. Also supports `\"exact phrase\"`, `this or that` and `-excluded`, which needs a word beside it. A blank value has no effect.
    pub search: Option<String>,
    /// Returns only products owned by this user, given as an ID, UUID or username. A blank value has no effect.
    pub owner: Option<String>,
    /// Returns only products in this state. Drafts and archived products are the caller's own; staff see those of all users.
    pub state: Option<models::ProductState>,
    /// Returns only products with at least this price.
    pub min_price: Option<f64>,
    /// Returns only products with at most this price.
    pub max_price: Option<f64>,
    /// Order of the list. Defaults to `newest` for a search, and to the oldest first otherwise. `price` and `title` ascend, and descend with `-`; `rating` begins with the best. `relevance` needs a search: titles and tags count more than descriptions. It ranks the newest 10,000 matches.
    pub sort: Option<models::ProductSort>,
    /// Page number, starting at 1. A page past the end is empty. Cannot be combined with `cursor`.
    pub page: Option<i32>,
    /// Number of items per page. Defaults to 10.
    pub limit: Option<i32>,
    /// Opaque position in the list. Start with `start`, then use the cursor from the `next` or `previous` link. Cannot be combined with `page`.
    pub cursor: Option<String>,
    /// Performs the request only if the current ETag is in this list; otherwise returns 412. `*` matches any version. Tags that differ only in their coding suffix (`-gzip`, `-br`) match. Weak tags (`W/\"...\"`) never match.
    pub if_match: Option<String>,
    /// ETags of the versions you already have, or `*` for any. If the current version is among them, a read returns 304 and a write returns 412.
    pub if_none_match: Option<String>,
}

/// struct for passing parameters to the method [`list_products_by_categories`]
#[derive(Clone, Debug)]
pub struct ListProductsByCategoriesParams {
    /// Category IDs, separated by commas or as repeated parameters. An empty or absent list returns an empty array.
    pub category_ids: Option<Vec<i64>>,
    /// Page number, starting at 1. A page past the end is empty. Cannot be combined with `cursor`.
    pub page: Option<i32>,
    /// Number of items per page. Defaults to 100.
    pub limit: Option<i32>,
    /// Opaque position in the list. Start with `start`, then use the cursor from the `next` or `previous` link. Cannot be combined with `page`.
    pub cursor: Option<String>,
    /// Performs the request only if the current ETag is in this list; otherwise returns 412. `*` matches any version. Tags that differ only in their coding suffix (`-gzip`, `-br`) match. Weak tags (`W/\"...\"`) never match.
    pub if_match: Option<String>,
    /// ETags of the versions you already have, or `*` for any. If the current version is among them, a read returns 304 and a write returns 412.
    pub if_none_match: Option<String>,
}

/// struct for passing parameters to the method [`list_user_products`]
#[derive(Clone, Debug)]
pub struct ListUserProductsParams {
    /// ID, UUID or username (case-insensitive) of the user.
    pub user: String,
    /// Page number, starting at 1. A page past the end is empty. Cannot be combined with `cursor`.
    pub page: Option<i32>,
    /// Number of items per page. Defaults to 100.
    pub limit: Option<i32>,
    /// Opaque position in the list. Start with `start`, then use the cursor from the `next` or `previous` link. Cannot be combined with `page`.
    pub cursor: Option<String>,
    /// Performs the request only if the current ETag is in this list; otherwise returns 412. `*` matches any version. Tags that differ only in their coding suffix (`-gzip`, `-br`) match. Weak tags (`W/\"...\"`) never match.
    pub if_match: Option<String>,
    /// ETags of the versions you already have, or `*` for any. If the current version is among them, a read returns 304 and a write returns 412.
    pub if_none_match: Option<String>,
}

/// struct for passing parameters to the method [`patch_product`]
#[derive(Clone, Debug)]
pub struct PatchProductParams {
    /// ID or UUID of the product.
    pub product: String,
    pub product_patch: models::ProductPatch,
    /// Makes retries safe. For 24 hours, a repeated request with the same key returns the stored response, byte for byte. Use a new key, such as a UUID, for each new request.
    pub idempotency_key: Option<String>,
    /// Performs the request only if the current ETag is in this list; otherwise returns 412. `*` matches any version. Tags that differ only in their coding suffix (`-gzip`, `-br`) match. Weak tags (`W/\"...\"`) never match.
    pub if_match: Option<String>,
    /// ETags of the versions you already have, or `*` for any. If the current version is among them, a read returns 304 and a write returns 412.
    pub if_none_match: Option<String>,
}

/// struct for passing parameters to the method [`publish_product`]
#[derive(Clone, Debug)]
pub struct PublishProductParams {
    /// ID or UUID of the product.
    pub product: String,
    /// Makes retries safe. For 24 hours, a repeated request with the same key returns the stored response, byte for byte. Use a new key, such as a UUID, for each new request.
    pub idempotency_key: Option<String>,
}

/// struct for passing parameters to the method [`rate_product`]
#[derive(Clone, Debug)]
pub struct RateProductParams {
    /// ID or UUID of the product.
    pub product: String,
    pub product_rate: models::ProductRate,
    /// Makes retries safe. For 24 hours, a repeated request with the same key returns the stored response, byte for byte. Use a new key, such as a UUID, for each new request.
    pub idempotency_key: Option<String>,
}

/// struct for passing parameters to the method [`replace_product`]
#[derive(Clone, Debug)]
pub struct ReplaceProductParams {
    /// ID or UUID of the product.
    pub product: String,
    pub product_replace: models::ProductReplace,
    /// Makes retries safe. For 24 hours, a repeated request with the same key returns the stored response, byte for byte. Use a new key, such as a UUID, for each new request.
    pub idempotency_key: Option<String>,
    /// Performs the request only if the current ETag is in this list; otherwise returns 412. `*` matches any version. Tags that differ only in their coding suffix (`-gzip`, `-br`) match. Weak tags (`W/\"...\"`) never match.
    pub if_match: Option<String>,
    /// ETags of the versions you already have, or `*` for any. If the current version is among them, a read returns 304 and a write returns 412.
    pub if_none_match: Option<String>,
}

/// struct for typed errors of method [`archive_product`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ArchiveProductError {
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

/// struct for typed errors of method [`create_product`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CreateProductError {
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

/// struct for typed errors of method [`delete_product`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DeleteProductError {
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

/// struct for typed errors of method [`delete_product_rating`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DeleteProductRatingError {
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

/// struct for typed errors of method [`get_product`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum GetProductError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status404(models::Problem),
    Status412(models::Problem),
    Status414(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`get_product_facets`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum GetProductFacetsError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status414(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`get_product_rating`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum GetProductRatingError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status404(models::Problem),
    Status412(models::Problem),
    Status414(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`list_product_ratings`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ListProductRatingsError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status404(models::Problem),
    Status412(models::Problem),
    Status414(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`list_products`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ListProductsError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status412(models::Problem),
    Status414(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`list_products_by_categories`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ListProductsByCategoriesError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status412(models::Problem),
    Status414(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`list_user_products`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ListUserProductsError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status404(models::Problem),
    Status412(models::Problem),
    Status414(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`patch_product`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PatchProductError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status403(models::Problem),
    Status404(models::Problem),
    Status408(models::Problem),
    Status409(models::Problem),
    Status412(models::Problem),
    Status413(models::Problem),
    Status414(models::Problem),
    Status415(models::Problem),
    Status422(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`publish_product`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PublishProductError {
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

/// struct for typed errors of method [`rate_product`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RateProductError {
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

/// struct for typed errors of method [`replace_product`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ReplaceProductError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status403(models::Problem),
    Status404(models::Problem),
    Status408(models::Problem),
    Status409(models::Problem),
    Status412(models::Problem),
    Status413(models::Problem),
    Status414(models::Problem),
    Status415(models::Problem),
    Status422(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// Takes an active product off all lists. It can be published again. Only its owner or staff may archive it. An archived product is returned unchanged, and a draft is 409.
pub async fn archive_product(
    configuration: &configuration::Configuration,
    params: ArchiveProductParams,
) -> Result<models::Product, Error<ArchiveProductError>> {
    let uri_str = format!(
        "{}/api/v1/products/{product}/archive",
        configuration.base_path,
        product = crate::apis::urlencode(params.product)
    );
    let mut req_builder = configuration.client.request(reqwest::Method::POST, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    if let Some(param_value) = params.idempotency_key {
        req_builder = req_builder.header("Idempotency-Key", param_value.to_string());
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
                    "Received `text/plain` content type response that cannot be converted to `models::Product`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::Product`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<ArchiveProductError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Any signed-in user may create a product, and owns it. Returns 400 with `details` `{\"missing\": [999]}` for unknown category IDs. Without a `state`, the product is listed at once; without a `stock`, it has none.
pub async fn create_product(
    configuration: &configuration::Configuration,
    params: CreateProductParams,
) -> Result<models::Product, Error<CreateProductError>> {
    let uri_str = format!("{}/api/v1/products", configuration.base_path);
    let mut req_builder = configuration.client.request(reqwest::Method::POST, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    if let Some(param_value) = params.idempotency_key {
        req_builder = req_builder.header("Idempotency-Key", param_value.to_string());
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
    req_builder = req_builder.json(&params.product_create);

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
                    "Received `text/plain` content type response that cannot be converted to `models::Product`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::Product`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<CreateProductError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Only the owner or staff may delete a product.
pub async fn delete_product(
    configuration: &configuration::Configuration,
    params: DeleteProductParams,
) -> Result<(), Error<DeleteProductError>> {
    let uri_str = format!(
        "{}/api/v1/products/{product}",
        configuration.base_path,
        product = crate::apis::urlencode(params.product)
    );
    let mut req_builder = configuration.client.request(reqwest::Method::DELETE, &uri_str);

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

    if !status.is_client_error() && !status.is_server_error() {
        Ok(())
    } else {
        let content = resp.text().await?;
        let entity: Option<DeleteProductError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Returns 404 if the caller has not rated the product.
pub async fn delete_product_rating(
    configuration: &configuration::Configuration,
    params: DeleteProductRatingParams,
) -> Result<models::RatingSummary, Error<DeleteProductRatingError>> {
    let uri_str = format!(
        "{}/api/v1/products/{product}/rating",
        configuration.base_path,
        product = crate::apis::urlencode(params.product)
    );
    let mut req_builder = configuration.client.request(reqwest::Method::DELETE, &uri_str);

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
                    "Received `text/plain` content type response that cannot be converted to `models::RatingSummary`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::RatingSummary`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<DeleteProductRatingError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Accepts an ID or a UUID. A draft and an archived product are visible only to its owner and staff.
pub async fn get_product(
    configuration: &configuration::Configuration,
    params: GetProductParams,
) -> Result<models::Product, Error<GetProductError>> {
    let uri_str = format!(
        "{}/api/v1/products/{product}",
        configuration.base_path,
        product = crate::apis::urlencode(params.product)
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
                    "Received `text/plain` content type response that cannot be converted to `models::Product`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::Product`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<GetProductError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Returns how many of the products that the filters select have each category and tag, and a price in each band. At most 20 categories and tags are returned, those of the most products first. The counts are exact for up to 10,000 products; for more, they are estimated from 10,000 of them, and `is_estimated` is `true`.
pub async fn get_product_facets(
    configuration: &configuration::Configuration,
    params: GetProductFacetsParams,
) -> Result<models::ProductFacets, Error<GetProductFacetsError>> {
    let uri_str = format!("{}/api/v1/products/facets", configuration.base_path);
    let mut req_builder = configuration.client.request(reqwest::Method::GET, &uri_str);

    if let Some(ref param_value) = params.category {
        req_builder = req_builder.query(&[("category", &param_value.to_string())]);
    }
    if let Some(ref param_value) = params.tag {
        req_builder = req_builder.query(&[("tag", &param_value.to_string())]);
    }
    if let Some(ref param_value) = params.search {
        req_builder = req_builder.query(&[("search", &param_value.to_string())]);
    }
    if let Some(ref param_value) = params.owner {
        req_builder = req_builder.query(&[("owner", &param_value.to_string())]);
    }
    if let Some(ref param_value) = params.state {
        req_builder = req_builder.query(&[("state", &param_value.to_string())]);
    }
    if let Some(ref param_value) = params.min_price {
        req_builder = req_builder.query(&[("min_price", &param_value.to_string())]);
    }
    if let Some(ref param_value) = params.max_price {
        req_builder = req_builder.query(&[("max_price", &param_value.to_string())]);
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
                    "Received `text/plain` content type response that cannot be converted to `models::ProductFacets`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::ProductFacets`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<GetProductFacetsError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Returns the average of all ratings and, if the caller is signed in, the caller's own rating.
pub async fn get_product_rating(
    configuration: &configuration::Configuration,
    params: GetProductRatingParams,
) -> Result<models::RatingSummary, Error<GetProductRatingError>> {
    let uri_str = format!(
        "{}/api/v1/products/{product}/rating",
        configuration.base_path,
        product = crate::apis::urlencode(params.product)
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
                    "Received `text/plain` content type response that cannot be converted to `models::RatingSummary`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::RatingSummary`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<GetProductRatingError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Returns the ratings of all users, ordered by the ID of the user.
pub async fn list_product_ratings(
    configuration: &configuration::Configuration,
    params: ListProductRatingsParams,
) -> Result<Vec<models::UserRating>, Error<ListProductRatingsError>> {
    let uri_str = format!(
        "{}/api/v1/products/{product}/ratings",
        configuration.base_path,
        product = crate::apis::urlencode(params.product)
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
                    "Received `text/plain` content type response that cannot be converted to `Vec&lt;models::UserRating&gt;`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `Vec&lt;models::UserRating&gt;`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<ListProductRatingsError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Lists active products, sold out ones included. Use `page` and `limit` if their product is at most 10,000, or `cursor` for a list of any length.
pub async fn list_products(
    configuration: &configuration::Configuration,
    params: ListProductsParams,
) -> Result<models::ProductPage, Error<ListProductsError>> {
    let uri_str = format!("{}/api/v1/products", configuration.base_path);
    let mut req_builder = configuration.client.request(reqwest::Method::GET, &uri_str);

    if let Some(ref param_value) = params.category {
        req_builder = req_builder.query(&[("category", &param_value.to_string())]);
    }
    if let Some(ref param_value) = params.tag {
        req_builder = req_builder.query(&[("tag", &param_value.to_string())]);
    }
    if let Some(ref param_value) = params.search {
        req_builder = req_builder.query(&[("search", &param_value.to_string())]);
    }
    if let Some(ref param_value) = params.owner {
        req_builder = req_builder.query(&[("owner", &param_value.to_string())]);
    }
    if let Some(ref param_value) = params.state {
        req_builder = req_builder.query(&[("state", &param_value.to_string())]);
    }
    if let Some(ref param_value) = params.min_price {
        req_builder = req_builder.query(&[("min_price", &param_value.to_string())]);
    }
    if let Some(ref param_value) = params.max_price {
        req_builder = req_builder.query(&[("max_price", &param_value.to_string())]);
    }
    if let Some(ref param_value) = params.sort {
        req_builder = req_builder.query(&[("sort", &param_value.to_string())]);
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
                    "Received `text/plain` content type response that cannot be converted to `models::ProductPage`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::ProductPage`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<ListProductsError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Returns 400 with `details` `{\"missing\": [999]}` for unknown category IDs.
pub async fn list_products_by_categories(
    configuration: &configuration::Configuration,
    params: ListProductsByCategoriesParams,
) -> Result<Vec<models::Product>, Error<ListProductsByCategoriesError>> {
    let uri_str = format!("{}/api/v1/products/by-categories", configuration.base_path);
    let mut req_builder = configuration.client.request(reqwest::Method::GET, &uri_str);

    if let Some(ref param_value) = params.category_ids {
        req_builder = match "csv" {
            "multi" => req_builder.query(
                &param_value.into_iter().map(|p| ("categoryIds".to_owned(), p.to_string())).collect::<Vec<(
                    std::string::String,
                    std::string::String,
                )>>(
                ),
            ),
            _ => req_builder.query(&[(
                "categoryIds",
                &param_value
                    .into_iter()
                    .map(|p| p.to_string())
                    .collect::<Vec<String>>()
                    .join(",")
                    .to_string(),
            )]),
        };
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
                    "Received `text/plain` content type response that cannot be converted to `Vec&lt;models::Product&gt;`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `Vec&lt;models::Product&gt;`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<ListProductsByCategoriesError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Returns the active products of this user's store, sold out ones included. `GET /api/v1/products?owner=` has filters and an order as well.
pub async fn list_user_products(
    configuration: &configuration::Configuration,
    params: ListUserProductsParams,
) -> Result<Vec<models::Product>, Error<ListUserProductsError>> {
    let uri_str = format!(
        "{}/api/v1/users/{user}/products",
        configuration.base_path,
        user = crate::apis::urlencode(params.user)
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
                    "Received `text/plain` content type response that cannot be converted to `Vec&lt;models::Product&gt;`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `Vec&lt;models::Product&gt;`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<ListUserProductsError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Only the owner or staff may update a product. Absent members are unchanged. A `categories` list replaces the current one. Returns 400 with `details` `{\"missing\": [999]}` for unknown category IDs.
pub async fn patch_product(
    configuration: &configuration::Configuration,
    params: PatchProductParams,
) -> Result<models::Product, Error<PatchProductError>> {
    let uri_str = format!(
        "{}/api/v1/products/{product}",
        configuration.base_path,
        product = crate::apis::urlencode(params.product)
    );
    let mut req_builder = configuration.client.request(reqwest::Method::PATCH, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    if let Some(param_value) = params.idempotency_key {
        req_builder = req_builder.header("Idempotency-Key", param_value.to_string());
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
    req_builder = req_builder.json(&params.product_patch);

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
                    "Received `text/plain` content type response that cannot be converted to `models::Product`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::Product`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<PatchProductError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Lists a draft or an archived product. Only its owner or staff may publish it. An active product is returned unchanged.
pub async fn publish_product(
    configuration: &configuration::Configuration,
    params: PublishProductParams,
) -> Result<models::Product, Error<PublishProductError>> {
    let uri_str = format!(
        "{}/api/v1/products/{product}/publish",
        configuration.base_path,
        product = crate::apis::urlencode(params.product)
    );
    let mut req_builder = configuration.client.request(reqwest::Method::POST, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    if let Some(param_value) = params.idempotency_key {
        req_builder = req_builder.header("Idempotency-Key", param_value.to_string());
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
                    "Received `text/plain` content type response that cannot be converted to `models::Product`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::Product`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<PublishProductError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Sets the caller's rating, replacing an earlier one.
pub async fn rate_product(
    configuration: &configuration::Configuration,
    params: RateProductParams,
) -> Result<models::RatingSummary, Error<RateProductError>> {
    let uri_str = format!(
        "{}/api/v1/products/{product}/rating",
        configuration.base_path,
        product = crate::apis::urlencode(params.product)
    );
    let mut req_builder = configuration.client.request(reqwest::Method::POST, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    if let Some(param_value) = params.idempotency_key {
        req_builder = req_builder.header("Idempotency-Key", param_value.to_string());
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
    req_builder = req_builder.json(&params.product_rate);

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
                    "Received `text/plain` content type response that cannot be converted to `models::RatingSummary`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::RatingSummary`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<RateProductError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Only the owner or staff may replace a product. Categories and tags not listed are removed. Returns 400 with `details` `{\"missing\": [999]}` for unknown categories, and else for unknown tags.
pub async fn replace_product(
    configuration: &configuration::Configuration,
    params: ReplaceProductParams,
) -> Result<models::Product, Error<ReplaceProductError>> {
    let uri_str = format!(
        "{}/api/v1/products/{product}",
        configuration.base_path,
        product = crate::apis::urlencode(params.product)
    );
    let mut req_builder = configuration.client.request(reqwest::Method::PUT, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    if let Some(param_value) = params.idempotency_key {
        req_builder = req_builder.header("Idempotency-Key", param_value.to_string());
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
    req_builder = req_builder.json(&params.product_replace);

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
                    "Received `text/plain` content type response that cannot be converted to `models::Product`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::Product`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<ReplaceProductError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}
