//! SQL of carts.

use agora_runtime::ResourceId;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::carts::model::{Cart, Changes, Line};
use crate::identity::UserId;
use crate::platform::db::{Connection, DbError, Params, Transaction, total};
use crate::platform::pagination::Keyset;

// The branches of the page are mutually exclusive by their parameters alone, so PostgreSQL runs only one of them.
const LIST_CARTS: &str = r"-- carts.list_carts
select
    cart.id,
    cart.uuid,
    cart.user_id,
    cart.date,
    cart.created_at,
    cart.updated_at,
    content.product_ids,
    content.quantities
from carts as cart
cross join lateral (
    select
        array_agg(line.product_id order by line.position) as product_ids,
        array_agg(line.quantity order by line.position) as quantities
    from cart_lines as line
    join products as product on product.id = line.product_id and product.deleted_at is null
    where line.cart_id = cart.id
) as content
where cart.id = any(array(
    (
        select id
        from carts
        where $1::bigint is null and not $2 and id > $3 and kind = 'cart' and deleted_at is null
        order by id
        limit $4 offset $5
    )
    union all
    (
        select id
        from carts
        where $1::bigint is null and $2 and id < $3 and kind = 'cart' and deleted_at is null
        order by id desc
        limit $4
    )
    union all
    (
        select id
        from carts
        where not $2 and user_id = $1 and id > $3 and kind = 'cart' and deleted_at is null
        order by id
        limit $4 offset $5
    )
    union all
    (
        select id
        from carts
        where $2 and user_id = $1 and id < $3 and kind = 'cart' and deleted_at is null
        order by id desc
        limit $4
    )
))
order by case when $2 then -cart.id else cart.id end";

/// Lists all carts, or those of one user, by ID in the direction of the page.
pub(super) async fn list_carts(
    db: &Connection,
    owner: Option<UserId>,
    keyset: Keyset,
) -> Result<Vec<Cart>, DbError> {
    let owner = owner.map(|owner| owner.0);
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let rows = db.query(LIST_CARTS, &[&owner, &is_backward, &edge, &rows, &offset]).await?;
    Ok(rows.iter().map(whole).collect())
}

const COUNT_CARTS: &str = r"-- carts.count_carts
select case
    when counted.count <= 10000 then counted.count
    else greatest(counted.count, (select reltuples::bigint from pg_class where oid = 'carts'::regclass))
end
from (select count(*) from (select from carts where kind = 'cart' and deleted_at is null order by id limit 10001) as reached) as counted";

/// Counts the carts. The count is an estimate beyond 10,000.
pub(super) async fn count_carts(db: &Connection) -> Result<i64, DbError> {
    db.query_opt(COUNT_CARTS, &[]).await.map(total)
}

const COUNT_CARTS_OF_USER: &str = r"-- carts.count_carts_of_user
select count(*)
from (select from carts where user_id = $1 and kind = 'cart' and deleted_at is null limit 10001) as reached";

/// Counts the carts of a user. 10,001 means more than 10,000.
pub(super) async fn count_carts_of_user(db: &Connection, owner: UserId) -> Result<i64, DbError> {
    db.query_opt(COUNT_CARTS_OF_USER, &[&owner.0]).await.map(total)
}

const FIND_CART: &str = r"-- carts.find_cart
select
    cart.id,
    cart.uuid,
    cart.user_id,
    cart.date,
    cart.created_at,
    cart.updated_at,
    content.product_ids,
    content.quantities
from carts as cart
cross join lateral (
    select
        array_agg(line.product_id order by line.position) as product_ids,
        array_agg(line.quantity order by line.position) as quantities
    from cart_lines as line
    join products as product on product.id = line.product_id and product.deleted_at is null
    where line.cart_id = cart.id
) as content
where cart.id = coalesce($1, (select id from carts where uuid = $2))
    and cart.kind = 'cart'
    and cart.deleted_at is null";

/// Returns a cart.
pub(super) async fn find_cart(db: &Connection, key: ResourceId) -> Result<Option<Cart>, DbError> {
    let (id, uuid) = key.parameters();
    Ok(db.query_opt(FIND_CART, &[&id, &uuid]).await?.as_ref().map(whole))
}

const LOCK_CART: &str = r"-- carts.lock_cart
select
    id,
    uuid,
    user_id,
    date,
    created_at,
    updated_at
from carts
where id = coalesce($1, (select id from carts where uuid = $2))
    and kind = 'cart'
    and deleted_at is null
for update";

// A separate statement: a statement that waits for the lock would return the lines from before the wait.
const LIST_LINES: &str = r"-- carts.list_lines
select line.product_id, line.quantity
from cart_lines as line
join products as product on product.id = line.product_id and product.deleted_at is null
where line.cart_id = coalesce($1, (select id from carts where uuid = $2))
order by line.position";

/// Locks a cart until the transaction ends.
pub(super) async fn lock_cart(tx: &Transaction, key: ResourceId) -> Result<Option<Cart>, DbError> {
    let (id, uuid) = key.parameters();
    tx.query_in_order(&[(LOCK_CART, &[&id, &uuid]), (LIST_LINES, &[&id, &uuid])]).await.map(cart_and_lines)
}

const INSERT_CART: &str = r"-- carts.insert_cart
with made as (
    insert into carts (uuid, user_id, date)
    values ($1, $2, coalesce($3, app_now()::date))
    returning
        id,
        uuid,
        user_id,
        date,
        created_at,
        updated_at
),
filled as (
    insert into cart_lines (cart_id, product_id, quantity)
    select made.id, given.product_id, given.quantity
    from made
    cross join unnest($4::bigint[], $5::bigint[]) with ordinality as given (product_id, quantity, place)
    order by given.place
)
select
    id,
    uuid,
    user_id,
    date,
    created_at,
    updated_at,
    $4::bigint[] as product_ids,
    $5::bigint[] as quantities
from made";

/// Creates a cart from the lines that a change adds.
pub(super) async fn insert_cart(
    tx: &Transaction,
    uuid: Uuid,
    owner: UserId,
    changes: &Changes,
) -> Result<Option<Cart>, DbError> {
    let (products, quantities) = columns(&changes.add);
    let created =
        tx.query_opt(INSERT_CART, &[&uuid, &owner.0, &changes.date, &products, &quantities]).await?;
    Ok(created.as_ref().map(whole))
}

const DELETE_ALL_LINES: &str = r"-- carts.delete_all_lines
delete from cart_lines
where cart_id = $1";

const ADD_LINES: &str = r"-- carts.add_lines
insert into cart_lines (cart_id, product_id, quantity)
select $1::bigint, given.product_id, given.quantity
from unnest($2::bigint[], $3::bigint[]) with ordinality as given (product_id, quantity, place)
order by given.place
on conflict on constraint cart_lines_pkey do update
set quantity = cart_lines.quantity + excluded.quantity";

const UPDATE_LINES: &str = r"-- carts.update_lines
insert into cart_lines (cart_id, product_id, quantity)
select $1::bigint, given.product_id, given.quantity
from unnest($2::bigint[], $3::bigint[]) with ordinality as given (product_id, quantity, place)
order by given.place
on conflict on constraint cart_lines_pkey do update
set quantity = excluded.quantity";

const DELETE_LINES: &str = r"-- carts.delete_lines
delete from cart_lines
where cart_id = $1
    and product_id = any($2::bigint[])";

const UPDATE_CART: &str = r"-- carts.update_cart
update carts
set date = coalesce($2, date),
    user_id = coalesce($3, user_id),
    updated_at = app_now()
where id = $1
    and deleted_at is null
returning
    id,
    uuid,
    user_id,
    date,
    created_at,
    updated_at";

/// Applies the changes in order, with one statement for each kind, and returns the resulting cart.
pub(super) async fn change_cart(
    tx: &Transaction,
    id: i64,
    changes: &Changes,
) -> Result<Option<Cart>, DbError> {
    let (added, quantities_added) = columns(&changes.add);
    let (updated, quantities_updated) = columns(&changes.update);
    let owner = changes.user_id.map(|user| user.0);
    let of_lines: [(bool, &'static str, Params<'_>); 4] = [
        (changes.is_emptied, DELETE_ALL_LINES, &[&id]),
        (!added.is_empty(), ADD_LINES, &[&id, &added, &quantities_added]),
        (!updated.is_empty(), UPDATE_LINES, &[&id, &updated, &quantities_updated]),
        (!changes.remove.is_empty(), DELETE_LINES, &[&id, &changes.remove]),
    ];
    let of_cart: [(&'static str, Params<'_>); 2] =
        [(UPDATE_CART, &[&id, &changes.date, &owner]), (LIST_LINES, &[&id, &None::<Uuid>])];
    let wanted = of_lines.into_iter().filter(|(is_wanted, ..)| *is_wanted);
    let statements: Vec<_> = wanted.map(|(_, sql, params)| (sql, params)).chain(of_cart).collect();
    tx.query_in_order(&statements).await.map(cart_and_lines)
}

const DELETE_CART: &str = r"-- carts.delete_cart
update carts
set deleted_at = app_now()
where id = $1
    and deleted_at is null";

/// Marks a cart as deleted. Its lines are kept.
pub(super) async fn delete_cart(tx: &Transaction, id: i64) -> Result<(), DbError> {
    tx.execute(DELETE_CART, &[&id]).await.map(drop)
}

const DELETE_CARTS_OF_USER: &str = r"-- carts.delete_carts_of_user
update carts
set deleted_at = app_now()
where user_id = $1
    and deleted_at is null";

/// Deletes the carts of a user.
pub(super) async fn delete_carts_of_user(tx: &Transaction, owner: UserId) -> Result<(), DbError> {
    tx.execute(DELETE_CARTS_OF_USER, &[&owner.0]).await.map(drop)
}

/// Converts lines to the two columns that statements take.
fn columns(lines: &[Line]) -> (Vec<i64>, Vec<i64>) {
    lines.iter().map(|line| (line.product_id, line.quantity)).unzip()
}

/// Builds a cart from the last two results: its row and its lines.
fn cart_and_lines(mut responses: Vec<Vec<Row>>) -> Option<Cart> {
    let lines = responses.pop()?;
    let rows = responses.pop()?;
    let line = |row: &Row| Line { product_id: row.get("product_id"), quantity: row.get("quantity") };
    Some(cart(rows.first()?, lines.iter().map(line).collect()))
}

/// Builds a cart from a row that includes its lines as two columns.
fn whole(row: &Row) -> Cart {
    let product_ids: Option<Vec<i64>> = row.get("product_ids");
    let quantities: Option<Vec<i64>> = row.get("quantities");
    let lines = product_ids.unwrap_or_default().into_iter().zip(quantities.unwrap_or_default());
    cart(row, lines.map(|(product_id, quantity)| Line { product_id, quantity }).collect())
}

fn cart(row: &Row, lines: Vec<Line>) -> Cart {
    Cart {
        id: row.get("id"),
        uuid: row.get("uuid"),
        user_id: UserId(row.get("user_id")),
        date: row.get("date"),
        lines,
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
    }
}
