/*
 * Agora
 *
 * Backend for an online marketplace: product catalog, carts, users, sessions and a people registry. The server is generated from this document and tested against it.  ## Sign in Send a username and a password to `POST /api/v1/auth/login`. The response contains two tokens:  - The access token is valid for 15 minutes. Send it as `Authorization: Bearer TOKEN`. - The refresh token is valid for 30 days and one exchange. Send it to `POST /api/v1/auth/refresh` to get a new pair.  A sandbox (`agora serve`) contains the users of the FakeStore dataset, such as `johnd` with the password `m38rmF$`. To restore its data, send `POST /__sandbox/reset`. To test what happens later, move its clock forward by `POST /__sandbox/clock`.  ## API keys A program that acts for a user needs no password: create an API key by `POST /api/v1/api-keys`, and send it as `Authorization: Bearer KEY` or as `X-API-Key: KEY`. It is valid for the operations of its scopes, such as `orders:read`. On public operations without its scope, it counts as no credential. A key ends when it is deleted or expires, when its user changes the password or signs out everywhere, and when the user's role changes, or the account is disabled or deleted.  ## Errors Errors have the media type `application/problem+json` (RFC 9457). `error.code` and `error.details` are intended for programs, `detail` for people. A 400 response lists all violations of the request in `error.details.fields`, by field. Include the `request_id` when you report a problem: the same ID is in the server's log. Ignore members you do not know.  ## Lists Lists are paginated, with at most 100 items per page. Use `page` and `limit`, up to a product of 10,000, or `cursor` for lists of any length. Start with `cursor=start`, then follow the `next` link in the body or in the `Link` header. A cursor belongs to one list, its filters and its order. The `X-Total-Count` header contains the total number of items. It is exact up to 10,000, or up to 1,000 for a filtered list; beyond that it is an estimate, and `X-Total-Count-Estimated` is `true`.  ## Conditional reads To check whether a response is still current, send its `ETag` as `If-None-Match`. If nothing has changed, the response is a 304 without a body. Most generated clients report a 304 as an error, so catch it. To read the header, use the call that returns the full response: `getCategoryRaw` in TypeScript, `get_category_with_http_info` in Python, the second result in Go.  ## Conditional writes To avoid overwriting changes made by others, send the `ETag` you have read as `If-Match`. If the resource has changed since, the response is a 412 and nothing is written. Read the resource again, then repeat the write.  ## Updates PUT and PATCH accept a resource as GET returns it, with your changes. Members that only the server sets, such as `id`, `created_at`, `updated_at` and the rating, stock and state of a product, must equal the stored values. If one of them differs, for example because the resource has changed since you read it, the response is a 400 with the rule `stored` and nothing is written. To update a resource regardless of such changes, leave these members out, as most generated clients do.  ## States and stock A product that is not published yet (`DRAFT`) or was taken off the shelf (`ARCHIVED`) is visible only to its owner and staff; for all others it does not exist. An active product without available units reads as `SOLD_OUT`, stays listed, and is active again with the next delivery. The number of available units never falls below 0: a change that would do so is a 409, and nothing is written.  ## Bag `PUT /api/v1/bag/items/{product}` puts products into the caller's bag, which every signed-in user has. Nothing is reserved until `POST /api/v1/bag/order` places an order of the whole bag, at the prices of that moment. If the order is refused, the bag stays as it is.  ## Orders `POST /api/v1/orders` reserves the units of all products, or none. `POST .../confirm` with a means of payment completes the order before its `expires_at`; afterwards it reads as `NOT_CONFIRMED`, and its units are available again. The payment runs after the confirmation: read the order again until it is `ACCEPTED` or `REJECTED`. Amounts are decimal strings. A subtotal is price times quantity, and a total the sum of the subtotals; both are exact, and nothing is rounded.  ## Retries To make a POST, PUT or PATCH safe to retry, send a new `Idempotency-Key` with each new request. Orders require it. For 24 hours, a retry with the same key returns the first response again, with the header `Idempotency-Replayed: true`. After a 503, wait for the number of seconds in `Retry-After`.  ## Limits A request body can be up to 1 MiB, or less where the operation states `x-body-limit` (in bytes). The path and query together can be up to 8 KiB. The header and the body must each arrive within 10 seconds, or the server's `AGORA_RECEIVE_SECONDS`.  The number of requests a minute is limited: of a user, of an address without a valid credential, and of an address that signs in, refreshes or registers. `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset` (in seconds) tell what is left. Beyond it, the response is 429 with `Retry-After`. A sandbox has limits that nobody reaches.  ## Visibility The `OPEN_DIRECTORY` setting controls access to users and carts. An open directory is public. In a closed directory, callers see only the public fields of other users, and carts are visible only to their owner and staff.  ## Decimals Prices are JSON numbers with at most two decimals. They are exact to the cent when parsed as a double. Use a decimal type, or integer cents, to add and compare them. Requests can also contain a price as a decimal string, such as `\"109.95\"`.
 *
 * The version of the OpenAPI document: 0.1.0
 *
 * Generated by: https://openapi-generator.tech
 */

use crate::models;
use serde::{Deserialize, Serialize};

/// Category : A product category.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize)]
pub struct Category {
    /// Integer ID assigned by the server.
    #[serde(rename = "id")]
    pub id: i64,
    /// UUID of the category.
    #[serde(rename = "uuid")]
    pub uuid: uuid::Uuid,
    /// Name of the category.
    #[serde(rename = "name")]
    pub name: String,
    /// Time of creation (RFC 3339, UTC).
    #[serde(rename = "created_at")]
    pub created_at: chrono::DateTime<chrono::FixedOffset>,
    /// Time of the last update (RFC 3339, UTC), or null if never updated.
    #[serde(rename = "updated_at", deserialize_with = "Option::deserialize")]
    pub updated_at: Option<chrono::DateTime<chrono::FixedOffset>>,
}

impl Category {
    /// A product category.
    pub fn new(
        id: i64,
        uuid: uuid::Uuid,
        name: String,
        created_at: chrono::DateTime<chrono::FixedOffset>,
        updated_at: Option<chrono::DateTime<chrono::FixedOffset>>,
    ) -> Category {
        Category { id, uuid, name, created_at, updated_at }
    }
}
