//! Figures of a run: requests and statuses from the HAR files, and shares of valid requests from the hooks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::time::Duration;

use agora_api::OPERATIONS;
use agora_harness::spec;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::accounts::Principal;
use crate::floors::Floors;
use crate::shard::Shard;
use crate::worker::Worker;

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

/// The counts of a worker's hooks.
#[derive(Deserialize)]
struct Figures {
    /// Valid requests and 2xx by operation and principal.
    counts: BTreeMap<String, BTreeMap<String, (usize, usize)>>,
    /// Accepted refusals by operation and reason.
    accepted: BTreeMap<String, BTreeMap<String, usize>>,
    /// Failures that were not accepted.
    faults: Vec<String>,
    /// Statuses of requests that were sent several times at once, by operation.
    races: BTreeMap<String, BTreeMap<u16, usize>>,
}

/// Valid requests, and those with a 2xx response.
#[derive(Clone, Copy, Default)]
struct Count {
    valid: usize,
    successes: usize,
}

/// Figures of all workers.
pub struct Report {
    floors: Floors,
    shard: Shard,
    principals: Vec<Principal>,
    pub duration: Duration,
    requests: BTreeMap<&'static str, usize>,
    shares: BTreeMap<(String, String), Count>,
    refusals: BTreeMap<(String, String), usize>,
    statuses: BTreeMap<u16, usize>,
    elsewhere: usize,
    failures: BTreeSet<String>,
    deadlocks: u64,
    races: BTreeMap<u16, usize>,
}

impl Report {
    pub fn new(floors: Floors, shard: Shard, principals: &[Principal]) -> Self {
        Self {
            floors,
            shard,
            principals: principals.to_vec(),
            duration: Duration::ZERO,
            requests: BTreeMap::new(),
            shares: BTreeMap::new(),
            refusals: BTreeMap::new(),
            statuses: BTreeMap::new(),
            elsewhere: 0,
            failures: BTreeSet::new(),
            deadlocks: 0,
            races: BTreeMap::new(),
        }
    }

    /// Adds the figures of a worker.
    pub fn add(&mut self, worker: &Worker, is_good: bool) -> Result<(), String> {
        let log = worker.log().display().to_string();
        if !is_good {
            self.failures.insert(format!("failures, see {log}; repeat with: {}", worker.command));
        }
        // A worker that was stopped by an error has no figures.
        if !worker.har().exists() || !worker.figures().exists() {
            self.failures.insert(format!("no figures, see {log}"));
            return Ok(());
        }
        let har: Har = read(&worker.har())?;
        for entry in har.log.entries {
            self.count(&entry, &log);
        }
        self.add_figures(read(&worker.figures())?, &worker.name);
        Ok(())
    }

    fn add_figures(&mut self, figures: Figures, worker: &str) {
        self.failures.extend(figures.faults.into_iter().map(|fault| format!("{fault} (as {worker})")));
        for (status, times) in figures.races.into_values().flatten() {
            *self.races.entry(status).or_default() += times;
        }
        for (operation, principals) in figures.counts {
            for (principal, (valid, successes)) in principals {
                let count = self.shares.entry((operation.clone(), principal)).or_default();
                count.valid += valid;
                count.successes += successes;
            }
        }
        for (operation, reasons) in figures.accepted {
            for (reason, times) in reasons {
                *self.refusals.entry((operation.clone(), reason)).or_default() += times;
            }
        }
    }

    /// Adds the deadlocks of a round.
    pub fn add_deadlocks(&mut self, count: u64, seed: u32) {
        self.deadlocks += count;
        if count > 0 {
            self.failures.insert(format!("{count} deadlocks with seed {seed}"));
        }
    }

    fn count(&mut self, entry: &Entry, log: &str) {
        let status = entry.response.status;
        *self.statuses.entry(status).or_default() += 1;
        // The path begins at the third slash.
        let path = entry.request.url.splitn(4, '/').nth(3).unwrap_or_default();
        let operation = spec::operation(&entry.request.method, &format!("/{path}"));
        match operation {
            Some(operation) => *self.requests.entry(operation.id).or_default() += 1,
            None => self.elsewhere += 1,
        }
        if status >= 500 {
            let name = operation.map_or("no operation", |operation| operation.id);
            self.failures.insert(format!("{status} of {name}, see {log}"));
        }
    }

    /// Returns the number of requests sent.
    pub fn requests(&self) -> usize {
        self.statuses.values().chain(self.races.values()).sum()
    }

    /// Returns the number of failures so far.
    pub fn failures(&self) -> usize {
        self.failures.len()
    }

    /// Returns `true` if no check failed, and all shares are within their limits.
    pub fn is_good(&self) -> bool {
        self.failures.is_empty() && self.breaches().is_empty()
    }

    /// Returns the principals that must have had a success, by `x-authz`.
    fn callers(&self, operation: &'static agora_runtime::Operation) -> Vec<&'static str> {
        let authz = spec::authz(operation);
        let least = match authz["who"].as_str() {
            Some("public" | "user" | "owner") => Principal::User,
            Some("staff") => Principal::Staff,
            Some("admin") => Principal::Admin,
            // Registered clients: no worker has their credentials.
            _ => return Vec::new(),
        };
        let mut names: Vec<&str> =
            self.principals.iter().filter(|it| **it >= least).map(|it| it.name()).collect();
        if authz["who"] == "public" && authz["closed"].is_null() {
            names.push("anonymous");
        }
        names
    }

    /// Returns the shares outside of their limits.
    fn breaches(&self) -> Vec<String> {
        let mut found = Vec::new();
        for operation in self.shard.operations() {
            for principal in self.callers(operation) {
                let key = (operation.id.to_owned(), principal.to_owned());
                let Count { valid, successes } = self.shares.get(&key).copied().unwrap_or_default();
                let least = self.floors.least_successes(operation.id, principal);
                if successes == 0 {
                    found
                        .push(format!("no success: {} as {principal}, {valid} valid requests", operation.id));
                } else if valid >= self.floors.from_requests && share(successes, valid) < least {
                    found.push(format!(
                        "too few successes: {} as {principal}, {successes} of {valid} valid requests, least share {least}",
                        operation.id
                    ));
                }
            }
        }
        for ((operation, reason), &times) in &self.refusals {
            let valid = self.valid(operation);
            let most = self.floors.most_refusals(operation, reason);
            if valid >= self.floors.from_requests && share(times, valid) > most {
                found.push(format!(
                    "too many refusals: {operation}, {reason}: {times} of {valid} valid requests, largest share {most}"
                ));
            }
        }
        found
    }

    fn valid(&self, operation: &str) -> usize {
        self.shares.iter().filter(|((id, _), _)| id == operation).map(|(_, count)| count.valid).sum()
    }

    /// Writes the shares of one operation.
    fn write_operation(&self, formatter: &mut fmt::Formatter<'_>, id: &str) -> fmt::Result {
        write!(formatter, "{id:<28} {:>9}", self.requests.get(id).copied().unwrap_or_default())?;
        for principal in ["user", "staff", "admin", "anonymous"] {
            match self.shares.get(&(id.to_owned(), principal.to_owned())) {
                Some(count) => {
                    let percent = share(count.successes, count.valid) * 100.0;
                    write!(formatter, " {:>7} {percent:>4.0}%", count.valid)?;
                }
                None => write!(formatter, " {:>13}", "")?,
            }
        }
        writeln!(formatter)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "Valid requests, and the share of 2xx, by operation and principal")?;
        write!(formatter, "{:<28} {:>9}", "operation", "requests")?;
        for principal in ["user", "staff", "admin", "anonymous"] {
            write!(formatter, " {principal:>13}")?;
        }
        writeln!(formatter)?;
        for operation in self.shard.operations() {
            self.write_operation(formatter, operation.id)?;
        }
        writeln!(formatter, "{:<28} {:>9}", "(no operation)", self.elsewhere)?;
        writeln!(formatter, "\nAccepted refusals by operation and reason (a question mark: not verified)")?;
        for ((operation, reason), times) in &self.refusals {
            let percent = share(*times, self.valid(operation)) * 100.0;
            writeln!(formatter, "{operation:<28} {reason:<44} {times:>7} {percent:>5.1}%")?;
        }
        let mut by_reason = BTreeMap::<&str, usize>::new();
        for ((_, reason), times) in &self.refusals {
            *by_reason.entry(reason).or_default() += times;
        }
        writeln!(formatter, "\nAccepted refusals by reason")?;
        for (reason, times) in by_reason {
            writeln!(formatter, "{reason:<44} {times:>7}")?;
        }
        writeln!(formatter, "\nstatuses: {}", listed(&self.statuses))?;
        writeln!(formatter, "statuses of copies sent at once: {}", listed(&self.races))?;
        let breaches = self.breaches();
        for line in self.failures.iter().chain(&breaches) {
            writeln!(formatter, "{line}")?;
        }
        let valid: usize = self.shares.values().map(|count| count.valid).sum();
        let successes: usize = self.shares.values().map(|count| count.successes).sum();
        let seconds = self.duration.as_secs_f64();
        writeln!(
            formatter,
            "Fuzz: {} requests in {seconds:.0} s ({:.0}/s), {} of {} operations, {:.1}% of {valid} valid requests with 2xx, \
             {} accepted refusals, {} deadlocks, {} failures",
            self.requests(),
            rate(self.requests(), seconds),
            self.shard.operations().count(),
            OPERATIONS.len(),
            share(successes, valid) * 100.0,
            self.refusals.values().sum::<usize>(),
            self.deadlocks,
            self.failures.len() + breaches.len(),
        )
    }
}

fn listed(statuses: &BTreeMap<u16, usize>) -> String {
    let listed: Vec<String> = statuses.iter().map(|(status, times)| format!("{status}: {times}")).collect();
    listed.join(", ")
}

fn read<T: DeserializeOwned>(name: &Path) -> Result<T, String> {
    let file = File::open(name).map_err(|error| format!("{}: {error}", name.display()))?;
    serde_json::from_reader(BufReader::new(file)).map_err(|error| format!("{}: {error}", name.display()))
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2 to the 52nd")]
fn share(part: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2 to the 52nd")]
fn rate(count: usize, seconds: f64) -> f64 {
    if seconds > 0.0 { count as f64 / seconds } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;
    use serde_json::json;

    use super::*;

    fn report() -> Report {
        let floors = Floors::read().expect("the file is valid");
        Report::new(floors, "1/1".parse().expect("a part"), Principal::value_variants())
    }

    /// Adds `valid` requests of each operation and principal, with `successes`.
    fn fill(report: &mut Report, successes: usize, valid: usize) {
        for operation in OPERATIONS {
            for principal in report.callers(operation) {
                report
                    .shares
                    .insert((operation.id.to_owned(), principal.to_owned()), Count { valid, successes });
            }
        }
    }

    fn has_breach(report: &Report, text: &str) -> bool {
        report.breaches().iter().any(|line| line.starts_with(text))
    }

    #[test]
    fn each_principal_that_may_call_an_operation_needs_a_success() {
        let mut report = report();
        fill(&mut report, 1, 1);
        assert!(report.is_good(), "{:?}", report.breaches());
        for principal in ["user", "staff", "admin"] {
            report
                .shares
                .insert(("create_cart".to_owned(), principal.to_owned()), Count { valid: 9, successes: 0 });
            assert!(has_breach(&report, &format!("no success: create_cart as {principal}")), "{principal}");
            assert!(!report.is_good());
        }
        report.shares.remove(&("get_product".to_owned(), "anonymous".to_owned()));
        assert!(has_breach(&report, "no success: get_product as anonymous"));
    }

    #[test]
    fn shares_of_successes_have_a_floor() {
        let mut report = report();
        fill(&mut report, 1000, 1000);
        assert!(report.is_good(), "{:?}", report.breaches());
        report
            .shares
            .insert(("create_cart".to_owned(), "staff".to_owned()), Count { valid: 1000, successes: 1 });
        assert!(has_breach(&report, "too few successes: create_cart as staff"));
    }

    #[test]
    fn shares_of_refusals_have_a_ceiling() {
        let mut report = report();
        fill(&mut report, 1000, 1000);
        let key = ("create_category".to_owned(), "409 unique".to_owned());
        report.refusals.insert(key.clone(), 1);
        assert!(report.is_good(), "{:?}", report.breaches());
        report.refusals.insert(key, 4000);
        assert!(has_breach(&report, "too many refusals: create_category, 409 unique"));
    }

    #[test]
    fn faults_deadlocks_and_errors_of_the_server_are_failures() {
        let fault = |report: &mut Report| {
            let figures = json!({"counts": {}, "accepted": {}, "faults": ["create_cart: why"], "races": {}});
            report.add_figures(serde_json::from_value(figures).expect("figures"), "user-1");
        };
        let error = |report: &mut Report| {
            let entry = json!({"request": {"method": "GET", "url": "http://x/api/v1/carts"}, "response": {"status": 503}});
            report.count(&serde_json::from_value(entry).expect("an entry"), "log");
        };
        let plants: [&dyn Fn(&mut Report); 3] = [&fault, &error, &|report| report.add_deadlocks(1, 7)];
        for plant in plants {
            let mut report = report();
            fill(&mut report, 1, 1);
            plant(&mut report);
            assert!(!report.is_good());
            assert_eq!(report.failures(), 1);
        }
    }
}
