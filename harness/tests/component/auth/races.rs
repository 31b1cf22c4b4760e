//! Sign-ins that race with operations that end sessions.

use std::time::Duration;

use agora_harness::{Anonymous, Client, Database, TestApp};
use serde_json::json;

/// Deadline for a thousand sign-ins, with room for a debug build on a busy machine.
const STORM: Duration = Duration::from_secs(600);

const LIVE: &str = "select count(*) from sessions where user_id = 1 and revoked_at is null";

fn sign_in(client: Client<Anonymous>) -> tokio::task::JoinHandle<u16> {
    let login = json!({"username": "johnd", "password": "m38rmF$"});
    tokio::spawn(async move {
        client.post("/api/v1/auth/login").json(&login).until_served_within(STORM).await.status.as_u16()
    })
}

#[tokio::test]
async fn a_sign_in_beside_a_change_of_its_user_waits_and_does_not_survive_it() {
    for change in [
        "update users set password_hash = 'another' where id = 1",
        "update users set disabled_at = app_now() where id = 1",
        "update users set deleted_at = app_now() where id = 1",
    ] {
        let app = TestApp::start().await;
        let database = app.database.client();
        // `pg_stat_activity` is a snapshot within a transaction, so another connection reads it.
        let looking = Database::from_url(app.database.url()).await;
        database.batch_execute(&format!("begin; {change}")).await.expect("runs");
        let signing_in = sign_in(app.anonymous());
        // Either the sign-in has checked the password and waits for the row lock, or it has already finished.
        let waits = "select count(*) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock' and query like '%credentials.insert_session%'";
        while !signing_in.is_finished() && looking.count(waits).await == 0 {
            tokio::task::yield_now().await;
        }
        let end = "update sessions set revoked_at = app_now(), revoked_for = 'password'
            where user_id = 1 and revoked_at is null;
            commit";
        database.batch_execute(end).await.expect("runs");
        assert_eq!(signing_in.await.expect("answers"), 401, "{change}");
        assert_eq!(app.database.count(LIVE).await, 0, "{change}");
    }
}

#[tokio::test]
async fn no_session_of_the_old_password_survives_its_change() {
    beside_a_change(30).await;
}

#[tokio::test]
#[ignore = "takes minutes; run by ./justw test-large"]
async fn no_session_of_a_thousand_sign_ins_survives_a_change_of_the_password() {
    beside_a_change(1_000).await;
}

async fn beside_a_change(sign_ins: usize) {
    let app = TestApp::start().await;
    let user = app.user().await;
    let signing_in: Vec<_> = (0..sign_ins).map(|_| sign_in(app.anonymous())).collect();
    let some = "select count(*) from sessions where user_id = 1";
    while app.database.count(some).await < 5 {
        tokio::task::yield_now().await;
    }
    let change = json!({"old_password": "m38rmF$", "new_password": "another-good-secret"});
    let changed = user.post("/api/v1/auth/password").json(&change).until_served_within(STORM).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let mut ends = [0, 0];
    for one in signing_in {
        match one.await.expect("answers") {
            200 => ends[0] += 1,
            401 => ends[1] += 1,
            other => panic!("{other}"),
        }
    }
    // The session that the change itself started.
    assert_eq!(app.database.count(LIVE).await, 1, "{ends:?} signed in and were refused");
    assert!(ends[0] > 0, "nobody had signed in before");
}
