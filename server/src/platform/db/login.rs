//! The login of a connection: the policy on it, and the reasons why a connection is not opened.

use std::fmt;

use tokio_postgres::error::SqlState;

use super::explain;

/// Policy on the login of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LoginPolicy {
    /// Accepts any login.
    Any,
    /// Rejects superusers and the owner of the schema. Each connection is checked before its first use. A check at
    /// start-up would not be enough: the database may be unavailable then, and a login may gain rights later.
    LeastPrivilege,
}

/// Reason why a connection could not be opened.
#[derive(Debug)]
pub enum ConnectError {
    /// PostgreSQL refused the connection, or is unreachable.
    Postgres(tokio_postgres::Error),
    /// The login has more rights than the server should have.
    PrivilegedLogin,
    /// The encoding of the database cannot represent every text.
    Encoding(String),
    /// The session lacks a requested setting.
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// Requested value.
        wanted: &'static str,
        /// Value in the session.
        found: String,
    },
    /// Another connection shares the session.
    SharedSession,
    /// The attempt exceeded its time limit.
    Deadline,
    /// The attempt ended without a result.
    Ended,
}

impl fmt::Display for ConnectError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(error) => formatter.write_str(&explain(error)),
            Self::PrivilegedLogin => formatter.write_str(
                "the login is a superuser or the owner of the schema: use a login that is only a member of agora_app",
            ),
            Self::Encoding(encoding) => write!(
                formatter,
                "the database has the encoding {encoding}, which cannot store all text: use a UTF8 database"
            ),
            Self::Setting { name, wanted, found } => write!(
                formatter,
                "the session has {name} {found:?}, not {wanted:?}: a pooler dropped the startup options. Run \
                 `agora migrate`, which sets them for the login, and see docs/poolers.md"
            ),
            Self::SharedSession => formatter.write_str(
                "two connections share one PostgreSQL session, so a pooler in transaction mode is in use. Use session \
                 mode, as docs/poolers.md describes",
            ),
            Self::Deadline => formatter.write_str("the connection was not established in time"),
            Self::Ended => formatter.write_str("the connection attempt was cancelled"),
        }
    }
}

impl std::error::Error for ConnectError {}

impl ConnectError {
    /// Returns `true` if the login, the database or a pooler is unsuitable. Such an error lasts until the operator
    /// changes the configuration.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Postgres(error) => error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE),
            Self::PrivilegedLogin | Self::Encoding(_) | Self::Setting { .. } | Self::SharedSession => true,
            Self::Deadline | Self::Ended => false,
        }
    }
}

impl From<tokio_postgres::Error> for ConnectError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}
