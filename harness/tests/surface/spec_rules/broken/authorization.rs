//! Planted breaches: wrong authorization, and retries and conditions that do not work.

use serde_json::json;

use super::{Plant, at, drop_parameter, remove, rename_path, unlist};

pub(super) const PLANTS: &[Plant] = &[
    ("R25", |spec| {
        at(spec, "create_category")["x-authz"]["own"] = json!(true);
    }),
    ("R25", |spec| {
        at(spec, "replace_category")["x-authz"]["closed"] = json!("owner");
    }),
    ("R25", |spec| {
        at(spec, "create_category")["x-authz"] = json!({"who": "anybody", "scope": "write"});
    }),
    ("R25", |spec| {
        at(spec, "create_category")["x-authz"] = json!({"who": "user", "scope": "all"});
    }),
    ("R26", |spec| {
        at(spec, "create_category")["x-authz"]["scope"] = json!("read");
    }),
    ("R27", |spec| at(spec, "create_category")["security"] = json!([])),
    ("R27", |spec| {
        at(spec, "create_category")["security"] = json!([{}, {"bearer": []}]);
    }),
    ("R27", |spec| remove(at(spec, "list_categories"), "security")),
    ("R27", |spec| {
        at(spec, "list_products")["security"] = json!([{}, {"bearer": []}]);
    }),
    ("R28", |spec| {
        at(spec, "create_category")["security"] = json!([{"bearer": [], "key": []}]);
    }),
    ("R28", |spec| {
        at(spec, "create_category")["security"] = json!([{"undeclared": []}]);
    }),
    ("R29", |spec| remove(at(spec, "create_category"), "x-authz")),
    ("R30", |spec| {
        at(spec, "get_category")["x-rate-limit"] = json!("gentle");
    }),
    ("R30", |spec| {
        at(spec, "get_category")["x-rate-limit"] = json!("admin");
    }),
    ("R30", |spec| {
        rename_path(spec, "/api/v1/products", "/admin/v1/products");
    }),
    ("R31", |spec| {
        drop_parameter(spec, "create_category", "Idempotency-Key");
    }),
    ("R31", |spec| {
        at(spec, "create_category")["x-idempotency"] = json!("none");
    }),
    ("R31", |spec| {
        at(spec, "create_category")["x-idempotency"] = json!("required");
    }),
    ("R31", |spec| {
        at(spec, "create_category")["x-idempotency"] = json!("maybe");
    }),
    ("R32", |spec| {
        at(spec, "log_in")["x-idempotency"] = json!("accepted");
    }),
    ("R32", |spec| {
        let content = &mut at(spec, "create_category")["responses"]["201"]["content"]["application/json"];
        content["schema"] = json!({"$ref": "#/components/schemas/Login"});
    }),
    ("R33", |spec| unlist(spec, "create_category", "409")),
    ("R33", |spec| unlist(spec, "create_category", "422")),
    ("R33", |spec| {
        remove(&mut at(spec, "create_category")["responses"]["201"]["headers"], "Idempotency-Replayed");
    }),
    ("R33", |spec| {
        at(spec, "get_category")["responses"]["422"] = json!({"description": "Never."});
    }),
    ("R34", |spec| drop_parameter(spec, "delete_category", "If-Match")),
    ("R34", |spec| drop_parameter(spec, "patch_category", "If-None-Match")),
    ("R35", |spec| {
        drop_parameter(spec, "get_category", "If-None-Match");
    }),
    ("R35", |spec| drop_parameter(spec, "get_category", "If-Match")),
    ("R35", |spec| unlist(spec, "list_categories", "304")),
    ("R35", |spec| {
        let only = json!({"description": "Same.", "headers": {"X-Request-Id": {}, "ETag": {}}});
        at(spec, "list_categories")["responses"]["304"] = only;
    }),
    ("R35", |spec| {
        drop_parameter(spec, "list_categories", "If-Match");
        drop_parameter(spec, "list_categories", "If-None-Match");
        unlist(spec, "list_categories", "304");
        remove(&mut at(spec, "list_categories")["responses"]["200"]["headers"], "ETag");
    }),
];
