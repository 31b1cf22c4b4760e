//! SQL of the ratings.

use agora_runtime::ResourceId;
use tokio_postgres::Row;

use crate::catalog::model::Rating;
use crate::catalog::rating::{Summary, UserRating};
use crate::identity::{Principal, UserId};
use crate::platform::db::{Connection, DbError, Transaction};
use crate::platform::pagination::Keyset;

const FIND_RATING: &str = r"-- catalog.find_rating
select
    product.id,
    product.rating_sum,
    product.rating_count,
    (select value from product_ratings where product_id = product.id and user_id = $3) as own
from products as product
where product.id = coalesce($1, (select id from products where uuid = $2))
    and product.deleted_at is null
    and (product.state = 'ACTIVE' or product.owner_id = $3 or $4)";

/// Returns the rating of a product that the caller may know of, and the caller's own rating.
pub(in crate::catalog) async fn find_rating(
    db: &Connection,
    key: ResourceId,
    caller: Option<&Principal>,
) -> Result<Option<Summary>, DbError> {
    let (id, uuid) = key.parameters();
    let user = caller.map(|caller| caller.id.0);
    let is_staff = caller.is_some_and(|caller| caller.may_change(None));
    Ok(db.query_opt(FIND_RATING, &[&id, &uuid, &user, &is_staff]).await?.as_ref().map(summary))
}

const LIST_RATINGS: &str = r"-- catalog.list_ratings
with page as materialized (
    (
        select product_id, user_id
        from product_ratings
        where not $3 and product_id = coalesce($1, (select id from products where uuid = $2)) and user_id > $4
        order by user_id
        limit $5 offset $6
    )
    union all
    (
        select product_id, user_id
        from product_ratings
        where $3 and product_id = coalesce($1, (select id from products where uuid = $2)) and user_id < $4
        order by user_id desc
        limit $5
    )
)
select
    rating.user_id,
    rater.username,
    rating.value,
    rating.created_at,
    rating.updated_at
from page
join product_ratings as rating using (product_id, user_id)
left join users as rater on rater.id = rating.user_id and rater.deleted_at is null
order by case when $3 then -rating.user_id else rating.user_id end";

/// Lists the ratings of a product by user ID in the direction of the page.
pub(in crate::catalog) async fn list_ratings(
    db: &Connection,
    key: ResourceId,
    keyset: Keyset,
) -> Result<Vec<UserRating>, DbError> {
    let (id, uuid) = key.parameters();
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let rows = db.query(LIST_RATINGS, &[&id, &uuid, &is_backward, &edge, &rows, &offset]).await?;
    Ok(rows.iter().map(user_rating).collect())
}

const LOCK_RATING: &str = r"-- catalog.lock_rating
select id
from products
where id = coalesce($1, (select id from products where uuid = $2))
    and deleted_at is null
    and (state = 'ACTIVE' or owner_id = $3 or $4)
for no key update";

/// Locks the rating of a product that the rater may know of until the transaction ends, and returns the product's ID.
pub(super) async fn lock_rating(
    tx: &Transaction,
    key: ResourceId,
    rater: &Principal,
) -> Result<Option<i64>, DbError> {
    let (id, uuid) = key.parameters();
    Ok(tx
        .query_opt(LOCK_RATING, &[&id, &uuid, &rater.id.0, &rater.may_change(None)])
        .await?
        .map(|row| row.get("id")))
}

const SET_RATING: &str = r"-- catalog.set_rating
with before as (
    select value
    from product_ratings
    where product_id = $1 and user_id = $2
),
rated as (
    insert into product_ratings (product_id, user_id, value)
    values ($1, $2, $3)
    on conflict (product_id, user_id) do update
    set value = excluded.value,
        updated_at = app_now()
    returning product_id, value
)
update products
set rating_sum = rating_sum + rated.value - coalesce((select value from before), 0),
    rating_count = rating_count + case when exists (select from before) then 0 else 1 end
from rated
where products.id = rated.product_id
returning
    products.id,
    products.rating_sum,
    products.rating_count,
    rated.value as own";

/// Sets a user's rating of a locked product.
pub(super) async fn set_rating(
    tx: &Transaction,
    product_id: i64,
    user: UserId,
    value: i16,
) -> Result<Option<Summary>, DbError> {
    Ok(tx.query_opt(SET_RATING, &[&product_id, &user.0, &value]).await?.as_ref().map(summary))
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

/// Deletes a user's rating of a locked product. Returns `None` if there is none.
pub(super) async fn delete_rating(
    tx: &Transaction,
    product_id: i64,
    user: UserId,
) -> Result<Option<Summary>, DbError> {
    Ok(tx.query_opt(DELETE_RATING, &[&product_id, &user.0]).await?.as_ref().map(summary))
}

fn user_rating(row: &Row) -> UserRating {
    UserRating {
        user_id: UserId(row.get("user_id")),
        username: row.get("username"),
        value: row.get("value"),
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
    }
}

fn summary(row: &Row) -> Summary {
    Summary {
        product_id: row.get("id"),
        rating: Rating { sum: row.get("rating_sum"), count: row.get("rating_count") },
        own: row.get("own"),
    }
}
