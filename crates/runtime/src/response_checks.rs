//! Checks of responses against the contract. Only tests use them, not a running server.

use std::collections::HashMap;

use http::{HeaderMap, StatusCode};
use jsonschema::Validator;
use serde_json::Value;

use crate::compiler::{Compiled, Compiler, Format, members};
use crate::contract::violations;
use crate::decode::decode;
use crate::document::CompileError;
use crate::operation::Operation;
use crate::parameters::Coercion;
use crate::violation::{Location, Violation};

/// Checks of the responses of each operation.
pub struct ResponseChecks {
    /// Checks by operation, then by status as written in the document.
    checks: Compiled<HashMap<String, ResponseCheck>>,
}

struct ResponseCheck {
    headers: Vec<HeaderCheck>,
    content: Vec<(String, Validator)>,
}

struct HeaderCheck {
    name: String,
    required: bool,
    coercion: Coercion,
    validator: Validator,
}

impl ResponseChecks {
    /// Prepares the response checks of `operations`. Each is compiled when it is first used. Object schemas of the
    /// components are closed: clients must ignore unknown members, but an undocumented member in a response may disclose
    /// data by accident.
    /// [`crate::Contract::on_demand`] does the same for requests.
    ///
    /// # Errors
    /// Returns an error if an operation is not in the document.
    pub fn on_demand(
        document: &str,
        operations: &[&'static Operation],
        formats: &[Format],
    ) -> Result<Self, CompileError> {
        Compiled::on_demand(document, operations, formats, close, |compiler, operation| {
            compiler.compile_responses(operation)
        })
        .map(|checks| Self { checks })
    }

    /// Compiles the response checks of all `operations`.
    ///
    /// # Errors
    /// Returns an error if an operation is not in the document or a schema does not compile.
    pub fn compile(
        document: &str,
        operations: &[&'static Operation],
        formats: &[Format],
    ) -> Result<Self, CompileError> {
        Ok(Self { checks: Self::on_demand(document, operations, formats)?.checks.complete()? })
    }

    /// Checks the status, media type, headers and body of a response against the contract of this operation. An empty
    /// list means that the response satisfies the contract.
    #[must_use]
    pub fn violations(
        &self,
        operation: &Operation,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Vec<Violation> {
        let checks = self.checks.get(operation);
        let class = format!("{}XX", status.as_u16() / 100);
        let check = checks.get(status.as_str()).or_else(|| checks.get(&class));
        match check.or_else(|| checks.get("default")) {
            Some(check) => check.violations(headers, body),
            None => vec![Violation::new(
                Location::Body,
                "status",
                "undocumented",
                format!("unknown status: {status} is not documented"),
            )],
        }
    }
}

/// Adds `additionalProperties: false` to the object schemas of the components.
fn close(document: &mut Value) {
    let schemas = document["components"]["schemas"].as_object_mut().into_iter().flatten();
    for (_, schema) in schemas.filter(|(_, schema)| schema["properties"].is_object()) {
        if schema.get("additionalProperties").is_none() {
            schema["additionalProperties"] = Value::Bool(false);
        }
    }
}

impl ResponseCheck {
    fn violations(&self, headers: &HeaderMap, body: &[u8]) -> Vec<Violation> {
        let mut found: Vec<Violation> =
            self.headers.iter().flat_map(|check| check.violations(headers)).collect();
        let sent = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = sent.map(|value| value.split(';').next().unwrap_or_default().trim());
        match (self.content.as_slice(), essence) {
            ([], _) if body.is_empty() => {}
            ([], _) => {
                found.push(Violation::new(
                    Location::Body,
                    "body",
                    "undocumented",
                    "must be empty: the contract documents no body",
                ));
            }
            (content, Some(essence)) => match content.iter().find(|(media_type, _)| media_type == essence) {
                // The contract describes bodies other than JSON as strings.
                Some((media_type, validator)) if !media_type.ends_with("json") => {
                    let text = Value::String(String::from_utf8_lossy(body).into_owned());
                    found.extend(violations(validator, Location::Body, &text));
                }
                Some((_, validator)) => match decode(body, usize::MAX) {
                    Ok(tree) => found.extend(violations(validator, Location::Body, &tree)),
                    Err(violations) => found.extend(violations),
                },
                None => found.push(Violation::new(
                    Location::Header,
                    "Content-Type",
                    "undocumented",
                    "unknown media type",
                )),
            },
            (_, None) => {
                found.push(Violation::new(Location::Header, "Content-Type", "required", "must be provided"));
            }
        }
        found
    }
}

impl HeaderCheck {
    fn violations(&self, headers: &HeaderMap) -> Vec<Violation> {
        let Some(value) = headers.get(&self.name) else {
            let missing = Violation::new(Location::Header, &self.name, "required", "must be provided");
            return if self.required { vec![missing] } else { Vec::new() };
        };
        let tree = self.coercion.apply(&String::from_utf8_lossy(value.as_bytes()));
        violations(&self.validator, Location::Header, &tree)
            .map(|violation| Violation { field: self.name.clone(), ..violation })
            .collect()
    }
}

impl Compiler<'_> {
    fn compile_responses(
        &self,
        operation: &'static Operation,
    ) -> Result<HashMap<String, ResponseCheck>, CompileError> {
        members(&self.operation_object(operation)["responses"])
            .map(|(status, response)| {
                let response = self.resolved(response);
                let headers =
                    members(&response["headers"]).map(|(name, header)| self.header(operation, name, header));
                let content = members(&response["content"]).map(|(media_type, content)| {
                    Ok((media_type.clone(), self.validator(operation.id, &content["schema"])?))
                });
                let check = ResponseCheck {
                    headers: headers.collect::<Result<_, CompileError>>()?,
                    content: content.collect::<Result<_, CompileError>>()?,
                };
                Ok((status.clone(), check))
            })
            .collect()
    }

    fn header(&self, operation: &Operation, name: &str, header: &Value) -> Result<HeaderCheck, CompileError> {
        let header = self.resolved(header);
        Ok(HeaderCheck {
            name: name.to_owned(),
            required: header["required"] == true,
            coercion: self.coercion(&header["schema"], false),
            validator: self.validator(operation.id, &header["schema"])?,
        })
    }
}
