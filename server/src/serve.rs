//! The server's life cycle, from configuration and listeners to the last response; and the other commands.

mod check;
mod files;
mod housekeeping;
mod keys;

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use agora_runtime::{CompileError, Contract};
use futures_util::future::select;
use http::Extensions;
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::ExposeSecret;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;

pub use check::check;
pub use housekeeping::Removed;
pub use keys::rotate_keys;

use crate::app::{App, AppParts};
use crate::carts;
use crate::catalog::Searches;
use crate::config::{Config, ConfigError, PaymentProvider, Profile, PublicUrl};
use crate::credentials::{ApiKeys, RefreshTokens, Revocations, Tokens};
use crate::document::Document;
use crate::error::Error;
use crate::orders;
use crate::platform::clock::Clock;
use crate::platform::crypto::passwords::PasswordHashing;
use crate::platform::crypto::{Secrets, SigningKeys};
use crate::platform::db::wait_budget;
use crate::platform::db::{ConnectError, Database, LoginPolicy, SessionRole, Sessions};
use crate::platform::detached::Detached;
use crate::platform::http::forwarded::TrustedProxies;
use crate::platform::http::listener::{self, Limits, Waits};
use crate::platform::http::rate_limit::{RateLimits, Rates};
use crate::platform::migrate::{self, MigrateError};
use crate::platform::pagination::{Counts, Cursors, Origin, Pager};
use crate::platform::telemetry::{self, Front};
use crate::platform::writes::WriteBoundary;
use crate::seed::{self as dataset, find_published_logins};
use crate::users::{self, NewAdmin};
use crate::{registry, router};

/// Maximum time for which an unavailable database delays the start.
const FIRST_POLL_DEADLINE: Duration = Duration::from_secs(1);
/// Interval at which the search for published passwords is retried while the database is unavailable.
const PUBLISHED_LOGINS_RETRY: Duration = Duration::from_millis(500);
/// Connections for readiness and the feed of ended sessions. They are separate so that under load these never wait behind
/// requests.
const MONITOR_CONNECTIONS: usize = 2;
/// Time to finish writes of disconnected clients at shutdown: their deadline for the database plus a margin.
const DETACHED_WRITES_DEADLINE: Duration = Duration::from_secs(2);
/// Maximum number of connections that wait to be accepted. By default it would be 128: of a larger crowd, most would try again
/// only after a second or more. The kernel has its own maximum (`net.core.somaxconn`).
const BACKLOG: u32 = 4096;
/// Interval of the upkeep of metrics.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);
/// Maximum number of open connections to the metrics port.
const METRICS_CONNECTIONS: usize = 16;
/// Longest waits of a connection to the metrics port.
const METRICS_WAITS: Waits = Waits { idle: Duration::from_secs(10), receive: Duration::from_secs(10) };

/// The reason why the server does not start, with the remedy.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A setting is not usable.
    #[error("{0} {1}")]
    Config(&'static str, String),
    /// The configuration is not sufficient for serving.
    #[error("{0}")]
    InvalidConfig(#[from] ConfigError),
    /// The contract does not compile.
    #[error("{0}")]
    Contract(#[from] CompileError),
    /// A migration failed.
    #[error("{0}")]
    Migrate(#[from] MigrateError),
    /// The dataset could not be written.
    #[error("the dataset could not be loaded: {0}")]
    Seed(Error),
    /// The removal of expired data failed.
    #[error("expired rows could not be deleted: {0}")]
    CleanUp(Error),
    /// The database was not seeded by a sandbox, so it must not be emptied.
    #[error(
        "the database was not created by a sandbox and was not changed: only a database that AGORA_PROFILE=sandbox seeded from empty can be flushed"
    )]
    NoSandbox,
    /// The dataset must not be written in production.
    #[error(
        "the dataset has accounts with published passwords and is only for sandboxes: set AGORA_PROFILE=sandbox to load it, or create the first admin with `agora create-admin`"
    )]
    SeedInProduction,
    /// Accounts have published passwords, so anyone could sign in.
    #[error(
        "the database has accounts with published passwords: {names}. Disable them with\n  update users set disabled_at = now() where username in ({quoted});\nor change their passwords, and create an admin with `agora create-admin`",
        names = .0.join(", "),
        quoted = .0.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
    )]
    PublishedLogins(Vec<String>),
    /// The admin could not be created.
    #[error("the admin was not created: {0}")]
    CreateAdmin(String),
    /// An address is in use, or not an address of this machine.
    #[error(
        "cannot listen on {variable} {address} ({source}): stop the process that uses it, or set {variable} to another address"
    )]
    Bind {
        /// The setting that names the address.
        variable: &'static str,
        /// Address of the listener.
        address: SocketAddr,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The database role has too many privileges for production.
    #[error(
        "DATABASE_URL uses a superuser or the owner of the schema: use a login that is only a member of agora_app"
    )]
    OverprivilegedRole,
    /// The sandbox could not be started.
    #[error("{0}")]
    Sandbox(String),
}

/// Runs the pending migrations, and returns their number.
///
/// # Errors
/// When no database is configured or reachable, or a migration fails.
pub async fn migrate(config: &Config) -> Result<usize, ServeError> {
    Ok(migrate::run(migrate_url(config)?).await?)
}

/// Inserts the missing rows of the dataset.
///
/// # Errors
/// In production, or when no database is configured or reachable.
pub async fn seed(config: &Config) -> Result<(), ServeError> {
    if config.profile == Profile::Production {
        return Err(ServeError::SeedInProduction);
    }
    let database = owners_database(config)?;
    let outcome = dataset::seed(&database).await;
    database.close();
    outcome.map_err(ServeError::Seed)
}

/// Creates an admin, and returns the id.
///
/// # Errors
/// When no database is configured or reachable, the input would not pass registration, or name or e-mail address are
/// taken.
pub async fn create_admin(config: &Config, admin: NewAdmin) -> Result<i64, ServeError> {
    let database = owners_database(config)?;
    let outcome = users::create_admin(&database, admin).await;
    database.close();
    outcome.map(|id| id.0).map_err(|error| ServeError::CreateAdmin(describe(&error)))
}

/// Restores the dataset, and deletes everything else.
///
/// # Errors
/// When no database is configured or reachable, or it is not a sandbox's.
pub async fn flush(config: &Config) -> Result<(), ServeError> {
    let database = owners_database(config)?;
    let outcome = dataset::reset(&database).await;
    database.close();
    outcome.map_err(ServeError::Seed)?.map(drop).ok_or(ServeError::NoSandbox)
}

/// Removes Idempotency-Keys after 24 hours, sessions a day after their end, and events after 7 days, as a server does hourly. Returns `None` if
/// another process is already doing so.
///
/// # Errors
/// When no database is configured or reachable.
pub async fn clean_up(config: &Config) -> Result<Option<Removed>, ServeError> {
    let url = config.database_url.as_ref().ok_or_else(no_database)?.expose_secret();
    let database = Database::new(url, SessionRole::App, 1, LoginPolicy::Any, &Sessions::default());
    let database = database.map_err(|why| ServeError::Config("DATABASE_URL", why))?;
    let outcome = housekeeping::run(&database).await;
    database.close();
    outcome.map_err(|error| ServeError::CleanUp(error.into()))
}

fn no_database() -> ServeError {
    ServeError::Config("DATABASE_URL", "is not set: set the URL of the server's database".to_owned())
}

fn owners_database(config: &Config) -> Result<Database, ServeError> {
    let database =
        Database::new(migrate_url(config)?, SessionRole::Owner, 1, LoginPolicy::Any, &Sessions::default());
    database.map_err(|why| ServeError::Config("DATABASE_MIGRATE_URL", why))
}

fn migrate_url(config: &Config) -> Result<&str, ServeError> {
    let url = config.database_migrate_url.as_ref().or(config.database_url.as_ref());
    url.map(ExposeSecret::expose_secret).ok_or_else(|| {
        ServeError::Config("DATABASE_URL", "is not set: set the URL of the database to migrate".to_owned())
    })
}

/// The bound listeners of a server.
pub struct Listeners {
    api: TcpListener,
    metrics: Option<TcpListener>,
}

impl Listeners {
    /// Binds the configured addresses.
    ///
    /// # Errors
    /// When an address is in use, or not an address of this machine.
    pub async fn bind(config: &Config) -> Result<Self, ServeError> {
        let api = listen("AGORA_BIND", config.bind).await?;
        let metrics = match config.metrics_bind {
            Some(address) => Some(listen("AGORA_METRICS_BIND", address).await?),
            None => None,
        };
        Ok(Self { api, metrics })
    }

    /// Returns the base URL of the API.
    #[must_use]
    pub fn api_base(&self) -> Option<String> {
        self.api.local_addr().ok().map(|address| format!("http://{address}"))
    }

    /// Returns the base URL of the metrics, if they are on.
    #[must_use]
    pub fn metrics_base(&self) -> Option<String> {
        let listener = self.metrics.as_ref()?;
        listener.local_addr().ok().map(|address| format!("http://{address}"))
    }
}

/// Serves until `shutdown` resolves, then completes the requests in flight.
///
/// # Errors
/// When the configuration is not usable, or accounts have published passwords in production.
pub async fn serve<F>(config: &Config, listeners: Listeners, shutdown: F) -> Result<(), ServeError>
where
    F: Future<Output = ()>,
{
    let refusals = check::refusals(config);
    if !refusals.is_empty() {
        return Err(ConfigError(refusals).into());
    }
    let (handle, keeping) = telemetry::start_metrics(METRICS_UPKEEP);
    let app = build(config).await?;
    // If the database is unavailable now, the check is repeated while serving.
    let is_checked = match config.profile {
        Profile::Sandbox => true,
        Profile::Production => {
            match wait_budget::within(
                FIRST_POLL_DEADLINE,
                find_published_logins(app.database(), &app.passwords),
            )
            .await
            {
                Ok(found) => refuse_published_logins(found).map(|()| true)?,
                Err(_) => false,
            }
        }
    };
    let Listeners { api: listener, metrics } = listeners;
    let service = router::service(app.clone(), config);
    // Polled before the first request, so that tokens are checked against the database's clock from the start.
    wait_budget::within(FIRST_POLL_DEADLINE, app.revocations.poll_once(&app.monitor)).await;
    let following = tokio::spawn(app.revocations.clone().poll_loop(app.monitor.clone()));
    let forgetting = tokio::spawn(Arc::clone(&app.rate_limits).forget_loop());
    let tidying = tokio::spawn(housekeeping::run_loop(app.database().clone()));
    let provider = match &config.payment_provider {
        Some(PaymentProvider::Http(url)) => {
            let provider = orders::Provider::http(url, config.payment_secret.as_ref());
            provider.map_err(|why| ServeError::Config("PAYMENT_PROVIDER", why))?
        }
        Some(PaymentProvider::Pseudo) | None => orders::Provider::Pseudo,
    };
    let ordering = tokio::spawn(orders::run_loops(app.database().clone(), provider));
    let telling = metrics.map(|listener| tokio::spawn(serve_metrics(listener, handle, app.clone())));
    let refusal = OnceLock::new();
    let (drain, draining) = oneshot::channel::<()>();
    let draining = async { drop(draining.await) };
    let shutdown = async {
        let refused = async {
            let Err(error) = (if is_checked { Ok(()) } else { published_logins(&app).await }) else {
                return std::future::pending().await;
            };
            let _ = refusal.set(error);
        };
        select(pin!(shutdown), pin!(refused)).await;
        app.drain();
        let _ = drain.send(());
        tokio::time::sleep(Duration::from_secs(config.drain_seconds)).await;
        tracing::info!("shutting down: completing requests in flight, accepting no new ones");
    };
    let limits = Limits {
        connections: files::connections(config, MONITOR_CONNECTIONS + METRICS_CONNECTIONS),
        per_address: config.connections_per_address,
        exempt: app.front.proxies.clone(),
        waits: Waits { idle: Duration::from_secs(config.idle_seconds), receive: app.receive },
    };
    listener::serve(listener, service, limits, draining, shutdown).await;
    // Writes of disconnected clients are committed before the pool closes.
    if !app.detached.drained(DETACHED_WRITES_DEADLINE).await {
        tracing::warn!("writes were still running when the server stopped");
    }
    following.abort();
    tidying.abort();
    forgetting.abort();
    ordering.abort();
    keeping.abort();
    if let Some(telling) = telling {
        telling.abort();
    }
    app.database().close();
    app.monitor.close();
    refusal.into_inner().map_or(Ok(()), Err)
}

fn refuse_published_logins(found: Vec<String>) -> Result<(), ServeError> {
    if found.is_empty() { Ok(()) } else { Err(ServeError::PublishedLogins(found)) }
}

/// Fails if an account has a published password. Retries while the database is unavailable.
async fn published_logins(app: &App) -> Result<(), ServeError> {
    loop {
        match find_published_logins(app.database(), &app.passwords).await {
            Ok(found) => return refuse_published_logins(found),
            Err(error) => {
                tracing::debug!(%error, "could not check for accounts with published passwords");
            }
        }
        tokio::time::sleep(PUBLISHED_LOGINS_RETRY).await;
    }
}

/// Formats an error for the command line, with the violations of each field.
fn describe(error: &Error) -> String {
    let details = error.problem_fields().details;
    let Some(fields) = details["fields"].as_object() else { return error.to_string() };
    let violations = fields.iter().flat_map(|(field, violations)| {
        let violations = violations.as_array().into_iter().flatten();
        violations.filter_map(move |violation| Some(format!("{field} {}", violation["message"].as_str()?)))
    });
    violations.collect::<Vec<_>>().join("; ")
}

async fn build(config: &Config) -> Result<App, ServeError> {
    // A sandbox starts early; production refuses to start with a contract that does not compile.
    let prepare = match config.profile {
        Profile::Production => Contract::compile,
        Profile::Sandbox => Contract::on_demand,
    };
    let contract = Arc::new(prepare(agora_api::CONTRACT_JSON, agora_api::OPERATIONS, &registry::FORMATS)?);
    let url = config.database_url.as_ref().ok_or_else(no_database)?.expose_secret();
    let logins =
        if config.profile == Profile::Production { LoginPolicy::LeastPrivilege } else { LoginPolicy::Any };
    let sessions = Sessions::default();
    let refused = |why| ServeError::Config("DATABASE_URL", why);
    let database = Database::new(url, SessionRole::App, config.database_pool_size, logins, &sessions);
    let database = database.map_err(refused)?;
    let monitor = Database::monitor(url, MONITOR_CONNECTIONS, logins, &sessions).map_err(refused)?;
    probe(&monitor, logins).await?;
    let keys = signing_keys(config)?;
    let secrets = Secrets::new(&config.secrets, &keys);
    let clock = Clock::default();
    let public_url = config.public_url.as_ref();
    let counts = Counts::default();
    let mut states = Extensions::new();
    states.insert(Searches::of_pool(config.database_pool_size));
    states.insert(orders::Rules {
        currency: config.currency.clone(),
        confirm_seconds: config.order_confirm_seconds as f64,
        most_pending: i64::try_from(config.order_max_pending).unwrap_or(i64::MAX),
        most_units: i64::try_from(config.order_max_units).unwrap_or(i64::MAX),
    });
    Ok(App::new(AppParts {
        contract,
        writes: WriteBoundary {
            database,
            counts: counts.clone(),
            fingerprints: Arc::new(secrets.macs("idempotency fingerprint")),
        },
        monitor,
        detached: Detached::new(config.max_connections),
        pager: Pager {
            counts,
            cursors: Cursors::new(&secrets),
            origin: Origin {
                public_origin: public_url.map(|url| url.origin.clone()),
                allowed_hosts: config.allowed_hosts.clone(),
            },
        },
        rate_limits: Arc::new(RateLimits::new(Rates {
            anonymous: config.rate_limit_anonymous,
            user: config.rate_limit_user,
            credentials: config.rate_limit_credentials,
        })),
        passwords: PasswordHashing::new().map_err(ServeError::Seed)?,
        tokens: Tokens::new(&keys, &config.jwt_issuer, &config.jwt_audience, clock.clone()),
        api_keys: ApiKeys::new(clock.clone()),
        refresh_tokens: RefreshTokens::new(&secrets),
        revocations: Revocations::new(clock),
        receive: Duration::from_secs(config.receive_seconds),
        states,
        user_deletions: vec![carts::delete_with_user, orders::cancel_with_user],
        open_directory: config.open_directory,
        registration_open: config.registration_open,
        registry_enabled: config.registry_enabled,
        profile: config.profile,
        has_docs: config.api_docs_enabled,
        document: Document::new(public_url.map(PublicUrl::url).as_deref()),
        front: Front {
            proxies: TrustedProxies::new(&config.trusted_proxies),
            prefix: public_url.map(|url| url.prefix.as_str()).unwrap_or_default().into(),
        },
        is_draining: AtomicBool::new(false),
    }))
}

fn signing_keys(config: &Config) -> Result<SigningKeys, ServeError> {
    let refused = |why: &str| {
        ServeError::Config(
            "JWT_PRIVATE_KEY",
            format!(
                "{why}: generate a key with `openssl genpkey -algorithm ed25519`; see docs/keys.md for rotation"
            ),
        )
    };
    let pem = config.jwt_private_key.as_ref().ok_or_else(|| refused("is not set"))?;
    SigningKeys::from_pem(pem).map_err(refused)
}

/// Checks the database at the start. Production refuses a superuser, the owner of the schema, and a database that cannot
/// store every Unicode text.
///
/// Any other failure may be transient and does not stop the start. It is logged, readiness reports it, and each connection
/// is checked when it is opened.
async fn probe(database: &Database, logins: LoginPolicy) -> Result<(), ServeError> {
    match tokio::time::timeout(FIRST_POLL_DEADLINE, database.probe()).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(ConnectError::PrivilegedLogin)) => Err(ServeError::OverprivilegedRole),
        Ok(Err(error)) if logins == LoginPolicy::LeastPrivilege && error.is_lasting() => {
            Err(ServeError::Config("DATABASE_URL", format!("cannot be used by the server: {error}")))
        }
        Ok(Err(error)) => {
            tracing::error!("the database is not usable: {error}");
            Ok(())
        }
        Err(_) => {
            tracing::error!("the database did not respond within a second; retrying");
            Ok(())
        }
    }
}

async fn listen(variable: &'static str, address: SocketAddr) -> Result<TcpListener, ServeError> {
    let bound = async {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A server that has just ended may leave connections behind, which would keep the address.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    bound.await.map_err(|source| ServeError::Bind { variable, address, source })
}

async fn serve_metrics(listener: TcpListener, handle: PrometheusHandle, app: App) {
    let service = router::metrics(move || {
        let (open, free) = app.database().usage();
        metrics::gauge!("agora_database_connections_open").set(u32::try_from(open).unwrap_or(u32::MAX));
        metrics::gauge!("agora_database_connections_free").set(u32::try_from(free).unwrap_or(u32::MAX));
        handle.render()
    });
    let limits = Limits {
        connections: METRICS_CONNECTIONS,
        per_address: None,
        exempt: TrustedProxies::default(),
        waits: METRICS_WAITS,
    };
    listener::serve(listener, service, limits, std::future::pending(), std::future::pending()).await;
}
