//! Compiler for the schemas of a document, shared by the checks of requests and of responses.

use jsonschema::{Registry, Validator};
use serde_json::Value;

use crate::operation::Operation;
use crate::parameters::Coercion;
use crate::schema::DOCUMENT;
use crate::text::{is_name, is_visible_text};

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

/// The name and check of a `format` that JSON Schema does not define.
pub type Format = (&'static str, fn(&str) -> bool);

/// A compiler for the schemas of one document.
pub(crate) struct Compiler<'a> {
    pub(crate) document: &'a Value,
    registry: Registry<'a>,
    formats: &'a [Format],
}

impl<'a> Compiler<'a> {
    /// Creates a compiler for a document that is already rewritten to JSON Schema.
    pub(crate) fn new(document: &'a Value, formats: &'a [Format]) -> Result<Self, CompileError> {
        let registry = Registry::new()
            .draft(jsonschema::Draft::Draft202012)
            .add(DOCUMENT, document)
            .and_then(jsonschema::RegistryBuilder::prepare)
            .map_err(|error| CompileError::Schema("the document".to_owned(), error.to_string()))?;
        Ok(Self { document, registry, formats })
    }

    /// Returns the operation object of the document.
    pub(crate) fn operation_object(&self, operation: &'static Operation) -> Result<&'a Value, CompileError> {
        let method = operation.method.to_ascii_lowercase();
        let text = &self.document["paths"][operation.path][method.as_str()];
        if text["operationId"] == operation.id { Ok(text) } else { Err(CompileError::Missing(operation.id)) }
    }

    /// Builds the validator of a schema. `id` names the operation in errors.
    pub(crate) fn validator(&self, id: &str, schema: &Value) -> Result<Validator, CompileError> {
        let mut options = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .with_registry(&self.registry)
            .with_pattern_options(jsonschema::PatternOptions::regex())
            .with_format("decimal", is_decimal)
            .with_format("visible", is_visible_text)
            .with_format("name", is_name)
            .should_validate_formats(true)
            .should_ignore_unknown_formats(false);
        for (name, check) in self.formats {
            options = options.with_format(*name, *check);
        }
        options.build(schema).map_err(|error| CompileError::Schema(id.to_owned(), error.to_string()))
    }

    /// Follows the `$ref` of a value. A value without one is returned unchanged.
    pub(crate) fn resolved(&self, value: &'a Value) -> &'a Value {
        let target =
            value["$ref"].as_str().and_then(|target| target.strip_prefix(DOCUMENT)?.strip_prefix('#'));
        target.and_then(|pointer| self.document.pointer(pointer)).map_or(value, |found| self.resolved(found))
    }

    /// Returns the coercion for text that this schema describes.
    pub(crate) fn coercion(&self, schema: &Value, exploded: bool) -> Coercion {
        let Some(schema) = self.document_schema(schema) else {
            return Coercion::Text;
        };
        let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
        match kind {
            Some("integer") => Coercion::Integer,
            Some("number") => Coercion::Number,
            Some("boolean") => Coercion::Boolean,
            Some("array") => {
                let item = Box::new(self.coercion(&schema["items"], false));
                if exploded { Coercion::Repeated(item) } else { Coercion::CommaList(item) }
            }
            _ => Coercion::Text,
        }
    }

    /// Follows the `$ref` of a schema.
    pub(crate) fn document_schema<'s>(&'s self, schema: &'s Value) -> Option<&'s Value> {
        match schema["$ref"].as_str() {
            Some(target) => self.document.pointer(target.strip_prefix(DOCUMENT)?.strip_prefix('#')?),
            None => Some(schema),
        }
    }
}

/// Returns the items of an array, or nothing for any other value.
pub(crate) fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Returns the members of an object, or nothing for any other value.
pub(crate) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// Returns `true` for a plain decimal: digits, at most one point, no exponent, at most 28 characters without the sign.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|first: char| first.is_ascii_digit())
        && !digits.ends_with('.')
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.bytes().filter(|byte| *byte == b'.').count() <= 1
        && digits.len() <= 28
}
