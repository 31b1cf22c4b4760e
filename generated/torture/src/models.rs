//! Wire types. Values are validated against the contract before they get here.
#![allow(clippy::doc_markdown, clippy::large_enum_variant, unused_imports)]

use serde::{Deserialize, Serialize};

use crate::models;

/// `Bounds` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// `above`
    #[serde(rename = "above", skip_serializing_if = "Option::is_none")]
    pub above: Option<u32>,
    /// `below`
    #[serde(rename = "below", skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// `wide`
    #[serde(rename = "wide", skip_serializing_if = "Option::is_none")]
    pub wide: Option<i64>,
    /// `narrow`
    #[serde(rename = "narrow", skip_serializing_if = "Option::is_none")]
    pub narrow: Option<i32>,
    /// `unsigned`
    #[serde(rename = "unsigned", skip_serializing_if = "Option::is_none")]
    pub unsigned: Option<u32>,
    /// `step`
    #[serde(rename = "step", skip_serializing_if = "Option::is_none")]
    pub step: Option<i32>,
    /// `price`
    #[serde(rename = "price", skip_serializing_if = "Option::is_none")]
    pub price: Option<agora_runtime::DecimalNumber>,
    /// `amount`
    #[serde(rename = "amount", skip_serializing_if = "Option::is_none")]
    pub amount: Option<rust_decimal::Decimal>,
    /// `day`
    #[serde(rename = "day", skip_serializing_if = "Option::is_none")]
    pub day: Option<chrono::naive::NaiveDate>,
    /// `moment`
    #[serde(rename = "moment", skip_serializing_if = "Option::is_none")]
    pub moment: Option<agora_runtime::Timestamp>,
    /// `id`
    #[serde(rename = "id", skip_serializing_if = "Option::is_none")]
    pub id: Option<uuid::Uuid>,
    /// `mail`
    #[serde(rename = "mail", skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// `link`
    #[serde(rename = "link", skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// `name`
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `title`
    #[serde(rename = "title", skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// `colour`
    #[serde(rename = "colour", skip_serializing_if = "Option::is_none")]
    pub colour: Option<models::Colour>,
    /// `inline`
    #[serde(rename = "inline", skip_serializing_if = "Option::is_none")]
    pub inline: Option<String>,
    /// `set`
    #[serde(rename = "set", skip_serializing_if = "Option::is_none")]
    pub set: Option<Vec<String>>,
    /// `map`
    #[serde(rename = "map", skip_serializing_if = "Option::is_none")]
    pub map: Option<std::collections::HashMap<String, i32>>,
    /// `free`
    #[serde(rename = "free", skip_serializing_if = "Option::is_none")]
    pub free: Option<std::collections::HashMap<String, serde_json::Value>>,
    /// `match`
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub r_match: Option<String>,
    /// `self`
    #[serde(rename = "self", skip_serializing_if = "Option::is_none")]
    pub param_self: Option<String>,
    /// `words`
    #[serde(rename = "words", skip_serializing_if = "Option::is_none")]
    pub words: Option<models::Keywords>,
}

/// `CardMethod` of the contract.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum CardMethod {
    /// "card"
    #[serde(rename = "card")]
    Card,
}

/// `CardPayment` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CardPayment {
    /// `method`
    #[serde(rename = "method")]
    pub method: models::CardMethod,
    /// `token`
    #[serde(rename = "token")]
    pub token: String,
}

/// `Colour` of the contract.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum Colour {
    /// "red"
    #[serde(rename = "red")]
    Red,
    /// "light-blue"
    #[serde(rename = "light-blue")]
    LightBlue,
    /// "2nd"
    #[serde(rename = "2nd")]
    Variant2nd,
    /// "GREEN"
    #[serde(rename = "GREEN")]
    Green,
}

/// `Done` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// `done`
    #[serde(rename = "done")]
    pub done: bool,
}

/// `Form` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// `grant_type`
    #[serde(rename = "grant_type")]
    pub grant_type: String,
    /// `count`
    #[serde(rename = "count", skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// `is_new`
    #[serde(rename = "is_new", skip_serializing_if = "Option::is_none")]
    pub is_new: Option<bool>,
    /// `scopes`
    #[serde(rename = "scopes", skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
}

/// `InvoiceMethod` of the contract.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum InvoiceMethod {
    /// "by-invoice"
    #[serde(rename = "by-invoice")]
    ByInvoice,
}

/// `InvoicePayment` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InvoicePayment {
    /// `method`
    #[serde(rename = "method")]
    pub method: models::InvoiceMethod,
    /// `days`
    #[serde(rename = "days")]
    pub days: u32,
    /// `reference`
    #[serde(rename = "reference")]
    pub reference: Option<String>,
}

/// Properties named like keywords of JSON Schema.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Keywords {
    /// `default`
    #[serde(
        rename = "default",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub default: Option<Option<String>>,
    /// `discriminator`
    #[serde(rename = "discriminator", skip_serializing_if = "Option::is_none")]
    pub discriminator: Option<String>,
    /// `enum`
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    pub r_enum: Option<u32>,
    /// `example`
    #[serde(rename = "example", skip_serializing_if = "Option::is_none")]
    pub example: Option<models::Colour>,
    /// `nullable`
    #[serde(rename = "nullable", skip_serializing_if = "Option::is_none")]
    pub nullable: Option<bool>,
    /// `properties`
    #[serde(
        rename = "properties",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub properties: Option<Option<std::collections::HashMap<String, i32>>>,
    /// `type`
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub r_type: Option<String>,
}

/// `ListsSeen` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListsSeen {
    /// `ids`
    #[serde(rename = "ids")]
    pub ids: Option<Vec<i64>>,
    /// `tags`
    #[serde(rename = "tags")]
    pub tags: Option<Vec<String>>,
    /// `colour`
    #[serde(rename = "colour")]
    pub colour: Option<String>,
    /// `size`
    #[serde(rename = "size")]
    pub size: Option<String>,
    /// `flag`
    #[serde(rename = "flag")]
    pub flag: Option<bool>,
    /// `ratio`
    #[serde(rename = "ratio")]
    pub ratio: Option<f64>,
    /// `since`
    #[serde(rename = "since")]
    pub since: Option<agora_runtime::Timestamp>,
    /// `limit`
    #[serde(rename = "limit")]
    pub limit: Option<i32>,
    /// `type`
    #[serde(rename = "type")]
    pub r_type: Option<String>,
}

/// `NestedPatch` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NestedPatch {
    /// `name`
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `note`
    #[serde(
        rename = "note",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub note: Option<Option<String>>,
    /// `place`
    #[serde(
        rename = "place",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub place: Option<Option<models::Place>>,
    /// `places`
    #[serde(rename = "places", skip_serializing_if = "Option::is_none")]
    pub places: Option<Vec<models::Place>>,
}

/// `NestedSeen` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NestedSeen {
    /// `name`
    #[serde(rename = "name")]
    pub name: String,
    /// `note`
    #[serde(rename = "note")]
    pub note: String,
    /// `place`
    #[serde(rename = "place")]
    pub place: String,
    /// `places`
    #[serde(rename = "places")]
    pub places: i32,
}

/// `Payment` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Payment {
    /// `CardPayment`
    CardPayment(models::CardPayment),
    /// `InvoicePayment`
    InvoicePayment(models::InvoicePayment),
}

/// `Place` of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// `city`
    #[serde(rename = "city")]
    pub city: String,
    /// `zip`
    #[serde(
        rename = "zip",
        default,
        deserialize_with = "agora_runtime::double_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub zip: Option<Option<String>>,
}

/// Two lines *_/ that end \"a comment\" // or do not: {@code x} \\ #!
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Text {
    /// Two lines *_/ that end \"a comment\" // or do not.
    #[serde(rename = "text")]
    pub text: String,
    /// A regex with < > & and \".
    #[serde(rename = "code", skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}
