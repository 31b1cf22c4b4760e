//! Planted breaches: misplaced semantic rules, and links that do not fit their targets.

use serde_json::json;

use super::{Plant, at, remove, schema};

pub(super) const PLANTS: &[Plant] = &[
    ("R68", |spec| {
        schema(spec, "CategoryCreate")["x-semantic-rules"] = json!("unique");
    }),
    ("R68", |spec| {
        schema(spec, "CategoryCreate")["x-semantic-rules"] = json!(["unique", "unique"]);
    }),
    ("R68", |spec| {
        schema(spec, "CategoryCreate")["x-semantic-rules"] = json!(["Is unique"]);
    }),
    ("R68", |spec| {
        schema(spec, "Category")["x-semantic-rules"] = json!(["unique"]);
    }),
    ("R69", |spec| {
        remove(&mut at(spec, "create_category")["responses"]["201"], "links");
    }),
    ("R69", |spec| {
        at(spec, "create_category")["responses"]["201"]["links"]["read"]["operationId"] =
            json!("get_categori");
    }),
    ("R69", |spec| {
        at(spec, "create_category")["responses"]["201"]["links"]["read"]["parameters"] = json!({});
    }),
    ("R69", |spec| {
        at(spec, "create_category")["responses"]["201"]["links"]["read"]["parameters"]["categori"] =
            json!("$response.body#/id");
    }),
    ("R69", |spec| {
        at(spec, "create_category")["responses"]["201"]["links"]["read"]["parameters"]["category"] =
            json!("id");
    }),
    ("R69", |spec| {
        at(spec, "log_in")["responses"]["200"]["links"]["refresh"]["x-request-body"]["token"] =
            json!("$response.body#/refresh");
    }),
    ("R69", |spec| {
        at(spec, "log_in")["responses"]["200"]["links"]["refresh"]["requestBody"] =
            json!({"refresh": "$response.body#/refresh"});
    }),
];
