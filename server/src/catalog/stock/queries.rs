//! SQL of the stock.

use std::sync::LazyLock;

use agora_runtime::ResourceId;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::catalog::model::State;
use crate::catalog::stock::{Kind, Movement, Owned, Stock};
use crate::identity::UserId;
use crate::platform::db::{Connection, DbError, Row, Transaction, row, total};
use crate::platform::pagination::Keyset;

row!(STOCK_COLUMNS of StockRow {
    product_id: i64,
    available: i64,
    reserved: i64,
    sold: i64,
    supplied: i64,
    updated_at: Option<DateTime<Utc>>,
});

static FIND_STOCK: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.find_stock
select {STOCK_COLUMNS}, owner_id, state
from stock
cross join lateral (
    select products.owner_id, products.state
    from products
    where products.id = stock.product_id and products.deleted_at is null
) as product
where product_id = coalesce($1, (select id from products where uuid = $2))"
    )
});

/// Returns the stock of a product.
pub(super) async fn find_stock(db: &Connection, key: ResourceId) -> Result<Option<Owned>, DbError> {
    let (id, uuid) = key.parameters();
    Ok(db.query_opt(&FIND_STOCK, &[&id, &uuid]).await?.as_ref().map(owned))
}

static LOCK_STOCK: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.lock_stock
select {STOCK_COLUMNS}, owner_id, state
from stock
cross join lateral (
    select products.owner_id, products.state
    from products
    where products.id = stock.product_id and products.deleted_at is null
) as product
where product_id = coalesce($1, (select id from products where uuid = $2))
for no key update of stock"
    )
});

/// Locks the stock of a product until the transaction ends.
pub(super) async fn lock_stock(tx: &Transaction, key: ResourceId) -> Result<Option<Owned>, DbError> {
    let (id, uuid) = key.parameters();
    Ok(tx.query_opt(&LOCK_STOCK, &[&id, &uuid]).await?.as_ref().map(owned))
}

static CHANGE_STOCK: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.change_stock
with changed as (
    update stock
    set available = available + $2,
        supplied = supplied + $2,
        updated_at = app_now()
    where product_id = $1
    returning
        product_id,
        available,
        reserved,
        sold,
        supplied,
        updated_at
),
moved as (
    insert into stock_movements (product_id, kind, quantity, user_id, reason)
    select product_id, case when $2 > 0 then 'SUPPLIED' else 'ADJUSTED' end, $2, $3, $4
    from changed
)
select {STOCK_COLUMNS}
from changed"
    )
});

/// Adds units to a locked stock, or takes them out, and writes the movement.
pub(super) async fn change_stock(
    tx: &Transaction,
    product_id: i64,
    delta: i64,
    reason: Option<&str>,
    actor: UserId,
) -> Result<Option<Stock>, DbError> {
    Ok(tx.query_opt(&CHANGE_STOCK, &[&product_id, &delta, &actor.0, &reason]).await?.as_ref().map(stock))
}

row!(MOVEMENT_COLUMNS of MovementRow {
    id: i64,
    uuid: Uuid,
    kind: String,
    quantity: i64,
    order_id: Option<Uuid>,
    user_id: Option<i64>,
    reason: Option<String>,
    created_at: DateTime<Utc>,
});

static LIST_MOVEMENTS: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.list_movements
select {MOVEMENT_COLUMNS}
from stock_movements
where id = any(array(
    (
        select id
        from stock_movements
        where not $3 and product_id = coalesce($1, (select id from products where uuid = $2)) and id > $4
        order by id
        limit $5 offset $6
    )
    union all
    (
        select id
        from stock_movements
        where $3 and product_id = coalesce($1, (select id from products where uuid = $2)) and id < $4
        order by id desc
        limit $5 offset $6
    )
))
order by case when $3 then -id else id end"
    )
});

/// Lists the movements of a product's stock in the direction of the page.
pub(super) async fn list_movements(
    db: &Connection,
    key: ResourceId,
    keyset: Keyset,
) -> Result<Vec<Movement>, DbError> {
    let (id, uuid) = key.parameters();
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let rows = db.query(&LIST_MOVEMENTS, &[&id, &uuid, &is_backward, &edge, &rows, &offset]).await?;
    Ok(rows.iter().filter_map(movement).collect())
}

const COUNT_MOVEMENTS: &str = r"-- catalog.count_movements
select count(*)
from (
    select from stock_movements where product_id = coalesce($1, (select id from products where uuid = $2)) limit 10001
) as reached";

/// Counts the movements of a product's stock. More than 10,000 means at least as many.
pub(super) async fn count_movements(db: &Connection, key: ResourceId) -> Result<i64, DbError> {
    let (id, uuid) = key.parameters();
    db.query_opt(COUNT_MOVEMENTS, &[&id, &uuid]).await.map(total)
}

fn owned(row: &Row) -> Owned {
    let state = State::named(row.get("state")).unwrap_or(State::Archived);
    Owned { stock: stock(row), owner: UserId(row.get("owner_id")), state }
}

fn stock(row: &Row) -> Stock {
    let row = StockRow::from_row(row);
    Stock {
        product_id: row.product_id,
        available: row.available,
        reserved: row.reserved,
        sold: row.sold,
        supplied: row.supplied,
        updated_at: row.updated_at,
    }
}

/// Converts a row, or returns `None` for a kind that only a newer server knows.
fn movement(row: &Row) -> Option<Movement> {
    let row = MovementRow::from_row(row);
    Some(Movement {
        id: row.id,
        uuid: row.uuid,
        kind: Kind::named(&row.kind)?,
        quantity: row.quantity,
        order_id: row.order_id,
        user_id: row.user_id.map(UserId),
        reason: row.reason,
        created_at: row.created_at,
    })
}
