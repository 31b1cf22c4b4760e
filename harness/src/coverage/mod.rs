//! Coverage of the contract, as a set of facts: an operation was called, or it responded with a status. Other facts are
//! that an accepted request conformed to a parameter or a schema keyword, or that a request was rejected for violating
//! it; that a value lay at a bound or just outside; that a member of a body was present, null or absent; that a response
//! had a header; and that two query parameters were sent together. [`wanted`] returns all facts that the contract allows,
//! [`Exchange::facts`] those that an exchange shows.

mod bounds;
mod exchange;
mod members;
mod record;
pub mod schema;

use std::collections::BTreeSet;

use agora_api::OPERATIONS;
use agora_runtime::Operation;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::spec::{of_document, parameters, resolved};

use members::Side;

pub use exchange::Exchange;
pub use record::VARIABLE;
pub(crate) use record::note;

/// A fact about an operation, shown by an exchange.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Fact {
    /// The operation's id.
    pub operation: String,
    /// The content of the fact.
    #[serde(flatten)]
    pub what: Subject,
}

/// The content of a fact.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The operation was called, and responded.
    Called,
    /// The operation responded with this status, and the response conformed to the contract.
    Status(u16),
    /// The operation responded with this status and `error.code`.
    Code {
        /// The status.
        status: u16,
        /// The code.
        code: String,
    },
    /// A parameter was sent.
    Parameter {
        /// Its location and name, such as `query.page`.
        place: String,
        /// The outcome of the request.
        outcome: Outcome,
    },
    /// A value reached a keyword of a schema.
    Keyword {
        /// The parameter, or the path of the member in the body, such as `body.items.*.quantity`.
        place: String,
        /// The keyword, or a rule of the contract that no keyword expresses.
        word: String,
        /// The outcome of the request.
        outcome: Outcome,
    },
    /// A value lay at a bound and was accepted, or just outside and was refused.
    Bound {
        /// As for a keyword.
        place: String,
        /// The keyword that bounds the value.
        word: String,
        /// The outcome of the request.
        outcome: Outcome,
    },
    /// A member of the body of an accepted request.
    Sent {
        /// The path of the member, such as `body.items.*.quantity`.
        place: String,
        /// The form of the member.
        form: Form,
    },
    /// A member of the body of a response.
    Answered {
        /// The status of the response.
        status: u16,
        /// The path of the member.
        place: String,
        /// The form of the member.
        form: Form,
    },
    /// A response had a header.
    Header {
        /// The status of the response.
        status: u16,
        /// The name of the header.
        name: String,
    },
    /// Two query parameters were sent together, and the request was accepted or refused as a whole.
    Pair {
        /// The first name in alphabetical order.
        first: String,
        /// The other name.
        second: String,
    },
}

/// The form of a member of a body.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A value.
    Value,
    /// Null.
    Null,
    /// The member is missing.
    Absent,
}

/// The outcome of a request, as far as one value is concerned.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The value conformed, and the request was accepted.
    Kept,
    /// The request was rejected because of the value.
    Broken,
}

/// Returns all facts that the contract allows.
#[must_use]
pub fn wanted() -> BTreeSet<Fact> {
    OPERATIONS.iter().flat_map(|operation| of_operation(operation)).collect()
}

fn of_operation(operation: &Operation) -> Vec<Fact> {
    let mut wanted = vec![Subject::Called];
    let responses = of_document(operation)["responses"].as_object().into_iter().flatten();
    for (status, response) in responses {
        if let Ok(status) = status.parse() {
            wanted.extend(of_response(status, response));
        }
    }
    wanted.extend(codes(operation).map(|(status, code)| Subject::Code { status, code: code.to_owned() }));
    wanted.extend(pairs(&queries(operation)));
    for parameter in parameters(operation) {
        let place = place_of(parameter);
        let outcomes = [Outcome::Kept, Outcome::Broken];
        wanted.extend(outcomes.map(|outcome| Subject::Parameter { place: place.clone(), outcome }));
        if parameter["required"] == true && parameter["in"] != "path" {
            wanted.extend(schema::both(&place, "required"));
        }
        wanted.extend(schema::of_text(&parameter["schema"], &place));
        bounds::wanted(&parameter["schema"], &place, &mut wanted);
        if parameter["required"] != true {
            wanted.push(Subject::Sent { place, form: Form::Absent });
        }
    }
    wanted.push(Subject::Keyword {
        place: "query".to_owned(),
        word: schema::UNKNOWN.to_owned(),
        outcome: Outcome::Broken,
    });
    if let Some(body) = body_schema(operation) {
        wanted.extend(schema::of_json(body, "body"));
        bounds::wanted(body, "body", &mut wanted);
        members::wanted(body, "body", Side::Request, &mut wanted);
    }
    let fact = |what| Fact { operation: operation.id.to_owned(), what };
    wanted.into_iter().map(fact).collect()
}

/// Returns the facts about a response: its status, its headers and the members of its body. The members of problems are
/// the same for all operations, and checked for each response.
fn of_response(status: u16, response: &'static Value) -> Vec<Subject> {
    let response = resolved(response);
    let mut wanted = vec![Subject::Status(status)];
    for (name, _) in response["headers"].as_object().into_iter().flatten() {
        // Every response is checked for the header of its request id, and a test of its own checks those of rate limits.
        if name != "X-Request-Id" && !name.starts_with("X-RateLimit-") {
            wanted.push(Subject::Header { status, name: name.to_ascii_lowercase() });
        }
    }
    if status < 300
        && let Some(content) = response["content"].get("application/json")
    {
        members::wanted(&content["schema"], "body", Side::Response(status), &mut wanted);
    }
    wanted
}

/// Returns the statuses that have several codes, each with those that the operation may respond with.
fn codes(operation: &Operation) -> impl Iterator<Item = (u16, &'static str)> {
    let text = of_document(operation);
    let alternatives = text.get("security").or_else(|| crate::spec::DOCUMENT.get("security"));
    let alternatives: Vec<&Value> = alternatives.and_then(Value::as_array).into_iter().flatten().collect();
    let is_empty = |alternative: &&Value| alternative.as_object().is_some_and(serde_json::Map::is_empty);
    let takes_token = alternatives.iter().any(|alternative| !is_empty(alternative));
    let needs_token = takes_token && !alternatives.iter().any(is_empty);
    let has_key = parameters(operation).any(|parameter| parameter["name"] == "Idempotency-Key");
    [
        (needs_token, 401, "UNAUTHORIZED"),
        (takes_token, 401, "TOKEN_EXPIRED"),
        (takes_token, 401, "TOKEN_INVALID"),
        (has_key, 409, "REQUEST_IN_PROGRESS"),
    ]
    .into_iter()
    .filter_map(|(is_possible, status, code)| is_possible.then_some((status, code)))
}

/// Returns the names of the operation's query parameters.
fn queries(operation: &Operation) -> Vec<&'static str> {
    let queries = parameters(operation).filter(|parameter| parameter["in"] == "query");
    queries.filter_map(|parameter| parameter["name"].as_str()).collect()
}

/// Returns each pair of these names.
fn pairs(names: &[&str]) -> Vec<Subject> {
    let mut names: Vec<&str> = names.to_vec();
    names.sort_unstable();
    names.dedup();
    let pair =
        |first: &str, second: &str| Subject::Pair { first: first.to_owned(), second: second.to_owned() };
    let after = |index: usize| names[index + 1..].iter();
    (0..names.len())
        .flat_map(|index| after(index).map(move |second| (index, *second)))
        .map(|(index, second)| pair(names[index], second))
        .collect()
}

/// Returns the location and name of a parameter, such as `query.page`.
fn place_of(parameter: &'static Value) -> String {
    let text = |member: &str| parameter[member].as_str().unwrap_or_default();
    format!("{}.{}", text("in"), text("name"))
}

fn body_schema(operation: &Operation) -> Option<&'static Value> {
    let content = resolved(&of_document(operation)["requestBody"])["content"].as_object()?;
    content.get("application/json").map(|content| &content["schema"])
}
