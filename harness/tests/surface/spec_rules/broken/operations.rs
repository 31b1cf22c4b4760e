//! Planted breaches: operations with wrong names, descriptions or declarations.

use serde_json::json;

use super::{Plant, at, parameter, remove, rename_path, schema};

pub(super) const PLANTS: &[Plant] = &[
    ("R11", |spec| {
        at(spec, "get_category")["tags"] = json!(["categories", "health"]);
    }),
    ("R11", |spec| {
        at(spec, "get_category")["tags"] = json!(["unheard-of"]);
    }),
    ("R12", |spec| {
        at(spec, "get_category")["operationId"] = json!("getCategory");
    }),
    ("R12", |spec| {
        at(spec, "get_category")["operationId"] = json!("get_product");
    }),
    ("R13", |spec| {
        at(spec, "list_categories")["operationId"] = json!("get_categories");
    }),
    ("R13", |spec| {
        at(spec, "get_category")["operationId"] = json!("list_category");
    }),
    ("R13", |spec| {
        at(spec, "patch_category")["operationId"] = json!("change_category");
    }),
    ("R13", |spec| {
        at(spec, "create_category")["operationId"] = json!("get_new_category");
    }),
    ("R13", |spec| {
        at(spec, "log_in")["operationId"] = json!("create_login");
    }),
    ("R14", |spec| rename_path(spec, "/health/live", "/alive")),
    ("R14", |spec| rename_path(spec, "/health/live", "/health/live/")),
    ("R15", |spec| rename_path(spec, "/health/live", "/health/isAlive")),
    ("R15", |spec| rename_path(spec, "/health/live", "/health/{part}")),
    ("R16", |spec| remove(at(spec, "get_category"), "summary")),
    ("R16", |spec| {
        at(spec, "get_category")["summary"] = json!("One category.");
    }),
    ("R16", |spec| {
        remove(parameter(spec, "get_category", "category"), "description");
    }),
    ("R16", |spec| remove(&mut spec.document["tags"][0], "description")),
    ("R16", |spec| remove(schema(spec, "Category"), "description")),
    ("R16", |spec| remove(&mut schema(spec, "Category")["properties"]["name"], "description")),
    ("R16", |spec| {
        at(spec, "get_category")["summary"] = json!("One category");
    }),
    ("R16", |spec| remove(at(spec, "get_category"), "description")),
    ("R17", |spec| {
        at(spec, "get_category")["x-buget"] = json!({"sql_round_trips": 1});
    }),
    ("R72", |spec| {
        let twin =
            json!({"name": "user_id", "in": "query", "description": "It.", "schema": {"type": "string"}});
        at(spec, "list_carts")["parameters"].as_array_mut().expect("it has parameters").push(twin);
    }),
    ("R17", |spec| {
        at(spec, "get_category")["x-handwritten"] = json!(false);
    }),
    ("R17", |spec| {
        at(spec, "get_category")["x-budget"] = json!({"round_trips": 1});
    }),
    ("R17", |spec| {
        schema(spec, "CategoryPatch")["x-same-as-path"] = json!("category");
    }),
    ("R81", |spec| {
        let paths = spec.document["paths"].as_object_mut().expect("is an object");
        for operation in paths.values_mut().filter_map(|item| item.get_mut("get")) {
            operation["tags"] = json!(["products"]);
        }
    }),
    ("R78", |spec| remove(at(spec, "list_categories"), "x-page")),
    ("R78", |spec| at(spec, "list_categories")["x-page"]["default"] = json!(10)),
    ("R78", |spec| at(spec, "list_categories")["x-page"]["most"] = json!(1000)),
    ("R78", |spec| at(spec, "get_category")["x-page"] = json!({"default": 10, "most": 100})),
    ("R18", |spec| at(spec, "get_category")["x-body-limit"] = json!(16384)),
    ("R18", |spec| remove(at(spec, "create_category"), "x-body-limit")),
    ("R18", |spec| at(spec, "create_category")["x-body-limit"] = json!(32768)),
    ("R18", |spec| at(spec, "create_product")["x-body-limit"] = json!(262_144)),
    ("R18", |spec| remove(&mut schema(spec, "CategoryPatch")["properties"]["name"], "maxLength")),
    ("R19", |spec| at(spec, "get_category")["deprecated"] = json!(true)),
    ("R19", |spec| {
        at(spec, "get_category")["deprecated"] = json!(true);
        at(spec, "get_category")["x-sunset"] = json!("2027-01-01");
    }),
    ("R20", |spec| remove(&mut spec.document["tags"][0], "x-budget")),
    ("R20", |spec| {
        at(spec, "get_category")["x-rate-limit"] = json!("public");
    }),
    ("R21", |spec| {
        at(spec, "get_category")["x-budget"] = json!({"sql_round_trips": "one"});
    }),
    ("R22", |spec| {
        parameter(spec, "list_products_by_categories", "categoryIds")["explode"] = json!(true);
    }),
    ("R22", |spec| {
        parameter(spec, "get_category", "category")["in"] = json!("cookie");
    }),
    ("R22", |spec| {
        parameter(spec, "get_category", "category")["style"] = json!("deepObject");
    }),
    ("R23", |spec| {
        at(spec, "get_category")["operationId"] = json!("get_sort");
    }),
    ("R23", |spec| {
        at(spec, "get_category")["x-budget"] = json!({"sql_round_trips": 7});
    }),
    ("R76", |spec| remove(&mut schema(spec, "CategoryReplace")["properties"], "uuid")),
    ("R76", |spec| remove(&mut schema(spec, "CartPatch")["properties"], "products")),
    ("R76", |spec| remove(&mut schema(spec, "ProductReplace")["properties"]["rating"], "readOnly")),
    ("R76", |spec| remove(&mut schema(spec, "ProductReplace")["properties"]["rating"], "x-same-as-stored")),
    ("R76", |spec| {
        schema(spec, "ProductPatch")["properties"]["views"] =
            json!({"readOnly": true, "x-same-as-stored": true});
    }),
    ("R76", |spec| {
        schema(spec, "CategoryCreate")["properties"]["id"] =
            json!({"readOnly": true, "x-same-as-stored": true});
    }),
    ("R76", |spec| {
        let parts = json!([{"$ref": "#/components/schemas/AddressReplace"}]);
        schema(spec, "UserReplace")["properties"]["address"]["allOf"] = parts;
    }),
    ("R67", |spec| {
        schema(spec, "CategoryPatch")["properties"]["name"]["x-same-as-path"] = json!("id");
    }),
];
