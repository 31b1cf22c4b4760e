//! A transaction that sends `begin` together with its first statement.

use std::ops::Deref;
use std::pin::{Pin, pin};
use std::sync::Arc;

use futures_util::future::join;

use super::{Connection, DbError, Params};

/// A transaction opened by the write boundary. The work in it neither begins nor commits. Clones share the
/// transaction.
#[derive(Clone)]
pub struct Transaction {
    connection: Arc<Connection>,
}

impl Deref for Transaction {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl Transaction {
    /// Uses a connection for a transaction. Until [`Transaction::commit`] or [`Transaction::rollback`] completes, the
    /// connection counts as broken: a request that is cancelled half-way closes it.
    pub(in crate::platform) fn new(connection: Connection) -> Self {
        connection.set_broken(true);
        Self { connection: Arc::new(connection) }
    }

    /// Begins the transaction with these settings, and runs `first` in it. Both are sent together.
    pub(in crate::platform) async fn begin<T, E: From<DbError>>(
        &self,
        settings: &str,
        first: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.sent_before(&format!("begin; {settings}"), first).await
    }

    /// Creates a savepoint, sets the lock timeout to that of sessions, and runs `first` in it. All are sent together.
    pub(in crate::platform) async fn savepoint<T, E: From<DbError>>(
        &self,
        first: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.sent_before("savepoint verb; set local lock_timeout to default", first).await
    }

    /// Runs `first`, with a text that is sent before its first statement.
    async fn sent_before<T, E: From<DbError>>(
        &self,
        text: &str,
        first: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        // Polled in this order, so that the text is sent first. Later statements do not wait for its response.
        let mut begin = pin!(self.batch_execute(text));
        let mut begun = None;
        let mut first = pin!(first);
        let outcome = std::future::poll_fn(|context| {
            if begun.is_none()
                && let std::task::Poll::Ready(done) = Pin::as_mut(&mut begin).poll(context)
            {
                begun = Some(done);
            }
            Pin::as_mut(&mut first).poll(context)
        })
        .await;
        match begun {
            Some(Ok(())) => outcome,
            Some(Err(error)) => Err(error.into()),
            None => begin.await.map_err(E::from).and(outcome),
        }
    }

    /// Undoes the changes since the savepoint.
    pub(in crate::platform) async fn rollback_to_savepoint(&self) -> Result<(), DbError> {
        self.batch_execute("rollback to savepoint verb").await
    }

    pub(in crate::platform) async fn commit(&self) -> Result<(), DbError> {
        self.ended(self.batch_execute("commit").await)
    }

    /// Runs a last statement and commits, in one round trip. The statement is prepared before: the commit would overtake one that
    /// is not.
    pub(in crate::platform) async fn commit_with(
        &self,
        sql: &'static str,
        params: Params<'_>,
    ) -> Result<(), DbError> {
        let outcome = async {
            self.prepare(sql).await?;
            let (last, committed) = join(self.execute(sql, params), self.batch_execute("commit")).await;
            // If the statement has failed, PostgreSQL rolls back, and reports no error for the commit.
            last?;
            committed
        };
        self.ended(outcome.await)
    }

    pub(in crate::platform) async fn rollback(&self) -> Result<(), DbError> {
        self.ended(self.batch_execute("rollback").await)
    }

    fn ended(&self, outcome: Result<(), DbError>) -> Result<(), DbError> {
        self.connection.set_broken(outcome.is_err());
        outcome
    }
}
