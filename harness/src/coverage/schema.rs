//! Keywords of a schema with their places: those that exist, and those that a value exercises.

use serde_json::Value;

use super::{Outcome, Subject};
use crate::spec::resolved;

/// Rule that is violated by a member unknown to the schema.
pub const UNKNOWN: &str = "unknown";

const KEYWORDS: [&str; 11] = [
    "type",
    "enum",
    "minimum",
    "maximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
];

/// Formats that give the bit width of a number, but do not restrict its value.
const WIDTHS: [&str; 4] = ["int32", "int64", "float", "double"];

/// Returns both facts about a keyword: kept and broken.
pub(super) fn both(place: &str, word: &str) -> [Subject; 2] {
    [Outcome::Kept, Outcome::Broken].map(|outcome| Subject::Keyword {
        place: place.to_owned(),
        word: word.to_owned(),
        outcome,
    })
}

/// Returns the possible facts about a parameter's schema. The `type` of a string or an array is excluded, because any
/// text is valid as either, and may be a decimal.
pub(super) fn of_text(schema: &'static Value, place: &str) -> Vec<Subject> {
    let mut found = of_json(schema, place);
    let resolved = resolved(schema);
    let is_any = |schema: &Value| {
        ["string", "array"].iter().any(|kind| schema["type"] == *kind) || schema.get("x-decimal").is_some()
    };
    let is_plain = |what: &Subject, at: &str| matches!(what, Subject::Keyword { place, word, .. } if place == at && word == "type");
    found.retain(|what| !(is_any(resolved) && is_plain(what, place)));
    found
}

/// Returns the possible facts about a schema and all nested schemas.
pub(super) fn of_json(schema: &'static Value, place: &str) -> Vec<Subject> {
    let mut found = Vec::new();
    for part in parts(schema) {
        found.extend(words(part).flat_map(|word| both(place, word)));
        let only = |word: &str, outcome| Subject::Keyword {
            place: place.to_owned(),
            word: word.to_owned(),
            outcome,
        };
        if part["nullable"] == true {
            found.push(only("nullable", Outcome::Kept));
        }
        found.extend(rules(part).map(|rule| only(rule, Outcome::Broken)));
        if part["additionalProperties"] == false {
            found.push(only(UNKNOWN, Outcome::Broken));
        }
        for (name, property) in part["properties"].as_object().into_iter().flatten() {
            let place = format!("{place}.{name}");
            if is_required(part, name) {
                found.extend(both(&place, "required"));
            }
            found.extend(of_json(property, &place));
        }
        for inner in ["items", "additionalProperties"].iter().filter_map(|member| part.get(member)) {
            if inner.is_object() {
                found.extend(of_json(inner, &format!("{place}.*")));
            }
        }
    }
    found
}

/// Adds the facts that an accepted value shows about its schema.
pub(super) fn kept(schema: &'static Value, place: &str, value: &Value, found: &mut Vec<Subject>) {
    let mut keeps = |place: &str, word: &str| {
        found.push(Subject::Keyword {
            place: place.to_owned(),
            word: word.to_owned(),
            outcome: Outcome::Kept,
        });
    };
    if value.is_null() {
        return keeps(place, "nullable");
    }
    for part in parts(schema).into_iter().filter(|part| fits(part, value)) {
        for word in words(part) {
            keeps(place, word);
        }
        for (name, _) in value.as_object().into_iter().flatten().filter(|(name, _)| is_required(part, name)) {
            keeps(&format!("{place}.{name}"), "required");
        }
    }
    for part in parts(schema).into_iter().filter(|part| fits(part, value)) {
        for (name, value) in value.as_object().into_iter().flatten() {
            match part["properties"].get(name) {
                Some(property) => kept(property, &format!("{place}.{name}"), value, found),
                None => kept(&part["additionalProperties"], &format!("{place}.*"), value, found),
            }
        }
        for item in value.as_array().into_iter().flatten() {
            kept(&part["items"], &format!("{place}.*"), item, found);
        }
    }
}

/// Converts a parameter's text to the type of its schema.
pub(super) fn typed(schema: &'static Value, text: &str) -> Value {
    let schema = resolved(schema);
    match schema["type"].as_str() {
        Some("array") if text.is_empty() => Value::Array(Vec::new()),
        Some("array") => text.split(',').map(|item| typed(&schema["items"], item)).collect(),
        Some("string") | None => Value::from(text),
        _ => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
    }
}

/// Returns the place of a violation's field in the body, or `None` if the schema has no such place. For an unknown
/// member, it is the place of the object that contains the member.
pub(super) fn place_in(schema: &'static Value, field: &str, rule: &str) -> Option<String> {
    let mut place = "body".to_owned();
    if field == "body" {
        return Some(place);
    }
    let (mut schema, mut names) = (schema, field.split('.').peekable());
    while let Some(name) = names.next() {
        let inner = parts(schema).into_iter().find_map(|part| {
            let property = part["properties"].get(name).map(|inner| (inner, name));
            let item = || part.get("items").map(|inner| (inner, "*"));
            let value = || {
                part.get("additionalProperties").filter(|inner| inner.is_object()).map(|inner| (inner, "*"))
            };
            property.or_else(item).or_else(value)
        });
        match inner {
            Some((inner, name)) => {
                place = format!("{place}.{name}");
                schema = inner;
            }
            // The unknown member itself: the place remains that of its object.
            None if rule == UNKNOWN && names.peek().is_none() => {}
            // A member of an object that stands for an id.
            None if parts(schema).iter().any(|part| part["x-id-or-object"] == true) => return Some(place),
            None => return None,
        }
    }
    Some(place)
}

/// Returns the schema of a field of the body.
pub(super) fn schema_in(schema: &'static Value, field: &str) -> Option<&'static Value> {
    let mut schema = schema;
    if field == "body" {
        return Some(schema);
    }
    for name in field.split('.') {
        schema = parts(schema).into_iter().find_map(|part| {
            part["properties"]
                .get(name)
                .or_else(|| part.get("items"))
                .or_else(|| part.get("additionalProperties"))
        })?;
    }
    Some(schema)
}

/// Returns the facts that a rule was broken, one for each place of the body with that rule.
pub(super) fn ruled(schema: &'static Value, rule: &str) -> Vec<Subject> {
    let is_it = |what: &Subject| matches!(what, Subject::Keyword { word, outcome: Outcome::Broken, .. } if word == rule);
    of_json(schema, "body").into_iter().filter(is_it).collect()
}

/// Returns the schemas that make up a schema, all resolved: itself, the members of `allOf`, which wraps a nullable
/// reference, and the alternatives of `oneOf`.
#[must_use]
pub fn parts(schema: &'static Value) -> Vec<&'static Value> {
    let schema = resolved(schema);
    let of = |member: &str| schema[member].as_array().into_iter().flatten().map(resolved);
    [schema].into_iter().chain(of("allOf")).chain(of("oneOf")).collect()
}

/// Returns the keywords of a schema that restrict a value, without those of nested schemas.
pub fn words(schema: &'static Value) -> impl Iterator<Item = &'static str> {
    let format = schema["format"].as_str().filter(|format| !WIDTHS.contains(format)).map(|_| "format");
    let path = schema.get("x-same-as-path").map(|_| "path");
    let stored = schema.get("x-same-as-stored").map(|_| "stored");
    let step = schema["x-decimal"].get("multipleOf").map(|_| "multipleOf");
    let plain = KEYWORDS.into_iter().filter(|word| schema.get(word).is_some());
    plain.chain(format).chain(path).chain(stored).chain(step)
}

fn rules(schema: &'static Value) -> impl Iterator<Item = &'static str> {
    let known = words(schema).collect::<Vec<_>>();
    let rules = schema["x-semantic-rules"].as_array().into_iter().flatten().filter_map(Value::as_str);
    rules.filter(move |rule| !known.contains(rule))
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|names| names.iter().any(|required| required == name))
}

fn fits(schema: &Value, value: &Value) -> bool {
    match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer" | "number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        _ => true,
    }
}
