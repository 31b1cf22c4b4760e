//! What of the contract was exercised, and what came of it, as facts: an operation was called, it answered with a status,
//! a parameter or a keyword of a schema was kept by a request that was accepted, or broken by one that was refused for
//! it. [`wanted`] has all facts that the contract allows, [`Exchange::facts`] those that an exchange shows.

mod exchange;
mod record;
pub mod schema;

use std::collections::BTreeSet;

use agora_api::OPERATIONS;
use agora_contract::Operation;
use serde::{Deserialize, Serialize};

use crate::examples::{of_document, parameters, resolved};

pub use exchange::Exchange;
pub use record::VARIABLE;
pub(crate) use record::{is_on, note};

/// Something that can be shown of an operation.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Fact {
    /// The operation's id.
    pub operation: String,
    /// What is shown of it.
    #[serde(flatten)]
    pub what: What,
}

/// What can be shown of an operation.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It was called and answered.
    Called,
    /// It answered with this status, as the contract has it.
    Status(u16),
    /// A parameter was sent.
    Parameter {
        /// Where it is and its name: `query.page`.
        place: String,
        /// What came of it.
        outcome: Outcome,
    },
    /// A value reached a keyword of a schema.
    Keyword {
        /// The parameter, or the way to the member of the body: `body.items.*.quantity`.
        place: String,
        /// The keyword; or the rule, where the contract names one that no keyword says.
        word: String,
        /// What came of it.
        outcome: Outcome,
    },
}

/// What came of a value.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The request was accepted with it.
    Kept,
    /// The request was refused for it.
    Broken,
}

/// All facts that the contract allows.
#[must_use]
pub fn wanted() -> BTreeSet<Fact> {
    OPERATIONS.iter().flat_map(|operation| of_operation(operation)).collect()
}

fn of_operation(operation: &Operation) -> Vec<Fact> {
    let mut wanted = vec![What::Called];
    let responses = of_document(operation)["responses"].as_object().into_iter().flatten();
    wanted.extend(responses.filter_map(|(status, _)| status.parse().ok().map(What::Status)));
    for parameter in parameters(operation) {
        let place = place_of(parameter);
        let outcomes = [Outcome::Kept, Outcome::Broken];
        wanted.extend(outcomes.map(|outcome| What::Parameter { place: place.clone(), outcome }));
        if parameter["required"] == true && parameter["in"] != "path" {
            wanted.extend(schema::both(&place, "required"));
        }
        wanted.extend(schema::of_text(&parameter["schema"], &place));
    }
    wanted.push(What::Keyword {
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

/// Where a parameter is, and its name.
fn place_of(parameter: &'static serde_json::Value) -> String {
    let text = |member: &str| parameter[member].as_str().unwrap_or_default();
    format!("{}.{}", text("in"), text("name"))
}

fn body_schema(operation: &Operation) -> Option<&'static serde_json::Value> {
    let content = resolved(&of_document(operation)["requestBody"])["content"].as_object()?;
    content.get("application/json").map(|content| &content["schema"])
}
