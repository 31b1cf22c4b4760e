//! Checks of responses against the contract. Only tests use them, not a running server.

use std::collections::HashMap;

use http::{HeaderMap, StatusCode};
use jsonschema::Validator;
use serde_json::Value;

use crate::compiler::{Compiler, members};
use crate::contract::{CompileError, Format, faults};
use crate::decode::decode;
use crate::fault::{Fault, Place};
use crate::operation::Operation;
use crate::parameters::Coercion;
use crate::schema;

/// Compiled checks of the responses of each operation.
pub struct Answers {
    /// Checks by operation, then by status as written in the document.
    checks: HashMap<&'static str, HashMap<String, AnswerCheck>>,
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

impl Answers {
    /// Compiles the response checks of `operations`. [`crate::Contract::compile`] does the same for requests.
    ///
    /// # Errors
    /// Returns an error if an operation is not in the document or a schema does not compile.
    pub fn compile(
        mut document: Value,
        operations: &[&'static Operation],
        formats: &[Format],
    ) -> Result<Self, CompileError> {
        schema::rewrite(&mut document);
        let compiler = Compiler::new(&document, formats)?;
        let of = |operation: &&'static Operation| {
            let text = compiler.text(operation)?;
            Ok((operation.id, compiler.answers(operation, &text["responses"])?))
        };
        Ok(Self { checks: operations.iter().map(of).collect::<Result<_, CompileError>>()? })
    }

    /// Checks the status, media type, headers and body of a response against the contract of this operation. An empty
    /// list means that the response satisfies the contract.
    #[must_use]
    pub fn faults(
        &self,
        operation: &Operation,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Vec<Fault> {
        let checks = &self.checks[operation.id];
        let class = format!("{}XX", status.as_u16() / 100);
        let check = checks.get(status.as_str()).or_else(|| checks.get(&class));
        match check.or_else(|| checks.get("default")) {
            Some(check) => check.faults(headers, body),
            None => vec![Fault::new(
                Place::Body,
                "status",
                "undocumented",
                format!("unknown status: {status} is not documented"),
            )],
        }
    }
}

impl AnswerCheck {
    fn faults(&self, headers: &HeaderMap, body: &[u8]) -> Vec<Fault> {
        let mut found: Vec<Fault> = self.headers.iter().flat_map(|check| check.faults(headers)).collect();
        let sent = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = sent.map(|value| value.split(';').next().unwrap_or_default().trim());
        match (self.content.as_slice(), essence) {
            ([], _) if body.is_empty() => {}
            ([], _) => {
                found.push(Fault::new(
                    Place::Body,
                    "body",
                    "undocumented",
                    "must be empty: the contract documents no body",
                ));
            }
            (content, Some(essence)) => match content.iter().find(|(media_type, _)| media_type == essence) {
                // The contract describes bodies other than JSON as strings.
                Some((media_type, validator)) if !media_type.ends_with("json") => {
                    let text = Value::String(String::from_utf8_lossy(body).into_owned());
                    found.extend(faults(validator, Place::Body, &text));
                }
                Some((_, validator)) => match decode(body, usize::MAX) {
                    Ok(tree) => found.extend(faults(validator, Place::Body, &tree)),
                    Err(faults) => found.extend(faults),
                },
                None => found.push(Fault::new(
                    Place::Header,
                    "Content-Type",
                    "undocumented",
                    "unknown media type",
                )),
            },
            (_, None) => {
                found.push(Fault::new(Place::Header, "Content-Type", "required", "must be provided"));
            }
        }
        found
    }
}

impl HeaderCheck {
    fn faults(&self, headers: &HeaderMap) -> Vec<Fault> {
        let Some(value) = headers.get(&self.name) else {
            let missing = Fault::new(Place::Header, &self.name, "required", "must be provided");
            return if self.required { vec![missing] } else { Vec::new() };
        };
        let tree = self.coercion.apply(&String::from_utf8_lossy(value.as_bytes()));
        faults(&self.validator, Place::Header, &tree)
            .map(|fault| Fault { field: self.name.clone(), ..fault })
            .collect()
    }
}

impl<'a> Compiler<'a> {
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
}
