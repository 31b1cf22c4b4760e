//! The write boundary: the single entry point of all changes. It begins the transaction, sets the actor, claims the
//! Idempotency-Key and runs the work. It then stores the response if there is a key, commits, and returns the
//! response.

pub mod idempotency;

use std::sync::Arc;
use std::time::Duration;

use agora_runtime::{ApiResponse, Idempotency};
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use http_body_util::BodyExt;
use uuid::Uuid;

use crate::error::Error;
use crate::platform::crypto::Macs;
use crate::platform::db::{Database, Transaction};
use crate::platform::http::problem;
use crate::platform::http::request::RequestContext;
use crate::platform::pagination::Counts;
use crate::platform::writes::idempotency::{Claim, IdempotencyKey};

/// Maximum number of attempts of a transaction that PostgreSQL aborts.
const ATTEMPTS: u32 = 3;
/// Minimum pause before the next attempt.
const SHORTEST_PAUSE: Duration = Duration::from_millis(5);

/// Actor of a change. The database sees it for triggers, audit and row-level security.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Actor {
    /// `user:<id>`; it is also the scope of Idempotency-Keys.
    pub principal: String,
    /// Tenant: the UUID of the user that owns the data.
    pub tenant: String,
}

/// The write boundary, with its dependencies.
#[derive(Clone)]
pub struct WriteBoundary {
    /// Database that is changed.
    pub database: Database,
    /// Cached counts, which a change invalidates.
    pub counts: Counts,
    /// Keys that sign the fingerprints of requests with an Idempotency-Key. All replicas share them.
    pub fingerprints: Arc<Macs>,
}

impl WriteBoundary {
    /// Runs work in its own transaction as the caller, and stores its response if the request has an Idempotency-Key and
    /// the operation accepts one. `begin` is sent together with the claim of the key, or with the first statement of the
    /// work if there is no key. The work runs again if PostgreSQL aborts the transaction in favor of another one.
    ///
    /// # Errors
    /// Returns the error of the work, with nothing written, or the error of the database. With a key, a deterministic
    /// error of the work is stored, and returned as a response instead.
    pub async fn write_idempotent<P, R, F, V>(&self, context: &RequestContext<P>, work: V) -> Result<R, Error>
    where
        P: Sync,
        for<'a> Actor: From<&'a P>,
        R: ApiResponse,
        F: Future<Output = Result<R, Error>> + Send,
        V: Fn(Transaction) -> F + Send + Sync,
    {
        let actor = Actor::from(&context.caller);
        let key = || IdempotencyKey::from_request(context, &actor.principal, &self.fingerprints);
        let key = match context.operation.idempotency {
            Idempotency::None => None,
            Idempotency::Accepted => key(),
            Idempotency::Required => {
                Some(key().ok_or_else(|| Error::field("Idempotency-Key", "required", "must be provided"))?)
            }
        };
        let Some(key) = key else {
            return self.write_as(&actor, context, work).await;
        };
        let settings = settings(context, &actor)?;
        let attempt = |tx| run_keyed(tx, context, &settings, &key, &work);
        let response = attempts(&self.database, attempt).await;
        if response.is_ok() {
            self.counts.invalidate();
        }
        response
    }

    /// Runs work in its own transaction as the caller, without storing a response for replay. It is mostly used for
    /// credentials. `begin` is sent together with the first statement of the work.
    ///
    /// # Errors
    /// Returns the error of the work, with nothing written, or the error of the database.
    pub async fn write<P, T, F, V>(&self, context: &RequestContext<P>, work: V) -> Result<T, Error>
    where
        P: Sync,
        for<'a> Actor: From<&'a P>,
        T: Send,
        F: Future<Output = Result<T, Error>> + Send,
        V: Fn(Transaction) -> F + Send + Sync,
    {
        self.write_as(&Actor::from(&context.caller), context, work).await
    }

    /// As [`WriteBoundary::write`], as an actor that is not the caller: a registration has none.
    ///
    /// # Errors
    /// As for [`WriteBoundary::write`].
    pub async fn write_as<C, T, F, V>(
        &self,
        actor: &Actor,
        context: &RequestContext<C>,
        work: V,
    ) -> Result<T, Error>
    where
        C: Sync,
        T: Send,
        F: Future<Output = Result<T, Error>> + Send,
        V: Fn(Transaction) -> F + Send + Sync,
    {
        let settings = settings(context, actor)?;
        let outcome = attempts(&self.database, |tx| run_once(tx, &settings, &work)).await;
        if outcome.is_ok() {
            self.counts.invalidate();
        }
        outcome
    }
}

/// Runs work in a transaction outside of any request, such as loading the dataset. Runs it again while PostgreSQL aborts it.
///
/// # Errors
/// Returns the error of the work, with nothing written, or the error of the database.
pub async fn in_transaction<T, F, V>(database: &Database, work: V) -> Result<T, Error>
where
    T: Send,
    F: Future<Output = Result<T, Error>> + Send,
    V: Fn(Transaction) -> F + Send + Sync,
{
    attempts(database, |tx| run_once(tx, "set local agora.actor = 'system'", &work)).await
}

/// Makes an attempt, and another one while PostgreSQL aborts its transaction: as the victim of a deadlock, or since it
/// cannot be serialized. Nothing of an aborted attempt is written.
async fn attempts<T, F>(database: &Database, attempt: impl Fn(Transaction) -> F + Send) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>> + Send,
{
    let mut left = ATTEMPTS;
    loop {
        left -= 1;
        match attempt(Transaction::new(database.connection().await?)).await {
            Err(Error::Aborted(reason)) if left > 0 => {
                tracing::debug!(reason, "a transaction was aborted and runs again");
                // Without jitter, two transactions that aborted each other would meet again.
                let [.., random] = Uuid::now_v7().into_bytes();
                tokio::time::sleep(SHORTEST_PAUSE + Duration::from_millis(u64::from(random / 8))).await;
            }
            outcome => return outcome,
        }
    }
}

async fn run_once<T, F, V>(tx: Transaction, settings: &str, work: V) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>> + Send,
    V: FnOnce(Transaction) -> F + Send,
{
    match tx.begin(settings, work(tx.clone())).await {
        Ok(response) => {
            tx.commit().await?;
            Ok(response)
        }
        Err(error) => {
            roll_back(&tx).await;
            Err(error)
        }
    }
}

async fn run_keyed<C, R, F, V>(
    tx: Transaction,
    context: &RequestContext<C>,
    settings: &str,
    key: &IdempotencyKey,
    work: V,
) -> Result<R, Error>
where
    C: Sync,
    R: ApiResponse,
    F: Future<Output = Result<R, Error>> + Send,
    V: FnOnce(Transaction) -> F + Send,
{
    // A first request that is still running has a lock on the row of the key. The wait for it is bounded, and fails on
    // timeout.
    let settings = format!("{settings}; set local lock_timeout = '200ms'");
    match tx.begin(&settings, key.claim(&tx)).await {
        Ok(Claim::Won) => {}
        Ok(Claim::Answered(response)) => {
            roll_back(&tx).await;
            return Ok(R::raw(response));
        }
        Err(error) => {
            roll_back(&tx).await;
            return Err(error);
        }
    }
    let response = match tx.savepoint(work(tx.clone())).await {
        Ok(response) => response.into_response(),
        Err(error) if error.is_deterministic() => {
            // Store the error response, but undo the preceding changes.
            tx.rollback_to_savepoint().await?;
            problem::response(&error, &context.arrival)
        }
        Err(error) => {
            roll_back(&tx).await;
            return Err(error);
        }
    };
    let (status, headers, body) = whole(response).await?;
    key.store_and_commit(&tx, status, &headers, &body).await?;
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(R::raw(response))
}

/// Rolls back. If that fails, the connection closes, which rolls back as well.
async fn roll_back(tx: &Transaction) {
    if let Err(error) = tx.rollback().await {
        tracing::debug!(%error, "rollback failed; the connection is closed");
    }
}

/// Returns statements that set the actor for this transaction only.
fn settings<C>(context: &RequestContext<C>, actor: &Actor) -> Result<String, Error> {
    let [principal, tenant, request_id] =
        [&*actor.principal, &*actor.tenant, &*context.arrival.request_id].map(SettingValue::new);
    Ok(format!(
        "set local agora.actor = '{}'; set local agora.tenant = '{}'; set local agora.request_id = '{}'",
        principal?.0, tenant?.0, request_id?.0
    ))
}

/// A value to be quoted in a statement: an id, or a request id of a plain alphabet.
struct SettingValue<'a>(&'a str);

impl<'a> SettingValue<'a> {
    /// Checks a value. Other characters are a bug of the server.
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
