//! Log lines: each identifies its request, even after the client disconnects, and none contains a secret.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use agora_api::models::{Login, Registration, TokenPair};
use agora_harness::{Anonymous, Client, Database, Setting, TestApp, raw, stack};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

const LOGIN: &str = "/api/v1/auth/login";
const REFRESH: &str = "/api/v1/auth/refresh";
/// Deadline for a line to be written, with headroom for a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// Interval between the checks for a line.
const POLL: Duration = Duration::from_millis(5);

/// The log of this process.
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
    /// Starts logging as a server with these settings does.
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

    /// Waits for matching lines and returns them.
    async fn lines(&self, fits: impl Fn(&Value) -> bool) -> Vec<Value> {
        let deadline = Instant::now() + PATIENCE;
        let mut polls = tokio::time::interval(POLL);
        loop {
            polls.tick().await;
            let text = self.text();
            let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
            let lines: Vec<Value> = lines.filter(&fits).collect();
            if !lines.is_empty() {
                return lines;
            }
            assert!(Instant::now() < deadline, "there is no such line: {text}");
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
    let request = ["request_id", "method", "path"].map(|name| &deep[name]);
    assert_eq!(request, [&json!("mine-1"), &json!("POST"), &json!(REFRESH)], "{deep}");
    let access = log.lines(|line| line["target"] == "agora::access" && line["request_id"] == "mine-1").await;
    assert_eq!(access.len(), 1);
    assert_eq!(
        (&access[0]["operation"], &access[0]["status"], &access[0]["path"]),
        (&json!("refresh_session"), &json!(401), &json!(REFRESH))
    );
    assert!(access[0]["milliseconds"].as_f64().is_some_and(|time| time > 0.0));
}

#[tokio::test]
async fn abandoned_requests_are_logged_and_counted_as_499() {
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
    let other = Database::from_url(app.database.url()).await;
    while other.count(waiting).await == 0 {}
    drop(stream);
    let lines = log.lines(|line| line["request_id"] == "gone-1").await;
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["status"], &lines[0]["operation"]), (&json!(499), &json!("get_product")));
    let counted = app.counter("agora_requests_total{operation=\"get_product\",status=\"499\"}").await;
    assert_eq!(counted, 1);
}

/// Values that no line may contain.
struct Secrets(Vec<String>);

impl Secrets {
    fn keep(&mut self, text: &str) -> String {
        self.0.push(text.to_owned());
        text.to_owned()
    }
}

async fn login(app: &TestApp, password: &str, secrets: &mut Secrets) -> Client<Anonymous> {
    let body = json!({"username": "ada", "password": secrets.keep(password)});
    let login: Login = app.anonymous().post(LOGIN).json(&body).await.body_at(200);
    secrets.keep(&login.refresh);
    app.anonymous().with_token(&secrets.keep(&login.access))
}

/// Signs in and refreshes, with valid and invalid credentials.
async fn sign_in(app: &TestApp, secrets: &mut Secrets) -> i64 {
    let password = secrets.keep("erstes-geheimnis");
    let body = json!({"username": "ada", "email": "ada@example.com", "password": password});
    let registered: Registration =
        app.anonymous().post("/api/v1/auth/register").json(&body).await.body_at(201);
    let broken =
        format!("{{\"username\": \"ada\", \"password\": \"{}\"", secrets.keep("zerbrochenes-geheimnis"));
    let wrong = json!({"username": "ada", "password": secrets.keep("falsches-geheimnis")}).to_string();
    let odd = json!({"username": "ada", "password": [secrets.keep("verpacktes-geheimnis")]}).to_string();
    for (body, status) in [(broken, 400), (wrong, 401), (odd, 400)] {
        assert_eq!(app.anonymous().post(LOGIN).text(body).await.status, status);
    }
    let mut refresh = registered.refresh.clone();
    for _ in 0..2 {
        let next = app.anonymous().post(REFRESH).json(&json!({"refresh": refresh})).await;
        let pair: TokenPair = next.body_at(200);
        secrets.keep(&pair.access);
        refresh = secrets.keep(&pair.refresh);
    }
    let twice = app.anonymous().post(REFRESH).json(&json!({"refresh": secrets.keep(&registered.refresh)}));
    assert_eq!(twice.await.status, 401);
    let foreign = secrets.keep("eyJhbGciOiJub25lIn0.fremdes.token");
    assert_eq!(app.anonymous().with_token(&foreign).get("/api/v1/auth/me").await.status, 401);
    registered.id
}

#[tokio::test]
async fn no_secret_is_logged_at_any_level() {
    const SECRET: &str = "kq3Hc0eJm9nS2rVt5uXw8yZb1dFg4hKl7mNo0pQr3sU=";
    let settings: [Setting; 3] = [("LOG_LEVEL", "trace"), ("LOG_FORMAT", "json"), ("AGORA_SECRETS", SECRET)];
    let log = Log::start(&settings);
    let mut secrets =
        Secrets(["datenbank-geheim", SECRET, "MC4CAQAwBQYDK2VwBCIE", "$argon2"].map(str::to_owned).into());
    let database = Database::create().await;
    let url = database.login_url("agora_app").await.replacen(":login@", ":datenbank-geheim@", 1);
    let role = url.split("://").nth(1).and_then(|rest| rest.split(':').next()).expect("a role").to_owned();
    let password = format!("alter role {role} password 'datenbank-geheim'");
    database.client().batch_execute(&password).await.expect("runs");
    let app = TestApp::start_at(&url, database, &settings).await;
    let run = async |sql: &str| app.database.client().batch_execute(sql).await.expect("runs");
    let id = sign_in(&app, &mut secrets).await;
    let user = login(&app, "erstes-geheimnis", &mut secrets).await;
    let body = json!({"password": secrets.keep("zweites-geheimnis"), "old_password": "erstes-geheimnis"});
    let change = user.patch(&format!("/api/v1/users/{id}"));
    let change = change.header("idempotency-key", &secrets.keep("ein-schluessel-1")).json(&body);
    assert_eq!(change.await.status, 200);
    let user = login(&app, "zweites-geheimnis", &mut secrets).await;
    let body =
        json!({"old_password": "zweites-geheimnis", "new_password": secrets.keep("drittes-geheimnis")});
    assert_eq!(user.post("/api/v1/auth/password").json(&body).await.status, 200);
    let user = login(&app, "drittes-geheimnis", &mut secrets).await;
    let post = |key: &str, name: &str| {
        let call = user.post("/api/v1/categories").header("idempotency-key", key);
        call.header("cookie", "sitzung=ein-keks").json(&json!({"name": name}))
    };
    secrets.keep("ein-keks");
    assert_eq!(post(&secrets.keep("ein-schluessel-2"), "garden").await.status, 201);
    // Failures are logged with the message of the database.
    run("revoke insert on categories from agora_app").await;
    assert_eq!(post(&secrets.keep("ein-schluessel-3"), "cellar").await.status, 500);
    run(&format!("alter role {role} nologin")).await;
    run("select pg_terminate_backend(pid) from pg_stat_activity
        where pid <> pg_backend_pid() and datname = current_database()")
    .await;
    log.lines(|line| line.to_string().contains("not permitted to log in")).await;
    let text = log.text();
    assert!(text.contains("agora::access") && text.contains("\"TRACE\""), "or else this test could not fail");
    let has_secret = |line: &&str| secrets.0.iter().any(|secret| line.contains(secret.as_str()));
    let leaks: Vec<&str> = text.lines().filter(has_secret).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}
