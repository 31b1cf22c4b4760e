//! Address of a database: a URL, parsed once, with the parameters that the driver does not know. Both the pools and
//! the migrations connect through it.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls::{self, Verification};

/// Parsed address of a database.
#[derive(Clone)]
pub struct Address {
    config: Config,
    tls: MakeRustlsConnect,
}

/// TLS parameters of a URL, which are parsed here and not by the driver.
#[derive(Default)]
struct TlsParameters {
    mode: Option<String>,
    root: Option<String>,
}

impl Address {
    /// Parses a URL.
    ///
    /// # Errors
    /// Returns a message for the operator, without the URL, if the URL is not usable.
    pub fn parse(url: &str) -> Result<Self, String> {
        let (url, parameters) = take_parameters(url)?;
        let mut config: Config = url
            .parse()
            .map_err(|_| "is not a PostgreSQL URL, such as postgres://agora@db/agora".to_owned())?;
        let (mode, verification) = mode(&parameters, config.get_ssl_mode())?;
        let is_local = config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
        // PostgreSQL has no TLS on Unix sockets: asking for it would cost a round trip.
        config.ssl_mode(if is_local && mode == SslMode::Prefer { SslMode::Disable } else { mode });
        Ok(Self { config, tls: tls::connector(&verification)? })
    }

    /// Returns the configuration of the driver.
    pub(in crate::platform) fn config_mut(&mut self) -> &mut Config {
        &mut self.config
    }

    /// Connects, and spawns the task that drives the connection.
    ///
    /// # Errors
    /// Returns the error of PostgreSQL, the network or TLS.
    pub(in crate::platform) async fn connect(
        &self,
    ) -> Result<(Client, JoinHandle<()>), tokio_postgres::Error> {
        let (client, connection) = self.config.connect(self.tls.clone()).await?;
        let carrying = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!("a database connection failed: {}", super::explain(&error));
            }
        });
        Ok((client, carrying))
    }
}

/// Takes the TLS parameters out of a URL, since the driver rejects those that it does not know. The key-value format
/// of libpq is left to the driver.
fn take_parameters(url: &str) -> Result<(String, TlsParameters), String> {
    let mut taken = TlsParameters::default();
    let Some((base, query)) = url.split_once('?').filter(|_| url.contains("://")) else {
        return Ok((url.to_owned(), taken));
    };
    let mut kept = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = || percent_decode_str(value).decode_utf8_lossy().into_owned();
        match name {
            "sslmode" => taken.mode = Some(value()),
            "sslrootcert" => taken.root = Some(value()),
            "sslcert" | "sslkey" | "sslpassword" | "sslcrl" | "sslcrldir" => {
                return Err(format!("contains {name}, which is not supported: authenticate with a password"));
            }
            _ => kept.push(pair),
        }
    }
    let url = if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) };
    Ok((url, taken))
}

/// Returns the mode of the driver and the verification, as libpq defines them: `require` with a root certificate means
/// `verify-ca`.
fn mode(parameters: &TlsParameters, by_default: SslMode) -> Result<(SslMode, Verification), String> {
    let root = match parameters.root.as_deref() {
        None | Some("" | "system") => None,
        Some(path) => Some(PathBuf::from(path)),
    };
    let modes = match parameters.mode.as_deref() {
        None => (by_default, Verification::None),
        Some("disable") => (SslMode::Disable, Verification::None),
        Some("prefer") => (SslMode::Prefer, Verification::None),
        Some("require") if root.is_some() => (SslMode::Require, Verification::Chain(root)),
        Some("require") => (SslMode::Require, Verification::None),
        Some("verify-ca") => (SslMode::Require, Verification::Chain(root)),
        Some("verify-full") => (SslMode::Require, Verification::ChainAndName(root)),
        Some(_) => {
            return Err(
                "has an unknown sslmode: set disable, prefer, require, verify-ca or verify-full".to_owned()
            );
        }
    };
    Ok(modes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "postgres://agora:geheim@db.example/agora";

    #[test]
    fn parameters_of_tls_are_read_and_the_others_are_kept() {
        let (url, taken) = take_parameters(&format!(
            "{URL}?application_name=a%20b&sslmode=verify-full&options=-c%20x%3Dy&sslrootcert=%2Fetc%2Fca.pem"
        ))
        .expect("is usable");
        assert_eq!(url, format!("{URL}?application_name=a%20b&options=-c%20x%3Dy"));
        assert_eq!(taken.mode.as_deref(), Some("verify-full"));
        assert_eq!(taken.root.as_deref(), Some("/etc/ca.pem"));
        assert_eq!(take_parameters(&format!("{URL}?sslmode=require")).expect("is usable").0, URL);
    }

    #[test]
    fn every_mode_is_what_libpq_has_and_others_are_refused() {
        let read = |mode: Option<&str>, root: Option<&str>| {
            let parameters = TlsParameters { mode: mode.map(str::to_owned), root: root.map(str::to_owned) };
            super::mode(&parameters, SslMode::Prefer)
        };
        let root = Some("/ca.pem");
        let path = || root.map(PathBuf::from);
        for (mode, root, expected) in [
            (None, None, (SslMode::Prefer, Verification::None)),
            (Some("disable"), None, (SslMode::Disable, Verification::None)),
            (Some("prefer"), root, (SslMode::Prefer, Verification::None)),
            (Some("require"), None, (SslMode::Require, Verification::None)),
            (Some("require"), root, (SslMode::Require, Verification::Chain(path()))),
            (Some("verify-ca"), root, (SslMode::Require, Verification::Chain(path()))),
            (Some("verify-full"), root, (SslMode::Require, Verification::ChainAndName(path()))),
            (Some("verify-full"), Some("system"), (SslMode::Require, Verification::ChainAndName(None))),
        ] {
            assert_eq!(read(mode, root), Ok(expected), "{mode:?} {root:?}");
        }
        assert!(read(Some("verify_full"), None).is_err_and(|why| why.contains("verify-full")));
    }

    #[test]
    fn refusals_do_not_repeat_the_url() {
        for parameters in
            ["sslmode=on", "sslkey=%2Fkey", "nonsense=1", "sslmode=verify-ca&sslrootcert=%2Fnone"]
        {
            let reported = Address::parse(&format!("{URL}?{parameters}")).err().expect("is refused");
            assert!(!reported.contains("geheim"), "{reported}");
        }
    }

    #[test]
    fn a_socket_is_not_asked_for_tls() {
        let local = Address::parse("postgres://postgres@%2Ftmp/agora").expect("is usable");
        assert_eq!(local.config.get_ssl_mode(), SslMode::Disable);
        assert_eq!(Address::parse(URL).expect("is usable").config.get_ssl_mode(), SslMode::Prefer);
    }
}
