//! The wire types, plain: what a value may be is checked by the contract, not here.
#![allow(clippy::doc_markdown, clippy::large_enum_variant, unused_imports)]

use serde::{Deserialize, Serialize};

use crate::models;

/// `Address` of the contract.
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

/// `AddressCreate` of the contract.
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

/// `AddressPatch` of the contract.
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

/// `AddressReplace` of the contract.
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

/// `Cart` of the contract.
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

/// `CartCreate` of the contract.
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

/// `CartLine` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CartLine {
    /// The product's id.
    #[serde(rename = "productId")]
    pub product_id: i64,
    /// How many of it, 1 at least. Less is 400 with `details` `{\"productId\": 1, \"quantity\": -5}`, as clients of FakeStore know it, so the bound is not in this schema.
    #[serde(rename = "quantity")]
    pub quantity: i64,
}

/// `CartPatch` of the contract.
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

/// `CartReplace` of the contract.
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

/// `Category` of the contract.
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

/// `CategoryCreate` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CategoryCreate {
    /// Unique among the categories, whatever its case; has something visible, and no control or direction-override characters.
    #[serde(rename = "name")]
    pub name: String,
}

/// `CategoryPatch` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CategoryPatch {
    /// Unique among the categories, whatever its case; has something visible, and no control or direction-override characters; left as it is when absent.
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// `CategoryReplace` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CategoryReplace {
    /// Unique among the categories, whatever its case; has something visible, and no control or direction-override characters.
    #[serde(rename = "name")]
    pub name: String,
}

/// `CheckStatus` of the contract.
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

/// `Detail` of the contract.
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

/// `Health` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// `status`
    #[serde(rename = "status")]
    pub status: models::HealthStatus,
}

/// `HealthStatus` of the contract.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum HealthStatus {
    /// "ok"
    #[serde(rename = "ok")]
    HealthOk,
}

/// The small number that the server gave it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identifier {}

/// `KeySet` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeySet {
    /// `keys`
    #[serde(rename = "keys")]
    pub keys: Vec<models::PublicKey>,
}

/// `Liveness` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Liveness {
    /// `status`
    #[serde(rename = "status")]
    pub status: models::LivenessStatus,
}

/// `LivenessStatus` of the contract.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum LivenessStatus {
    /// "alive"
    #[serde(rename = "alive")]
    Alive,
}

/// `Login` of the contract.
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

/// `LoginUser` of the contract.
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

/// `Me` of the contract.
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

/// `PasswordChange` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PasswordChange {
    /// The password as it is.
    #[serde(rename = "old_password")]
    pub old_password: String,
    /// The password to be. Neither blank nor the user name, and not among the most common.
    #[serde(rename = "new_password")]
    pub new_password: String,
}

/// `PersonName` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonName {
    /// `firstname`
    #[serde(rename = "firstname")]
    pub firstname: String,
    /// `lastname`
    #[serde(rename = "lastname")]
    pub lastname: String,
}

/// `PersonNamePatch` of the contract.
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
    /// What kind of problem this is, as a path under `/problems/`.
    #[serde(rename = "type")]
    pub r_type: String,
    /// `title`
    #[serde(rename = "title")]
    pub title: String,
    /// The HTTP status, repeated.
    #[serde(rename = "status")]
    pub status: i32,
    /// What is wrong with this request, for a person.
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

/// The machine's part of a problem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProblemError {
    /// `code`
    #[serde(rename = "code")]
    pub code: models::ProblemCode,
    /// `message`
    #[serde(rename = "message")]
    pub message: String,
    /// Depends on the code. For VALIDATION_ERROR it has the member `fields`, an object from the field's name to its faults (`rule` and `message`), unless the operation says otherwise. It never repeats the values sent. At most 50 faults are listed, and names are cut to 200 bytes; `truncated` is true where there were more.
    #[serde(rename = "details")]
    pub details: std::collections::HashMap<String, serde_json::Value>,
}

/// `Product` of the contract.
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

/// `ProductCategory` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductCategory {
    /// The small number that the server gave it.
    #[serde(rename = "id")]
    pub id: i64,
    /// `name`
    #[serde(rename = "name")]
    pub name: String,
}

/// `ProductCreate` of the contract.
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

/// `ProductOwner` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductOwner {
    /// The small number that the server gave it.
    #[serde(rename = "id")]
    pub id: i64,
    /// `username`
    #[serde(rename = "username")]
    pub username: String,
}

/// `ProductPage` of the contract.
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

/// `ProductPatch` of the contract.
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

/// `ProductRate` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductRate {
    /// From 0, worst, to 5, best.
    #[serde(rename = "value")]
    pub value: u32,
}

/// `ProductRating` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductRating {
    /// The average of the ratings, to two decimals; 0 when there are none.
    #[serde(rename = "rate")]
    pub rate: f64,
    /// How many ratings there are.
    #[serde(rename = "count")]
    pub count: i64,
}

/// `ProductReplace` of the contract.
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

/// `PublicKey` of the contract.
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

/// `RatingSummary` of the contract.
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

/// `Readiness` of the contract.
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

/// `ReadinessCheck` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadinessCheck {
    /// `status`
    #[serde(rename = "status")]
    pub status: models::CheckStatus,
    /// How long the part took to answer, in milliseconds.
    #[serde(rename = "latency_ms", skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<f64>,
}

/// `ReadinessChecks` of the contract.
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

/// `ReadinessStatus` of the contract.
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

/// `Registration` of the contract.
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

/// `RegistryUser` of the contract.
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

/// `RegistryUserCreate` of the contract.
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

/// `RegistryUserPatch` of the contract.
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

/// `RegistryUserReplace` of the contract.
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

/// `TokenPair` of the contract.
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

/// `UserCreate` of the contract.
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

/// `UserPatch` of the contract.
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

/// `UserRegister` of the contract.
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

/// `UserReplace` of the contract.
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
