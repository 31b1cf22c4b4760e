//! The write boundary: the one door that every change goes through. It opens the transaction, says who acts, claims the
//! Idempotency-Key, runs the verb, stores its answer where a key was given, commits, and answers.

use std::sync::Arc;

use agora_contract::{Answer, Idempotency, Operation};
use axum::body::Body;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Response, StatusCode};
use http_body_util::BodyExt;

use crate::error::Error;
use crate::platform::crypto::Macs;
use crate::platform::db::{Database, Transaction};
use crate::platform::idempotency::{Claim, Key};
use crate::platform::page::Counts;
use crate::platform::problem::{self, Called};

/// Who acts, as the database is told: for triggers, audit and row-level rules.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Actor {
    /// `user:<id>`; also the scope of Idempotency-Keys.
    pub principal: String,
    /// The tenant: the uuid of the user whose things these are.
    pub tenant: String,
}

/// What the door works with.
#[derive(Clone)]
pub struct Door {
    /// Where changes go.
    pub database: Database,
    /// Counts that a change makes stale.
    pub counts: Counts,
    /// Signs the fingerprints of requests that bear a key; replicas have the same.
    pub fingerprints: Arc<Macs>,
}

impl Door {
    /// Runs a verb in a transaction of its own, and stores its answer where the request bears a key. `begin` travels with
    /// the claim of the key, or with the verb's first statement where there is none.
    ///
    /// # Errors
    /// The verb's own error, with nothing written, or the database's.
    pub async fn write<R, F, V>(
        &self,
        operation: &'static Operation,
        request: &Parts,
        actor: &Actor,
        verb: V,
    ) -> Result<R, Error>
    where
        R: Answer,
        F: Future<Output = Result<R, Error>> + Send,
        V: FnOnce(Transaction) -> F + Send,
    {
        let key = || Key::of(request, operation, &actor.principal, &self.fingerprints);
        let key = match operation.idempotency {
            Idempotency::None => None,
            Idempotency::Accepted => key(),
            Idempotency::Required => {
                Some(key().ok_or_else(|| Error::field("Idempotency-Key", "required", "is required"))?)
            }
        };
        let Some(key) = key else {
            return self.change(request, actor, verb).await;
        };
        let settings = settings(request, actor)?;
        let tx = Transaction::new(self.database.connection().await?);
        let answer = keyed(&tx, request, &settings, &key, verb).await;
        if answer.is_ok() {
            self.counts.written();
        }
        answer
    }

    /// Runs a verb in a transaction of its own whose outcome is nobody's to replay: credentials, for the most part.
    /// `begin` travels with the verb's first statement.
    ///
    /// # Errors
    /// The verb's own error, with nothing written, or the database's.
    pub async fn change<T, F, V>(&self, request: &Parts, actor: &Actor, verb: V) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>> + Send,
        V: FnOnce(Transaction) -> F + Send,
    {
        let settings = settings(request, actor)?;
        let tx = Transaction::new(self.database.connection().await?);
        let outcome = once(&tx, &settings, verb).await;
        if outcome.is_ok() {
            self.counts.written();
        }
        outcome
    }
}

/// Runs work that no request asked for in a transaction: the dataset's, for one.
///
/// # Errors
/// The work's own error, with nothing written, or the database's.
pub async fn in_transaction<T, F, V>(database: &Database, work: V) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>> + Send,
    V: FnOnce(Transaction) -> F + Send,
{
    let tx = Transaction::new(database.connection().await?);
    once(&tx, "set local agora.actor = 'system'", work).await
}

async fn once<T, F, V>(tx: &Transaction, settings: &str, verb: V) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>> + Send,
    V: FnOnce(Transaction) -> F + Send,
{
    match tx.begin(settings, verb(tx.clone())).await {
        Ok(answer) => {
            tx.commit().await?;
            Ok(answer)
        }
        Err(error) => {
            undo(tx).await;
            Err(error)
        }
    }
}

async fn keyed<R, F, V>(
    tx: &Transaction,
    request: &Parts,
    settings: &str,
    key: &Key,
    verb: V,
) -> Result<R, Error>
where
    R: Answer,
    F: Future<Output = Result<R, Error>> + Send,
    V: FnOnce(Transaction) -> F + Send,
{
    // A first request that still runs holds the key's row: waiting for it is bounded, and told.
    let settings = format!("{settings}; set local lock_timeout = '200ms'");
    match tx.begin(&settings, key.claim(tx)).await {
        Ok(Claim::Won) => {}
        Ok(Claim::Answered(response)) => {
            undo(tx).await;
            return Ok(R::raw(response));
        }
        Err(error) => {
            undo(tx).await;
            return Err(error);
        }
    }
    tx.savepoint().await?;
    let response = match verb(tx.clone()).await {
        Ok(answer) => answer.into_response(),
        Err(error) if error.is_deterministic() => {
            // The refusal is stored, and what was done before it is not.
            tx.rollback_to_savepoint().await?;
            problem::of(&error, &Called::of(&request.extensions))
        }
        Err(error) => {
            undo(tx).await;
            return Err(error);
        }
    };
    let (status, headers, body) = whole(response).await?;
    key.store(tx, status, &headers, &body).await?;
    tx.commit().await?;
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(R::raw(response))
}

/// A rollback that fails closes the connection, which rolls back too.
async fn undo(tx: &Transaction) {
    if let Err(error) = tx.rollback().await {
        tracing::debug!(%error, "rollback failed; the connection is closed");
    }
}

/// Who acts, for this transaction only.
fn settings(request: &Parts, actor: &Actor) -> Result<String, Error> {
    let called = Called::of(&request.extensions);
    let [principal, tenant, request_id] =
        [&*actor.principal, &*actor.tenant, &*called.request_id].map(SettingValue::new);
    Ok(format!(
        "set local agora.actor = '{}'; set local agora.tenant = '{}'; set local agora.request_id = '{}'",
        principal?.0, tenant?.0, request_id?.0
    ))
}

/// A value that stands between quotes in a statement: ids, and request ids of a plain alphabet.
struct SettingValue<'a>(&'a str);

impl<'a> SettingValue<'a> {
    /// Checks a value; another than these alphabets have is a fault of ours.
    fn new(value: &'a str) -> Result<Self, Error> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        if value.bytes().all(is_plain) {
            Ok(Self(value))
        } else {
            Err(Error::Internal("a setting of the transaction is not plain text".to_owned()))
        }
    }
}

async fn whole(response: Response<Body>) -> Result<(StatusCode, HeaderMap, Bytes), Error> {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(|error| Error::Internal(error.to_string()))?.to_bytes();
    Ok((parts.status, parts.headers, body))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_value_ends_its_quotes(value in any::<String>()) {
            match SettingValue::new(&value) {
                Ok(taken) => prop_assert!(!taken.0.contains(['\'', '\\', '\0', ';']) && taken.0.is_ascii()),
                Err(error) => prop_assert!(matches!(error, Error::Internal(_))),
            }
        }

        #[test]
        fn ids_are_taken_as_they_are(value in "(user:[0-9]{1,18}|[0-9a-f-]{36}|[A-Za-z0-9_.-]{1,128})") {
            prop_assert_eq!(SettingValue::new(&value).map(|taken| taken.0).ok(), Some(&*value));
        }
    }
}
