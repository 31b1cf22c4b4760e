//! Compiler for the schemas of a document, shared by the checks of requests and of responses.

use std::collections::HashMap;
use std::sync::OnceLock;

use jsonschema::{Registry, Resource, Validator};
use serde_json::Value;

use crate::operation::Operation;
use crate::parameters::Coercion;
use crate::schema::{self, DOCUMENT};
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
pub(crate) struct Compiler {
    pub(crate) document: Value,
    registry: Registry<'static>,
    formats: Vec<Format>,
}

impl Compiler {
    /// Creates a compiler for an `OpenAPI` 3.0 document.
    pub(crate) fn new(mut document: Value, formats: &[Format]) -> Result<Self, CompileError> {
        schema::rewrite(&mut document);
        let registry = Registry::new()
            .draft(jsonschema::Draft::Draft202012)
            .add(DOCUMENT, Resource::from_contents(document.clone()))
            .and_then(jsonschema::RegistryBuilder::prepare)
            .map_err(|error| CompileError::Schema("the document".to_owned(), error.to_string()))?;
        Ok(Self { document, registry, formats: formats.to_vec() })
    }

    /// Returns the operation object of the document.
    pub(crate) fn operation_object(&self, operation: &'static Operation) -> Result<&Value, CompileError> {
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
        for (name, check) in &self.formats {
            options = options.with_format(*name, *check);
        }
        options.build(schema).map_err(|error| CompileError::Schema(id.to_owned(), error.to_string()))
    }

    /// Follows the `$ref` of a value. A value without one is returned unchanged.
    pub(crate) fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
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

/// A function that compiles the checks of one operation.
pub(crate) type Compile<T> = fn(&Compiler, &'static Operation) -> Result<T, CompileError>;

/// Checks by operation, compiled all at once or each when it is first asked for.
pub(crate) struct Compiled<T> {
    checks: HashMap<&'static str, (&'static Operation, OnceLock<T>)>,
    /// `None` once everything is compiled.
    compiler: Option<Compiler>,
    compile: Compile<T>,
}

impl<T> Compiled<T> {
    /// Prepares the checks of `operations`, and compiles none.
    pub(crate) fn on_demand(
        document: Value,
        operations: &[&'static Operation],
        formats: &[Format],
        compile: Compile<T>,
    ) -> Result<Self, CompileError> {
        let compiler = Compiler::new(document, formats)?;
        for operation in operations {
            compiler.operation_object(operation)?;
        }
        let checks = operations.iter().map(|operation| (operation.id, (*operation, OnceLock::new())));
        Ok(Self { checks: checks.collect(), compiler: Some(compiler), compile })
    }

    /// Compiles the checks of all operations, and gives up the document.
    pub(crate) fn complete(mut self) -> Result<Self, CompileError> {
        if let Some(compiler) = self.compiler.take() {
            for (operation, cell) in self.checks.values() {
                // The cell is empty: nobody can have asked for it yet.
                let _ = cell.set((self.compile)(&compiler, operation)?);
            }
        }
        Ok(self)
    }

    /// Returns the checks of an operation.
    ///
    /// # Panics
    /// If they are compiled only now, and a schema of the operation is not valid.
    pub(crate) fn get(&self, operation: &Operation) -> &T {
        // Only prepared operations are routed.
        let (operation, cell) = &self.checks[operation.id];
        cell.get_or_init(|| {
            let compiler = self.compiler.as_ref().expect("what is not compiled has a compiler");
            (self.compile)(compiler, operation).unwrap_or_else(|error| panic!("{error}"))
        })
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
