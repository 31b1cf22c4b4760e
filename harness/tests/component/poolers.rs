//! Servers behind `PgBouncer`: supported modes, refused modes and their messages.
//!
//! Run by `./justw poolers`, where `PgBouncer` is installed.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use agora_harness::{Database, Mode, PRODUCTION, Proxy, Setting, TestApp, stack};
use serde_json::json;
use tokio_postgres::config::Host;

/// Deadline of every wait, with headroom for a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
const IGNORES_OPTIONS: &str = "ignore_startup_parameters = options,extra_float_digits";

/// A `PgBouncer` in front of the test cluster, stopped on drop.
struct Pooler {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl Pooler {
    /// Starts a pooler with these settings for the login of a URL.
    async fn start(database: &Database, login: &str, settings: &[&str]) -> Self {
        let config: tokio_postgres::Config = login.parse().expect("a URL");
        let (host, port) = (config.get_hosts().first().expect("a host"), config.get_ports().first());
        let host = match host {
            Host::Unix(folder) => folder.display().to_string(),
            Host::Tcp(host) => host.clone(),
        };
        let user = config.get_user().expect("a user");
        let password = String::from_utf8_lossy(config.get_password().expect("a password")).into_owned();
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let listen = free.expect("a free port").port();
        let folder = std::env::temp_dir().join(format!("agora-pooler-{}-{listen}", std::process::id()));
        fs::create_dir_all(&folder).expect("can be made");
        fs::set_permissions(&folder, PermissionsExt::from_mode(0o755)).expect("can be set");
        fs::write(folder.join("users"), format!("\"{user}\" \"{password}\"\n")).expect("can be written");
        let text = format!(
            "[databases]\n* = host={host} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {listen}\n\
             unix_socket_dir =\nauth_type = trust\nauth_file = {}\n{}\n",
            port.copied().unwrap_or(5432),
            folder.join("users").display(),
            settings.join("\n")
        );
        let file = folder.join("pgbouncer.ini");
        fs::write(&file, text).expect("can be written");
        let log = fs::File::create(folder.join("log")).expect("can be made");
        let mut command = Command::new("pgbouncer");
        if let Some(account) = account(database).await {
            // `PgBouncer` refuses to run as root, and only PostgreSQL's account can enter the folder of the socket.
            command.args(["-u", &account]);
        }
        let child = command.arg(&file).stdout(Stdio::null()).stderr(log).spawn();
        let pooler = Self { child: child.expect("PgBouncer is installed"), folder, port: listen };
        pooler.wait().await;
        pooler
    }

    async fn wait(&self) {
        let deadline = Instant::now() + PATIENCE;
        while tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            let log = || fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "PgBouncer does not listen: {}", log());
            tokio::task::yield_now().await;
        }
    }

    /// Returns the URL of the same database through the pooler.
    fn url(&self, login: &str) -> String {
        let (before, rest) = login.split_once('@').expect("a URL with a user");
        let database = rest.rsplit_once('/').expect("a URL with a database").1;
        format!("{before}@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Returns the account that runs PostgreSQL, if it differs from the current one.
async fn account(database: &Database) -> Option<String> {
    let row = database.client().query_one("select current_setting('data_directory')", &[]).await;
    let owner = fs::metadata(row.expect("runs").get::<_, String>(0)).ok()?.uid();
    let name = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().expect("id runs").stdout;
        String::from_utf8_lossy(&output).trim().to_owned()
    };
    let own = name(&["-u"]);
    (own != owner.to_string()).then(|| name(&["-nu", &owner.to_string()]))
}

/// Returns a database and a login of the server. With `has_settings`, `agora migrate` has set the login's settings.
async fn prepared(has_settings: bool) -> (Database, String) {
    let database = Database::create().await;
    database.unpublish_passwords().await;
    let login = database.login_url("agora_app").await;
    if has_settings {
        let config = stack::config(database.url(), &[]).expect("is usable");
        agora::migrate(&config).await.expect("nothing is left to do but the settings");
    }
    (database, login)
}

/// Starts a server with a login and returns its error, if any.
async fn started(url: &str) -> Result<(), String> {
    let now: [Setting; 1] = [("AGORA_DRAIN_SECONDS", "0")];
    let config = stack::config(url, &[&PRODUCTION[..], &now].concat())?;
    let listeners = agora::Listeners::bind(&config).await.expect("a free port");
    agora::serve(&config, listeners, std::future::ready(())).await.map_err(|error| error.to_string())
}

#[tokio::test]
#[ignore = "needs PgBouncer; run by ./justw poolers"]
async fn session_mode_is_served_where_the_login_has_its_settings() {
    let (database, login) = prepared(true).await;
    let pooler = Pooler::start(&database, &login, &["pool_mode = session", IGNORES_OPTIONS]).await;
    assert_eq!(started(&pooler.url(&login)).await, Ok(()));
    // A sandbox, where the users of the dataset can sign in.
    let database = Database::create().await;
    let config = stack::config(database.url(), &[]).expect("is usable");
    agora::migrate(&config).await.expect("nothing is left to do but the settings");
    let name = database.url().rsplit_once('/').expect("a URL with a database").1.to_owned();
    let url = pooler.url(&login);
    let url = format!("{}/{name}", url.rsplit_once('/').expect("a URL with a database").0);
    let app = TestApp::start_at(&url, database, &[]).await;
    let (user, nobody) = (app.user().await, app.anonymous());
    assert_eq!(nobody.get("/health/ready").await.status, 200);
    for turn in 0..20 {
        assert_eq!(nobody.get("/api/v1/products?limit=5").await.status, 200);
        let category = user.post("/api/v1/categories").json(&json!({"name": format!("turn {turn}")}));
        assert_eq!(category.header("idempotency-key", &format!("k{turn}")).await.status, 201);
    }
}

#[tokio::test]
#[ignore = "needs PgBouncer; run by ./justw poolers"]
async fn poolers_that_refuse_startup_options_are_reported_with_the_remedy() {
    let (database, login) = prepared(true).await;
    let pooler = Pooler::start(&database, &login, &["pool_mode = session"]).await;
    let config = stack::config(&pooler.url(&login), &[]).expect("is usable");
    let reported = agora::clean_up(&config).await.expect_err("is refused").to_string();
    for words in ["unsupported startup parameter", "08P01", "docs/poolers.md"] {
        assert!(reported.contains(words), "{reported}");
    }
    let app = TestApp::start_at(&pooler.url(&login), database, &PRODUCTION).await;
    assert_eq!(app.anonymous().get("/health/ready").await.status, 503);
}

#[tokio::test]
#[ignore = "needs PgBouncer; run by ./justw poolers"]
async fn sessions_without_role_and_time_outs_are_refused() {
    let (database, login) = prepared(false).await;
    let pooler = Pooler::start(&database, &login, &["pool_mode = session", IGNORES_OPTIONS]).await;
    let reported = started(&pooler.url(&login)).await.expect_err("is refused");
    for words in ["statement_timeout", "agora migrate", "docs/poolers.md"] {
        assert!(reported.contains(words), "{reported}");
    }
}

#[tokio::test]
#[ignore = "needs PgBouncer; run by ./justw poolers"]
async fn transaction_mode_is_refused_before_a_request_runs_anothers_statement() {
    for robin in ["server_round_robin = 0", "server_round_robin = 1"] {
        let (database, login) = prepared(true).await;
        let settings = ["pool_mode = transaction", IGNORES_OPTIONS, robin];
        let pooler = Pooler::start(&database, &login, &settings).await;
        let reported = started(&pooler.url(&login)).await.expect_err("is refused");
        assert!(reported.contains("transaction mode") && reported.contains("docs/poolers.md"), "{reported}");
        // A server starts while its database is unavailable. Later readiness reports the problem, and requests are 503.
        let proxy = Proxy::start(&pooler.url(&login));
        proxy.set(Mode::Refuse).await;
        let app = TestApp::start_at(&proxy.url(&pooler.url(&login)), database, &PRODUCTION).await;
        proxy.set(Mode::Pass).await;
        let (nobody, deadline) = (app.anonymous(), Instant::now() + PATIENCE);
        let mut refused = 0;
        while refused < 50 {
            let (ready, also, read) = tokio::join!(
                nobody.get("/health/ready").into_future(),
                nobody.get("/health/ready").into_future(),
                nobody.get("/api/v1/products/1").into_future()
            );
            let statuses = [ready.status.as_u16(), also.status.as_u16(), read.status.as_u16()];
            refused = if statuses == [503; 3] { refused + 1 } else { 0 };
            assert!(statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}");
            assert!(Instant::now() < deadline, "it goes on being served: {statuses:?}");
        }
    }
}

#[tokio::test]
#[ignore = "needs PgBouncer; run by ./justw poolers"]
async fn unknown_databases_and_logins_of_a_pooler_are_reported_in_its_words() {
    let (database, login) = prepared(true).await;
    let pooler = Pooler::start(&database, &login, &["pool_mode = session", IGNORES_OPTIONS]).await;
    let url = pooler.url(&login);
    let (base, _) = url.rsplit_once('/').expect("a URL");
    let stranger = url.replacen("login_", "stranger_", 1);
    for url in [format!("{base}/no_such_database"), stranger] {
        let config = stack::config(&url, &[]).expect("is usable");
        let reported = agora::clean_up(&config).await.expect_err("is refused").to_string();
        assert!(reported.contains("SQLSTATE"), "{reported}");
        assert!(reported.contains("docs/poolers.md") || reported.contains("create database"), "{reported}");
    }
}
