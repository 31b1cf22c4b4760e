//! SQL of the ratings.

use tokio_postgres::Row;

use crate::catalog::model::Rating;
use crate::catalog::rating::Summary;
use crate::platform::db::{Connection, DbError, Transaction};
use crate::platform::key::Key;
use crate::users::UserId;

const FIND_RATING: &str = r"-- catalog.find_rating
select
    product.id,
    product.rating_sum,
    product.rating_count,
    (select value from product_ratings where product_id = product.id and user_id = $3) as own
from products as product
where product.id = coalesce($1, (select id from products where uuid = $2))
    and product.deleted_at is null";

/// The rating of a product, and that of one user.
pub(in crate::catalog) async fn find_rating(
    db: &Connection,
    key: Key,
    user: Option<UserId>,
) -> Result<Option<Summary>, DbError> {
    let (id, uuid) = key.parameters();
    let user = user.map(|user| user.0);
    Ok(db.query_opt(FIND_RATING, &[&id, &uuid, &user]).await?.as_ref().map(summary))
}

const LOCK_RATING: &str = r"-- catalog.lock_rating
select
from products
where id = coalesce($1, (select id from products where uuid = $2))
    and deleted_at is null
for no key update";

/// Keeps others from rating a product, until the transaction ends.
pub(super) async fn lock_rating(tx: &Transaction, key: Key) -> Result<(), DbError> {
    let (id, uuid) = key.parameters();
    tx.execute(LOCK_RATING, &[&id, &uuid]).await.map(drop)
}

// `replaced` is taken from the row as it is when it is changed; the statement's own snapshot may be older than that.
const SET_RATING: &str = r"-- catalog.set_rating
with held as materialized (
    select id
    from products
    where id = coalesce($1, (select id from products where uuid = $2))
        and deleted_at is null
    for no key update
),
rated as (
    insert into product_ratings (product_id, user_id, value)
    select id, $3, $4 from held
    on conflict (product_id, user_id) do update
    set value = excluded.value,
        replaced = product_ratings.value,
        updated_at = app_now()
    returning product_id, value, replaced
)
update products
set rating_sum = rating_sum + rated.value - coalesce(rated.replaced, 0),
    rating_count = rating_count + case when rated.replaced is null then 1 else 0 end
from rated
where products.id = rated.product_id
returning
    products.id,
    products.rating_sum,
    products.rating_count,
    rated.value as own";

/// Sets a user's rating of a product; none where there is no such product.
pub(super) async fn set_rating(
    tx: &Transaction,
    key: Key,
    user: UserId,
    value: i16,
) -> Result<Option<Summary>, DbError> {
    let (id, uuid) = key.parameters();
    Ok(tx.query_opt(SET_RATING, &[&id, &uuid, &user.0, &value]).await?.as_ref().map(summary))
}

const DELETE_RATING: &str = r"-- catalog.delete_rating
with gone as (
    delete from product_ratings
    where product_id = $1 and user_id = $2
    returning product_id, value
)
update products
set rating_sum = rating_sum - gone.value,
    rating_count = rating_count - 1
from gone
where products.id = gone.product_id
returning
    products.id,
    products.rating_sum,
    products.rating_count,
    null::smallint as own";

/// Removes a user's rating of a product; none where there is none.
pub(super) async fn delete_rating(
    tx: &Transaction,
    product_id: i64,
    user: UserId,
) -> Result<Option<Summary>, DbError> {
    Ok(tx.query_opt(DELETE_RATING, &[&product_id, &user.0]).await?.as_ref().map(summary))
}

fn summary(row: &Row) -> Summary {
    Summary {
        product_id: row.get("id"),
        rating: Rating { sum: row.get("rating_sum"), count: row.get("rating_count") },
        own: row.get("own"),
    }
}
