//! Checks that headers unrelated to an operation do not change its status. The client gets the status of the
//! operation, which the contract lists.

use agora_api::OPERATIONS;
use agora_harness::examples::{self, Example};
use agora_harness::{Actor, Scenario};
use agora_runtime::Operation;

/// Header values that must not change a status. Headers that may change it have separate tests: credentials, bodies,
/// framing, hosts, keys and conditions.
const HEADERS: &[(&str, &[&str])] = &[
    (
        "accept-encoding",
        &[
            "",
            "*",
            "*;q=0",
            "identity;q=0",
            "identity;q=0, *;q=0",
            "gzip;q=0, br;q=0, identity;q=0",
            "gzip",
            "br",
            "zstd, compress",
            "gzip;q=2",
            "gzip;q",
            ";;,,\"",
            "\"gzip",
            "gzip, \u{fc}",
        ],
    ),
    ("accept", &["", "text/html", "image/*;q=0", "*/*;q=0", "application/json;q=0", "\"", "a/b;c=\"d"]),
    ("accept-charset", &["latin1", "utf-8;q=0", "*;q=0"]),
    ("accept-language", &["xx;q=0", "*;q=0", "\""]),
    ("cache-control", &["no-store", "only-if-cached", "max-age=0", "max-age=x", "no-transform", "\""]),
    ("pragma", &["no-cache"]),
    ("range", &["bytes=0-1", "bytes=99999999-", "x"]),
    ("if-range", &["\"x\"", "W/\"x\"", "Fri, 01 Jan 2027 00:00:00 GMT", "x"]),
    ("if-modified-since", &["Fri, 01 Jan 2100 00:00:00 GMT", "x"]),
    ("te", &["trailers", "gzip;q=0", "\""]),
    ("priority", &["u=9", "\""]),
    ("prefer", &["return=minimal", "respond-async"]),
    ("want-digest", &["sha-256"]),
    ("via", &["1.0 x, 1.1 y", "\""]),
    ("max-forwards", &["0", "x"]),
    ("referer", &["http://x/", "\""]),
    ("user-agent", &["", "\u{fc}"]),
    ("from", &["x"]),
    ("cookie", &["a=b", "\"", ";;"]),
    ("dnt", &["1"]),
    ("x-http-method-override", &["DELETE"]),
    ("x-method-override", &["DELETE"]),
    ("x-original-url", &["/api/v1/unknown"]),
    ("x-rewrite-url", &["/api/v1/unknown"]),
    ("x-requested-with", &["XMLHttpRequest"]),
    ("x-request-id", &["", "\"", "\u{fc}"]),
    ("traceparent", &["x", "00-00000000000000000000000000000000-0000000000000000-00"]),
    ("upgrade-insecure-requests", &["1"]),
    ("service-worker", &["script"]),
    ("save-data", &["on"]),
];

/// Returns all headers at once, each with its n-th value.
fn set(index: usize) -> Vec<(&'static str, &'static str)> {
    HEADERS.iter().map(|(name, values)| (*name, values[index % values.len()])).collect()
}

fn with(example: &Example, headers: &[(&str, &str)]) -> Example {
    let mut example = example.clone();
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    example.headers.extend(headers);
    example
}

/// Returns the differences between the statuses of an operation with and without extra headers. Every call starts from
/// the same rows.
async fn changed_by(
    scenario: &Scenario,
    operation: &'static Operation,
    sets: &[Vec<(&str, &str)>],
) -> Vec<String> {
    let Some(actor) = Actor::allowed(operation) else { return Vec::new() };
    let mut example = examples::of_operation(operation).swap_remove(0);
    let whole = scenario.versions().await;
    let is_read = operation.method == "GET";
    if is_read {
        example = scenario.prepare(&example, actor).await;
    }
    let (mut plain, mut wrong) = (None, Vec::new());
    for headers in [&Vec::new()].into_iter().chain(sets) {
        if !is_read {
            example = scenario.prepare(&example, actor).await;
        }
        let status = scenario.send_as(&with(&example, headers), actor).await.status;
        if status != *plain.get_or_insert(status) {
            wrong.push(format!("{}: {plain:?}, but {status} with {headers:?}", operation.id));
        }
        if !is_read {
            scenario.rewind(&whole).await;
        }
    }
    scenario.rewind(&whole).await;
    wrong
}

#[tokio::test]
async fn no_header_changes_the_status_of_any_operation() {
    let scenario = Scenario::start(&[]).await;
    let most = HEADERS.iter().map(|(_, values)| values.len()).max().unwrap_or_default();
    let mut wrong = Vec::new();
    for (at, operation) in OPERATIONS.iter().enumerate() {
        // A read is cheap and gets every value. Each change gets some values, and all changes together get every
        // value.
        let sets: Vec<_> =
            if operation.method == "GET" { (0..most).map(set).collect() } else { vec![set(at), set(at + 3)] };
        wrong.extend(changed_by(&scenario, operation, &sets).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_change_succeeds_whatever_coding_its_client_refuses() {
    let scenario = Scenario::start(&[]).await;
    let sets = ["*;q=0", "identity;q=0"].map(|value| vec![("accept-encoding", value)]);
    let mut wrong = Vec::new();
    for operation in OPERATIONS.iter().filter(|operation| operation.method != "GET") {
        wrong.extend(changed_by(&scenario, operation, &sets).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
