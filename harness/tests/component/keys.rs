//! API keys: programs act for a user within the scopes of a key, until it ends.

use std::time::{Duration, Instant};

use agora_api::models::{ApiKey, ApiKeyPage, CreatedApiKey, Order, ProblemCode};
use agora_harness::{Anonymous, Client, TestApp, User};
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use tokio::task::JoinSet;

const KEYS: &str = "/api/v1/api-keys";
/// Maximum time until a replica refuses what another one has ended, with headroom for a busy machine.
const HEARSAY: Duration = Duration::from_secs(10);
/// Maximum time until a use is noted.
const NOTED: Duration = Duration::from_secs(10);

async fn create(user: &Client<User>, name: &str, scopes: &[&str]) -> CreatedApiKey {
    user.post(KEYS).json(&json!({"name": name, "scopes": scopes})).await.body_at(201)
}

fn path(key: &CreatedApiKey) -> String {
    format!("{KEYS}/{}", key.id)
}

/// Returns a client that sends a key as a bearer token.
fn bearing(app: &TestApp, key: &CreatedApiKey) -> Client<Anonymous> {
    app.anonymous().with_token(&key.secret)
}

#[tokio::test]
async fn a_key_is_created_used_listed_and_deleted() {
    let app = TestApp::start().await;
    let user = app.user().await;
    assert_json_snapshot!("api_keys", user.get(KEYS).await.json());
    let body = json!({"name": "Stock", "scopes": ["stock:write", "orders:read", "stock:write"]});
    let response = user.post(KEYS).json(&body).await;
    let key: CreatedApiKey = response.body_at(201);
    assert_eq!((response.header("location"), response.header("cache-control")), (&*path(&key), "no-store"));
    assert_eq!(response.json()["scopes"], json!(["orders:read", "stock:write"]), "each once");

    let stock = "/api/v1/products/1/stock";
    let by_header = app.anonymous().patch(stock).header("x-api-key", &key.secret).json(&json!({"delta": 1}));
    assert_eq!(by_header.await.json()["available"], 101);
    assert_eq!(bearing(&app, &key).patch(stock).json(&json!({"delta": 1})).await.json()["available"], 102);
    assert_eq!(bearing(&app, &key).get("/api/v1/orders").await.status, 200);

    let page: ApiKeyPage = user.get(KEYS).await.body_at(200);
    assert_eq!((page.meta.total, page.data.len(), page.data[0].id), (2, 2, key.id), "newest first");
    let newest: ApiKeyPage = user.get(&format!("{KEYS}?limit=1")).await.body_at(200);
    assert!(newest.meta.next.is_some() && newest.meta.prev.is_none());
    let none: ApiKeyPage = user.get(&format!("{KEYS}?limit=1&page=10000")).await.body_at(200);
    assert!(none.data.is_empty());
    let older: ApiKeyPage = user.get(&format!("{KEYS}?limit=1&page=2")).await.body_at(200);
    assert_eq!(older.data[0], page.data[1]);
    let read = user.get(&path(&key)).await;
    assert_eq!((read.status.as_u16(), read.json().get("secret")), (200, None));
    let tag = read.header("etag").to_owned();
    assert_eq!(user.delete(&path(&key)).header("if-match", "\"x\"").await.status, 412);
    // The noted use may have changed the representation.
    let etag = user.get(&path(&key)).await.header("etag").to_owned();
    assert!(!tag.is_empty() && !etag.is_empty());
    assert_eq!(user.delete(&path(&key)).await.status, 204);
    assert_eq!(user.delete(&path(&key)).await.status, 404);
    assert_eq!(user.get(&path(&key)).await.status, 404);
    assert_eq!(user.get(KEYS).await.json()["meta"]["total"], 1);
    let endless = json!({"name": "Endless", "scopes": ["orders:read"], "expires_at": null});
    assert_eq!(user.post(KEYS).json(&endless).await.body_at::<CreatedApiKey>(201).expires_at, None);
    let refused = bearing(&app, &key).get("/api/v1/orders").await.problem_at(401);
    assert_eq!(refused.error.code, ProblemCode::TokenInvalid);
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say_and_acts_for_its_user() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let key = create(&user, "Orders", &["orders:read"]).await;
    let program = bearing(&app, &key);
    let own = user.get("/api/v1/orders").await.json();
    assert_eq!(program.get("/api/v1/orders").await.json(), own);
    let refused = program.get("/api/v1/bag").await;
    assert_eq!(refused.problem_at(403).detail, "The credential lacks the scope `bag:read`");
    assert!(refused.header("www-authenticate").contains("error=\"insufficient_scope\", scope=\"bag:read\""));
    let basket = json!({"items": [{"product_id": 9, "quantity": 1}]});
    let order = |client: &Client<Anonymous>| {
        client.post("/api/v1/orders").header("idempotency-key", "k1").json(&basket)
    };
    assert_eq!(order(&program).await.status, 403);
    let writer = bearing(&app, &create(&user, "Shop", &["orders:write"]).await);
    let placed: Order = order(&writer).await.body_at(201);
    assert_eq!(placed.buyer_id, 1);
    assert_eq!(user.get(&format!("/api/v1/orders/{}", placed.id)).await.status, 200);
    assert_eq!(writer.get(&format!("/api/v1/orders/{}", placed.id)).await.status, 403, "no orders:read");
}

#[tokio::test]
async fn on_public_operations_a_key_without_the_scope_counts_as_no_credential() {
    let app = TestApp::start().await;
    let user = app.user().await;
    assert_eq!(user.post("/api/v1/products/1/archive").await.status, 200);
    let product = "/api/v1/products/1";
    let reader = create(&user, "Reader", &["products:read"]).await;
    let other = create(&user, "Other", &["products:write"]).await;
    assert_eq!(bearing(&app, &reader).get(product).await.status, 200, "its owner sees it");
    assert_eq!(bearing(&app, &other).get(product).await.status, 404);
    assert_eq!(bearing(&app, &other).get("/api/v1/products/2").await.status, 200);
    let seen = app.anonymous().get(product).header("x-api-key", &reader.secret).await;
    assert_eq!(
        (seen.status.as_u16(), seen.header("cache-control")),
        (200, "private, no-cache, no-transform")
    );
}

#[tokio::test]
async fn keys_are_managed_by_signed_in_users_only() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let scopes: Vec<&str> = vec!["users:read", "products:write"];
    let key = create(&user, "All", &scopes).await;
    for target in [KEYS, "/api/v1/auth/me"] {
        let refused = bearing(&app, &key).get(target).await.problem_at(403);
        assert_eq!(refused.detail, "Sign in for this operation: it takes no API keys", "{target}");
        let by_header = app.anonymous().get(target).header("x-api-key", &key.secret).await;
        assert_eq!(by_header.problem_at(401).error.code, ProblemCode::Unauthorized, "{target}");
    }
    let more = bearing(&app, &key).post(KEYS).json(&json!({"name": "x", "scopes": ["orders:write"]})).await;
    assert_eq!(more.status, 403);
    let all = bearing(&app, &key).post("/api/v1/auth/logout-all").await;
    assert_eq!(all.status, 403);
}

#[tokio::test]
async fn names_are_unique_so_that_a_retry_creates_no_second_key() {
    let app = TestApp::start().await;
    let (user, other) = (app.user().await, app.other_user().await);
    let body = json!({"name": "Straße", "scopes": ["orders:read"]});
    let mut retries = JoinSet::new();
    for _ in 0..8 {
        retries.spawn(user.post(KEYS).json(&body).until_served());
    }
    let statuses: Vec<u16> = retries.join_all().await.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 409].contains(status)), "{statuses:?}");
    let taken = user.post(KEYS).json(&json!({"name": "STRASSE", "scopes": ["bag:read"]})).await;
    assert_eq!(taken.problem_at(409).error.details["fields"]["name"][0]["rule"], "unique");
    assert_eq!(other.post(KEYS).json(&body).await.status, 201, "another user's names do not matter");
    let page: ApiKeyPage = user.get(KEYS).await.body_at(200);
    assert_eq!(user.delete(&format!("{KEYS}/{}", page.data[0].id)).await.status, 204);
    assert_eq!(user.post(KEYS).json(&body).await.status, 201, "the name of a deleted key is free");
}

#[tokio::test]
async fn a_user_has_at_most_100_keys() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let fill = "with made as (
            insert into sessions (id, user_id, expires_at)
            select gen_random_uuid(), 1, 'infinity' from generate_series(1, 98)
            returning id
        )
        insert into api_keys (uuid, user_id, name, scopes, secret_hash)
        select id, 1, id::text, '{bag:read}', decode(repeat('01', 32), 'hex') from made";
    app.database.client().batch_execute(fill).await.expect("runs");
    create(&user, "The 100th", &["bag:read"]).await;
    let refused = user.post(KEYS).json(&json!({"name": "More", "scopes": ["bag:read"]})).await;
    assert_eq!(refused.problem_at(409).error.details["limit"], 100);
    assert_eq!(user.get(&format!("{KEYS}?limit=100")).await.json()["meta"]["total"], 100);
}

#[tokio::test]
async fn a_key_ends_at_its_time_also_while_it_is_remembered() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let at = |seconds: i64| {
        format!("select to_char(app_now() + interval '{seconds} s', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
    };
    let time = async |seconds: i64| -> String {
        let row = app.database.client().query_one(&at(seconds), &[]).await.expect("runs");
        row.get(0)
    };
    let past = json!({"name": "Past", "scopes": ["bag:read"], "expires_at": time(-1).await});
    let refused = user.post(KEYS).json(&past).await.problem_at(400);
    assert_eq!(refused.error.details["fields"]["expires_at"][0]["rule"], "future");
    let body = json!({"name": "Hour", "scopes": ["bag:read"], "expires_at": time(3600).await});
    let key: CreatedApiKey = user.post(KEYS).json(&body).await.body_at(201);
    assert_eq!(bearing(&app, &key).get("/api/v1/bag").await.status, 200);
    let step = json!({"advance_seconds": 3601});
    assert_eq!(app.anonymous().post("/__sandbox/clock").json(&step).await.status, 200);
    let expired = bearing(&app, &key).get("/api/v1/bag").await;
    assert_eq!(expired.problem_at(401).error.code, ProblemCode::TokenExpired);
    let user = app.user().await;
    let read: ApiKey = user.get(&path(&key)).await.body_at(200);
    assert!(read.expires_at.is_some(), "its user sees why it is refused");
    assert_eq!(user.get(KEYS).await.body_at::<ApiKeyPage>(200).data[0], read);
}

/// Waits until the last use of a key is after a time of the database.
async fn used_after(app: &TestApp, key: &CreatedApiKey, age: &str) {
    let used = format!(
        "select count(*) from api_keys where uuid = '{}' and last_used_at > app_now() - interval '{age}'",
        key.id
    );
    let deadline = Instant::now() + NOTED;
    while app.database.count(&used).await == 0 {
        assert!(Instant::now() < deadline, "the use is not noted");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_last_use_is_noted_once_a_minute() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let (lately, before) = (create(&user, "A", &["bag:read"]).await, create(&user, "B", &["bag:read"]).await);
    for key in [&lately, &before] {
        let unused: ApiKey = user.get(&path(key)).await.body_at(200);
        assert!(unused.last_used_at.is_none());
        assert_eq!(bearing(&app, key).get("/api/v1/bag").await.status, 200);
        used_after(&app, key, "1 hour").await;
    }
    let age = async |key: &CreatedApiKey, seconds: i64| {
        let set = format!(
            "update api_keys set last_used_at = app_now() - interval '{seconds} s' where uuid = '{}'",
            key.id
        );
        app.database.client().batch_execute(&set).await.expect("runs");
        user.get(&path(key)).await.json()["last_used_at"].clone()
    };
    let (kept, _) = (age(&lately, 40).await, age(&before, 61).await);
    // Another server has not remembered the keys.
    let replica = app.replica().await;
    for key in [&lately, &before] {
        assert_eq!(bearing(&replica, key).get("/api/v1/bag").await.status, 200);
    }
    used_after(&app, &before, "30 s").await;
    assert_eq!(user.get(&path(&lately)).await.json()["last_used_at"], kept);
}

/// Asks a replica with a key until it refuses it. Returns the time that passed.
async fn refused_by(replica: &TestApp, key: &CreatedApiKey) -> Duration {
    let (client, begun) = (bearing(replica, key), Instant::now());
    while client.get("/api/v1/categories").await.status != 401 {
        assert!(begun.elapsed() < HEARSAY, "the key goes on");
    }
    begun.elapsed()
}

#[tokio::test]
async fn whatever_ends_a_key_ends_it_on_every_replica() {
    let app = TestApp::start().await;
    let replica = app.replica().await;
    let ways = ["delete", "logout-all", "password", "disabled", "deleted user"];
    for way in ways {
        let name = way.replace([' ', '-'], "");
        let body = json!({"username": name, "email": format!("{name}@example.com"), "password": "a-long-enough-secret"});
        let registered: Value = app.anonymous().post("/api/v1/auth/register").json(&body).await.json();
        let token = registered["access"].as_str().expect("a token");
        let user = app.anonymous().with_token(token);
        let body = json!({"name": "Key", "scopes": ["categories:read"]});
        let key: CreatedApiKey = user.post(KEYS).json(&body).await.body_at(201);
        for server in [&app, &replica] {
            assert_eq!(bearing(server, &key).get("/api/v1/categories").await.status, 200, "{way}");
        }
        let status = match way {
            "delete" => user.delete(&path(&key)).await.status.as_u16(),
            "logout-all" => user.post("/api/v1/auth/logout-all").await.status.as_u16(),
            "password" => {
                let body =
                    json!({"old_password": "a-long-enough-secret", "new_password": "another-long-secret"});
                user.post("/api/v1/auth/password").json(&body).await.status.as_u16()
            }
            "deleted user" => user.delete(&format!("/api/v1/users/{name}")).await.status.as_u16(),
            _ => {
                let disable = format!("update users set disabled_at = app_now() where username = '{name}'");
                app.database.client().batch_execute(&disable).await.expect("runs");
                200
            }
        };
        assert!([200, 204].contains(&status), "{way}: {status}");
        let seconds = refused_by(&replica, &key).await.as_secs_f64();
        eprintln!("{way}: refused by the replica after {seconds:.3} s");
        refused_by(&app, &key).await;
        let left = format!(
            "select count(*) from api_keys join sessions on sessions.id = uuid where uuid = '{}' and revoked_at is null",
            key.id
        );
        assert_eq!(app.database.count(&left).await, 0, "{way}");
    }
}

#[tokio::test]
async fn a_malformed_key_needs_no_connection_and_a_remembered_one_no_query() {
    let (app, proxy) = TestApp::start_counted().await;
    let user = app.user().await;
    let key = create(&user, "Counted", &["products:read"]).await;
    let product = "/api/v1/products/1";
    let least = async |call: &dyn Fn() -> agora_harness::Call| {
        let mut least = u64::MAX;
        for _ in 0..10 {
            let before = proxy.round_trips();
            call().await;
            least = least.min(proxy.round_trips() - before);
        }
        least
    };
    assert_eq!(least(&|| bearing(&app, &key).get(product)).await, 1, "the product alone");
    let (head, last) = key.secret.split_at(87);
    let other = if last == "0" { "1" } else { "0" };
    for bad in [format!("{head}{other}"), key.secret.to_uppercase(), head.to_owned(), "agora_".to_owned()] {
        assert_eq!(app.anonymous().get(product).header("x-api-key", &bad).await.status, 401);
        assert_eq!(least(&|| app.anonymous().get(product).header("x-api-key", &bad)).await, 0);
        if bad.starts_with("agora_") {
            assert_eq!(app.anonymous().with_token(&bad).get(product).await.status, 401);
        }
    }
    let token = user.token().expect("signed in").to_owned();
    let both = app.anonymous().with_token(&token).get(product).header("x-api-key", &key.secret);
    assert_eq!(both.await.problem_at(401).error.code, ProblemCode::TokenInvalid, "which of the two?");
}

#[tokio::test]
async fn the_secret_is_stored_nowhere() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let key = create(&user, "Secret", &["bag:read"]).await;
    assert_eq!(bearing(&app, &key).get("/api/v1/bag").await.status, 200);
    let random = key.secret.split('_').nth(2).expect("four parts").to_owned();
    let tables =
        "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'";
    for row in app.database.client().query(tables, &[]).await.expect("runs") {
        let table: String = row.get(0);
        let held = format!("select count(*) from {table} as held where held::text like '%{random}%'");
        assert_eq!(app.database.count(&held).await, 0, "{table}");
    }
}

#[tokio::test]
async fn a_key_of_a_session_that_ends_meanwhile_is_not_created() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let (hold, other) = (app.database.client(), agora_harness::Database::from_url(app.database.url()).await);
    let locked = "begin; select from users where id = 1 for update; \
        update sessions set revoked_at = app_now(), revoked_for = 'logout-all' where user_id = 1";
    other.client().batch_execute(locked).await.expect("runs");
    let call =
        tokio::spawn(user.post(KEYS).json(&json!({"name": "Late", "scopes": ["bag:read"]})).into_future());
    let waits = "select count(*) from pg_stat_activity where datname = current_database()
        and wait_event_type = 'Lock' and query like '%credentials.lock_user%'";
    while app.database.count(waits).await == 0 {
        assert!(!call.is_finished(), "the creation did not wait for the user");
        tokio::task::yield_now().await;
    }
    other.client().batch_execute("commit").await.expect("runs");
    assert_eq!(call.await.expect("responds").status, 401);
    let found = hold.query_one("select count(*) from api_keys where name = 'Late'", &[]).await.expect("runs");
    assert_eq!(found.get::<_, i64>(0), 0);
}

#[tokio::test]
async fn a_forged_secret_is_refused_and_so_is_a_key_of_a_user_who_was_disabled_before_it_was_used() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let key = create(&user, "Known", &["products:read"]).await;
    let mut parts: Vec<String> = key.secret.split('_').map(str::to_owned).collect();
    parts[2] = parts[2].chars().rev().collect();
    let signed = parts[..3].join("_");
    let forged = format!("{signed}_{:08x}", crc32fast::hash(signed.as_bytes()));
    assert_ne!(forged, key.secret);
    let product = "/api/v1/products/1";
    let refused = app.anonymous().with_token(&forged).get(product).await;
    assert_eq!((refused.status.as_u16(), refused.header("cache-control")), (401, "no-store"));
    assert_eq!(bearing(&app, &key).get(product).await.status, 200);

    let other = create(&app.other_user().await, "Unused", &["products:read"]).await;
    // Without the trigger that ends the sessions of a disabled user.
    let disable =
        "set session_replication_role = replica; update users set disabled_at = app_now() where id = 2";
    let database = agora_harness::Database::from_url(app.database.url()).await;
    database.client().batch_execute(disable).await.expect("runs");
    assert_eq!(bearing(&app, &other).get(product).await.status, 401, "its user is disabled");
}

#[tokio::test]
async fn browsers_may_send_every_credential() {
    let app = TestApp::start().await;
    let preflight = app
        .anonymous()
        .call(reqwest::Method::OPTIONS, "/api/v1/orders")
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "x-api-key")
        .await;
    assert!(preflight.header("access-control-allow-headers").contains("x-api-key"));
}

#[tokio::test]
async fn no_key_that_is_created_during_a_sign_out_everywhere_outlives_it() {
    let app = TestApp::start().await;
    for turn in 0..5 {
        let user = app.user().await;
        let mut creations = JoinSet::new();
        for number in 0..8 {
            let body = json!({"name": format!("{turn} {number}"), "scopes": ["bag:read"]});
            creations.spawn(user.post(KEYS).json(&body).into_future());
        }
        assert_eq!(user.post("/api/v1/auth/logout-all").await.status, 200);
        creations.join_all().await;
        let live = "select count(*) from sessions where user_id = 1 and revoked_at is null";
        assert_eq!(app.database.count(live).await, 0, "turn {turn}");
    }
}

#[tokio::test]
async fn an_end_is_a_time_that_responses_can_show() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for (given, shown) in [
        ("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999999Z"),
        ("2126-12-31T23:59:60Z", "2127-01-01T00:00:00.000000Z"),
        ("2126-01-05T10:30:00.123456789+01:00", "2126-01-05T09:30:00.123456Z"),
    ] {
        let body = json!({"name": given, "scopes": ["bag:read"], "expires_at": given});
        let created = user.post(KEYS).json(&body).await;
        assert_eq!(created.json()["expires_at"], shown);
        let key: CreatedApiKey = created.body_at(201);
        assert_eq!(user.get(&path(&key)).await.json()["expires_at"], shown);
    }
}
