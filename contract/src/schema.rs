//! `OpenAPI` 3.0 schemas rewritten to JSON Schema 2020-12, once, when the contract is loaded.

use serde_json::{Map, Value, json};

/// The URI that the document has among the validators; references in it are made absolute, so that a schema can be
/// compiled apart from its document.
pub(crate) const DOCUMENT: &str = "contract:/document";

/// Members that are data, not schemas.
const DATA: &[&str] = &["example", "examples", "enum", "default"];

/// Members whose own members have names that the author chose: a property, or a response, may be called `default`.
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
    // The last: what becomes of the type is none of the others' concern.
    decimal(schema);
}

/// Without `properties` the validator would not name the members that are too many.
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

/// `int32` and `int64` are bounds, so that what passes always fits the wire type.
fn number_format(schema: &mut Map<String, Value>) {
    let (least, most) = match schema.get("format").and_then(Value::as_str) {
        Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        Some("int64") => (i64::MIN, i64::MAX),
        // Hints of a representation: there is nothing to check.
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

/// A tagged `oneOf` becomes a choice by its tag: the faults of the chosen schema are told, not that none fits.
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
        // What is not an object fits no choice, so that its one fault is told once.
        let chosen = json!({"type": "object", "properties": {tag: {"const": key}}, "required": [tag]});
        json!({"if": chosen, "then": {"$ref": absolute(target)}})
    });
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("required".to_owned(), json!([tag]));
    schema.insert("properties".to_owned(), json!({tag: {"enum": mapping.keys().collect::<Vec<_>>()}}));
    schema.insert("allOf".to_owned(), choices.collect());
}

/// A number with a decimal representation: `x-decimal` has the step that it keeps to, which readers of binary floats
/// cannot check, and the pattern of the text that is accepted in its place. A keyword of numbers says nothing of texts and
/// the other way round.
fn decimal(schema: &mut Map<String, Value>) {
    let Some(Value::Object(keywords)) = schema.remove("x-decimal") else {
        return;
    };
    if keywords.contains_key("pattern") {
        schema.insert("type".to_owned(), json!(["number", "string"]));
    }
    schema.extend(keywords);
}

/// Where a mapping points to: its values are plain texts, not `$ref` members.
fn absolute(target: &Value) -> String {
    format!("{DOCUMENT}{}", target.as_str().unwrap_or_default())
}

fn allow_null(schema: &mut Map<String, Value>) {
    // What an `allOf` demands is not loosened by a type beside it.
    if let Some(Value::String(name)) = schema.get("type")
        && !schema.contains_key("allOf")
    {
        schema.insert("type".to_owned(), json!([name, "null"]));
        if let Some(Value::Array(options)) = schema.get_mut("enum") {
            options.push(Value::Null);
        }
        return;
    }
    // An `allOf` of one reference says the type, too: its fault is told once.
    schema.remove("type");
    let inner = Value::Object(std::mem::take(schema));
    // The type of the value decides, so that the faults inside a nullable object keep their places.
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
