//! The configuration: read from the environment once, typed, secrets wrapped. Every refusal names the variable and the
//! remedy, and all of them are told together.

mod names;

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};

pub use names::PublicUrl;
use names::normal_origin;

/// The entry of `AGORA_SECRETS` that stands for the keys that derive from the signing keys.
pub const SIGNING_KEYS: &str = "signing-keys";
/// The longest `AGORA_DRAIN_SECONDS`: a typing error must not keep a server from ending.
const MAX_DRAIN_SECONDS: u64 = 300;
const DRAIN_SECONDS_EXPECTED: &str = "a whole number of seconds from 0 to 300";

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
    /// `LOG_LEVEL`: a filter such as `info` or `agora=debug`.
    pub log_level: String,
    /// `LOG_FORMAT`: `pretty` or `json`; json in production.
    pub log_format: LogFormat,
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
        (source.config(), source.refusals)
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

struct Source {
    vars: HashMap<String, String>,
    refusals: Vec<String>,
}

impl Source {
    fn config(&mut self) -> Config {
        let database_url = self.secret("DATABASE_URL");
        let by_default = if database_url.is_some() { Profile::Production } else { Profile::Sandbox };
        let choices = [("sandbox", Profile::Sandbox), ("production", Profile::Production)];
        let profile = self.choice("AGORA_PROFILE", by_default, &choices);
        let is_sandbox = profile == Profile::Sandbox;
        let log_format = if is_sandbox { LogFormat::Pretty } else { LogFormat::Json };
        let formats = [("pretty", LogFormat::Pretty), ("json", LogFormat::Json)];
        Config {
            profile,
            bind: self.parsed(
                "AGORA_BIND",
                SocketAddr::from(([127, 0, 0, 1], 8000)),
                "an address and port such as 127.0.0.1:8000",
            ),
            metrics_bind: self.metrics_bind(),
            data_dir: self.text("AGORA_DATA_DIR").unwrap_or_else(|| ".agora".to_owned()).into(),
            workers: self.count("AGORA_WORKERS"),
            drain_seconds: self.drain_seconds(is_sandbox),
            max_connections: self.count("AGORA_MAX_CONNECTIONS").unwrap_or(4096),
            connections_per_address: self.count("AGORA_CONNECTIONS_PER_ADDRESS"),
            idle_seconds: self.count("AGORA_IDLE_SECONDS").map_or(75, |seconds| seconds as u64),
            database_migrate_url: self.secret("DATABASE_MIGRATE_URL").or_else(|| database_url.clone()),
            database_url,
            database_pool_size: self.count("DATABASE_POOL_SIZE").unwrap_or(16),
            public_url: self.public_url(),
            trusted_proxies: self.trusted_proxies(),
            allowed_hosts: self.list("ALLOWED_HOSTS").unwrap_or_else(|| local_hosts(is_sandbox)),
            cors_origins: self.cors_origins(is_sandbox),
            open_directory: self.switch("OPEN_DIRECTORY", is_sandbox),
            registration_open: self.switch("REGISTRATION_OPEN", is_sandbox),
            registry_enabled: self.switch("REGISTRY_ENABLED", is_sandbox),
            api_docs_enabled: self.switch("API_DOCS_ENABLED", is_sandbox),
            jwt_private_key: self.secret("JWT_PRIVATE_KEY"),
            secrets: self.secrets(),
            jwt_issuer: self.text("JWT_ISSUER").unwrap_or_else(|| "agora".to_owned()),
            jwt_audience: self.text("JWT_AUDIENCE").unwrap_or_else(|| "agora".to_owned()),
            log_level: self.log_level(),
            log_format: self.choice("LOG_FORMAT", log_format, &formats),
        }
    }

    fn refuse(&mut self, variable: &str, why: impl Display) {
        self.refusals.push(format!("{variable} {why}"));
    }

    /// A variable's value; one that is empty counts as not set.
    fn text(&self, variable: &str) -> Option<String> {
        self.vars.get(variable).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// A secret from the variable, or from the file that the variable with `_FILE` names.
    fn secret(&mut self, variable: &str) -> Option<SecretString> {
        let by_file = format!("{variable}_FILE");
        match (self.text(variable), self.text(&by_file)) {
            (Some(_), Some(_)) => {
                self.refuse(&by_file, format!("is set and {variable} too: set one of them"));
                None
            }
            (Some(value), None) => Some(value.into()),
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(value) if value.trim().is_empty() => {
                    self.refuse(&by_file, format!("names {path}, which is empty: write the secret into it"));
                    None
                }
                Ok(value) => Some(value.trim().to_owned().into()),
                Err(error) => {
                    self.refuse(
                        &by_file,
                        format!("names {path}, which cannot be read ({error}): mend path or rights"),
                    );
                    None
                }
            },
            (None, None) => None,
        }
    }

    /// Secrets with commas, blanks or ends of line between them.
    fn secrets(&mut self) -> Vec<SecretString> {
        const SHORTEST: usize = 32;
        let Some(text) = self.secret("AGORA_SECRETS") else {
            return Vec::new();
        };
        let entries = text.expose_secret().split(|letter: char| letter == ',' || letter.is_whitespace());
        let entries: Vec<&str> = entries.filter(|entry| !entry.is_empty()).collect();
        let is_known = |entry: &&str| *entry == SIGNING_KEYS || entry.len() >= SHORTEST;
        let distinct: BTreeSet<&str> = entries.iter().copied().collect();
        if !entries.iter().all(is_known) || distinct.len() < entries.len() || entries.is_empty() {
            self.refuse(
                "AGORA_SECRETS",
                "is not usable: set secrets of 32 characters or more with commas, each once, made with `openssl rand -base64 32`",
            );
        }
        entries.into_iter().map(Into::into).collect()
    }

    fn parsed<T: FromStr>(&mut self, variable: &str, by_default: T, expected: &str) -> T {
        match self.text(variable).map(|value| value.parse()) {
            None => by_default,
            Some(Ok(value)) => value,
            Some(Err(_)) => {
                self.refuse(variable, format!("is not usable: set {expected}"));
                by_default
            }
        }
    }

    fn count(&mut self, variable: &str) -> Option<usize> {
        let value = self.text(variable)?;
        let count = value.parse().ok().filter(|count| (1..=65_536).contains(count));
        if count.is_none() {
            self.refuse(variable, "is not usable: set a whole number from 1 to 65536");
        }
        count
    }

    fn choice<T: Copy>(&mut self, variable: &str, by_default: T, choices: &[(&str, T)]) -> T {
        let Some(value) = self.text(variable) else {
            return by_default;
        };
        if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == value) {
            return *choice;
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        self.refuse(variable, format!("is not usable: set {}", names.join(" or ")));
        by_default
    }

    /// Every switch has the same words, in any case.
    fn switch(&mut self, variable: &str, by_default: bool) -> bool {
        let Some(value) = self.text(variable) else {
            return by_default;
        };
        match value.to_ascii_lowercase().as_str() {
            "on" | "true" | "yes" | "1" => true,
            "off" | "false" | "no" | "0" => false,
            _ => {
                self.refuse(variable, "is not usable: set on or off");
                by_default
            }
        }
    }

    fn list(&self, variable: &str) -> Option<Vec<String>> {
        let value = self.text(variable)?;
        Some(value.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect())
    }

    fn log_level(&mut self) -> String {
        let level = self.text("LOG_LEVEL").unwrap_or_else(|| "info".to_owned());
        // A word that is no level would be taken for the name of a target, and nothing else would be logged.
        let is_level = |word: &str| {
            let levels = ["off", "error", "warn", "info", "debug", "trace"];
            levels.iter().any(|level| level.eq_ignore_ascii_case(word))
        };
        let is_directive = |part: &str| match part.trim().rsplit_once('=') {
            Some((_, level)) => is_level(level),
            None => is_level(part.trim()),
        };
        if !level.split(',').all(is_directive) || tracing_subscriber::EnvFilter::try_new(&level).is_err() {
            self.refuse("LOG_LEVEL", "is not usable: set a filter such as info or agora=debug");
        }
        level
    }

    fn cors_origins(&mut self, is_sandbox: bool) -> Vec<String> {
        let by_default = if is_sandbox { vec!["*".to_owned()] } else { Vec::new() };
        let origins = self.list("CORS_ORIGINS").unwrap_or(by_default);
        let normal: Option<Vec<String>> = origins.iter().map(|origin| normal_origin(origin)).collect();
        normal.unwrap_or_else(|| {
            self.refuse(
                "CORS_ORIGINS",
                "is not usable: set origins with commas, such as https://shop.example.com",
            );
            Vec::new()
        })
    }

    fn metrics_bind(&mut self) -> Option<SocketAddr> {
        if self.text("AGORA_METRICS_BIND").as_deref() == Some("off") {
            return None;
        }
        let by_default = SocketAddr::from(([127, 0, 0, 1], 9464));
        Some(self.parsed(
            "AGORA_METRICS_BIND",
            by_default,
            "an address and port such as 127.0.0.1:9464, or off",
        ))
    }

    fn public_url(&mut self) -> Option<PublicUrl> {
        let url = self.text("PUBLIC_URL")?;
        let parsed = PublicUrl::parse(&url);
        if parsed.is_none() {
            self.refuse(
                "PUBLIC_URL",
                "is not usable: set scheme and host, and a plain path where there is one, such as \
                 https://api.example.com or https://example.com/shop",
            );
        }
        parsed
    }

    fn trusted_proxies(&mut self) -> Vec<IpNet> {
        let mut networks = Vec::new();
        for text in self.list("TRUSTED_PROXIES").unwrap_or_default() {
            match names::network(&text) {
                Ok(network) => networks.push(network),
                Err(why) => self.refuse("TRUSTED_PROXIES", why),
            }
        }
        networks
    }

    fn drain_seconds(&mut self, is_sandbox: bool) -> u64 {
        let by_default = if is_sandbox { 0 } else { 5 };
        let seconds = self.parsed("AGORA_DRAIN_SECONDS", by_default, DRAIN_SECONDS_EXPECTED);
        if seconds > MAX_DRAIN_SECONDS {
            self.refuse("AGORA_DRAIN_SECONDS", format!("is not usable: set {DRAIN_SECONDS_EXPECTED}"));
        }
        seconds
    }
}

fn is_ours(name: &str) -> bool {
    const BEGINNINGS: [&str; 4] = ["AGORA_", "DATABASE_", "JWT_", "LOG_"];
    const NAMES: [&str; 8] = [
        "ALLOWED_HOSTS",
        "API_DOCS_ENABLED",
        "CORS_ORIGINS",
        "OPEN_DIRECTORY",
        "PUBLIC_URL",
        "REGISTRATION_OPEN",
        "REGISTRY_ENABLED",
        "TRUSTED_PROXIES",
    ];
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) || NAMES.contains(&name)
}

fn local_hosts(is_sandbox: bool) -> Vec<String> {
    let hosts: &[&str] = if is_sandbox { &["localhost", "127.0.0.1", "[::1]"] } else { &[] };
    hosts.iter().map(|host| (*host).to_owned()).collect()
}

#[cfg(test)]
mod tests;
