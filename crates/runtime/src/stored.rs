//! Members that only the server sets (`x-same-as-stored`), in bodies of clients that send back what they have read. The
//! runtime takes them out of the body. The handler compares them with the stored resource under its lock.

use chrono::DateTime;
use serde_json::{Map, Value};

use crate::compiler::members;
use crate::violation::{Location, Violation, Violations};
use crate::wire::DecimalNumber;

/// Rule of a member that differs from the stored value.
pub const STORED: &str = "stored";
/// Message of [`STORED`].
pub const STORED_MESSAGE: &str = "must equal the stored value, or be left out";

/// A member that must equal the stored value.
#[derive(Clone, Debug)]
pub(crate) struct StoredMember {
    name: String,
    kind: Kind,
}

/// Comparison of the values of a member.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Json,
    Moment,
    Uuid,
}

/// Returns the members of a schema with `x-same-as-stored`.
pub(crate) fn stored_members(schema: &Value) -> Vec<StoredMember> {
    let marked = members(&schema["properties"]).filter(|(_, schema)| schema["x-same-as-stored"] == true);
    let member = |(name, schema): (&String, &Value)| StoredMember {
        name: name.clone(),
        kind: match schema["format"].as_str() {
            Some("date-time") => Kind::Moment,
            Some("uuid") => Kind::Uuid,
            _ => Kind::Json,
        },
    };
    marked.map(member).collect()
}

/// Members of a body that must equal the stored values. The runtime leaves them in the extensions of the request.
#[derive(Clone, Debug)]
pub struct SameAsStored(Vec<(StoredMember, Value)>);

impl SameAsStored {
    /// Removes the marked members from a body, and returns them, or `None` if the body has none of them.
    pub(crate) fn take(marked: &[StoredMember], body: &mut Map<String, Value>) -> Option<Self> {
        let taken = |member: &StoredMember| Some((member.clone(), body.remove(&member.name)?));
        let taken: Vec<_> = marked.iter().filter_map(taken).collect();
        (!taken.is_empty()).then_some(Self(taken))
    }

    /// Returns the members that differ from the stored representation. A member that it lacks counts as null.
    #[must_use]
    pub fn violations(&self, stored: &Value) -> Violations {
        let differing =
            self.0.iter().filter(|(member, sent)| !is_same(member.kind, sent, &stored[&member.name]));
        differing
            .map(|(member, _)| Violation::new(Location::Body, &member.name, STORED, STORED_MESSAGE))
            .collect()
    }
}

fn is_same(kind: Kind, sent: &Value, stored: &Value) -> bool {
    match (kind, sent, stored) {
        (Kind::Moment, Value::String(sent), Value::String(stored)) => {
            let moment = |text| DateTime::parse_from_rfc3339(text).ok();
            moment(sent).is_some_and(|sent| Some(sent) == moment(stored))
        }
        (Kind::Uuid, Value::String(sent), Value::String(stored)) => sent.eq_ignore_ascii_case(stored),
        (_, Value::Number(_), Value::Number(_)) => {
            let decimal = |value: &Value| serde_json::from_value::<DecimalNumber>(value.clone()).ok();
            decimal(sent).is_some_and(|sent| Some(sent) == decimal(stored))
        }
        (_, Value::Array(sent), Value::Array(stored)) => {
            sent.len() == stored.len()
                && sent.iter().zip(stored).all(|(sent, stored)| is_same(kind, sent, stored))
        }
        (_, Value::Object(sent), Value::Object(stored)) => {
            let is_there = |(name, sent): (&String, &Value)| {
                stored.get(name).is_some_and(|stored| is_same(kind, sent, stored))
            };
            sent.len() == stored.len() && sent.iter().all(is_there)
        }
        (_, sent, stored) => sent == stored,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn differing(sent: Value, stored: &Value) -> Vec<String> {
        let marked = |schema: Value| {
            let mut schema = schema;
            schema["x-same-as-stored"] = json!(true);
            schema
        };
        let schema = json!({"properties": {
            "id": marked(json!({"type": "integer"})),
            "uuid": marked(json!({"type": "string", "format": "uuid"})),
            "updated_at": marked(json!({"type": ["string", "null"], "format": "date-time"})),
            "rating": marked(json!({})),
            "title": {"type": "string"},
        }});
        let Value::Object(mut body) = sent else { panic!("an object") };
        let repeated = SameAsStored::take(&stored_members(&schema), &mut body);
        assert!(body.keys().all(|name| name == "title"), "{body:?}");
        let violations = repeated.map(|repeated| repeated.violations(stored)).unwrap_or_default();
        assert!(violations.as_slice().iter().all(|violation| violation.rule == STORED));
        violations.as_slice().iter().map(|violation| violation.field.clone()).collect()
    }

    #[test]
    fn what_is_written_another_way_is_the_same() {
        let stored = json!({
            "id": 9_007_199_254_740_993_i64,
            "uuid": "0198c0de-0000-7000-8000-000000000209",
            "updated_at": "2026-01-05T09:30:00.500000Z",
            "rating": {"rate": 4.1, "counts": [3, 0]},
        });
        for sent in [
            json!({}),
            json!({"title": "another"}),
            stored.clone(),
            json!({"uuid": "0198C0DE-0000-7000-8000-000000000209", "title": "another"}),
            json!({"updated_at": "2026-01-05T10:30:00.5+01:00"}),
            json!({"rating": {"counts": [3.0, 0], "rate": 4.10}}),
        ] {
            assert_eq!(differing(sent.clone(), &stored), [""; 0], "{sent}");
        }
        assert_eq!(differing(json!({"updated_at": null}), &json!({"updated_at": null})), [""; 0]);
    }

    #[test]
    fn what_differs_is_told_by_its_name() {
        let stored = json!({
            "id": 9_007_199_254_740_993_i64,
            "uuid": "0198c0de-0000-7000-8000-000000000209",
            "updated_at": "2026-01-05T09:30:00.500000Z",
            "rating": {"rate": 4.1, "counts": [3, 0]},
        });
        for (sent, names) in [
            (json!({"id": 9_007_199_254_740_992_i64}), vec!["id"]),
            (json!({"uuid": "0198c0de-0000-7000-8000-000000000200"}), vec!["uuid"]),
            (json!({"updated_at": null}), vec!["updated_at"]),
            (json!({"updated_at": "2026-01-05T09:30:00.500001Z"}), vec!["updated_at"]),
            (json!({"rating": null, "id": 1}), vec!["id", "rating"]),
            (json!({"rating": {"rate": 4.1}}), vec!["rating"]),
            (json!({"rating": {"rate": 4.1, "counts": [3, 0], "more": null}}), vec!["rating"]),
            (json!({"rating": {"rate": 4.1, "other": [3, 0]}}), vec!["rating"]),
            (json!({"rating": {"rate": 4.1, "counts": [3]}}), vec!["rating"]),
            (json!({"rating": {"rate": 4.1, "counts": [0, 3]}}), vec!["rating"]),
            (json!({"rating": {"rate": "4.1", "counts": [3, 0]}}), vec!["rating"]),
        ] {
            assert_eq!(differing(sent.clone(), &stored), names, "{sent}");
        }
        // A text that looks like a moment is compared as a text where the schema does not say that it is one.
        let stored = json!({"rating": "2026-01-05T09:30:00Z"});
        assert_eq!(differing(json!({"rating": "2026-01-05T10:30:00+01:00"}), &stored), ["rating"]);
    }
}
