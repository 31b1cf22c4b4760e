//! The server under test: the real one, in this process, on a free port, with a database of its own.

use std::time::Duration;

use agora::{Config, Listeners};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::{Admin, Anonymous, Client, Staff, User};
use crate::database::Database;
use crate::proxy::Proxy;
use crate::{raw, stack};

/// How long the port of the metrics may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A variable that a test sets.
pub type Setting = (&'static str, &'static str);

/// What makes a server one of production.
pub const PRODUCTION: [Setting; 3] = [
    ("AGORA_PROFILE", "production"),
    ("PUBLIC_URL", "https://shop.example"),
    ("CORS_ORIGINS", "https://shop.example"),
];

/// A running server and its database.
pub struct TestApp {
    /// Scheme, host and port.
    pub base: String,
    /// Scheme, host and port of the metrics, where they are told.
    pub metrics: Option<String>,
    /// The database behind it.
    pub database: Database,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

impl TestApp {
    /// Starts a server on a clone of the seeded template.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts a server with some variables set.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_with(settings: &[Setting]) -> Self {
        let database = Database::create().await;
        let config = stack::config(database.url(), settings).expect("the configuration is usable");
        Self::serve(config, database).await
    }

    /// Starts a server with one connection to the database, by way of a proxy that counts its round trips.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_counted() -> (Self, Proxy) {
        let database = Database::create().await;
        let proxy = Proxy::start(database.url());
        let settings = [("DATABASE_POOL_SIZE", "1")];
        let config =
            stack::config(&proxy.url(database.url()), &settings).expect("the configuration is usable");
        (Self::serve(config, database).await, proxy)
    }

    /// Starts a server on a database whose URL may lead through a proxy, with some variables set.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_at(url: &str, database: Database, settings: &[Setting]) -> Self {
        let config = stack::config(url, settings).expect("the configuration is usable");
        Self::serve(config, database).await
    }

    /// Starts a server of the production profile, as a login without rights of its own, with some variables set.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_production(settings: &[Setting]) -> Self {
        let database = Database::create().await;
        database.unpublish_passwords().await;
        let url = database.login_url("agora_app").await;
        Self::start_at(&url, database, &[&PRODUCTION, settings].concat()).await
    }

    async fn serve(config: Config, database: Database) -> Self {
        agora::start_logging(&config);
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

    /// A server anew on the same database, after this one has shut down.
    ///
    /// # Panics
    /// When one does not end, or the other not start.
    pub async fn restart(mut self) -> Self {
        self.end().await;
        self.replica().await
    }

    /// Another server on the same database.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn replica(&self) -> Self {
        self.replica_with(&[]).await
    }

    /// Another server on the same database, with some variables set.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn replica_with(&self, settings: &[Setting]) -> Self {
        let database = Database::of(self.database.url()).await;
        let config = stack::config(database.url(), settings).expect("the configuration is usable");
        Self::serve(config, database).await
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// What the metrics tell, of a server that tells them.
    ///
    /// # Panics
    /// When it tells none.
    pub async fn metrics_text(&self) -> String {
        const REQUEST: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let address = self.metrics.as_deref().and_then(|base| base.strip_prefix("http://"));
        let told = raw::exchange(address.expect("metrics are told"), REQUEST, PATIENCE).await;
        told.expect("the server closes")
    }

    /// A counter of the metrics, by its name and labels; 0 when it is not told.
    ///
    /// # Panics
    /// As for [`TestApp::metrics_text`].
    pub async fn counter(&self, name: &str) -> u64 {
        let told = self.metrics_text().await;
        let value = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        value.unwrap_or_default()
    }

    /// Nobody in particular.
    #[must_use]
    pub fn anonymous(&self) -> Client<Anonymous> {
        Client::new(&self.base, None)
    }

    /// A user of the dataset: johnd.
    pub async fn user(&self) -> Client<User> {
        self.signed_in("johnd", "m38rmF$").await
    }

    /// Another user of the dataset: `mor_2314`.
    pub async fn other_user(&self) -> Client<User> {
        self.signed_in("mor_2314", "83r5^_").await
    }

    /// The staff login of the sandbox.
    pub async fn staff(&self) -> Client<Staff> {
        self.signed_in("staff", "agora-staff-1").await
    }

    /// The admin login of the sandbox.
    pub async fn admin(&self) -> Client<Admin> {
        self.signed_in("admin", "agora-admin-1").await
    }

    async fn signed_in<A>(&self, username: &str, password: &str) -> Client<A> {
        let body =
            agora_api::models::Credentials { username: username.to_owned(), password: password.to_owned() };
        let login: agora_api::models::Login =
            self.anonymous().post("/api/v1/auth/login").json(&body).await.body_at(200);
        Client::new(&self.base, Some(login.access))
    }

    /// Shuts the server down as SIGTERM does, and waits for its end.
    ///
    /// # Panics
    /// When the server failed.
    pub async fn stop(mut self) {
        self.end().await;
    }

    async fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The server may have ended by itself; then there is nobody to tell.
            let _ = stop.send(());
        }
        (&mut self.running).await.expect("the server ends well");
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.running.abort();
    }
}
