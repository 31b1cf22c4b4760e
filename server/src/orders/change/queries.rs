//! SQL of transitions. Rows are locked in one order: the order, then the stock of its products by ID.

use std::sync::LazyLock;

use uuid::Uuid;

use crate::identity::UserId;
use crate::orders::model::{Order, Payment, Reader};
use crate::orders::queries::find_changed_order;
use crate::platform::db::{Connection, DbError, Transaction, total};

// The clock may reach the end of the time between the check and the value, so the value is bounded.
const CONFIRM_ORDER: &str = r"-- orders.confirm_order
with changed as (
    update orders
    set state = 'CONFIRMED',
        version = version + 1,
        updated_at = least(app_now(), expires_at)
    where uuid = $1
        and buyer_id = $2
        and state = 'PENDING_CONFIRMATION'
        and expires_at > app_now()
    returning
        id,
        version,
        updated_at
),
noted as (
    insert into order_events (order_id, version, state, user_id, created_at)
    select id, version, 'CONFIRMED', $2, updated_at
    from changed
),
due as (
    insert into payments (order_id, method, token)
    select id, $3, $4
    from changed
)
select id
from changed";

/// Confirms an order of a buyer if it is pending and not late. Returns `true` if it was, and the order.
pub(super) async fn confirm_order(
    tx: &Transaction,
    key: Uuid,
    buyer: UserId,
    payment: &Payment,
) -> Result<(bool, Option<Order>), DbError> {
    let Payment { method, token } = payment;
    let reader = Reader { id: buyer, is_staff: false };
    find_changed_order(tx, (CONFIRM_ORDER, &[&key, &buyer.0, method, token]), key, reader).await
}

/// Returns the common table expressions that release or sell the units of the orders in `changed`, and write their events. The stock
/// is locked in the order of the products.
pub(in crate::orders) fn leaving(state: &str, kind: &str) -> String {
    let to = if kind == "SOLD" { "sold = stock.sold" } else { "available = stock.available" };
    format!(
        "noted as (
    insert into order_events (order_id, version, state, user_id, created_at)
    select id, version, '{state}', user_id, updated_at
    from changed
),
lines as materialized (
    select
        line.product_id,
        line.quantity,
        changed.uuid,
        changed.user_id,
        changed.updated_at
    from changed
    join order_lines as line on line.order_id = changed.id
),
held as materialized (
    select product_id
    from stock
    where product_id in (select product_id from lines)
    order by product_id
    for no key update
),
units as (
    update stock
    set reserved = stock.reserved - given.quantity,
        {to} + given.quantity,
        updated_at = given.updated_at
    from (
        select
            lines.product_id,
            sum(lines.quantity)::bigint as quantity,
            max(lines.updated_at) as updated_at
        from lines
        join held on held.product_id = lines.product_id
        group by lines.product_id
    ) as given
    where stock.product_id = given.product_id
),
moved as (
    insert into stock_movements (product_id, kind, quantity, order_id, user_id, created_at)
    select product_id, '{kind}', quantity, uuid, user_id, updated_at
    from lines
)"
    )
}

/// Columns that statements with [`leaving`] return from their update of the orders.
pub(in crate::orders) const CHANGED: &str = "orders.id, orders.uuid, orders.version, orders.updated_at";

static CANCEL_ORDER: LazyLock<String> = LazyLock::new(|| {
    let leaving = leaving("CANCELLED", "RELEASED");
    format!(
        "-- orders.cancel_order
with changed as (
    update orders
    set state = 'CANCELLED',
        version = version + 1,
        updated_at = app_now()
    where uuid = $1
        and (buyer_id = $2 or $3)
        and (state = 'CONFIRMED' or state = 'PENDING_CONFIRMATION' and expires_at > app_now())
    returning {CHANGED}, $2::bigint as user_id
),
{leaving}
select id
from changed"
    )
});

/// Cancels an order if its state permits it. Returns `true` if it did, and the order.
pub(super) async fn cancel_order(
    tx: &Transaction,
    key: Uuid,
    reader: Reader,
) -> Result<(bool, Option<Order>), DbError> {
    find_changed_order(tx, (&CANCEL_ORDER, &[&key, &reader.id.0, &reader.is_staff]), key, reader).await
}

static CANCEL_ORDERS_OF_USER: LazyLock<String> = LazyLock::new(|| {
    let leaving = leaving("CANCELLED", "RELEASED");
    format!(
        "-- orders.cancel_orders_of_user
with open as materialized (
    select id
    from orders
    where buyer_id = $1
        and state in ('PENDING_CONFIRMATION', 'CONFIRMED')
        and (state = 'CONFIRMED' or expires_at > app_now())
    order by id
    for no key update
),
changed as (
    update orders
    set state = 'CANCELLED',
        version = version + 1,
        updated_at = app_now()
    from open
    where orders.id = open.id
    returning {CHANGED}, substring(current_setting('agora.actor', true) from '^user:([0-9]+)$')::bigint as user_id
),
{leaving}
select count(*)
from changed"
    )
});

/// Cancels the open orders of a user, as the actor of the transaction. Late ones are left to the sweep.
pub(super) async fn cancel_orders_of_user(tx: &Transaction, user: UserId) -> Result<(), DbError> {
    tx.query_opt(&CANCEL_ORDERS_OF_USER, &[&user.0]).await.map(drop)
}

static EXPIRE_ORDERS: LazyLock<String> = LazyLock::new(|| {
    let leaving = leaving("NOT_CONFIRMED", "RELEASED");
    format!(
        "-- orders.expire_orders
with late as materialized (
    select id
    from orders
    where state = 'PENDING_CONFIRMATION'
        and expires_at <= (select app_now())
        and ($2::bigint is null or id = $2)
    order by expires_at
    limit $1
    for no key update skip locked
),
changed as (
    update orders
    set state = 'NOT_CONFIRMED',
        version = version + 1,
        updated_at = app_now()
    from late
    where orders.id = late.id
    returning {CHANGED}, null::bigint as user_id
),
{leaving}
select count(*)
from changed"
    )
});

/// Ends at most `limit` pending orders whose time is over, or only this one, and returns their number. Orders that others have
/// locked are left to them.
pub(super) async fn expire_orders(db: &Connection, limit: i64, order: Option<i64>) -> Result<u64, DbError> {
    let count = db.query_opt(&EXPIRE_ORDERS, &[&limit, &order]).await.map(total)?;
    Ok(count.unsigned_abs())
}

const LIST_LATE_ORDERS: &str = r"-- orders.list_late_orders
select id, uuid
from orders
where state = 'PENDING_CONFIRMATION'
    and expires_at <= (select app_now())
order by expires_at
limit $1";

/// Lists at most `limit` pending orders whose time is over, by ID and UUID.
pub(super) async fn list_late_orders(db: &Connection, limit: i64) -> Result<Vec<(i64, Uuid)>, DbError> {
    let rows = db.query(LIST_LATE_ORDERS, &[&limit]).await?;
    Ok(rows.iter().map(|row| (row.get("id"), row.get("uuid"))).collect())
}

/// Returns the statements of this file that are composed at run time.
pub(in crate::orders) fn composed() -> impl Iterator<Item = &'static str> {
    [&*CANCEL_ORDER, &*CANCEL_ORDERS_OF_USER, &*EXPIRE_ORDERS].into_iter().map(String::as_str)
}
