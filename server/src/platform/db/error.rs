//! What can go wrong with a statement, and what that means for who asked.

use std::fmt;

use deadpool::managed;
use tokio_postgres::error::SqlState;

use super::explain;
use crate::platform::connect::ConnectError;

/// Why a statement did not do its work.
#[derive(Debug)]
pub enum DbError {
    /// No connection could be had in time.
    Pool(managed::PoolError<ConnectError>),
    /// So many wait for a connection that one more would wait for nothing.
    Crowd,
    /// The answer did not come in time.
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
            Self::Crowd => formatter.write_str("too many wait for a database connection"),
            Self::Deadline => formatter.write_str("the database did not answer in time"),
            Self::Postgres(error) => write!(formatter, "database: {}", explain(error)),
        }
    }
}

impl std::error::Error for DbError {}

impl DbError {
    /// The constraint that a statement broke.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Postgres(error) => error.as_db_error()?.constraint(),
            _ => None,
        }
    }

    /// Whether a lock was not given in time.
    #[must_use]
    pub fn is_lock_timeout(&self) -> bool {
        self.state() == Some(&SqlState::LOCK_NOT_AVAILABLE)
    }

    /// Whether it may work at another try: the database is out, overloaded, or the statement met another one.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match (self, self.state()) {
            (Self::Pool(_) | Self::Crowd | Self::Deadline, _) => true,
            (_, Some(state)) => {
                matches!(&state.code()[..2], "08" | "40" | "53" | "55" | "57")
                    || *state == SqlState::READ_ONLY_SQL_TRANSACTION
                    || is_of_session(state)
                    || matches!(self, Self::Postgres(error) if is_stale_plan(error))
            }
            // Without a state it is the connection, or a statement that we prepared wrongly.
            (Self::Postgres(error), None) => is_broken(error),
        }
    }

    fn state(&self) -> Option<&SqlState> {
        match self {
            Self::Postgres(error) => error.code(),
            _ => None,
        }
    }

    /// Whether the connection must not be used again.
    pub(super) fn is_fatal(&self) -> bool {
        match self {
            Self::Postgres(error) => {
                is_broken(error)
                    || error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION)
                    || error.code().is_some_and(is_of_session)
                    || is_stale_plan(error)
            }
            Self::Pool(_) | Self::Crowd | Self::Deadline => true,
        }
    }
}

fn is_broken(error: &tokio_postgres::Error) -> bool {
    let source = std::error::Error::source(error);
    error.is_closed() || source.is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

/// Whether the session does not have what was prepared in it: a pooler gave us another's.
fn is_of_session(state: &SqlState) -> bool {
    matches!(*state, SqlState::INVALID_SQL_STATEMENT_NAME | SqlState::DUPLICATE_PSTATEMENT)
}

/// Whether a statement's result has other columns since it was prepared. The code alone says less: it is that of
/// whatever PostgreSQL does not support.
pub(super) fn is_stale_plan(error: &tokio_postgres::Error) -> bool {
    let said = error.as_db_error().filter(|said| *said.code() == SqlState::FEATURE_NOT_SUPPORTED);
    said.is_some_and(|said| said.routine() == Some("RevalidateCachedQuery"))
}
