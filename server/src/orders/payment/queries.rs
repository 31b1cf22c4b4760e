//! SQL of payments.

use std::sync::LazyLock;

use crate::orders::change::{CHANGED, leaving};
use crate::orders::model::Due;
use crate::platform::db::{Connection, DbError, Row};

// `due_at` is the end of the lease: if the replica ends before the call, another one takes the payment then.
const CLAIM_PAYMENTS: &str = r"-- orders.claim_payments
with due as materialized (
    select order_id
    from payments
    where phase in ('PENDING', 'REFUNDING')
        and due_at <= (select app_now())
    order by due_at
    limit $1
    for no key update skip locked
),
taken as (
    update payments
    set attempts = attempts + 1,
        due_at = app_now() + make_interval(secs => $2),
        updated_at = app_now()
    from due
    where payments.order_id = due.order_id
    returning
        payments.order_id,
        payments.key,
        payments.method,
        payments.token,
        payments.reference,
        payments.phase,
        payments.attempts
)
select
    taken.order_id,
    taken.key,
    taken.method,
    taken.token,
    taken.reference,
    orders.uuid,
    orders.total,
    orders.currency,
    taken.phase = 'REFUNDING' as is_refund,
    orders.state = 'CONFIRMED' as is_wanted,
    taken.attempts
from taken
join orders on orders.id = taken.order_id";

/// Takes at most `limit` payments that are due. Others leave them alone for `lease` seconds.
pub(super) async fn claim_payments(db: &Connection, limit: i64, lease: f64) -> Result<Vec<Due>, DbError> {
    let rows = db.query(CLAIM_PAYMENTS, &[&limit, &lease]).await?;
    let due = |row: &Row| Due {
        order_id: row.get("order_id"),
        key: row.get("key"),
        method: row.get("method"),
        token: row.get("token"),
        reference: row.get("reference"),
        order: row.get("uuid"),
        amount: row.get("total"),
        currency: row.get("currency"),
        is_refund: row.get("is_refund"),
        is_wanted: row.get("is_wanted"),
        attempts: row.get("attempts"),
    };
    Ok(rows.iter().map(due).collect())
}

static ACCEPT_PAYMENT: LazyLock<String> = LazyLock::new(|| {
    let leaving = leaving("ACCEPTED", "SOLD");
    format!(
        "-- orders.accept_payment
with changed as (
    update orders
    set state = 'ACCEPTED',
        version = version + 1,
        updated_at = app_now()
    where id = $1
        and state = 'CONFIRMED'
    returning {CHANGED}, null::bigint as user_id
),
{leaving}
update payments
set phase = case when exists (select from changed) then 'ACCEPTED' else 'REFUNDING' end,
    reference = $2,
    token = null,
    attempts = 0,
    due_at = app_now(),
    updated_at = app_now()
where order_id = $1
    and phase = 'PENDING'"
    )
});

/// Writes that the provider has accepted a payment: the order is accepted and its units are sold, or the payment is to be
/// returned if nobody waits for it any more.
pub(super) async fn accept_payment(db: &Connection, order_id: i64, reference: &str) -> Result<(), DbError> {
    db.execute(&ACCEPT_PAYMENT, &[&order_id, &reference]).await.map(drop)
}

// The order is locked before the payment, as when it is accepted: the update reads from the change of the order.
static REJECT_PAYMENT: LazyLock<String> = LazyLock::new(|| {
    let leaving = leaving("REJECTED", "RELEASED");
    format!(
        "-- orders.reject_payment
with changed as (
    update orders
    set state = 'REJECTED',
        version = version + 1,
        updated_at = app_now()
    where id = $1
        and state = 'CONFIRMED'
    returning {CHANGED}, null::bigint as user_id
),
{leaving}
update payments
set phase = $2,
    token = null,
    attempts = 0,
    due_at = app_now(),
    updated_at = app_now()
from (select count(*) from changed) as ended
where order_id = $1
    and phase = 'PENDING'"
    )
});

/// Writes that there is no payment: the provider has declined it, or was never asked.
pub(super) async fn reject_payment(db: &Connection, order_id: i64) -> Result<(), DbError> {
    db.execute(&REJECT_PAYMENT, &[&order_id, &"REJECTED"]).await.map(drop)
}

/// Rejects an order whose payment remains unknown. In case the provider has accepted it after all, it is returned.
pub(super) async fn abandon_payment(db: &Connection, order_id: i64) -> Result<(), DbError> {
    db.execute(&REJECT_PAYMENT, &[&order_id, &"REFUNDING"]).await.map(drop)
}

const FINISH_REFUND: &str = r"-- orders.finish_refund
update payments
set phase = 'REFUNDED',
    updated_at = app_now()
where order_id = $1
    and phase = 'REFUNDING'";

/// Writes that a payment was returned.
pub(super) async fn finish_refund(db: &Connection, order_id: i64) -> Result<(), DbError> {
    db.execute(FINISH_REFUND, &[&order_id]).await.map(drop)
}

const POSTPONE_PAYMENT: &str = r"-- orders.postpone_payment
update payments
set due_at = app_now() + make_interval(secs => $2),
    updated_at = app_now()
where order_id = $1
    and phase in ('PENDING', 'REFUNDING')";

/// Lets a payment become due again after some seconds.
pub(super) async fn postpone_payment(db: &Connection, order_id: i64, seconds: f64) -> Result<(), DbError> {
    db.execute(POSTPONE_PAYMENT, &[&order_id, &seconds]).await.map(drop)
}

/// Returns the statements of this file that are composed at run time.
pub(in crate::orders) fn composed() -> impl Iterator<Item = &'static str> {
    [&*ACCEPT_PAYMENT, &*REJECT_PAYMENT].into_iter().map(String::as_str)
}
