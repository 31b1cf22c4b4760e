//! Checks that even the worst requests get a short refusal. Each operation gets bodies, queries and header fields of
//! the largest accepted size, full of violations.

use std::sync::Arc;

use agora_api::OPERATIONS;
use agora_harness::examples::{self, Example};
use agora_harness::spec::{parameters, resolved};
use agora_harness::{Actor, Anonymous, Client, Scenario, TestResponse};
use agora_runtime::Operation;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Limit of a refusal in bytes.
const SHORT: usize = 64 * 1024;
/// Bytes of a target that is not refused for its length alone.
const TARGET: usize = 8 * 1024 - 200;
/// Bytes of header fields that the server reads.
const HEADER: usize = 24 * 1024;
/// Header fields that the server reads, and an unknown one.
const HEADERS: [&str; 6] =
    ["x-request-id", "idempotency-key", "if-match", "if-none-match", "content-encoding", "x-odd"];
/// Placeholder for the value that is put into a body.
const HERE: &str = "here it goes";

/// Joins pieces with commas up to a size, between a beginning and an end.
fn filled(size: usize, beginning: &str, piece: impl Fn(usize) -> String, end: &str) -> String {
    let mut text = beginning.to_owned();
    for index in 0.. {
        let piece = piece(index);
        let comma = if text.len() == beginning.len() { "" } else { "," };
        if text.len() + comma.len() + piece.len() + end.len() > size {
            break;
        }
        text.push_str(comma);
        text.push_str(&piece);
    }
    text + end
}

/// Returns labelled objects of a size, full of violations.
fn objects(size: usize) -> Vec<(&'static str, String)> {
    let object = |piece: &dyn Fn(usize) -> String| filled(size, "{", piece, "}");
    let long = "n".repeat(1500);
    let quotes = r#"\""#.repeat(150);
    let controls = r"\u0001".repeat(190);
    vec![
        ("one name, always", object(&|_| r#""a":0"#.to_owned())),
        ("one long name, always", object(&|_| format!(r#""{long}":0"#))),
        ("short names", object(&|index| format!(r#""k{index}":0"#))),
        ("long names", object(&|index| format!(r#""{index}{long}":0"#))),
        ("names of quotes", object(&|index| format!(r#""{index}{quotes}":0"#))),
        ("names of control characters", object(&|index| format!(r#""{index}{controls}":0"#))),
        ("names with NUL", object(&|index| format!(r#""{index}\u0000":0"#))),
        ("texts with NUL", object(&|index| format!(r#""{index}":"\u0000""#))),
    ]
}

/// Returns labelled values of a size, full of violations.
fn values(size: usize) -> Vec<(&'static str, String)> {
    let deep = |open: &str, inner: String, close: &str| {
        let depth = 100;
        format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
    };
    let array = |piece: &str, size: usize| filled(size, "[", |_| piece.to_owned(), "]");
    let long = format!(r#"{{"{}":"#, "n".repeat(size / 200));
    let text = |letter: &str| format!("\"{}\"", letter.repeat((size - 2) / letter.len()));
    vec![
        ("zeros", array("0", size)),
        ("empty texts", array("\"\"", size)),
        ("nothings", array("null", size)),
        ("empty objects", array("{}", size)),
        ("objects with what is unknown", array(r#"{"odd":0}"#, size)),
        ("arrays of arrays", array("[[],[]]", size)),
        ("texts with NUL", array(r#""\u0000""#, size)),
        ("a deep array", deep("[", array("{}", size - 200), "]")),
        ("a deep object", deep(&long, "0".to_owned(), "}")),
        ("too deep an array", "[".repeat(size)),
        ("digits", "1".repeat(size)),
        ("a fraction", format!("0.{}", "1".repeat(size - 2))),
        ("an exponent", format!("1e{}", "9".repeat(size - 2))),
        ("a large number", "1e308".to_owned()),
        ("letters", text("a")),
        ("digits as a text", text("1")),
        ("control characters", text(r"\u0001")),
        ("a text with an open end", format!("\"{}", "a".repeat(size - 1))),
    ]
}

/// Collects the places of a body for a value, from its schema and its example. The flag is `true` for objects.
fn places(schema: &'static Value, at: &str, given: &Value, found: &mut Vec<(String, bool)>) {
    let schema = resolved(schema);
    for part in schema["allOf"].as_array().into_iter().flatten() {
        places(part, at, given, found);
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let at = format!("{at}/{name}");
        found.push((at.clone(), is_object(property)));
        places(property, &at, given, found);
    }
    let first = format!("{at}/0");
    if schema["items"].is_object() && given.pointer(&first).is_some() {
        found.push((first.clone(), is_object(&schema["items"])));
        places(&schema["items"], &first, given, found);
    }
}

fn is_object(schema: &'static Value) -> bool {
    let schema = resolved(schema);
    schema["type"] == "object" || schema["allOf"].is_array()
}

/// Returns the bodies to test for an operation, each with a name.
fn bodies(operation: &Operation, example: &Example) -> Vec<(String, String)> {
    let Some(body) = &example.body else { return Vec::new() };
    let size = operation.body_limit;
    let mut bodies: Vec<(String, String)> = [values(size), objects(size)]
        .concat()
        .into_iter()
        .map(|(label, text)| (label.to_owned(), text))
        .collect();
    bodies.push(("blanks".to_owned(), " ".repeat(size)));
    let mut found = Vec::new();
    places(body.schema, "", &body.value, &mut found);
    for (at, is_object) in found {
        let mut whole = body.value.clone();
        let (parent, name) = at.rsplit_once('/').expect("a pointer has a slash");
        match whole.pointer_mut(parent) {
            Some(Value::Object(members)) => drop(members.insert(name.to_owned(), json!(HERE))),
            Some(Value::Array(items)) => items[0] = json!(HERE),
            _ => continue,
        }
        let text = whole.to_string();
        let room = size - text.len();
        let put = |value: &str| text.replacen(&format!("\"{HERE}\""), value, 1);
        let values = if is_object { [values(room), objects(room)].concat() } else { values(room) };
        bodies.extend(values.iter().map(|(label, value)| (format!("{label} at {at}"), put(value))));
    }
    bodies
}

/// Returns the queries to test for an operation, each with a name.
fn queries(operation: &Operation) -> Vec<(String, String)> {
    let repeated =
        |piece: &dyn Fn(usize) -> String| filled(TARGET, "", piece, "").replace(',', "&").replace("%2C", ",");
    let mut queries = vec![
        ("one name".to_owned(), repeated(&|_| "a".to_owned())),
        ("many names".to_owned(), repeated(&|index| format!("k{index}"))),
        ("a long name".to_owned(), "n".repeat(TARGET)),
        ("names of control characters".to_owned(), repeated(&|index| format!("{index}%01%22"))),
        ("NUL".to_owned(), repeated(&|index| format!("{index}%00"))),
        ("no UTF-8".to_owned(), repeated(&|_| "%ff".to_owned())),
    ];
    for parameter in parameters(operation).filter(|parameter| parameter["in"] == "query") {
        let name = parameter["name"].as_str().unwrap_or_default();
        queries.push((format!("{name} again and again"), repeated(&|_| format!("{name}=x"))));
        queries.push((format!("{name} with commas"), format!("{name}={}", ",".repeat(TARGET - name.len()))));
        let text = "x".repeat(TARGET - name.len() - 1);
        queries.push((format!("{name} without end"), format!("{name}={text}")));
    }
    queries
}

/// The results of the requests to an operation.
#[derive(Default)]
struct Outcome {
    largest: (usize, String),
    wrong: Vec<String>,
}

impl Outcome {
    fn note(&mut self, name: String, response: &TestResponse, must_be_refused: bool) {
        let (status, size) = (response.status, response.body.len());
        let is_refused = status.is_client_error();
        if status.is_server_error() || (must_be_refused && !is_refused) || (is_refused && size >= SHORT) {
            self.wrong.push(format!("{name}: {status}, {size} bytes"));
        } else if is_refused && size > self.largest.0 {
            self.largest = (size, name);
        }
    }
}

/// An operation, its plain example, and a client that may call it.
struct Caller {
    operation: &'static Operation,
    example: Example,
    client: Client<Anonymous>,
}

/// Returns a caller for each operation that an actor of the harness may call.
async fn callers(scenario: &Scenario) -> Vec<Caller> {
    let mut callers = Vec::new();
    for operation in OPERATIONS {
        let Some(actor) = Actor::allowed(operation) else { continue };
        let token = scenario.token(actor, operation.scope).await;
        let client =
            token.map_or_else(|| scenario.app.anonymous(), |token| scenario.client().with_token(&token));
        callers.push(Caller { operation, example: examples::of_operation(operation).swap_remove(0), client });
    }
    callers
}

/// Tests each operation, two at a time, and fails at the first with an unexpected response.
async fn try_each<F>(tried: fn(Caller) -> F)
where
    F: Future<Output = Outcome> + Send + 'static,
{
    let scenario = Scenario::start(&[]).await;
    let (mut outcomes, places) = (JoinSet::new(), Arc::new(Semaphore::new(2)));
    for caller in callers(&scenario).await {
        let places = Arc::clone(&places);
        outcomes.spawn(async move {
            let _place = places.acquire_owned().await.expect("it stays open");
            tried(caller).await
        });
    }
    let mut largest = (0, String::new());
    while let Some(outcome) = outcomes.join_next().await {
        let outcome = outcome.expect("it is answered");
        assert!(outcome.wrong.is_empty(), "{}", outcome.wrong.join("\n"));
        largest = largest.max(outcome.largest);
    }
    eprintln!("largest refusal: {} bytes, {}", largest.0, largest.1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_worst_body_of_each_operation_gets_a_short_refusal() {
    try_each(bodies_of).await;
}

async fn bodies_of(caller: Caller) -> Outcome {
    let Caller { operation, example, client } = caller;
    let mut outcome = Outcome::default();
    let bodies = bodies(operation, &example);
    let bare = Example { body: None, ..example };
    for (label, body) in bodies {
        assert!(body.len() <= operation.body_limit, "{}: {label} is too large", operation.id);
        let response = bare.call(&client).text(body).until_served().await;
        outcome.note(format!("{}: {label}", operation.id), &response, true);
    }
    outcome
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_worst_query_and_headers_of_each_operation_get_a_short_refusal() {
    try_each(queries_and_headers_of).await;
}

async fn queries_and_headers_of(caller: Caller) -> Outcome {
    let Caller { operation, mut example, client } = caller;
    let mut outcome = Outcome::default();
    let path = example.target().split('?').next().unwrap_or_default().to_owned();
    let method: reqwest::Method = operation.method.parse().expect("a method");
    for (label, query) in queries(operation) {
        let response =
            client.call(method.clone(), &format!("{path}?{query}")).text("{}").until_served().await;
        outcome.note(format!("{}: {label}", operation.id), &response, false);
    }
    for name in HEADERS {
        let value = format!("\"{}\"", "a\", \"".repeat(HEADER / 5));
        let response = client.get(&path).header(name, &value).until_served().await;
        outcome.note(format!("{}: {name}", operation.id), &response, false);
    }
    example.path.values_mut().for_each(|value| *value = "%22".repeat(2000));
    if !example.path.is_empty() {
        let response = client.call(method, &example.target()).text("{}").until_served().await;
        outcome.note(format!("{}: a long path", operation.id), &response, true);
    }
    outcome
}
