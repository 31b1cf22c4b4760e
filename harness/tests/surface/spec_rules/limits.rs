//! Rule for body limits: a limit fits the largest body that the schema accepts, and not much more.

use serde_json::Value;

use super::Rule;
use super::document::{Spec, items, members, of_each};

pub(crate) const RULES: &[Rule] = &[Rule { id: "R18", breaches: body_limits_are_those_of_the_schema }];

/// Minimum limit in bytes.
const LEAST: u64 = 16 * 1024;
/// Bytes of an escaped character, such as `\u00e9`.
const ESCAPED: u64 = 6;
/// Bytes of a number, a boolean or null.
const PLAIN: u64 = 32;
/// Assumed length, in characters, of a text that only its pattern or its format bounds.
const BOUNDED: u64 = 100;
/// Formats without a maximum length. They only require something visible.
const LONG_FORMATS: [&str; 2] = ["name", "visible"];

fn body_limits_are_those_of_the_schema(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let limit = entry.text["x-body-limit"].as_u64();
        let content = entry.body().and_then(|body| members(&body["content"]).next());
        let due = match content.map(|(_, content)| largest(spec, &content["schema"])) {
            None => None,
            Some(Some(size)) => Some(size.next_power_of_two().max(LEAST)),
            Some(None) => return vec!["its body has no bound".to_owned()],
        };
        let breach = || format!("its x-body-limit is {limit:?}, and should be {due:?}");
        if limit == due { Vec::new() } else { vec![breach()] }
    })
}

/// Returns `true` if a pattern only matches texts of bounded length: it is anchored at the end and has no unbounded
/// repetition.
fn is_bounded_pattern(pattern: &str) -> bool {
    let repeats = |pair: &[u8]| b"*+".contains(&pair[1]) && !b"[\\".contains(&pair[0]);
    pattern.ends_with('$') && !pattern.contains(",}") && !pattern.as_bytes().windows(2).any(repeats)
}

/// Returns the size in bytes of the largest JSON that a schema accepts, or `None` if it is unbounded.
fn largest(spec: &Spec, schema: &Value) -> Option<u64> {
    let schema = spec.resolved(schema);
    let choices = ["allOf", "oneOf"].iter().flat_map(|word| items(&schema[*word]));
    let chosen = choices.map(|choice| largest(spec, choice)).collect::<Option<Vec<_>>>()?;
    let own = match schema["type"].as_str() {
        _ if schema["x-id-or-object"] == true => {
            PLAIN + r#"{"id":,"name":""}"#.len() as u64 + ESCAPED * BOUNDED
        }
        _ if schema.get("allOf").is_some() => 0,
        Some("string") => {
            let is_closed = schema["pattern"].as_str().is_some_and(is_bounded_pattern);
            let is_form = schema["format"].as_str().is_some_and(|format| !LONG_FORMATS.contains(&format));
            let is_bounded = is_closed || is_form || schema.get("enum").is_some();
            2 + ESCAPED * schema["maxLength"].as_u64().or(is_bounded.then_some(BOUNDED))?
        }
        Some("array") => 2 + schema["maxItems"].as_u64()? * (1 + largest(spec, &schema["items"])?),
        Some("object") if schema["additionalProperties"] == false => {
            let member = |(name, schema): (&String, &Value)| {
                Some(name.len() as u64 + "\"\":,".len() as u64 + largest(spec, schema)?)
            };
            2 + members(&schema["properties"]).map(member).sum::<Option<u64>>()?
        }
        Some("object") => return None,
        _ => PLAIN,
    };
    Some(chosen.into_iter().fold(own, u64::max))
}
