//! Coverage of the contract, as a set of facts: an operation was called, or it responded with a status. Other facts are
//! that an accepted request conformed to a parameter or a schema keyword, or that a request was rejected for violating
//! it. [`wanted`] returns all facts that the contract allows, [`Exchange::facts`] those that an exchange shows.

mod exchange;
mod record;
pub mod schema;

use std::collections::BTreeSet;

use agora_api::OPERATIONS;
use agora_runtime::Operation;
use serde::{Deserialize, Serialize};

use crate::spec::{of_document, parameters, resolved};

pub use exchange::Exchange;
pub use record::VARIABLE;
pub(crate) use record::{is_on, note};

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
    wanted.extend(responses.filter_map(|(status, _)| status.parse().ok().map(Subject::Status)));
    for parameter in parameters(operation) {
        let place = place_of(parameter);
        let outcomes = [Outcome::Kept, Outcome::Broken];
        wanted.extend(outcomes.map(|outcome| Subject::Parameter { place: place.clone(), outcome }));
        if parameter["required"] == true && parameter["in"] != "path" {
            wanted.extend(schema::both(&place, "required"));
        }
        wanted.extend(schema::of_text(&parameter["schema"], &place));
    }
    wanted.push(Subject::Keyword {
        place: "query".to_owned(),
        word: schema::UNKNOWN.to_owned(),
        outcome: Outcome::Broken,
    });
    if let Some(body) = body_schema(operation) {
        wanted.extend(schema::of_json(body, "body"));
    }
    let fact = |what| Fact { operation: operation.id.to_owned(), what };
    wanted.into_iter().map(fact).collect()
}

/// Returns the location and name of a parameter, such as `query.page`.
fn place_of(parameter: &'static serde_json::Value) -> String {
    let text = |member: &str| parameter[member].as_str().unwrap_or_default();
    format!("{}.{}", text("in"), text("name"))
}

fn body_schema(operation: &Operation) -> Option<&'static serde_json::Value> {
    let content = resolved(&of_document(operation)["requestBody"])["content"].as_object()?;
    content.get("application/json").map(|content| &content["schema"])
}
