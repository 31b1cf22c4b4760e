//! Checks that the server enforces every keyword of every request schema. A value that violates a keyword is refused,
//! and the response names the field and the keyword. Unknown names and repeated parameters that are not lists are
//! refused alike.

use std::collections::BTreeSet;

use agora_api::OPERATIONS;
use agora_harness::coverage::schema::{UNKNOWN, parts, words};
use agora_harness::examples::{self, Example};
use agora_harness::spec::{parameters, resolved};
use agora_harness::{Actor, Scenario, TestResponse};
use agora_runtime::Operation;
use agora_runtime::fields::EntityTags;
use regex::Regex;
use serde_json::{Value, json};

/// A request with one violation, and the field and rule that the response must report.
struct Broken {
    example: Example,
    field: String,
    rule: &'static str,
}

/// Returns a text of this number of characters that keeps the pattern and the format of a schema, or `None` if none of the
/// known forms does: a word, a number, an entity tag, an email address and a URL.
pub(crate) fn text_of(schema: &Value, size: usize) -> Option<String> {
    let filled = |before: &str, filler: &str, after: &str| {
        let count = size.checked_sub(before.len() + after.len())?;
        Some(format!("{before}{}{after}", filler.repeat(count)))
    };
    let forms = match schema["format"].as_str() {
        // The part of a name is at most 63 characters, the local part at most 64.
        Some("email") => {
            let domain = ["a".repeat(60).as_str(), &"b".repeat(60), &"c".repeat(60), "example.com"].join(".");
            vec![filled("", "a", &format!("@{domain}")), filled("", "a", "@example.com")]
        }
        Some("uri") => vec![filled("https://example.com/", "a", "")],
        Some("visible" | "name") | None => {
            vec![filled("", "a", ""), filled("", "1", ""), filled("0.", "1", ""), filled("\"", "a", "\"")]
        }
        Some(_) => Vec::new(),
    };
    let pattern =
        schema["pattern"].as_str().map(|pattern| Regex::new(pattern).expect("a pattern of the contract"));
    forms.into_iter().flatten().find(|text| pattern.as_ref().is_none_or(|pattern| pattern.is_match(text)))
}

/// Returns a value that violates a keyword of a schema, or `None` for keywords that are not covered here.
fn value(schema: &Value, word: &str, given: &Value) -> Option<Value> {
    let bound = |by: f64| schema[word].as_f64().map(|bound| bound + by);
    #[expect(clippy::cast_possible_truncation, reason = "bounds of the contract are small")]
    let number = |value: f64| if schema["type"] == "integer" { json!(value as i64) } else { json!(value) };
    let length = || schema[word].as_u64().and_then(|length| usize::try_from(length).ok());
    let items = |count: usize| {
        let item = given.get(0).cloned().unwrap_or_default();
        (!item.is_null()).then(|| Value::Array(vec![item; count]))
    };
    match word {
        "type" => Some(json!(true)),
        "enum" => Some(json!("nothing at all")),
        "format" if schema["format"] == "uuid" => Some(json!("x")),
        // An invisible character, which no other format accepts.
        "format" => Some(json!("\u{200b}")),
        "minimum" => bound(-1.0).map(number),
        "maximum" => bound(1.0).map(number),
        "multipleOf" => Some(json!(0.001)),
        "minLength" => length()?.checked_sub(1).map(|length| json!("a".repeat(length))),
        "maxLength" => {
            let size = length()? + 1;
            Some(json!(text_of(schema, size).unwrap_or_else(|| "a".repeat(size))))
        }
        "pattern" => {
            let pattern = Regex::new(schema[word].as_str()?).ok()?;
            let texts = ["nothing at all!", "\u{7}", "", " ", "-"];
            texts.into_iter().find(|text| !pattern.is_match(text)).map(|text| json!(text))
        }
        "minItems" => items(length()?.checked_sub(1)?),
        "maxItems" => items(length()? + 1),
        "uniqueItems" => items(2),
        "path" => Some(json!("of another path")),
        _ => None,
    }
}

/// Collects requests with one violation each in the body.
fn in_body(schema: &'static Value, at: &str, example: &Example, found: &mut Vec<Broken>) {
    let whole = example.body.as_ref().map(|body| &body.value);
    let given = whole.and_then(|whole| whole.pointer(at)).filter(|given| !given.is_null()).cloned();
    let sampled = if given.is_none() { put(example, at, "", Some(sample(schema))) } else { None };
    let example = sampled.as_ref().map_or(example, |sampled| &sampled.example);
    let given = given.unwrap_or_else(|| sample(schema));
    for part in parts(schema) {
        for rule in words(part) {
            found.extend(value(part, rule, &given).and_then(|value| put(example, at, rule, Some(value))));
        }
        if part["additionalProperties"] == false {
            let unknown = format!("{at}/nothing_of_the_contract");
            found.extend(put(example, &unknown, UNKNOWN, Some(json!(1))));
        }
        for (name, property) in part["properties"].as_object().into_iter().flatten() {
            let at = format!("{at}/{name}");
            if part["required"].as_array().is_some_and(|names| names.contains(&json!(name))) {
                found.extend(put(example, &at, "required", None));
            }
            in_body(property, &at, example, found);
        }
        if !given[0].is_null() && part["items"].is_object() {
            in_body(&part["items"], &format!("{at}/0"), example, found);
        }
    }
}

/// Returns a value for a schema that no example of the operation covers.
fn sample(schema: &'static Value) -> Value {
    let schema = parts(schema).into_iter().find(|part| part.get("type").is_some()).unwrap_or(schema);
    let members = || schema["properties"].as_object().into_iter().flatten();
    match schema["type"].as_str() {
        _ if schema.get("example").is_some() => schema["example"].clone(),
        Some("object") => members().map(|(name, property)| (name.clone(), sample(property))).collect(),
        Some("array") => json!([sample(&schema["items"])]),
        _ => Value::Null,
    }
}

/// Sets or removes a value in the body of an example. Returns `None` if the body has no such place.
fn put(example: &Example, at: &str, rule: &'static str, value: Option<Value>) -> Option<Broken> {
    let field = at.trim_start_matches('/').replace('/', ".");
    let mut example = example.clone();
    let whole = &mut example.body.as_mut()?.value;
    let Some((parent, name)) = at.rsplit_once('/') else {
        *whole = value?;
        return Some(Broken { example, field: "body".to_owned(), rule });
    };
    match (whole.pointer_mut(parent)?, value) {
        (Value::Object(members), Some(value)) => drop(members.insert(name.to_owned(), value)),
        (Value::Object(members), None) => drop(members.remove(name)?),
        (Value::Array(items), Some(value)) => *items.get_mut(name.parse::<usize>().ok()?)? = value,
        _ => return None,
    }
    Some(Broken { example, field, rule })
}

/// Collects requests with one violation each in a parameter.
fn in_parameters(example: &Example, found: &mut Vec<Broken>) {
    for parameter in parameters(example.operation) {
        let name = parameter["name"].as_str().unwrap_or_default();
        let schema = resolved(&parameter["schema"]);
        let shown = parameter.get("example").or_else(|| schema.get("example")).cloned().unwrap_or_default();
        let mut put = |field: &str, rule: &'static str, text: &str| {
            let broken = with_parameter(example, parameter, text);
            found.extend(broken.map(|example| Broken { example, field: field.to_owned(), rule }));
        };
        let is_text = |schema: &Value| schema["type"] == "string" || schema["type"] == "array";
        for rule in words(schema).filter(|rule| !(is_text(schema) && *rule == "type")) {
            // Any text may be a decimal, so that it is compared with the pattern.
            let is_decimal_text = rule == "type" && schema.get("x-decimal").is_some();
            let reported = if is_decimal_text { "pattern" } else { rule };
            if let Some(value) = value(schema, rule, &shown) {
                put(name, reported, &text(&value));
            }
        }
        if schema["type"] == "array" && resolved(&schema["items"])["type"] == "integer" {
            put(&format!("{name}.0"), "type", "x");
        }
        let is_list = schema["type"] == "array" || EntityTags::is_value_of(name);
        if parameter["in"] == "path" {
            put(name, "nul", "%00");
        } else if !is_list {
            let mut twice = with_parameter(example, parameter, &text(&shown));
            if let Some(example) = &mut twice {
                let sent = if parameter["in"] == "query" { &mut example.query } else { &mut example.headers };
                sent.push((name.to_owned(), text(&shown)));
            }
            found.extend(twice.map(|example| Broken { example, field: name.to_owned(), rule: "repeated" }));
        }
    }
    let mut unknown = example.clone();
    unknown.query.push(("nothing_of_the_query".to_owned(), "1".to_owned()));
    found.push(Broken { field: "nothing_of_the_query".to_owned(), rule: UNKNOWN, example: unknown });
}

/// Returns the example with a parameter, or `None` if the text is invalid in its place.
fn with_parameter(example: &Example, parameter: &Value, text: &str) -> Option<Example> {
    let name = parameter["name"].as_str()?.to_owned();
    let mut example = example.clone();
    match parameter["in"].as_str()? {
        // An empty segment would change the path.
        "path" if !text.is_empty() => drop(example.path.insert(name, text.replace(' ', "%20"))),
        "query" => {
            example.query.retain(|(known, _)| *known != name);
            example.query.push((name, text.to_owned()));
        }
        "header" if !text.contains('\u{7}') => {
            example.headers.retain(|(known, _)| *known != name);
            example.headers.push((name, text.to_owned()));
        }
        _ => return None,
    }
    Some(example)
}

/// Returns the text of a value in a parameter.
fn text(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Returns requests with one violation each for all examples of an operation, without duplicates.
fn breaches_of(operation: &'static Operation) -> Vec<Broken> {
    let mut found = Vec::new();
    for example in examples::of_operation(operation) {
        if let Some(body) = example.body.as_ref().filter(|body| body.media_type == "application/json") {
            in_body(body.schema, "", &example, &mut found);
        }
        in_parameters(&example, &mut found);
    }
    let mut seen = BTreeSet::new();
    found.retain(|broken| seen.insert((broken.field.clone(), broken.rule)));
    found
}

fn is_reported(response: &TestResponse, broken: &Broken) -> bool {
    let reported = &response.json()["error"]["details"]["fields"][broken.field.as_str()];
    response.status == 400
        && reported.as_array().into_iter().flatten().any(|fault| fault["rule"] == broken.rule)
}

#[tokio::test]
async fn every_broken_keyword_is_reported_by_its_name() {
    let scenario = Scenario::start(&[]).await;
    let mut wrong = Vec::new();
    for operation in OPERATIONS.iter().filter(|operation| !examples::is_lenient(operation)) {
        let Some(actor) = Actor::allowed(operation) else { continue };
        let token = scenario.token(actor, operation.scope).await;
        let before = scenario.versions().await;
        for broken in breaches_of(operation) {
            // Sent unmodified: `Scenario::call` would replace some invalid values by those known at run time.
            let client = scenario.client();
            let response = match &token {
                Some(token) => broken.example.call(&client.with_token(token)).await,
                None => broken.example.call(client).await,
            };
            if !is_reported(&response, &broken) {
                wrong.push(format!(
                    "{}: {} {}: {}",
                    operation.id,
                    broken.field,
                    broken.rule,
                    response.text()
                ));
            }
        }
        if scenario.versions().await != before {
            wrong.push(format!("{} leaves a trace", operation.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
