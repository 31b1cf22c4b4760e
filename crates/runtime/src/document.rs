//! The document of the contract. Each operation is parsed separately, with the components that it refers to, so that the
//! first request of an operation costs the same in a large contract as in a small one.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::operation::Operation;

/// The reason why a document could not be compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The table of operations and the document disagree: they come from different runs of the generator.
    #[error("the contract has no operation {0}; run `just gen`")]
    Missing(&'static str),
    /// The body of an operation has a media type that this crate does not read.
    #[error(
        "the body of {0} is {1}, which the runtime does not read; add it to crates/runtime/src/validate.rs"
    )]
    MediaType(&'static str, String),
    /// A schema of the document is not valid.
    #[error("the schema of {0} is not valid: {1}")]
    Schema(String, String),
}

/// JSON that is parsed when it is needed, by name.
type Unparsed = HashMap<String, Box<RawValue>>;

/// An `OpenAPI` 3.0 document whose operations and components are not parsed yet.
#[derive(Deserialize)]
pub(crate) struct Document {
    paths: HashMap<String, Unparsed>,
    #[serde(default)]
    components: HashMap<String, Unparsed>,
    security: Option<Value>,
}

/// The only member of an operation that is read to recognize it.
#[derive(Deserialize)]
struct Named {
    #[serde(rename = "operationId")]
    id: String,
}

impl Document {
    /// Divides a document.
    pub(crate) fn parse(text: &str) -> Result<Self, CompileError> {
        serde_json::from_str(text).map_err(|error| invalid("the document", &error))
    }

    /// Returns an error if the document does not have the operation.
    pub(crate) fn find(&self, operation: &Operation) -> Result<&RawValue, CompileError> {
        let methods = self.paths.get(operation.path);
        let found = methods.and_then(|methods| methods.get(&operation.method.to_ascii_lowercase()));
        let found = found.ok_or(CompileError::Missing(operation.id))?;
        let named: Named =
            serde_json::from_str(found.get()).map_err(|error| invalid(operation.id, &error))?;
        if named.id == operation.id { Ok(found) } else { Err(CompileError::Missing(operation.id)) }
    }

    /// Returns a document of one operation and of the components that it refers to, directly or through others.
    pub(crate) fn of_operation(&self, operation: &Operation) -> Result<Value, CompileError> {
        let object = parsed(operation.id, self.find(operation)?)?;
        let mut components = json!({});
        let mut pending = Vec::new();
        references(&object, &mut pending);
        while let Some((kind, name)) = pending.pop() {
            if components[&kind].get(&name).is_some() {
                continue;
            }
            // The validator reports a reference that leads nowhere.
            if let Some(raw) = self.components.get(&kind).and_then(|named| named.get(&name)) {
                let component = parsed(&name, raw)?;
                references(&component, &mut pending);
                components[kind][name] = component;
            }
        }
        let method = operation.method.to_ascii_lowercase();
        let mut document = json!({"components": components});
        document["paths"][operation.path][method] = object;
        if let Some(security) = &self.security {
            document["security"] = security.clone();
        }
        Ok(document)
    }
}

fn parsed(name: &str, raw: &RawValue) -> Result<Value, CompileError> {
    serde_json::from_str(raw.get()).map_err(|error| invalid(name, &error))
}

fn invalid(what: &str, error: &serde_json::Error) -> CompileError {
    CompileError::Schema(what.to_owned(), error.to_string())
}

/// Collects the kinds and names of the components that a value refers to, by `$ref` or in the mapping of a discriminator.
fn references(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => {
            let mut path = text.strip_prefix("#/components/").into_iter().flat_map(|path| path.split('/'));
            if let (Some(kind), Some(name)) = (path.next(), path.next()) {
                found.push((kind.to_owned(), name.to_owned()));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(members) => members.values().for_each(|member| references(member, found)),
        _ => {}
    }
}
