//! The table of settings: parser, default and expected form of each.
//!
//! `agora --help` prints it. Tests compare `.env.example` with it, and try slightly wrong values of every setting.

use std::fmt::Debug;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use ipnet::IpNet;
use secrecy::SecretString;

use super::values::{self, Read};
use super::{LogFormat, PaymentProvider, Profile, PublicUrl};

/// A setting.
pub(super) struct Setting<T: 'static> {
    pub(super) name: &'static str,
    /// Description for `--help`.
    pub(super) about: &'static str,
    pub(super) default: ByDefault,
    /// Description of a valid value, for error messages.
    pub(super) expected: &'static str,
    pub(super) read: fn(&str) -> Read<T>,
}

/// The default of a setting.
#[derive(Clone, Copy)]
pub(super) enum ByDefault {
    Always(&'static str),
    ByProfile {
        sandbox: &'static str,
        production: &'static str,
    },
    /// No default; the text describes the effect.
    None(&'static str),
}

use ByDefault::{Always, ByProfile};

const SWITCHED_ON_IN_THE_SANDBOX: ByDefault = ByProfile { sandbox: "on", production: "off" };
/// A limit that no test or demonstration reaches.
const NO_LIMIT: &str = "1000000";
const RATE: &str = "a whole number from 1 to 1000000";
const COUNT: &str = "a whole number from 1 to 65536";
const SWITCH: &str = "on or off";
const DATABASE: &str = "a PostgreSQL URL such as postgres://agora@db/agora";

pub(super) const PROFILE: Setting<Profile> = Setting {
    name: "AGORA_PROFILE",
    about: "sandbox (seeded, lenient) or production (strict about missing or open settings)",
    default: ByDefault::None("production if DATABASE_URL is set, otherwise sandbox"),
    expected: "sandbox or production",
    read: values::profile,
};

pub(super) const BIND: Setting<SocketAddr> = Setting {
    name: "AGORA_BIND",
    about: "address and port of the API server",
    default: Always("127.0.0.1:8000"),
    expected: "an address and port such as 127.0.0.1:8000",
    read: values::parsed,
};

pub(super) const METRICS_BIND: Setting<Option<SocketAddr>> = Setting {
    name: "AGORA_METRICS_BIND",
    about: "address and port of the metrics server, or off",
    default: Always("127.0.0.1:9464"),
    expected: "an address and port such as 127.0.0.1:9464, or off",
    read: values::address_or_off,
};

pub(super) const MAX_CONNECTIONS: Setting<usize> = Setting {
    name: "AGORA_MAX_CONNECTIONS",
    about: "maximum number of open connections; more connections wait",
    default: Always("4096"),
    expected: COUNT,
    read: values::count,
};

pub(super) const CONNECTIONS_PER_ADDRESS: Setting<usize> = Setting {
    name: "AGORA_CONNECTIONS_PER_ADDRESS",
    about: "maximum number of open connections per client address",
    default: ByDefault::None("unlimited, for use behind a proxy"),
    expected: COUNT,
    read: values::count,
};

pub(super) const IDLE_SECONDS: Setting<u64> = Setting {
    name: "AGORA_IDLE_SECONDS",
    about: "idle timeout of a connection",
    default: Always("75"),
    expected: "a whole number of seconds from 1 to 65536",
    read: values::seconds,
};

pub(super) const RECEIVE_SECONDS: Setting<u64> = Setting {
    name: "AGORA_RECEIVE_SECONDS",
    about: "maximum time for the header of a request to arrive, and for its body",
    default: Always("10"),
    expected: "a whole number of seconds from 1 to 100",
    read: values::receive_seconds,
};

pub(super) const DRAIN_SECONDS: Setting<u64> = Setting {
    name: "AGORA_DRAIN_SECONDS",
    about: "time between failing readiness and closing the listener on shutdown",
    default: ByProfile { sandbox: "0", production: "5" },
    expected: "a whole number of seconds from 0 to 300",
    read: values::drain_seconds,
};

pub(super) const WORKERS: Setting<usize> = Setting {
    name: "AGORA_WORKERS",
    about: "number of worker threads",
    default: ByDefault::None("number of CPU cores"),
    expected: COUNT,
    read: values::count,
};

pub(super) const DATA_DIR: Setting<PathBuf> = Setting {
    name: "AGORA_DATA_DIR",
    about: "directory of the sandbox's PostgreSQL cluster and signing key",
    default: Always(".agora"),
    expected: "a directory path; ~ is not expanded",
    read: values::folder,
};

pub(super) const DATABASE_URL: Setting<SecretString> = Setting {
    name: "DATABASE_URL",
    about: "database of the server; the login must be a member of agora_app",
    default: ByDefault::None("private cluster in the sandbox; required in production"),
    expected: DATABASE,
    read: values::database,
};

pub(super) const DATABASE_MIGRATE_URL: Setting<SecretString> = Setting {
    name: "DATABASE_MIGRATE_URL",
    about: "the same database, with the login that runs migrations",
    default: ByDefault::None("DATABASE_URL"),
    expected: DATABASE,
    read: values::database,
};

pub(super) const DATABASE_POOL_SIZE: Setting<usize> = Setting {
    name: "DATABASE_POOL_SIZE",
    about: "number of pooled database connections; two more are reserved",
    default: Always("16"),
    expected: COUNT,
    read: values::count,
};

pub(super) const PUBLIC_URL: Setting<PublicUrl> = Setting {
    name: "PUBLIC_URL",
    about: "base URL of absolute links",
    default: ByDefault::None("the request's host if it is allowed; required in production"),
    expected: "a URL with scheme, host and optional path, such as https://api.example.com or \
               https://example.com/shop",
    read: values::public_url,
};

pub(super) const TRUSTED_PROXIES: Setting<Vec<IpNet>> = Setting {
    name: "TRUSTED_PROXIES",
    about: "addresses and networks of proxies whose Forwarded and X-Forwarded headers are trusted",
    default: Always(""),
    expected: "comma-separated addresses and networks, such as 10.0.0.0/8",
    read: values::networks,
};

pub(super) const ALLOWED_HOSTS: Setting<Vec<String>> = Setting {
    name: "ALLOWED_HOSTS",
    about: "hosts of requests that absolute links may use if PUBLIC_URL is not set",
    default: ByProfile { sandbox: "localhost,127.0.0.1,[::1]", production: "" },
    expected: "comma-separated hosts, such as api.example.com, without scheme, path or wildcard",
    read: values::hosts,
};

pub(super) const CORS_ORIGINS: Setting<Vec<String>> = Setting {
    name: "CORS_ORIGINS",
    about: "origins that may call the API from browsers; * allows any",
    default: ByProfile { sandbox: "*", production: "" },
    expected: "comma-separated origins, such as https://shop.example.com",
    read: values::origins,
};

pub(super) const JWT_PRIVATE_KEY: Setting<SecretString> = Setting {
    name: "JWT_PRIVATE_KEY",
    about: "Ed25519 private keys in PKCS#8 PEM; the first signs access tokens, all verify them",
    default: ByDefault::None("generated in the sandbox; required in production"),
    expected: "a PEM key generated by `openssl genpkey -algorithm ed25519`",
    read: values::pem,
};

pub(super) const SECRETS: Setting<Vec<SecretString>> = Setting {
    name: "AGORA_SECRETS",
    about: "secrets for refresh tokens, cursors and idempotency keys; the first signs, all verify",
    default: Always(super::SIGNING_KEYS),
    expected: "comma-separated distinct secrets of at least 32 characters, generated by `openssl rand -base64 32`",
    read: values::secrets,
};

pub(super) const JWT_ISSUER: Setting<String> = Setting {
    name: "JWT_ISSUER",
    about: "`iss` of access tokens",
    default: Always("agora"),
    expected: "one name without spaces or commas, such as agora",
    read: values::name,
};

pub(super) const JWT_AUDIENCE: Setting<String> = Setting {
    name: "JWT_AUDIENCE",
    about: "`aud` of access tokens",
    default: Always("agora"),
    expected: "one name without spaces or commas, such as agora",
    read: values::name,
};

pub(super) const LOG_LEVEL: Setting<String> = Setting {
    name: "LOG_LEVEL",
    about: "log level or filter, such as info, debug or agora::auth=debug,info",
    default: Always("info"),
    expected: "a filter such as info or agora=debug,info; targets are agora, its modules and its dependencies",
    read: values::log_filter,
};

pub(super) const LOG_FORMAT: Setting<LogFormat> = Setting {
    name: "LOG_FORMAT",
    about: "log format: pretty or json",
    default: ByProfile { sandbox: "pretty", production: "json" },
    expected: "pretty or json",
    read: values::log_format,
};

pub(super) const RATE_LIMIT_ANONYMOUS: Setting<NonZeroU32> = Setting {
    name: "RATE_LIMIT_ANONYMOUS",
    about: "maximum number of requests a minute from a client address without a valid credential",
    default: ByProfile { sandbox: NO_LIMIT, production: "300" },
    expected: RATE,
    read: values::rate,
};

pub(super) const RATE_LIMIT_USER: Setting<NonZeroU32> = Setting {
    name: "RATE_LIMIT_USER",
    about: "maximum number of requests a minute from a user",
    default: ByProfile { sandbox: NO_LIMIT, production: "1200" },
    expected: RATE,
    read: values::rate,
};

pub(super) const RATE_LIMIT_CREDENTIALS: Setting<NonZeroU32> = Setting {
    name: "RATE_LIMIT_CREDENTIALS",
    about: "maximum number of sign-ins, refreshes and the like a minute from a client address",
    default: ByProfile { sandbox: NO_LIMIT, production: "30" },
    expected: RATE,
    read: values::rate,
};

pub(super) const OPEN_DIRECTORY: Setting<bool> = Setting {
    name: "OPEN_DIRECTORY",
    about: "allows anyone to read users and carts, as in FakeStore",
    default: SWITCHED_ON_IN_THE_SANDBOX,
    expected: SWITCH,
    read: values::switch,
};

pub(super) const REGISTRATION_OPEN: Setting<bool> = Setting {
    name: "REGISTRATION_OPEN",
    about: "allows anyone to register",
    default: SWITCHED_ON_IN_THE_SANDBOX,
    expected: SWITCH,
    read: values::switch,
};

pub(super) const REGISTRY_ENABLED: Setting<bool> = Setting {
    name: "REGISTRY_ENABLED",
    about: "enables the people registry",
    default: SWITCHED_ON_IN_THE_SANDBOX,
    expected: SWITCH,
    read: values::switch,
};

pub(super) const API_DOCS_ENABLED: Setting<bool> = Setting {
    name: "API_DOCS_ENABLED",
    about: "enables the API documentation and the OpenAPI document",
    default: SWITCHED_ON_IN_THE_SANDBOX,
    expected: SWITCH,
    read: values::switch,
};

pub(super) const CURRENCY: Setting<String> = Setting {
    name: "AGORA_CURRENCY",
    about: "currency of all prices (ISO 4217)",
    default: Always("USD"),
    expected: "three capital letters, such as EUR",
    read: values::currency,
};

pub(super) const ORDER_CONFIRM_SECONDS: Setting<u64> = Setting {
    name: "ORDER_CONFIRM_SECONDS",
    about: "time for which an order can be confirmed; production requires at least 60",
    default: Always("300"),
    expected: "a whole number of seconds from 1 to 300",
    read: values::confirm_seconds,
};

pub(super) const ORDER_MAX_PENDING: Setting<usize> = Setting {
    name: "ORDER_MAX_PENDING",
    about: "maximum number of a buyer's open orders (pending or confirmed)",
    default: Always("20"),
    expected: COUNT,
    read: values::count,
};

pub(super) const ORDER_MAX_UNITS: Setting<u64> = Setting {
    name: "ORDER_MAX_UNITS",
    about: "maximum number of units in a buyer's open orders",
    default: Always("1000"),
    expected: "a whole number from 1 to 1000000000",
    read: values::units,
};

pub(super) const PAYMENT_PROVIDER: Setting<PaymentProvider> = Setting {
    name: "PAYMENT_PROVIDER",
    about: "base URL of the payment provider (docs/payments.md), or pseudo, which accepts orders without money",
    default: ByDefault::None("pseudo in the sandbox; required in production"),
    expected: "pseudo, or an HTTP URL without credentials and query, such as https://pay.example.com/v1",
    read: values::payment_provider,
};

pub(super) const PAYMENT_SECRET: Setting<SecretString> = Setting {
    name: "PAYMENT_SECRET",
    about: "bearer token for the payment provider",
    default: ByDefault::None("no token is sent"),
    expected: "visible ASCII characters",
    read: values::header_secret,
};

/// All settings, in the order of `.env.example`.
pub(super) const ALL: [&(dyn Row + Sync); 36] = [
    &PROFILE,
    &BIND,
    &METRICS_BIND,
    &MAX_CONNECTIONS,
    &CONNECTIONS_PER_ADDRESS,
    &IDLE_SECONDS,
    &RECEIVE_SECONDS,
    &DRAIN_SECONDS,
    &WORKERS,
    &DATA_DIR,
    &DATABASE_URL,
    &DATABASE_MIGRATE_URL,
    &DATABASE_POOL_SIZE,
    &PUBLIC_URL,
    &TRUSTED_PROXIES,
    &ALLOWED_HOSTS,
    &CORS_ORIGINS,
    &JWT_PRIVATE_KEY,
    &SECRETS,
    &JWT_ISSUER,
    &JWT_AUDIENCE,
    &LOG_LEVEL,
    &LOG_FORMAT,
    &CURRENCY,
    &ORDER_CONFIRM_SECONDS,
    &ORDER_MAX_PENDING,
    &ORDER_MAX_UNITS,
    &PAYMENT_PROVIDER,
    &PAYMENT_SECRET,
    &RATE_LIMIT_ANONYMOUS,
    &RATE_LIMIT_USER,
    &RATE_LIMIT_CREDENTIALS,
    &OPEN_DIRECTORY,
    &REGISTRATION_OPEN,
    &REGISTRY_ENABLED,
    &API_DOCS_ENABLED,
];

/// Settings that may come from a file, which the variable with the suffix `_FILE` names.
pub(super) const IN_FILES: [&str; 5] =
    ["DATABASE_URL", "DATABASE_MIGRATE_URL", "JWT_PRIVATE_KEY", "AGORA_SECRETS", "PAYMENT_SECRET"];

/// Variables of Agora that are read outside of this module.
pub(super) const ELSEWHERE: [&str; 1] = ["AGORA_POSTGRES_IMAGE"];

/// A setting of any type.
pub(super) trait Row {
    fn name(&self) -> &'static str;
    fn about(&self) -> &'static str;
    fn default(&self) -> ByDefault;
    /// Parses a text and formats the value with secrets redacted. `None` if the text is refused.
    #[cfg(test)]
    fn shown(&self, text: &str) -> Option<String>;
}

impl<T: Debug> Row for Setting<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn default(&self) -> ByDefault {
        self.default
    }

    #[cfg(test)]
    fn shown(&self, text: &str) -> Option<String> {
        (self.read)(text).ok().map(|value| format!("{value:?}"))
    }
}

/// Formats the table for `--help`.
pub(super) fn help() -> String {
    let line = |row: &&(dyn Row + Sync)| {
        let default = match row.default() {
            Always("") => "none".to_owned(),
            Always(text) => text.to_owned(),
            ByProfile { sandbox, production } => {
                let shown = |text: &'static str| if text.is_empty() { "none" } else { text };
                format!("{} in the sandbox, {} in production", shown(sandbox), shown(production))
            }
            ByDefault::None(words) => words.to_owned(),
        };
        let file = if IN_FILES.contains(&row.name()) { " (or _FILE)" } else { "" };
        format!("  {}{file}\n          {} [{default}]", row.name(), row.about())
    };
    let lines: Vec<String> = ALL.iter().map(line).collect();
    format!("Environment:\n{}", lines.join("\n"))
}
