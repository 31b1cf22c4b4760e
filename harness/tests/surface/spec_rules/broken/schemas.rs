//! Planted breaches: schemas that generators mishandle, and examples that violate their schemas.

use serde_json::json;

use super::{Plant, at, parameter, remove, schema};

pub(super) const PLANTS: &[Plant] = &[
    ("R50", |spec| {
        remove(schema(spec, "CategoryCreate"), "additionalProperties");
    }),
    ("R50", |spec| {
        schema(spec, "CategoryCreate")["properties"]["inner"] =
            json!({"$ref": "#/components/schemas/LoginUser"});
    }),
    ("R50", |spec| {
        schema(spec, "CategoryCreate")["type"] = json!("string");
    }),
    ("R51", |spec| {
        let body = json!({"$ref": "#/components/schemas/CategoryCreate"});
        at(spec, "replace_category")["requestBody"]["content"]["application/json"]["schema"] = body;
    }),
    ("R51", |spec| {
        let body = json!({"$ref": "#/components/schemas/CategoryPatch"});
        at(spec, "create_category")["requestBody"]["content"]["application/json"]["schema"] = body;
    }),
    ("R51", |spec| {
        let body = json!({"$ref": "#/components/schemas/Credentials"});
        at(spec, "replace_category")["requestBody"]["content"]["application/json"]["schema"] = body;
    }),
    ("R70", |spec| {
        let mut twin = schema(spec, "ProductCreate").clone();
        twin["description"] = json!("Another.");
        *schema(spec, "ProductDraft") = twin;
    }),
    ("R71", |spec| schema(spec, "ProductCreate")["properties"]["categories"]["uniqueItems"] = json!(true)),
    ("R52", |spec| {
        let bare = json!({"$ref": "#/components/schemas/ProductOwner", "nullable": true});
        schema(spec, "Product")["properties"]["owner"] = bare;
    }),
    ("R52", |spec| {
        let two =
            json!([{"$ref": "#/components/schemas/ProductOwner"}, {"$ref": "#/components/schemas/Category"}]);
        schema(spec, "Product")["properties"]["owner"] =
            json!({"allOf": two, "type": "object", "nullable": true});
    }),
    ("R52", |spec| {
        remove(&mut schema(spec, "Product")["properties"]["owner"], "type");
    }),
    ("R53", |spec| {
        schema(spec, "Product")["properties"]["state"] = json!({"type": "string", "enum": ["DRAFT"]});
    }),
    ("R53", |spec| {
        let inline = json!({"type": "object", "properties": {"id": {"type": "string"}}});
        schema(spec, "ProductArray")["items"] = inline;
    }),
    ("R53", |spec| {
        parameter(spec, "get_category", "category")["schema"]["enum"] = json!(["a", "b"]);
    }),
    ("R53", |spec| {
        let content = &mut at(spec, "create_category")["requestBody"]["content"];
        content["application/json"]["schema"] = json!({"type": "object"});
    }),
    ("R54", |spec| *schema(spec, "Result") = json!({"type": "object"})),
    ("R54", |spec| {
        *schema(spec, "product_state") = json!({"type": "object"});
    }),
    ("R80", |spec| {
        schema(spec, "Cart")["properties"]["date_sent"] = json!({"type": "string", "pattern": "^a$"});
    }),
    ("R55", |spec| {
        *schema(spec, "Payment") = json!({"oneOf": [{"$ref": "#/components/schemas/Category"}]});
    }),
    ("R55", |spec| {
        *schema(spec, "Payment") = json!({"anyOf": [{"$ref": "#/components/schemas/Category"}]});
    }),
    ("R55", |spec| {
        let mapping = json!({"card": "#/components/schemas/Card"});
        *schema(spec, "Payment") = json!({
            "oneOf": [{"$ref": "#/components/schemas/Card"}],
            "discriminator": {"propertyName": "method", "mapping": mapping},
        });
        *schema(spec, "Card") = json!({"type": "object", "properties": {"method": {"type": "string"}}});
    }),
    ("R55", |spec| {
        *schema(spec, "Payment") = json!({"oneOf": [{"type": "integer"}, {"type": "string"}]});
    }),
    ("R55", |spec| {
        *schema(spec, "Payment") = json!({"oneOf": [{"type": "number"}, {"type": "string"}]});
    }),
    ("R56", |spec| {
        schema(spec, "CategoryCreate")["properties"]["name"]["pattern"] = json!("(?!x)");
    }),
    ("R57", |spec| {
        parameter(spec, "list_products_by_categories", "categoryIds")["schema"]["minItems"] = json!(1);
    }),
    ("R58", |spec| remove(schema(spec, "Identifier"), "minimum")),
    ("R58", |spec| {
        schema(spec, "CartLine")["properties"]["productId"]["minimum"] = json!(1);
    }),
    ("R58", |spec| {
        parameter(spec, "list_products_by_categories", "categoryIds")["schema"]["items"]["minimum"] =
            json!(0);
    }),
    ("R59", |spec| remove(schema(spec, "Identifier"), "format")),
    ("R59", |spec| remove(schema(spec, "Price"), "format")),
    ("R74", |spec| remove(schema(spec, "CheckStatus"), "x-enum-varnames")),
    ("R74", |spec| schema(spec, "CheckStatus")["x-enum-varnames"] = json!(["CheckOk"])),
    ("R75", |spec| schema(spec, "PriceSent")["multipleOf"] = json!(0.01)),
    ("R84", |spec| {
        at(spec, "list_categories")["responses"]["200"]["content"]["application/json"]["example"] = json!([]);
    }),
    ("R73", |spec| {
        parameter(spec, "create_category", "Idempotency-Key")["schema"]["example"] = json!("1");
    }),
    ("R73", |spec| {
        remove(parameter(spec, "patch_category", "If-Match"), "example");
    }),
    ("R73", |spec| {
        spec.document["components"]["headers"]["IdempotencyReplayed"]["example"] = json!("true");
    }),
    ("R60", |spec| {
        schema(spec, "Category")["properties"]["changed"] = json!({"$ref": "#/components/schemas/UpdatedAt"});
    }),
    ("R60", |spec| {
        schema(spec, "Category")["properties"]["sold_at"] = json!({"type": "string"});
    }),
    ("R61", |spec| {
        schema(spec, "Category")["properties"]["displayName"] = json!({"type": "string"});
    }),
    ("R61", |spec| {
        parameter(spec, "get_category", "category")["name"] = json!("Category");
    }),
    ("R62", |spec| schema(spec, "Price")["default"] = json!(0)),
    ("R63", |spec| {
        schema(spec, "Category")["properties"]["parent"] =
            json!({"type": "object", "nullable": true, "allOf": [{"$ref": "#/components/schemas/Category"}]});
    }),
    ("R65", |spec| {
        let content = &mut at(spec, "create_category")["requestBody"]["content"];
        remove(&mut content["application/json"], "example");
    }),
    ("R65", |spec| {
        remove(&mut parameter(spec, "get_registry_user", "id")["schema"], "example");
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
        parameter(spec, "get_category", "category")["schema"]["example"] = json!("-");
    }),
];
