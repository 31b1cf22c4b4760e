//! Queries on the contract: the operation of a request, and the violations by a response.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use agora_api::OPERATIONS;
use agora_runtime::{Format, Operation, ResponseChecks, Violation};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::Value;

/// Custom formats of the document. Only the server can check them, so that any value passes here.
pub const OWN_FORMATS: &[Format] = &[("israeli-id", |_| true), ("phone", |_| true)];

/// The bundled contract as one JSON document. Only tests of many operations need all of it: to parse it takes as long as
/// a short test when the contract is large.
pub static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(agora_api::CONTRACT_JSON).expect("the bundled document is JSON"));

/// Follows the `$ref` of a value in the document. A value without one is returned as is.
#[must_use]
pub fn resolved(value: &'static Value) -> &'static Value {
    let target = value["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
    target.and_then(|pointer| DOCUMENT.pointer(pointer)).map_or(value, resolved)
}

/// Returns the operation's object in the document.
#[must_use]
pub fn of_document(operation: &Operation) -> &'static Value {
    &DOCUMENT["paths"][operation.path][operation.method.to_ascii_lowercase()]
}

/// Returns `x-authz` of an operation, or else of its tag.
#[must_use]
pub fn authz(operation: &Operation) -> &'static Value {
    let mut tags = DOCUMENT["tags"].as_array().into_iter().flatten();
    let of_tag = tags.find(|tag| tag["name"] == operation.tag).map(|tag| &tag["x-authz"]);
    let own = of_document(operation).get("x-authz").or(of_tag);
    own.expect("an operation or its tag has x-authz")
}

/// Returns the parameters of an operation, resolved.
pub fn parameters(operation: &Operation) -> impl Iterator<Item = &'static Value> {
    of_document(operation)["parameters"].as_array().into_iter().flatten().map(resolved)
}

/// Returns the operations of `x-given`, which create what an operation needs, in the order to call them: each comes after
/// its own.
#[must_use]
pub fn given(operation: &Operation) -> Vec<&'static Operation> {
    let mut found: Vec<&'static Operation> = Vec::new();
    for id in of_document(operation)["x-given"].as_array().into_iter().flatten() {
        let of_id = OPERATIONS.iter().find(|known| *id == known.id).expect("x-given names operations");
        for next in given(of_id).into_iter().chain([*of_id]) {
            if found.iter().all(|known| known.id != next.id) {
                found.push(next);
            }
        }
    }
    found
}

static RESPONSES: LazyLock<ResponseChecks> = LazyLock::new(|| {
    ResponseChecks::on_demand(agora_api::CONTRACT_JSON, OPERATIONS, OWN_FORMATS)
        .expect("the contract has its operations")
});

/// The part of the document that lists the rules of violations.
static RULES: LazyLock<OfDocument> =
    LazyLock::new(|| serde_json::from_str(agora_api::CONTRACT_JSON).expect("the document lists its rules"));

#[derive(Deserialize)]
struct OfDocument {
    components: Components,
}

#[derive(Deserialize)]
struct Components {
    schemas: Schemas,
}

#[derive(Deserialize)]
struct Schemas {
    #[serde(rename = "ViolationRule")]
    rule: Extensible,
}

#[derive(Deserialize)]
struct Extensible {
    #[serde(rename = "x-extensible-enum")]
    listed: Vec<String>,
}

/// First words of validation messages, which are also displayed under form fields.
pub const MESSAGE_WORDS: [&str; 4] = ["must", "unknown", "invalid", "missing"];

/// Returns the violations of a problem with a rule that the contract does not list, or a message that does not start
/// with one of [`MESSAGE_WORDS`].
pub(crate) fn odd_violations(body: &[u8]) -> Vec<String> {
    let listed = &RULES.components.schemas.rule.listed;
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let fields = problem["error"]["details"]["fields"].as_object().into_iter().flatten();
    let violations = fields.flat_map(|(_, violations)| violations.as_array().into_iter().flatten());
    let is_listed = |rule: &Value| rule.as_str().is_some_and(|rule| listed.iter().any(|known| known == rule));
    let is_plain = |message: &Value| {
        let first = message.as_str().and_then(|message| message.split([' ', ':']).next());
        first.is_some_and(|word| MESSAGE_WORDS.contains(&word))
    };
    let odd = violations.filter(|it| !is_listed(&it["rule"]) || !is_plain(&it["message"]));
    odd.map(ToString::to_string).collect()
}

/// Returns the folder of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    let harness = Path::new(env!("CARGO_MANIFEST_DIR"));
    harness.parent().unwrap_or(harness).to_owned()
}

/// Returns the operation of a method and a path. Aliases and trailing slashes are accepted.
#[must_use]
pub fn operation(method: &str, path: &str) -> Option<&'static Operation> {
    let path = routed(path.split('?').next().unwrap_or_default());
    let method = if method == "HEAD" { "GET" } else { method };
    let fits = OPERATIONS.iter().filter(|operation| matches(operation.path, &path));
    // As in the router, a literal path takes precedence over a parameter, even if it lacks the method.
    let template = fits.map(|operation| operation.path).min_by_key(|path| path.matches('{').count())?;
    OPERATIONS.iter().find(|operation| operation.path == template && operation.method == method).copied()
}

/// Returns the names and values of the path parameters in a target.
#[must_use]
pub fn path_values(operation: &Operation, target: &str) -> Vec<(String, String)> {
    let path = routed(target.split('?').next().unwrap_or_default());
    let pairs = operation.path.split('/').zip(path.split('/'));
    let value = |(wanted, given): (&str, &str)| {
        let name = wanted.strip_prefix('{')?.strip_suffix('}')?;
        Some((name.to_owned(), given.to_owned()))
    };
    pairs.filter_map(value).collect()
}

fn routed(path: &str) -> String {
    let path = match path.trim_end_matches('/') {
        "" => "/",
        trimmed => trimmed,
    };
    let is_own =
        |rest: &str| matches!(rest.split('/').next(), Some("v1" | "schema" | "schema.json" | "docs"));
    match path.strip_prefix("/api/") {
        Some(rest) if !is_own(rest) => format!("/api/v1/{rest}"),
        _ if path.starts_with("/v1/") => format!("/api{path}"),
        _ if path.starts_with("/metadata/api/users") => path.replacen("/metadata/api", "/api/v1/registry", 1),
        _ if path.starts_with("/metadata/api/") => path.replacen("/metadata/api", "/api/v1", 1),
        _ => path.to_owned(),
    }
}

fn matches(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given))
                if wanted == given || (wanted.starts_with('{') && !given.is_empty()) => {}
            _ => return false,
        }
    }
}

/// Returns the violations of the contract by a response. Without an operation, the body must be the common error body,
/// which is checked as a 400 response of `GET_PRODUCT`.
#[must_use]
pub fn violations(
    operation: Option<&Operation>,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Vec<Violation> {
    match operation {
        Some(operation) => RESPONSES.violations(operation, status, headers, body),
        None => RESPONSES.violations(
            &agora_api::apis::products::GET_PRODUCT,
            StatusCode::BAD_REQUEST,
            headers,
            body,
        ),
    }
}
