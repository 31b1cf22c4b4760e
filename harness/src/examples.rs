//! Requests built from the examples of the contract, those of an operation's parameters and body.

use std::collections::BTreeMap;

use agora_runtime::{Idempotency, Operation};
use reqwest::{Method, Url};
use serde_json::Value;
use uuid::Uuid;

use crate::client::{Call, Client};
use crate::kinds::{name_of, name_of_path};
use crate::spec::{of_document, parameters, resolved};

/// An example request of an operation.
#[derive(Clone)]
pub struct Example {
    /// The operation to call.
    pub operation: &'static Operation,
    /// The operation's id. If this is not the plain request, the parameter or named example that it adds is appended.
    pub name: String,
    /// Values of the path parameters, by name.
    pub path: BTreeMap<String, String>,
    /// Names and values of the query parameters.
    pub query: Vec<(String, String)>,
    /// Headers that the operation requires.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Body>,
}

/// An example body.
#[derive(Clone)]
pub struct Body {
    /// The media type.
    pub media_type: String,
    /// The schema of the body.
    pub schema: &'static Value,
    /// The value of the example.
    pub value: Value,
}

/// Ids of resources, by the names of their kinds.
pub type Ids = BTreeMap<&'static str, String>;

impl Example {
    /// Returns the ids in the path.
    #[must_use]
    pub fn ids(&self) -> Ids {
        let id = |(slot, id): (&String, &String)| Some((name_of_path(self.operation, slot)?, id.clone()));
        self.path.iter().filter_map(id).collect()
    }

    /// Makes the request refer to these resources, in all slots of path, query and body that refer to one of their kinds.
    pub fn refer(&mut self, ids: &Ids) {
        for parameter in parameters(self.operation) {
            let name = parameter["name"].as_str().unwrap_or_default();
            let Some(id) = name_of(parameter).and_then(|kind| ids.get(kind)) else { continue };
            let of_query = self.query.iter_mut().find(|(known, _)| known == name).map(|(_, value)| value);
            let of_path = self.path.get_mut(name).filter(|_| parameter["in"] == "path");
            of_query.into_iter().chain(of_path).for_each(|value| value.clone_from(id));
        }
        if let Some(body) = &mut self.body {
            refer(body.schema, &mut body.value, ids);
            for (name, schema) in resolved(body.schema)["properties"].as_object().into_iter().flatten() {
                let of_path = schema["x-same-as-path"].as_str().and_then(|slot| self.path.get(slot));
                if let (Some(id), Some(member)) = (of_path, body.value.get_mut(name)) {
                    *member = id.as_str().into();
                }
            }
        }
    }

    /// Returns the request target: path and query.
    #[must_use]
    pub fn target(&self) -> String {
        let mut path = self.operation.path.to_owned();
        for (name, value) in &self.path {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        if self.query.is_empty() { path } else { format!("{path}?{}", encoded(&self.query)) }
    }

    /// Builds the request, but does not send it.
    ///
    /// # Panics
    /// If the operation's method is invalid.
    #[must_use]
    pub fn call<A>(&self, client: &Client<A>) -> Call {
        let method: Method = self.operation.method.parse().expect("a method");
        let mut call = client.call(method, &self.target());
        for (name, value) in &self.headers {
            call = call.header(name, value);
        }
        let has_key = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("idempotency-key"));
        if self.operation.idempotency == Idempotency::Required && !has_key {
            call = call.header("idempotency-key", &Uuid::now_v7().to_string());
        }
        match &self.body {
            None => call,
            Some(body) if body.media_type == "application/x-www-form-urlencoded" => {
                let members = body.value.as_object().into_iter().flatten();
                let pairs: Vec<_> = members.map(|(name, value)| (name.clone(), text(value))).collect();
                call.header("content-type", &body.media_type).body(encoded(&pairs))
            }
            Some(body) => call.header("content-type", &body.media_type).body(body.value.to_string()),
        }
    }
}

fn refer(schema: &'static Value, value: &mut Value, ids: &Ids) {
    let schema = resolved(schema);
    if let Some(id) = name_of(schema).filter(|_| !value.is_array()).and_then(|kind| ids.get(kind)) {
        *value = id_value(schema, id);
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| refer(&schema["items"], item, ids)),
        Value::Object(members) => {
            for (name, member) in members {
                refer(&schema["properties"][name.as_str()], member, ids);
            }
        }
        _ => {}
    }
}

/// Returns an id as a value of the type that a schema requires.
#[must_use]
pub fn id_value(schema: &'static Value, id: &str) -> Value {
    let schema = resolved(schema);
    match schema["type"].as_str() {
        Some("array") => Value::Array(vec![id_value(&schema["items"], id)]),
        Some("integer") => id.parse::<i64>().map_or_else(|_| id.into(), Value::from),
        _ => id.into(),
    }
}

fn encoded(pairs: &[(String, String)]) -> String {
    let url = Url::parse_with_params("http://host", pairs).expect("pairs can be encoded");
    url.query().unwrap_or_default().to_owned()
}

/// Returns a value as text for a path or a form.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Returns `true` if an operation ignores everything in a request (`x-lenient`).
#[must_use]
pub fn is_lenient(operation: &Operation) -> bool {
    of_document(operation)["x-lenient"] == true
}

/// Returns the examples of a parameter or a media type with their names: all of `examples`, or else the single
/// `example`, with an empty name.
fn shown(holder: &'static Value) -> Vec<(&'static str, &'static Value)> {
    if let Some(named) = holder["examples"].as_object() {
        return named.iter().map(|(name, example)| (name.as_str(), &resolved(example)["value"])).collect();
    }
    let own = holder.get("example").or_else(|| resolved(&holder["schema"]).get("example"));
    own.map(|value| ("", value)).into_iter().collect()
}

/// Returns the text of a parameter's value, with array items separated by commas. An exploded array is not supported:
/// its example must be a single item.
fn sent(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        other => text(other),
    }
}

/// A change that turns the plain example into another one.
type Change = Box<dyn Fn(&mut Example)>;

/// Returns all example requests of an operation. The first is the plain one: it has the body and the required
/// parameters, with the first example of each. One more follows for each other example and each optional query
/// parameter.
///
/// # Panics
/// If a required parameter or a body has no example.
#[must_use]
pub fn of_operation(operation: &'static Operation) -> Vec<Example> {
    let name = operation.id.to_owned();
    let mut plain = Example {
        operation,
        name,
        path: BTreeMap::new(),
        query: Vec::new(),
        headers: Vec::new(),
        body: None,
    };
    let mut more: Vec<(String, Change)> = Vec::new();
    for parameter in parameters(operation) {
        let name = parameter["name"].as_str().unwrap_or_default();
        // Each request has an Idempotency-Key of its own, see [`Example::call`].
        let is_required = parameter["required"] == true && name != "Idempotency-Key";
        let mut examples = shown(parameter).into_iter();
        if is_required {
            let Some((_, first)) = examples.next() else { panic!("{}: {name} has no example", operation.id) };
            place(&mut plain, parameter, name, sent(first));
        }
        if parameter["in"] == "header" {
            continue;
        }
        for (label, value) in examples {
            let label = if label.is_empty() { name.to_owned() } else { format!("{name}.{label}") };
            more.push((label, Box::new(move |example| place(example, parameter, name, sent(value)))));
        }
    }
    let content = resolved(&of_document(operation)["requestBody"])["content"].as_object();
    for (media_type, content) in content.into_iter().flatten() {
        let body = move |value: &Value| {
            Some(Body { media_type: media_type.clone(), schema: &content["schema"], value: value.clone() })
        };
        let mut examples = shown(content).into_iter();
        if plain.body.is_none() {
            let Some((_, first)) = examples.next() else {
                panic!("{}: the body has no example", operation.id)
            };
            plain.body = body(first);
        }
        for (label, value) in examples {
            more.push((label.to_owned(), Box::new(move |example| example.body = body(value))));
        }
    }
    let others = more.into_iter().map(|(label, change)| {
        let mut example = Example { name: format!("{}.{label}", operation.id), ..plain.clone() };
        change(&mut example);
        example
    });
    let others: Vec<Example> = others.collect();
    [plain].into_iter().chain(others).collect()
}

fn place(example: &mut Example, parameter: &Value, name: &str, value: String) {
    match parameter["in"].as_str() {
        Some("path") => drop(example.path.insert(name.to_owned(), value)),
        Some("query") => {
            example.query.retain(|(known, _)| known != name);
            example.query.push((name.to_owned(), value));
        }
        _ => example.headers.push((name.to_owned(), value)),
    }
}
