//! Sessions: refresh, sign-out, and revocation of their tokens.

use std::time::{Duration, Instant};

use agora_api::models::{Login, Me, TokenPair};
use agora_harness::{Anonymous, Client, TestApp, TestResponse};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

const REFRESH: &str = "/api/v1/auth/refresh";
/// Deadline for a sign-out to reach another replica, with headroom for a busy machine.
const HEARSAY: Duration = Duration::from_secs(10);

async fn login(app: &TestApp) -> Login {
    let body = json!({"username": "johnd", "password": "m38rmF$"});
    app.anonymous().post("/api/v1/auth/login").json(&body).await.body_at(200)
}

async fn refreshed(client: &Client<Anonymous>, refresh: &str) -> TestResponse {
    client.post(REFRESH).json(&json!({"refresh": refresh})).await
}

async fn me(app: &TestApp, access: &str) -> u16 {
    app.anonymous().with_token(access).get("/api/v1/auth/me").await.status.as_u16()
}

async fn live_sessions(app: &TestApp) -> i64 {
    // The dataset has sessions that nobody uses, and those of API keys.
    let used = "select count(*) from sessions where revoked_at is null and expires_at < '2100-01-01'";
    app.database.count(used).await
}

#[tokio::test]
async fn me_describes_the_caller() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let response = user.get("/api/v1/auth/me").header("if-none-match", "\"x\"").await;
    assert_json_snapshot!("me", response.json());
    assert_eq!((response.header("cache-control"), response.header("etag")), ("no-store", ""));
    let admin: Me = app.admin().await.get("/api/auth/me/").await.body_at(200);
    assert_eq!(admin.username, "admin");
    assert_eq!(app.anonymous().get("/api/v1/auth/me").await.status, 401);
    let away = "update users set deleted_at = app_now() where username = 'johnd'";
    app.database.client().batch_execute(away).await.expect("runs");
    assert_eq!(user.get("/api/v1/auth/me").await.status, 401);
}

#[tokio::test]
async fn a_refresh_token_is_exchanged_for_the_next_pair() {
    let app = TestApp::start().await;
    let mut pair: TokenPair = {
        let first = login(&app).await;
        TokenPair { access: first.access, refresh: first.refresh }
    };
    for _ in 0..5 {
        let next: TokenPair = refreshed(&app.anonymous(), &pair.refresh).await.body_at(200);
        assert_ne!(next.refresh, pair.refresh);
        assert_eq!(me(&app, &next.access).await, 200);
        assert_eq!(me(&app, &pair.access).await, 200, "an access token is good until it expires");
        pair = next;
    }
    assert_eq!(live_sessions(&app).await, 1);
}

#[tokio::test]
async fn a_lost_answer_is_given_again() {
    let app = TestApp::start().await;
    let first = login(&app).await;
    let lost: TokenPair = refreshed(&app.anonymous(), &first.refresh).await.body_at(200);
    let again: TokenPair = refreshed(&app.anonymous(), &first.refresh).await.body_at(200);
    assert_eq!(again.refresh, lost.refresh, "the same successor");
    assert_eq!(refreshed(&app.anonymous(), &lost.refresh).await.status, 200);
}

#[tokio::test]
async fn a_lost_answer_is_given_for_a_minute_only() {
    let app = TestApp::start().await;
    let first = login(&app).await;
    assert_eq!(refreshed(&app.anonymous(), &first.refresh).await.status, 200);
    let later = "update app_clock set clock_offset = interval '61 seconds'";
    app.database.client().batch_execute(later).await.expect("runs");
    assert_eq!(refreshed(&app.anonymous(), &first.refresh).await.status, 401);
    assert_eq!(live_sessions(&app).await, 0);
}

#[tokio::test]
async fn an_ancestor_that_comes_back_ends_the_session_and_all_its_tokens() {
    let app = TestApp::start().await;
    let (first, other) = (login(&app).await, login(&app).await);
    let second: TokenPair = refreshed(&app.anonymous(), &first.refresh).await.body_at(200);
    let third: TokenPair = refreshed(&app.anonymous(), &second.refresh).await.body_at(200);
    let replay = refreshed(&app.anonymous(), &first.refresh).await;
    assert_json_snapshot!("refresh_reused", replay.json(), {".request_id" => "[id]"});
    assert_eq!(replay.status, 401);
    for token in [&first.refresh, &second.refresh, &third.refresh] {
        assert_eq!(refreshed(&app.anonymous(), token).await.status, 401);
    }
    for access in [&first.access, &second.access, &third.access] {
        assert_eq!(me(&app, access).await, 401);
    }
    assert_eq!(me(&app, &other.access).await, 200, "another session goes on");
    let reason = "select count(*) from sessions where revoked_for = 'reuse'";
    assert_eq!(app.database.count(reason).await, 1);
}

#[tokio::test]
async fn forged_and_foreign_tokens_are_401_and_cost_no_connection() {
    // No database is available, so these tokens are refused before any query.
    let app = TestApp::start_with(&[("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")]).await;
    let seeded = TestApp::start().await;
    let pair = login(&seeded).await;
    let mut forged = pair.refresh.clone();
    forged.replace_range(10..11, if &forged[10..11] == "A" { "B" } else { "A" });
    for token in [forged.as_str(), "x", &pair.access, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(refreshed(&app.anonymous(), token).await.status, 401, "{token}");
        let logout = app.anonymous().post("/api/v1/auth/logout").json(&json!({"refresh": token})).await;
        assert_eq!(logout.status, 401);
        assert_eq!(refreshed(&seeded.anonymous(), token).await.status, 401);
    }
    assert_eq!(me(&app, &pair.refresh).await, 401, "a refresh token is no access token");
    assert_eq!(me(&app, "x.y.z").await, 401);
}

#[tokio::test]
async fn a_logout_ends_its_session_at_once_and_no_other() {
    let app = TestApp::start().await;
    let (one, two) = (login(&app).await, login(&app).await);
    for _ in 0..2 {
        let response =
            app.anonymous().post("/api/v1/auth/logout").json(&json!({"refresh": one.refresh})).await;
        assert_eq!(response.body_at::<Value>(200), json!({"detail": "Signed out"}));
    }
    assert_eq!(me(&app, &one.access).await, 401);
    assert_eq!(refreshed(&app.anonymous(), &one.refresh).await.status, 401);
    assert_eq!(me(&app, &two.access).await, 200);
}

#[tokio::test]
async fn a_logout_everywhere_ends_all_of_the_callers_sessions() {
    let app = TestApp::start().await;
    let (one, two) = (login(&app).await, login(&app).await);
    let other = app.other_user().await;
    let caller = app.anonymous().with_token(&one.access);
    assert_eq!(caller.post("/api/v1/auth/logout-all").await.status, 200);
    for pair in [&one, &two] {
        assert_eq!(me(&app, &pair.access).await, 401);
        assert_eq!(refreshed(&app.anonymous(), &pair.refresh).await.status, 401);
    }
    assert_eq!(other.get("/api/v1/auth/me").await.status, 200);
    assert_eq!(app.anonymous().post("/api/v1/auth/logout-all").await.status, 401);
}

#[tokio::test]
async fn a_new_password_ends_all_sessions_and_begins_one() {
    let app = TestApp::start().await;
    let (one, two) = (login(&app).await, login(&app).await);
    let caller = app.anonymous().with_token(&one.access);
    let change = |old: &str, new: &str| {
        caller.post("/api/v1/auth/password").json(&json!({"old_password": old, "new_password": new}))
    };
    let wrong = change("not mine", "a-longer-word-of-mine").await.problem_at(400);
    assert_json_snapshot!("old_password_wrong", wrong.error.details);
    assert_eq!(change("m38rmF$", "short").await.status, 400);
    assert_eq!(me(&app, &one.access).await, 200, "nothing has changed");
    let pair: TokenPair = change("m38rmF$", "a-longer-word-of-mine").await.body_at(200);
    for access in [&one.access, &two.access] {
        assert_eq!(me(&app, access).await, 401);
    }
    assert_eq!(me(&app, &pair.access).await, 200);
    assert_eq!(refreshed(&app.anonymous(), &pair.refresh).await.status, 200);
    let sign_in = |password: &str| {
        let body = json!({"username": "johnd", "password": password});
        app.anonymous().post("/api/v1/auth/login").json(&body)
    };
    assert_eq!(sign_in("m38rmF$").await.status, 401);
    assert_eq!(sign_in("a-longer-word-of-mine").await.status, 200);
}

#[tokio::test]
async fn disabled_users_do_not_refresh() {
    let app = TestApp::start().await;
    let pair = login(&app).await;
    let away = "update users set disabled_at = app_now() where username = 'johnd'";
    app.database.client().batch_execute(away).await.expect("runs");
    assert_eq!(refreshed(&app.anonymous(), &pair.refresh).await.status, 401);
}

#[tokio::test]
async fn a_session_that_ended_elsewhere_is_heard_of() {
    let app = TestApp::start().await;
    let pair = login(&app).await;
    assert_eq!(me(&app, &pair.access).await, 200);
    let elsewhere =
        "update sessions set revoked_at = app_now(), revoked_for = 'logout' where revoked_at is null";
    app.database.client().batch_execute(elsewhere).await.expect("runs");
    let deadline = Instant::now() + HEARSAY;
    while me(&app, &pair.access).await != 401 {
        assert!(Instant::now() < deadline, "nothing was heard");
    }
}

#[tokio::test]
async fn late_replicas_know_ended_sessions_with_valid_tokens() {
    let app = TestApp::start().await;
    let pair = login(&app).await;
    let ended = "update sessions set revoked_at = app_now() - interval '14 minutes', revoked_for = 'logout'
        where revoked_at is null";
    app.database.client().batch_execute(ended).await.expect("runs");
    assert_eq!(me(&app.replica().await, &pair.access).await, 401);
}

#[tokio::test]
async fn a_session_that_is_not_used_for_thirty_days_is_over() {
    let app = TestApp::start().await;
    let (used, unused) = (login(&app).await, login(&app).await);
    let put_ahead = async |days: u32| {
        let ahead = format!("update app_clock set clock_offset = interval '{days} days'");
        app.database.client().batch_execute(&ahead).await.expect("runs");
    };
    put_ahead(29).await;
    let next: TokenPair = refreshed(&app.anonymous(), &used.refresh).await.body_at(200);
    put_ahead(31).await;
    assert_eq!(refreshed(&app.anonymous(), &unused.refresh).await.status, 401);
    assert_eq!(refreshed(&app.anonymous(), &next.refresh).await.status, 200, "used two days before");
}

#[tokio::test]
async fn access_tokens_expire_by_the_time_of_record() {
    let app = TestApp::start().await;
    let put_ahead = async |minutes: u32| {
        let ahead = format!("update app_clock set clock_offset = interval '{minutes} minutes'");
        app.database.client().batch_execute(&ahead).await.expect("runs");
    };
    let old = login(&app).await;
    put_ahead(12).await;
    // A server that has not yet read the new time refuses this token as issued in the future; afterwards it is valid.
    let late = app.replica().await;
    let young = login(&late).await;
    let deadline = Instant::now() + HEARSAY;
    while me(&app, &young.access).await != 200 {
        assert!(Instant::now() < deadline, "the server's clock stays behind");
    }
    assert_eq!(me(&app, &old.access).await, 200, "12 minutes old");
    put_ahead(16).await;
    while me(&app, &old.access).await != 401 {
        assert!(Instant::now() < deadline, "the token does not expire");
    }
    assert_eq!(me(&app, &young.access).await, 200, "4 minutes old");
    assert_eq!(me(&app.replica().await, &old.access).await, 401, "from a server's first moment");
    assert_eq!(refreshed(&app.anonymous(), &old.refresh).await.status, 200, "the session goes on");
}

#[tokio::test]
async fn the_registrys_pair_is_the_same_session() {
    let app = TestApp::start().await;
    let body = json!({"username": "johnd", "password": "m38rmF$"});
    let pair: TokenPair = app.anonymous().post("/metadata/api/token").json(&body).await.body_at(200);
    assert_eq!(me(&app, &pair.access).await, 200);
    let next =
        app.anonymous().post("/metadata/api/token/refresh").json(&json!({"refresh": pair.refresh})).await;
    let next: TokenPair = next.body_at(200);
    assert_eq!(refreshed(&app.anonymous(), &next.refresh).await.status, 200);
    let wrong = json!({"username": "johnd", "password": "wrong"});
    assert_eq!(app.anonymous().post("/api/v1/token").json(&wrong).await.status, 401);
    let wrong = json!({"refresh": "of-nobody"});
    assert_eq!(app.anonymous().post("/api/v1/token/refresh").json(&wrong).await.status, 401);
}

#[tokio::test]
async fn verifying_keys_are_public() {
    let app = TestApp::start().await;
    let keys = app.anonymous().get("/.well-known/jwks.json").await;
    assert_json_snapshot!("jwks", keys.json());
    let again =
        app.anonymous().get("/.well-known/jwks.json").header("if-none-match", keys.header("etag")).await;
    assert_eq!((again.status.as_u16(), again.header("cache-control")), (304, "no-cache, no-transform"));
}

#[tokio::test]
async fn of_many_refreshes_at_once_each_session_has_one_live_successor() {
    refreshed_at_once(20, 20).await;
}

#[tokio::test]
#[ignore = "takes minutes; run by ./justw test-large"]
async fn of_four_thousand_refreshes_at_once_each_of_two_hundred_sessions_has_one_live_successor() {
    refreshed_at_once(200, 20).await;
}

/// Exchanges the refresh token of each session `tries` times concurrently.
async fn refreshed_at_once(sessions: usize, tries: usize) {
    let app = TestApp::start().await;
    let mut pairs = Vec::new();
    for _ in 0..sessions {
        pairs.push(login(&app).await);
    }
    let mut calls = tokio::task::JoinSet::new();
    for index in 0..sessions * tries {
        let (client, refresh) = (app.anonymous(), pairs[index % sessions].refresh.clone());
        calls.spawn(async move {
            let response = client.post(REFRESH).json(&json!({"refresh": refresh})).until_served().await;
            (index % sessions, response.body_at::<TokenPair>(200).refresh)
        });
    }
    let mut successors = vec![std::collections::BTreeSet::new(); sessions];
    while let Some(call) = calls.join_next().await {
        let (session, refresh) = call.expect("answers");
        successors[session].insert(refresh);
    }
    assert!(successors.iter().all(|of_one| of_one.len() == 1), "{successors:?}");
    assert_eq!(live_sessions(&app).await, i64::try_from(sessions).expect("few"));
    for refresh in successors.iter().flatten() {
        assert_eq!(refreshed(&app.anonymous(), refresh).await.status, 200);
    }
}
