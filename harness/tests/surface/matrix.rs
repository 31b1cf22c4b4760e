//! The authorization matrix: every operation called as the contract shows it, by everybody, with every credential. What
//! must come is computed from `x-authz`; a refused call leaves no trace in any table, and neither does a GET.

use std::time::{Duration, Instant};

use agora_api::OPERATIONS;
use agora_contract::{Operation, Who};
use agora_harness::examples::{self, Example, of_document};
use agora_harness::rows::{Versions, changed};
use agora_harness::{Actor, Answer, Scene, is_of_owner, kinds};
use serde_json::json;

/// How long another way of ending a session may take to be heard of, with room for a busy machine.
const HEARSAY: Duration = Duration::from_secs(10);

/// What must come of a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// A success.
    Allowed,
    /// A refusal of this status.
    Refused(u16),
}

impl Outcome {
    pub(crate) fn fits(self, answer: &Answer) -> bool {
        match self {
            Self::Allowed => answer.status.is_success(),
            Self::Refused(status) => answer.status == status,
        }
    }
}

/// Whether an operation does not look at credentials at all.
fn ignores_credentials(operation: &Operation) -> bool {
    of_document(operation)["security"].as_array().is_some_and(Vec::is_empty)
}

/// What `x-authz` says of an actor. What they may not know of is 404 for them, and what they may know of is 403.
async fn outcome(scene: &Scene, is_closed: bool, example: &Example, actor: Actor) -> Outcome {
    let operation = example.operation;
    let is_own = is_of_owner(operation) && operation.who == Who::User;
    let is_hidden = is_closed && of_document(operation)["x-authz"]["closed"] == "owner";
    match (operation.who, actor) {
        (Who::Public, Actor::Anonymous | Actor::Other) if is_hidden => Outcome::Refused(404),
        (Who::Public, _) => Outcome::Allowed,
        (_, Actor::Anonymous) => Outcome::Refused(401),
        (Who::Client, _) => Outcome::Refused(403),
        (Who::Admin, Actor::Admin) | (Who::Staff, Actor::Staff | Actor::Admin) => Outcome::Allowed,
        (Who::Admin | Who::Staff, _) => Outcome::Refused(403),
        (Who::User, Actor::Other | Actor::Staff | Actor::Admin) if is_own => Outcome::Refused(404),
        (Who::Owner, Actor::Other) => {
            let mut is_known = true;
            for slot in kinds::slots(operation).filter(|slot| kinds::of_path(operation, slot).is_some()) {
                is_known &= scene.knows(actor, example, slot).await;
            }
            Outcome::Refused(if is_known { 403 } else { 404 })
        }
        (Who::User | Who::Owner, _) => Outcome::Allowed,
    }
}

/// What is wrong with a call that was made.
pub(crate) fn fault(
    told: &str,
    expected: Outcome,
    answer: &Answer,
    before: &Versions,
    after: &Versions,
) -> Option<String> {
    let traces = changed(before, after);
    if !expected.fits(answer) {
        return Some(format!("{told}: {expected:?} by x-authz, and {}: {}", answer.status, answer.text()));
    }
    (!traces.is_empty()).then(|| format!("{told}: {} leaves a trace in {traces:?}", answer.status))
}

async fn every_cell_is_right(is_closed: bool) {
    let directory = if is_closed { "off" } else { "on" };
    let scene = &Scene::start(&[("OPEN_DIRECTORY", directory)]).await;
    let mut wrong = Vec::new();
    for operation in OPERATIONS {
        let example = examples::of(operation).swap_remove(0);
        for actor in Actor::ALL {
            if ignores_credentials(operation) && actor != Actor::Anonymous {
                continue;
            }
            let whole = scene.versions().await;
            let expected = outcome(scene, is_closed, &example, actor).await;
            if expected == Outcome::Allowed {
                scene.prepare(&example, actor).await;
            }
            let token = scene.token(actor, operation.scope).await;
            let before = scene.versions().await;
            let answer = scene.send(&example, actor, token.as_deref()).await;
            let after = scene.versions().await;
            let may_write = expected == Outcome::Allowed && operation.method != "GET";
            let until = if may_write { &after } else { &before };
            wrong.extend(fault(&format!("{} as {actor:?}", operation.id), expected, &answer, until, &after));
            if changed(&whole, &after).iter().any(|table| table != "sessions") || may_write {
                scene.rewind(&whole).await;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_operation_is_for_those_whom_the_contract_names() {
    every_cell_is_right(false).await;
}

#[tokio::test]
async fn what_a_closed_directory_hides_is_not_there() {
    every_cell_is_right(true).await;
}

/// Credentials that are good for nothing, and why.
async fn bad_credentials(scene: &Scene) -> Vec<(&'static str, String)> {
    let mint = &scene.person(Actor::Owner).mint;
    let expired = mint.claim("exp").as_i64().expect("a number") - 3600;
    let session = mint.claim("sid").clone();
    vec![
        ("expired", mint.token(&[("exp", json!(expired)), ("iat", json!(expired - 900))])),
        ("of another key", mint.of_another_key()),
        ("unsigned", mint.unsigned()),
        ("altered", mint.altered()),
        ("of another issuer", mint.token(&[("iss", json!("somebody")), ("sid", session.clone())])),
        ("for another audience", mint.token(&[("aud", json!("somebody")), ("sid", session)])),
        ("a refresh token", scene.refresh_token(Actor::Owner).to_owned()),
        ("signed out", signed_out(scene).await),
        ("of a disabled user", disabled(scene).await),
    ]
}

async fn signed_out(scene: &Scene) -> String {
    let body = json!({"refresh": scene.refresh_token(Actor::Admin)});
    assert_eq!(scene.client().post("/api/v1/auth/logout").json(&body).await.status, 200);
    scene.person(Actor::Admin).access.clone()
}

async fn disabled(scene: &Scene) -> String {
    let person = scene.person(Actor::Other);
    let disable = "update users set disabled_at = app_now() where id = $1";
    scene.app.database.client().execute(disable, &[&person.id]).await.expect("runs");
    let client = scene.client().with_token(&person.access);
    let deadline = Instant::now() + HEARSAY;
    // Of the session alone: what looks the user up would know at once.
    while client.get("/api/v1/categories").await.status != 401 {
        assert!(Instant::now() < deadline, "a disabled user goes on");
    }
    person.access.clone()
}

#[tokio::test]
async fn a_bad_credential_is_refused_everywhere_and_leaves_no_trace() {
    let scene = Scene::start(&[]).await;
    let credentials = bad_credentials(&scene).await;
    let mut wrong = Vec::new();
    for operation in OPERATIONS.iter().filter(|operation| !ignores_credentials(operation)) {
        let example = examples::of(operation).swap_remove(0);
        let before = scene.versions().await;
        for (flaw, token) in &credentials {
            let answer = scene.send(&example, Actor::Owner, Some(token)).await;
            let told = format!("{}, {flaw}", operation.id);
            wrong.extend(fault(&told, Outcome::Refused(401), &answer, &before, &scene.versions().await));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_bad_credential_locks_nobody_out_where_none_is_asked_for() {
    let scene = Scene::start(&[]).await;
    let whole = scene.versions().await;
    let token = scene.person(Actor::Owner).mint.altered();
    for operation in OPERATIONS.iter().filter(|operation| ignores_credentials(operation)) {
        let example = examples::of(operation).swap_remove(0);
        let answer = scene.send(&example, Actor::Owner, Some(&token)).await;
        assert!(answer.status.is_success(), "{}: {}", operation.id, answer.text());
        scene.rewind(&whole).await;
    }
}

#[tokio::test]
async fn a_token_is_good_for_its_scopes_alone() {
    let scene = Scene::start(&[]).await;
    let mut wrong = Vec::new();
    for operation in OPERATIONS.iter().filter(|operation| operation.who != Who::Public) {
        let example = examples::of(operation).swap_remove(0);
        let other = if operation.scope == "write" { "read" } else { "write" };
        for scope in [other, "", "nothing"] {
            let token = scene.token(Actor::Admin, scope).await;
            let before = scene.versions().await;
            let answer = scene.send(&example, Actor::Admin, token.as_deref()).await;
            let told = format!("{}, {} with the scope {scope:?}", operation.id, operation.scope);
            wrong.extend(fault(&told, Outcome::Refused(403), &answer, &before, &scene.versions().await));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
