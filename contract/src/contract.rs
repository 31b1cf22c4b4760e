//! The contract compiled: a validator for each part of each operation, made from the bundled document.

use std::collections::HashMap;

use http::{HeaderMap, StatusCode};
use jsonschema::{Registry, Validator};
use serde_json::{Map, Value, json};

use crate::fault::{Fault, Place, faults_of};
use crate::operation::Operation;
use crate::parameters::{Coercion, Parameter};
use crate::schema::{self, DOCUMENT};

/// Why a document could not be compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The table of operations and the document disagree: they come from different runs of the generator.
    #[error("the contract has no operation {0}; run `just gen`")]
    Missing(&'static str),
    /// A schema of the document is not valid.
    #[error("the schema of {0} is not valid: {1}")]
    Schema(String, String),
}

/// One scheme that an operation's security asks for, with its scopes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Requirement {
    /// The name of the scheme under `components.securitySchemes`.
    pub scheme: String,
    /// The scopes that it must have.
    pub scopes: Vec<String>,
}

/// What the contract demands of the requests and the answers of each operation.
pub struct Contract {
    checks: HashMap<&'static str, Checks>,
}

pub(crate) struct Checks {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) path: Option<Validator>,
    pub(crate) query: Validator,
    pub(crate) header: Option<Validator>,
    pub(crate) body: Option<BodyCheck>,
    answers: HashMap<String, AnswerCheck>,
    security: Vec<Vec<Requirement>>,
}

pub(crate) struct BodyCheck {
    pub(crate) required: bool,
    pub(crate) media_type: String,
    validator: Validator,
    /// Members that repeat a path parameter (`x-same-as-path`), and its name.
    same_as_path: Vec<(String, String)>,
}

struct AnswerCheck {
    headers: Vec<HeaderCheck>,
    content: Vec<(String, Validator)>,
}

struct HeaderCheck {
    name: String,
    required: bool,
    coercion: Coercion,
    validator: Validator,
}

/// A check of a text for a `format` that JSON Schema does not know.
pub type Format = (&'static str, fn(&str) -> bool);

impl Contract {
    /// Compiles the checks of `operations` from the bundled document, an `OpenAPI` 3.0 document as JSON. `formats`
    /// are checks of the document's own formats, beyond those of JSON Schema and `decimal`.
    ///
    /// # Errors
    /// When an operation is not in the document, or a schema does not compile.
    pub fn compile(
        document: &Value,
        operations: &[&'static Operation],
        formats: &[Format],
    ) -> Result<Self, CompileError> {
        let mut document = document.clone();
        schema::rewrite(&mut document);
        let compiler = Compiler::new(&document, formats)?;
        let checks = operations.iter().map(|operation| Ok((operation.id, compiler.checks(operation)?)));
        Ok(Self { checks: checks.collect::<Result<_, CompileError>>()? })
    }

    /// What an operation's `security` asks for: one of the alternatives, and all requirements in it. An empty
    /// alternative makes credentials optional; no alternative at all means that they are not looked at.
    #[must_use]
    pub fn security(&self, operation: &Operation) -> &[Vec<Requirement>] {
        &self.of(operation).security
    }

    /// Whether answers of this operation and status may have this header.
    #[must_use]
    pub fn has_header(&self, operation: &Operation, status: StatusCode, name: &str) -> bool {
        let check = self.of(operation).answers.get(status.as_str());
        check.is_some_and(|check| check.headers.iter().any(|header| header.name == name))
    }

    /// Checks an answer against what the contract says of this operation: status, media type, headers, body. An empty
    /// list means that it keeps the contract.
    #[must_use]
    pub fn answer_faults(
        &self,
        operation: &Operation,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Vec<Fault> {
        let checks = self.of(operation);
        let class = format!("{}XX", status.as_u16() / 100);
        let check = checks.answers.get(status.as_str()).or_else(|| checks.answers.get(&class));
        match check.or_else(|| checks.answers.get("default")) {
            Some(check) => check.faults(headers, body),
            None => vec![Fault::new(
                Place::Body,
                "status",
                "undocumented",
                format!("{status} is not in the contract"),
            )],
        }
    }

    pub(crate) fn of(&self, operation: &Operation) -> &Checks {
        // Only operations that were compiled are routed.
        &self.checks[operation.id]
    }
}

impl BodyCheck {
    /// The faults of a body, and of what it repeats of the path.
    pub(crate) fn faults(&self, tree: &Value, path: &Map<String, Value>) -> Vec<Fault> {
        let mut found = faults(&self.validator, Place::Body, tree);
        let differs = |member: &str, parameter: &str| {
            tree.get(member).is_some_and(|repeated| path.get(parameter) != Some(repeated))
        };
        let differing = self.same_as_path.iter().filter(|(member, parameter)| differs(member, parameter));
        found.extend(
            differing.map(|(member, _)| Fault::new(Place::Body, member, "path", "is that of the path")),
        );
        found
    }
}

/// The faults of a tree; nothing is allocated for one that has none.
pub(crate) fn faults(validator: &Validator, place: Place, tree: &Value) -> Vec<Fault> {
    if validator.is_valid(tree) {
        return Vec::new();
    }
    validator.iter_errors(tree).flat_map(|error| faults_of(place, &error)).collect()
}

impl AnswerCheck {
    fn faults(&self, headers: &HeaderMap, body: &[u8]) -> Vec<Fault> {
        let mut found: Vec<Fault> = self.headers.iter().flat_map(|check| check.faults(headers)).collect();
        let sent = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = sent.map(|value| value.split(';').next().unwrap_or_default().trim());
        match (self.content.as_slice(), essence) {
            ([], _) if body.is_empty() => {}
            ([], _) => {
                found.push(Fault::new(Place::Body, "body", "undocumented", "the contract has no body here"));
            }
            (content, Some(essence)) => match content.iter().find(|(media_type, _)| media_type == essence) {
                // What is not JSON is a text to the contract.
                Some((media_type, validator)) if !media_type.ends_with("json") => {
                    let text = Value::String(String::from_utf8_lossy(body).into_owned());
                    found.extend(faults(validator, Place::Body, &text));
                }
                Some((_, validator)) => match crate::decode(body) {
                    Ok(tree) => found.extend(faults(validator, Place::Body, &tree)),
                    Err(faults) => found.extend(faults),
                },
                None => found.push(Fault::new(
                    Place::Header,
                    "Content-Type",
                    "undocumented",
                    "is not in the contract",
                )),
            },
            (_, None) => found.push(Fault::new(Place::Header, "Content-Type", "required", "is required")),
        }
        found
    }
}

impl HeaderCheck {
    fn faults(&self, headers: &HeaderMap) -> Vec<Fault> {
        let Some(value) = headers.get(&self.name) else {
            let missing = Fault::new(Place::Header, &self.name, "required", "is required");
            return if self.required { vec![missing] } else { Vec::new() };
        };
        let tree = self.coercion.apply(&String::from_utf8_lossy(value.as_bytes()));
        let found = faults(&self.validator, Place::Header, &tree);
        found.into_iter().map(|fault| Fault { field: self.name.clone(), ..fault }).collect()
    }
}

/// Compiles schemas of one document.
struct Compiler<'a> {
    document: &'a Value,
    registry: Registry<'a>,
    formats: &'a [Format],
}

impl<'a> Compiler<'a> {
    fn new(document: &'a Value, formats: &'a [Format]) -> Result<Self, CompileError> {
        let registry = Registry::new()
            .draft(jsonschema::Draft::Draft202012)
            .add(DOCUMENT, document)
            .and_then(jsonschema::RegistryBuilder::prepare)
            .map_err(|error| CompileError::Schema("the document".to_owned(), error.to_string()))?;
        Ok(Self { document, registry, formats })
    }

    fn checks(&self, operation: &'static Operation) -> Result<Checks, CompileError> {
        let method = operation.method.to_ascii_lowercase();
        let text = &self.document["paths"][operation.path][method.as_str()];
        if text["operationId"] != operation.id {
            return Err(CompileError::Missing(operation.id));
        }
        let declared: Vec<&Value> =
            items(&text["parameters"]).map(|parameter| self.resolved(parameter)).collect();
        let part = |place| self.part(operation, &declared, place);
        // Without `properties` the validator would not name the members that are too many.
        let nothing = json!({"properties": {}, "additionalProperties": false});
        Ok(Checks {
            parameters: declared.iter().filter_map(|parameter| self.parameter(parameter)).collect(),
            path: part("path")?,
            query: part("query")?.map_or_else(|| self.validator(operation.id, &nothing), Ok)?,
            header: part("header")?,
            body: self.body(operation, &text["requestBody"])?,
            answers: self.answers(operation, &text["responses"])?,
            security: self.security(text),
        })
    }

    fn validator(&self, id: &str, schema: &Value) -> Result<Validator, CompileError> {
        let mut options = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .with_registry(&self.registry)
            .with_pattern_options(jsonschema::PatternOptions::regex())
            .with_format("decimal", is_decimal)
            .should_validate_formats(true)
            .should_ignore_unknown_formats(false);
        for (name, check) in self.formats {
            options = options.with_format(*name, *check);
        }
        options.build(schema).map_err(|error| CompileError::Schema(id.to_owned(), error.to_string()))
    }

    fn resolved(&self, value: &'a Value) -> &'a Value {
        let target =
            value["$ref"].as_str().and_then(|target| target.strip_prefix(DOCUMENT)?.strip_prefix('#'));
        target.and_then(|pointer| self.document.pointer(pointer)).map_or(value, |found| self.resolved(found))
    }

    /// The check of all parameters of one place as one object; none where the operation declares none there.
    fn part(
        &self,
        operation: &Operation,
        declared: &[&Value],
        place: &str,
    ) -> Result<Option<Validator>, CompileError> {
        let here: Vec<_> = declared.iter().filter(|parameter| parameter["in"] == place).collect();
        if here.is_empty() {
            return Ok(None);
        }
        let name = |parameter: &Value| parameter["name"].as_str().unwrap_or_default().to_owned();
        let properties: Map<String, Value> =
            here.iter().map(|parameter| (name(parameter), parameter["schema"].clone())).collect();
        let required: Vec<String> = here
            .iter()
            .filter(|parameter| parameter["required"] == true)
            .map(|parameter| name(parameter))
            .collect();
        let schema = json!({"properties": properties, "required": required, "additionalProperties": false});
        self.validator(operation.id, &schema).map(Some)
    }

    fn parameter(&self, parameter: &Value) -> Option<Parameter> {
        let place = match parameter["in"].as_str()? {
            "path" => Place::Path,
            "query" => Place::Query,
            "header" => Place::Header,
            _ => return None,
        };
        // Form style, the default of query parameters, explodes unless it says otherwise.
        let exploded = place == Place::Query && parameter["explode"] != false;
        let coercion = self.coercion(&parameter["schema"], exploded);
        Some(Parameter { place, name: parameter["name"].as_str()?.to_owned(), coercion })
    }

    fn coercion(&self, schema: &Value, exploded: bool) -> Coercion {
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

    fn document_schema<'s>(&'s self, schema: &'s Value) -> Option<&'s Value> {
        match schema["$ref"].as_str() {
            Some(target) => self.document.pointer(target.strip_prefix(DOCUMENT)?.strip_prefix('#')?),
            None => Some(schema),
        }
    }

    fn body(&self, operation: &Operation, body: &'a Value) -> Result<Option<BodyCheck>, CompileError> {
        let body = self.resolved(body);
        let Some((media_type, content)) =
            body["content"].as_object().and_then(|content| content.iter().next())
        else {
            return Ok(None);
        };
        Ok(Some(BodyCheck {
            required: body["required"] == true,
            media_type: media_type.clone(),
            validator: self.validator(operation.id, &content["schema"])?,
            same_as_path: self.same_as_path(&content["schema"]),
        }))
    }

    fn same_as_path(&self, schema: &Value) -> Vec<(String, String)> {
        let properties = self.document_schema(schema).map(|schema| members(&schema["properties"]));
        let repeated = |(name, schema): (&String, &Value)| {
            Some((name.clone(), schema["x-same-as-path"].as_str()?.to_owned()))
        };
        properties.into_iter().flatten().filter_map(repeated).collect()
    }

    fn answers(
        &self,
        operation: &Operation,
        answers: &'a Value,
    ) -> Result<HashMap<String, AnswerCheck>, CompileError> {
        let answers = answers.as_object().into_iter().flatten();
        answers
            .map(|(status, answer)| {
                let answer = self.resolved(answer);
                let headers =
                    members(&answer["headers"]).map(|(name, header)| self.header(operation, name, header));
                let content = members(&answer["content"]).map(|(media_type, content)| {
                    Ok((media_type.clone(), self.validator(operation.id, &content["schema"])?))
                });
                let check = AnswerCheck {
                    headers: headers.collect::<Result<_, CompileError>>()?,
                    content: content.collect::<Result<_, CompileError>>()?,
                };
                Ok((status.clone(), check))
            })
            .collect()
    }

    fn header(
        &self,
        operation: &Operation,
        name: &str,
        header: &'a Value,
    ) -> Result<HeaderCheck, CompileError> {
        let header = self.resolved(header);
        Ok(HeaderCheck {
            name: name.to_owned(),
            required: header["required"] == true,
            coercion: self.coercion(&header["schema"], false),
            validator: self.validator(operation.id, &header["schema"])?,
        })
    }

    fn security(&self, operation: &Value) -> Vec<Vec<Requirement>> {
        let own = operation.get("security").or_else(|| self.document.get("security"));
        let requirement = |(scheme, scopes): (&String, &Value)| Requirement {
            scheme: scheme.clone(),
            scopes: items(scopes).filter_map(Value::as_str).map(str::to_owned).collect(),
        };
        own.map(items)
            .into_iter()
            .flatten()
            .map(|alternative| members(alternative).map(requirement).collect())
            .collect()
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// A plain decimal: digits, at most one point, no exponent.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|first: char| first.is_ascii_digit())
        && !digits.ends_with('.')
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.bytes().filter(|byte| *byte == b'.').count() <= 1
        && digits.len() <= 28
}
