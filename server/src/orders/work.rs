//! The work that no request does: ending orders whose time is over, and calling the payment provider. Every replica does it,
//! and each row is taken by one of them.

use std::time::Duration;

use futures_util::future::join;

use crate::orders::change;
use crate::orders::payment::{self, Provider};
use crate::platform::db::Database;

/// Interval between two looks.
const INTERVAL: Duration = Duration::from_millis(500);
/// Maximum number of orders that one statement ends.
const BATCH: i64 = 100;

/// Ends orders and calls the payment provider, until the task is aborted. A slow provider does not delay the end of orders.
pub async fn run_loops(database: Database, provider: Provider) {
    join(expire_loop(&database), payment_loop(&database, &provider)).await;
}

async fn expire_loop(database: &Database) {
    loop {
        match change::expire(database, BATCH).await {
            Ok(0) => {}
            Ok(expired) => {
                metrics::counter!("agora_expired_orders_total").increment(expired);
                tracing::info!(expired, "released the units of orders that were not confirmed in time");
            }
            Err(error) => tracing::warn!("orders could not be expired: {error}"),
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

async fn payment_loop(database: &Database, provider: &Provider) {
    loop {
        if let Err(error) = payment::settle_due(database, provider).await {
            tracing::warn!("payments could not be settled: {error}");
        }
        tokio::time::sleep(INTERVAL).await;
    }
}
