//! Housekeeping: expired rows are removed, all others are retained.

use std::time::{Duration, Instant};

use agora_api::models::{Category, Login, TokenPair};
use agora_harness::{TestApp, stack};
use serde_json::json;

/// Deadline for a server to notice the new time, with headroom for a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
const KEYS: &str = "select count(*) from idempotency_keys";
/// Sessions but for those of the dataset's API keys.
const SESSIONS: &str = "select count(*) from sessions where expires_at < '2100-01-01'";

/// Returns the numbers of removed keys and sessions.
async fn clean_up(app: &TestApp) -> Option<(u64, u64)> {
    clean_up_all(app).await.map(|[keys, sessions, ..]| (keys, sessions))
}

/// Returns the numbers of removed keys, sessions and events, and of abandoned bags. `None` if a server is doing so.
pub async fn clean_up_all(app: &TestApp) -> Option<[u64; 4]> {
    let url = app.database.login_url("agora_app").await;
    let config = stack::config(&url, &[]).expect("is usable");
    let removed = agora::clean_up(&config).await.expect("cleans up");
    let drop_login = "do $$ declare login text; begin
        for login in select rolname from pg_roles where rolname like 'login\\_' || current_database() || '\\_%' loop
            execute format('drop role %I', login);
        end loop; end $$";
    app.database.client().batch_execute(drop_login).await.expect("runs");
    removed.map(|removed| [removed.keys, removed.sessions, removed.events, removed.bags])
}

async fn move_time(app: &TestApp, ahead: &str) {
    let set = format!("update app_clock set clock_offset = interval '{ahead}'");
    app.database.client().batch_execute(&set).await.expect("runs");
}

#[tokio::test]
async fn keys_are_removed_after_a_day_and_replayed_until_then() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let write = |key: &str| {
        user.post("/api/v1/categories")
            .json(&json!({"name": format!("by {key}")}))
            .header("idempotency-key", key)
    };
    let first: Category = write("first").await.body_at(201);
    move_time(&app, "23 hours 59 minutes").await;
    assert_eq!(clean_up(&app).await, Some((0, 0)), "nothing is over yet");
    assert_eq!(app.database.count(KEYS).await, 1);
    // Signs in again once the server has noticed the new time, at which the old token is expired.
    let deadline = Instant::now() + PATIENCE;
    while user.get("/api/v1/auth/me").await.status != 401 {
        assert!(Instant::now() < deadline, "the server's clock does not follow");
    }
    let user = app.user().await;
    let again =
        user.post("/api/v1/categories").json(&json!({"name": "by first"})).header("idempotency-key", "first");
    let again = again.await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.body_at::<Category>(201).id, first.id);
    move_time(&app, "24 hours 1 minute").await;
    assert_eq!(clean_up(&app).await.map(|(keys, _)| keys), Some(1));
    assert_eq!(app.database.count(KEYS).await, 0);
}

#[tokio::test]
async fn sessions_are_removed_a_day_after_their_end_and_live_ones_stay() {
    let app = TestApp::start().await;
    let login = json!({"username": "johnd", "password": "m38rmF$"});
    let log_in = || app.anonymous().post("/api/v1/auth/login").json(&login);
    let ended: Login = log_in().await.body_at(200);
    let live: Login = log_in().await.body_at(200);
    let logout = json!({"refresh": ended.refresh});
    assert!(app.anonymous().post("/api/v1/auth/logout").json(&logout).await.status.is_success());
    assert_eq!(app.database.count(SESSIONS).await, 2);
    move_time(&app, "23 hours").await;
    assert_eq!(clean_up(&app).await, Some((0, 0)));
    move_time(&app, "25 hours").await;
    assert_eq!(clean_up(&app).await, Some((0, 1)), "the one that was ended");
    let refresh = json!({"refresh": live.refresh});
    let pair: TokenPair = app.anonymous().post("/api/v1/auth/refresh").json(&refresh).await.body_at(200);
    // A session expires 30 days after its last refresh, and is removed a day later.
    move_time(&app, "31 days").await;
    assert_eq!(clean_up(&app).await, Some((0, 0)));
    move_time(&app, "33 days").await;
    assert_eq!(clean_up(&app).await, Some((0, 1)));
    assert_eq!(app.database.count(SESSIONS).await, 0);
    let refresh = json!({"refresh": pair.refresh});
    assert_eq!(app.anonymous().post("/api/v1/auth/refresh").json(&refresh).await.status, 401);
}

#[tokio::test]
async fn more_than_a_batch_is_removed_and_by_one_process_at_a_time() {
    let app = TestApp::start().await;
    let make = "insert into idempotency_keys (principal, key, fingerprint, created_at)
            select 'user:1', 'key ' || number, '', app_now() - interval '25 hours' from generate_series(1, 2500) as number;
        insert into sessions (id, user_id, created_at, expires_at)
            select gen_random_uuid(), 1, app_now() - interval '40 days',
                app_now() + case when number % 5 = 0 then interval '1 hour' else interval '-2 days' end
            from generate_series(1, 2500) as number";
    app.database.client().batch_execute(make).await.expect("runs");
    let lock = "select pg_advisory_lock(x'636c65616e'::bigint)";
    app.database.client().batch_execute(lock).await.expect("runs");
    assert_eq!(clean_up(&app).await, None, "another process has the lock");
    let unlock = "select pg_advisory_unlock(x'636c65616e'::bigint)";
    app.database.client().batch_execute(unlock).await.expect("runs");
    assert_eq!(clean_up(&app).await, Some((2500, 2000)));
    assert_eq!(app.database.count(SESSIONS).await, 500, "those that go on");
}

#[tokio::test]
async fn the_apps_role_cannot_remove_a_session_that_goes_on() {
    let app = TestApp::start().await;
    let _user = app.user().await;
    let client = app.database.client_as_app().await;
    assert!(client.execute("delete from sessions", &[]).await.is_err(), "it may not delete");
    let nil = "select removed from remove_ended_sessions('00000000-0000-0000-0000-000000000000', 1000)";
    let removed: i64 = client.query_one(nil, &[]).await.expect("it may call").get(0);
    assert_eq!((removed, app.database.count(SESSIONS).await), (0, 1));
}

#[tokio::test]
async fn events_are_removed_after_a_week_if_none_has_published_them() {
    let app = TestApp::start().await;
    let change = "update products set price = price + 1 where id <= 3";
    app.database.client().batch_execute(change).await.expect("runs");
    move_time(&app, "167 hours").await;
    assert_eq!(clean_up_all(&app).await.map(|[.., events, _]| events), Some(0));
    app.database.client().batch_execute(change).await.expect("runs");
    move_time(&app, "169 hours").await;
    assert_eq!(clean_up_all(&app).await.map(|[.., events, _]| events), Some(3));
    assert_eq!(app.database.count("select count(*) from outbox").await, 3, "those of the last week");
    let many = "insert into outbox (aggregate, aggregate_id, type, payload)
        select 'stock', number, 'stock.changed', '{}' from generate_series(1, 2500) as number";
    app.database.client().batch_execute(many).await.expect("runs");
    move_time(&app, "400 hours").await;
    assert_eq!(clean_up_all(&app).await.map(|[.., events, _]| events), Some(2503), "more than a batch");
}
