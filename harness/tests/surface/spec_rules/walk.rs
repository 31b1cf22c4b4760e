//! Traversal of all schemas of the document, including nested ones, each with its place.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document::{Entry, Spec, items, members};

/// The place of a schema in the document.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// Under `components.schemas`.
    Component,
    /// A property of an object.
    Property,
    /// The items of an array, or the values of a map.
    Items,
    /// A part of `allOf`.
    Part,
    /// A variant of `oneOf` or `anyOf`, or a `not`.
    Variant,
    /// A parameter of path or query.
    Parameter,
    /// A header of a request or a response.
    Header,
    /// The body of a request or a response.
    Content,
}

/// A schema and its place in the document.
#[derive(Clone)]
pub(crate) struct Found<'a> {
    /// Name in reports.
    pub(crate) name: String,
    /// Name of the property, parameter or component. Items of an array have the name of the array.
    pub(crate) word: &'a str,
    pub(crate) place: Place,
    pub(crate) schema: &'a Value,
}

/// Returns all schemas that are written out in the document: components, parameters, headers and bodies, and the
/// schemas nested in them.
pub(crate) fn schemas(spec: &Spec) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    for (word, schema) in members(&spec.document["components"]["schemas"]) {
        let name = word.clone();
        below(&Found { name, word, place: Place::Component, schema }, &mut found);
    }
    for entry in spec.entries() {
        of_parameters(&entry, &mut found);
        let body = entry.body().map(|body| ("body", body));
        for (part, value) in body.into_iter().chain(entry.responses()) {
            of_part(spec, &format!("{}, {part}", entry.name()), value, &mut found);
        }
    }
    found
}

fn of_parameters<'a>(entry: &Entry<'a>, found: &mut Vec<Found<'a>>) {
    for parameter in entry.parameters() {
        let word = parameter["name"].as_str().unwrap_or_default();
        let name = format!("{}, parameter {word}", entry.name());
        let place = if parameter["in"] == "header" { Place::Header } else { Place::Parameter };
        below(&Found { name, word, place, schema: &parameter["schema"] }, found);
    }
}

/// Collects the schemas of the headers and content of a request body or a response.
fn of_part<'a>(spec: &'a Spec, part: &str, value: &'a Value, found: &mut Vec<Found<'a>>) {
    for (word, header) in members(&value["headers"]) {
        let name = format!("{part}, header {word}");
        below(&Found { name, word, place: Place::Header, schema: &spec.resolved(header)["schema"] }, found);
    }
    for (word, content) in members(&value["content"]) {
        below(
            &Found { name: part.to_owned(), word, place: Place::Content, schema: &content["schema"] },
            found,
        );
    }
}

/// Collects a schema and those written out within it.
fn below<'a>(schema: &Found<'a>, found: &mut Vec<Found<'a>>) {
    found.push(schema.clone());
    for inner in children(schema) {
        below(&inner, found);
    }
}

fn children<'a>(of: &Found<'a>) -> Vec<Found<'a>> {
    let (schema, word) = (of.schema, of.word);
    let child = |step: &str, word: &'a str, place: Place, schema: &'a Value| Found {
        name: format!("{}{step}", of.name),
        word,
        place,
        schema,
    };
    let mut inner = Vec::new();
    for (name, property) in members(&schema["properties"]) {
        inner.push(child(&format!(".{name}"), name, Place::Property, property));
    }
    for key in ["items", "additionalProperties"] {
        if let Some(values) = schema.get(key).filter(|values| values.is_object()) {
            inner.push(child("[]", word, Place::Items, values));
        }
    }
    inner.extend(items(&schema["allOf"]).map(|part| child(" allOf", word, Place::Part, part)));
    for key in ["oneOf", "anyOf"] {
        inner.extend(
            items(&schema[key]).map(|variant| child(&format!(" {key}"), word, Place::Variant, variant)),
        );
    }
    if let Some(not) = schema.get("not") {
        inner.push(child(" not", word, Place::Variant, not));
    }
    inner
}

/// Returns the name of the component to which a reference points.
pub(crate) fn target(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

/// Returns the component to which a schema refers, with or without a nullable wrapper. Returns other schemas
/// unchanged.
pub(crate) fn meant<'a>(spec: &'a Spec, schema: &'a Value) -> &'a Value {
    spec.resolved(if schema["allOf"].is_array() { &schema["allOf"][0] } else { schema })
}

/// Returns the schema and all that it refers to, once each, with their names.
pub(crate) fn reachable<'a>(spec: &'a Spec, name: &str, schema: &'a Value) -> Vec<Found<'a>> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    below(&Found { name: name.to_owned(), word: "", place: Place::Content, schema }, &mut found);
    let mut next = 0;
    while next < found.len() {
        if let Some(target) = target(found[next].schema).filter(|target| seen.insert((*target).to_owned())) {
            let schema = &spec.document["components"]["schemas"][target];
            below(&Found { name: target.to_owned(), word: "", place: Place::Component, schema }, &mut found);
        }
        next += 1;
    }
    found
}
