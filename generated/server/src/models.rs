//! The wire types, plain: what a value may be is checked by the contract, not here.
#![allow(clippy::doc_markdown, clippy::large_enum_variant, unused_imports)]

use serde::{Deserialize, Serialize};

use crate::models;

/// An address of a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Address {
    /// The small number that the server gave it.
    #[serde(rename = "id")]
    pub id: i64,
    /// `uuid`
    #[serde(rename = "uuid")]
    pub uuid: uuid::Uuid,
    /// `city`
    #[serde(rename = "city")]
    pub city: String,
    /// `street`
    #[serde(rename = "street")]
    pub street: String,
    /// `number`
    #[serde(rename = "number")]
    pub number: u32,
    /// `zipcode`
    #[serde(rename = "zipcode")]
    pub zipcode: String,
    /// `geolocation`
    #[serde(rename = "geolocation")]
    pub geolocation: Option<models::Geolocation>,
    /// When it was made (RFC 3339, UTC).
    #[serde(rename = "created_at")]
    pub created_at: agora_contract::Timestamp,
    /// When it was last changed (RFC 3339, UTC); null until then.
    #[serde(rename = "updated_at")]
    pub updated_at: Option<agora_contract::Timestamp>,
}

/// A new address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddressCreate {
    /// `city`
    #[serde(rename = "city")]
    pub city: String,
    /// `street`
    #[serde(rename = "street")]
    pub street: String,
    /// `number`
    #[serde(rename = "number")]
    pub number: u32,
    /// `zipcode`
    #[serde(rename = "zipcode")]
    pub zipcode: String,
    /// `geolocation`
    #[serde(
        rename = "geolocation",
        default,
        deserialize_with = "agora_contract::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub geolocation: Option<Option<models::Geolocation>>,
}

/// The members of an address to change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddressPatch {
    /// `city`
    #[serde(rename = "city", skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// `street`
    #[serde(rename = "street", skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// `number`
    #[serde(rename = "number", skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// `zipcode`
    #[serde(rename = "zipcode", skip_serializing_if = "Option::is_none")]
    pub zipcode: Option<String>,
    /// `geolocation`
    #[serde(
        rename = "geolocation",
        default,
        deserialize_with = "agora_contract::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub geolocation: Option<Option<models::Geolocation>>,
}

/// The whole address after the change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddressReplace {
    /// `city`
    #[serde(rename = "city")]
    pub city: String,
    /// `street`
    #[serde(rename = "street")]
    pub street: String,
    /// `number`
    #[serde(rename = "number")]
    pub number: u32,
    /// `zipcode`
    #[serde(rename = "zipcode")]
    pub zipcode: String,
    /// `geolocation`
    #[serde(
        rename = "geolocation",
        default,
        deserialize_with = "agora_contract::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub geolocation: Option<Option<models::Geolocation>>,
}

/// What a user is about to order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cart {
    /// The small number that the server gave it.
    #[serde(rename = "id")]
    pub id: i64,
    /// `uuid`
    #[serde(rename = "uuid")]
    pub uuid: uuid::Uuid,
    /// Whose it is.
    #[serde(rename = "userId")]
    pub user_id: i64,
    /// The day of the cart.
    #[serde(rename = "date")]
    pub date: String,
    /// What is in it, at most 100 products, in the order in which they came.
    #[serde(rename = "products")]
    pub products: Vec<models::CartLine>,
    /// When it was made (RFC 3339, UTC).
    #[serde(rename = "created_at")]
    pub created_at: agora_contract::Timestamp,
    /// When it was last changed (RFC 3339, UTC); null until then.
    #[serde(rename = "updated_at")]
    pub updated_at: Option<agora_contract::Timestamp>,
}

/// A new cart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CartCreate {
    /// Whose it is to be; the caller's when absent. Only staff make carts for others.
    #[serde(rename = "userId", skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// A date, or a date-time (RFC 3339), which counts by its day in UTC. When absent, a new cart is of today and another keeps what it has.
    #[serde(rename = "date", skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// What is to be in it, nothing when absent; a product that is named twice adds up.
    #[serde(rename = "products", skip_serializing_if = "Option::is_none")]
    pub products: Option<Vec<models::CartLine>>,
}

/// A date, or a date-time (RFC 3339), which counts by its day in UTC. When absent, a new cart is of today and another keeps what it has.
pub type CartDate = String;

/// A product in a cart, and how many of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CartLine {
    /// The product's id.
    #[serde(rename = "productId")]
    pub product_id: i64,
    /// How many of it, 1 at least. Less is 400 with `details` `{\"productId\": 1, \"quantity\": -5}`, as clients of FakeStore know it, so the bound is not in this schema.
    #[serde(rename = "quantity")]
    pub quantity: i64,
}

/// The changes of a cart, made in this order: add, update, remove. Either all are made or none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CartPatch {
    /// Whose it is to be. Only staff hand carts to others.
    #[serde(rename = "userId", skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// A date, or a date-time (RFC 3339), which counts by its day in UTC. When absent, a new cart is of today and another keeps what it has.
    #[serde(rename = "date", skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// What comes on top of what is there, or is new; a product that is named twice adds up.
    #[serde(rename = "add", skip_serializing_if = "Option::is_none")]
    pub add: Option<Vec<models::CartLine>>,
    /// What is to be there in exactly this quantity, there before or not; of a product that is named twice the last line counts.
    #[serde(rename = "update", skip_serializing_if = "Option::is_none")]
    pub update: Option<Vec<models::CartLine>>,
    /// Ids of the products that go; those that are not there have no effect.
    #[serde(rename = "remove", skip_serializing_if = "Option::is_none")]
    pub remove: Option<Vec<i64>>,
}

/// The whole cart after the change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CartReplace {
    /// Whose it is to be; as it is when absent. Only staff hand carts to others.
    #[serde(rename = "userId", skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// A date, or a date-time (RFC 3339), which counts by its day in UTC. When absent, a new cart is of today and another keeps what it has.
    #[serde(rename = "date", skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// All that is to be in it; a product that is named twice adds up.
    #[serde(rename = "products")]
    pub products: Vec<models::CartLine>,
}

/// A category of products.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Category {
    /// The small number that the server gave it.
    #[serde(rename = "id")]
    pub id: i64,
    /// `uuid`
    #[serde(rename = "uuid")]
    pub uuid: uuid::Uuid,
    /// `name`
    #[serde(rename = "name")]
    pub name: String,
    /// When it was made (RFC 3339, UTC).
    #[serde(rename = "created_at")]
    pub created_at: agora_contract::Timestamp,
    /// When it was last changed (RFC 3339, UTC); null until then.
    #[serde(rename = "updated_at")]
    pub updated_at: Option<agora_contract::Timestamp>,
}

/// A new category.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CategoryCreate {
    /// Unique among the categories, whatever its case; has something visible, and no control or direction-override characters.
    #[serde(rename = "name")]
    pub name: String,
}

/// The members of a category to change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CategoryPatch {
    /// Unique among the categories, whatever its case; has something visible, and no control or direction-override characters; left as it is when absent.
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The whole category after the change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CategoryReplace {
    /// Unique among the categories, whatever its case; has something visible, and no control or direction-override characters.
    #[serde(rename = "name")]
    pub name: String,
}

/// The state of a part: `ok`, `out` (not usable) or `skipped` (not configured).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum CheckStatus {
    /// "ok"
    #[serde(rename = "ok")]
    CheckOk,
    /// "out"
    #[serde(rename = "out")]
    CheckOut,
    /// "skipped"
    #[serde(rename = "skipped")]
    CheckSkipped,
}

/// An OpenAPI 3.0 document in YAML.
pub type ContractText = String;

/// When it was made (RFC 3339, UTC).
pub type CreatedAt = agora_contract::Timestamp;

/// Who signs in, and their password.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Credentials {
    /// The user name, or the e-mail address.
    #[serde(rename = "username")]
    pub username: String,
    /// The password, as it was set.
    #[serde(rename = "password")]
    pub password: String,
}

/// A confirmation in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    /// What was done, for a person.
    #[serde(rename = "detail")]
    pub detail: String,
}

/// HTML.
pub type DocsPage = String;

/// JavaScript.
pub type DocsScript = String;

/// Degrees, as texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Geolocation {
    /// `lat`
    #[serde(rename = "lat")]
    pub lat: String,
    /// `long`
    #[serde(rename = "long")]
    pub long: String,
}

/// A plain sign of health.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// `status`
    #[serde(rename = "status")]
    pub status: models::HealthStatus,
}

/// Always `ok`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum HealthStatus {
    /// "ok"
    #[serde(rename = "ok")]
    HealthOk,
}

/// The small number that the server gave it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identifier {}

/// A JSON Web Key Set (RFC 7517).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeySet {
    /// `keys`
    #[serde(rename = "keys")]
    pub keys: Vec<models::PublicKey>,
}

/// A sign of life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Liveness {
    /// `status`
    #[serde(rename = "status")]
    pub status: models::LivenessStatus,
}

/// Always `alive`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum LivenessStatus {
    /// "alive"
    #[serde(rename = "alive")]
    Alive,
}

/// A pair of tokens, and the user who logged in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Login {
    /// A signed token for the header `Authorization: Bearer`.
    #[serde(rename = "access")]
    pub access: String,
    /// An opaque token that is good for one exchange.
    #[serde(rename = "refresh")]
    pub refresh: String,
    /// `user`
    #[serde(rename = "user")]
    pub user: models::LoginUser,
}

/// The user who logged in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoginUser {
    /// The small number that the server gave it.
    #[serde(rename = "id")]
    pub id: i64,
    /// `uuid`
    #[serde(rename = "uuid")]
    pub uuid: uuid::Uuid,
    /// `username`
    #[serde(rename = "username")]
    pub username: String,
    /// `role`
    #[serde(rename = "role")]
    pub role: models::Role,
}

/// The account of the access token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Me {
    /// The small number that the server gave it.
    #[serde(rename = "id")]
    pub id: i64,
    /// `uuid`
    #[serde(rename = "uuid")]
    pub uuid: uuid::Uuid,
    /// `username`
    #[serde(rename = "username")]
    pub username: String,
    /// `email`
    #[serde(rename = "email")]
    pub email: String,
    /// `first_name`
    #[serde(rename = "first_name")]
    pub first_name: String,
    /// `last_name`
    #[serde(rename = "last_name")]
    pub last_name: String,
    /// The same as `first_name`
    #[serde(rename = "firstname")]
    pub firstname: String,
    /// The same as `last_name`
    #[serde(rename = "lastname")]
    pub lastname: String,
    /// `phone`
    #[serde(rename = "phone")]
    pub phone: String,
    /// Whether the role is staff or admin.
    #[serde(rename = "is_staff")]
    pub is_staff: bool,
    /// Whether the role is admin.
    #[serde(rename = "is_superuser")]
    pub is_superuser: bool,
    /// `role`
    #[serde(rename = "role")]
    pub role: models::Role,
}

/// The current password and the new one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PasswordChange {
    /// The password as it is.
    #[serde(rename = "old_password")]
    pub old_password: String,
    /// The password to be. Neither blank nor the user name, and not among the most common.
    #[serde(rename = "new_password")]
    pub new_password: String,
}

/// The name of a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonName {
    /// `firstname`
    #[serde(rename = "firstname")]
    pub firstname: String,
    /// `lastname`
    #[serde(rename = "lastname")]
    pub lastname: String,
}

/// The parts of a name to change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonNamePatch {
    /// `firstname`
    #[serde(rename = "firstname", skip_serializing_if = "Option::is_none")]
    pub firstname: Option<String>,
    /// `lastname`
    #[serde(rename = "lastname", skip_serializing_if = "Option::is_none")]
    pub lastname: Option<String>,
}

/// An amount of the shop's currency, at most two decimals, exact.
pub type Price = agora_contract::DecimalNumber;

/// An amount of the shop's currency, at most two decimals. Decimal text (`\"109.95\"`) is accepted, too, for clients whose numbers are not exact.
pub type PriceSent = agora_contract::DecimalNumber;

/// The one error body, of every layer (RFC 9457, with the member `error` for programs).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// The kind of problem, as a path under `/problems/`, where a page explains it.
    #[serde(rename = "type")]
    pub r_type: String,
    /// The kind of problem in words, the same for every problem of its `type`.
    #[serde(rename = "title")]
    pub title: String,
    /// The HTTP status, repeated.
    #[serde(rename = "status")]
    pub status: i32,
    /// What is wrong with this request, for a person. It names the field if there is one violation.
    #[serde(rename = "detail")]
    pub detail: String,
    /// The path as it was called.
    #[serde(rename = "instance")]
    pub instance: String,
    /// The value of the header X-Request-Id.
    #[serde(rename = "request_id")]
    pub request_id: String,
    /// `error`
    #[serde(rename = "error")]
    pub error: models::ProblemError,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum ProblemCode {
    /// "VALIDATION_ERROR"
    #[serde(rename = "VALIDATION_ERROR")]
    ValidationError,
    /// "UNAUTHORIZED"
    #[serde(rename = "UNAUTHORIZED")]
    Unauthorized,
    /// "TOKEN_EXPIRED"
    #[serde(rename = "TOKEN_EXPIRED")]
    TokenExpired,
    /// "TOKEN_INVALID"
    #[serde(rename = "TOKEN_INVALID")]
    TokenInvalid,
    /// "FORBIDDEN"
    #[serde(rename = "FORBIDDEN")]
    Forbidden,
    /// "NOT_FOUND"
    #[serde(rename = "NOT_FOUND")]
    NotFound,
    /// "METHOD_NOT_ALLOWED"
    #[serde(rename = "METHOD_NOT_ALLOWED")]
    MethodNotAllowed,
    /// "REQUEST_TIMEOUT"
    #[serde(rename = "REQUEST_TIMEOUT")]
    RequestTimeout,
    /// "CONFLICT"
    #[serde(rename = "CONFLICT")]
    Conflict,
    /// "REQUEST_IN_PROGRESS"
    #[serde(rename = "REQUEST_IN_PROGRESS")]
    RequestInProgress,
    /// "PRECONDITION_FAILED"
    #[serde(rename = "PRECONDITION_FAILED")]
    PreconditionFailed,
    /// "PAYLOAD_TOO_LARGE"
    #[serde(rename = "PAYLOAD_TOO_LARGE")]
    PayloadTooLarge,
    /// "URI_TOO_LONG"
    #[serde(rename = "URI_TOO_LONG")]
    UriTooLong,
    /// "UNSUPPORTED_MEDIA_TYPE"
    #[serde(rename = "UNSUPPORTED_MEDIA_TYPE")]
    UnsupportedMediaType,
    /// "IDEMPOTENCY_MISMATCH"
    #[serde(rename = "IDEMPOTENCY_MISMATCH")]
    IdempotencyMismatch,
    /// "RATE_LIMITED"
    #[serde(rename = "RATE_LIMITED")]
    RateLimited,
    /// "SERVER_ERROR"
    #[serde(rename = "SERVER_ERROR")]
    ServerError,
    /// "UNAVAILABLE"
    #[serde(rename = "UNAVAILABLE")]
    Unavailable,
}

/// What programs can use of a problem. It depends on the code, never repeats the values sent, and may have other members than these: `id` (what was not found), `missing` (ids that do not exist), `limit`, `expected`, and those that FakeStore's clients know (`productId` and `quantity`). An empty object where there is nothing to add.
pub type ProblemDetails = std::collections::HashMap<String, serde_json::Value>;

/// The machine's part of a problem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProblemError {
    /// `code`
    #[serde(rename = "code")]
    pub code: models::ProblemCode,
    /// The same sentence as `detail`, for clients that read only `error`.
    #[serde(rename = "message")]
    pub message: String,
    /// `details`
    #[serde(rename = "details")]
    pub details: models::ProblemDetails,
}

/// A product as the catalog shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// The small number that the server gave it.
    #[serde(rename = "id")]
    pub id: i64,
    /// `uuid`
    #[serde(rename = "uuid")]
    pub uuid: uuid::Uuid,
    /// `title`
    #[serde(rename = "title")]
    pub title: String,
    /// `description`
    #[serde(rename = "description")]
    pub description: String,
    /// An amount of the shop's currency, at most two decimals, exact.
    #[serde(rename = "price")]
    pub price: agora_contract::DecimalNumber,
    /// Where its picture is; empty when it has none.
    #[serde(rename = "image")]
    pub image: String,
    /// The name of its first category, null when it has none.
    #[serde(rename = "category")]
    pub category: Option<String>,
    /// `categories`
    #[serde(rename = "categories")]
    pub categories: Vec<models::ProductCategory>,
    /// `rating`
    #[serde(rename = "rating")]
    pub rating: models::ProductRating,
    /// Who sells it; null once the account is deleted.
    #[serde(rename = "owner")]
    pub owner: Option<models::ProductOwner>,
    /// When it was made (RFC 3339, UTC).
    #[serde(rename = "created_at")]
    pub created_at: agora_contract::Timestamp,
    /// When it was last changed (RFC 3339, UTC); null until then.
    #[serde(rename = "updated_at")]
    pub updated_at: Option<agora_contract::Timestamp>,
}

/// A category that a product is in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductCategory {
    /// The small number that the server gave it.
    #[serde(rename = "id")]
    pub id: i64,
    /// `name`
    #[serde(rename = "name")]
    pub name: String,
}

/// A new product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductCreate {
    /// Has something visible.
    #[serde(rename = "title")]
    pub title: String,
    /// Has something visible.
    #[serde(rename = "description")]
    pub description: String,
    /// An amount of the shop's currency, at most two decimals. Decimal text (`\"109.95\"`) is accepted, too, for clients whose numbers are not exact.
    #[serde(rename = "price")]
    pub price: agora_contract::DecimalNumber,
    /// Where its picture is, absolute or a path here; empty when it has none.
    #[serde(rename = "image")]
    pub image: String,
    /// Ids of its categories; none when left out. One that is named twice counts once.
    #[serde(rename = "categories", skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<i64>>,
}

/// The user who sells a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductOwner {
    /// The small number that the server gave it.
    #[serde(rename = "id")]
    pub id: i64,
    /// `username`
    #[serde(rename = "username")]
    pub username: String,
}

/// A page of products.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductPage {
    /// How many there are in all; exact up to 10,000.
    #[serde(rename = "count")]
    pub count: i64,
    /// The next page, null on the last; relative where the server does not know its own URL.
    #[serde(rename = "next")]
    pub next: Option<String>,
    /// The page before, null on the first; relative where the server does not know its own URL.
    #[serde(rename = "previous")]
    pub previous: Option<String>,
    /// `results`
    #[serde(rename = "results")]
    pub results: Vec<models::Product>,
}

/// The members of a product to change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductPatch {
    /// Has something visible; left as it is when absent.
    #[serde(rename = "title", skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Has something visible; left as it is when absent.
    #[serde(rename = "description", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// An amount of the shop's currency, at most two decimals. Decimal text (`\"109.95\"`) is accepted, too, for clients whose numbers are not exact.
    #[serde(rename = "price", skip_serializing_if = "Option::is_none")]
    pub price: Option<agora_contract::DecimalNumber>,
    /// Where its picture is, absolute or a path here; empty when it has none; left as it is when absent.
    #[serde(rename = "image", skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Ids of its categories; left as they are when absent, else replaced. One that is named twice counts once.
    #[serde(rename = "categories", skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<i64>>,
}

/// A rating of a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductRate {
    /// From 0, worst, to 5, best.
    #[serde(rename = "value")]
    pub value: u32,
}

/// The average rating of a product, and the number of ratings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductRating {
    /// The average of the ratings, to two decimals; 0 when there are none.
    #[serde(rename = "rate")]
    pub rate: f64,
    /// How many ratings there are.
    #[serde(rename = "count")]
    pub count: i64,
}

/// The whole product after the change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductReplace {
    /// Has something visible.
    #[serde(rename = "title")]
    pub title: String,
    /// Has something visible.
    #[serde(rename = "description")]
    pub description: String,
    /// An amount of the shop's currency, at most two decimals. Decimal text (`\"109.95\"`) is accepted, too, for clients whose numbers are not exact.
    #[serde(rename = "price")]
    pub price: agora_contract::DecimalNumber,
    /// Where its picture is, absolute or a path here; empty when it has none.
    #[serde(rename = "image")]
    pub image: String,
    /// Ids of its categories; none when left out. One that is named twice counts once.
    #[serde(rename = "categories", skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<i64>>,
}

/// A public key of a JSON Web Key Set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublicKey {
    /// The key type.
    #[serde(rename = "kty")]
    pub kty: String,
    /// The curve.
    #[serde(rename = "crv")]
    pub crv: String,
    /// What it is for.
    #[serde(rename = "use")]
    pub r_use: String,
    /// The algorithm.
    #[serde(rename = "alg")]
    pub alg: String,
    /// The key's name in tokens.
    #[serde(rename = "kid")]
    pub kid: String,
    /// The public key, base64url.
    #[serde(rename = "x")]
    pub x: String,
}

/// The ratings of a product, and the caller's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RatingSummary {
    /// The small number that the server gave it.
    #[serde(rename = "productId")]
    pub product_id: i64,
    /// `rating`
    #[serde(rename = "rating")]
    pub rating: models::ProductRating,
    /// The caller's own, null when there is none.
    #[serde(rename = "userRating")]
    pub user_rating: Option<i32>,
}

/// The state of the server and of its parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Readiness {
    /// `status`
    #[serde(rename = "status")]
    pub status: models::ReadinessStatus,
    /// `checks`
    #[serde(rename = "checks")]
    pub checks: models::ReadinessChecks,
    /// SHA-256 of the contract that this build was made from (the document in YAML).
    #[serde(rename = "contract")]
    pub contract: String,
}

/// The state of a part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadinessCheck {
    /// `status`
    #[serde(rename = "status")]
    pub status: models::CheckStatus,
    /// How long the part took to answer, in milliseconds.
    #[serde(rename = "latency_ms", skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<f64>,
}

/// The state of each part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadinessChecks {
    /// `database`
    #[serde(rename = "database")]
    pub database: models::ReadinessCheck,
    /// `migrations`
    #[serde(rename = "migrations")]
    pub migrations: models::ReadinessCheck,
    /// `redis`
    #[serde(rename = "redis")]
    pub redis: models::ReadinessCheck,
    /// `storage`
    #[serde(rename = "storage")]
    pub storage: models::ReadinessCheck,
}

/// `ok`, or `degraded` if a part is out that the server cannot do without.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum ReadinessStatus {
    /// "ok"
    #[serde(rename = "ok")]
    ReadinessOk,
    /// "degraded"
    #[serde(rename = "degraded")]
    ReadinessDegraded,
}

/// The refresh token of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefreshCredential {
    /// An opaque token that is good for one exchange.
    #[serde(rename = "refresh")]
    pub refresh: String,
}

/// An opaque token that is good for one exchange.
pub type RefreshToken = String;

/// A new account, and the tokens of its first session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    /// The small number that the server gave it.
    #[serde(rename = "id")]
    pub id: i64,
    /// `uuid`
    #[serde(rename = "uuid")]
    pub uuid: uuid::Uuid,
    /// `username`
    #[serde(rename = "username")]
    pub username: String,
    /// `email`
    #[serde(rename = "email")]
    pub email: String,
    /// A signed token for the header `Authorization: Bearer`.
    #[serde(rename = "access")]
    pub access: String,
    /// An opaque token that is good for one exchange.
    #[serde(rename = "refresh")]
    pub refresh: String,
}

/// The id of a person, as it was sent, with its leading zeros.
pub type RegistryId = String;

/// A person of the registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegistryUser {
    /// As it was sent, with the leading zeros that it was sent with.
    #[serde(rename = "id")]
    pub id: String,
    /// `name`
    #[serde(rename = "name")]
    pub name: String,
    /// `phone`
    #[serde(rename = "phone")]
    pub phone: String,
    /// `address`
    #[serde(rename = "address")]
    pub address: String,
}

/// A person to enter into the registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegistryUserCreate {
    /// Israeli id of 5 to 9 digits that are not all zero, kept as it is sent. Filled up with zeros on the left to 9 digits, the digits times 1, 2, 1, 2 and so on, of each product the sum of its digits: these together are a multiple of 10.
    #[serde(rename = "id")]
    pub id: String,
    /// Has something visible, and no control or direction-override characters.
    #[serde(rename = "name")]
    pub name: String,
    /// With `+` and the country's code, plain digits, and blanks, dots, hyphens or brackets between them; valid by the metadata of libphonenumber. Kept as it is sent, but for blanks and invisible characters around it; no-break blanks and dashes within it are kept as plain ones.
    #[serde(rename = "phone")]
    pub phone: String,
    /// Has something visible.
    #[serde(rename = "address")]
    pub address: String,
}

/// The members of a record to change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegistryUserPatch {
    /// May be left out; otherwise that of the path.
    #[serde(rename = "id", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Has something visible, and no control or direction-override characters; left as it is when absent.
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// With `+` and the country's code, plain digits, and blanks, dots, hyphens or brackets between them; valid by the metadata of libphonenumber. Kept as it is sent, but for blanks and invisible characters around it; no-break blanks and dashes within it are kept as plain ones; left as it is when absent.
    #[serde(rename = "phone", skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Has something visible; left as it is when absent.
    #[serde(rename = "address", skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// The whole record after the change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegistryUserReplace {
    /// May be left out; otherwise that of the path.
    #[serde(rename = "id", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Has something visible, and no control or direction-override characters.
    #[serde(rename = "name")]
    pub name: String,
    /// With `+` and the country's code, plain digits, and blanks, dots, hyphens or brackets between them; valid by the metadata of libphonenumber. Kept as it is sent, but for blanks and invisible characters around it; no-break blanks and dashes within it are kept as plain ones.
    #[serde(rename = "phone")]
    pub phone: String,
    /// Has something visible.
    #[serde(rename = "address")]
    pub address: String,
}

/// What a user may do beyond their own things.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum Role {
    /// "user"
    #[serde(rename = "user")]
    User,
    /// "staff"
    #[serde(rename = "staff")]
    Staff,
    /// "admin"
    #[serde(rename = "admin")]
    Admin,
}

/// An access token and the refresh token for the next one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenPair {
    /// A signed token for the header `Authorization: Bearer`.
    #[serde(rename = "access")]
    pub access: String,
    /// An opaque token that is good for one exchange.
    #[serde(rename = "refresh")]
    pub refresh: String,
}

/// When it was last changed (RFC 3339, UTC); null until then.
pub type UpdatedAt = agora_contract::Timestamp;

/// A user. Only id, uuid, username, location, avatar_url and created_at are there where the directory is closed and the caller is neither this user nor staff.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// The small number that the server gave it.
    #[serde(rename = "id")]
    pub id: i64,
    /// `uuid`
    #[serde(rename = "uuid")]
    pub uuid: uuid::Uuid,
    /// `email`
    #[serde(rename = "email", skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// `username`
    #[serde(rename = "username")]
    pub username: String,
    /// `name`
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub name: Option<models::PersonName>,
    /// The first of their addresses, null when there is none.
    #[serde(
        rename = "address",
        default,
        deserialize_with = "agora_contract::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub address: Option<Option<models::UserAddress>>,
    /// `phone`
    #[serde(rename = "phone", skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Where they are, in their own words.
    #[serde(rename = "location")]
    pub location: Option<String>,
    /// Where their picture is.
    #[serde(rename = "avatar_url")]
    pub avatar_url: Option<String>,
    /// When it was made (RFC 3339, UTC).
    #[serde(rename = "created_at")]
    pub created_at: agora_contract::Timestamp,
    /// When it was last changed (RFC 3339, UTC); null until then.
    #[serde(
        rename = "updated_at",
        default,
        deserialize_with = "agora_contract::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub updated_at: Option<Option<agora_contract::Timestamp>>,
}

/// An address as a user shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserAddress {
    /// `city`
    #[serde(rename = "city")]
    pub city: String,
    /// `street`
    #[serde(rename = "street")]
    pub street: String,
    /// `number`
    #[serde(rename = "number")]
    pub number: u32,
    /// `zipcode`
    #[serde(rename = "zipcode")]
    pub zipcode: String,
    /// `geolocation`
    #[serde(rename = "geolocation")]
    pub geolocation: Option<models::Geolocation>,
}

/// A new user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserCreate {
    /// One among the users, whatever its case.
    #[serde(rename = "email")]
    pub email: String,
    /// One among the users, whatever its case; not all digits, not like a uuid, not `me`.
    #[serde(rename = "username")]
    pub username: String,
    /// Neither blank nor the user name, and not among the most common.
    #[serde(rename = "password")]
    pub password: String,
    /// `name`
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub name: Option<models::PersonName>,
    /// `address`
    #[serde(rename = "address", skip_serializing_if = "Option::is_none")]
    pub address: Option<models::AddressCreate>,
    /// `phone`
    #[serde(rename = "phone", skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// `location`
    #[serde(
        rename = "location",
        default,
        deserialize_with = "agora_contract::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub location: Option<Option<String>>,
    /// `avatar_url`
    #[serde(
        rename = "avatar_url",
        default,
        deserialize_with = "agora_contract::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub avatar_url: Option<Option<String>>,
}

/// The members of a user to change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserPatch {
    /// One among the users, whatever its case.
    #[serde(rename = "email", skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// One among the users, whatever its case; not all digits, not like a uuid, not `me`.
    #[serde(rename = "username", skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Neither blank nor the user name, and not among the most common; stays as it is when absent. Another one ends all sessions of the user.
    #[serde(rename = "password", skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// The current password. Needed by those who give themselves another password or e-mail address; nobody else's is looked at.
    #[serde(rename = "old_password", skip_serializing_if = "Option::is_none")]
    pub old_password: Option<String>,
    /// `name`
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub name: Option<models::PersonNamePatch>,
    /// `address`
    #[serde(rename = "address", skip_serializing_if = "Option::is_none")]
    pub address: Option<models::AddressPatch>,
    /// `phone`
    #[serde(rename = "phone", skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// `location`
    #[serde(
        rename = "location",
        default,
        deserialize_with = "agora_contract::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub location: Option<Option<String>>,
    /// `avatar_url`
    #[serde(
        rename = "avatar_url",
        default,
        deserialize_with = "agora_contract::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub avatar_url: Option<Option<String>>,
}

/// A new account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserRegister {
    /// One among the users, whatever its case.
    #[serde(rename = "email")]
    pub email: String,
    /// One among the users, whatever its case; not all digits, not like a uuid, not `me`.
    #[serde(rename = "username")]
    pub username: String,
    /// Neither blank nor the user name, and not among the most common.
    #[serde(rename = "password")]
    pub password: String,
    /// `first_name`
    #[serde(rename = "first_name", skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// `last_name`
    #[serde(rename = "last_name", skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// `phone`
    #[serde(rename = "phone", skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// The whole user after the change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserReplace {
    /// One among the users, whatever its case.
    #[serde(rename = "email")]
    pub email: String,
    /// One among the users, whatever its case; not all digits, not like a uuid, not `me`.
    #[serde(rename = "username")]
    pub username: String,
    /// Neither blank nor the user name, and not among the most common; stays as it is when absent. Another one ends all sessions of the user.
    #[serde(rename = "password", skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// The current password. Needed by those who give themselves another password or e-mail address; nobody else's is looked at.
    #[serde(rename = "old_password", skip_serializing_if = "Option::is_none")]
    pub old_password: Option<String>,
    /// `name`
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub name: Option<models::PersonName>,
    /// `address`
    #[serde(rename = "address", skip_serializing_if = "Option::is_none")]
    pub address: Option<models::AddressReplace>,
    /// `phone`
    #[serde(rename = "phone", skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// `location`
    #[serde(
        rename = "location",
        default,
        deserialize_with = "agora_contract::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub location: Option<Option<String>>,
    /// `avatar_url`
    #[serde(
        rename = "avatar_url",
        default,
        deserialize_with = "agora_contract::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub avatar_url: Option<Option<String>>,
}

/// A rule that a field breaks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    /// The rule that is broken: a keyword of JSON Schema, or one of `unknown` (no such field or parameter), `duplicate` (a member is there twice), `repeated` (a parameter is there twice), `syntax` (cannot be read), `nul` (has a NUL character), `maxValues` (the body has too many values), `whole` (the body broke off), `absent` (must not be sent), `path` (differs from the path), `unique` (is taken), `exists` (refers to nothing), `match` (the password is wrong), `common` (the password is too common), `username` (the password is the user name), `blank` (the password has nothing visible), `digits`, `uuid` and `reserved` (not allowed as a user name), `reach` (page x limit is too large), `exclusive` (not together with another parameter), `forged` (not a cursor of this list). Expect more of them in later versions.
    #[serde(rename = "rule")]
    pub rule: String,
    /// What must hold, for a person. It never repeats the value.
    #[serde(rename = "message")]
    pub message: String,
}

/// The rule that is broken: a keyword of JSON Schema, or one of `unknown` (no such field or parameter), `duplicate` (a member is there twice), `repeated` (a parameter is there twice), `syntax` (cannot be read), `nul` (has a NUL character), `maxValues` (the body has too many values), `whole` (the body broke off), `absent` (must not be sent), `path` (differs from the path), `unique` (is taken), `exists` (refers to nothing), `match` (the password is wrong), `common` (the password is too common), `username` (the password is the user name), `blank` (the password has nothing visible), `digits`, `uuid` and `reserved` (not allowed as a user name), `reach` (page x limit is too large), `exclusive` (not together with another parameter), `forged` (not a cursor of this list). Expect more of them in later versions.
pub type ViolationRule = String;
