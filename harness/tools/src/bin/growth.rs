//! Shows how the time of one test grows with the contract: a synthetic contract of 300 operations against one of 60. Run it
//! by `./justw growth`.
//!
//! A test is a process that prepares the contract twice, for the server and for the checks of responses, clones a database,
//! starts a server, signs in and sends requests to a few operations. Only the contract grows here.

use std::fmt;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use agora_api::OPERATIONS;
use agora_harness::{TestApp, ended};
use agora_runtime::{Contract, Operation, ResponseChecks};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

const FEW: usize = 60;
const MANY: usize = 300;
/// Number of operations that a test calls.
const CALLED: usize = 5;
const ROUNDS: usize = 15;
/// Highest ratio of the times of a test.
const BOUND: f64 = 1.2;

#[tokio::main]
async fn main() -> ExitCode {
    ended("growth", Ok(measure().await), |growth: &Growth| growth.ratio() < BOUND)
}

struct Growth {
    /// Everything but the contract.
    rest: Duration,
    few: Duration,
    many: Duration,
}

impl Growth {
    fn ratio(&self) -> f64 {
        (self.rest + self.many).as_secs_f64() / (self.rest + self.few).as_secs_f64()
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
        writeln!(formatter, "medians of {ROUNDS} rounds, in milliseconds of a debug build")?;
        writeln!(formatter, "{:>8.1} database, server, sign-in and {CALLED} requests", ms(self.rest))?;
        writeln!(
            formatter,
            "{:>8.1} contract of {FEW} operations, prepared by server and client",
            ms(self.few)
        )?;
        writeln!(formatter, "{:>8.1} contract of {MANY} operations", ms(self.many))?;
        writeln!(
            formatter,
            "{:>8.2} time of a test, {MANY} against {FEW} operations (bound {BOUND})",
            self.ratio()
        )
    }
}

async fn measure() -> Growth {
    let contracts = [Synthetic::new(FEW), Synthetic::new(MANY)];
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..=ROUNDS {
        eprint!("\rgrowth: round {round} of {ROUNDS}  ");
        let started = Instant::now();
        let app = TestApp::start().await;
        let user = app.user().await;
        for target in ["/api/v1/products/1", "/api/v1/products", "/api/v1/categories", "/api/v1/carts/1"] {
            assert_eq!(user.get(target).await.status, 200, "{target}");
        }
        // Most tests end so, without a graceful stop.
        drop(app);
        let rest = started.elapsed();
        let mut spent = contracts.iter().map(|contract| {
            let started = Instant::now();
            contract.prepare();
            started.elapsed()
        });
        let found = [rest, spent.next().unwrap_or_default(), spent.next().unwrap_or_default()];
        // The first round also fills caches of the process.
        if round > 0 {
            times.iter_mut().zip(found).for_each(|(times, found)| times.push(found));
        }
    }
    eprintln!();
    let [rest, few, many] = times.map(|mut times| {
        times.sort();
        times[times.len() / 2]
    });
    // The server of the round has prepared the real contract once: half of what the few operations take.
    Growth { rest: rest.saturating_sub(few / 2), few, many }
}

/// A contract with a given number of operations: copies of the real ones, each with schemas of its own.
struct Synthetic {
    text: String,
    operations: Vec<&'static Operation>,
}

impl Synthetic {
    fn new(count: usize) -> Self {
        let real: Value = serde_json::from_str(agora_api::CONTRACT_JSON).expect("the contract is JSON");
        let mut whole = real.clone();
        whole["paths"] = Value::Object(Map::new());
        let mut operations: Vec<&'static Operation> = Vec::new();
        for copy in 0.. {
            let room = count - operations.len();
            if room == 0 {
                break;
            }
            let prefix = format!("Copy{copy}");
            let schemas = renamed(&real["components"]["schemas"], &prefix);
            for (name, schema) in schemas.as_object().into_iter().flatten() {
                whole["components"]["schemas"][format!("{prefix}{name}")] = schema.clone();
            }
            for operation in OPERATIONS.iter().take(room) {
                let path = format!("/copy{copy}{}", operation.path);
                let id = format!("copy{copy}_{}", operation.id);
                let method = operation.method.to_ascii_lowercase();
                let mut object = renamed(&real["paths"][operation.path][&method], &prefix);
                object["operationId"] = id.as_str().into();
                whole["paths"][path.as_str()][&method] = object;
                let (id, path): (&'static str, &'static str) = (id.leak(), path.leak());
                operations.push(Box::leak(Box::new(Operation { id, path, ..**operation })));
            }
        }
        Self { text: whole.to_string(), operations }
    }

    /// Does what a test does with the contract.
    fn prepare(&self) {
        let formats = agora_harness::spec::OWN_FORMATS;
        let contract =
            Contract::on_demand(&self.text, &self.operations, formats).expect("it has its operations");
        let checks = ResponseChecks::on_demand(&self.text, &self.operations, formats);
        let checks = checks.expect("it has its operations");
        for operation in self.operations.iter().take(CALLED) {
            black_box(contract.security(operation));
            black_box(checks.violations(operation, StatusCode::OK, &HeaderMap::new(), b"{}"));
        }
    }
}

/// Returns a copy in which references to schemas have a prefix.
fn renamed(value: &Value, prefix: &str) -> Value {
    const SCHEMAS: &str = "\"#/components/schemas/";
    let text = value.to_string().replace(SCHEMAS, &format!("{SCHEMAS}{prefix}"));
    serde_json::from_str(&text).expect("it is still JSON")
}
