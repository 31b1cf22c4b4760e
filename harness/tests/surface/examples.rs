//! Sends every example request of the contract and compares the response with a snapshot. Each example has one file in
//! `snapshots/examples`. No snapshot may exist without an example.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::LazyLock;

use agora_api::OPERATIONS;
use agora_harness::examples::{self, Example};
use agora_harness::spec::{of_document, repository, resolved};
use agora_harness::{Actor, Scenario, TestResponse};
use agora_runtime::Operation;
use regex::Regex;
use serde_json::{Map, Value, json};

/// Response headers that a snapshot records.
const HEADERS: [&str; 9] = [
    "allow",
    "cache-control",
    "content-type",
    "deprecation",
    "link",
    "location",
    "sunset",
    "x-total-count",
    "x-total-count-estimated",
];
/// The server of the contract's examples.
const DOCUMENTED_BASE: &str = "http://127.0.0.1:8000";
/// Texts up to this length are recorded whole, in bytes; longer ones are scripts.
const MAX_TEXT: usize = 65_536;

/// UUIDs of the current time range. Those of the dataset share one day and are not redacted.
static UUID: LazyLock<Regex> =
    LazyLock::new(|| pattern("01[0-9a-f]{6}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
/// Times with fractional seconds, which the current run has generated. Those of the dataset are whole seconds.
static TIME: LazyLock<Regex> = LazyLock::new(|| pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]+Z"));

static PUBLISHED: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(agora_api::DOCUMENT_JSON).expect("what is published is JSON"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of this file compiles")
}

fn folder() -> PathBuf {
    repository().join("harness/tests/surface/snapshots/examples")
}

/// Replaces values that differ between runs by their kind.
fn redacted(name: &str, value: &Value, base: &str) -> Value {
    match value {
        _ if ["access", "refresh", "secret"].contains(&name) => json!("[token]"),
        _ if ["latency_ms", "contract", "kid", "x"].contains(&name) => json!(format!("[{name}]")),
        Value::String(text) => {
            let text = text.replace(base, "[base]");
            let is_dataset = |uuid: &str| uuid.starts_with("019b8d7d-f1c0-7");
            let text = UUID.replace_all(&text, |found: &regex::Captures<'_>| {
                if is_dataset(&found[0]) { found[0].to_owned() } else { "[uuid]".to_owned() }
            });
            json!(TIME.replace_all(&text, "[time]"))
        }
        Value::Array(items) => items.iter().map(|item| redacted("", item, base)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), redacted(name, value, base)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// Returns the snapshot of a request and its response.
fn record(example: &Example, actor: Actor, response: &TestResponse, base: &str) -> Value {
    let headers = HEADERS.iter().filter(|name| response.headers.contains_key(**name));
    let headers: Map<String, Value> =
        headers.map(|name| ((*name).to_owned(), redacted("", &json!(response.header(name)), base))).collect();
    let body = match serde_json::from_slice::<Value>(&response.body) {
        Ok(document) if document == *PUBLISHED => json!("[the contract]"),
        Ok(body) => redacted("", &body, base),
        Err(_) if response.body.is_empty() => Value::Null,
        Err(_) if response.text() == agora_api::DOCUMENT_YAML => json!("[the contract as YAML]"),
        Err(_) if response.body.len() > MAX_TEXT => json!(format!("[{} bytes]", response.body.len())),
        Err(_) => redacted("", &json!(response.text()), base),
    };
    json!({
        "request": redacted("", &json!(format!("{} {}", example.operation.method, example.target())), base),
        "as": format!("{actor:?}"),
        "sent": example.body.as_ref().map(|body| &body.value),
        "status": response.status.as_u16(),
        "headers": headers,
        "answer": body,
    })
}

/// Returns the differences between a response and the example of that response in the contract. A list may have more items
/// than its example. Values that differ between runs are not compared.
fn undocumented(operation: &Operation, response: &TestResponse, base: &str) -> Vec<String> {
    let documented = &of_document(operation)["responses"][response.status.as_str()]["content"];
    let content = documented.as_object().and_then(|content| content.values().next());
    let example = content.map(|content| {
        let named = content["examples"].as_object().and_then(|named| named.values().next());
        named.map_or(&content["example"], |named| &resolved(named)["value"])
    });
    let (Some(example), Ok(body)) = (example, serde_json::from_slice::<Value>(&response.body)) else {
        return Vec::new();
    };
    if body == *PUBLISHED {
        return Vec::new();
    }
    let mut found = Vec::new();
    differences("", &redacted("", example, DOCUMENTED_BASE), &redacted("", &body, base), &mut found);
    found.into_iter().map(|difference| format!("{}: {difference}", operation.id)).collect()
}

fn differences(at: &str, documented: &Value, actual: &Value, found: &mut Vec<String>) {
    let is_page = ["", "/results", "/data"].contains(&at);
    match (documented, actual) {
        (_, Value::String(text)) if text.starts_with('[') && text.ends_with(']') => {}
        (Value::Object(documented), Value::Object(actual)) => {
            let names: BTreeSet<&String> = documented.keys().chain(actual.keys()).collect();
            for name in names {
                let member = |members: &Map<String, Value>| members.get(name).cloned().unwrap_or_default();
                differences(&format!("{at}/{name}"), &member(documented), &member(actual), found);
            }
        }
        (Value::Array(documented), Value::Array(actual))
            if documented.len() == actual.len() || (is_page && documented.len() < actual.len()) =>
        {
            for (index, (documented, actual)) in documented.iter().zip(actual).enumerate() {
                differences(&format!("{at}/{index}"), documented, actual, found);
            }
        }
        (Value::Number(documented), Value::Number(actual)) if documented.as_f64() == actual.as_f64() => {}
        _ if documented == actual => {}
        _ => found.push(format!("{at} is {actual}, and {documented} in the example")),
    }
}

/// Returns `true` if the record matches its snapshot. Differences are printed.
fn is_as_before(name: &str, record: &Value) -> bool {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    catch_unwind(AssertUnwindSafe(|| settings.bind(|| insta::assert_json_snapshot!(name, record)))).is_ok()
}

#[tokio::test]
async fn every_example_is_answered_as_its_snapshot_has_it() {
    let scenario = Scenario::start(&[]).await;
    let whole = scenario.versions().await;
    let mut wrong = Vec::new();
    for operation in OPERATIONS {
        let Some(actor) = Actor::allowed(operation) else { continue };
        let mut documented = None;
        for example in examples::of_operation(operation) {
            let example = scenario.prepare(&example, actor).await;
            let response = scenario.send_as(&example, actor).await;
            scenario.rewind(&whole).await;
            if !response.status.is_success() {
                wrong.push(format!("{} is refused: {}", example.name, response.text()));
                continue;
            }
            let found = undocumented(operation, &response, &scenario.app.base);
            let least = documented.get_or_insert_with(|| found.clone());
            if found.len() < least.len() {
                *least = found;
            }
            if !is_as_before(&example.name, &record(&example, actor, &response, &scenario.app.base)) {
                wrong.push(format!("{} is answered otherwise than before", example.name));
            }
        }
        // The documented response is that of one of the example requests.
        wrong.extend(documented.into_iter().flatten());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns the names of the existing snapshots.
pub(crate) fn snapshots() -> BTreeSet<String> {
    let entries = fs::read_dir(folder()).expect("the folder of snapshots can be read");
    let names = entries.map(|entry| entry.expect("an entry can be read").file_name());
    // Snapshots that await a review (`.snap.new`) do not count.
    names.filter_map(|name| name.to_str()?.strip_suffix(".snap").map(str::to_owned)).collect()
}

#[test]
fn no_snapshot_is_left_of_an_example_that_is_gone() {
    let examples = OPERATIONS.iter().flat_map(|operation| examples::of_operation(operation));
    let names: BTreeSet<String> = examples.map(|example| example.name).collect();
    let left: Vec<_> = snapshots().difference(&names).cloned().collect();
    assert!(left.is_empty(), "no example has these snapshots: {left:?}");
}
