//! Members of requests and responses: those that were present, null or absent.

use serde_json::Value;

use super::schema::parts;
use super::{Form, Subject};

/// Maximum depth of the members that are told apart; only recursive schemas have deeper ones.
const DEPTH: usize = 8;

/// Returns the possible facts about the members of a body. A member that the sender must include cannot be absent.
pub(super) fn wanted(schema: &'static Value, place: &str, of: Side, found: &mut Vec<Subject>) {
    below(schema, place, 0, &mut |part, name, property, place| {
        found.push(of.fact(place, Form::Value));
        if parts(property).iter().any(|part| part["nullable"] == true) {
            found.push(of.fact(place, Form::Null));
        }
        if !is_required(part, name) {
            found.push(of.fact(place, Form::Absent));
        }
    });
}

fn below(
    schema: &'static Value,
    place: &str,
    depth: usize,
    each: &mut impl FnMut(&'static Value, &str, &'static Value, &str),
) {
    if depth > DEPTH {
        return;
    }
    for part in parts(schema) {
        for (name, property) in part["properties"].as_object().into_iter().flatten() {
            let place = format!("{place}.{name}");
            each(part, name, property, &place);
            below(property, &place, depth + 1, each);
        }
        if part["items"].is_object() {
            below(&part["items"], &format!("{place}.*"), depth + 1, each);
        }
    }
}

/// Adds the members of a body, each as it was seen.
pub(super) fn seen(schema: &'static Value, place: &str, value: &Value, of: Side, found: &mut Vec<Subject>) {
    for part in parts(schema) {
        if let Some(members) = value.as_object() {
            for (name, property) in part["properties"].as_object().into_iter().flatten() {
                let place = format!("{place}.{name}");
                let form = match members.get(name) {
                    None => Form::Absent,
                    Some(Value::Null) => Form::Null,
                    Some(_) => Form::Value,
                };
                found.push(of.fact(&place, form));
                seen(property, &place, members.get(name).unwrap_or(&Value::Null), of, found);
            }
        }
        for item in value.as_array().into_iter().flatten() {
            seen(&part["items"], &format!("{place}.*"), item, of, found);
        }
    }
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|names| names.iter().any(|required| required == name))
}

/// The sender of a body.
#[derive(Clone, Copy)]
pub(super) enum Side {
    /// The body of an accepted request.
    Request,
    /// The body of a response with this status.
    Response(u16),
}

impl Side {
    fn fact(self, place: &str, form: Form) -> Subject {
        let place = place.to_owned();
        match self {
            Self::Request => Subject::Sent { place, form },
            Self::Response(status) => Subject::Answered { status, place, form },
        }
    }
}
