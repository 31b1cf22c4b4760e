//! The compiled contract: a validator for each part of each operation, built from the bundled document.

use std::collections::HashMap;

use http::StatusCode;
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::compiler::{Compiled, Compiler, Format, items, members};
use crate::document::CompileError;
use crate::fields::EntityTags;
use crate::operation::Operation;
use crate::parameters::{Coercion, Parameter};
use crate::stored::{StoredMember, stored_members};
use crate::violation::{Location, Violation, Violations, violations_of};

/// A security scheme that an operation requires, with its scopes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Requirement {
    /// The name of the scheme under `components.securitySchemes`.
    pub scheme: String,
    /// The required scopes.
    pub scopes: Vec<String>,
}

/// Checks of the requests of each operation, with its security and the names of its response headers.
pub struct Contract {
    checks: Compiled<Checks>,
}

pub(crate) struct Checks {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) path: Option<Validator>,
    pub(crate) query: Validator,
    pub(crate) header: Option<Validator>,
    pub(crate) body: Option<BodyCheck>,
    /// Names of the documented response headers, by status as written in the document.
    answer_headers: HashMap<String, Vec<String>>,
    security: Vec<Vec<Requirement>>,
    /// `x-lenient`: the request is not checked at all.
    pub(crate) is_lenient: bool,
}

pub(crate) struct BodyCheck {
    pub(crate) required: bool,
    pub(crate) media_type: String,
    /// The members of a form. `None` means that the body is JSON.
    pub(crate) form: Option<Vec<Parameter>>,
    validator: Validator,
    /// Members that repeat a path parameter (`x-same-as-path`), with the parameter's name.
    same_as_path: Vec<(String, String)>,
    /// Members that repeat what is stored (`x-same-as-stored`).
    pub(crate) same_as_stored: Vec<StoredMember>,
}

impl Contract {
    /// Prepares the checks of `operations` from the bundled document, an `OpenAPI` 3.0 document as JSON. `formats` are
    /// checks of the document's own formats, beyond those of JSON Schema, `decimal`, `visible` and `name`. The checks of
    /// an operation are compiled at its first request, so that a server starts early.
    ///
    /// # Errors
    /// Returns an error if an operation is not in the document.
    pub fn on_demand(
        document: &str,
        operations: &[&'static Operation],
        formats: &[Format],
    ) -> Result<Self, CompileError> {
        let open = |_: &mut Value| {};
        Compiled::on_demand(document, operations, formats, open, |compiler, operation| {
            compiler.compile_checks(operation)
        })
        .map(|checks| Self { checks })
    }

    /// Compiles the checks of all `operations`, as [`Contract::on_demand`] does at their first requests.
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

    /// Returns the `security` of an operation: a list of alternatives. All requirements of one alternative must be met.
    /// An empty alternative makes credentials optional. If there is no alternative, credentials are ignored.
    #[must_use]
    pub fn security(&self, operation: &Operation) -> &[Vec<Requirement>] {
        &self.checks_for(operation).security
    }

    /// Returns `true` if responses of this operation and status may have this header.
    #[must_use]
    pub fn has_header(&self, operation: &Operation, status: StatusCode, name: &str) -> bool {
        let headers = self.checks_for(operation).answer_headers.get(status.as_str());
        headers.is_some_and(|headers| headers.iter().any(|header| header == name))
    }

    pub(crate) fn checks_for(&self, operation: &Operation) -> &Checks {
        self.checks.get(operation)
    }
}

impl BodyCheck {
    /// Finds the faults of a body, including members that differ from the path parameter that they repeat.
    pub(crate) fn find_violations(&self, tree: &Value, path: &Map<String, Value>, found: &mut Violations) {
        found.extend(violations(&self.validator, Location::Body, tree));
        let differs = |member: &str, parameter: &str| {
            tree.get(member).is_some_and(|repeated| path.get(parameter) != Some(repeated))
        };
        let differing = self.same_as_path.iter().filter(|(member, parameter)| differs(member, parameter));
        found.extend(differing.map(|(member, _)| {
            Violation::new(Location::Body, member, "path", "must equal the value in the path")
        }));
    }
}

/// Returns the faults of a JSON tree. A valid tree costs no allocation.
pub(crate) fn violations<'a>(
    validator: &'a Validator,
    location: Location,
    tree: &'a Value,
) -> impl Iterator<Item = Violation> + use<'a> {
    let errors = (!validator.is_valid(tree)).then(|| validator.iter_errors(tree));
    errors.into_iter().flatten().flat_map(move |error| violations_of(location, &error))
}

impl Compiler<'_> {
    fn compile_checks(&self, operation: &'static Operation) -> Result<Checks, CompileError> {
        let text = self.operation_object(operation);
        let declared: Vec<&Value> =
            items(&text["parameters"]).map(|parameter| self.resolved(parameter)).collect();
        let part = |location| self.part(operation, &declared, location);
        // Without `properties` the validator would not name the unexpected members.
        let nothing = json!({"properties": {}, "additionalProperties": false});
        Ok(Checks {
            parameters: declared.iter().filter_map(|parameter| self.parameter(parameter)).collect(),
            path: part("path")?,
            query: part("query")?.map_or_else(|| self.validator(operation.id, &nothing), Ok)?,
            header: part("header")?,
            body: self.body(operation, &text["requestBody"])?,
            answer_headers: self.response_headers(&text["responses"]),
            security: self.security(text),
            is_lenient: text["x-lenient"] == true,
        })
    }

    /// Builds the check of all parameters of one place as one object. Returns `None` if the operation has none there.
    fn part(
        &self,
        operation: &Operation,
        declared: &[&Value],
        location: &str,
    ) -> Result<Option<Validator>, CompileError> {
        let here: Vec<_> = declared.iter().filter(|parameter| parameter["in"] == location).collect();
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
        let location = match parameter["in"].as_str()? {
            "path" => Location::Path,
            "query" => Location::Query,
            "header" => Location::Header,
            _ => return None,
        };
        // Form style, the default of query parameters, explodes unless `explode` is `false`.
        let exploded = location == Location::Query && parameter["explode"] != false;
        let name = parameter["name"].as_str()?;
        let coercion = if location == Location::Header && EntityTags::is_value_of(name) {
            Coercion::EntityTags
        } else {
            self.coercion(&parameter["schema"], exploded)
        };
        let former_name = parameter["x-former-name"].as_str().map(str::to_owned);
        Some(Parameter { location, name: name.to_owned(), former_name, coercion })
    }

    fn body(&self, operation: &Operation, body: &Value) -> Result<Option<BodyCheck>, CompileError> {
        let body = self.resolved(body);
        let Some((media_type, content)) =
            body["content"].as_object().and_then(|content| content.iter().next())
        else {
            return Ok(None);
        };
        Ok(Some(BodyCheck {
            required: body["required"] == true,
            media_type: media_type.clone(),
            form: match media_type.as_str() {
                "application/json" => None,
                "application/x-www-form-urlencoded" => Some(self.form(&content["schema"])),
                _ => return Err(CompileError::MediaType(operation.id, media_type.clone())),
            },
            validator: self.validator(operation.id, &content["schema"])?,
            same_as_path: self.same_as_path(&content["schema"]),
            same_as_stored: self.document_schema(&content["schema"]).map(stored_members).unwrap_or_default(),
        }))
    }

    /// Returns the members of a form. An array is a repeated member.
    fn form(&self, schema: &Value) -> Vec<Parameter> {
        let properties = self.document_schema(schema).map(|schema| members(&schema["properties"]));
        let member = |(name, schema): (&String, &Value)| Parameter {
            location: Location::Body,
            name: name.clone(),
            former_name: None,
            coercion: self.coercion(schema, true),
        };
        properties.into_iter().flatten().map(member).collect()
    }

    fn same_as_path(&self, schema: &Value) -> Vec<(String, String)> {
        let properties = self.document_schema(schema).map(|schema| members(&schema["properties"]));
        let repeated = |(name, schema): (&String, &Value)| {
            Some((name.clone(), schema["x-same-as-path"].as_str()?.to_owned()))
        };
        properties.into_iter().flatten().filter_map(repeated).collect()
    }

    fn response_headers(&self, responses: &Value) -> HashMap<String, Vec<String>> {
        let names =
            |response| members(&self.resolved(response)["headers"]).map(|(name, _)| name.clone()).collect();
        members(responses).map(|(status, response)| (status.clone(), names(response))).collect()
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
