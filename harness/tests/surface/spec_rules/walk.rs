//! Every schema of the document, the nested ones too, each with the place that it has.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document::{Entry, Spec, items, members};

/// Where a schema stands.
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
    /// A header, of the request or an answer.
    Header,
    /// The body of a request or an answer.
    Content,
}

/// One schema.
#[derive(Clone)]
pub(crate) struct Found<'a> {
    /// How a report names it.
    pub(crate) name: String,
    /// The property, parameter or component that it is; an item's is that of its array.
    pub(crate) word: &'a str,
    pub(crate) place: Place,
    pub(crate) schema: &'a Value,
}

/// All schemas that are written out in the document: components, parameters, headers and bodies, and those in them.
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

/// Those of headers and content of a request's body or of an answer.
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

/// A schema and those written out within it.
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

/// The name of the component that a reference is to.
pub(crate) fn target(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

/// What a schema refers to through a nullable wrapper or without one: the referred component, or the schema itself.
pub(crate) fn meant<'a>(spec: &'a Spec, schema: &'a Value) -> &'a Value {
    spec.resolved(if schema["allOf"].is_array() { &schema["allOf"][0] } else { schema })
}

/// The schema and all that it refers to, once each, with their names.
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
