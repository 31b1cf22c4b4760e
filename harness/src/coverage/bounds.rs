//! Values at the bounds of a schema: the last that is accepted, and the first that is refused.

use serde_json::Value;

use super::schema::parts;
use super::{Outcome, Subject};
use crate::spec::resolved;

/// Keywords that bound a value, and the step to the first value outside.
const BOUNDS: [(&str, i64); 6] =
    [("minimum", -1), ("maximum", 1), ("minLength", -1), ("maxLength", 1), ("minItems", -1), ("maxItems", 1)];

fn bound(place: &str, word: &str, outcome: Outcome) -> Subject {
    Subject::Bound { place: place.to_owned(), word: word.to_owned(), outcome }
}

/// Returns the possible facts about the bounds of a schema and of the schemas nested in it.
pub(super) fn wanted(schema: &'static Value, place: &str, found: &mut Vec<Subject>) {
    for part in parts(schema) {
        for (word, _) in BOUNDS.iter().filter(|(word, _)| part.get(word).is_some()) {
            let outcomes = [Outcome::Kept, Outcome::Broken];
            found.extend(outcomes.map(|outcome| bound(place, word, outcome)));
        }
        for (name, property) in part["properties"].as_object().into_iter().flatten() {
            wanted(property, &format!("{place}.{name}"), found);
        }
        if part["items"].is_object() {
            wanted(&part["items"], &format!("{place}.*"), found);
        }
    }
}

/// Adds the bounds at which an accepted value lies.
pub(super) fn kept(schema: &'static Value, place: &str, value: &Value, found: &mut Vec<Subject>) {
    for part in parts(schema) {
        for (word, _) in BOUNDS {
            if measured(word, value).is_some_and(|measured| part[word].as_f64() == Some(measured)) {
                found.push(bound(place, word, Outcome::Kept));
            }
        }
        for (name, value) in value.as_object().into_iter().flatten() {
            if let Some(property) = part["properties"].get(name) {
                kept(property, &format!("{place}.{name}"), value, found);
            }
        }
        for item in value.as_array().into_iter().flatten() {
            kept(&part["items"], &format!("{place}.*"), item, found);
        }
    }
}

/// Returns the fact that a value was refused just outside a bound.
pub(super) fn broken(schema: &'static Value, place: &str, word: &str, value: &Value) -> Option<Subject> {
    let (_, step) = BOUNDS.iter().find(|(known, _)| *known == word)?;
    let limit = parts(resolved(schema)).into_iter().find_map(|part| part[word].as_f64())?;
    let beyond = measured(word, value)? - limit;
    #[expect(clippy::cast_precision_loss, reason = "the step is 1")]
    let is_next = beyond != 0.0 && beyond.signum() == *step as f64 && beyond.abs() <= 1.0;
    is_next.then(|| bound(place, word, Outcome::Broken))
}

/// Returns the magnitude of a value that a keyword bounds.
fn measured(word: &str, value: &Value) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "lengths of test values are far below 2 to the 52nd")]
    let size = |size: usize| size as f64;
    match word {
        "minimum" | "maximum" => value.as_f64(),
        "minLength" | "maxLength" => value.as_str().map(|text| size(text.chars().count())),
        _ => value.as_array().map(|items| size(items.len())),
    }
}
