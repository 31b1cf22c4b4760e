//! Work that only one process does at a time, guarded by a session-level advisory lock.

use std::ops::Deref;

use super::{Connection, DbError};

const TRY: &str = r"-- platform.try_exclusive
select pg_try_advisory_lock($1)";

const RELEASE: &str = r"-- platform.release_exclusive
select pg_advisory_unlock($1)";

/// A connection with an advisory lock in its session. If it is dropped without [`Exclusive::release`], the connection
/// closes, which frees the lock.
pub struct Exclusive {
    connection: Connection,
    key: i64,
}

impl Deref for Exclusive {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl Exclusive {
    /// Tries to take the lock. Returns `None` if another session has it.
    ///
    /// # Errors
    /// Returns the error of the database.
    pub async fn take(connection: Connection, key: i64) -> Result<Option<Self>, DbError> {
        // If this is cancelled or fails, the connection closes, since it may have the lock.
        connection.set_broken(true);
        let taken = connection.query_opt(TRY, &[&key]).await?.is_some_and(|row| row.get(0));
        connection.set_broken(taken);
        Ok(taken.then_some(Self { connection, key }))
    }

    /// Releases the lock, and returns the connection to the pool.
    ///
    /// # Errors
    /// Returns the error of the database.
    pub async fn release(self) -> Result<(), DbError> {
        self.connection.execute(RELEASE, &[&self.key]).await?;
        self.connection.set_broken(false);
        Ok(())
    }
}
