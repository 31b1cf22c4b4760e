//! Compiler for the schemas of an operation, shared by the checks of requests and of responses.

use std::collections::HashMap;
use std::sync::OnceLock;

use jsonschema::{Registry, Resource, Validator};
use serde_json::Value;

use crate::document::{CompileError, Document};
use crate::operation::Operation;
use crate::parameters::Coercion;
use crate::schema::{self, DOCUMENT};
use crate::text::{is_name, is_visible_text};

/// The name and check of a `format` that JSON Schema does not define.
pub type Format = (&'static str, fn(&str) -> bool);

/// A compiler for the schemas of one operation.
pub(crate) struct Compiler<'a> {
    pub(crate) document: Value,
    registry: Registry<'static>,
    formats: &'a [Format],
}

impl<'a> Compiler<'a> {
    /// Creates a compiler for an `OpenAPI` 3.0 document.
    fn new(mut document: Value, formats: &'a [Format]) -> Result<Self, CompileError> {
        schema::rewrite(&mut document);
        let registry = Registry::new()
            .draft(jsonschema::Draft::Draft202012)
            .add(DOCUMENT, Resource::from_contents(document.clone()))
            .and_then(jsonschema::RegistryBuilder::prepare)
            .map_err(|error| CompileError::Schema("the document".to_owned(), error.to_string()))?;
        Ok(Self { document, registry, formats })
    }

    /// Returns the operation object of the document.
    pub(crate) fn operation_object(&self, operation: &Operation) -> &Value {
        &self.document["paths"][operation.path][operation.method.to_ascii_lowercase()]
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
    pub(crate) fn resolved<'v>(&'v self, value: &'v Value) -> &'v Value {
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
pub(crate) type Compile<T> = fn(&Compiler<'_>, &'static Operation) -> Result<T, CompileError>;

/// A function that changes the document of an operation before it is compiled.
pub(crate) type Prepare = fn(&mut Value);

/// Checks by operation, compiled all at once or each when it is first asked for.
pub(crate) struct Compiled<T> {
    checks: HashMap<&'static str, (&'static Operation, OnceLock<T>)>,
    /// `None` once everything is compiled.
    source: Option<Source<T>>,
}

/// Everything that the checks of an operation are compiled from.
struct Source<T> {
    document: Document,
    formats: Vec<Format>,
    prepare: Prepare,
    compile: Compile<T>,
}

impl<T> Source<T> {
    fn compile(&self, operation: &'static Operation) -> Result<T, CompileError> {
        let mut document = self.document.of_operation(operation)?;
        (self.prepare)(&mut document);
        (self.compile)(&Compiler::new(document, &self.formats)?, operation)
    }
}

impl<T> Compiled<T> {
    /// Prepares the checks of `operations`, and compiles none.
    pub(crate) fn on_demand(
        document: &str,
        operations: &[&'static Operation],
        formats: &[Format],
        prepare: Prepare,
        compile: Compile<T>,
    ) -> Result<Self, CompileError> {
        let document = Document::parse(document)?;
        for operation in operations {
            document.find(operation)?;
        }
        let checks = operations.iter().map(|operation| (operation.id, (*operation, OnceLock::new())));
        let source = Source { document, formats: formats.to_vec(), prepare, compile };
        Ok(Self { checks: checks.collect(), source: Some(source) })
    }

    /// Compiles the checks of all operations, and gives up the document.
    pub(crate) fn complete(mut self) -> Result<Self, CompileError> {
        if let Some(source) = self.source.take() {
            for (operation, cell) in self.checks.values() {
                // The cell is empty: nobody can have asked for it yet.
                let _ = cell.set(source.compile(operation)?);
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
            let source = self.source.as_ref().expect("what is not compiled has its source");
            source.compile(operation).unwrap_or_else(|error| panic!("{error}"))
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
