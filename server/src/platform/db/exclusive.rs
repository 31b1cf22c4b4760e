//! Work that one process does at a time, whatever their number: an advisory lock of a session.

use std::ops::Deref;

use super::{Connection, DbError};

const TRY: &str = r"-- platform.try_exclusive
select pg_try_advisory_lock($1)";

const RELEASE: &str = r"-- platform.release_exclusive
select pg_advisory_unlock($1)";

/// A connection whose session has a lock. Unless it is released, the connection closes, and the lock is free.
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
    /// Takes the lock, unless another session has it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn take(connection: Connection, key: i64) -> Result<Option<Self>, DbError> {
        // Closed if this is cancelled, or ends in an error: the lock may be there.
        connection.set_broken(true);
        let taken = connection.query_opt(TRY, &[&key]).await?.is_some_and(|row| row.get(0));
        connection.set_broken(taken);
        Ok(taken.then_some(Self { connection, key }))
    }

    /// Gives the lock back, and the connection with it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn release(self) -> Result<(), DbError> {
        self.connection.execute(RELEASE, &[&self.key]).await?;
        self.connection.set_broken(false);
        Ok(())
    }
}
