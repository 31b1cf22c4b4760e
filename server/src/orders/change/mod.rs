//! Transitions of orders.

mod queries;

use agora_runtime::Transition;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, TryFutureExt as _};
use serde_json::json;
use uuid::Uuid;

use crate::error::Error;
use crate::identity::{Principal, Role, UserId};
use crate::orders::model::{Order, Payment, Reader, State};
use crate::platform::db::{Database, DbError, Transaction};

pub(super) use queries::{CHANGED, composed, leaving};

/// Returns the error for an order that does not exist or is not visible to the caller.
pub(super) fn unknown(key: Uuid) -> Error {
    Error::UnknownId("No order has this ID", key.to_string())
}

/// Returns what a caller may see of orders.
pub(super) fn reader(caller: &Principal) -> Reader {
    Reader { id: caller.id, is_staff: caller.role >= Role::Staff }
}

/// Confirms an order, and writes the payment that is due.
pub(super) async fn confirm(
    tx: &Transaction,
    key: Uuid,
    transition: Transition,
    payment: &Payment,
    caller: &Principal,
) -> Result<Order, Error> {
    let (is_changed, order) = queries::confirm_order(tx, key, caller.id, payment).await?;
    let order = order.filter(|order| order.buyer_id == caller.id).ok_or_else(|| unknown(key))?;
    outcome(is_changed, order, transition, "Only a pending order can be confirmed, before it expires")
}

/// Cancels an order, and releases its units.
pub(super) async fn cancel(
    tx: &Transaction,
    key: Uuid,
    transition: Transition,
    caller: &Principal,
) -> Result<Order, Error> {
    let (is_changed, order) = queries::cancel_order(tx, key, reader(caller)).await?;
    let order = order.ok_or_else(|| unknown(key))?;
    if !caller.may_change(Some(order.buyer_id)) {
        return Err(Error::Forbidden("Only the buyer or staff may cancel this order"));
    }
    let refusal = "Only an order that is pending, or whose payment is not completed, can be cancelled";
    outcome(is_changed, order, transition, refusal)
}

/// Returns the order if it has changed, or was in the wanted state before.
fn outcome(is_changed: bool, order: Order, transition: Transition, refusal: &str) -> Result<Order, Error> {
    if is_changed || State::named(transition.to) == Some(order.state) {
        return Ok(order);
    }
    Err(Error::Conflict(refusal.to_owned(), json!({"state": order.state.name()})))
}

/// Ends all orders whose time is over, at most `batch` at a time, and returns their number. An order that cannot be ended
/// does not keep the others of its batch.
pub(super) async fn expire(database: &Database, batch: i64) -> Result<u64, DbError> {
    let mut all = 0;
    loop {
        let db = database.connection().await?;
        let expired = match queries::expire_orders(&db, batch, None).await {
            Ok(expired) => expired,
            Err(error) => {
                tracing::warn!("late orders are ended one by one, since together it failed: {error}");
                return Ok(all + expire_each(database, batch).await?);
            }
        };
        all += expired;
        if expired < batch.unsigned_abs() {
            return Ok(all);
        }
    }
}

async fn expire_each(database: &Database, batch: i64) -> Result<u64, DbError> {
    let late = queries::list_late_orders(&database.connection().await?, batch).await?;
    let mut all = 0;
    for (id, uuid) in late {
        match queries::expire_orders(&database.connection().await?, 1, Some(id)).await {
            Ok(expired) => all += expired,
            Err(error) => tracing::error!(order = %uuid, "an order could not be expired: {error}"),
        }
    }
    Ok(all)
}

/// Cancels the open orders of a user who is deleted, and releases their units.
pub fn cancel_with_user(tx: &Transaction, user: UserId) -> BoxFuture<'_, Result<(), Error>> {
    queries::cancel_orders_of_user(tx, user).err_into().boxed()
}
