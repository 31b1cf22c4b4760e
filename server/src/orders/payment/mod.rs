//! Payments of confirmed orders. A payment is a row that says what is to be done, so that nothing is lost if a replica ends
//! in the middle: another one repeats the call with the same key, which the provider performs once.

mod provider;
mod queries;

use futures_util::future::join_all;

use crate::error::Error;
use crate::orders::model::Due;
use crate::platform::db::Database;

pub use provider::Provider;
pub(super) use queries::composed;

use provider::Decision;

/// Maximum number of payments that a replica takes, and of calls that it makes at a time.
const BATCH: i64 = 8;
/// Seconds after which a payment that was taken is due again.
const LEASE: f64 = 30.0;
/// Number of attempts after which a payment without a decision is given up, about half an hour after the first.
const ATTEMPTS: i32 = 14;
/// Longest pause between two attempts, in seconds.
const LONGEST_PAUSE: f64 = 300.0;

/// Takes the payments that are due, and brings each one step further. One that fails does not keep the others.
pub(super) async fn settle_due(database: &Database, provider: &Provider) -> Result<(), Error> {
    loop {
        let taken = queries::claim_payments(&database.connection().await?, BATCH, LEASE).await?;
        join_all(taken.iter().map(async |due| {
            // The payment is due again when its lease ends.
            if let Err(error) = settle(database, provider, due).await {
                tracing::error!(payment = %due.key, "a payment could not be settled: {error}");
            }
        }))
        .await;
        if taken.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
            return Ok(());
        }
    }
}

/// Calls the provider for a payment, and writes its answer. No connection is held during the call.
async fn settle(database: &Database, provider: &Provider, due: &Due) -> Result<(), Error> {
    if due.is_refund {
        return match provider.refund(due).await {
            Ok(()) => {
                tracing::info!(payment = %due.key, "refunded");
                Ok(queries::finish_refund(&database.connection().await?, due.order_id).await?)
            }
            Err(reason) => postpone(database, due, &reason).await,
        };
    }
    // The order was cancelled meanwhile. After an earlier attempt the provider may have accepted, so that the charge is
    // prevented or returned.
    if !due.is_wanted {
        let db = database.connection().await?;
        match due.attempts {
            1 => queries::reject_payment(&db, due.order_id).await?,
            _ => queries::abandon_payment(&db, due.order_id).await?,
        }
        return Ok(());
    }
    match provider.charge(due).await {
        Ok(Decision::Accepted(reference)) => {
            Ok(queries::accept_payment(&database.connection().await?, due.order_id, &reference).await?)
        }
        Ok(Decision::Declined) => {
            Ok(queries::reject_payment(&database.connection().await?, due.order_id).await?)
        }
        Err(reason) if due.attempts >= ATTEMPTS => {
            tracing::error!(payment = %due.key, attempts = due.attempts, "payment given up: {reason}");
            Ok(queries::abandon_payment(&database.connection().await?, due.order_id).await?)
        }
        Err(reason) => postpone(database, due, &reason).await,
    }
}

/// Lets a payment become due again, later after each attempt.
async fn postpone(database: &Database, due: &Due, reason: &str) -> Result<(), Error> {
    let pause = 2f64.powi(due.attempts.clamp(1, 20) - 1).min(LONGEST_PAUSE);
    tracing::warn!(payment = %due.key, attempts = due.attempts, pause, "payment postponed: {reason}");
    Ok(queries::postpone_payment(&database.connection().await?, due.order_id, pause).await?)
}
