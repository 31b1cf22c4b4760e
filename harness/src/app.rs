//! The server under test: the real server, in this process, on a free port, with a separate database.

use std::time::Duration;

use agora::{Config, Listeners};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::{Admin, Anonymous, Client, Staff, User};
use crate::database::Database;
use crate::proxy::Proxy;
use crate::{log, raw, stack};

/// Maximum duration of a request for the metrics.
const DEADLINE: Duration = Duration::from_secs(20);

/// Name and value of a configuration variable.
pub type Setting = (&'static str, &'static str);

/// Settings of the production profile.
pub const PRODUCTION: [Setting; 7] = [
    ("AGORA_PROFILE", "production"),
    ("PUBLIC_URL", "https://shop.example"),
    ("CORS_ORIGINS", "https://shop.example"),
    ("PAYMENT_PROVIDER", "pseudo"),
    // Tests send all requests from one address.
    ("RATE_LIMIT_ANONYMOUS", "1000000"),
    ("RATE_LIMIT_USER", "1000000"),
    ("RATE_LIMIT_CREDENTIALS", "1000000"),
];

/// A running server and its database.
pub struct TestApp {
    /// Scheme, host and port.
    pub base: String,
    /// Scheme, host and port of the metrics, if they are enabled.
    pub metrics: Option<String>,
    /// The server's database.
    pub database: Database,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

impl TestApp {
    /// Starts a server on a clone of the seeded template.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts a server on a clone of the seeded template, with additional settings.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start_with(settings: &[Setting]) -> Self {
        let database = Database::create().await;
        let config = stack::config(database.url(), settings).expect("the configuration is usable");
        Self::serve(config, database).await
    }

    /// Starts a server with a single database connection, through a proxy that counts its round trips.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start_counted() -> (Self, Proxy) {
        let database = Database::create().await;
        let proxy = Proxy::start(database.url());
        let settings = [("DATABASE_POOL_SIZE", "1")];
        let config =
            stack::config(&proxy.url(database.url()), &settings).expect("the configuration is usable");
        (Self::serve(config, database).await, proxy)
    }

    /// Starts a server with additional settings on an existing database. `url` may lead through a proxy.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start_at(url: &str, database: Database, settings: &[Setting]) -> Self {
        let config = stack::config(url, settings).expect("the configuration is usable");
        Self::serve(config, database).await
    }

    /// Starts a server of the production profile with additional settings. It connects as a login that has only the
    /// privileges of the role `agora_app`.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start_production(settings: &[Setting]) -> Self {
        let database = Database::create().await;
        database.unpublish_passwords().await;
        let url = database.login_url("agora_app").await;
        Self::start_at(&url, database, &[&PRODUCTION, settings].concat()).await
    }

    async fn serve(config: Config, database: Database) -> Self {
        agora::start_logging_to(&config, false, || log::Lines);
        let listeners = Listeners::bind(&config).await.expect("a free port");
        let base = listeners.api_base().expect("a bound listener has an address");
        let metrics = listeners.metrics_base();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(async move {
            let shutdown = async { drop(stopped.await) };
            agora::serve(&config, listeners, shutdown).await.expect("the server starts");
        });
        Self { base, metrics, database, stop: Some(stop), running }
    }

    /// Shuts this server down, then starts another on the same database.
    ///
    /// # Panics
    /// If this server fails, or the other does not start.
    pub async fn restart(mut self) -> Self {
        self.end().await;
        self.replica().await
    }

    /// Starts another server on the same database.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn replica(&self) -> Self {
        self.replica_with(&[]).await
    }

    /// Starts another server on the same database, with additional settings.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn replica_with(&self, settings: &[Setting]) -> Self {
        let database = Database::from_url(self.database.url()).await;
        let config = stack::config(database.url(), settings).expect("the configuration is usable");
        Self::serve(config, database).await
    }

    /// Returns the host and port.
    #[must_use]
    pub fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// Fetches the raw HTTP response with the metrics.
    ///
    /// # Panics
    /// If the metrics are disabled, or the request does not complete in time.
    pub async fn metrics_text(&self) -> String {
        const REQUEST: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let address = self.metrics.as_deref().and_then(|base| base.strip_prefix("http://"));
        let reported = raw::exchange(address.expect("metrics are told"), REQUEST, DEADLINE).await;
        reported.expect("the server closes")
    }

    /// Fetches the value of a counter by its name and labels, or 0 if the metrics do not include it.
    ///
    /// # Panics
    /// As for [`TestApp::metrics_text`].
    pub async fn counter(&self, name: &str) -> u64 {
        let reported = self.metrics_text().await;
        let value =
            reported.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        value.unwrap_or_default()
    }

    /// Returns a client without credentials.
    #[must_use]
    pub fn anonymous(&self) -> Client<Anonymous> {
        Client::new(&self.base, None)
    }

    /// Signs in as a user of the dataset, `johnd`.
    pub async fn user(&self) -> Client<User> {
        self.signed_in("johnd", "m38rmF$").await
    }

    /// Signs in as another user of the dataset, `mor_2314`.
    pub async fn other_user(&self) -> Client<User> {
        self.signed_in("mor_2314", "83r5^_").await
    }

    /// Signs in as the sandbox's staff user.
    pub async fn staff(&self) -> Client<Staff> {
        self.signed_in("staff", "agora-staff-1").await
    }

    /// Signs in as the sandbox's admin.
    pub async fn admin(&self) -> Client<Admin> {
        self.signed_in("admin", "agora-admin-1").await
    }

    async fn signed_in<A>(&self, username: &str, password: &str) -> Client<A> {
        let body =
            agora_api::models::Credentials { username: username.to_owned(), password: password.to_owned() };
        let call = self.anonymous().post("/api/v1/auth/login").json(&body);
        let login: agora_api::models::Login = call.until_served().await.body_at(200);
        Client::new(&self.base, Some(login.access))
    }

    /// Shuts the server down gracefully, as SIGTERM does, and waits until it has stopped.
    ///
    /// # Panics
    /// If the server failed.
    pub async fn stop(mut self) {
        self.end().await;
    }

    async fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Sending fails if the server has already stopped.
            let _ = stop.send(());
        }
        (&mut self.running).await.expect("the server ends well");
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.running.abort();
        if !std::thread::panicking() {
            log::check();
        }
    }
}
