//! Errors of statements, and how the caller should treat them.

use std::fmt;

use deadpool::managed::{self, TimeoutType};
use tokio_postgres::error::SqlState;

use super::{ConnectError, explain};
use crate::error::Error;

/// Reason why a statement failed.
#[derive(Debug)]
pub enum DbError {
    /// No connection could be leased in time.
    Pool(managed::PoolError<ConnectError>),
    /// The queue for connections is full: another request would wait in vain.
    PoolQueueFull,
    /// The response did not arrive in time.
    Deadline,
    /// PostgreSQL refused the statement, or the connection broke.
    Postgres(tokio_postgres::Error),
}

impl fmt::Display for DbError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pool(managed::PoolError::Backend(error)) => {
                write!(formatter, "no database connection: {error}")
            }
            Self::Pool(error) => write!(formatter, "no database connection: {error}"),
            Self::PoolQueueFull => {
                formatter.write_str("too many requests are waiting for a database connection")
            }
            Self::Deadline => formatter.write_str("the database did not respond in time"),
            Self::Postgres(error) => write!(formatter, "database: {}", explain(error)),
        }
    }
}

impl std::error::Error for DbError {}

impl DbError {
    /// Returns the name of the violated constraint, if any.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Postgres(error) => error.as_db_error()?.constraint(),
            _ => None,
        }
    }

    /// Returns `true` if a lock was not granted in time.
    #[must_use]
    pub fn is_lock_timeout(&self) -> bool {
        self.state() == Some(&SqlState::LOCK_NOT_AVAILABLE)
    }

    /// Returns `true` if a retry may succeed: the database is unavailable or overloaded, or the statement conflicted
    /// with another one.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match (self, self.state()) {
            (Self::Pool(_) | Self::PoolQueueFull | Self::Deadline, _) => true,
            (_, Some(state)) => {
                matches!(&state.code()[..2], "08" | "40" | "53" | "55" | "57" | "58")
                    || *state == SqlState::READ_ONLY_SQL_TRANSACTION
                    || is_end_of_session(state)
                    || is_of_session(state)
                    || matches!(self, Self::Postgres(error) if is_stale_plan(error))
            }
            // Without a SQLSTATE, either the connection is broken, or this program used the statement wrongly.
            (Self::Postgres(error), None) => is_broken(error),
        }
    }

    /// Returns `true` if PostgreSQL aborted the transaction in favor of another one: as the victim of a deadlock, or since it
    /// cannot be serialized.
    #[must_use]
    pub fn is_abort(&self) -> bool {
        matches!(self.state(), Some(&(SqlState::T_R_DEADLOCK_DETECTED | SqlState::T_R_SERIALIZATION_FAILURE)))
    }

    fn state(&self) -> Option<&SqlState> {
        match self {
            Self::Postgres(error) => error.code(),
            _ => None,
        }
    }

    /// Returns `true` if the connection must not be used again.
    pub(super) fn is_fatal(&self) -> bool {
        match self {
            Self::Postgres(error) => {
                is_broken(error)
                    || error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION)
                    || error.code().is_some_and(|state| is_of_session(state) || is_end_of_session(state))
                    || is_stale_plan(error)
            }
            Self::Pool(_) | Self::PoolQueueFull | Self::Deadline => true,
        }
    }
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        let is_crowded = matches!(
            error,
            DbError::PoolQueueFull | DbError::Pool(managed::PoolError::Timeout(TimeoutType::Wait))
        );
        if is_crowded {
            Self::Busy("too many requests are waiting for a database connection", 1)
        } else if error.is_abort() {
            Self::Aborted(error.to_string())
        } else if error.is_transient() {
            Self::Unavailable(error.to_string())
        } else {
            Self::Internal(error.to_string())
        }
    }
}

fn is_broken(error: &tokio_postgres::Error) -> bool {
    let source = std::error::Error::source(error);
    error.is_closed() || source.is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

/// Returns `true` if the session does not have the expected prepared statements: a pooler has switched sessions.
fn is_of_session(state: &SqlState) -> bool {
    matches!(*state, SqlState::INVALID_SQL_STATEMENT_NAME | SqlState::DUPLICATE_PSTATEMENT)
}

/// Returns `true` if PostgreSQL has ended the session because of its transaction: it was idle or open for too long. That
/// also happens to a short transaction if the clock of PostgreSQL steps forward.
fn is_end_of_session(state: &SqlState) -> bool {
    /// `transaction_timeout`, since PostgreSQL 17.
    const TRANSACTION_TIMEOUT: &str = "25P04";
    *state == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT || state.code() == TRANSACTION_TIMEOUT
}

/// Returns `true` if the result columns of a statement have changed since it was prepared. The SQLSTATE alone is
/// ambiguous: PostgreSQL uses it for every unsupported feature.
pub(super) fn is_stale_plan(error: &tokio_postgres::Error) -> bool {
    let said = error.as_db_error().filter(|said| *said.code() == SqlState::FEATURE_NOT_SUPPORTED);
    said.is_some_and(|said| said.routine() == Some("RevalidateCachedQuery"))
}
