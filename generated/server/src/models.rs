//! Wire types. Values are validated against the contract before they get here.
#![allow(clippy::doc_markdown, clippy::large_enum_variant, unused_imports)]

use serde::{Deserialize, Serialize};

use crate::models;

/// An address of a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Address {
    /// Integer ID assigned by the server.
    #[serde(rename = "id")]
    pub id: i64,
    /// UUID of the address.
    #[serde(rename = "uuid")]
    pub uuid: uuid::Uuid,
    /// City.
    #[serde(rename = "city")]
    pub city: String,
    /// Street, without the house number.
    #[serde(rename = "street")]
    pub street: String,
    /// House number.
    #[serde(rename = "number")]
    pub number: u32,
    /// Postal code.
    #[serde(rename = "zipcode")]
    pub zipcode: String,
    /// Coordinates of the address, or null.
    #[serde(rename = "geolocation")]
    pub geolocation: Option<models::Geolocation>,
    /// Time of creation (RFC 3339, UTC).
    #[serde(rename = "created_at")]
    pub created_at: agora_runtime::Timestamp,
    /// Time of the last update (RFC 3339, UTC), or null if never updated.
    #[serde(rename = "updated_at")]
    pub updated_at: Option<agora_runtime::Timestamp>,
}

/// Address to create.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddressCreate {
    /// City.
    #[serde(rename = "city")]
    pub city: String,
    /// Street, without the house number.
    #[serde(rename = "street")]
    pub street: String,
    /// House number.
    #[serde(rename = "number")]
    pub number: u32,
    /// Postal code.
    #[serde(rename = "zipcode")]
    pub zipcode: String,
    /// Coordinates of the address, or null.
    #[serde(
        rename = "geolocation",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub geolocation: Option<Option<models::Geolocation>>,
}

/// Members of an address to update.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddressPatch {
    /// City.
    #[serde(rename = "city", skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Street, without the house number.
    #[serde(rename = "street", skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// House number.
    #[serde(rename = "number", skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// Postal code.
    #[serde(rename = "zipcode", skip_serializing_if = "Option::is_none")]
    pub zipcode: Option<String>,
    /// Coordinates of the address, or null.
    #[serde(
        rename = "geolocation",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub geolocation: Option<Option<models::Geolocation>>,
}

/// New content of the address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddressReplace {
    /// City.
    #[serde(rename = "city")]
    pub city: String,
    /// Street, without the house number.
    #[serde(rename = "street")]
    pub street: String,
    /// House number.
    #[serde(rename = "number")]
    pub number: u32,
    /// Postal code.
    #[serde(rename = "zipcode")]
    pub zipcode: String,
    /// Coordinates of the address, or null.
    #[serde(
        rename = "geolocation",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub geolocation: Option<Option<models::Geolocation>>,
}

/// Exact amount of money in the currency of the order, with two decimals.
pub type Amount = String;

/// An API key, without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiKey {
    /// ID of the API key.
    #[serde(rename = "id")]
    pub id: uuid::Uuid,
    /// Name of the API key.
    #[serde(rename = "name")]
    pub name: String,
    /// What the API key may do.
    #[serde(rename = "scopes")]
    pub scopes: Vec<models::ApiScope>,
    /// Time of creation (RFC 3339, UTC).
    #[serde(rename = "created_at")]
    pub created_at: agora_runtime::Timestamp,
    /// When the API key ends, or null if it does not.
    #[serde(rename = "expires_at")]
    pub expires_at: Option<agora_runtime::Timestamp>,
    /// Last use, exact to a minute, or null before the first.
    #[serde(rename = "last_used_at")]
    pub last_used_at: Option<agora_runtime::Timestamp>,
}

/// API key to create.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiKeyCreate {
    /// Name of the API key, unique among those of the user.
    #[serde(rename = "name")]
    pub name: String,
    /// What the API key may do. A repeated scope counts once.
    #[serde(rename = "scopes")]
    pub scopes: Vec<models::ApiScope>,
    /// When the API key ends. Must be in the future. Without it, the key has no end of its own.
    #[serde(
        rename = "expires_at",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub expires_at: Option<Option<agora_runtime::Timestamp>>,
}

/// A page of API keys, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiKeyPage {
    /// API keys of this page.
    #[serde(rename = "data")]
    pub data: Vec<models::ApiKey>,
    /// `meta`
    #[serde(rename = "meta")]
    pub meta: models::PageMeta,
}

/// Operations of a tag that an API key may call: `read` stands for GET, `write` for all other methods. Accounts, sessions and API keys themselves are changed by signed-in users only.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum ApiScope {
    /// "addresses:read"
    #[serde(rename = "addresses:read")]
    AddressesRead,
    /// "addresses:write"
    #[serde(rename = "addresses:write")]
    AddressesWrite,
    /// "bag:read"
    #[serde(rename = "bag:read")]
    BagRead,
    /// "bag:write"
    #[serde(rename = "bag:write")]
    BagWrite,
    /// "carts:read"
    #[serde(rename = "carts:read")]
    CartsRead,
    /// "carts:write"
    #[serde(rename = "carts:write")]
    CartsWrite,
    /// "categories:read"
    #[serde(rename = "categories:read")]
    CategoriesRead,
    /// "categories:write"
    #[serde(rename = "categories:write")]
    CategoriesWrite,
    /// "follows:read"
    #[serde(rename = "follows:read")]
    FollowsRead,
    /// "follows:write"
    #[serde(rename = "follows:write")]
    FollowsWrite,
    /// "orders:read"
    #[serde(rename = "orders:read")]
    OrdersRead,
    /// "orders:write"
    #[serde(rename = "orders:write")]
    OrdersWrite,
    /// "products:read"
    #[serde(rename = "products:read")]
    ProductsRead,
    /// "products:write"
    #[serde(rename = "products:write")]
    ProductsWrite,
    /// "registry:read"
    #[serde(rename = "registry:read")]
    RegistryRead,
    /// "registry:write"
    #[serde(rename = "registry:write")]
    RegistryWrite,
    /// "stock:read"
    #[serde(rename = "stock:read")]
    StockRead,
    /// "stock:write"
    #[serde(rename = "stock:write")]
    StockWrite,
    /// "tags:read"
    #[serde(rename = "tags:read")]
    TagsRead,
    /// "tags:write"
    #[serde(rename = "tags:write")]
    TagsWrite,
    /// "users:read"
    #[serde(rename = "users:read")]
    UsersRead,
}

/// Products that the caller is about to order. Nothing is reserved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bag {
    /// `state`
    #[serde(rename = "state")]
    pub state: models::BagState,
    /// Products in the bag, at most 100, in the order they were added.
    #[serde(rename = "lines")]
    pub lines: Vec<models::OrderPreviewLine>,
    /// Exact amount of money in the currency of the order, with two decimals.
    #[serde(rename = "total")]
    pub total: String,
    /// Currency of all amounts (ISO 4217).
    #[serde(rename = "currency")]
    pub currency: String,
    /// `true` if there are enough units of all products.
    #[serde(rename = "is_available")]
    pub is_available: bool,
    /// Time (UTC) of the last change, or null if nothing was put in since the last order.
    #[serde(rename = "updated_at")]
    pub updated_at: Option<agora_runtime::Timestamp>,
}

/// New quantity of a product in the bag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BagItemReplace {
    /// Number of units.
    #[serde(rename = "quantity")]
    pub quantity: i64,
}

/// State of a bag. Each user has at most one `OPEN` bag, which is the one that is read. Ordering it makes it `ORDERED`, and a bag that has not changed for 30 days is `ABANDONED`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum BagState {
    /// "OPEN"
    #[serde(rename = "OPEN")]
    Open,
    /// "ORDERED"
    #[serde(rename = "ORDERED")]
    Ordered,
    /// "ABANDONED"
    #[serde(rename = "ABANDONED")]
    Abandoned,
}

/// Transitions of `BagState`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BagStateTransition {
    /// order
    Order,
    /// abandon
    Abandon,
}

impl BagStateTransition {
    /// All transitions.
    pub const ALL: &[Self] = &[Self::Order, Self::Abandon];

    /// Returns the states that the transition connects.
    pub const fn edge(self) -> agora_runtime::Transition {
        match self {
            Self::Order => {
                agora_runtime::Transition { name: "order", from: &["OPEN"], to: "ORDERED", who: "user" }
            }
            Self::Abandon => {
                agora_runtime::Transition { name: "abandon", from: &["OPEN"], to: "ABANDONED", who: "server" }
            }
        }
    }
}

/// Products to order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Basket {
    /// Products and quantities. Quantities of a product listed more than once are added up.
    #[serde(rename = "items")]
    pub items: Vec<models::OrderItem>,
}

/// Products that a user is about to order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cart {
    /// Integer ID assigned by the server.
    #[serde(rename = "id")]
    pub id: i64,
    /// UUID of the cart.
    #[serde(rename = "uuid")]
    pub uuid: uuid::Uuid,
    /// ID of the user who owns the cart.
    #[serde(rename = "userId")]
    pub user_id: i64,
    /// Date of the cart.
    #[serde(rename = "date")]
    pub date: String,
    /// Products in the cart, at most 100, in the order they were added.
    #[serde(rename = "products")]
    pub products: Vec<models::CartLine>,
    /// Time of creation (RFC 3339, UTC).
    #[serde(rename = "created_at")]
    pub created_at: agora_runtime::Timestamp,
    /// Time of the last update (RFC 3339, UTC), or null if never updated.
    #[serde(rename = "updated_at")]
    pub updated_at: Option<agora_runtime::Timestamp>,
}

/// Cart to create.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CartCreate {
    /// Owner of the cart. Defaults to the caller. Only staff may create carts for other users.
    #[serde(rename = "userId", skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// A date, or an RFC 3339 date-time, which is reduced to its UTC date. Defaults to today for a new cart, and to the current value otherwise.
    #[serde(rename = "date", skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Products of the cart. Defaults to none. Quantities of a product listed more than once are added up.
    #[serde(rename = "products", skip_serializing_if = "Option::is_none")]
    pub products: Option<Vec<models::CartLine>>,
}

/// A date, or an RFC 3339 date-time, which is reduced to its UTC date. Defaults to today for a new cart, and to the current value otherwise.
pub type CartDateSent = String;

/// A product in a cart, with its quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CartLine {
    /// ID of the product.
    #[serde(rename = "productId")]
    pub product_id: i64,
    /// Quantity, at least 1. A smaller value returns 400 with `details` `{\"productId\": 1, \"quantity\": -5}`, as FakeStore clients expect. The schema therefore has no minimum.
    #[serde(rename = "quantity")]
    pub quantity: i64,
}

/// Changes to a cart, applied in this order: `add`, `update`, `remove`. Either all are applied or none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CartPatch {
    /// New owner of the cart. Only staff may transfer a cart.
    #[serde(rename = "userId", skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// A date, or an RFC 3339 date-time, which is reduced to its UTC date. Defaults to today for a new cart, and to the current value otherwise.
    #[serde(rename = "date", skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Quantities to add to the cart. Products not yet in the cart are added. Quantities of a product listed more than once are added up.
    #[serde(rename = "add", skip_serializing_if = "Option::is_none")]
    pub add: Option<Vec<models::CartLine>>,
    /// Quantities to set. Products not yet in the cart are added. If a product is listed more than once, its last line applies.
    #[serde(rename = "update", skip_serializing_if = "Option::is_none")]
    pub update: Option<Vec<models::CartLine>>,
    /// IDs of the products to remove. IDs not in the cart are ignored.
    #[serde(rename = "remove", skip_serializing_if = "Option::is_none")]
    pub remove: Option<Vec<i64>>,
}

/// New content of the cart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CartReplace {
    /// New owner of the cart. Unchanged when absent. Only staff may transfer a cart.
    #[serde(rename = "userId", skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// A date, or an RFC 3339 date-time, which is reduced to its UTC date. Defaults to today for a new cart, and to the current value otherwise.
    #[serde(rename = "date", skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// All products of the cart. Quantities of a product listed more than once are added up.
    #[serde(rename = "products")]
    pub products: Vec<models::CartLine>,
}

/// A product category.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    pub created_at: agora_runtime::Timestamp,
    /// Time of the last update (RFC 3339, UTC), or null if never updated.
    #[serde(rename = "updated_at")]
    pub updated_at: Option<agora_runtime::Timestamp>,
}

/// Category to create.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CategoryCreate {
    /// Unique, ignoring case. Must contain a visible character, and no control or direction-override characters.
    #[serde(rename = "name")]
    pub name: String,
}

/// Number of selected products with a category.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CategoryFacet {
    /// Integer ID assigned by the server.
    #[serde(rename = "id")]
    pub id: i64,
    /// Name of the category.
    #[serde(rename = "name")]
    pub name: String,
    /// Number of products.
    #[serde(rename = "count")]
    pub count: i64,
}

/// Members of a category to update.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CategoryPatch {
    /// Unique, ignoring case. Must contain a visible character, and no control or direction-override characters. Unchanged when absent.
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// New content of the category.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CategoryReplace {
    /// Unique, ignoring case. Must contain a visible character, and no control or direction-override characters.
    #[serde(rename = "name")]
    pub name: String,
}

/// State of a dependency: `ok`, `out` (unavailable) or `skipped` (not configured).
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

/// Clock of the sandbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    /// Current time of the server and its database (RFC 3339, UTC).
    #[serde(rename = "current_at")]
    pub current_at: agora_runtime::Timestamp,
    /// Seconds by which the clock is ahead of the real time.
    #[serde(rename = "offset_seconds")]
    pub offset_seconds: i64,
}

/// Step of the clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClockAdvance {
    /// Seconds to move the clock forward.
    #[serde(rename = "advance_seconds")]
    pub advance_seconds: i64,
}

/// An OpenAPI 3.0 document in YAML.
pub type ContractText = String;

/// A new API key with its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreatedApiKey {
    /// ID of the API key.
    #[serde(rename = "id")]
    pub id: uuid::Uuid,
    /// Name of the API key.
    #[serde(rename = "name")]
    pub name: String,
    /// What the API key may do.
    #[serde(rename = "scopes")]
    pub scopes: Vec<models::ApiScope>,
    /// Time of creation (RFC 3339, UTC).
    #[serde(rename = "created_at")]
    pub created_at: agora_runtime::Timestamp,
    /// When the API key ends, or null if it does not.
    #[serde(rename = "expires_at")]
    pub expires_at: Option<agora_runtime::Timestamp>,
    /// The API key as it is sent: `agora_`, its ID, a random part and a checksum, all in lower case. Not shown again.
    #[serde(rename = "secret")]
    pub secret: String,
}

/// Time of creation (RFC 3339, UTC).
pub type CreatedAt = agora_runtime::Timestamp;

/// Username and password.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Credentials {
    /// Username or email address.
    #[serde(rename = "username")]
    pub username: String,
    /// Password of the account.
    #[serde(rename = "password")]
    pub password: String,
}

/// Currency of all amounts (ISO 4217).
pub type Currency = String;

/// Confirmation message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    /// Human-readable confirmation.
    #[serde(rename = "detail")]
    pub detail: String,
}

/// An HTML page.
pub type DocsPage = String;

/// A JavaScript file.
pub type DocsScript = String;

/// A user who follows, or is followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Follow {
    /// Integer ID assigned by the server.
    #[serde(rename = "id")]
    pub id: i64,
    /// UUID of the user.
    #[serde(rename = "uuid")]
    pub uuid: uuid::Uuid,
    /// Username.
    #[serde(rename = "username")]
    pub username: String,
    /// Place that the user names, or null.
    #[serde(rename = "location")]
    pub location: Option<String>,
    /// URL of the user's picture, or null.
    #[serde(rename = "avatar_url")]
    pub avatar_url: Option<String>,
    /// Time (UTC) at which the follow began.
    #[serde(rename = "followed_at")]
    pub followed_at: agora_runtime::Timestamp,
}

/// Geographic coordinates in degrees, as decimal strings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Geolocation {
    /// Latitude, from -90 to 90.
    #[serde(rename = "lat")]
    pub lat: String,
    /// Longitude, from -180 to 180.
    #[serde(rename = "long")]
    pub long: String,
}

/// Result of the health check.
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

/// Integer ID assigned by the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identifier {}

/// JSON Web Key Set (RFC 7517).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeySet {
    /// Public keys that verify access tokens.
    #[serde(rename = "keys")]
    pub keys: Vec<models::PublicKey>,
}

/// Result of the liveness check.
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

/// A token pair and the signed-in user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Login {
    /// Signed access token for the `Authorization: Bearer` header.
    #[serde(rename = "access")]
    pub access: String,
    /// Opaque refresh token, valid for one exchange.
    #[serde(rename = "refresh")]
    pub refresh: String,
    /// `user`
    #[serde(rename = "user")]
    pub user: models::LoginUser,
}

/// The signed-in user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoginUser {
    /// Integer ID assigned by the server.
    #[serde(rename = "id")]
    pub id: i64,
    /// UUID of the user.
    #[serde(rename = "uuid")]
    pub uuid: uuid::Uuid,
    /// Username of the user.
    #[serde(rename = "username")]
    pub username: String,
    /// `role`
    #[serde(rename = "role")]
    pub role: models::Role,
}

/// The account of the caller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Me {
    /// Integer ID assigned by the server.
    #[serde(rename = "id")]
    pub id: i64,
    /// UUID of the user.
    #[serde(rename = "uuid")]
    pub uuid: uuid::Uuid,
    /// Username of the user.
    #[serde(rename = "username")]
    pub username: String,
    /// Email address of the user.
    #[serde(rename = "email")]
    pub email: String,
    /// Given name.
    #[serde(rename = "first_name")]
    pub first_name: String,
    /// Family name.
    #[serde(rename = "last_name")]
    pub last_name: String,
    /// Same as `first_name`.
    #[serde(rename = "firstname")]
    pub firstname: String,
    /// Same as `last_name`.
    #[serde(rename = "lastname")]
    pub lastname: String,
    /// Phone number of the user.
    #[serde(rename = "phone")]
    pub phone: String,
    /// `true` if the role is `staff` or `admin`.
    #[serde(rename = "is_staff")]
    pub is_staff: bool,
    /// `true` if the role is `admin`.
    #[serde(rename = "is_superuser")]
    pub is_superuser: bool,
    /// `role`
    #[serde(rename = "role")]
    pub role: models::Role,
}

/// An entry of the ledger of a product's stock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Movement {
    /// UUID of the movement.
    #[serde(rename = "id")]
    pub id: uuid::Uuid,
    /// `kind`
    #[serde(rename = "kind")]
    pub kind: models::MovementKind,
    /// Number of units; negative if they were taken out.
    #[serde(rename = "quantity")]
    pub quantity: i64,
    /// ID of the order, or null.
    #[serde(rename = "order_id")]
    pub order_id: Option<uuid::Uuid>,
    /// ID of the user who caused the movement, or null for the server itself.
    #[serde(rename = "user_id")]
    pub user_id: Option<i64>,
    /// Reason given with the change, or null.
    #[serde(rename = "reason")]
    pub reason: Option<String>,
    /// Time of creation (RFC 3339, UTC).
    #[serde(rename = "created_at")]
    pub created_at: agora_runtime::Timestamp,
}

/// Kind of a movement of stock. `SUPPLIED` units were added, and `ADJUSTED` ones taken out. An order `RESERVED` them, has `RELEASED` them again, or has `SOLD` them.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum MovementKind {
    /// "SUPPLIED"
    #[serde(rename = "SUPPLIED")]
    Supplied,
    /// "ADJUSTED"
    #[serde(rename = "ADJUSTED")]
    Adjusted,
    /// "RESERVED"
    #[serde(rename = "RESERVED")]
    Reserved,
    /// "RELEASED"
    #[serde(rename = "RELEASED")]
    Released,
    /// "SOLD"
    #[serde(rename = "SOLD")]
    Sold,
}

/// A page of the ledger, newest entries first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MovementPage {
    /// Entries of this page.
    #[serde(rename = "data")]
    pub data: Vec<models::Movement>,
    /// `meta`
    #[serde(rename = "meta")]
    pub meta: models::PageMeta,
}

/// An order. To its buyer and to staff it has all lines, to a seller only the seller's. `total` is the sum of these lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// UUID of the order.
    #[serde(rename = "id")]
    pub id: uuid::Uuid,
    /// `state`
    #[serde(rename = "state")]
    pub state: models::OrderState,
    /// ID of the user who placed the order.
    #[serde(rename = "buyer_id")]
    pub buyer_id: i64,
    /// Products of the order, at most 100, ordered by product ID.
    #[serde(rename = "lines")]
    pub lines: Vec<models::OrderLine>,
    /// Exact amount of money in the currency of the order, with two decimals.
    #[serde(rename = "total")]
    pub total: String,
    /// Currency of all amounts (ISO 4217).
    #[serde(rename = "currency")]
    pub currency: String,
    /// Time (UTC) until which the order can be confirmed.
    #[serde(rename = "expires_at")]
    pub expires_at: agora_runtime::Timestamp,
    /// Time of creation (RFC 3339, UTC).
    #[serde(rename = "created_at")]
    pub created_at: agora_runtime::Timestamp,
    /// Time of the last update (RFC 3339, UTC), or null if never updated.
    #[serde(rename = "updated_at")]
    pub updated_at: Option<agora_runtime::Timestamp>,
}

/// Payment of an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderConfirm {
    /// `payment`
    #[serde(rename = "payment")]
    pub payment: models::OrderPayment,
}

/// A state that an order has reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderEvent {
    /// Number of the event, starting at 1.
    #[serde(rename = "version")]
    pub version: i64,
    /// `state`
    #[serde(rename = "state")]
    pub state: models::OrderState,
    /// ID of the user who caused the event, or null for the server itself.
    #[serde(rename = "user_id")]
    pub user_id: Option<i64>,
    /// Time of creation (RFC 3339, UTC).
    #[serde(rename = "created_at")]
    pub created_at: agora_runtime::Timestamp,
}

/// The history of an order, oldest event first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderEventPage {
    /// Events of this page.
    #[serde(rename = "data")]
    pub data: Vec<models::OrderEvent>,
    /// `meta`
    #[serde(rename = "meta")]
    pub meta: models::PageMeta,
}

/// A product to order, with its quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderItem {
    /// ID of the product.
    #[serde(rename = "product_id")]
    pub product_id: i64,
    /// Number of units.
    #[serde(rename = "quantity")]
    pub quantity: i64,
}

/// A product of an order, as it was when the order was placed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderLine {
    /// ID of the product.
    #[serde(rename = "product_id")]
    pub product_id: i64,
    /// Title of the product.
    #[serde(rename = "title")]
    pub title: String,
    /// Number of units.
    #[serde(rename = "quantity")]
    pub quantity: i64,
    /// Exact amount of money in the currency of the order, with two decimals.
    #[serde(rename = "price")]
    pub price: String,
    /// Exact amount of money in the currency of the order, with two decimals.
    #[serde(rename = "subtotal")]
    pub subtotal: String,
    /// ID of the user who sells the product.
    #[serde(rename = "seller_id")]
    pub seller_id: i64,
}

/// A page of orders, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderPage {
    /// Orders of this page.
    #[serde(rename = "data")]
    pub data: Vec<models::Order>,
    /// `meta`
    #[serde(rename = "meta")]
    pub meta: models::PageMeta,
}

/// Means of payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderPayment {
    /// Name of a method that the payment provider knows.
    #[serde(rename = "method")]
    pub method: String,
    /// Token of the means of payment, from the payment provider. It is never returned. The pseudo-provider of the sandbox declines `tok_declined` and accepts all other tokens.
    #[serde(rename = "token")]
    pub token: String,
}

/// An order as it would be now. Nothing is reserved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderPreview {
    /// Products of the order, ordered by product ID.
    #[serde(rename = "lines")]
    pub lines: Vec<models::OrderPreviewLine>,
    /// Exact amount of money in the currency of the order, with two decimals.
    #[serde(rename = "total")]
    pub total: String,
    /// Currency of all amounts (ISO 4217).
    #[serde(rename = "currency")]
    pub currency: String,
    /// `true` if there are enough units of all products.
    #[serde(rename = "is_available")]
    pub is_available: bool,
}

/// A product as it would be ordered now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderPreviewLine {
    /// ID of the product.
    #[serde(rename = "product_id")]
    pub product_id: i64,
    /// Title of the product.
    #[serde(rename = "title")]
    pub title: String,
    /// Number of units.
    #[serde(rename = "quantity")]
    pub quantity: i64,
    /// Exact amount of money in the currency of the order, with two decimals.
    #[serde(rename = "price")]
    pub price: String,
    /// Exact amount of money in the currency of the order, with two decimals.
    #[serde(rename = "subtotal")]
    pub subtotal: String,
    /// ID of the user who sells the product.
    #[serde(rename = "seller_id")]
    pub seller_id: i64,
    /// Units of the product that can be ordered.
    #[serde(rename = "available")]
    pub available: i64,
}

/// Side of an order.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum OrderRole {
    /// "buyer"
    #[serde(rename = "buyer")]
    Buyer,
    /// "seller"
    #[serde(rename = "seller")]
    Seller,
}

/// State of an order. In `PENDING_CONFIRMATION` its units are reserved until `expires_at`. A `CONFIRMED` order waits for its payment, which makes it `ACCEPTED` or `REJECTED`. `NOT_CONFIRMED` orders were not confirmed in time. In the end only accepted orders keep their units.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum OrderState {
    /// "PENDING_CONFIRMATION"
    #[serde(rename = "PENDING_CONFIRMATION")]
    OrderPendingConfirmation,
    /// "CONFIRMED"
    #[serde(rename = "CONFIRMED")]
    OrderConfirmed,
    /// "ACCEPTED"
    #[serde(rename = "ACCEPTED")]
    OrderAccepted,
    /// "REJECTED"
    #[serde(rename = "REJECTED")]
    OrderRejected,
    /// "NOT_CONFIRMED"
    #[serde(rename = "NOT_CONFIRMED")]
    OrderNotConfirmed,
    /// "CANCELLED"
    #[serde(rename = "CANCELLED")]
    OrderCancelled,
}

/// Transitions of `OrderState`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OrderStateTransition {
    /// confirm
    Confirm,
    /// cancel
    Cancel,
    /// expire
    Expire,
    /// accept
    Accept,
    /// reject
    Reject,
}

impl OrderStateTransition {
    /// All transitions.
    pub const ALL: &[Self] = &[Self::Confirm, Self::Cancel, Self::Expire, Self::Accept, Self::Reject];

    /// Returns the states that the transition connects.
    pub const fn edge(self) -> agora_runtime::Transition {
        match self {
            Self::Confirm => agora_runtime::Transition {
                name: "confirm",
                from: &["PENDING_CONFIRMATION"],
                to: "CONFIRMED",
                who: "user",
            },
            Self::Cancel => agora_runtime::Transition {
                name: "cancel",
                from: &["PENDING_CONFIRMATION", "CONFIRMED"],
                to: "CANCELLED",
                who: "owner",
            },
            Self::Expire => agora_runtime::Transition {
                name: "expire",
                from: &["PENDING_CONFIRMATION"],
                to: "NOT_CONFIRMED",
                who: "server",
            },
            Self::Accept => agora_runtime::Transition {
                name: "accept",
                from: &["CONFIRMED"],
                to: "ACCEPTED",
                who: "server",
            },
            Self::Reject => agora_runtime::Transition {
                name: "reject",
                from: &["CONFIRMED"],
                to: "REJECTED",
                who: "server",
            },
        }
    }
}

/// Place of a page in its list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageMeta {
    /// URL of the next page, or null on the last page. Relative if the server does not know its public URL.
    #[serde(rename = "next")]
    pub next: Option<String>,
    /// URL of the previous page, or null on the first page. Relative if the server does not know its public URL.
    #[serde(rename = "prev")]
    pub prev: Option<String>,
    /// Total number of items. Exact up to 10,000, or up to 1,000 if the list is filtered or searched.
    #[serde(rename = "total")]
    pub total: i64,
}

/// The current and the new password.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PasswordChange {
    /// Current password.
    #[serde(rename = "old_password")]
    pub old_password: String,
    /// New password. Must not be blank, equal the username, or be a common password.
    #[serde(rename = "new_password")]
    pub new_password: String,
}

/// Name of a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonName {
    /// Given name.
    #[serde(rename = "firstname")]
    pub firstname: String,
    /// Family name.
    #[serde(rename = "lastname")]
    pub lastname: String,
}

/// Parts of a name to update.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonNamePatch {
    /// Given name.
    #[serde(rename = "firstname", skip_serializing_if = "Option::is_none")]
    pub firstname: Option<String>,
    /// Family name.
    #[serde(rename = "lastname", skip_serializing_if = "Option::is_none")]
    pub lastname: Option<String>,
}

/// Exact amount in the store's currency, with at most two decimals.
pub type Price = agora_runtime::DecimalNumber;

/// Number of selected products with a price in a band.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceFacet {
    /// Exact amount in the store's currency, with at most two decimals.
    #[serde(rename = "min")]
    pub min: agora_runtime::DecimalNumber,
    /// Exact amount in the store's currency, with at most two decimals.
    #[serde(rename = "max", skip_serializing_if = "Option::is_none")]
    pub max: Option<agora_runtime::DecimalNumber>,
    /// Number of products.
    #[serde(rename = "count")]
    pub count: i64,
}

/// Amount in the store's currency, with at most two decimals. Clients without exact numbers can send a decimal string, such as `\"109.95\"`.
pub type PriceSent = agora_runtime::DecimalNumber;

/// The error body of every endpoint (RFC 9457). The extension member `error` is intended for programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// Path of the page that documents this type of problem.
    #[serde(rename = "type")]
    pub r_type: String,
    /// Short summary of the problem type. It is the same for every problem of a `type`.
    #[serde(rename = "title")]
    pub title: String,
    /// HTTP status code.
    #[serde(rename = "status")]
    pub status: i32,
    /// Human-readable explanation of this problem. If there is exactly one violation, it names the field.
    #[serde(rename = "detail")]
    pub detail: String,
    /// Path of the request.
    #[serde(rename = "instance")]
    pub instance: String,
    /// Value of the `X-Request-Id` header.
    #[serde(rename = "request_id")]
    pub request_id: String,
    /// `error`
    #[serde(rename = "error")]
    pub error: models::ProblemError,
}

/// Machine-readable error code.
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

/// Structured data about the problem, or an empty object. Its members depend on `code` and never repeat submitted values. Other members may appear: `id` (the resource not found), `missing` (IDs that do not exist), `short` (products with fewer available units than requested), `state`, `limit`, `limited` (what the limit counts), `expected`, and, for FakeStore clients, `productId` and `quantity`.
pub type ProblemDetails = std::collections::HashMap<String, serde_json::Value>;

/// Machine-readable part of a problem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProblemError {
    /// `code`
    #[serde(rename = "code")]
    pub code: models::ProblemCode,
    /// Same text as `detail`, for clients that read only `error`.
    #[serde(rename = "message")]
    pub message: String,
    /// `details`
    #[serde(rename = "details")]
    pub details: models::ProblemDetails,
}

/// A product in the catalog.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// Integer ID assigned by the server.
    #[serde(rename = "id")]
    pub id: i64,
    /// UUID of the product.
    #[serde(rename = "uuid")]
    pub uuid: uuid::Uuid,
    /// Title of the product.
    #[serde(rename = "title")]
    pub title: String,
    /// Description of the product.
    #[serde(rename = "description")]
    pub description: String,
    /// Exact amount in the store's currency, with at most two decimals.
    #[serde(rename = "price")]
    pub price: agora_runtime::DecimalNumber,
    /// URL of the picture. Empty if there is none.
    #[serde(rename = "image")]
    pub image: String,
    /// Name of the first category, or null if there is none.
    #[serde(rename = "category")]
    pub category: Option<String>,
    /// Categories of the product.
    #[serde(rename = "categories")]
    pub categories: Vec<models::ProductCategory>,
    /// Tags of the product.
    #[serde(rename = "tags")]
    pub tags: Vec<models::ProductTag>,
    /// `rating`
    #[serde(rename = "rating")]
    pub rating: models::ProductRating,
    /// `stock`
    #[serde(rename = "stock")]
    pub stock: models::ProductStock,
    /// `state`
    #[serde(rename = "state")]
    pub state: models::ProductState,
    /// Owner of the product, or null if the account was deleted.
    #[serde(rename = "owner")]
    pub owner: Option<models::ProductOwner>,
    /// Time of creation (RFC 3339, UTC).
    #[serde(rename = "created_at")]
    pub created_at: agora_runtime::Timestamp,
    /// Time of the last update (RFC 3339, UTC), or null if never updated.
    #[serde(rename = "updated_at")]
    pub updated_at: Option<agora_runtime::Timestamp>,
}

/// A category of a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductCategory {
    /// Integer ID assigned by the server.
    #[serde(rename = "id")]
    pub id: i64,
    /// Name of the category.
    #[serde(rename = "name")]
    pub name: String,
}

/// Product to create.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductCreate {
    /// Title. Must contain a visible character.
    #[serde(rename = "title")]
    pub title: String,
    /// Description. Must contain a visible character.
    #[serde(rename = "description")]
    pub description: String,
    /// Amount in the store's currency, with at most two decimals. Clients without exact numbers can send a decimal string, such as `\"109.95\"`.
    #[serde(rename = "price")]
    pub price: agora_runtime::DecimalNumber,
    /// URL of the picture, absolute or a path on this server. Empty if there is none.
    #[serde(rename = "image")]
    pub image: String,
    /// IDs of the categories. Defaults to none. Duplicates are ignored. Objects with an `id`, as in responses, are also accepted.
    #[serde(rename = "categories", skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<agora_runtime::IdOrObject>>,
    /// UUIDs of the tags. Defaults to none. Duplicates are ignored. Objects with an `id`, as in responses, are also accepted.
    #[serde(rename = "tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<agora_runtime::IdOrObject<uuid::Uuid>>>,
    /// Alternative name of `categories`. If both are present, they must contain the same IDs.
    #[serde(rename = "categoryIds", skip_serializing_if = "Option::is_none")]
    pub category_ids: Option<Vec<i64>>,
    /// `stock`
    #[serde(rename = "stock", skip_serializing_if = "Option::is_none")]
    pub stock: Option<models::ProductFirstStock>,
    /// `state`
    #[serde(rename = "state", skip_serializing_if = "Option::is_none")]
    pub state: Option<models::ProductFirstState>,
}

/// Numbers of selected products by category, tag and price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductFacets {
    /// Number of selected products.
    #[serde(rename = "total")]
    pub total: i64,
    /// `true` if the counts are estimates.
    #[serde(rename = "is_estimated")]
    pub is_estimated: bool,
    /// Categories, those of the most products first.
    #[serde(rename = "categories")]
    pub categories: Vec<models::CategoryFacet>,
    /// Tags, those of the most products first.
    #[serde(rename = "tags")]
    pub tags: Vec<models::TagFacet>,
    /// Bands of prices that have products, in order. Both bounds are included, so that they can be sent as `min_price` and `max_price`; the last band has no `max`.
    #[serde(rename = "prices")]
    pub prices: Vec<models::PriceFacet>,
}

/// State of a new product.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum ProductFirstState {
    /// "DRAFT"
    #[serde(rename = "DRAFT")]
    FirstDraft,
    /// "ACTIVE"
    #[serde(rename = "ACTIVE")]
    FirstActive,
}

/// Units of a new product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductFirstStock {
    /// Units that can be ordered.
    #[serde(rename = "available")]
    pub available: i64,
}

/// The user who sells the product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductOwner {
    /// Integer ID assigned by the server.
    #[serde(rename = "id")]
    pub id: i64,
    /// Username of the owner.
    #[serde(rename = "username")]
    pub username: String,
}

/// A page of products.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductPage {
    /// Total number of items. Exact up to 10,000, or up to 1,000 if the list is filtered or searched.
    #[serde(rename = "count")]
    pub count: i64,
    /// URL of the next page, or null on the last page. Relative if the server does not know its public URL.
    #[serde(rename = "next")]
    pub next: Option<String>,
    /// URL of the previous page, or null on the first page. Relative if the server does not know its public URL.
    #[serde(rename = "previous")]
    pub previous: Option<String>,
    /// Products of this page.
    #[serde(rename = "results")]
    pub results: Vec<models::Product>,
}

/// Members of a product to update.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductPatch {
    /// Title. Must contain a visible character. Unchanged when absent.
    #[serde(rename = "title", skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Description. Must contain a visible character. Unchanged when absent.
    #[serde(rename = "description", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Amount in the store's currency, with at most two decimals. Clients without exact numbers can send a decimal string, such as `\"109.95\"`.
    #[serde(rename = "price", skip_serializing_if = "Option::is_none")]
    pub price: Option<agora_runtime::DecimalNumber>,
    /// URL of the picture, absolute or a path on this server. Empty if there is none. Unchanged when absent.
    #[serde(rename = "image", skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// IDs of the categories. Replaces the current list. Unchanged when absent. Duplicates are ignored. Objects with an `id`, as in responses, are also accepted.
    #[serde(rename = "categories", skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<agora_runtime::IdOrObject>>,
    /// UUIDs of the tags. Replaces the current list. Unchanged when absent. Duplicates are ignored. Objects with an `id`, as in responses, are also accepted.
    #[serde(rename = "tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<agora_runtime::IdOrObject<uuid::Uuid>>>,
    /// Alternative name of `categories`. If both are present, they must contain the same IDs.
    #[serde(rename = "categoryIds", skip_serializing_if = "Option::is_none")]
    pub category_ids: Option<Vec<i64>>,
}

/// Rating to save.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductRate {
    /// Rating from 0 (worst) to 5 (best).
    #[serde(rename = "value")]
    pub value: u32,
}

/// Average rating and number of ratings of a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductRating {
    /// Average rating, rounded to two decimals. 0 if there are no ratings.
    #[serde(rename = "rate")]
    pub rate: f64,
    /// Number of ratings.
    #[serde(rename = "count")]
    pub count: i64,
}

/// New content of the product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductReplace {
    /// Title. Must contain a visible character.
    #[serde(rename = "title")]
    pub title: String,
    /// Description. Must contain a visible character.
    #[serde(rename = "description")]
    pub description: String,
    /// Amount in the store's currency, with at most two decimals. Clients without exact numbers can send a decimal string, such as `\"109.95\"`.
    #[serde(rename = "price")]
    pub price: agora_runtime::DecimalNumber,
    /// URL of the picture, absolute or a path on this server. Empty if there is none.
    #[serde(rename = "image")]
    pub image: String,
    /// IDs of the categories. Defaults to none. Duplicates are ignored. Objects with an `id`, as in responses, are also accepted.
    #[serde(rename = "categories", skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<agora_runtime::IdOrObject>>,
    /// UUIDs of the tags. Defaults to none. Duplicates are ignored. Objects with an `id`, as in responses, are also accepted.
    #[serde(rename = "tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<agora_runtime::IdOrObject<uuid::Uuid>>>,
    /// Alternative name of `categories`. If both are present, they must contain the same IDs.
    #[serde(rename = "categoryIds", skip_serializing_if = "Option::is_none")]
    pub category_ids: Option<Vec<i64>>,
}

/// Order of a list of products.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum ProductSort {
    /// "newest"
    #[serde(rename = "newest")]
    SortNewest,
    /// "price"
    #[serde(rename = "price")]
    SortPrice,
    /// "-price"
    #[serde(rename = "-price")]
    SortPriceDescending,
    /// "title"
    #[serde(rename = "title")]
    SortTitle,
    /// "-title"
    #[serde(rename = "-title")]
    SortTitleDescending,
    /// "rating"
    #[serde(rename = "rating")]
    SortRating,
    /// "relevance"
    #[serde(rename = "relevance")]
    SortRelevance,
}

/// State of a product. A `DRAFT` and an `ARCHIVED` product are visible only to its owner and staff. `SOLD_OUT` is an active product without available stock.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum ProductState {
    /// "DRAFT"
    #[serde(rename = "DRAFT")]
    ProductDraft,
    /// "ACTIVE"
    #[serde(rename = "ACTIVE")]
    ProductActive,
    /// "SOLD_OUT"
    #[serde(rename = "SOLD_OUT")]
    ProductSoldOut,
    /// "ARCHIVED"
    #[serde(rename = "ARCHIVED")]
    ProductArchived,
}

/// Transitions of `ProductState`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProductStateTransition {
    /// publish
    Publish,
    /// archive
    Archive,
}

impl ProductStateTransition {
    /// All transitions.
    pub const ALL: &[Self] = &[Self::Publish, Self::Archive];

    /// Returns the states that the transition connects.
    pub const fn edge(self) -> agora_runtime::Transition {
        match self {
            Self::Publish => agora_runtime::Transition {
                name: "publish",
                from: &["DRAFT", "ARCHIVED"],
                to: "ACTIVE",
                who: "owner",
            },
            Self::Archive => {
                agora_runtime::Transition { name: "archive", from: &["ACTIVE"], to: "ARCHIVED", who: "owner" }
            }
        }
    }
}

/// Units of a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductStock {
    /// Units that can be ordered.
    #[serde(rename = "available")]
    pub available: i64,
    /// Units of orders that are not accepted yet.
    #[serde(rename = "reserved")]
    pub reserved: i64,
}

/// A tag of a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductTag {
    /// UUID of the tag.
    #[serde(rename = "id")]
    pub id: uuid::Uuid,
    /// Name of the tag.
    #[serde(rename = "name")]
    pub name: String,
}

/// Public key of a JSON Web Key Set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublicKey {
    /// Key type.
    #[serde(rename = "kty")]
    pub kty: String,
    /// Curve.
    #[serde(rename = "crv")]
    pub crv: String,
    /// Intended use: `sig` for signatures.
    #[serde(rename = "use")]
    pub r_use: String,
    /// Signature algorithm.
    #[serde(rename = "alg")]
    pub alg: String,
    /// Key ID, as in the `kid` header of tokens.
    #[serde(rename = "kid")]
    pub kid: String,
    /// Public key, base64url-encoded.
    #[serde(rename = "x")]
    pub x: String,
}

/// Rating of a product, with the caller's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RatingSummary {
    /// Integer ID assigned by the server.
    #[serde(rename = "productId")]
    pub product_id: i64,
    /// `rating`
    #[serde(rename = "rating")]
    pub rating: models::ProductRating,
    /// The caller's own rating, or null if there is none.
    #[serde(rename = "userRating")]
    pub user_rating: Option<i32>,
}

/// State of the server and its dependencies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Readiness {
    /// `status`
    #[serde(rename = "status")]
    pub status: models::ReadinessStatus,
    /// `checks`
    #[serde(rename = "checks")]
    pub checks: models::ReadinessChecks,
    /// SHA-256 hash of the OpenAPI document in YAML that this server was built from.
    #[serde(rename = "contract")]
    pub contract: String,
}

/// State of a dependency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadinessCheck {
    /// `status`
    #[serde(rename = "status")]
    pub status: models::CheckStatus,
    /// Response time of the dependency, in milliseconds.
    #[serde(rename = "latency_ms", skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<f64>,
}

/// State of each dependency.
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

/// `ok`, or `degraded` if a required dependency is unavailable.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum ReadinessStatus {
    /// "ok"
    #[serde(rename = "ok")]
    ReadinessOk,
    /// "degraded"
    #[serde(rename = "degraded")]
    ReadinessDegraded,
}

/// A refresh token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefreshCredential {
    /// Opaque refresh token, valid for one exchange.
    #[serde(rename = "refresh")]
    pub refresh: String,
}

/// Opaque refresh token, valid for one exchange.
pub type RefreshToken = String;

/// The registered account and the token pair of its first session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    /// Integer ID assigned by the server.
    #[serde(rename = "id")]
    pub id: i64,
    /// UUID of the user.
    #[serde(rename = "uuid")]
    pub uuid: uuid::Uuid,
    /// Username of the user.
    #[serde(rename = "username")]
    pub username: String,
    /// Email address of the user.
    #[serde(rename = "email")]
    pub email: String,
    /// Signed access token for the `Authorization: Bearer` header.
    #[serde(rename = "access")]
    pub access: String,
    /// Opaque refresh token, valid for one exchange.
    #[serde(rename = "refresh")]
    pub refresh: String,
}

/// ID of a person, as submitted, including leading zeros.
pub type RegistryId = String;

/// A person in the registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegistryUser {
    /// ID of the person, as submitted, including leading zeros.
    #[serde(rename = "id")]
    pub id: String,
    /// Full name.
    #[serde(rename = "name")]
    pub name: String,
    /// Phone number with country code.
    #[serde(rename = "phone")]
    pub phone: String,
    /// Postal address.
    #[serde(rename = "address")]
    pub address: String,
}

/// Person to create.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegistryUserCreate {
    /// Israeli ID number of 5 to 9 digits, not all zero. Stored as submitted. Its checksum is computed over 9 digits, padded with zeros on the left. The digits are multiplied by 1, 2, 1, 2 and so on. The digit sums of these products must add up to a multiple of 10.
    #[serde(rename = "id")]
    pub id: String,
    /// Full name. Must contain a visible character, and no control or direction-override characters.
    #[serde(rename = "name")]
    pub name: String,
    /// Phone number with `+` and country code. Digits may be separated by spaces, dots, hyphens or parentheses. Must be valid according to libphonenumber. Stored as submitted, except that surrounding spaces and invisible characters are removed. No-break spaces and dashes become plain ones.
    #[serde(rename = "phone")]
    pub phone: String,
    /// Postal address. Must contain a visible character.
    #[serde(rename = "address")]
    pub address: String,
}

/// Members of a person to update.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegistryUserPatch {
    /// If present, must equal the ID in the path.
    #[serde(rename = "id", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Full name. Must contain a visible character, and no control or direction-override characters. Unchanged when absent.
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Phone number with `+` and country code. Digits may be separated by spaces, dots, hyphens or parentheses. Must be valid according to libphonenumber. Stored as submitted, except that surrounding spaces and invisible characters are removed. No-break spaces and dashes become plain ones. Unchanged when absent.
    #[serde(rename = "phone", skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Postal address. Must contain a visible character. Unchanged when absent.
    #[serde(rename = "address", skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// New content of the person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegistryUserReplace {
    /// If present, must equal the ID in the path.
    #[serde(rename = "id", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Full name. Must contain a visible character, and no control or direction-override characters.
    #[serde(rename = "name")]
    pub name: String,
    /// Phone number with `+` and country code. Digits may be separated by spaces, dots, hyphens or parentheses. Must be valid according to libphonenumber. Stored as submitted, except that surrounding spaces and invisible characters are removed. No-break spaces and dashes become plain ones.
    #[serde(rename = "phone")]
    pub phone: String,
    /// Postal address. Must contain a visible character.
    #[serde(rename = "address")]
    pub address: String,
}

/// ID or UUID of a resource.
pub type ResourceId = String;

/// Role of a user. `staff` and `admin` may also manage resources of other users.
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

/// A sign-in of the caller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// ID of the session.
    #[serde(rename = "id")]
    pub id: uuid::Uuid,
    /// User-Agent of the sign-in or of the last refresh, or null if it had none.
    #[serde(rename = "user_agent")]
    pub user_agent: Option<String>,
    /// IPv4 or IPv6 address of the client at the sign-in or the last refresh, or null if it is not known.
    #[serde(rename = "address")]
    pub address: Option<String>,
    /// Time of creation (RFC 3339, UTC).
    #[serde(rename = "created_at")]
    pub created_at: agora_runtime::Timestamp,
    /// Time of the sign-in or of the last refresh. The session may have been used up to 15 minutes later, the lifetime of an access token.
    #[serde(rename = "last_used_at")]
    pub last_used_at: agora_runtime::Timestamp,
    /// When the session ends without a further refresh.
    #[serde(rename = "expires_at")]
    pub expires_at: agora_runtime::Timestamp,
    /// `true` for the session of the access token that is sent.
    #[serde(rename = "is_current")]
    pub is_current: bool,
}

/// A page of sessions, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionPage {
    /// Sessions of this page.
    #[serde(rename = "data")]
    pub data: Vec<models::Session>,
    /// `meta`
    #[serde(rename = "meta")]
    pub meta: models::PageMeta,
}

/// Units of a product. `supplied` is the sum of the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stock {
    /// Integer ID assigned by the server.
    #[serde(rename = "product_id")]
    pub product_id: i64,
    /// Units that can be ordered.
    #[serde(rename = "available")]
    pub available: i64,
    /// Units of orders that are not accepted yet.
    #[serde(rename = "reserved")]
    pub reserved: i64,
    /// Units of accepted orders.
    #[serde(rename = "sold")]
    pub sold: i64,
    /// All units so far, less those that were taken out.
    #[serde(rename = "supplied")]
    pub supplied: i64,
    /// Time of the last update (RFC 3339, UTC), or null if never updated.
    #[serde(rename = "updated_at")]
    pub updated_at: Option<agora_runtime::Timestamp>,
}

/// Change of the number of available units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockPatch {
    /// Units to add, or to take out if negative. Defaults to 0.
    #[serde(rename = "delta", skip_serializing_if = "Option::is_none")]
    pub delta: Option<i64>,
    /// Reason of the change, for the ledger. Without a difference, there is no entry.
    #[serde(rename = "reason", skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// New number of available units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockReplace {
    /// Units that can be ordered.
    #[serde(rename = "available")]
    pub available: i64,
    /// Reason of the change, for the ledger. Without a difference, there is no entry.
    #[serde(rename = "reason", skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A short name for products.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tag {
    /// UUID of the tag.
    #[serde(rename = "id")]
    pub id: uuid::Uuid,
    /// Name of the tag.
    #[serde(rename = "name")]
    pub name: String,
    /// Description. Empty if there is none.
    #[serde(rename = "description")]
    pub description: String,
    /// Time of creation (RFC 3339, UTC).
    #[serde(rename = "created_at")]
    pub created_at: agora_runtime::Timestamp,
    /// Time of the last update (RFC 3339, UTC), or null if never updated.
    #[serde(rename = "updated_at")]
    pub updated_at: Option<agora_runtime::Timestamp>,
}

/// Tag to create.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TagCreate {
    /// Unique, ignoring case. Must contain a visible character, and no control or direction-override characters.
    #[serde(rename = "name")]
    pub name: String,
    /// Description. Defaults to none.
    #[serde(rename = "description", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Number of selected products with a tag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TagFacet {
    /// UUID of the tag.
    #[serde(rename = "id")]
    pub id: uuid::Uuid,
    /// Name of the tag.
    #[serde(rename = "name")]
    pub name: String,
    /// Number of products.
    #[serde(rename = "count")]
    pub count: i64,
}

/// Members of a tag to update.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TagPatch {
    /// Unique, ignoring case. Must contain a visible character, and no control or direction-override characters. Unchanged when absent.
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Description. Unchanged when absent.
    #[serde(rename = "description", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// New content of the tag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TagReplace {
    /// Unique, ignoring case. Must contain a visible character, and no control or direction-override characters.
    #[serde(rename = "name")]
    pub name: String,
    /// Description. Defaults to none.
    #[serde(rename = "description", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// An access token and its refresh token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenPair {
    /// Signed access token for the `Authorization: Bearer` header.
    #[serde(rename = "access")]
    pub access: String,
    /// Opaque refresh token, valid for one exchange.
    #[serde(rename = "refresh")]
    pub refresh: String,
}

/// Time of the last update (RFC 3339, UTC), or null if never updated.
pub type UpdatedAt = agora_runtime::Timestamp;

/// A user. If the directory is closed, callers other than this user and staff see only `id`, `uuid`, `username`, `location`, `avatar_url` and `created_at`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Integer ID assigned by the server.
    #[serde(rename = "id")]
    pub id: i64,
    /// UUID of the user.
    #[serde(rename = "uuid")]
    pub uuid: uuid::Uuid,
    /// Email address.
    #[serde(rename = "email", skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Username.
    #[serde(rename = "username")]
    pub username: String,
    /// `name`
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub name: Option<models::PersonName>,
    /// First address of the user, or null if there is none.
    #[serde(
        rename = "address",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub address: Option<Option<models::UserAddress>>,
    /// Phone number.
    #[serde(rename = "phone", skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Location of the user, as free text.
    #[serde(rename = "location")]
    pub location: Option<String>,
    /// URL of the profile picture.
    #[serde(rename = "avatar_url")]
    pub avatar_url: Option<String>,
    /// Time of creation (RFC 3339, UTC).
    #[serde(rename = "created_at")]
    pub created_at: agora_runtime::Timestamp,
    /// Time of the last update (RFC 3339, UTC), or null if never updated.
    #[serde(
        rename = "updated_at",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub updated_at: Option<Option<agora_runtime::Timestamp>>,
}

/// Address of a user, without its ID.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserAddress {
    /// City.
    #[serde(rename = "city")]
    pub city: String,
    /// Street, without the house number.
    #[serde(rename = "street")]
    pub street: String,
    /// House number.
    #[serde(rename = "number")]
    pub number: u32,
    /// Postal code.
    #[serde(rename = "zipcode")]
    pub zipcode: String,
    /// Coordinates of the address, or null.
    #[serde(rename = "geolocation")]
    pub geolocation: Option<models::Geolocation>,
}

/// Members of the user's first address to update.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserAddressPatch {
    /// City.
    #[serde(rename = "city", skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Street, without the house number.
    #[serde(rename = "street", skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// House number.
    #[serde(rename = "number", skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// Postal code.
    #[serde(rename = "zipcode", skip_serializing_if = "Option::is_none")]
    pub zipcode: Option<String>,
    /// Coordinates of the address, or null.
    #[serde(
        rename = "geolocation",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub geolocation: Option<Option<models::Geolocation>>,
}

/// User to create.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserCreate {
    /// Unique, ignoring case.
    #[serde(rename = "email")]
    pub email: String,
    /// Unique, ignoring case. Must not consist only of digits, look like a UUID, or be `me`.
    #[serde(rename = "username")]
    pub username: String,
    /// Must not be blank, equal the username, or be a common password.
    #[serde(rename = "password")]
    pub password: String,
    /// `name`
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub name: Option<models::PersonName>,
    /// `address`
    #[serde(rename = "address", skip_serializing_if = "Option::is_none")]
    pub address: Option<models::AddressCreate>,
    /// Phone number.
    #[serde(rename = "phone", skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Location of the user, as free text.
    #[serde(
        rename = "location",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub location: Option<Option<String>>,
    /// URL of the profile picture.
    #[serde(
        rename = "avatar_url",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub avatar_url: Option<Option<String>>,
}

/// Members of a user to update.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserPatch {
    /// Unique, ignoring case.
    #[serde(rename = "email", skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Unique, ignoring case. Must not consist only of digits, look like a UUID, or be `me`.
    #[serde(rename = "username", skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Must not be blank, equal the username, or be a common password. Unchanged when absent. A new password ends all sessions of the user.
    #[serde(rename = "password", skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Current password. Required if callers change their own password or email address; otherwise ignored.
    #[serde(rename = "old_password", skip_serializing_if = "Option::is_none")]
    pub old_password: Option<String>,
    /// `name`
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub name: Option<models::PersonNamePatch>,
    /// First address of the user. Unchanged when absent. Null is accepted only if the user has no address.
    #[serde(
        rename = "address",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub address: Option<Option<models::UserAddressPatch>>,
    /// Phone number.
    #[serde(rename = "phone", skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Location of the user, as free text.
    #[serde(
        rename = "location",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub location: Option<Option<String>>,
    /// URL of the profile picture.
    #[serde(
        rename = "avatar_url",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub avatar_url: Option<Option<String>>,
}

/// A user's rating of a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserRating {
    /// Integer ID assigned by the server.
    #[serde(rename = "user_id")]
    pub user_id: i64,
    /// Username of the user, or null if the account is deleted.
    #[serde(rename = "username")]
    pub username: Option<String>,
    /// Rating from 0 (worst) to 5 (best).
    #[serde(rename = "value")]
    pub value: i32,
    /// Time of creation (RFC 3339, UTC).
    #[serde(rename = "created_at")]
    pub created_at: agora_runtime::Timestamp,
    /// Time of the last update (RFC 3339, UTC), or null if never updated.
    #[serde(rename = "updated_at")]
    pub updated_at: Option<agora_runtime::Timestamp>,
}

/// ID, UUID or username (case-insensitive) of a user.
pub type UserRef = String;

/// Account to register.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserRegister {
    /// Unique, ignoring case.
    #[serde(rename = "email")]
    pub email: String,
    /// Unique, ignoring case. Must not consist only of digits, look like a UUID, or be `me`.
    #[serde(rename = "username")]
    pub username: String,
    /// Must not be blank, equal the username, or be a common password.
    #[serde(rename = "password")]
    pub password: String,
    /// Given name.
    #[serde(rename = "first_name", skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(rename = "last_name", skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Phone number of the user.
    #[serde(rename = "phone", skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// New content of the user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserReplace {
    /// Unique, ignoring case.
    #[serde(rename = "email")]
    pub email: String,
    /// Unique, ignoring case. Must not consist only of digits, look like a UUID, or be `me`.
    #[serde(rename = "username")]
    pub username: String,
    /// Must not be blank, equal the username, or be a common password. Unchanged when absent. A new password ends all sessions of the user.
    #[serde(rename = "password", skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Current password. Required if callers change their own password or email address; otherwise ignored.
    #[serde(rename = "old_password", skip_serializing_if = "Option::is_none")]
    pub old_password: Option<String>,
    /// `name`
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub name: Option<models::PersonName>,
    /// First address of the user. Unchanged when absent. Null is accepted only if the user has no address.
    #[serde(
        rename = "address",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub address: Option<Option<models::AddressCreate>>,
    /// Phone number.
    #[serde(rename = "phone", skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Location of the user, as free text.
    #[serde(
        rename = "location",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub location: Option<Option<String>>,
    /// URL of the profile picture.
    #[serde(
        rename = "avatar_url",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub avatar_url: Option<Option<String>>,
}

/// A rule that a field violates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    /// The violated rule: a JSON Schema keyword or one of the following. `unknown`: no such field or parameter. `duplicate`: the object has two members of this name. `repeated`: the parameter occurs more than once. `syntax`: cannot be parsed. `nul`: contains a NUL character. `maxValues`: the body contains too many values. `whole`: the body is incomplete. `absent`: must not be sent. `path`: differs from the path. `stored`: differs from the stored value. `unique`: already taken. `exists`: refers to a missing resource. `match`: wrong password. `common`: the password is too common. `username`: the password equals the username. `blank`: the password has no visible character. `digits`, `uuid`, `reserved`: not allowed as a username. `reach`: `page` x `limit` is too large. `exclusive`: cannot be combined with another parameter or field. `forged`: not a cursor of this list. `future`: must be later than now. Later versions may add rules.
    #[serde(rename = "rule")]
    pub rule: String,
    /// Human-readable requirement. It never repeats the submitted value.
    #[serde(rename = "message")]
    pub message: String,
}

/// The violated rule: a JSON Schema keyword or one of the following. `unknown`: no such field or parameter. `duplicate`: the object has two members of this name. `repeated`: the parameter occurs more than once. `syntax`: cannot be parsed. `nul`: contains a NUL character. `maxValues`: the body contains too many values. `whole`: the body is incomplete. `absent`: must not be sent. `path`: differs from the path. `stored`: differs from the stored value. `unique`: already taken. `exists`: refers to a missing resource. `match`: wrong password. `common`: the password is too common. `username`: the password equals the username. `blank`: the password has no visible character. `digits`, `uuid`, `reserved`: not allowed as a username. `reach`: `page` x `limit` is too large. `exclusive`: cannot be combined with another parameter or field. `forged`: not a cursor of this list. `future`: must be later than now. Later versions may add rules.
pub type ViolationRule = String;
