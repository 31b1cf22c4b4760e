//! A planted breach for every rule: the real spec, changed in one place, must break the rule that forbids it.

use serde_json::{Value, json};

use super::document::{METHODS, Spec};
use super::repository::File;
use super::{GROUPS, Rule};

type Plant = (&'static str, fn(&mut Spec));

/// The operation of an id.
fn at<'a>(spec: &'a mut Spec, id: &str) -> &'a mut Value {
    let paths = spec.document["paths"]
        .as_object_mut()
        .expect("the document has paths");
    let operations = paths
        .values_mut()
        .flat_map(|item| item.as_object_mut().expect("a path item").values_mut());
    operations
        .into_iter()
        .find(|operation| operation["operationId"] == id)
        .expect("the operation is in the spec")
}

fn schema<'a>(spec: &'a mut Spec, name: &str) -> &'a mut Value {
    &mut spec.document["components"]["schemas"][name]
}

fn remove(value: &mut Value, key: &str) {
    value
        .as_object_mut()
        .expect("an object")
        .remove(key)
        .expect("the member is there");
}

fn unlist(spec: &mut Spec, id: &str, status: &str) {
    remove(&mut at(spec, id)["responses"], status);
}

/// Takes away a parameter, by its name or by the name of the shared one.
fn drop_parameter(spec: &mut Spec, id: &str, name: &str) {
    let parameters = at(spec, id)["parameters"]
        .as_array_mut()
        .expect("the operation has parameters");
    let count = parameters.len();
    parameters.retain(|parameter| {
        parameter["name"] != name
            && !parameter["$ref"]
                .as_str()
                .is_some_and(|target| target.ends_with(name))
    });
    assert!(parameters.len() < count, "{id} has a parameter {name}");
}

fn parameter<'a>(spec: &'a mut Spec, id: &str, name: &str) -> &'a mut Value {
    let parameters = at(spec, id)["parameters"]
        .as_array_mut()
        .expect("the operation has parameters");
    parameters
        .iter_mut()
        .find(|parameter| parameter["name"] == name)
        .expect("the parameter is inline in the bundle")
}

fn add_file(spec: &mut Spec, path: &str) {
    spec.files.push(File::new(path, "Extra: {type: string}\n"));
}

fn rewrite(spec: &mut Spec, path: &str, from: &str, to: &str) {
    let file = spec
        .files
        .iter_mut()
        .find(|file| file.path == path)
        .expect("the file is there");
    assert!(file.text.contains(from), "{path} has {from:?}");
    file.text = file.text.replacen(from, to, 1);
}

fn rename_path(spec: &mut Spec, from: &str, to: &str) {
    let paths = spec.document["paths"]
        .as_object_mut()
        .expect("the document has paths");
    let item = paths.remove(from).expect("the path is there");
    paths.insert(to.to_owned(), item);
}

const OPENAPI: &str = "spec/openapi.yaml";
const PATHS: &str = "spec/catalog/paths.yaml";
const SCHEMAS: &str = "spec/catalog/schemas.yaml";

const LAYOUT: &[Plant] = &[
    ("R1", |spec| add_file(spec, "spec/catalog/parameters.yaml")),
    ("R1", |spec| add_file(spec, "spec/common.yaml")),
    ("R2", |spec| add_file(spec, "spec/returns/paths.yaml")),
    ("R3", |spec| {
        rewrite(spec, OPENAPI, "/api/v1/auth/login:", "/api/v1/z:")
    }),
    ("R3", |spec| {
        rewrite(
            spec,
            OPENAPI,
            "catalog/paths.yaml#/categories_item",
            "auth/paths.yaml#/categories_item",
        )
    }),
    ("R3", |spec| {
        rewrite(
            spec,
            OPENAPI,
            "components:\n",
            "components:\n  schemas:\n    A: {type: string}\n",
        )
    }),
    ("R4", |spec| {
        rewrite(spec, OPENAPI, "#/categories_item", "#/category")
    }),
    ("R4", |spec| {
        rewrite(spec, OPENAPI, "#/categories_collection", "#/categories")
    }),
    ("R4", |spec| rewrite(spec, OPENAPI, "#/live", "#/liveProbe")),
    ("R5", |spec| {
        rewrite(spec, PATHS, "\n  get:\n", "\n  parameters: []\n  get:\n")
    }),
    ("R5", |spec| {
        spec.document["paths"]["/health/live"]["parameters"] = json!([])
    }),
    ("R6", |spec| {
        rewrite(spec, PATHS, "../shared/headers.yaml#/ETag", "headers.yaml#/ETag")
    }),
    ("R6", |spec| {
        rewrite(
            spec,
            SCHEMAS,
            "../shared/schemas.yaml#/Identifier",
            "../auth/paths.yaml#/login",
        )
    }),
    ("R7", |spec| {
        rewrite(
            spec,
            SCHEMAS,
            "CategoryCreate:",
            "Unused: {type: string}\nCategoryCreate:",
        )
    }),
    ("R7", |spec| {
        spec.document["components"]["headers"]["Unused"] = json!({})
    }),
    ("R8", |spec| {
        rewrite(
            spec,
            SCHEMAS,
            "      $ref: ../shared",
            "      description: ignored\n      $ref: ../shared",
        );
    }),
    ("R8", |spec| {
        rewrite(
            spec,
            SCHEMAS,
            "    $ref: '#/Category'",
            "    {$ref: '#/Category', nullable: true}",
        )
    }),
    ("R9", |spec| {
        rewrite(spec, SCHEMAS, "type: object", "type: object ")
    }),
];

const OPERATIONS: &[Plant] = &[
    ("R11", |spec| {
        at(spec, "get_category")["tags"] = json!(["catalog", "health"])
    }),
    ("R11", |spec| {
        at(spec, "get_category")["tags"] = json!(["unheard-of"])
    }),
    ("R12", |spec| {
        at(spec, "get_category")["operationId"] = json!("getCategory")
    }),
    ("R12", |spec| {
        at(spec, "get_category")["operationId"] = json!("get_product")
    }),
    ("R13", |spec| {
        at(spec, "list_categories")["operationId"] = json!("get_categories")
    }),
    ("R13", |spec| {
        at(spec, "get_category")["operationId"] = json!("list_category")
    }),
    ("R13", |spec| {
        at(spec, "patch_category")["operationId"] = json!("change_category")
    }),
    ("R13", |spec| {
        at(spec, "create_category")["operationId"] = json!("get_new_category")
    }),
    ("R14", |spec| rename_path(spec, "/health/live", "/alive")),
    ("R14", |spec| rename_path(spec, "/health/live", "/health/live/")),
    ("R15", |spec| rename_path(spec, "/health/live", "/health/isAlive")),
    ("R15", |spec| rename_path(spec, "/health/live", "/health/{part}")),
    ("R16", |spec| remove(at(spec, "get_category"), "summary")),
    ("R16", |spec| {
        at(spec, "get_category")["summary"] = json!("One category.")
    }),
    ("R16", |spec| {
        remove(parameter(spec, "get_category", "category"), "description")
    }),
    ("R16", |spec| remove(&mut spec.document["tags"][0], "description")),
    ("R17", |spec| {
        at(spec, "get_category")["x-buget"] = json!({"sql_round_trips": 1})
    }),
    ("R17", |spec| {
        at(spec, "get_category")["x-handwritten"] = json!(false)
    }),
    ("R17", |spec| {
        at(spec, "get_category")["x-budget"] = json!({"round_trips": 1})
    }),
    ("R18", |spec| at(spec, "get_category")["x-body-limit"] = json!(10)),
    ("R19", |spec| at(spec, "get_category")["deprecated"] = json!(true)),
    ("R19", |spec| {
        at(spec, "get_category")["deprecated"] = json!(true);
        at(spec, "get_category")["x-sunset"] = json!("2027-01-01");
    }),
    ("R20", |spec| remove(&mut spec.document["tags"][0], "x-budget")),
    ("R20", |spec| {
        at(spec, "get_category")["x-rate-limit"] = json!("public")
    }),
    ("R21", |spec| {
        at(spec, "get_category")["x-budget"] = json!({"sql_round_trips": "one"})
    }),
    ("R22", |spec| {
        parameter(spec, "get_category", "category")["in"] = json!("cookie")
    }),
    ("R22", |spec| {
        parameter(spec, "get_category", "category")["style"] = json!("deepObject")
    }),
    ("R23", |spec| {
        at(spec, "get_category")["operationId"] = json!("get_sort")
    }),
    ("R23", |spec| {
        at(spec, "get_category")["x-budget"] = json!({"sql_round_trips": 7})
    }),
];

const AUTHORIZATION: &[Plant] = &[
    ("R25", |spec| {
        at(spec, "create_category")["x-authz"] = json!({"who": "anybody", "scope": "write"})
    }),
    ("R25", |spec| {
        at(spec, "create_category")["x-authz"] = json!({"who": "user", "scope": "all"})
    }),
    ("R26", |spec| {
        at(spec, "create_category")["x-authz"]["scope"] = json!("read")
    }),
    ("R27", |spec| at(spec, "create_category")["security"] = json!([])),
    ("R27", |spec| {
        at(spec, "create_category")["security"] = json!([{}, {"bearer": []}])
    }),
    ("R27", |spec| remove(at(spec, "list_categories"), "security")),
    ("R28", |spec| {
        at(spec, "create_category")["security"] = json!([{"bearer": [], "key": []}])
    }),
    ("R28", |spec| {
        at(spec, "create_category")["security"] = json!([{"undeclared": []}])
    }),
    ("R29", |spec| remove(at(spec, "create_category"), "x-authz")),
    ("R30", |spec| {
        at(spec, "get_category")["x-rate-limit"] = json!("gentle")
    }),
    ("R30", |spec| {
        at(spec, "get_category")["x-rate-limit"] = json!("admin")
    }),
    ("R30", |spec| {
        rename_path(spec, "/api/v1/products", "/admin/v1/products")
    }),
];

const CONDITIONS: &[Plant] = &[
    ("R31", |spec| {
        drop_parameter(spec, "create_category", "Idempotency-Key")
    }),
    ("R31", |spec| {
        at(spec, "create_category")["x-idempotency"] = json!("none")
    }),
    ("R31", |spec| {
        at(spec, "create_category")["x-idempotency"] = json!("required")
    }),
    ("R31", |spec| {
        at(spec, "create_category")["x-idempotency"] = json!("maybe")
    }),
    ("R32", |spec| {
        at(spec, "create_login")["x-idempotency"] = json!("accepted")
    }),
    ("R33", |spec| unlist(spec, "create_category", "409")),
    ("R33", |spec| unlist(spec, "create_category", "422")),
    ("R33", |spec| {
        remove(
            &mut at(spec, "create_category")["responses"]["201"]["headers"],
            "Idempotency-Replayed",
        )
    }),
    ("R33", |spec| {
        at(spec, "get_category")["responses"]["422"] = json!({"description": "Never."})
    }),
    ("R34", |spec| drop_parameter(spec, "delete_category", "If-Match")),
    ("R35", |spec| {
        drop_parameter(spec, "get_category", "If-None-Match")
    }),
    ("R35", |spec| unlist(spec, "list_categories", "304")),
    ("R35", |spec| {
        drop_parameter(spec, "list_categories", "If-None-Match");
        unlist(spec, "list_categories", "304");
        remove(
            &mut at(spec, "list_categories")["responses"]["200"]["headers"],
            "ETag",
        );
    }),
];

const ANSWERS: &[Plant] = &[
    ("R36", |spec| unlist(spec, "get_liveness", "400")),
    ("R36", |spec| unlist(spec, "get_liveness", "500")),
    ("R37", |spec| unlist(spec, "get_category", "401")),
    ("R37", |spec| unlist(spec, "create_category", "403")),
    ("R38", |spec| unlist(spec, "get_category", "404")),
    ("R39", |spec| unlist(spec, "create_category", "413")),
    ("R39", |spec| {
        at(spec, "get_category")["responses"]["415"] = json!({"description": "Never."})
    }),
    ("R40", |spec| unlist(spec, "delete_category", "412")),
    ("R40", |spec| {
        at(spec, "get_category")["responses"]["412"] = json!({"description": "Never."})
    }),
    ("R41", |spec| unlist(spec, "get_category", "503")),
    ("R42", |spec| plant_limit(spec)),
    ("R43", |spec| {
        at(spec, "get_category")["responses"]["default"] = json!({"description": "Any."})
    }),
    ("R43", |spec| unlist(spec, "get_category", "200")),
    ("R43", |spec| {
        at(spec, "delete_category")["responses"]["204"]["content"] = json!({})
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
        remove(
            &mut at(spec, "get_category")["responses"]["200"]["headers"],
            "X-Request-Id",
        )
    }),
    ("R46", |spec| {
        remove(
            &mut at(spec, "create_category")["responses"]["201"]["headers"],
            "Location",
        )
    }),
    ("R46", |spec| {
        remove(
            &mut at(spec, "get_readiness")["responses"]["503"]["headers"],
            "Retry-After",
        )
    }),
    ("R47", |spec| drop_parameter(spec, "list_categories", "limit")),
    ("R47", |spec| drop_parameter(spec, "list_categories", "page")),
    ("R47", |spec| {
        remove(
            &mut at(spec, "list_products")["responses"]["200"]["headers"],
            "Link",
        )
    }),
    ("R48", |spec| {
        at(spec, "create_category")["requestBody"]["content"]["text/plain"] = json!({})
    }),
    ("R48", |spec| {
        at(spec, "get_category")["responses"]["200"]["content"]["text/plain"] = json!({})
    }),
    ("R49", |spec| {
        remove(
            &mut spec.document["components"]["headers"]["ETag"]["schema"],
            "x-platform",
        )
    }),
    ("R49", |spec| {
        spec.document["components"]["headers"]["Link"]["schema"]["x-platform"] = json!(true)
    }),
    ("R49", |spec| {
        parameter(spec, "get_category", "category")["x-platform"] = json!(true)
    }),
];

/// One operation, and no other, lists 429.
fn plant_limit(spec: &mut Spec) {
    for entry in spec.document["paths"]
        .as_object_mut()
        .expect("paths")
        .values_mut()
    {
        for (method, _) in METHODS {
            if let Some(answers) = entry
                .get_mut(method)
                .and_then(|operation| operation["responses"].as_object_mut())
            {
                answers.remove("429");
            }
        }
    }
    at(spec, "get_category")["responses"]["429"] = json!({"description": "Too many."});
}

const SHAPES: &[Plant] = &[
    ("R50", |spec| {
        remove(schema(spec, "CategoryCreate"), "additionalProperties")
    }),
    ("R50", |spec| {
        schema(spec, "CategoryCreate")["properties"]["inner"] =
            json!({"$ref": "#/components/schemas/LoginUser"});
    }),
    ("R50", |spec| {
        schema(spec, "CategoryCreate")["type"] = json!("string")
    }),
    ("R51", |spec| {
        let body = json!({"$ref": "#/components/schemas/CategoryCreate"});
        at(spec, "replace_category")["requestBody"]["content"]["application/json"]["schema"] = body;
    }),
    ("R51", |spec| {
        let body = json!({"$ref": "#/components/schemas/CategoryPatch"});
        at(spec, "create_category")["requestBody"]["content"]["application/json"]["schema"] = body;
    }),
    ("R52", |spec| {
        let bare = json!({"$ref": "#/components/schemas/ProductOwner", "nullable": true});
        schema(spec, "Product")["properties"]["owner"] = bare;
    }),
    ("R52", |spec| {
        let two =
            json!([{"$ref": "#/components/schemas/ProductOwner"}, {"$ref": "#/components/schemas/Category"}]);
        schema(spec, "Product")["properties"]["owner"] = json!({"allOf": two, "nullable": true});
    }),
    ("R53", |spec| {
        schema(spec, "Product")["properties"]["state"] = json!({"type": "string", "enum": ["DRAFT"]})
    }),
    ("R53", |spec| {
        let inline = json!({"type": "object", "properties": {"id": {"type": "string"}}});
        schema(spec, "ProductArray")["items"] = inline;
    }),
    ("R53", |spec| {
        parameter(spec, "get_category", "category")["schema"]["enum"] = json!(["a", "b"])
    }),
    ("R53", |spec| {
        let content = &mut at(spec, "create_category")["requestBody"]["content"];
        content["application/json"]["schema"] = json!({"type": "object"});
    }),
    ("R54", |spec| *schema(spec, "Result") = json!({"type": "object"})),
    ("R54", |spec| {
        *schema(spec, "product_state") = json!({"type": "object"})
    }),
];

const CHOICES: &[Plant] = &[
    ("R55", |spec| {
        *schema(spec, "Payment") = json!({"oneOf": [{"$ref": "#/components/schemas/Category"}]})
    }),
    ("R55", |spec| {
        *schema(spec, "Payment") = json!({"anyOf": [{"$ref": "#/components/schemas/Category"}]})
    }),
    ("R55", |spec| {
        let mapping = json!({"card": "#/components/schemas/Card"});
        *schema(spec, "Payment") = json!({
            "oneOf": [{"$ref": "#/components/schemas/Card"}],
            "discriminator": {"propertyName": "method", "mapping": mapping},
        });
        *schema(spec, "Card") = json!({"type": "object", "properties": {"method": {"type": "string"}}});
    }),
    ("R56", |spec| {
        schema(spec, "CategoryCreate")["properties"]["name"]["pattern"] = json!("(?!x)")
    }),
    ("R57", |spec| {
        parameter(spec, "list_products_by_categories", "categoryIds")["schema"]["minItems"] = json!(1);
    }),
    ("R58", |spec| schema(spec, "Identifier")["minimum"] = json!(1)),
    ("R58", |spec| {
        parameter(spec, "list_products_by_categories", "categoryIds")["schema"]["items"]["minimum"] =
            json!(0);
    }),
    ("R59", |spec| remove(schema(spec, "Identifier"), "format")),
    ("R60", |spec| {
        schema(spec, "Category")["properties"]["changed"] = json!({"$ref": "#/components/schemas/UpdatedAt"});
    }),
    ("R60", |spec| {
        schema(spec, "Category")["properties"]["sold_at"] = json!({"type": "string"})
    }),
    ("R61", |spec| {
        schema(spec, "Category")["properties"]["displayName"] = json!({"type": "string"})
    }),
    ("R61", |spec| {
        parameter(spec, "get_category", "category")["name"] = json!("Category")
    }),
    ("R62", |spec| schema(spec, "Price")["default"] = json!(0)),
    ("R63", |spec| {
        schema(spec, "Category")["properties"]["parent"] =
            json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/Category"}]});
    }),
    ("R65", |spec| {
        let content = &mut at(spec, "create_category")["requestBody"]["content"];
        remove(&mut content["application/json"], "example");
    }),
    ("R65", |spec| {
        remove(
            &mut parameter(spec, "get_category", "category")["schema"],
            "example",
        )
    }),
    ("R66", |spec| {
        let content = &mut at(spec, "create_category")["requestBody"]["content"];
        content["application/json"]["example"] = json!({"name": ""});
    }),
    ("R66", |spec| {
        let content = &mut at(spec, "get_category")["responses"]["200"]["content"];
        content["application/json"]["example"] = json!({"id": 1});
    }),
    ("R66", |spec| schema(spec, "Price")["example"] = json!("much")),
    ("R66", |spec| {
        parameter(spec, "get_category", "category")["schema"]["example"] = json!("-")
    }),
];

#[test]
fn every_rule_finds_its_planted_breach() {
    let plants = [
        LAYOUT,
        OPERATIONS,
        AUTHORIZATION,
        CONDITIONS,
        ANSWERS,
        SHAPES,
        CHOICES,
    ];
    let rules: Vec<&Rule> = GROUPS.iter().copied().flatten().collect();
    let whole = Spec::read();
    let mut missed = Vec::new();
    for (index, (id, plant)) in plants.iter().copied().flatten().enumerate() {
        let mut spec = whole.clone();
        plant(&mut spec);
        let rule = rules
            .iter()
            .find(|rule| rule.id == *id)
            .expect("the plant names a rule");
        let before = (rule.breaches)(&whole).len();
        if (rule.breaches)(&spec).len() <= before {
            missed.push(format!("{id} (plant {index})"));
        }
    }
    assert!(
        missed.is_empty(),
        "these rules do not see what was planted for them: {missed:?}"
    );
    let planted = |rule: &&&Rule| plants.iter().copied().flatten().any(|(id, _)| *id == rule.id);
    let unplanted: Vec<&str> = rules
        .iter()
        .filter(|rule| !planted(rule))
        .map(|rule| rule.id)
        .collect();
    assert!(
        unplanted.is_empty(),
        "these rules have no planted breach: {unplanted:?}"
    );
}
