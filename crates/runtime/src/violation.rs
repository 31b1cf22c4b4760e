//! Faults of a request: field, rule and a message that never repeats the value that was sent. The report is bounded: at
//! most [`Violations::MAX`] faults, each with a field name of at most [`FIELD_SIZE`] bytes.

use std::fmt::Write as _;

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

/// The part of a request that contains a fault.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Location {
    /// A path parameter.
    Path,
    /// A query parameter.
    Query,
    /// A header.
    Header,
    /// The body.
    Body,
}

/// A violation of the contract by a request or, in tests, by a response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Violation {
    /// The part of the request.
    pub location: Location,
    /// The field as a dotted path (`items.0.quantity`), or the name of the parameter. `body` is the entire body.
    /// At most [`FIELD_SIZE`] bytes, without control characters.
    pub field: String,
    /// The violated schema keyword, or `unknown`, `duplicate`, `repeated`, `syntax`, `nul`, `maxValues`, `absent`.
    pub rule: String,
    /// Human-readable message that states the requirement.
    pub message: String,
}

impl Violation {
    /// Creates a fault of the given rule. The field name is shortened to [`FIELD_SIZE`] bytes.
    pub fn new(
        location: Location,
        field: impl AsRef<str>,
        rule: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { location, field: shortened(field.as_ref()), rule: rule.into(), message: message.into() }
    }
}

/// Maximum length of a field name in a fault, in bytes.
pub const FIELD_SIZE: usize = 200;

/// Shortens a name to its maximum length and replaces control characters, which would each take six bytes in JSON.
fn shortened(name: &str) -> String {
    const ELLIPSIS: &str = "\u{2026}";
    let mut shown = String::with_capacity(name.len().min(FIELD_SIZE));
    for letter in name.chars() {
        let letter = if letter.is_control() { char::REPLACEMENT_CHARACTER } else { letter };
        if shown.len() + letter.len_utf8() > FIELD_SIZE {
            shown.truncate(shown.floor_char_boundary(FIELD_SIZE - ELLIPSIS.len()));
            shown.push_str(ELLIPSIS);
            break;
        }
        shown.push(letter);
    }
    shown
}

/// Returns the beginning of a name, always longer than the part that a fault shows.
pub(crate) fn beginning(name: &str) -> &str {
    &name[..name.ceil_char_boundary(FIELD_SIZE + 1)]
}

/// The faults of one request.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Violations {
    found: Vec<Violation>,
    is_truncated: bool,
}

impl Violations {
    /// Maximum number of faults reported for one request.
    pub const MAX: usize = 50;

    /// Adds a fault. Beyond the maximum the fault is dropped and the list is marked as truncated.
    pub fn push(&mut self, violation: Violation) {
        if self.found.len() < Self::MAX {
            self.found.push(violation);
        } else {
            self.is_truncated = true;
        }
    }

    /// Returns `true` if there were more faults than are reported.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.is_truncated
    }

    /// Returns `true` if there are no faults.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Returns the reported faults.
    #[must_use]
    pub fn as_slice(&self) -> &[Violation] {
        &self.found
    }
}

impl Extend<Violation> for Violations {
    /// Adds faults until the list is truncated. The iterator is not consumed any further.
    fn extend<T: IntoIterator<Item = Violation>>(&mut self, violations: T) {
        for violation in violations {
            self.push(violation);
            if self.is_truncated {
                return;
            }
        }
    }
}

impl From<Violation> for Violations {
    fn from(violation: Violation) -> Self {
        Self { found: vec![violation], is_truncated: false }
    }
}

impl FromIterator<Violation> for Violations {
    fn from_iter<T: IntoIterator<Item = Violation>>(violations: T) -> Self {
        let mut found = Self::default();
        found.extend(violations);
        found
    }
}

impl IntoIterator for Violations {
    type Item = Violation;
    type IntoIter = std::vec::IntoIter<Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.found.into_iter()
    }
}

/// Converts a JSON pointer to a dotted path. The root is `body`.
fn dotted(pointer: &str) -> String {
    let path = pointer.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~");
    if path.is_empty() { "body".to_owned() } else { path }
}

fn within(parent: &str, member: &str) -> String {
    if parent == "body" { member.to_owned() } else { format!("{parent}.{member}") }
}

/// Converts a validation error to faults: one for each unexpected member, otherwise one.
pub(crate) fn violations_of(location: Location, error: &ValidationError<'_>) -> Vec<Violation> {
    let field = dotted(error.instance_path().as_str());
    match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            vec![Violation::new(location, within(&field, name), "required", "must be provided")]
        }
        Kind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .take(Violations::MAX + 1)
            .map(|name| {
                Violation::new(location, within(&field, beginning(name)), "unknown", unknown(location))
            })
            .collect(),
        kind => vec![Violation::new(location, field, kind.keyword(), message(kind))],
    }
}

fn message(kind: &Kind) -> String {
    match kind {
        Kind::Type { kind } => format!("must be {}", types(kind)),
        Kind::Enum { options } => format!("must be one of {}", listed(options)),
        Kind::Constant { expected_value } => format!("must be {expected_value}"),
        Kind::Format { format } => match format.as_str() {
            "visible" => "must contain a visible character".to_owned(),
            "name" => {
                "must contain a visible character, and no control or direction-override characters".to_owned()
            }
            format => format!("must be a valid {}", format_name(format)),
        },
        Kind::Pattern { pattern } => format!("must match {pattern}"),
        Kind::MinLength { limit } => at_least(*limit, "character"),
        Kind::MaxLength { limit } => at_most(*limit, "character"),
        Kind::Minimum { limit } => format!("must be at least {limit}"),
        Kind::Maximum { limit } => format!("must be at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("must be a multiple of {multiple_of}"),
        Kind::MinItems { limit } => at_least(*limit, "item"),
        Kind::MaxItems { limit } => at_most(*limit, "item"),
        Kind::MinProperties { limit } => at_least(*limit, "member"),
        Kind::MaxProperties { limit } => at_most(*limit, "member"),
        Kind::UniqueItems => "must not contain duplicates".to_owned(),
        _ => "must match the schema".to_owned(),
    }
}

fn at_least(limit: u64, noun: &str) -> String {
    format!("must have at least {limit} {noun}{}", plural(limit))
}

fn at_most(limit: u64, noun: &str) -> String {
    format!("must have at most {limit} {noun}{}", plural(limit))
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn unknown(location: Location) -> &'static str {
    if location == Location::Body { "unknown field" } else { "unknown parameter" }
}

/// Lists the accepted types, without null, which a schema accepts only beside another type.
fn types(kind: &TypeKind) -> String {
    let article = |kind: JsonType| match kind {
        JsonType::Array => "an array",
        JsonType::Boolean => "a boolean",
        JsonType::Integer => "an integer",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "an object",
        JsonType::String => "a string",
    };
    match kind {
        TypeKind::Single(kind) => article(*kind).to_owned(),
        TypeKind::Multiple(kinds) => {
            let kinds = kinds.iter().filter(|kind| *kind != JsonType::Null);
            kinds.map(article).collect::<Vec<_>>().join(" or ")
        }
    }
}

/// Returns the name of a format in plain words.
fn format_name(format: &str) -> &str {
    match format {
        "date" => "date (YYYY-MM-DD)",
        "date-time" => "date-time (RFC 3339)",
        "decimal" => "decimal number",
        "email" => "email address",
        "israeli-id" => "Israeli ID number",
        "phone" => "phone number with country code",
        "uri" => "URL",
        "uuid" => "UUID",
        format => format,
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn violation(field: &str) -> Violation {
        Violation::new(Location::Body, field, "unknown", "unknown field")
    }

    #[test]
    fn violations_are_capped_and_marked_as_truncated() {
        let name = |index: usize| violation(&index.to_string());
        let all: Violations = (0..Violations::MAX).map(name).collect();
        assert_eq!((all.as_slice().len(), all.is_truncated()), (Violations::MAX, false));
        let mut more = all.clone();
        // The iterator is infinite: faults beyond the maximum are not counted.
        more.extend(std::iter::repeat_with(|| name(0)));
        assert_eq!((more.as_slice(), more.is_truncated()), (all.as_slice(), true));
    }

    proptest! {
        #[test]
        fn a_name_is_shown_whole_or_its_beginning(name in "\\PC{0,80}|[a-z]{190,210}|.{0,300}") {
            let shown = violation(&name).field;
            prop_assert!(shown.len() <= FIELD_SIZE);
            prop_assert!(!shown.contains(char::is_control));
            let plain: String =
                name.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect();
            if plain.len() <= FIELD_SIZE {
                prop_assert_eq!(shown, plain);
            } else {
                let beginning = shown.strip_suffix('\u{2026}').expect("says that it is cut");
                prop_assert!(plain.starts_with(beginning) && beginning.len() + 3 + 3 >= FIELD_SIZE - 3, "{}", shown);
            }
            prop_assert_eq!(violation(beginning(&name)).field, violation(&name).field);
        }
    }
}
