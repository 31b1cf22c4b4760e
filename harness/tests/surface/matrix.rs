//! The authorization matrix: every operation is called with its example, by every actor and with every credential. The
//! expected decision is computed from `x-authz`. A refused call leaves no trace in any table, and neither does a GET.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use agora_api::OPERATIONS;
use agora_harness::access::{Decision, decision};
use agora_harness::examples;
use agora_harness::rows::{Versions, changed};
use agora_harness::spec::{self, of_document};
use agora_harness::{Actor, Scenario, TestResponse};
use agora_runtime::{Access, Operation};
use serde_json::json;

/// Maximum time until the server notices that a session has ended by other means than signing out. It has a margin for
/// a busy machine.
const HEARSAY: Duration = Duration::from_secs(10);

/// Returns `true` if an operation ignores credentials.
fn ignores_credentials(operation: &Operation) -> bool {
    of_document(operation)["security"].as_array().is_some_and(Vec::is_empty)
}

/// Returns a description of an unexpected response, or of tables that differ between `before` and `after`.
pub(crate) fn fault(
    reported: &str,
    expected: Decision,
    response: &TestResponse,
    before: &Versions,
    after: &Versions,
) -> Option<String> {
    let mut traces = changed(before, after);
    // A 404 is stored for its Idempotency-Key.
    traces.retain(|table| response.status != 404 || table != "idempotency_keys");
    if !expected.fits(response) {
        return Some(format!(
            "{reported}: {expected:?} by x-authz, and {}: {}",
            response.status,
            response.text()
        ));
    }
    (!traces.is_empty()).then(|| format!("{reported}: {} leaves a trace in {traces:?}", response.status))
}

async fn every_cell_is_right(is_closed: bool) {
    let directory = if is_closed { "off" } else { "on" };
    let scenario = &Scenario::start(&[("OPEN_DIRECTORY", directory)]).await;
    let mut wrong = Vec::new();
    for operation in OPERATIONS {
        let example = examples::of_operation(operation).swap_remove(0);
        for actor in Actor::ALL {
            if ignores_credentials(operation) && actor != Actor::Anonymous {
                continue;
            }
            let whole = scenario.versions().await;
            let expected = decision(operation, actor, is_closed);
            let example = match expected {
                Decision::Allowed => scenario.prepare(&example, actor).await,
                Decision::Refused(_) => example.clone(),
            };
            let token = scenario.token(actor, operation.scope).await;
            let before = scenario.versions().await;
            let response = scenario.send(&example, actor, token.as_deref()).await;
            let after = scenario.versions().await;
            let may_write = expected == Decision::Allowed && operation.method != "GET";
            let until = if may_write { &after } else { &before };
            wrong.extend(fault(
                &format!("{} as {actor:?}", operation.id),
                expected,
                &response,
                until,
                &after,
            ));
            if changed(&whole, &after).iter().any(|table| table != "sessions") || may_write {
                scenario.rewind(&whole).await;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_operation_is_open_to_exactly_the_callers_of_the_contract() {
    every_cell_is_right(false).await;
}

#[tokio::test]
async fn what_a_closed_directory_hides_is_not_there() {
    every_cell_is_right(true).await;
}

/// Returns invalid credentials, each with its flaw.
async fn bad_credentials(scenario: &Scenario) -> Vec<(&'static str, String)> {
    let forge = &scenario.person(Actor::Owner).forge;
    let expired = forge.claim("exp").as_i64().expect("a number") - 3600;
    let session = forge.claim("sid").clone();
    vec![
        ("expired", forge.token(&[("exp", json!(expired)), ("iat", json!(expired - 900))])),
        ("of another key", forge.of_another_key()),
        ("unsigned", forge.unsigned()),
        ("altered", forge.altered()),
        ("of another issuer", forge.token(&[("iss", json!("somebody")), ("sid", session.clone())])),
        ("for another audience", forge.token(&[("aud", json!("somebody")), ("sid", session)])),
        ("a refresh token", scenario.refresh_token(Actor::Owner).to_owned()),
        ("signed out", signed_out(scenario).await),
        ("of a disabled user", disabled(scenario).await),
    ]
}

async fn signed_out(scenario: &Scenario) -> String {
    let body = json!({"refresh": scenario.refresh_token(Actor::Admin)});
    assert_eq!(scenario.client().post("/api/v1/auth/logout").json(&body).await.status, 200);
    scenario.person(Actor::Admin).access.clone()
}

async fn disabled(scenario: &Scenario) -> String {
    let person = scenario.person(Actor::Other);
    let disable = "update users set disabled_at = app_now() where id = $1";
    scenario.app.database.client().execute(disable, &[&person.id]).await.expect("runs");
    let client = scenario.client().with_token(&person.access);
    let deadline = Instant::now() + HEARSAY;
    // This operation checks only the session. An operation that looks up the user would notice at once.
    while client.get("/api/v1/categories").await.status != 401 {
        assert!(Instant::now() < deadline, "a disabled user goes on");
    }
    person.access.clone()
}

#[tokio::test]
async fn a_bad_credential_is_refused_everywhere_and_leaves_no_trace() {
    let scenario = Scenario::start(&[]).await;
    let credentials = bad_credentials(&scenario).await;
    let mut wrong = Vec::new();
    for operation in OPERATIONS.iter().filter(|operation| !ignores_credentials(operation)) {
        let example = examples::of_operation(operation).swap_remove(0);
        let before = scenario.versions().await;
        for (flaw, token) in &credentials {
            let response = scenario.send(&example, Actor::Owner, Some(token)).await;
            let reported = format!("{}, {flaw}", operation.id);
            wrong.extend(fault(
                &reported,
                Decision::Refused(401),
                &response,
                &before,
                &scenario.versions().await,
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn bad_credentials_are_ignored_where_none_are_required() {
    let scenario = Scenario::start(&[]).await;
    let whole = scenario.versions().await;
    let token = scenario.person(Actor::Owner).forge.altered();
    for operation in OPERATIONS.iter().filter(|operation| ignores_credentials(operation)) {
        let example = examples::of_operation(operation).swap_remove(0);
        let response = scenario.send(&example, Actor::Owner, Some(&token)).await;
        assert!(response.status.is_success(), "{}: {}", operation.id, response.text());
        scenario.rewind(&whole).await;
    }
}

#[tokio::test]
async fn a_token_is_good_for_its_scopes_alone() {
    let scenario = Scenario::start(&[]).await;
    let mut wrong = Vec::new();
    for operation in OPERATIONS.iter().filter(|operation| operation.who != Access::Public) {
        let example = examples::of_operation(operation).swap_remove(0);
        let other = if operation.scope == "write" { "read" } else { "write" };
        for scope in [other, "", "nothing"] {
            let token = scenario.token(Actor::Admin, scope).await;
            let before = scenario.versions().await;
            let response = scenario.send(&example, Actor::Admin, token.as_deref()).await;
            let reported = format!("{}, {} with the scope {scope:?}", operation.id, operation.scope);
            wrong.extend(fault(
                &reported,
                Decision::Refused(403),
                &response,
                &before,
                &scenario.versions().await,
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns the scope of API keys that an operation needs.
fn key_scope(operation: &Operation) -> String {
    format!("{}:{}", operation.tag, operation.scope)
}

#[test]
fn api_keys_have_a_scope_for_every_operation_that_takes_them_and_no_other() {
    let takes_keys = |operation: &&&Operation| {
        let security = spec::DOCUMENT["security"].as_array();
        let own = of_document(operation)["security"].as_array();
        own.or(security).is_some_and(|all| all.iter().any(|one| one.get("api_key").is_some()))
    };
    let needed: BTreeSet<String> =
        OPERATIONS.iter().filter(takes_keys).map(|operation| key_scope(operation)).collect();
    let listed = spec::DOCUMENT["components"]["schemas"]["ApiScope"]["enum"].as_array().expect("an enum");
    let listed: BTreeSet<String> =
        listed.iter().filter_map(|scope| scope.as_str()).map(str::to_owned).collect();
    assert_eq!(listed, needed);
}

#[tokio::test]
async fn an_api_key_is_good_for_its_scopes_alone_and_for_the_operations_of_its_user() {
    let scenario = Scenario::start(&[]).await;
    let scopes = spec::DOCUMENT["components"]["schemas"]["ApiScope"]["enum"].as_array().expect("an enum");
    let scopes: Vec<&str> = scopes.iter().filter_map(|scope| scope.as_str()).collect();
    let mut wrong = Vec::new();
    for operation in OPERATIONS.iter().filter(|operation| operation.who != Access::Public) {
        let example = examples::of_operation(operation).swap_remove(0);
        let needed = key_scope(operation);
        let (own, others): (Vec<&str>, Vec<&str>) = scopes.iter().partition(|scope| **scope == needed);
        let whole = scenario.versions().await;
        for actor in Actor::ALL.into_iter().filter(|actor| *actor != Actor::Anonymous) {
            let by_user = decision(operation, actor, false);
            let cases = [(&others, Decision::Refused(403)), (&own, by_user)];
            for (scopes, expected) in cases.into_iter().filter(|(scopes, _)| !scopes.is_empty()) {
                let example = match expected {
                    Decision::Allowed => scenario.prepare(&example, actor).await,
                    Decision::Refused(_) => example.clone(),
                };
                let key = scenario.api_key(actor, scopes).await;
                let before = scenario.versions().await;
                let response = scenario.send(&example, actor, Some(&key)).await;
                let after = scenario.versions().await;
                // The use of a key may be noted at any time.
                let mut until = after.clone();
                let is_kept = expected != Decision::Allowed || operation.method == "GET";
                if is_kept {
                    until = before;
                    until.insert("api_keys".to_owned(), after["api_keys"]);
                }
                let reported = format!("{} as {actor:?} with {scopes:?}", operation.id);
                wrong.extend(fault(&reported, expected, &response, &until, &after));
                scenario.rewind(&whole).await;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
