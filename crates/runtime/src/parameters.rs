//! Path, query and header parameters. They are coerced by the type of their schema and collected into one object for
//! each place, so that one schema check covers them all, including unknown ones.

use axum::extract::{FromRequestParts, RawPathParams};
use http::header::{IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::fields::{self, EntityTags, Malformed, Reader};
use crate::operation::Operation;
use crate::text::nfc;
use crate::violation::{Location, Violation, Violations};

/// The conversion of a parameter's text to JSON.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Coercion {
    Text,
    Integer,
    Number,
    Boolean,
    /// `explode: false`: one comma-separated value.
    CommaList(Box<Coercion>),
    /// `explode: true`: the parameter repeated.
    Repeated(Box<Coercion>),
    /// A header with entity tags: `If-Match` or `If-None-Match`.
    EntityTags,
}

#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) location: Location,
    pub(crate) name: String,
    /// The former name of a renamed query parameter, which is still accepted (`x-former-name`).
    pub(crate) former_name: Option<String>,
    pub(crate) coercion: Coercion,
}

impl Coercion {
    /// Converts text to JSON. Text that does not fit its type stays a string, and the schema check reports the fault.
    pub(crate) fn apply(&self, text: &str) -> Value {
        let coerced = match self {
            Self::Text | Self::EntityTags => None,
            Self::Boolean => match text {
                "true" => Some(Value::Bool(true)),
                "false" => Some(Value::Bool(false)),
                _ => None,
            },
            Self::Integer => {
                plain_number(text).then(|| serde_json::from_str::<i64>(text).ok().map(Value::from)).flatten()
            }
            Self::Number => plain_number(text).then(|| serde_json::from_str(text).ok()).flatten(),
            Self::CommaList(item) => Some(match text {
                "" => Value::Array(Vec::new()),
                _ => text.split(',').map(|part| item.apply(part)).collect(),
            }),
            Self::Repeated(item) => Some(Value::Array(vec![item.apply(text)])),
        };
        coerced.unwrap_or_else(|| Value::String(nfc(text).into_owned()))
    }
}

/// Returns `true` if the text may be a JSON number. The JSON reader rejects leading zeros, but not trailing whitespace.
fn plain_number(text: &str) -> bool {
    text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        && !text.ends_with([' ', '\t', '\n', '\r'])
}

/// Collects the path parameters that the router found.
pub(crate) async fn read_path(
    declared: &[Parameter],
    parts: &mut Parts,
    violations: &mut Violations,
) -> Map<String, Value> {
    let mut object = Map::new();
    let Ok(raw) = RawPathParams::from_request_parts(parts, &()).await else {
        violations.push(Violation::new(Location::Path, "path", "syntax", "must be percent-encoded UTF-8"));
        return object;
    };
    for (name, text) in &raw {
        let coercion =
            find(declared, Location::Path, name).map_or(&Coercion::Text, |parameter| &parameter.coercion);
        insert(&mut object, Location::Path, name, text, coercion, violations);
    }
    object
}

/// Collects the query parameters, or the members of a form. Repeated ones form a list if the contract declares a list, and
/// are faults otherwise. Unknown ones are left to the schema check.
pub(crate) fn read_form(
    declared: &[Parameter],
    location: Location,
    raw: &str,
    violations: &mut Violations,
) -> Map<String, Value> {
    let mut object = Map::new();
    for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
        let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(name), Some(text)) = (form_decoded(name), form_decoded(text)) else {
            let whole = if location == Location::Body { "body" } else { "query" };
            violations.push(Violation::new(location, whole, "syntax", "must be percent-encoded UTF-8"));
            continue;
        };
        let is_meant = |parameter: &&Parameter| {
            parameter.location == location
                && (parameter.name == *name || parameter.former_name.as_deref() == Some(&name))
        };
        let coercion =
            declared.iter().find(is_meant).map_or(&Coercion::Text, |parameter| &parameter.coercion);
        insert(&mut object, location, &name, &text, coercion, violations);
    }
    for parameter in declared.iter().filter(|parameter| parameter.location == location) {
        take_former_name(&mut object, parameter, violations);
    }
    object
}

/// Moves a value from a parameter's former name to its current name. Different values under both names are a fault.
fn take_former_name(object: &mut Map<String, Value>, parameter: &Parameter, violations: &mut Violations) {
    let Some(former) = parameter.former_name.as_deref() else {
        return;
    };
    let Some(value) = object.remove(former) else {
        return;
    };
    match object.get(&parameter.name) {
        Some(other) if *other != value => {
            let message = format!("must equal `{}`, its new name", parameter.name);
            violations.push(Violation::new(Location::Query, former, "repeated", &message));
        }
        Some(_) => {}
        None => drop(object.insert(parameter.name.clone(), value)),
    }
}

/// Collects the declared header parameters. All lines of a list field form one list; a second line of any other field
/// is a fault.
pub(crate) fn read_headers(
    declared: &[Parameter],
    headers: &HeaderMap,
    violations: &mut Violations,
) -> Map<String, Value> {
    let mut object = Map::new();
    for Parameter { name, coercion, .. } in
        declared.iter().filter(|parameter| parameter.location == Location::Header)
    {
        if !headers.contains_key(name) {
            continue;
        }
        let lines = headers.get_all(name);
        let Ok(texts) = lines.iter().map(HeaderValue::to_str).collect::<Result<Vec<_>, _>>() else {
            violations.push(Violation::new(Location::Header, name, "syntax", "must be visible ASCII"));
            continue;
        };
        match coercion {
            Coercion::EntityTags if EntityTags::read(&lines).is_err() => {
                let message = "must be `*` or a list of entity tags in double quotes";
                violations.push(Violation::new(Location::Header, name, "pattern", message));
            }
            Coercion::EntityTags => drop(object.insert(name.clone(), Value::String(texts.join(", ")))),
            Coercion::CommaList(item) => match fields::list(&lines, Reader::text) {
                Ok(items) => {
                    let items = items.iter().map(|text| item.apply(&String::from_utf8_lossy(text)));
                    object.insert(name.clone(), items.collect());
                }
                Err(Malformed) => {
                    violations.push(Violation::new(
                        Location::Header,
                        name,
                        "syntax",
                        "must be a comma-separated list with balanced quotes",
                    ));
                }
            },
            coercion => {
                for text in texts {
                    insert(&mut object, Location::Header, name, text, coercion, violations);
                }
            }
        }
    }
    object
}

/// Reports conditions that the operation does not support. Ignoring them would drop protection that the client asked
/// for. Tags in `If-None-Match` of a read are the exception: without an entity tag they cannot match.
pub(crate) fn unknown_conditions(
    operation: &Operation,
    declared: &[Parameter],
    headers: &HeaderMap,
    violations: &mut Violations,
) {
    let is_read = operation.method == "GET";
    for (name, field) in [
        (IF_MATCH, "If-Match"),
        (IF_NONE_MATCH, "If-None-Match"),
        (IF_UNMODIFIED_SINCE, "If-Unmodified-Since"),
    ] {
        let is_declared =
            || declared.iter().any(|known| known.location == Location::Header && known.name == field);
        if !headers.contains_key(&name) || is_declared() {
            continue;
        }
        let message = match EntityTags::read(headers.get_all(&name)) {
            // No resource has a modification date, so the RFC says to ignore it. That is harmless for a read.
            _ if name == IF_UNMODIFIED_SINCE && is_read => continue,
            _ if name == IF_UNMODIFIED_SINCE => "unknown condition: only ETags are supported; use `If-Match`",
            Ok(Some(EntityTags::List(_))) if name == IF_NONE_MATCH && is_read => continue,
            _ => "unknown condition: this operation has no ETag",
        };
        violations.push(Violation::new(Location::Header, field, "unknown", message));
    }
}

fn find<'a>(declared: &'a [Parameter], location: Location, name: &str) -> Option<&'a Parameter> {
    declared.iter().find(|parameter| parameter.location == location && parameter.name == name)
}

fn insert(
    object: &mut Map<String, Value>,
    location: Location,
    name: &str,
    text: &str,
    coercion: &Coercion,
    violations: &mut Violations,
) {
    if name.contains('\0') || text.contains('\0') {
        violations.push(Violation::new(location, name, "nul", "must not contain a NUL character"));
        return;
    }
    let value = coercion.apply(text);
    match (object.get_mut(name), value) {
        (None, value) => {
            object.insert(name.to_owned(), value);
        }
        // Accepted in both styles: half of the generated clients repeat the name, the others use commas.
        (Some(Value::Array(items)), Value::Array(more)) => items.extend(more),
        _ => violations.push(Violation::new(location, name, "repeated", "must appear only once")),
    }
}

fn form_decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    fn seen(coercion: Coercion, raw: &str) -> (Value, Vec<String>) {
        let declared = [Parameter {
            location: Location::Query,
            name: "a".to_owned(),
            former_name: Some("old".to_owned()),
            coercion,
        }];
        let mut violations = Violations::default();
        let object = read_form(&declared, Location::Query, raw, &mut violations);
        (Value::Object(object), violations.into_iter().map(|violation| violation.rule).collect())
    }

    #[test]
    fn texts_become_what_their_schema_says_or_stay_texts() {
        assert_eq!(seen(Coercion::Integer, "a=12").0, json!({"a": 12}));
        for odd in
            ["+12", "%2B12", " 12", "12%20", "12%0A", "012", "1.5", "1e2", "x", "", "99999999999999999999"]
        {
            let value = seen(Coercion::Integer, &format!("a={odd}")).0;
            assert!(value["a"].is_string(), "{odd}");
        }
        assert_eq!(seen(Coercion::Boolean, "a=true").0, json!({"a": true}));
        assert_eq!(seen(Coercion::Number, "a=0.5").0, json!({"a": 0.5}));
        for odd in ["0.5%20", "%2B0.5", "00.5", "NaN", "null", "[]", "%22x%22"] {
            let value = seen(Coercion::Number, &format!("a={odd}")).0;
            assert!(value["a"].is_string(), "{odd}");
        }
        assert_eq!(seen(Coercion::Text, "a=x+y%20z").0, json!({"a": "x y z"}));
    }

    #[test]
    fn lists_follow_their_style_and_other_repetitions_are_faults() {
        let numbers = || Box::new(Coercion::Integer);
        assert_eq!(seen(Coercion::CommaList(numbers()), "a=1,2").0, json!({"a": [1, 2]}));
        assert_eq!(seen(Coercion::CommaList(numbers()), "a=").0, json!({"a": []}));
        for raw in ["a=1&a=2", "a=1%2C2", "a=1&a=&a=2", "a=&a=1,2"] {
            assert_eq!(seen(Coercion::CommaList(numbers()), raw), (json!({"a": [1, 2]}), vec![]), "{raw}");
        }
        assert_eq!(seen(Coercion::CommaList(numbers()), "a=1&a=2,3").0, json!({"a": [1, 2, 3]}));
        assert_eq!(seen(Coercion::Repeated(numbers()), "a=1&a=2"), (json!({"a": [1, 2]}), vec![]));
        assert_eq!(seen(Coercion::Text, "a=1&a=1").1, ["repeated"]);
        assert_eq!(seen(Coercion::Text, "a=%00").1, ["nul"]);
        assert_eq!(seen(Coercion::Text, "a=%ff").1, ["syntax"]);
    }

    #[test]
    fn a_former_name_is_read_as_the_new_one() {
        for raw in ["old=1", "old=1&a=1", "a=1&old=1"] {
            assert_eq!(seen(Coercion::Integer, raw), (json!({"a": 1}), vec![]), "{raw}");
        }
        assert_eq!(seen(Coercion::Integer, "a=1&old=2"), (json!({"a": 1}), vec!["repeated".to_owned()]));
        assert_eq!(seen(Coercion::Integer, "old=1&old=1").1, ["repeated"]);
        assert_eq!(seen(Coercion::Integer, "old=x").0, json!({"a": "x"}));
    }

    /// Returns the values and the rules of the faults read from the lines of one header.
    fn seen_in_header(coercion: Coercion, name: &str, lines: &[&str]) -> (Value, Vec<String>) {
        let declared =
            [Parameter { location: Location::Header, name: name.to_owned(), former_name: None, coercion }];
        let line = |text: &&str| {
            (http::HeaderName::try_from(name).expect("a name"), HeaderValue::from_str(text).expect("a value"))
        };
        let mut violations = Violations::default();
        let object = read_headers(&declared, &lines.iter().map(line).collect(), &mut violations);
        (Value::Object(object), violations.into_iter().map(|violation| violation.rule).collect())
    }

    #[test]
    fn lines_of_a_list_field_are_one_list_and_lines_of_another_are_a_fault() {
        let tags = |lines: &[&str]| seen_in_header(Coercion::EntityTags, "If-Match", lines);
        assert_eq!(tags(&["\"a\"", "W/\"b\",\"c\""]), (json!({"If-Match": "\"a\", W/\"b\",\"c\""}), vec![]));
        assert_eq!(tags(&["*"]), (json!({"If-Match": "*"}), vec![]));
        for malformed in [["\"x\", *"].as_slice(), &["\"x\"", "*"], &["x"], &[""]] {
            assert_eq!(tags(malformed), (json!({}), vec!["pattern".to_owned()]), "{malformed:?}");
        }
        let numbers = |lines: &[&str]| {
            seen_in_header(Coercion::CommaList(Box::new(Coercion::Integer)), "x-numbers", lines)
        };
        assert_eq!(numbers(&["1, 2", ",3"]), (json!({"x-numbers": [1, 2, 3]}), vec![]));
        assert_eq!(numbers(&["\"1,2\""]), (json!({"x-numbers": ["\"1,2\""]}), vec![]));
        assert_eq!(seen_in_header(Coercion::Text, "x-text", &["a", "a"]).1, ["repeated"]);
    }

    proptest! {
        #[test]
        fn every_integer_is_read_and_what_is_none_stays_a_text(number: i64, odd in "[-+]?[0-9]{0,22}[.eE ]?[0-9]{0,2}") {
            prop_assert_eq!(Coercion::Integer.apply(&number.to_string()), json!(number));
            match Coercion::Integer.apply(&odd) {
                Value::Number(read) => prop_assert_eq!(read.to_string(), odd),
                stayed => prop_assert_eq!(stayed, json!(odd)),
            }
        }

        #[test]
        fn any_text_becomes_its_value_or_stays_itself(text: String) {
            for coercion in [Coercion::Text, Coercion::Integer, Coercion::Number, Coercion::Boolean] {
                match coercion.apply(&text) {
                    Value::Number(read) => prop_assert_eq!(read.as_f64(), text.parse().ok(), "{}", text),
                    Value::Bool(read) => prop_assert_eq!(read.to_string(), &*text),
                    stayed => prop_assert_eq!(stayed, json!(nfc(&text))),
                }
            }
        }

        #[test]
        fn a_list_has_an_item_for_each_comma_and_one_more(items in prop::collection::vec(any::<i64>(), 1..9), text in ".{1,20}") {
            let coercion = Coercion::CommaList(Box::new(Coercion::Integer));
            let joined: Vec<String> = items.iter().map(ToString::to_string).collect();
            prop_assert_eq!(coercion.apply(&joined.join(",")), json!(items));
            let read = coercion.apply(&text);
            prop_assert_eq!(read.as_array().map(Vec::len), Some(text.matches(',').count() + 1));
        }

        #[test]
        fn names_and_texts_of_a_query_come_as_they_were_meant(pairs in prop::collection::btree_map("[^\0]{1,5}", "[^\0]{0,5}", 0..5)) {
            let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let raw: Vec<String> = pairs.iter().map(|(name, text)| format!("{}={}", encoded(name), encoded(text))).collect();
            let mut violations = Violations::default();
            let read = read_form(&[], Location::Query, &raw.join("&"), &mut violations);
            prop_assert!(violations.is_empty(), "{:?}", violations);
            let meant = pairs.iter().map(|(name, text)| (name.clone(), json!(nfc(text))));
            prop_assert_eq!(read, meant.collect::<Map<_, _>>());
        }

        #[test]
        fn any_query_pair_is_read_or_reported(raw in "[a-c=&%+0-9f;]{0,40}|.{0,40}") {
            let pairs = raw.split('&').filter(|pair| !pair.is_empty()).count();
            let mut violations = Violations::default();
            let read = read_form(&[], Location::Query, &raw, &mut violations);
            prop_assert_eq!(read.len() + violations.as_slice().len(), pairs);
        }

        #[test]
        fn any_header_is_read_or_reported(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let Ok(value) = HeaderValue::from_bytes(&bytes) else { return Ok(()) };
            let declared =
                [Parameter { location: Location::Header, name: "a".to_owned(), former_name: None, coercion: Coercion::Text }];
            let mut violations = Violations::default();
            let read = read_headers(&declared, &HeaderMap::from_iter([(http::HeaderName::from_static("a"), value)]), &mut violations);
            prop_assert_eq!(read.len() + violations.as_slice().len(), 1);
            prop_assert_eq!(read.get("a").is_some(), bytes.iter().all(|byte| *byte == b'\t' || (b' '..=b'~').contains(byte)));
        }
    }
}
