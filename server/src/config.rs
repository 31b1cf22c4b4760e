//! The configuration, read once from the environment into typed values with secrets wrapped.
//!
//! The table in `settings` defines how each variable is parsed. Every error names its variable and the remedy, and all
//! errors are reported together.

mod names;
mod settings;
mod source;
mod values;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use ipnet::IpNet;
use secrecy::SecretString;

pub use names::PublicUrl;
use source::{Source, setting_of};

/// Entry of `AGORA_SECRETS` that selects the keys derived from the signing keys.
pub const SIGNING_KEYS: &str = "signing-keys";
/// The kind of deployment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Profile {
    /// Seeded and lenient, for development; the default without `DATABASE_URL`.
    Sandbox,
    /// Strict; the default with `DATABASE_URL`.
    Production,
}

/// The payment provider of orders.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PaymentProvider {
    /// Accepts orders without money.
    Pseudo,
    /// An HTTP service with this base URL.
    Http(String),
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// The settings of a server.
#[derive(Clone, Debug)]
pub struct Config {
    /// `AGORA_PROFILE`: `sandbox` or `production`.
    pub profile: Profile,
    /// `AGORA_BIND`: address and port of the API; 127.0.0.1:8000 by default.
    pub bind: SocketAddr,
    /// `AGORA_METRICS_BIND`: address and port of the metrics; 127.0.0.1:9464 by default, `off` disables them.
    pub metrics_bind: Option<SocketAddr>,
    /// `AGORA_DATA_DIR`: folder of the sandbox's cluster and keys; `.agora` by default.
    pub data_dir: PathBuf,
    /// `AGORA_WORKERS`: async worker threads; one per core when not set.
    pub workers: Option<usize>,
    /// `AGORA_DRAIN_SECONDS`: seconds for which readiness returns 503 before a shutdown refuses connections, so that
    /// load balancers notice. 0 in the sandbox, 5 in production, at most 300.
    pub drain_seconds: u64,
    /// `AGORA_MAX_CONNECTIONS`: maximum number of open client connections; 4096 by default.
    pub max_connections: usize,
    /// `AGORA_CONNECTIONS_PER_ADDRESS`: maximum number of open connections from one address. Unlimited when not set, which
    /// suits a server behind a proxy: there all connections have the proxy's address.
    pub connections_per_address: Option<usize>,
    /// `AGORA_IDLE_SECONDS`: seconds a connection may wait for its next request. The default of 75 exceeds the keep-alive
    /// time of common proxies.
    pub idle_seconds: u64,
    /// `AGORA_RECEIVE_SECONDS`: maximum seconds for the header of a request to arrive, and for its body; 10 by default, at
    /// most 100.
    pub receive_seconds: u64,
    /// `DATABASE_URL`: the database to serve from. Without it, the sandbox starts a private cluster.
    pub database_url: Option<SecretString>,
    /// `DATABASE_MIGRATE_URL`: the same database with the login of its owner; defaults to `DATABASE_URL`.
    pub database_migrate_url: Option<SecretString>,
    /// `DATABASE_POOL_SIZE`: database connections for requests; 16 by default.
    pub database_pool_size: usize,
    /// `PUBLIC_URL`: the URL that clients call, for links. Its path is a prefix that the proxy removes.
    pub public_url: Option<PublicUrl>,
    /// `TRUSTED_PROXIES`: comma-separated addresses and networks of proxies. Only their `Forwarded` and `X-Forwarded`
    /// header fields are trusted. Empty by default.
    pub trusted_proxies: Vec<IpNet>,
    /// `ALLOWED_HOSTS`: comma-separated hosts that absolute links may take from a request.
    pub allowed_hosts: Vec<String>,
    /// `CORS_ORIGINS`: comma-separated origins; `*` allows any and is the sandbox's default.
    pub cors_origins: Vec<String>,
    /// `AGORA_CURRENCY`: currency of all prices (ISO 4217); `USD` by default.
    pub currency: String,
    /// `ORDER_CONFIRM_SECONDS`: seconds for which an order can be confirmed, 1 to 300; 300 by default. Production requires
    /// at least 60.
    pub order_confirm_seconds: u64,
    /// `ORDER_MAX_PENDING`: maximum number of a buyer's open orders (pending or confirmed); 20 by default.
    pub order_max_pending: usize,
    /// `ORDER_MAX_UNITS`: maximum number of units in these orders; 1,000 by default.
    pub order_max_units: u64,
    /// `PAYMENT_PROVIDER`: the payment provider; the pseudo-provider in the sandbox, required in production.
    pub payment_provider: Option<PaymentProvider>,
    /// `PAYMENT_SECRET`: bearer token for the payment provider.
    pub payment_secret: Option<SecretString>,
    /// `RATE_LIMIT_ANONYMOUS`: requests a minute from an address without a valid credential; 300 by default in production.
    pub rate_limit_anonymous: NonZeroU32,
    /// `RATE_LIMIT_USER`: requests a minute from a user; 1,200 by default in production.
    pub rate_limit_user: NonZeroU32,
    /// `RATE_LIMIT_CREDENTIALS`: requests a minute from an address for operations on credentials; 30 by default in
    /// production.
    pub rate_limit_credentials: NonZeroU32,
    /// `OPEN_DIRECTORY`: makes users and carts publicly readable, as in FakeStore; on in the sandbox.
    pub open_directory: bool,
    /// `REGISTRATION_OPEN`: lets anyone register, otherwise only staff create users; on in the sandbox.
    pub registration_open: bool,
    /// `REGISTRY_ENABLED`: serves the people registry, in which every user with its scopes can read and change all
    /// records; on in the sandbox.
    pub registry_enabled: bool,
    /// `API_DOCS_ENABLED`: serves the contract and its documentation; on in the sandbox.
    pub api_docs_enabled: bool,
    /// `JWT_PRIVATE_KEY`: Ed25519 keys as PKCS#8 in PEM. The first signs, all verify. The sandbox generates one in its
    /// data folder.
    pub jwt_private_key: Option<SecretString>,
    /// `AGORA_SECRETS`: secrets from which the MAC keys of refresh tokens, cursors and fingerprints are derived. The first
    /// signs, all verify. Defaults to the signing keys.
    pub secrets: Vec<SecretString>,
    /// `JWT_ISSUER`: the `iss` claim of tokens; `agora` by default.
    pub jwt_issuer: String,
    /// `JWT_AUDIENCE`: the `aud` claim of tokens; `agora` by default.
    pub jwt_audience: String,
    /// `LOG_LEVEL`: a filter such as `info` or `agora=debug`; unknown targets are refused.
    pub log_level: String,
    /// `LOG_FORMAT`: `pretty` or `json`; `json` in production.
    pub log_format: LogFormat,
    /// One line for each variable that looks like a misspelt setting.
    pub hints: Vec<String>,
    /// Names of the settings with a value that was refused. They do not count as missing.
    refused: BTreeSet<String>,
}

/// An invalid environment: one line for each refused variable.
#[derive(Debug, thiserror::Error)]
#[error("invalid configuration:\n{}", .0.iter().map(|line| format!("  - {line}")).collect::<Vec<_>>().join("\n"))]
pub struct ConfigError(pub Vec<String>);

impl Config {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// One line for each variable that is refused, with the remedy.
    pub fn from_env() -> Result<Self, ConfigError> {
        let (config, refusals) = Self::examine();
        if refusals.is_empty() { Ok(config) } else { Err(ConfigError(refusals)) }
    }

    /// Reads the valid part of the process's environment, and returns one line for each refused variable.
    #[must_use]
    pub fn examine() -> (Self, Vec<String>) {
        Self::from_os_vars(std::env::vars_os())
    }

    /// Reads variables that may not be Unicode. Those of Agora must be; an error does not repeat their value.
    fn from_os_vars(vars: impl IntoIterator<Item = (OsString, OsString)>) -> (Self, Vec<String>) {
        let mut source = Source::default();
        for (name, value) in vars {
            match (name.into_string(), value.into_string()) {
                (Ok(name), Ok(value)) => drop(source.vars.insert(name, value)),
                (Ok(name), Err(_)) => {
                    if let Some(setting) = setting_of(&name) {
                        source.reject(setting, format!("{name} is not valid UTF-8: set it again"));
                    }
                }
                _ => {}
            }
        }
        Self::from_source(source)
    }

    /// Reads the given variables.
    ///
    /// # Errors
    /// As for [`Config::from_env`].
    pub fn from_vars(vars: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let (config, refusals) =
            Self::from_source(Source { vars: vars.into_iter().collect(), ..Source::default() });
        if refusals.is_empty() { Ok(config) } else { Err(ConfigError(refusals)) }
    }

    /// Checks that a server may start with this configuration: production has no defaults for secrets, origins and the
    /// public URL. Settings that were refused while reading are left out, so that each is reported once.
    ///
    /// # Errors
    /// One line for each variable that is refused, with the remedy.
    pub fn check_for_serving(&self) -> Result<(), ConfigError> {
        if self.profile != Profile::Production {
            return Ok(());
        }
        let has_any_origin = self.cors_origins.iter().any(|origin| origin == "*");
        let refusals: Vec<String> = [
            (
                "DATABASE_URL",
                self.database_url.is_none(),
                "is not set: set a PostgreSQL URL such as postgres://agora@db/agora",
            ),
            (
                "JWT_PRIVATE_KEY",
                self.jwt_private_key.is_none(),
                "is not set: generate a key with `openssl genpkey -algorithm ed25519`",
            ),
            ("CORS_ORIGINS", has_any_origin, "is *: list the origins, such as https://shop.example.com"),
            (
                "PUBLIC_URL",
                self.public_url.is_none(),
                "is not set: set the base URL of links, such as https://api.example.com",
            ),
            (
                "ORDER_CONFIRM_SECONDS",
                self.order_confirm_seconds < SHORTEST_CONFIRM_SECONDS,
                "is less than 60: buyers need the time to pay",
            ),
            (
                "PAYMENT_PROVIDER",
                self.payment_provider.is_none(),
                "is not set: set the base URL of the payment provider, or pseudo to accept orders without money",
            ),
        ]
        .into_iter()
        .filter(|(name, is_unfit, _)| *is_unfit && !self.refused.contains(*name))
        .map(|(name, _, why)| format!("{name} {why}"))
        .collect();
        if refusals.is_empty() { Ok(()) } else { Err(ConfigError(refusals)) }
    }
}

/// Minimum of `ORDER_CONFIRM_SECONDS` in production.
const SHORTEST_CONFIRM_SECONDS: u64 = 60;

/// Returns the settings for `--help`, with the default of each.
#[must_use]
pub fn settings_help() -> String {
    settings::help()
}

impl Config {
    /// Returns the usable part of the configuration, and one line per refusal.
    fn from_source(mut source: Source) -> (Self, Vec<String>) {
        let database_url = source.set(&settings::DATABASE_URL);
        // A refused URL still means that a database was intended.
        let has_database = database_url.is_some() || source.refused.contains(settings::DATABASE_URL.name);
        let by_default = if has_database { Profile::Production } else { Profile::Sandbox };
        let profile = source.set(&settings::PROFILE).unwrap_or(by_default);
        let mut config = Self {
            profile,
            bind: source.value(&settings::BIND, profile),
            metrics_bind: source.value(&settings::METRICS_BIND, profile),
            data_dir: source.value(&settings::DATA_DIR, profile),
            workers: source.set(&settings::WORKERS),
            drain_seconds: source.value(&settings::DRAIN_SECONDS, profile),
            max_connections: source.value(&settings::MAX_CONNECTIONS, profile),
            connections_per_address: source.set(&settings::CONNECTIONS_PER_ADDRESS),
            idle_seconds: source.value(&settings::IDLE_SECONDS, profile),
            receive_seconds: source.value(&settings::RECEIVE_SECONDS, profile),
            database_migrate_url: source
                .set(&settings::DATABASE_MIGRATE_URL)
                .or_else(|| database_url.clone()),
            database_url,
            database_pool_size: source.value(&settings::DATABASE_POOL_SIZE, profile),
            public_url: source.set(&settings::PUBLIC_URL),
            trusted_proxies: source.value(&settings::TRUSTED_PROXIES, profile),
            allowed_hosts: source.value(&settings::ALLOWED_HOSTS, profile),
            cors_origins: source.value(&settings::CORS_ORIGINS, profile),
            currency: source.value(&settings::CURRENCY, profile),
            order_confirm_seconds: source.value(&settings::ORDER_CONFIRM_SECONDS, profile),
            order_max_pending: source.value(&settings::ORDER_MAX_PENDING, profile),
            order_max_units: source.value(&settings::ORDER_MAX_UNITS, profile),
            payment_provider: source.set(&settings::PAYMENT_PROVIDER),
            payment_secret: source.set(&settings::PAYMENT_SECRET),
            rate_limit_anonymous: source.value(&settings::RATE_LIMIT_ANONYMOUS, profile),
            rate_limit_user: source.value(&settings::RATE_LIMIT_USER, profile),
            rate_limit_credentials: source.value(&settings::RATE_LIMIT_CREDENTIALS, profile),
            open_directory: source.value(&settings::OPEN_DIRECTORY, profile),
            registration_open: source.value(&settings::REGISTRATION_OPEN, profile),
            registry_enabled: source.value(&settings::REGISTRY_ENABLED, profile),
            api_docs_enabled: source.value(&settings::API_DOCS_ENABLED, profile),
            jwt_private_key: source.set(&settings::JWT_PRIVATE_KEY),
            secrets: source.value(&settings::SECRETS, profile),
            jwt_issuer: source.value(&settings::JWT_ISSUER, profile),
            jwt_audience: source.value(&settings::JWT_AUDIENCE, profile),
            log_level: source.value(&settings::LOG_LEVEL, profile),
            log_format: source.value(&settings::LOG_FORMAT, profile),
            hints: source.misspelt(),
            refused: source.refused,
        };
        config.hints.extend(config.without_proxies());
        (config, source.refusals)
    }

    /// Returns the file in the data folder with the sandbox's signing key, so that tokens survive a restart.
    #[must_use]
    pub fn sandbox_key_file(&self) -> PathBuf {
        self.data_dir.join("signing-key.pem")
    }

    /// Returns a hint if requests probably come from a proxy that is not known as one. Agora has no TLS of its own.
    fn without_proxies(&self) -> Option<String> {
        let is_behind_one = self.public_url.as_ref().is_some_and(PublicUrl::is_secure);
        (is_behind_one && self.trusted_proxies.is_empty()).then(|| {
            "TRUSTED_PROXIES is not set: all clients behind a proxy count as one for rate limits (docs/proxies.md)".to_owned()
        })
    }
}

#[cfg(test)]
mod tests;
