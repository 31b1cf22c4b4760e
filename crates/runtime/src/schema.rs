//! Rewrites `OpenAPI` 3.0 schemas to JSON Schema 2020-12, once, when the contract is loaded.

use serde_json::{Map, Value, json};

/// The URI of the document in the schema registry. References are made absolute with it, so that a schema can be
/// compiled separately from its document.
pub(crate) const DOCUMENT: &str = "contract:/document";

/// Members that are data, not schemas.
const DATA: &[&str] = &["example", "examples", "enum", "default"];

/// Members that map author-chosen names to objects: a property or a response may be named `default`.
const NAMED: &[&str] =
    &["content", "headers", "parameters", "paths", "properties", "requestBodies", "responses", "schemas"];

/// Rewrites a whole document in place: `nullable`, boolean exclusive bounds, integer formats, discriminators.
pub(crate) fn rewrite(document: &mut Value) {
    rewrite_below(document, false);
}

fn rewrite_below(value: &mut Value, is_named: bool) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite_below(item, false)),
        Value::Object(members) if is_named => {
            members.values_mut().for_each(|member| rewrite_below(member, false));
        }
        Value::Object(members) => {
            for (name, member) in members.iter_mut().filter(|(name, _)| !DATA.contains(&name.as_str())) {
                rewrite_below(member, NAMED.contains(&name.as_str()));
            }
            if let Some(Value::String(target)) = members.get_mut("$ref")
                && target.starts_with('#')
            {
                *target = format!("{DOCUMENT}{target}");
            }
            if is_schema(members) {
                rewrite_schema(members);
            }
        }
        _ => {}
    }
}

fn is_schema(members: &Map<String, Value>) -> bool {
    ["type", "nullable", "oneOf", "anyOf", "allOf", "enum"].iter().any(|key| members.contains_key(*key))
}

fn rewrite_schema(schema: &mut Map<String, Value>) {
    closed(schema);
    exclusive(schema, "exclusiveMinimum", "minimum");
    exclusive(schema, "exclusiveMaximum", "maximum");
    number_format(schema);
    discriminate(schema);
    if let Some(Value::Bool(is_nullable)) = schema.get("nullable") {
        let is_nullable = *is_nullable;
        schema.remove("nullable");
        if is_nullable {
            allow_null(schema);
        }
    }
    // Must be last, since it replaces the type that the other steps read.
    decimal(schema);
    id_or_object(schema);
}

/// Adds empty `properties` to closed objects. Without it the validator would not name the unexpected members.
fn closed(schema: &mut Map<String, Value>) {
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) && !schema.contains_key("properties") {
        schema.insert("properties".to_owned(), json!({}));
    }
}

fn exclusive(schema: &mut Map<String, Value>, flag: &str, bound: &str) {
    if let Some(Value::Bool(is_exclusive)) = schema.get(flag) {
        let is_exclusive = *is_exclusive;
        schema.remove(flag);
        if is_exclusive && let Some(limit) = schema.remove(bound) {
            schema.insert(flag.to_owned(), limit);
        }
    }
}

/// Converts `int32` and `int64` to bounds, so that a valid number always fits the wire type.
fn number_format(schema: &mut Map<String, Value>) {
    let (least, most) = match schema.get("format").and_then(Value::as_str) {
        Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        Some("int64") => (i64::MIN, i64::MAX),
        // These formats are only hints about the representation and need no check.
        Some("float" | "double" | "password" | "byte" | "binary") => {
            schema.remove("format");
            return;
        }
        _ => return,
    };
    schema.remove("format");
    if !schema.contains_key("minimum") && !schema.contains_key("exclusiveMinimum") {
        schema.insert("minimum".to_owned(), least.into());
    }
    if !schema.contains_key("maximum") && !schema.contains_key("exclusiveMaximum") {
        schema.insert("maximum".to_owned(), most.into());
    }
}

/// Converts a tagged `oneOf` to a choice by its tag, so that the faults of the chosen schema are reported.
fn discriminate(schema: &mut Map<String, Value>) {
    let Some(discriminator) = schema.remove("discriminator") else {
        return;
    };
    let tag = discriminator["propertyName"].as_str().unwrap_or_default();
    let Some(mapping) = discriminator["mapping"].as_object() else {
        return;
    };
    schema.remove("oneOf");
    let choices = mapping.iter().map(|(key, target)| {
        // A value that is not an object matches no choice, so that its fault is reported only once.
        let chosen = json!({"type": "object", "properties": {tag: {"const": key}}, "required": [tag]});
        json!({"if": chosen, "then": {"$ref": absolute(target)}})
    });
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("required".to_owned(), json!([tag]));
    schema.insert("properties".to_owned(), json!({tag: {"enum": mapping.keys().collect::<Vec<_>>()}}));
    schema.insert("allOf".to_owned(), choices.collect());
}

/// Merges the keywords of `x-decimal` into the schema: a step, which readers of binary floats cannot check, and the
/// pattern of the text that is accepted instead. Keywords for numbers ignore text, and vice versa.
fn decimal(schema: &mut Map<String, Value>) {
    let Some(Value::Object(keywords)) = schema.remove("x-decimal") else {
        return;
    };
    if keywords.contains_key("pattern") {
        add_type(schema, "string");
    }
    schema.extend(keywords);
}

/// Accepts another type besides those of a schema, `null` included.
fn add_type(schema: &mut Map<String, Value>, name: &str) {
    let types = match schema.remove("type") {
        Some(Value::Array(types)) => types,
        one => Vec::from_iter(one),
    };
    let types: Vec<Value> = types.into_iter().chain([Value::from(name)]).collect();
    schema.insert("type".to_owned(), Value::from(types));
}

/// Accepts an ID also as an object with `id` and `name`, as responses contain it (`x-id-or-object`).
fn id_or_object(schema: &mut Map<String, Value>) {
    if schema.remove("x-id-or-object") == Some(Value::Bool(true)) {
        let id = Value::Object(schema.clone());
        add_type(schema, "object");
        schema.insert("properties".to_owned(), json!({"id": id, "name": {"type": "string"}}));
        schema.insert("required".to_owned(), json!(["id"]));
        schema.insert("additionalProperties".to_owned(), json!(false));
    }
}

/// Makes the target of a mapping absolute. The values of a mapping are plain strings, not `$ref` members.
fn absolute(target: &Value) -> String {
    format!("{DOCUMENT}{}", target.as_str().unwrap_or_default())
}

fn allow_null(schema: &mut Map<String, Value>) {
    // A type next to an `allOf` does not relax the requirements of the `allOf`.
    if let Some(Value::String(name)) = schema.get("type")
        && !schema.contains_key("allOf")
    {
        schema.insert("type".to_owned(), json!([name, "null"]));
        if let Some(Value::Array(options)) = schema.get_mut("enum") {
            options.push(Value::Null);
        }
        return;
    }
    // The `allOf` includes the type, so its fault must not be reported twice.
    schema.remove("type");
    let inner = Value::Object(std::mem::take(schema));
    // Choosing by the type of the value preserves the paths of faults inside a nullable object.
    schema.insert("if".to_owned(), json!({"type": "null"}));
    schema.insert("then".to_owned(), json!(true));
    schema.insert("else".to_owned(), inner);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(mut schema: Value) -> Value {
        rewrite(&mut schema);
        schema
    }

    #[test]
    fn nullable_keeps_the_bounds_of_what_is_not_null() {
        let schema = rewritten(json!({"allOf": [{"$ref": "#/x"}], "nullable": true}));
        assert_eq!(schema["else"]["allOf"][0]["$ref"], "contract:/document#/x");
        let schema = rewritten(json!({"type": "object", "allOf": [{"$ref": "#/x"}], "nullable": true}));
        assert_eq!(schema["if"], json!({"type": "null"}));
        assert_eq!(schema["else"], json!({"allOf": [{"$ref": "contract:/document#/x"}]}));
        let schema = rewritten(json!({"type": "string", "enum": ["a"], "nullable": true, "maxLength": 3}));
        assert_eq!(schema, json!({"type": ["string", "null"], "enum": ["a", null], "maxLength": 3}));
    }

    #[test]
    fn exclusive_flags_become_bounds() {
        let schema = rewritten(json!({"type": "number", "minimum": 0, "exclusiveMinimum": true}));
        assert_eq!(schema, json!({"type": "number", "exclusiveMinimum": 0}));
        let schema = rewritten(json!({"type": "number", "maximum": 9, "exclusiveMaximum": false}));
        assert_eq!(schema, json!({"type": "number", "maximum": 9}));
    }

    #[test]
    fn a_decimal_keeps_its_step_and_may_be_a_text() {
        let schema = rewritten(
            json!({"type": "number", "format": "double", "minimum": 0, "x-decimal": {"multipleOf": 0.01}}),
        );
        assert_eq!(schema, json!({"type": "number", "minimum": 0, "multipleOf": 0.01}));
        let schema = rewritten(
            json!({"type": "number", "minimum": 0, "x-decimal": {"multipleOf": 0.01, "pattern": "x"}}),
        );
        let expected =
            json!({"type": ["number", "string"], "minimum": 0, "multipleOf": 0.01, "pattern": "x"});
        assert_eq!(schema, expected);
    }

    #[test]
    fn an_id_may_be_an_object_that_has_it_and_a_name() {
        let schema = rewritten(json!({"type": "integer", "minimum": 1, "x-id-or-object": true}));
        let expected = json!({
            "type": ["integer", "object"],
            "minimum": 1,
            "properties": {"id": {"type": "integer", "minimum": 1}, "name": {"type": "string"}},
            "required": ["id"],
            "additionalProperties": false,
        });
        assert_eq!(schema, expected);
    }

    #[test]
    fn a_nullable_decimal_and_a_nullable_id_keep_null() {
        let decimal = json!({"type": "number", "nullable": true, "x-decimal": {"pattern": "^[0-9]+$"}});
        assert_eq!(rewritten(decimal)["type"], json!(["number", "null", "string"]));
        let id = json!({"type": "integer", "nullable": true, "x-id-or-object": true});
        assert_eq!(rewritten(id)["type"], json!(["integer", "null", "object"]));
    }

    #[test]
    fn properties_named_like_keywords_stay_properties() {
        let schema = json!({"type": "object", "properties": {"type": {"type": "string"}, "nullable": {"type": "boolean"}}});
        assert_eq!(rewritten(schema.clone()), schema);
        let schema = rewritten(
            json!({"type": "object", "properties": {"default": {"$ref": "#/x"}, "discriminator": {}}}),
        );
        assert_eq!(
            schema["properties"],
            json!({"default": {"$ref": "contract:/document#/x"}, "discriminator": {}})
        );
    }

    #[test]
    fn a_default_response_is_rewritten_and_a_default_value_is_not() {
        let schema =
            rewritten(json!({"responses": {"default": {"$ref": "#/x"}}, "default": {"$ref": "#/x"}}));
        assert_eq!(schema["responses"]["default"]["$ref"], "contract:/document#/x");
        assert_eq!(schema["default"]["$ref"], "#/x");
    }
}
