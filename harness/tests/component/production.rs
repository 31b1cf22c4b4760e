//! Configurations and databases that a production server refuses.

use std::time::{Duration, Instant};

use agora_harness::{Anonymous, Client, Database, Mode, PRODUCTION, Program, Proxy, Setting, TestApp, stack};

/// Deadline for a server to notice that its database is available again, with headroom for a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Starts a server with a login and returns its error, if any.
async fn started(url: &str, settings: &[Setting]) -> Result<(), String> {
    let config = stack::config(url, &[&PRODUCTION, settings].concat())?;
    let listeners = agora::Listeners::bind(&config).await.expect("a free port");
    agora::serve(&config, listeners, std::future::ready(())).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn production_refuses_a_superuser_and_the_owner_of_the_schema() {
    let database = Database::create().await;
    database.unpublish_passwords().await;
    let now: [Setting; 1] = [("AGORA_DRAIN_SECONDS", "0")];
    let app = database.login_url("agora_app").await;
    assert_eq!(started(&app, &now).await, Ok(()));
    for url in [database.url(), &database.login_url("agora_owner").await] {
        let reported = started(url, &now).await.expect_err("is refused");
        assert!(reported.contains("agora_app"), "{reported}");
        assert_eq!(started(url, &[("AGORA_PROFILE", "sandbox")]).await, Ok(()), "a sandbox takes any");
    }
}

#[tokio::test]
async fn a_strong_login_is_not_used_when_its_database_comes_later() {
    for (role, is_served) in [(None, false), (Some("agora_owner"), false), (Some("agora_app"), true)] {
        let database = Database::create().await;
        database.unpublish_passwords().await;
        let url = match role {
            Some(role) => database.login_url(role).await,
            None => database.url().to_owned(),
        };
        let proxy = Proxy::start(&url);
        proxy.set(Mode::BlackHole).await;
        let app = TestApp::start_at(&proxy.url(&url), database, &PRODUCTION).await;
        assert_eq!(app.anonymous().get("/health/ready").await.status, 503);
        proxy.set(Mode::Pass).await;
        let deadline = Instant::now() + PATIENCE;
        // A least-privilege login becomes ready; an overprivileged one is refused at each of several attempts.
        loop {
            let ready = app.anonymous().get("/health/ready").await;
            let read = app.anonymous().get("/api/v1/products/1").await;
            if !is_served {
                assert_eq!((ready.status.as_u16(), read.status.as_u16()), (503, 503), "{role:?}");
            }
            if if is_served { ready.status == 200 } else { proxy.round_trips() >= 20 } {
                break;
            }
            assert!(Instant::now() < deadline, "the server does not try");
        }
    }
}

#[tokio::test]
async fn production_refuses_published_passwords_and_names_the_accounts() {
    let database = Database::create().await;
    let url = database.login_url("agora_app").await;
    let now: [Setting; 1] = [("AGORA_DRAIN_SECONDS", "0")];
    let reported = started(&url, &now).await.expect_err("is refused");
    for word in [
        "admin, ",
        "johnd",
        "update users set disabled_at = now() where username in ('admin', ",
        "create-admin",
    ] {
        assert!(reported.contains(word), "{word}: {reported}");
    }
    let run = async |sql: &str| database.client().batch_execute(sql).await.expect("runs");
    run("update users set disabled_at = now() where username <> 'staff'").await;
    let reported = started(&url, &now).await.expect_err("is refused");
    assert!(reported.contains("published passwords: staff.") && !reported.contains("johnd"), "{reported}");
    run("update users set disabled_at = now() where username = 'staff'").await;
    assert_eq!(started(&url, &now).await, Ok(()), "as the message says");
    database.unpublish_passwords().await;
    run("update users set disabled_at = null").await;
    assert_eq!(started(&url, &now).await, Ok(()), "with other passwords");
}

#[tokio::test]
async fn published_passwords_stop_a_server_once_its_database_is_available() {
    let database = Database::create().await;
    let url = database.login_url("agora_app").await;
    let proxy = Proxy::start(&url);
    proxy.set(Mode::BlackHole).await;
    let settings = [&PRODUCTION[..], &[("AGORA_DRAIN_SECONDS", "0")]].concat();
    let config = stack::config(&proxy.url(&url), &settings).expect("is usable");
    let listeners = agora::Listeners::bind(&config).await.expect("a free port");
    let base = listeners.api_base().expect("is bound");
    let serving = tokio::spawn(async move { agora::serve(&config, listeners, std::future::pending()).await });
    let ready = Client::<Anonymous>::new(&base, None).get("/health/ready").await;
    assert_eq!(ready.status, 503, "it serves without a database");
    proxy.set(Mode::Pass).await;
    let ended = tokio::time::timeout(PATIENCE, serving).await.expect("it ends").expect("it does not panic");
    assert!(ended.expect_err("is refused").to_string().contains("published"));
}

#[tokio::test]
async fn the_dataset_is_not_written_in_production_and_an_admin_is_created_instead() {
    let database = Database::create().await;
    database.unpublish_passwords().await;
    let settings = [&PRODUCTION[..], &[("DATABASE_MIGRATE_URL", database.url())]].concat();
    let config = stack::config(&database.login_url("agora_app").await, &settings).expect("is usable");
    let reported = agora::seed(&config).await.expect_err("is refused").to_string();
    assert!(reported.contains("create-admin"), "{reported}");
    let admin = |username: &str| agora::NewAdmin {
        username: username.to_owned(),
        email: format!("{username}@example.com"),
        password: "a-long-enough-secret".to_owned().into(),
    };
    agora::create_admin(&config, admin("root")).await.expect("is created");
    let reported = agora::create_admin(&config, admin("ROOT")).await.expect_err("is refused").to_string();
    assert!(reported.contains("username must be unique"), "{reported}");
    let reported = agora::create_admin(&config, admin("me")).await.expect_err("is refused").to_string();
    assert!(reported.contains("username"), "{reported}");
    let url = database.url().to_owned();
    let app = TestApp::start_at(&url, database, &[]).await;
    let login = serde_json::json!({"username": "root", "password": "a-long-enough-secret"});
    let login = app.anonymous().post("/api/v1/auth/login").json(&login).await;
    assert_eq!((login.status.as_u16(), &login.json()["user"]["role"]), (200, &"admin".into()));
}

#[tokio::test]
async fn the_program_hides_and_closes_in_production_what_nobody_has_opened() {
    let database = Database::create().await;
    database.unpublish_passwords().await;
    let url = database.login_url("agora_app").await;
    let settings = [
        ("AGORA_PROFILE", "production"),
        ("PUBLIC_URL", "https://shop.example"),
        ("PAYMENT_PROVIDER", "pseudo"),
    ];
    let server = Program::start(&url, &settings).await;
    let client = Client::<Anonymous>::new(&server.base, None);
    let body =
        serde_json::json!({"username": "newcomer", "email": "new@example.com", "password": "a-long-secret"});
    for call in [
        client.post("/api/v1/auth/register").json(&body),
        client.post("/__sandbox/reset"),
        client.get("/api/v1/registry/users"),
        client.get("/api/v1/carts/1"),
    ] {
        let response = call.header("origin", "https://elsewhere.example").await;
        assert_eq!(response.status, 404, "{}", response.text());
        assert_eq!(response.header("access-control-allow-origin"), "");
        assert_eq!(response.header("strict-transport-security"), "max-age=31536000; includeSubDomains");
    }
    let users = client.get("/api/v1/users").await;
    assert!(!users.text().contains("john@gmail.com"), "{}", users.text());
    assert_eq!(client.get("/api/v1/products/1").await.status, 200);
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_text_is_not_served() {
    let options = "encoding 'LATIN1' locale 'C' template template0";
    let (database, _) = Database::create_empty(options).await;
    let url = database.login_url("agora_app").await;
    let reported = started(&url, &[]).await.expect_err("is refused");
    assert!(reported.contains("LATIN1") && reported.contains("UTF8"), "{reported}");
}

#[tokio::test]
async fn options_of_the_url_are_kept_beside_ours() {
    let database = Database::create().await;
    database.unpublish_passwords().await;
    let url = database.login_url("agora_app").await;
    let separator = if url.contains('?') { '&' } else { '?' };
    let url = format!(
        "{url}{separator}options=-c%20work_mem%3D7MB%20-c%20statement_timeout%3D0&application_name=shop"
    );
    let app = TestApp::start_at(&url, database, &PRODUCTION).await;
    assert_eq!(app.anonymous().get("/health/ready").await.status, 200, "ours win, or else it is refused");
    // The readiness check uses the monitor's pool.
    for name in ["shop", "shop-monitor"] {
        let named = format!(
            "select count(*) from pg_stat_activity
             where datname = current_database() and application_name = '{name}'"
        );
        assert!(app.database.count(&named).await > 0, "{name}");
    }
}
