//! Explanations of PostgreSQL's errors for the operator: the message, the SQLSTATE and a remedy.

use std::error::Error as _;
use std::io::{self, ErrorKind};

use tokio_postgres::error::SqlState;

/// Returns the message of PostgreSQL with its SQLSTATE, and a remedy where one is known.
#[must_use]
pub fn explain(error: &tokio_postgres::Error) -> String {
    let (said, remedy) = match error.as_db_error() {
        Some(told) => {
            let said = format!("{} (SQLSTATE {})", told.message(), told.code().code());
            (said, remedy_of_refusal(told.code(), told.message()))
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
            "create it by `create database`, or correct the database's name in the URL"
        }
        SqlState::INVALID_PASSWORD => "correct user and password in the URL",
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION if message.contains("does not exist") => {
            "create it by `create role ... login`, or correct the user's name in the URL"
        }
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION if message.contains("no encryption") => {
            "the server wants TLS: set sslmode=verify-full in the URL, or allow this address in pg_hba.conf"
        }
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            "allow this user, database and address in the server's pg_hba.conf"
        }
        SqlState::INVALID_PARAMETER_VALUE if message.contains("\"role\"") => {
            "run `agora migrate`, which makes the roles, then `grant agora_app to <the login of DATABASE_URL>`"
        }
        SqlState::INSUFFICIENT_PRIVILEGE if message.contains("set role") => {
            "make the login a member: `grant agora_app to <the login of DATABASE_URL>`"
        }
        SqlState::INSUFFICIENT_PRIVILEGE => {
            "the login of DATABASE_MIGRATE_URL owns the database, has CREATEROLE, and is a member of agora_owner"
        }
        SqlState::TOO_MANY_CONNECTIONS => {
            "lower DATABASE_POOL_SIZE (it counts for each replica), or raise max_connections of the server"
        }
        SqlState::CANNOT_CONNECT_NOW => "the server starts or stops: wait, or look at its log",
        SqlState::READ_ONLY_SQL_TRANSACTION => {
            "this is a standby: name the primary in the URL, or add target_session_attrs=read-write"
        }
        SqlState::PROTOCOL_VIOLATION if message.contains("startup parameter") => {
            "this is a pooler that refuses start-up options: let it ignore them, as docs/poolers.md says"
        }
        SqlState::PROTOCOL_VIOLATION => "where a pooler stands in between, see its log and docs/poolers.md",
        SqlState::INVALID_SQL_STATEMENT_NAME | SqlState::DUPLICATE_PSTATEMENT => {
            "a pooler in transaction mode mixes up sessions: use session mode, as docs/poolers.md says"
        }
        _ => return None,
    };
    Some(remedy)
}

fn remedy_of_failure(error: &tokio_postgres::Error, io: Option<&io::Error>) -> Option<&'static str> {
    let told = error.to_string();
    match io.map(io::Error::kind) {
        Some(ErrorKind::ConnectionRefused | ErrorKind::NotFound) => {
            Some("start PostgreSQL, or correct host and port in the URL")
        }
        Some(ErrorKind::PermissionDenied) => Some("let this account enter the folder of the server's socket"),
        Some(ErrorKind::TimedOut) => {
            Some("nothing answers at this host and port: correct them in the URL, or look at the firewall")
        }
        Some(_) if io.is_some_and(|io| io.to_string().contains("lookup")) => {
            Some("the host's name is not known here: correct it in the URL, or look at the DNS")
        }
        None if told.contains("timeout") => {
            Some("nothing answers at this host and port: correct them in the URL, or look at the firewall")
        }
        None if told.contains("TLS") => Some(
            "the certificate or the server's TLS does not fit: see sslmode and sslrootcert in .env.example",
        ),
        None if told.contains("authentication") || told.contains("configuration") => {
            Some("the server asks for a password: set user and password in the URL")
        }
        _ => None,
    }
}
