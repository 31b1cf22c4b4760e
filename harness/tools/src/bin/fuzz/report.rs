//! Counts of the requests and responses of a run, from its HAR files.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::BufReader;

use agora_api::OPERATIONS;
use agora_harness::spec;
use serde::Deserialize;

use crate::turn::Turn;

/// The counted part of a HAR file.
#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    request: Request,
    response: Response,
}

#[derive(Deserialize)]
struct Request {
    method: String,
    url: String,
}

#[derive(Deserialize)]
struct Response {
    status: u16,
}

/// Counts of one operation.
#[derive(Default)]
struct Count {
    requests: usize,
    successes: usize,
}

/// Counts of all turns.
#[derive(Default)]
pub struct Report {
    operations: BTreeMap<&'static str, Count>,
    statuses: BTreeMap<u16, usize>,
    elsewhere: usize,
    failures: Vec<String>,
}

impl Report {
    /// Adds the HAR file of a turn.
    pub fn add(&mut self, turn: &Turn, is_good: bool) -> Result<(), String> {
        let name = turn.har();
        let file = File::open(&name).map_err(|error| format!("{}: {error}", name.display()))?;
        let har: Har = serde_json::from_reader(BufReader::new(file))
            .map_err(|error| format!("{}: {error}", name.display()))?;
        for entry in har.log.entries {
            self.count(&entry);
        }
        if !is_good {
            self.failures.push(turn.log().display().to_string());
        }
        Ok(())
    }

    fn count(&mut self, entry: &Entry) {
        *self.statuses.entry(entry.response.status).or_default() += 1;
        // The path begins at the third slash.
        let path = entry.request.url.splitn(4, '/').nth(3).unwrap_or_default();
        match spec::operation(&entry.request.method, &format!("/{path}")) {
            Some(operation) => {
                let count = self.operations.entry(operation.id).or_default();
                count.requests += 1;
                count.successes += usize::from((200..300).contains(&entry.response.status));
            }
            None => self.elsewhere += 1,
        }
    }

    /// Returns the number of requests sent.
    pub fn requests(&self) -> usize {
        self.statuses.values().sum()
    }

    /// Returns `true` if no check failed and every operation had a 2xx response.
    pub fn is_good(&self) -> bool {
        self.failures.is_empty() && self.without_success().next().is_none()
    }

    fn without_success(&self) -> impl Iterator<Item = &'static str> {
        let had = |id: &str| self.operations.get(id).is_some_and(|count| count.successes > 0);
        OPERATIONS.iter().map(|operation| operation.id).filter(move |id| !had(id))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{:<28} {:>9} {:>7}", "operation", "requests", "2xx")?;
        for (id, count) in &self.operations {
            let share = percent(count.successes, count.requests);
            writeln!(formatter, "{id:<28} {:>9} {share:>6.1}%", count.requests)?;
        }
        writeln!(formatter, "{:<28} {:>9}", "(no operation)", self.elsewhere)?;
        let statuses: Vec<String> =
            self.statuses.iter().map(|(status, times)| format!("{status}: {times}")).collect();
        writeln!(formatter, "statuses: {}", statuses.join(", "))?;
        for id in self.without_success() {
            writeln!(formatter, "no success: {id}")?;
        }
        for log in &self.failures {
            writeln!(formatter, "failures, see {log}")?;
        }
        let successes = self.operations.values().map(|count| count.successes).sum();
        let covered = OPERATIONS.len() - self.without_success().count();
        writeln!(
            formatter,
            "Fuzz: {} requests, {covered} of {} operations with a success, {:.1}% 2xx, {} turns with failures",
            self.requests(),
            OPERATIONS.len(),
            percent(successes, self.requests()),
            self.failures.len(),
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2 to the 52nd")]
fn percent(part: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { part as f64 * 100.0 / of as f64 }
}
