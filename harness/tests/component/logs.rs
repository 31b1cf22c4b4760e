//! Log lines: each names its request, also where the client has gone away, and none has a secret in it.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use agora_api::models::{Login, Registration, TokenPair};
use agora_harness::{Database, Setting, TestApp, raw, stack};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

const LOGIN: &str = "/api/v1/auth/login";
const REFRESH: &str = "/api/v1/auth/refresh";
/// How long a line may take to be written, with room for a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// What this process has logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Logs as a server with some settings does.
    fn start(settings: &[Setting]) -> Self {
        let log = Self::default();
        let writer = log.clone();
        let config = stack::config("postgres://nobody@nowhere/nothing", settings).expect("is usable");
        agora::start_logging_to(&config, false, move || writer.clone());
        log
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("nobody panicked").clone()).expect("UTF-8")
    }

    /// The lines that fit, once there are any.
    async fn lines(&self, fits: impl Fn(&Value) -> bool) -> Vec<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = self.text();
            let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
            let lines: Vec<Value> = lines.filter(&fits).collect();
            if !lines.is_empty() {
                return lines;
            }
            assert!(Instant::now() < deadline, "there is no such line: {text}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn every_line_of_a_request_names_it_however_deep_it_is_written() {
    let log = Log::start(&[("LOG_LEVEL", "warn,agora::access=info"), ("LOG_FORMAT", "json")]);
    let app = TestApp::start().await;
    let body = json!({"username": "johnd", "password": "m38rmF$"});
    let login: Login = app.anonymous().post(LOGIN).json(&body).await.body_at(200);
    let mut refresh = login.refresh.clone();
    for _ in 0..2 {
        let pair: TokenPair =
            app.anonymous().post(REFRESH).json(&json!({"refresh": refresh})).await.body_at(200);
        refresh = pair.refresh;
    }
    let stolen = app.anonymous().post(REFRESH).header("x-request-id", "mine-1");
    assert_eq!(stolen.json(&json!({"refresh": login.refresh})).await.status, 401);
    let deep =
        &log.lines(|line| line["message"].as_str().is_some_and(|text| text.contains("used twice"))).await[0];
    let request = json!({"name": "request", "request_id": "mine-1", "method": "POST", "path": REFRESH});
    assert_eq!(deep["span"], request, "{deep}");
    let access = log.lines(|line| line["target"] == "agora::access" && line["request_id"] == "mine-1").await;
    assert_eq!(access.len(), 1);
    assert_eq!(
        (&access[0]["operation"], &access[0]["status"], &access[0]["path"]),
        (&json!("create_refresh"), &json!(401), &json!(REFRESH))
    );
    assert!(access[0]["milliseconds"].as_f64().is_some_and(|time| time > 0.0));
}

#[tokio::test]
async fn a_request_whose_client_goes_away_is_logged_and_counted_as_499() {
    let log = Log::start(&[("LOG_LEVEL", "info"), ("LOG_FORMAT", "json")]);
    let app = TestApp::start_with(&[("AGORA_METRICS_BIND", "127.0.0.1:0")]).await;
    app.database
        .client()
        .batch_execute("begin; lock table products in access exclusive mode")
        .await
        .expect("locks");
    let mut stream = raw::connect(app.address()).await;
    let request = b"HEAD /api/v1/products/1 HTTP/1.1\r\nHost: x\r\nX-Request-Id: gone-1\r\n\r\n";
    stream.write_all(request).await.expect("the server reads");
    let waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
    let other = Database::of(app.database.url()).await;
    while other.count(waiting).await == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(stream);
    let lines = log.lines(|line| line["request_id"] == "gone-1").await;
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["status"], &lines[0]["operation"]), (&json!(499), &json!("get_product")));
    let counted = app.counter("agora_requests_total{operation=\"get_product\",status=\"499\"}").await;
    assert_eq!(counted, 1);
}

#[tokio::test]
async fn no_secret_is_logged_at_any_level() {
    let secrets = ["AGORA_SECRETS", "kq3Hc0eJm9nS2rVt5uXw8yZb1dFg4hKl7mNo0pQr3sU="];
    let settings: [Setting; 3] = [("LOG_LEVEL", "trace"), ("LOG_FORMAT", "json"), (secrets[0], secrets[1])];
    let log = Log::start(&settings);
    let database = Database::create().await;
    let url = database.login_url("agora_app").await.replacen(":login@", ":datenbank-geheim@", 1);
    let role = url.split("://").nth(1).and_then(|rest| rest.split(':').next()).expect("a role").to_owned();
    let run =
        async |database: &Database, sql: &str| database.client().batch_execute(sql).await.expect("runs");
    run(&database, &format!("alter role {role} password 'datenbank-geheim'")).await;
    let app = TestApp::start_at(&url, database, &settings).await;
    let mut known: Vec<String> =
        ["datenbank-geheim", secrets[1], "MC4CAQAwBQYDK2VwBCIE", "$argon2"].map(str::to_owned).into();
    let mut secret = |text: &str| {
        known.push(text.to_owned());
        text.to_owned()
    };
    let body = json!({"username": "ada", "email": "ada@example.com", "password": secret("erstes-geheimnis")});
    let registered: Registration =
        app.anonymous().post("/api/v1/auth/register").json(&body).await.body_at(201);
    let wrong = json!({"username": "ada", "password": secret("falsches-geheimnis")});
    assert_eq!(app.anonymous().post(LOGIN).json(&wrong).await.status, 401);
    let broken = format!("{{\"username\": \"ada\", \"password\": \"{}\"", secret("zerbrochenes-geheimnis"));
    assert_eq!(app.anonymous().post(LOGIN).text(broken).await.status, 400);
    let odd = json!({"username": "ada", "password": [secret("verpacktes-geheimnis")]});
    assert_eq!(app.anonymous().post(LOGIN).json(&odd).await.status, 400);
    let pair: TokenPair =
        app.anonymous().post(REFRESH).json(&json!({"refresh": registered.refresh})).await.body_at(200);
    let used_twice = app.anonymous().post(REFRESH).json(&json!({"refresh": pair.refresh})).await;
    let next: TokenPair = used_twice.body_at(200);
    assert_eq!(app.anonymous().post(REFRESH).json(&json!({"refresh": registered.refresh})).await.status, 401);
    for token in
        [&registered.access, &registered.refresh, &pair.access, &pair.refresh, &next.access, &next.refresh]
    {
        secret(token);
    }
    let foreign = secret("eyJhbGciOiJub25lIn0.fremdes.token");
    assert_eq!(app.anonymous().with_token(&foreign).get("/api/v1/auth/me").await.status, 401);
    let login: Login = app
        .anonymous()
        .post(LOGIN)
        .json(&json!({"username": "ada", "password": "erstes-geheimnis"}))
        .await
        .body_at(200);
    let user = app.anonymous().with_token(&secret(&login.access));
    let changes = json!({"password": secret("zweites-geheimnis"), "old_password": "erstes-geheimnis"});
    let change = user.patch(&format!("/api/v1/users/{}", registered.id));
    assert_eq!(
        change.header("idempotency-key", &secret("ein-schluessel-1")).json(&changes).await.status,
        200
    );
    let login: Login = app
        .anonymous()
        .post(LOGIN)
        .json(&json!({"username": "ada", "password": "zweites-geheimnis"}))
        .await
        .body_at(200);
    let user = app.anonymous().with_token(&secret(&login.access));
    let category = user.post("/api/v1/categories").header("idempotency-key", &secret("ein-schluessel-2"));
    assert_eq!(
        category.header("cookie", &secret("sitzung=ein-keks")).json(&json!({"name": "garden"})).await.status,
        201
    );
    let new = json!({"old_password": "zweites-geheimnis", "new_password": secret("drittes-geheimnis")});
    assert_eq!(user.post("/api/v1/auth/password").json(&new).await.status, 200);
    // Failures are logged with what the database says.
    run(&app.database, "revoke insert on categories from agora_app; revoke select on users from agora_app")
        .await;
    let staff = app.anonymous().with_token(&login.access);
    let failing = staff
        .post("/api/v1/categories")
        .header("idempotency-key", "ein-schluessel-3")
        .json(&json!({"name": "cellar"}));
    assert!(failing.await.status.as_u16() >= 400);
    assert_eq!(app.anonymous().post(LOGIN).json(&wrong).await.status, 500);
    secret("ein-schluessel-3");
    run(&app.database, &format!("alter role {role} nologin")).await;
    let others = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()";
    run(&app.database, others).await;
    log.lines(|line| line.to_string().contains("not permitted to log in")).await;
    let text = log.text();
    assert!(text.contains("agora::access") && text.contains("\"TRACE\""), "or else this test could not fail");
    let leaks: Vec<&str> =
        text.lines().filter(|line| known.iter().any(|secret| line.contains(secret.as_str()))).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}
