//! The table of settings: parser, default and expected form of each.
//!
//! `agora --help` prints it. Tests compare `.env.example` with it, and try slightly wrong values of every setting.

use std::fmt::Debug;
use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use secrecy::SecretString;

use super::values::{self, Read};
use super::{LogFormat, Profile, PublicUrl};

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
const COUNT: &str = "a whole number from 1 to 65536";
const SWITCH: &str = "on or off";
const DATABASE: &str = "a PostgreSQL URL such as postgres://agora@db/agora";

pub(super) const PROFILE: Setting<Profile> = Setting {
    name: "AGORA_PROFILE",
    about: "sandbox (seeded and forgiving) or production (refuses what is missing or open)",
    default: ByDefault::None("production where DATABASE_URL is set, else sandbox"),
    expected: "sandbox or production",
    read: values::profile,
};

pub(super) const BIND: Setting<SocketAddr> = Setting {
    name: "AGORA_BIND",
    about: "address and port of the API",
    default: Always("127.0.0.1:8000"),
    expected: "an address and port such as 127.0.0.1:8000",
    read: values::parsed,
};

pub(super) const METRICS_BIND: Setting<Option<SocketAddr>> = Setting {
    name: "AGORA_METRICS_BIND",
    about: "address and port of the metrics, or off",
    default: Always("127.0.0.1:9464"),
    expected: "an address and port such as 127.0.0.1:9464, or off",
    read: values::address_or_off,
};

pub(super) const MAX_CONNECTIONS: Setting<usize> = Setting {
    name: "AGORA_MAX_CONNECTIONS",
    about: "connections accepted at a time; further ones wait",
    default: Always("4096"),
    expected: COUNT,
    read: values::count,
};

pub(super) const CONNECTIONS_PER_ADDRESS: Setting<usize> = Setting {
    name: "AGORA_CONNECTIONS_PER_ADDRESS",
    about: "connections accepted at a time from one address",
    default: ByDefault::None("any number, as behind a proxy"),
    expected: COUNT,
    read: values::count,
};

pub(super) const IDLE_SECONDS: Setting<u64> = Setting {
    name: "AGORA_IDLE_SECONDS",
    about: "how long a connection may wait for its next request",
    default: Always("75"),
    expected: "a whole number of seconds from 1 to 65536",
    read: values::seconds,
};

pub(super) const DRAIN_SECONDS: Setting<u64> = Setting {
    name: "AGORA_DRAIN_SECONDS",
    about: "how long readiness is 503 before a shutdown takes no more connections",
    default: ByProfile { sandbox: "0", production: "5" },
    expected: "a whole number of seconds from 0 to 300",
    read: values::drain_seconds,
};

pub(super) const WORKERS: Setting<usize> = Setting {
    name: "AGORA_WORKERS",
    about: "threads that serve requests",
    default: ByDefault::None("as many as cores"),
    expected: COUNT,
    read: values::count,
};

pub(super) const DATA_DIR: Setting<PathBuf> = Setting {
    name: "AGORA_DATA_DIR",
    about: "folder of the sandbox's PostgreSQL and signing key",
    default: Always(".agora"),
    expected: "the path of a folder; ~ is not expanded",
    read: values::folder,
};

pub(super) const DATABASE_URL: Setting<SecretString> = Setting {
    name: "DATABASE_URL",
    about: "the database to serve from, as a member of agora_app",
    default: ByDefault::None("the sandbox keeps its own; required in production"),
    expected: DATABASE,
    read: values::database,
};

pub(super) const DATABASE_MIGRATE_URL: Setting<SecretString> = Setting {
    name: "DATABASE_MIGRATE_URL",
    about: "the same database as the role that migrates",
    default: ByDefault::None("DATABASE_URL"),
    expected: DATABASE,
    read: values::database,
};

pub(super) const DATABASE_POOL_SIZE: Setting<usize> = Setting {
    name: "DATABASE_POOL_SIZE",
    about: "connections to the database, two more aside",
    default: Always("16"),
    expected: COUNT,
    read: values::count,
};

pub(super) const PUBLIC_URL: Setting<PublicUrl> = Setting {
    name: "PUBLIC_URL",
    about: "the URL that clients call, for links",
    default: ByDefault::None("the request's host where it is allowed; required in production"),
    expected: "scheme and host, and a plain path where there is one, such as https://api.example.com or \
               https://example.com/shop",
    read: values::public_url,
};

pub(super) const TRUSTED_PROXIES: Setting<Vec<IpNet>> = Setting {
    name: "TRUSTED_PROXIES",
    about: "addresses and networks of proxies whose Forwarded and X-Forwarded fields are believed",
    default: Always(""),
    expected: "addresses and networks with commas, such as 10.0.0.0/8",
    read: values::networks,
};

pub(super) const ALLOWED_HOSTS: Setting<Vec<String>> = Setting {
    name: "ALLOWED_HOSTS",
    about: "hosts that links may take from a request where PUBLIC_URL is not set",
    default: ByProfile { sandbox: "localhost,127.0.0.1,[::1]", production: "" },
    expected: "hosts with commas, such as api.example.com: no scheme, no path, no star",
    read: values::hosts,
};

pub(super) const CORS_ORIGINS: Setting<Vec<String>> = Setting {
    name: "CORS_ORIGINS",
    about: "origins whose pages may call the API; * is any",
    default: ByProfile { sandbox: "*", production: "" },
    expected: "origins with commas, such as https://shop.example.com",
    read: values::origins,
};

pub(super) const JWT_PRIVATE_KEY: Setting<SecretString> = Setting {
    name: "JWT_PRIVATE_KEY",
    about: "Ed25519 keys, PKCS#8 as PEM: the first signs access tokens, all verify",
    default: ByDefault::None("the sandbox makes one; required in production"),
    expected: "PEM as `openssl genpkey -algorithm ed25519` makes it",
    read: values::pem,
};

pub(super) const SECRETS: Setting<Vec<SecretString>> = Setting {
    name: "AGORA_SECRETS",
    about: "secrets for refresh tokens, cursors and stored requests: the first signs, all verify",
    default: Always(super::SIGNING_KEYS),
    expected: "secrets of 32 characters or more with commas, each once, made with `openssl rand -base64 32`",
    read: values::secrets,
};

pub(super) const JWT_ISSUER: Setting<String> = Setting {
    name: "JWT_ISSUER",
    about: "`iss` of access tokens",
    default: Always("agora"),
    expected: "one name without blanks and commas, such as agora",
    read: values::name,
};

pub(super) const JWT_AUDIENCE: Setting<String> = Setting {
    name: "JWT_AUDIENCE",
    about: "`aud` of access tokens",
    default: Always("agora"),
    expected: "one name without blanks and commas, such as agora",
    read: values::name,
};

pub(super) const LOG_LEVEL: Setting<String> = Setting {
    name: "LOG_LEVEL",
    about: "a level or a filter: info, debug, agora::auth=debug,info",
    default: Always("info"),
    expected: "a filter such as info or agora=debug,info; targets are agora and its modules, or crates that it uses",
    read: values::log_filter,
};

pub(super) const LOG_FORMAT: Setting<LogFormat> = Setting {
    name: "LOG_FORMAT",
    about: "pretty for people, json for programs",
    default: ByProfile { sandbox: "pretty", production: "json" },
    expected: "pretty or json",
    read: values::log_format,
};

pub(super) const OPEN_DIRECTORY: Setting<bool> = Setting {
    name: "OPEN_DIRECTORY",
    about: "whether users and carts are read as publicly as FakeStore has them",
    default: SWITCHED_ON_IN_THE_SANDBOX,
    expected: SWITCH,
    read: values::switch,
};

pub(super) const REGISTRATION_OPEN: Setting<bool> = Setting {
    name: "REGISTRATION_OPEN",
    about: "whether anybody may register",
    default: SWITCHED_ON_IN_THE_SANDBOX,
    expected: SWITCH,
    read: values::switch,
};

pub(super) const REGISTRY_ENABLED: Setting<bool> = Setting {
    name: "REGISTRY_ENABLED",
    about: "whether the people registry is served",
    default: SWITCHED_ON_IN_THE_SANDBOX,
    expected: SWITCH,
    read: values::switch,
};

pub(super) const API_DOCS_ENABLED: Setting<bool> = Setting {
    name: "API_DOCS_ENABLED",
    about: "whether the contract and its pages are served",
    default: SWITCHED_ON_IN_THE_SANDBOX,
    expected: SWITCH,
    read: values::switch,
};

/// All settings, in the order of `.env.example`.
pub(super) const ALL: [&(dyn Row + Sync); 26] = [
    &PROFILE,
    &BIND,
    &METRICS_BIND,
    &MAX_CONNECTIONS,
    &CONNECTIONS_PER_ADDRESS,
    &IDLE_SECONDS,
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
    &OPEN_DIRECTORY,
    &REGISTRATION_OPEN,
    &REGISTRY_ENABLED,
    &API_DOCS_ENABLED,
];

/// Settings that may come from a file, which the variable with the suffix `_FILE` names.
pub(super) const IN_FILES: [&str; 4] =
    ["DATABASE_URL", "DATABASE_MIGRATE_URL", "JWT_PRIVATE_KEY", "AGORA_SECRETS"];

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
