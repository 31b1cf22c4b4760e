//! Rules for examples: they exist and match their schemas. The validators that check responses check them as well:
//! each example becomes a response of an operation, with a distinct status.

use agora_harness::spec::OWN_FORMATS;
use agora_runtime::{Location, Operation, ResponseChecks};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use super::Rule;
use super::document::{Entry, Spec, members, of_each, unless};
use super::walk;

pub(crate) const RULES: &[Rule] = &[
    Rule { id: "R65", breaches: examples_are_there },
    Rule { id: "R66", breaches: examples_keep_their_schemas },
    Rule { id: "R73", breaches: examples_may_be_sent },
    Rule { id: "R84", breaches: lists_are_shown_with_items },
];

/// An example, its place, and the schema that it must match.
struct Example<'a> {
    place: String,
    schema: &'a Value,
    value: &'a Value,
}

/// Returns `true` if a parameter or a media type has an example, named or unnamed.
fn is_shown(holder: &Value) -> bool {
    holder.get("example").is_some() || members(&holder["examples"]).next().is_some()
}

fn examples_are_there(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let is_parameter_shown = |parameter: &Value| {
            is_shown(parameter) || spec.resolved(&parameter["schema"]).get("example").is_some()
        };
        let bare = entry.parameters().into_iter();
        let bare = bare.filter(|parameter| parameter["in"] == "path" && !is_parameter_shown(parameter));
        let mut breaches: Vec<String> =
            bare.map(|parameter| format!("the parameter {} has no example", parameter["name"])).collect();
        let body = entry.body().map(|body| ("the body", body));
        for (part, value) in body.into_iter().chain(entry.responses()) {
            for (_, content) in members(&value["content"]) {
                breaches.extend(unless(is_shown(content), format!("{part} has no example")));
            }
        }
        breaches
    })
}

fn examples_may_be_sent(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let shown =
            |holder: &Value| holder.get("example").or_else(|| holder["schema"].get("example")).cloned();
        let is_safe = |parameter: &&Value| match parameter["name"].as_str() {
            Some("Idempotency-Key" | "If-None-Match") => shown(parameter).is_none(),
            Some("If-Match") => shown(parameter) == Some(json!("*")),
            _ => true,
        };
        let unsafe_ones = entry.parameters().into_iter().filter(|parameter| !is_safe(parameter));
        let mut breaches: Vec<String> =
            unsafe_ones.map(|parameter| format!("the example of {}", parameter["name"])).collect();
        for (status, response) in entry.responses() {
            let replayed = spec.resolved(&response["headers"]["Idempotency-Replayed"]);
            breaches.extend(unless(shown(replayed).is_none(), format!("Idempotency-Replayed of {status}")));
        }
        breaches
    })
}

fn lists_are_shown_with_items(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let response = entry.list().and(entry.response("200"));
        let contents = response.into_iter().flat_map(|response| members(&response["content"]));
        let named = |content: &Value| -> Vec<Value> {
            let named =
                members(&content["examples"]).map(|(_, example)| spec.resolved(example)["value"].clone());
            content.get("example").cloned().into_iter().chain(named).collect()
        };
        let shown = contents.flat_map(|(_, content)| named(content));
        let is_empty = |example: &Value| {
            let rows = [example, &example["results"], &example["data"]];
            rows.iter().find_map(|rows| rows.as_array()).is_some_and(Vec::is_empty)
        };
        unless(!shown.into_iter().any(|example| is_empty(&example)), "the example of the list is empty")
    })
}

/// Returns the examples of an operation: those of parameters, headers and bodies.
fn of_operation<'a>(spec: &'a Spec, entry: &Entry<'a>) -> Vec<Example<'a>> {
    let mut found = Vec::new();
    let mut add = |place: String, holder: &'a Value| {
        let named = members(&holder["examples"]).map(|(_, example)| &spec.resolved(example)["value"]);
        for value in holder.get("example").into_iter().chain(named) {
            let place = format!("{}, {place}", entry.name());
            found.push(Example { place, schema: &holder["schema"], value });
        }
    };
    for parameter in entry.parameters() {
        add(format!("the parameter {}", parameter["name"]), parameter);
    }
    let body = entry.body().map(|body| ("the body", body));
    for (part, value) in body.into_iter().chain(entry.responses()) {
        for (name, header) in members(&value["headers"]) {
            add(format!("the header {name} of {part}"), spec.resolved(header));
        }
        for (_, content) in members(&value["content"]) {
            add(part.to_owned(), content);
        }
    }
    found
}

/// Returns the examples in schemas.
fn of_schemas(spec: &Spec) -> Vec<Example<'_>> {
    let schemas = walk::schemas(spec).into_iter();
    let shown = schemas.filter_map(|found| {
        Some(Example { place: found.name, schema: found.schema, value: found.schema.get("example")? })
    });
    shown.collect()
}

/// Replaces the responses of an operation by its examples. The first has status 200, the next 201.
fn dressed(document: &mut Value, operation: &Operation, examples: &[Example<'_>]) {
    let mut responses = Map::new();
    for (status, example) in (200..).zip(examples) {
        let content = json!({"application/json": {"schema": example.schema}});
        responses.insert(format!("{status}"), json!({"description": "", "content": content}));
    }
    let method = operation.method.to_lowercase();
    document["paths"][operation.path][method.as_str()]["responses"] = Value::Object(responses);
}

/// Returns the violations in the examples that `dressed` gave to an operation.
fn faults(responses: &ResponseChecks, operation: &Operation, examples: &[Example<'_>]) -> Vec<String> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut found = Vec::new();
    for (status, example) in (200..).zip(examples) {
        let status = StatusCode::from_u16(status).expect("an operation has fewer than 800 examples");
        let bytes = serde_json::to_vec(example.value).expect("JSON can be written");
        let faults = responses.violations(operation, status, &headers, &bytes);
        let reported = faults.into_iter().filter(|fault| fault.location == Location::Body);
        found.extend(reported.map(|fault| format!("{}: {} {}", example.place, fault.field, fault.message)));
    }
    found
}

fn examples_keep_their_schemas(spec: &Spec) -> Vec<String> {
    let entries = spec.entries();
    let known = spec.table.iter().copied().filter_map(|operation| {
        let entry = entries.iter().find(|entry| entry.id() == operation.id)?;
        let fits = entry.path == operation.path && entry.method == operation.method;
        fits.then(|| (operation, of_operation(spec, entry)))
    });
    let mut rooms: Vec<(&'static Operation, Vec<Example<'_>>)> = known.collect();
    // Examples of schemas are spread over the operations. Each needs a distinct status, and the number of statuses is
    // limited.
    let count = rooms.len().max(1);
    for (index, example) in of_schemas(spec).into_iter().enumerate() {
        if let Some((_, room)) = rooms.get_mut(index % count) {
            room.push(example);
        }
    }
    let mut document = spec.document.clone();
    for (operation, examples) in &rooms {
        dressed(&mut document, operation, examples);
    }
    let operations: Vec<&'static Operation> = rooms.iter().map(|(operation, _)| *operation).collect();
    match ResponseChecks::compile(&document.to_string(), &operations, OWN_FORMATS) {
        Ok(responses) => {
            rooms.iter().flat_map(|(operation, examples)| faults(&responses, operation, examples)).collect()
        }
        Err(error) => vec![format!("the contract does not compile: {error}")],
    }
}
