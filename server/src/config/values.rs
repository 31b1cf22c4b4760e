//! Parsers of the texts of settings. Each returns the normalized value or the reasons for refusing it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use http::uri::Authority;
use ipnet::IpNet;
use secrecy::SecretString;

use super::names::{network, normal_origin};
use super::{LogFormat, PaymentProvider, Profile, PublicUrl, SIGNING_KEYS};

/// A value, or the reasons for refusing it. Without a reason, the message names only the expected form.
pub(super) type Read<T> = Result<T, Vec<String>>;

/// Range of settings that are counts.
const COUNTS: RangeInclusive<usize> = 1..=65_536;
/// Range of the drain time. The limit keeps a typing error from blocking a shutdown.
const DRAIN_SECONDS: RangeInclusive<u64> = 0..=300;
/// Range of the time for a request to arrive. All of a request may take 120 seconds.
const RECEIVE_SECONDS: RangeInclusive<u64> = 1..=100;
/// Range of the time for which an order can be confirmed.
const CONFIRM_SECONDS: RangeInclusive<u64> = 1..=300;
/// Range of the maximum number of units in orders.
const UNITS: RangeInclusive<u64> = 1..=1_000_000_000;
/// Minimum length of a secret: 24 random bytes as base64.
const SECRET_LENGTH: usize = 32;
/// Log targets below `agora::`: the crate's modules and two named targets.
pub(super) const MODULES: [&str; 24] = [
    "access",
    "aliases",
    "app",
    "auth",
    "carts",
    "catalog",
    "config",
    "credentials",
    "docs",
    "document",
    "error",
    "health",
    "identity",
    "keys",
    "orders",
    "platform",
    "registry",
    "request",
    "router",
    "sandbox",
    "seed",
    "serve",
    "sessions",
    "users",
];
/// Crates that a log filter may name.
const CRATES: [&str; 15] = [
    "agora",
    "agora_api",
    "agora_cluster",
    "agora_runtime",
    "axum",
    "deadpool",
    "hyper",
    "hyper_util",
    "mio",
    "refinery_core",
    "reqwest",
    "rustls",
    "tokio_postgres",
    "tower",
    "tower_http",
];

fn expected<T>(value: Option<T>) -> Read<T> {
    value.ok_or_else(Vec::new)
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

fn chosen<T: Copy>(text: &str, choices: &[(&str, T)]) -> Read<T> {
    expected(choices.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, choice)| *choice))
}

pub(super) fn parsed<T: FromStr>(text: &str) -> Read<T> {
    expected(text.parse().ok())
}

pub(super) fn profile(text: &str) -> Read<Profile> {
    chosen(text, &[("sandbox", Profile::Sandbox), ("production", Profile::Production)])
}

pub(super) fn log_format(text: &str) -> Read<LogFormat> {
    chosen(text, &[("pretty", LogFormat::Pretty), ("json", LogFormat::Json)])
}

/// Parses a switch. All switches accept the same words.
pub(super) fn switch(text: &str) -> Read<bool> {
    const WORDS: [(&str, bool); 8] = [
        ("on", true),
        ("true", true),
        ("yes", true),
        ("1", true),
        ("off", false),
        ("false", false),
        ("no", false),
        ("0", false),
    ];
    chosen(text, &WORDS)
}

pub(super) fn address_or_off(text: &str) -> Read<Option<SocketAddr>> {
    match switch(text) {
        Ok(false) => Ok(None),
        _ => parsed(text).map(Some),
    }
}

pub(super) fn count(text: &str) -> Read<usize> {
    expected(digits(text).filter(|count| COUNTS.contains(count)))
}

pub(super) fn seconds(text: &str) -> Read<u64> {
    count(text).map(|count| count as u64)
}

pub(super) fn receive_seconds(text: &str) -> Read<u64> {
    expected(digits(text).filter(|seconds| RECEIVE_SECONDS.contains(seconds)))
}

pub(super) fn drain_seconds(text: &str) -> Read<u64> {
    expected(digits(text).filter(|seconds| DRAIN_SECONDS.contains(seconds)))
}

pub(super) fn confirm_seconds(text: &str) -> Read<u64> {
    expected(digits(text).filter(|seconds| CONFIRM_SECONDS.contains(seconds)))
}

pub(super) fn units(text: &str) -> Read<u64> {
    expected(digits(text).filter(|units| UNITS.contains(units)))
}

pub(super) fn rate(text: &str) -> Read<NonZeroU32> {
    expected(digits(text).filter(|rate: &NonZeroU32| rate.get() <= 1_000_000))
}

/// Parses `pseudo`, or the base URL of a provider. The secret has a setting of its own, so the URL has none.
pub(super) fn payment_provider(text: &str) -> Read<PaymentProvider> {
    if text.eq_ignore_ascii_case("pseudo") {
        return Ok(PaymentProvider::Pseudo);
    }
    let is_url = text.parse::<http::Uri>().is_ok_and(|url| {
        let is_web = matches!(url.scheme_str(), Some("http" | "https"));
        let is_bare = url.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        is_web && is_bare && url.query().is_none()
    });
    expected(is_url.then(|| PaymentProvider::Http(text.trim_end_matches('/').to_owned())))
}

/// Accepts a secret that a header can carry.
pub(super) fn header_secret(text: &str) -> Read<SecretString> {
    expected((!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| text.into()))
}

pub(super) fn currency(text: &str) -> Read<String> {
    let is_code = text.len() == 3 && text.bytes().all(|letter| letter.is_ascii_uppercase());
    expected(is_code.then(|| text.to_owned()))
}

/// Parses a number without a sign.
fn digits<T: FromStr>(text: &str) -> Option<T> {
    if text.starts_with('+') { None } else { text.parse().ok() }
}

pub(super) fn folder(text: &str) -> Read<PathBuf> {
    // Only a shell expands `~`; here it would become a folder of this name.
    expected((!text.starts_with('~')).then(|| text.into()))
}

/// Accepts a URL or the driver's key-value form, which is parsed later, when connecting.
pub(super) fn database(text: &str) -> Read<SecretString> {
    let is_url = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
    expected((is_url || (!text.contains("://") && text.contains('='))).then(|| text.into()))
}

pub(super) fn public_url(text: &str) -> Read<PublicUrl> {
    expected(PublicUrl::parse(text))
}

pub(super) fn networks(text: &str) -> Read<Vec<IpNet>> {
    let (mut networks, mut refusals) = (Vec::new(), Vec::new());
    for part in parts(text) {
        match network(part) {
            Ok(network) => networks.push(network),
            Err(why) => refusals.push(why),
        }
    }
    if refusals.is_empty() { Ok(networks) } else { Err(refusals) }
}

/// Parses hosts with or without a port. Returns them in lower case, with IPv6 addresses in brackets.
pub(super) fn hosts(text: &str) -> Read<Vec<String>> {
    expected(parts(text).map(host).collect())
}

fn host(text: &str) -> Option<String> {
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return Some(format!("[{}]", text.to_ascii_lowercase()));
    }
    let authority: Authority = text.parse().ok()?;
    let name = authority.host();
    let is_plain = if name.starts_with('[') {
        name.trim_matches(['[', ']']).parse::<std::net::Ipv6Addr>().is_ok()
    } else {
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    let has_port = authority.port_u16().is_some();
    // `Authority` reports a port above 65535 as absent.
    (is_plain && (has_port || authority.as_str() == name))
        .then(|| text.trim_end_matches('.').to_ascii_lowercase())
        .filter(|host| !host.is_empty())
}

pub(super) fn origins(text: &str) -> Read<Vec<String>> {
    expected(parts(text).map(normal_origin).collect())
}

/// Accepts text with at least one PEM block. The keys in it are checked when they are loaded.
pub(super) fn pem(text: &str) -> Read<SecretString> {
    expected((text.contains("-----BEGIN ") && text.contains("-----END ")).then(|| text.into()))
}

/// Parses secrets separated by commas or white space.
pub(super) fn secrets(text: &str) -> Read<Vec<SecretString>> {
    let entries = text.split(|letter: char| letter == ',' || letter.is_whitespace());
    let entries: Vec<&str> = entries.filter(|entry| !entry.is_empty()).collect();
    let is_known = |entry: &&str| *entry == SIGNING_KEYS || entry.len() >= SECRET_LENGTH;
    let distinct: BTreeSet<&str> = entries.iter().copied().collect();
    let is_list = !entries.is_empty() && distinct.len() == entries.len() && entries.iter().all(is_known);
    expected(is_list.then(|| entries.into_iter().map(Into::into).collect()))
}

/// Accepts a single name. A list would be compared as a whole, never by its entries.
pub(super) fn name(text: &str) -> Read<String> {
    let is_one =
        !text.contains(|letter: char| letter == ',' || letter.is_whitespace() || letter.is_control());
    expected(is_one.then(|| text.to_owned()))
}

/// Accepts a log filter of known levels and targets. `EnvFilter` would take a misspelt level for a target, and a filter of
/// unknown targets only would silence the log.
pub(super) fn log_filter(text: &str) -> Read<String> {
    let is_known = text.split(',').all(|part| is_directive(part.trim()));
    let is_filter = is_known && tracing_subscriber::EnvFilter::try_new(text).is_ok();
    expected(is_filter.then(|| text.to_owned()))
}

fn is_directive(part: &str) -> bool {
    let (target, level) = match part.rsplit_once('=') {
        Some((target, level)) => (Some(target), level),
        None => (None, part),
    };
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    levels.iter().any(|known| known.eq_ignore_ascii_case(level)) && target.is_none_or(is_target)
}

fn is_target(target: &str) -> bool {
    let mut segments = target.split('[').next().unwrap_or_default().split("::");
    match (segments.next().unwrap_or_default(), segments.next()) {
        ("agora", Some(module)) => MODULES.contains(&module),
        (name, _) => CRATES.contains(&name),
    }
}
