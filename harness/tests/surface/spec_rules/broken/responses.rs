//! Planted breaches: responses that are missing or impossible, or that lack headers or content.

use serde_json::json;

use super::{Plant, at, drop_parameter, parameter, remove, unlist};
use crate::spec_rules::document::{METHODS, Spec};

pub(super) const PLANTS: &[Plant] = &[
    ("R36", |spec| unlist(spec, "get_liveness", "400")),
    ("R36", |spec| unlist(spec, "get_category", "500")),
    ("R36", |spec| unlist(spec, "get_category", "414")),
    ("R36", |spec| {
        at(spec, "get_readiness")["responses"]["500"] = json!({"description": "Never."});
    }),
    ("R37", |spec| unlist(spec, "get_category", "401")),
    ("R37", |spec| unlist(spec, "create_category", "403")),
    ("R38", |spec| unlist(spec, "get_category", "404")),
    ("R39", |spec| unlist(spec, "create_category", "413")),
    ("R39", |spec| unlist(spec, "create_category", "408")),
    ("R39", |spec| {
        at(spec, "get_category")["responses"]["415"] = json!({"description": "Never."});
    }),
    ("R40", |spec| unlist(spec, "delete_category", "412")),
    ("R40", |spec| {
        at(spec, "get_health")["responses"]["412"] = json!({"description": "Never."});
    }),
    ("R41", |spec| unlist(spec, "get_category", "503")),
    ("R42", |spec| plant_limit(spec)),
    ("R43", |spec| {
        at(spec, "get_category")["responses"]["default"] = json!({"description": "Any."});
    }),
    ("R43", |spec| unlist(spec, "get_category", "200")),
    ("R43", |spec| {
        at(spec, "delete_category")["responses"]["204"]["content"] = json!({});
    }),
    ("R44", |spec| {
        let refused = at(spec, "get_health")["responses"]["400"].clone();
        at(spec, "get_readiness")["responses"]["400"] = refused;
    }),
    ("R44", |spec| {
        let problem = json!({"schema": {"$ref": "#/components/schemas/Category"}});
        at(spec, "get_category")["responses"]["404"]["content"] =
            json!({"application/problem+json": problem});
    }),
    ("R44", |spec| {
        let plain = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
        at(spec, "get_category")["responses"]["404"]["content"] = json!({"application/json": plain});
    }),
    ("R45", |spec| {
        remove(&mut at(spec, "get_category")["responses"]["200"]["headers"], "X-Request-Id");
    }),
    ("R46", |spec| {
        remove(&mut at(spec, "create_category")["responses"]["201"]["headers"], "Location");
    }),
    ("R46", |spec| {
        remove(&mut at(spec, "get_readiness")["responses"]["503"]["headers"], "Retry-After");
    }),
    ("R47", |spec| drop_parameter(spec, "list_categories", "limit")),
    ("R47", |spec| {
        drop_parameter(spec, "list_categories", "page");
        drop_parameter(spec, "list_categories", "cursor");
    }),
    ("R47", |spec| {
        remove(&mut at(spec, "list_products")["responses"]["200"]["headers"], "Link");
    }),
    ("R48", |spec| {
        at(spec, "create_category")["requestBody"]["content"]["text/plain"] = json!({});
    }),
    ("R48", |spec| {
        at(spec, "get_category")["responses"]["200"]["content"]["text/plain"] = json!({});
    }),
    ("R49", |spec| {
        remove(&mut spec.document["components"]["headers"]["ETag"]["schema"], "x-platform");
    }),
    ("R49", |spec| {
        spec.document["components"]["headers"]["Link"]["schema"]["x-platform"] = json!(true);
    }),
    ("R49", |spec| {
        parameter(spec, "get_category", "category")["x-platform"] = json!(true);
    }),
];

/// Makes one operation the only one that lists 429.
fn plant_limit(spec: &mut Spec) {
    for entry in spec.document["paths"].as_object_mut().expect("paths").values_mut() {
        for (method, _) in METHODS {
            if let Some(responses) =
                entry.get_mut(method).and_then(|operation| operation["responses"].as_object_mut())
            {
                responses.remove("429");
            }
        }
    }
    at(spec, "get_category")["responses"]["429"] = json!({"description": "Too many."});
}
