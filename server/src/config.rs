//! The configuration: read from the environment once, typed, secrets wrapped. The table of settings says how each is read;
//! every refusal names the variable and the remedy, and all of them are reported together.

mod names;
mod settings;
mod source;
mod values;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use secrecy::SecretString;

pub use names::PublicUrl;
use source::{Source, is_ours};

/// The entry of `AGORA_SECRETS` that stands for the keys that derive from the signing keys.
pub const SIGNING_KEYS: &str = "signing-keys";
/// What kind of server this is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Profile {
    /// Seeded and forgiving, for development: the default without `DATABASE_URL`.
    Sandbox,
    /// The default with `DATABASE_URL`.
    Production,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// Everything that the environment decides.
#[derive(Clone, Debug)]
pub struct Config {
    /// `AGORA_PROFILE`: `sandbox` or `production`.
    pub profile: Profile,
    /// `AGORA_BIND`: where to listen, 127.0.0.1:8000.
    pub bind: SocketAddr,
    /// `AGORA_METRICS_BIND`: where to tell metrics, 127.0.0.1:9464; `off` for nowhere.
    pub metrics_bind: Option<SocketAddr>,
    /// `AGORA_DATA_DIR`: where the sandbox keeps its cluster and keys, `.agora`.
    pub data_dir: PathBuf,
    /// `AGORA_WORKERS`: async worker threads; as many as cores when it is not set.
    pub workers: Option<usize>,
    /// `AGORA_DRAIN_SECONDS`: how long readiness says 503 before a shutdown takes no more connections, so that balancers
    /// see it; 0 in the sandbox, else 5, at most 300.
    pub drain_seconds: u64,
    /// `AGORA_MAX_CONNECTIONS`: connections accepted at a time, 4096.
    pub max_connections: usize,
    /// `AGORA_CONNECTIONS_PER_ADDRESS`: connections accepted at a time from one address; any number when it is not set,
    /// as behind a proxy, whose connections all have its address.
    pub connections_per_address: Option<usize>,
    /// `AGORA_IDLE_SECONDS`: how long a connection may wait for its next request, 75: longer than proxies keep theirs.
    pub idle_seconds: u64,
    /// `DATABASE_URL`: the database to serve from; a private cluster without it.
    pub database_url: Option<SecretString>,
    /// `DATABASE_MIGRATE_URL`: the database as its owner sees it; `DATABASE_URL` without it.
    pub database_migrate_url: Option<SecretString>,
    /// `DATABASE_POOL_SIZE`: connections to the database, 16.
    pub database_pool_size: usize,
    /// `PUBLIC_URL`: the URL that clients call, for links; a path in it is one that a proxy removes.
    pub public_url: Option<PublicUrl>,
    /// `TRUSTED_PROXIES`: addresses and networks, with commas, of proxies whose `Forwarded` and `X-Forwarded` fields are
    /// believed; none by default.
    pub trusted_proxies: Vec<IpNet>,
    /// `ALLOWED_HOSTS`: hosts, with commas, that absolute links may take from a request.
    pub allowed_hosts: Vec<String>,
    /// `CORS_ORIGINS`: origins, with commas; `*` is any, and the sandbox's default.
    pub cors_origins: Vec<String>,
    /// `OPEN_DIRECTORY`: whether users and carts are read as publicly as FakeStore has them; on in the sandbox.
    pub open_directory: bool,
    /// `REGISTRATION_OPEN`: whether anybody may register, or staff alone make users; on in the sandbox.
    pub registration_open: bool,
    /// `REGISTRY_ENABLED`: whether the people registry is served, whose users read and change all of its records; on in the
    /// sandbox.
    pub registry_enabled: bool,
    /// `API_DOCS_ENABLED`: whether contract and documentation are served; in the sandbox by default.
    pub api_docs_enabled: bool,
    /// `JWT_PRIVATE_KEY`: Ed25519 keys, PKCS#8 as PEM, the one that signs first; the sandbox makes one in its data folder.
    pub jwt_private_key: Option<SecretString>,
    /// `AGORA_SECRETS`: what the MAC keys of refresh tokens, cursors and fingerprints derive from, the one that signs first;
    /// the signing keys where it is not set.
    pub secrets: Vec<SecretString>,
    /// `JWT_ISSUER`: `iss` of tokens, `agora`.
    pub jwt_issuer: String,
    /// `JWT_AUDIENCE`: `aud` of tokens, `agora`.
    pub jwt_audience: String,
    /// `LOG_LEVEL`: a filter such as `info` or `agora=debug`; targets that nothing logs by are refused.
    pub log_level: String,
    /// `LOG_FORMAT`: `pretty` or `json`; json in production.
    pub log_format: LogFormat,
    /// A line for each variable that is nearly named like a setting.
    pub hints: Vec<String>,
}

/// Why the environment is refused: a line for each variable.
#[derive(Debug, thiserror::Error)]
#[error("the configuration is not usable:\n{}", .0.iter().map(|line| format!("  - {line}")).collect::<Vec<_>>().join("\n"))]
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

    /// Reads the process's environment as far as it is usable, and gives a line for each variable that is refused.
    #[must_use]
    pub fn examine() -> (Self, Vec<String>) {
        Self::from_os_vars(std::env::vars_os())
    }

    /// Reads variables that need not be Unicode: ours must be, and a refusal does not repeat them.
    fn from_os_vars(vars: impl IntoIterator<Item = (OsString, OsString)>) -> (Self, Vec<String>) {
        let (mut unicode, mut refusals) = (Vec::new(), Vec::new());
        for (name, value) in vars {
            match (name.into_string(), value.into_string()) {
                (Ok(name), Ok(value)) => unicode.push((name, value)),
                (Ok(name), Err(_)) if is_ours(&name) => {
                    refusals.push(format!("{name} is not UTF-8: set it anew"));
                }
                _ => {}
            }
        }
        let (config, others) = Self::read(unicode);
        refusals.extend(others);
        (config, refusals)
    }

    /// Reads the given variables.
    ///
    /// # Errors
    /// As for [`Config::from_env`].
    pub fn from_vars(vars: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let (config, refusals) = Self::read(vars);
        if refusals.is_empty() { Ok(config) } else { Err(ConfigError(refusals)) }
    }

    fn read(vars: impl IntoIterator<Item = (String, String)>) -> (Self, Vec<String>) {
        let mut source = Source { vars: vars.into_iter().collect(), refusals: Vec::new() };
        let mut config = Self::of(&mut source);
        config.hints = source.misspelt();
        (config, source.refusals)
    }

    /// Whether a server may start so: production has no defaults for what must be secret or exact.
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
                self.database_url.is_none(),
                "DATABASE_URL is not set: name a database, such as postgres://agora@db/agora",
            ),
            (
                self.jwt_private_key.is_none(),
                "JWT_PRIVATE_KEY is not set: make one with `openssl genpkey -algorithm ed25519`",
            ),
            (has_any_origin, "CORS_ORIGINS is * : name the origins, such as https://shop.example.com"),
            (
                self.public_url.is_none(),
                "PUBLIC_URL is not set: absolute links need scheme and host, such as https://api.example.com",
            ),
        ]
        .into_iter()
        .filter(|(is_refused, _)| *is_refused)
        .map(|(_, line)| line.to_owned())
        .collect();
        if refusals.is_empty() { Ok(()) } else { Err(ConfigError(refusals)) }
    }
}

/// The settings, for `--help`: a line or two each, with what holds where it is not set.
#[must_use]
pub fn settings_help() -> String {
    settings::help()
}

impl Config {
    fn of(source: &mut Source) -> Self {
        let database_url = source.set(&settings::DATABASE_URL);
        let by_default = if database_url.is_some() { Profile::Production } else { Profile::Sandbox };
        let profile = source.set(&settings::PROFILE).unwrap_or(by_default);
        Self {
            profile,
            bind: source.value(&settings::BIND, profile),
            metrics_bind: source.value(&settings::METRICS_BIND, profile),
            data_dir: source.value(&settings::DATA_DIR, profile),
            workers: source.set(&settings::WORKERS),
            drain_seconds: source.value(&settings::DRAIN_SECONDS, profile),
            max_connections: source.value(&settings::MAX_CONNECTIONS, profile),
            connections_per_address: source.set(&settings::CONNECTIONS_PER_ADDRESS),
            idle_seconds: source.value(&settings::IDLE_SECONDS, profile),
            database_migrate_url: source
                .set(&settings::DATABASE_MIGRATE_URL)
                .or_else(|| database_url.clone()),
            database_url,
            database_pool_size: source.value(&settings::DATABASE_POOL_SIZE, profile),
            public_url: source.set(&settings::PUBLIC_URL),
            trusted_proxies: source.value(&settings::TRUSTED_PROXIES, profile),
            allowed_hosts: source.value(&settings::ALLOWED_HOSTS, profile),
            cors_origins: source.value(&settings::CORS_ORIGINS, profile),
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
            hints: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
