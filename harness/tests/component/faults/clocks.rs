//! Clocks that step back: PostgreSQL's, which is the time of record, and the server's.

use std::path::{Path, PathBuf};

use agora_api::models::{Login, TokenPair};
use agora_harness::{Database, Program, TestApp};
use serde_json::json;

use super::{Duration, Instant, STALE};

/// Maximum time until a sign-out on one replica is known to another, with room for a busy machine.
const REVOKED: Duration = Duration::from_millis(2000);
/// Number of sign-outs in a row. Every fifth second, the server reads all ended sessions again: one sign-out alone could
/// meet that moment.
const SIGN_OUTS: usize = 4;
/// Number of steps of the server's clock, back and forward.
const STEPS: usize = 20;
/// Places of the library that fakes the wall clock of a process.
const FAKETIME: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
];

async fn login(app: &TestApp) -> Login {
    let body = json!({"username": "johnd", "password": "m38rmF$"});
    app.anonymous().post("/api/v1/auth/login").json(&body).until_served().await.body_at(200)
}

async fn me(app: &TestApp, access: &str) -> u16 {
    app.anonymous().with_token(access).get("/api/v1/auth/me").await.status.as_u16()
}

async fn sign_out(app: &TestApp, refresh: &str) {
    let response = app.anonymous().post("/api/v1/auth/logout").json(&json!({"refresh": refresh})).await;
    assert_eq!(response.status, 200);
}

/// Waits until a token has this status, and returns the time that it took.
async fn until(app: &TestApp, access: &str, status: u16) -> Duration {
    let started = Instant::now();
    while me(app, access).await != status {
        assert!(started.elapsed() < 2 * STALE, "the token is never {status}");
    }
    started.elapsed()
}

async fn set_clock(app: &TestApp, offset: &str) {
    let set = format!("update app_clock set clock_offset = interval '{offset}'");
    app.database.client().batch_execute(&set).await.expect("runs");
}

#[tokio::test]
async fn sign_outs_are_noticed_in_time_after_the_clock_stepped_back() {
    let app = TestApp::start().await;
    let replica = app.replica().await;
    // An end of before the step is the newest that the server knows.
    let before = login(&app).await;
    sign_out(&replica, &before.refresh).await;
    until(&app, &before.access, 401).await;
    let old = login(&app).await;
    set_clock(&app, "-1 hour").await;
    until(&app, &old.access, 401).await;
    for turn in 0..SIGN_OUTS {
        let pair = login(&app).await;
        until(&app, &pair.access, 200).await;
        sign_out(&replica, &pair.refresh).await;
        let took = until(&app, &pair.access, 401).await;
        assert!(took < REVOKED, "sign-out {turn} was noticed after {took:?}");
    }
}

#[tokio::test]
async fn a_token_of_an_ended_session_stays_ended_when_the_clock_is_right_again() {
    let app = TestApp::start().await;
    let first = login(&app).await;
    let others = [login(&app).await, login(&app).await];
    set_clock(&app, "-1 hour").await;
    // The token is of the future, but its session goes on.
    until(&app, &first.access, 401).await;
    let renewed: TokenPair = {
        let call = app.anonymous().post("/api/v1/auth/refresh").json(&json!({"refresh": first.refresh}));
        call.await.body_at(200)
    };
    until(&app, &renewed.access, 200).await;
    sign_out(&app, &renewed.refresh).await;
    // Two more sessions end: by a new role, and by the use of an old refresh token.
    let [used, disabled] = others;
    let next: TokenPair = {
        let call = app.anonymous().post("/api/v1/auth/refresh").json(&json!({"refresh": used.refresh}));
        call.await.body_at(200)
    };
    for refresh in [&next.refresh, &used.refresh] {
        let call = app.anonymous().post("/api/v1/auth/refresh").json(&json!({"refresh": refresh}));
        call.await;
    }
    let role = "update users set role = 'staff' where username = 'johnd'";
    app.database.client().batch_execute(role).await.expect("runs");
    set_clock(&app, "0").await;
    // A server that starts now knows the ends from the database alone.
    let late = app.replica().await;
    for (name, access) in
        [("signed out", first.access), ("used twice", used.access), ("changed", disabled.access)]
    {
        assert_eq!(me(&late, &access).await, 401, "{name}");
    }
}

#[tokio::test]
async fn keys_are_replayed_whichever_way_the_clock_steps() {
    let app = TestApp::start().await;
    let write = async |name: &str| {
        let user = app.user().await;
        let call =
            user.post("/api/v1/categories").json(&json!({"name": name})).header("idempotency-key", name);
        let response = call.await;
        (response.status.as_u16(), response.header("idempotency-replayed") == "true")
    };
    assert_eq!(write("before").await, (201, false));
    set_clock(&app, "-1 hour").await;
    until(&app, &login(&app).await.access, 200).await;
    assert_eq!(write("before").await, (201, true));
    assert_eq!(write("meanwhile").await, (201, false));
    set_clock(&app, "0").await;
    until(&app, &login(&app).await.access, 200).await;
    assert_eq!(write("before").await, (201, true));
    assert_eq!(write("meanwhile").await, (201, true));
}

#[tokio::test]
async fn the_servers_own_clock_may_step_back() {
    let Some(library) = FAKETIME.into_iter().find(|path| Path::new(path).is_file()) else {
        eprintln!("skipped: install the package `libfaketime`");
        return;
    };
    let database = Database::create().await;
    let clock = std::env::temp_dir().join(format!("agora-clock-{}", std::process::id()));
    let set = |clock: &PathBuf, difference: &str| std::fs::write(clock, difference).expect("is written");
    set(&clock, "+0");
    let file: &'static str = Box::leak(clock.display().to_string().into_boxed_str());
    let settings = [
        ("LD_PRELOAD", library),
        ("FAKETIME_TIMESTAMP_FILE", file),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("FAKETIME_NO_CACHE", "1"),
    ];
    let server = Program::start(database.url(), &settings).await;
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let body = json!({"username": "johnd", "password": "m38rmF$"});
    let login = async || {
        let sent = http.post(server.url("/api/v1/auth/login")).json(&body).send().await.expect("is answered");
        sent.json::<Login>().await.expect("tokens")
    };
    let me = async |access: &str| {
        let sent = http.get(server.url("/api/v1/auth/me")).bearer_auth(access).send().await;
        sent.expect("is answered").status().as_u16()
    };
    let first = login().await;
    assert_eq!(me(&first.access).await, 200);
    let replica = TestApp::start_at(database.url(), Database::from_url(database.url()).await, &[]).await;
    // Many steps, each with requests at once: between two readings of PostgreSQL's clock, the server has only its own.
    for step in ["-1h", "+0"].into_iter().cycle().take(STEPS).chain(["-1h"]) {
        set(&clock, step);
        for _ in 0..30 {
            assert_eq!(me(&first.access).await, 200, "the time of record has not changed");
        }
    }
    let second = login().await;
    assert_eq!((me(&second.access).await, self::me(&replica, &second.access).await), (200, 200));
    std::fs::remove_file(&clock).expect("is removed");
}
