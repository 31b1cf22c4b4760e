//! Database sessions that PostgreSQL terminates, and a read-only PostgreSQL.

use std::future::IntoFuture as _;

use agora_harness::{Database, TestApp, TestResponse};
use serde_json::json;

use super::{Instant, STALE, reported_in_time};

/// Terminates all database sessions of the server.
pub(super) async fn end_sessions(database: &Database) {
    let end = "select pg_terminate_backend(pid, 5000) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()";
    database.client().batch_execute(end).await.expect("runs");
}

async fn set_read_only(database: &Database, word: &str) {
    let name: String =
        database.client().query_one("select current_database()", &[]).await.expect("runs").get(0);
    let set = format!("alter database {name} set default_transaction_read_only = {word}");
    // The superuser's own session is not affected.
    database.client().batch_execute(&set).await.expect("runs");
}

#[tokio::test]
async fn sessions_that_are_ended_are_replaced() {
    let app = TestApp::start_with(&[("DATABASE_POOL_SIZE", "4")]).await;
    let (nobody, user) = (app.anonymous(), app.user().await);
    for turn in 0..5 {
        end_sessions(&app.database).await;
        let category = user.post("/api/v1/categories").json(&json!({"name": format!("turn {turn}")}));
        assert_eq!(category.until_recovered().await.status, 201);
        assert_eq!(nobody.get("/api/v1/products/1").await.status, 200, "one is enough to know it of all");
    }
}

#[tokio::test]
async fn writes_in_a_terminated_session_are_reported_and_rolled_back() {
    let app = TestApp::start_with(&[("DATABASE_POOL_SIZE", "2")]).await;
    let user = app.user().await;
    let write =
        || user.post("/api/v1/categories").json(&json!({"name": "garden"})).header("idempotency-key", "k1");
    let lock = "begin; lock table categories in share mode";
    app.database.client().batch_execute(lock).await.expect("runs");
    let waiting = write();
    let waiting = tokio::spawn(async move { reported_in_time("a write", waiting).await });
    let locked = "select count(*) from pg_locks where relation = 'categories'::regclass and not granted";
    let deadline = Instant::now() + STALE;
    while app.database.count(locked).await == 0 {
        assert!(Instant::now() < deadline, "the write never came to the database");
    }
    end_sessions(&app.database).await;
    waiting.await.expect("is told");
    app.database.client().batch_execute("commit").await.expect("runs");
    let again = write().until_recovered().await;
    assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (201, ""));
    assert_eq!(app.database.count("select count(*) from categories where name = 'garden'").await, 1);
}

#[tokio::test]
async fn failures_of_postgresql_itself_are_reported_and_rolled_back() {
    let app = TestApp::start_with(&[("DATABASE_POOL_SIZE", "1")]).await;
    let user = app.user().await;
    // A session that was idle in its transaction, which a step of the clock makes of any; a transaction that took too long;
    // a full disk; no memory; a failure to read or write.
    for code in ["25P03", "25P04", "53100", "53200", "58030"] {
        let plant = format!(
            "create or replace function planted() returns trigger language plpgsql as $$ begin
                raise exception 'planted' using errcode = '{code}';
            end $$;
            create or replace trigger planted before insert on categories for each row execute function planted()"
        );
        app.database.client().batch_execute(&plant).await.expect("runs");
        let category = || user.post("/api/v1/categories").json(&json!({"name": format!("garden {code}")}));
        reported_in_time(code, category()).await;
        reported_in_time(code, category().header("idempotency-key", code)).await;
        app.database.client().batch_execute("drop trigger planted on categories").await.expect("runs");
        let again = category().header("idempotency-key", code).until_served().await;
        assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (201, ""), "{code}");
    }
}

#[tokio::test]
async fn a_database_that_only_reads_refuses_writes_for_as_long_as_it_does() {
    const CONNECTIONS: usize = 4;
    let app = TestApp::start_with(&[("DATABASE_POOL_SIZE", "4")]).await;
    let (nobody, user) = (app.anonymous(), app.user().await);
    set_read_only(&app.database, "on").await;
    end_sessions(&app.database).await;
    let login = json!({"username": "johnd", "password": "m38rmF$"});
    for turn in 0..2 * CONNECTIONS {
        let category = user.post("/api/v1/categories").json(&json!({"name": "garden"}));
        reported_in_time("a write", category).await;
        let key = format!("k{turn}");
        let cart = user.post("/api/v1/carts").json(&json!({"products": []})).header("idempotency-key", &key);
        reported_in_time("a write with a key", cart).await;
        reported_in_time("a login", nobody.post("/api/v1/auth/login").json(&login)).await;
    }
    let reads = [(); CONNECTIONS].map(|()| tokio::spawn(nobody.get("/api/v1/products/1").into_future()));
    for read in reads {
        assert_eq!(read.await.expect("answers").status, 200, "reads go on");
    }
    set_read_only(&app.database, "off").await;
    // Each old session may refuse once, then it is discarded.
    let mut refused = 0;
    while user.post("/api/v1/categories").json(&json!({"name": "garden"})).await.status != 201 {
        refused += 1;
        assert!(refused <= CONNECTIONS, "a session that only reads is used again");
    }
    assert_eq!(nobody.post("/api/v1/auth/login").json(&login).until_recovered().await.status, 200);
}

#[tokio::test]
async fn statements_with_a_changed_result_are_prepared_again() {
    let app = TestApp::start_with(&[("DATABASE_POOL_SIZE", "1")]).await;
    let (nobody, user) = (app.anonymous(), app.user().await);
    let address = json!({"city": "mesa", "street": "main", "number": 1, "zipcode": "1"});
    let write = || user.post("/api/v1/users/me/addresses").json(&address);
    assert_eq!(write().await.status, 201);
    let paths = ["/api/v1/users", "/api/v1/users?limit=5", "/api/v1/users/1"];
    for kind in ["varchar(300)", "text"] {
        // Lists take one statement; pages take several in one round trip.
        for path in paths {
            assert_eq!(nobody.get(path).await.status, 200);
        }
        // A column that a view shows changes only together with the view.
        let change = format!(
            "do $$ declare shown text := pg_get_viewdef('user_view'::regclass); begin
                drop view user_view;
                alter table users alter column location type {kind};
                alter table addresses alter column city type {kind};
                execute 'create view user_view with (security_invoker = true) as ' || shown;
                grant select on user_view to agora_app;
            end $$"
        );
        app.database.client().batch_execute(&change).await.expect("runs");
        for path in paths {
            assert_eq!(nobody.get(path).await.status, 200, "{path} after {kind}");
        }
        let after = write().until_recovered().await;
        assert_eq!(after.status, 201, "a write is asked again, on another connection");
    }
}

#[tokio::test]
async fn a_request_that_gets_no_connection_in_time_reports_that_the_server_is_busy() {
    let app = TestApp::start_with(&[("DATABASE_POOL_SIZE", "1")]).await;
    let lock = "begin; lock table products in access exclusive mode";
    app.database.client().batch_execute(lock).await.expect("locks");
    let nobody = app.anonymous();
    let first = tokio::spawn(nobody.get("/api/v1/products/1").into_future());
    let other = Database::from_url(app.database.url()).await;
    let waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
    while other.count(waiting).await == 0 {}
    let reason = |response: &TestResponse| response.json()["error"]["details"]["reason"].clone();
    let second = nobody.get("/api/v1/categories").await;
    assert_eq!((second.status.as_u16(), reason(&second)), (503, "busy".into()));
    let first = first.await.expect("responds");
    assert_eq!((first.status.as_u16(), reason(&first)), (503, "dependency".into()));
}
