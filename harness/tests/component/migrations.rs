//! `agora migrate`: required privileges, accepted databases, and concurrent runs.

use std::time::{Duration, Instant};

use agora_harness::{Database, stack};

/// Deadline of every wait, with headroom for a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

async fn migrate(url: &str) -> Result<usize, String> {
    let config = stack::config(url, &[])?;
    agora::migrate(&config).await.map_err(|error| error.to_string())
}

/// Returns an empty database and the URL of its owner, a member of the role that owns Agora's schemas.
async fn prepared() -> (Database, String) {
    let (database, url) = Database::create_empty("").await;
    // The shared test cluster already has the roles, and another login created them.
    let grant = format!("grant agora_owner to {}", user(&url));
    database.client().batch_execute(&grant).await.expect("runs");
    (database, url)
}

fn user(url: &str) -> String {
    let config: tokio_postgres::Config = url.parse().expect("a URL");
    config.get_user().expect("a URL with a user").to_owned()
}

async fn version(database: &Database) -> i64 {
    database.count("select current_setting('server_version_num')::bigint").await
}

/// Waits until a statement returns this number.
async fn until(database: &Database, sql: &str, expected: i64) {
    let deadline = Instant::now() + PATIENCE;
    while database.count(sql).await != expected {
        assert!(Instant::now() < deadline, "never {expected}: {sql}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_documented_login_migrates_and_finds_nothing_to_do_the_second_time() {
    let (database, url) = prepared().await;
    let count = migrate(&url).await.expect("migrates");
    assert!(count > 10, "{count}");
    assert_eq!(migrate(&url).await, Ok(0));
    let foreign = "select count(*) from pg_class where relnamespace = 'public'::regnamespace
        and relkind in ('r', 'v') and relname <> 'refinery_schema_history' and relowner <> 'agora_owner'::regrole";
    assert_eq!(database.count(foreign).await, 0, "everything is the owner's");
    let config = stack::config(&url, &[]).expect("is usable");
    agora::seed(&config).await.expect("the login acts as the owner");
}

#[tokio::test]
async fn replicas_that_migrate_at_once_take_turns() {
    let (database, url) = prepared().await;
    let (one, other, third) = tokio::join!(migrate(&url), migrate(&url), migrate(&url));
    let mut counts = [one, other, third].map(|count| count.expect("migrates"));
    counts.sort_unstable();
    assert!(counts[2] > 10 && counts[..2] == [0, 0], "{counts:?}");
    let applied = i64::try_from(counts[2]).expect("a small number");
    assert_eq!(database.count("select count(*) from refinery_schema_history").await, applied);
}

#[tokio::test]
async fn a_login_without_the_owner_role_gets_the_remedy() {
    let (database, url) = Database::create_empty("").await;
    let outcome = migrate(&url).await;
    if version(&database).await < 160_000 {
        assert!(outcome.is_ok(), "CREATEROLE was enough before PostgreSQL 16: {outcome:?}");
        return;
    }
    let reported = outcome.expect_err("the roles are another login's");
    assert!(reported.contains("grant agora_owner to") && reported.contains("42501"), "{reported}");
    // A member that may not act as the owner, like the creator of a role since PostgreSQL 16.
    let grant = format!("grant agora_owner to {} with admin true, set false, inherit false", user(&url));
    database.client().batch_execute(&grant).await.expect("runs");
    assert!(migrate(&url).await.expect("grants itself what it lacks") > 10);
}

#[tokio::test]
async fn databases_that_cannot_hold_every_text_are_refused() {
    for encoding in ["LATIN1", "SQL_ASCII"] {
        let options = format!("encoding '{encoding}' locale 'C' template template0");
        let (database, url) = Database::create_empty(&options).await;
        let reported = migrate(&url).await.expect_err("is refused");
        assert!(reported.contains(encoding) && reported.contains("UTF8"), "{reported}");
        assert_eq!(database.count("select count(*) from pg_class where relname = 'users'").await, 0);
    }
}

#[tokio::test]
async fn migrations_wait_for_those_that_run() {
    let (database, url) = prepared().await;
    database.client().batch_execute("select pg_advisory_lock(x'61676f7261'::bigint)").await.expect("runs");
    let other = url.clone();
    let migrating = tokio::spawn(async move { migrate(&other).await });
    let waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = current_database())";
    until(&database, waiting, 1).await;
    assert_eq!(database.count("select count(*) from pg_class where relname = 'users'").await, 0);
    database.client().batch_execute("select pg_advisory_unlock(x'61676f7261'::bigint)").await.expect("runs");
    assert!(migrating.await.expect("no panic").expect("migrates") > 10);
}

#[tokio::test]
async fn migrations_wait_for_a_lock_in_short_turns_and_go_on_when_it_is_given() {
    let (database, url) = prepared().await;
    migrate(&url).await.expect("migrates");
    let lock = "begin; lock table refinery_schema_history in access exclusive mode";
    database.client().batch_execute(lock).await.expect("runs");
    let migrating = tokio::spawn(async move { migrate(&url).await });
    let waiting = "select count(*) from pg_locks
        where relation = 'refinery_schema_history'::regclass and not granted";
    until(&database, waiting, 1).await;
    until(&database, waiting, 0).await;
    if migrating.is_finished() {
        panic!("it gives up after one try: {:?}", migrating.await);
    }
    until(&database, waiting, 1).await;
    database.client().batch_execute("commit").await.expect("runs");
    assert_eq!(migrating.await.expect("no panic"), Ok(0));
}

#[tokio::test]
async fn logins_of_the_server_have_their_settings_in_this_database_alone() {
    let (database, url) = prepared().await;
    migrate(&url).await.expect("migrates");
    let login = database.login_url("agora_app").await;
    if version(&database).await >= 160_000 {
        let grant = format!("grant {} to {} with admin option", user(&login), user(&url));
        database.client().batch_execute(&grant).await.expect("runs");
    }
    assert_eq!(migrate(&url).await, Ok(0));
    let config: tokio_postgres::Config = login.parse().expect("a URL");
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.expect("logs in");
    tokio::spawn(connection);
    let settings =
        "select current_user::text, current_setting('statement_timeout'), current_setting('lock_timeout'),
        current_setting('plan_cache_mode'), current_setting('jit')";
    let row = client.query_one(settings, &[]).await.expect("runs");
    assert_eq!(
        (row.get::<_, &str>(0), row.get::<_, &str>(1), row.get::<_, &str>(2)),
        ("agora_app", "1400ms", "1200ms")
    );
    // With them, long statements are neither planned nor compiled at each execution.
    assert_eq!((row.get::<_, &str>(3), row.get::<_, &str>(4)), ("force_generic_plan", "off"));
    let elsewhere = "select count(*) from pg_db_role_setting where setdatabase = 0";
    assert_eq!(database.count(elsewhere).await, 0);
}

#[tokio::test]
async fn refusals_have_code_and_remedy_without_the_password() {
    let (_database, url) = prepared().await;
    let (base, name) = url.rsplit_once('/').expect("a URL with a database");
    let nobody = url.replace(&user(&url), "nobody_at_all");
    // With password authentication, PostgreSQL does not reveal which names exist.
    let asks_for_passwords = migrate(&nobody).await.is_err_and(|reported| reported.contains("28P01"));
    let expected = if asks_for_passwords {
        ["28P01", "password authentication failed", "correct the user and password"]
    } else {
        ["28000", "does not exist", "create role"]
    };
    for (url, words) in [
        (format!("{base}/no_such_database"), ["3D000", "does not exist", "create database"]),
        (nobody, expected),
        (format!("postgres://x:geheim@127.0.0.1:1/{name}"), ["refused", "start PostgreSQL", "port"]),
        (format!("postgres://x:geheim@no.such.host.invalid/{name}"), ["lookup", "host", "DNS"]),
    ] {
        let reported = migrate(&url).await.expect_err("is refused");
        for word in words {
            assert!(reported.contains(word), "{reported} lacks {word}");
        }
        assert!(!reported.contains("geheim"), "{reported}");
    }
}
