//! SQL of bags. Rows are locked in one order: the user, then the bag.

use agora_runtime::ResourceId;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::carts::bag::{Bag, BagLine};
use crate::identity::UserId;
use crate::platform::db::{Connection, DbError, Params, Row, Transaction, total};

const FIND_BAG: &str = r"-- carts.find_bag
select
    bag.id,
    coalesce(bag.updated_at, bag.created_at) as changed_at,
    content.product_ids,
    content.titles,
    content.quantities,
    content.prices,
    content.seller_ids,
    content.available
from carts as bag
cross join lateral (
    select
        array_agg(line.product_id order by line.position) as product_ids,
        array_agg(product.title order by line.position) as titles,
        array_agg(line.quantity order by line.position) as quantities,
        array_agg(product.price order by line.position) as prices,
        array_agg(product.owner_id order by line.position) as seller_ids,
        array_agg(stock.available order by line.position) as available
    from cart_lines as line
    join products as product on product.id = line.product_id and product.is_listed
    join stock on stock.product_id = line.product_id
    where line.cart_id = bag.id
) as content
where bag.user_id = $1
    and bag.kind = 'bag'
    and bag.state = 'OPEN'
    and bag.deleted_at is null
    and coalesce(bag.updated_at, bag.created_at) > app_now() - interval '30 days'";

/// Returns the open bag of a user.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn find_bag(db: &Connection, user: UserId) -> Result<Option<Bag>, DbError> {
    Ok(db.query_opt(FIND_BAG, &[&user.0]).await?.as_ref().map(bag))
}

const LOCK_USER: &str = r"-- carts.lock_user
select id
from users
where id = $1
    and deleted_at is null
for no key update";

const LOCK_BAG: &str = r"-- carts.lock_bag
select id
from carts
where user_id = $1
    and kind = 'bag'
    and state = 'OPEN'
    and deleted_at is null
for update";

/// Locks the open bag of a user, after the user, as every change of orders does. Returns it as it is with the lock.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn lock_bag(tx: &Transaction, user: UserId) -> Result<Option<Bag>, DbError> {
    let statements: [(&'static str, Params<'_>); 4] =
        [(LOCK_USER, &[&user.0]), (ABANDON_BAG, &[&user.0]), (LOCK_BAG, &[&user.0]), (FIND_BAG, &[&user.0])];
    let found = tx.query_in_order(&statements).await?;
    Ok(found.last().and_then(|rows| rows.first()).map(bag))
}

// The hourly work may not have come to it yet.
const ABANDON_BAG: &str = r"-- carts.abandon_bag
update carts
set state = 'ABANDONED',
    updated_at = app_now()
where user_id = $1
    and kind = 'bag'
    and state = 'OPEN'
    and deleted_at is null
    and coalesce(updated_at, created_at) <= app_now() - interval '30 days'";

const OPEN_BAG: &str = r"-- carts.open_bag
insert into carts (uuid, user_id, kind, state)
values ($1, $2, 'bag', 'OPEN')
on conflict (user_id) where kind = 'bag' and state = 'OPEN' and deleted_at is null do nothing";

const FIND_ITEM: &str = r"-- carts.find_item
select
    bag.id as bag_id,
    product.is_listed,
    product.id,
    product.title,
    product.price,
    product.owner_id,
    stock.available,
    coalesce(line.quantity, 0) as quantity
from products as product
join stock on stock.product_id = product.id
left join carts as bag on bag.user_id = $1 and bag.kind = 'bag' and bag.state = 'OPEN' and bag.deleted_at is null
left join cart_lines as line on line.cart_id = bag.id and line.product_id = product.id
where product.id = coalesce($2, (select id from products where uuid = $3))
    and (product.is_listed or line.product_id is not null)";

/// A product of a request, with the bag of the user, if it is open.
pub(super) struct Found {
    pub(super) bag: Option<i64>,
    pub(super) is_listed: bool,
    pub(super) line: BagLine,
}

/// Locks the open bag of a user, or a new one, after the user. Returns it with a product that is listed or in the bag, of which
/// the quantity is 0 if it is not in there.
pub(super) async fn lock_item(
    tx: &Transaction,
    uuid: Uuid,
    user: UserId,
    key: ResourceId,
) -> Result<Option<Found>, DbError> {
    let (id, product) = key.parameters();
    let statements: [(&'static str, Params<'_>); 5] = [
        (LOCK_USER, &[&user.0]),
        (ABANDON_BAG, &[&user.0]),
        (OPEN_BAG, &[&uuid, &user.0]),
        (LOCK_BAG, &[&user.0]),
        (FIND_ITEM, &[&user.0, &id, &product]),
    ];
    let found = tx.query_in_order(&statements).await?;
    Ok(found.last().and_then(|rows| rows.first()).map(item))
}

const SET_LINE: &str = r"-- carts.set_line
with changed as (
    insert into cart_lines (cart_id, product_id, quantity)
    values ($1, $2, $3)
    on conflict on constraint cart_lines_pkey do update
    set quantity = excluded.quantity
    returning product_id
),
noted as (
    update carts
    set updated_at = app_now()
    where id = $1
)
select count(*)
from (
    select product_id from cart_lines where cart_id = $1
    union
    select product_id from changed
) as held
join products as product on product.id = held.product_id and product.is_listed";

/// Sets the quantity of a product in a locked bag, and returns the number of listed products that it has then.
pub(super) async fn set_line(
    tx: &Transaction,
    bag: i64,
    product_id: i64,
    quantity: i64,
) -> Result<usize, DbError> {
    let count = tx.query_opt(SET_LINE, &[&bag, &product_id, &quantity]).await.map(total)?;
    Ok(usize::try_from(count).unwrap_or_default())
}

const DELETE_LINE: &str = r"-- carts.delete_line
with gone as (
    delete from cart_lines
    where cart_id = $1
        and product_id = $2
)
update carts
set updated_at = app_now()
where id = $1";

/// Removes a product from a locked bag.
pub(super) async fn delete_line(tx: &Transaction, bag: i64, product_id: i64) -> Result<(), DbError> {
    tx.execute(DELETE_LINE, &[&bag, &product_id]).await.map(drop)
}

const DELETE_BAG: &str = r"-- carts.delete_bag
update carts
set deleted_at = app_now()
where id = $1";

/// Marks a locked bag as deleted. Its lines are kept.
pub(super) async fn delete_bag(tx: &Transaction, bag: i64) -> Result<(), DbError> {
    tx.execute(DELETE_BAG, &[&bag]).await.map(drop)
}

const CLOSE_BAG: &str = r"-- carts.close_bag
update carts
set state = $2,
    updated_at = app_now()
where id = $1";

/// Moves a locked bag to another state.
pub(super) async fn close_bag(tx: &Transaction, bag: i64, state: &str) -> Result<(), DbError> {
    tx.execute(CLOSE_BAG, &[&bag, &state]).await.map(drop)
}

const ABANDON_BAGS: &str = r"-- carts.abandon_bags
with idle as materialized (
    select id
    from carts
    where kind = 'bag'
        and state = 'OPEN'
        and deleted_at is null
        and coalesce(updated_at, created_at) <= (select app_now()) - interval '30 days'
    order by coalesce(updated_at, created_at)
    limit $1
    for no key update skip locked
)
update carts
set state = 'ABANDONED',
    updated_at = app_now()
from idle
where carts.id = idle.id";

/// Ends bags that have not changed for 30 days, at most `limit`, and returns their number.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn abandon_bags(db: &Connection, limit: i64) -> Result<u64, DbError> {
    db.execute(ABANDON_BAGS, &[&limit]).await
}

fn bag(row: &Row) -> Bag {
    fn column<'a, T: tokio_postgres::types::FromSql<'a>>(row: &'a Row, name: &str) -> Vec<T> {
        row.get::<_, Option<Vec<T>>>(name).unwrap_or_default()
    }
    let lines = column::<i64>(row, "product_ids").into_iter().zip(column::<String>(row, "titles"));
    let lines = lines.zip(column::<i64>(row, "quantities")).zip(column::<Decimal>(row, "prices"));
    let lines = lines.zip(column::<i64>(row, "seller_ids")).zip(column::<i64>(row, "available"));
    let line = |(((((product_id, title), quantity), price), seller_id), available)| BagLine {
        product_id,
        title,
        quantity,
        price,
        seller_id: UserId(seller_id),
        available,
    };
    Bag { id: row.get("id"), changed_at: row.get("changed_at"), lines: lines.map(line).collect() }
}

fn item(row: &Row) -> Found {
    let line = BagLine {
        product_id: row.get("id"),
        title: row.get("title"),
        quantity: row.get("quantity"),
        price: row.get("price"),
        seller_id: UserId(row.get("owner_id")),
        available: row.get("available"),
    };
    Found { bag: row.get("bag_id"), is_listed: row.get("is_listed"), line }
}
