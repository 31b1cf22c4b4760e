//! Planted breaches: misplaced semantic rules, and links that do not fit their targets.

use serde_json::json;

use super::{Plant, at, parameter, remove, schema};

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
    ("R82", |spec| remove(parameter(spec, "get_category", "category"), "x-ref")),
    ("R82", |spec| remove(parameter(spec, "list_carts", "userId"), "x-ref")),
    ("R82", |spec| remove(&mut schema(spec, "CartLine")["properties"]["productId"], "x-ref")),
    ("R82", |spec| {
        remove(&mut schema(spec, "ProductCreate")["properties"]["categoryIds"]["items"], "x-ref");
    }),
    ("R82", |spec| {
        parameter(spec, "get_category", "category")["x-ref"] = json!("Category");
    }),
    ("R82", |spec| {
        parameter(spec, "list_carts", "userId")["x-ref"] = json!("owner");
    }),
    ("R82", |spec| {
        at(spec, "get_category")["x-ref"] = json!("category");
    }),
    ("R83", |spec| {
        at(spec, "delete_product_rating")["x-given"] = json!(["rate_a_product"]);
    }),
    ("R83", |spec| {
        at(spec, "delete_product_rating")["x-given"] = json!(["get_product"]);
    }),
    ("R83", |spec| {
        at(spec, "rate_product")["x-given"] = json!(["rate_product"]);
    }),
];
