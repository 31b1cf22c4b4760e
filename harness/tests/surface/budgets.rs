//! No operation waits for the database more often than its `x-budget` says. Counted on the wire, with statements
//! prepared: an operation is called with its own examples until it keeps its budget, or has failed to often enough.

use agora_api::OPERATIONS;
use agora_contract::Operation;
use agora_harness::spec::DOCUMENT;
use agora_harness::{Call, Client, Proxy, Staff, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

/// Tries: the first prepare what the later ones run, and now and then the server asks the database on its own account.
const TIMES: usize = 20;

/// The example of the body, with what it cannot know because it is of this very database.
pub(crate) async fn body(client: &Client<Staff>, operation: &Operation, turn: usize) -> Option<Value> {
    let mut body = spec(operation).pointer("/requestBody/content/application~1json/example")?.clone();
    if body.get("refresh").is_some() {
        let login = json!({"username": "johnd", "password": "m38rmF$"});
        body["refresh"] = client.post("/api/v1/token").json(&login).await.json()["refresh"].clone();
    }
    if body.get("old_password").is_some() {
        body = json!({"old_password": "agora-staff-1", "new_password": "agora-staff-1"});
    }
    if operation.tag == "registry" && operation.method == "POST" {
        body["id"] = israeli_id(turn).into();
    }
    // Names are one: each turn has its own. Those that sign in name somebody who is there.
    let is_making = body.get("username").is_none() || body.get("email").is_some();
    for name in ["name", "username", "email"].into_iter().filter(|_| is_making) {
        if let Some(text) = body.get(name).and_then(Value::as_str) {
            body[name] = Value::from(format!("{turn}{text}"));
        }
    }
    Some(body)
}

/// One of a row of ids that are good; the first is the example.
fn israeli_id(turn: usize) -> String {
    let stem = (12_345_678 + turn).to_string();
    let doubled = |digit: usize| digit * 2 / 10 + digit * 2 % 10;
    let digits = stem.bytes().map(|byte| usize::from(byte - b'0')).enumerate();
    let sum: usize = digits.map(|(place, digit)| if place % 2 == 0 { digit } else { doubled(digit) }).sum();
    format!("{stem}{}", (10 - sum % 10) % 10)
}

fn spec(operation: &Operation) -> &'static Value {
    &DOCUMENT["paths"][operation.path][operation.method.to_ascii_lowercase()]
}

/// The path with the examples of its parameters; what is removed is another thing each turn.
pub(crate) fn target(operation: &Operation, turn: usize) -> String {
    let parameters = spec(operation)["parameters"].as_array().into_iter().flatten();
    let mut target = operation.path.to_owned();
    for parameter in parameters.filter(|parameter| parameter["in"] == "path") {
        let name = parameter["name"].as_str().unwrap_or_default();
        let example = parameter["schema"]["example"].as_str().unwrap_or("1").to_owned();
        let value = match (operation.method, operation.tag) {
            ("DELETE", "registry") => israeli_id(TIMES + turn),
            ("DELETE", _) => (turn + 1).to_string(),
            _ => example,
        };
        target = target.replace(&format!("{{{name}}}"), &value);
    }
    target
}

/// The least number of round trips that a success of the operation took; none when it never succeeded.
async fn cost(app: &TestApp, proxy: &Proxy, operation: &Operation) -> Option<u64> {
    let method: Method = operation.method.parse().expect("a method");
    let mut client = app.staff().await;
    let mut least = None;
    for turn in 0..TIMES {
        let body = body(&client, operation, turn).await;
        let call = client.call(method.clone(), &target(operation, turn));
        let call = body.iter().fold(call, Call::json);
        let before = proxy.round_trips();
        let answer = call.await;
        let spent = proxy.round_trips() - before;
        if answer.status.is_success() {
            least = Some(least.map_or(spent, |least: u64| least.min(spent)));
            if spent <= u64::from(operation.sql_round_trips) {
                break;
            }
        } else if answer.status == 401 {
            // The turn before ended the session that it was called in.
            client = app.staff().await;
        }
    }
    least
}

#[tokio::test]
async fn no_operation_waits_for_the_database_more_often_than_it_may() {
    let (app, proxy) = TestApp::start_counted().await;
    let (mut over, mut unseen) = (Vec::new(), Vec::new());
    let removed: Vec<String> = (TIMES..2 * TIMES).map(israeli_id).collect();
    let people = "insert into registry_users (israeli_id, name, phone, address)
        select id, 'Noa', '+97286377916', 'Herzl 1' from unnest($1::text[]) as given (id)";
    app.database.client().execute(people, &[&removed]).await.expect("people can be entered");
    let mut operations = OPERATIONS.to_vec();
    // What is removed is missed by others: last, and the reset after all.
    operations.sort_by_key(|operation| (operation.tag == "sandbox", operation.method == "DELETE"));
    for operation in operations {
        match cost(&app, &proxy, operation).await {
            Some(spent) if spent > u64::from(operation.sql_round_trips) => {
                over.push(format!("{}: {spent}, and may {}", operation.id, operation.sql_round_trips));
            }
            Some(_) => {}
            None => unseen.push(operation.id),
        }
    }
    assert!(over.is_empty(), "{over:#?}");
    assert!(unseen.is_empty(), "never succeeded with their examples: {unseen:?}");
}
