//! Limits of a run, from `harness/fuzz/floors.json`: the least share of 2xx of each operation and principal, and the
//! largest share of valid requests that a rule may refuse.

use std::collections::BTreeMap;

use agora_harness::spec;
use serde::Deserialize;

/// Limits of the shares. They apply once enough requests were sent; one success is always required.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floors {
    /// Reason of the defaults.
    #[serde(rename = "why")]
    _why: String,
    /// Requests from which a share is compared.
    pub from_requests: usize,
    successes: Shares,
    refusals: Shares,
}

/// A share, with exceptions by `operation` or `operation subject`. Each has a reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shares {
    default: f64,
    exceptions: BTreeMap<String, Exception>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    share: f64,
    #[serde(rename = "why")]
    _why: String,
}

impl Floors {
    /// Reads the file.
    pub fn read() -> Result<Self, String> {
        let name = spec::repository().join("harness/fuzz/floors.json");
        let text = std::fs::read_to_string(&name).map_err(|error| format!("{}: {error}", name.display()))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", name.display()))
    }

    /// Returns the least share of 2xx of an operation and a principal.
    pub fn least_successes(&self, operation: &str, principal: &str) -> f64 {
        self.successes.of(operation, principal)
    }

    /// Returns the largest share of refusals of an operation for a reason.
    pub fn most_refusals(&self, operation: &str, reason: &str) -> f64 {
        self.refusals.of(operation, reason)
    }
}

impl Shares {
    fn of(&self, operation: &str, subject: &str) -> f64 {
        let names = [format!("{operation} {subject}"), operation.to_owned(), format!("* {subject}")];
        let exception = names.iter().find_map(|name| self.exceptions.get(name));
        exception.map_or(self.default, |exception| exception.share)
    }
}
