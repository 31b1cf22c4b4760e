//! Faults of a request, told by field, rule and a message that never repeats what was sent.

use std::fmt::Write as _;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;

/// The part of a request that a fault is in.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Place {
    /// A path parameter.
    Path,
    /// A query parameter.
    Query,
    /// A header.
    Header,
    /// The body.
    Body,
}

/// One thing that is wrong with a request (or, in tests, with an answer).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// The part of the request.
    pub place: Place,
    /// The field as a dotted path (`items.0.quantity`), or the parameter's name; `body` for the body as a whole.
    pub field: String,
    /// The schema keyword that is broken, or `unknown`, `duplicate`, `repeated`, `syntax`, `nul`.
    pub rule: String,
    /// What the rule demands, for a person.
    pub message: String,
}

impl Fault {
    /// A fault of the given rule.
    pub fn new(
        place: Place,
        field: impl Into<String>,
        rule: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { place, field: field.into(), rule: rule.into(), message: message.into() }
    }
}

/// The name of a JSON pointer's place in dotted form, `body` at the top.
fn dotted(pointer: &str) -> String {
    let path = pointer.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~");
    if path.is_empty() { "body".to_owned() } else { path }
}

fn within(parent: &str, member: &str) -> String {
    if parent == "body" { member.to_owned() } else { format!("{parent}.{member}") }
}

/// Turns one validation error into the faults that it stands for.
pub(crate) fn faults_of(place: Place, error: &ValidationError<'_>) -> Vec<Fault> {
    let field = dotted(error.instance_path().as_str());
    match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            vec![Fault::new(place, within(&field, name), "required", "is required")]
        }
        Kind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| Fault::new(place, within(&field, name), "unknown", "is not known here"))
            .collect(),
        kind => vec![Fault::new(place, field, kind.keyword(), message(kind))],
    }
}

fn message(kind: &Kind) -> String {
    match kind {
        Kind::Type { .. } => "has the wrong type".to_owned(),
        Kind::Enum { options } => format!("is one of {}", listed(options)),
        Kind::Constant { expected_value } => format!("is {expected_value}"),
        Kind::Format { format } => format!("is a valid {format}"),
        Kind::Pattern { pattern } => format!("matches {pattern}"),
        Kind::MinLength { limit } => format!("has {limit} characters at least"),
        Kind::MaxLength { limit } => format!("has {limit} characters at most"),
        Kind::Minimum { limit } => format!("is {limit} at least"),
        Kind::Maximum { limit } => format!("is {limit} at most"),
        Kind::ExclusiveMinimum { limit } => format!("is more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("is less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("is a multiple of {multiple_of}"),
        Kind::MinItems { limit } => format!("has {limit} items at least"),
        Kind::MaxItems { limit } => format!("has {limit} items at most"),
        Kind::MinProperties { limit } => format!("has {limit} members at least"),
        Kind::MaxProperties { limit } => format!("has {limit} members at most"),
        Kind::UniqueItems => "has no item twice".to_owned(),
        _ => "does not fit the contract".to_owned(),
    }
}

fn listed(options: &Value) -> String {
    let mut text = String::new();
    for option in options.as_array().into_iter().flatten().filter(|option| !option.is_null()) {
        let separator = if text.is_empty() { "" } else { ", " };
        let word = option.as_str().map_or_else(|| option.to_string(), str::to_owned);
        let _ = write!(text, "{separator}{word}");
    }
    text
}
