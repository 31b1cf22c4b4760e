//! Explanations of PostgreSQL's errors for the operator: the message, the SQLSTATE and a remedy.

use std::error::Error as _;
use std::io::{self, ErrorKind};

use tokio_postgres::error::SqlState;

/// Returns the message of PostgreSQL with its SQLSTATE, and a remedy where one is known.
#[must_use]
pub fn explain(error: &tokio_postgres::Error) -> String {
    let (said, remedy) = match error.as_db_error() {
        Some(reported) => {
            let said = format!("{} (SQLSTATE {})", reported.message(), reported.code().code());
            (said, remedy_of_refusal(reported.code(), reported.message()))
        }
        None => {
            let source = error.source();
            let said = source.map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
            let io = source.and_then(<dyn std::error::Error>::downcast_ref::<io::Error>);
            (said, remedy_of_failure(error, io))
        }
    };
    match remedy {
        Some(remedy) => format!("{said}: {remedy}"),
        None => said,
    }
}

fn remedy_of_refusal(code: &SqlState, message: &str) -> Option<&'static str> {
    let remedy = match *code {
        SqlState::INVALID_CATALOG_NAME => {
            "create it with `create database`, or correct the database name in the URL"
        }
        SqlState::INVALID_PASSWORD => "correct the user and password in the URL",
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION if message.contains("does not exist") => {
            "create it with `create role ... login`, or correct the user name in the URL"
        }
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION if message.contains("no encryption") => {
            "the server requires TLS: set sslmode=verify-full in the URL, or allow this address in pg_hba.conf"
        }
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            "allow this user, database and address in the server's pg_hba.conf"
        }
        SqlState::INVALID_PARAMETER_VALUE if message.contains("\"role\"") => {
            "run `agora migrate`, which creates the roles, then `grant agora_app to <the login of DATABASE_URL>`"
        }
        SqlState::INSUFFICIENT_PRIVILEGE if message.contains("set role") => {
            "make the login a member: `grant agora_app to <the login of DATABASE_URL>`"
        }
        SqlState::INSUFFICIENT_PRIVILEGE => {
            "the login of DATABASE_MIGRATE_URL must own the database, have CREATEROLE and be a member of agora_owner"
        }
        SqlState::TOO_MANY_CONNECTIONS => {
            "lower DATABASE_POOL_SIZE (it applies to each replica), or raise max_connections of the server"
        }
        SqlState::CANNOT_CONNECT_NOW => "the server is starting or stopping: wait, or check its log",
        SqlState::READ_ONLY_SQL_TRANSACTION => {
            "this is a standby: use the primary in the URL, or add target_session_attrs=read-write"
        }
        SqlState::PROTOCOL_VIOLATION if message.contains("startup parameter") => {
            "this is a pooler that rejects startup options: configure it to ignore them, as docs/poolers.md describes"
        }
        SqlState::PROTOCOL_VIOLATION => "where a pooler stands in between, see its log and docs/poolers.md",
        SqlState::INVALID_SQL_STATEMENT_NAME | SqlState::DUPLICATE_PSTATEMENT => {
            "a pooler in transaction mode mixes sessions: use session mode, as docs/poolers.md describes"
        }
        _ => return None,
    };
    Some(remedy)
}

fn remedy_of_failure(error: &tokio_postgres::Error, io: Option<&io::Error>) -> Option<&'static str> {
    let reported = error.to_string();
    match io.map(io::Error::kind) {
        Some(ErrorKind::ConnectionRefused | ErrorKind::NotFound) => {
            Some("start PostgreSQL, or correct the host and port in the URL")
        }
        // The driver reports so that no host of the URL has the wanted `target_session_attrs`.
        Some(ErrorKind::PermissionDenied)
            if io.is_some_and(|io| io.to_string().contains("does not allow writes")) =>
        {
            Some("every reachable host of the URL is a standby: promote one, or add the primary to the URL")
        }
        Some(ErrorKind::PermissionDenied) => {
            Some("allow this account to access the directory of the server's socket")
        }
        Some(ErrorKind::TimedOut) => {
            Some("no response from this host and port: correct them in the URL, or check the firewall")
        }
        Some(_) if io.is_some_and(|io| io.to_string().contains("lookup")) => {
            Some("unknown host name: correct it in the URL, or check the DNS")
        }
        None if reported.contains("timeout") => {
            Some("no response from this host and port: correct them in the URL, or check the firewall")
        }
        None if reported.contains("TLS") => Some(
            "the certificate or TLS configuration is not accepted: see sslmode and sslrootcert in .env.example",
        ),
        None if reported.contains("authentication") || reported.contains("configuration") => {
            Some("the server requires a password: set the user and password in the URL")
        }
        _ => None,
    }
}
