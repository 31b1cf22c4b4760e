//! SQL that changes products. One statement writes a product with its categories and tags, and does nothing if one of
//! these is missing. They are locked against deletion until the transaction ends.

use std::sync::LazyLock;

use agora_runtime::ResourceId;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::catalog::columns::{PRODUCT_COLUMNS, product};
use crate::catalog::model::{Change, Draft, First, Product, State};
use crate::identity::UserId;
use crate::platform::db::{DbError, Params, Transaction};

static INSERT_PRODUCT: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.insert_product
with wanted as materialized (
    select id, name
    from categories
    where id = any($7::bigint[])
        and deleted_at is null
    order by id
    for share
),
wanted_tags as materialized (
    select id, uuid, name
    from tags
    where uuid = any($10::uuid[])
        and deleted_at is null
    order by id
    for share
),
made as (
    insert into products (uuid, title, description, price, image, owner_id, state, tag_uuids, tag_names)
    select
        $1,
        $2,
        $3,
        $4,
        $5,
        $6,
        $8,
        array(select uuid from wanted_tags order by id),
        array(select name from wanted_tags order by id)
    where (select count(*) from wanted) = cardinality($7::bigint[])
        and (select count(*) from wanted_tags) = cardinality($10::uuid[])
    returning
        id,
        uuid,
        title,
        description,
        price,
        image,
        owner_id,
        rating_sum,
        rating_count,
        created_at,
        updated_at,
        state,
        tag_uuids,
        tag_names,
        is_listed
),
sorted as (
    insert into product_categories (product_id, category_id, is_listed)
    select made.id, wanted.id, made.is_listed from made cross join wanted
),
tagged as (
    insert into product_tags (product_id, tag_id, is_listed)
    select made.id, wanted_tags.id, made.is_listed from made cross join wanted_tags
),
stocked as (
    insert into stock (product_id, available, supplied)
    select made.id, $9, $9 from made
    returning available as stock_available, reserved as stock_reserved
),
supplied as (
    insert into stock_movements (product_id, kind, quantity, user_id)
    select made.id, 'SUPPLIED', $9, $6 from made where $9 > 0
)
select {PRODUCT_COLUMNS}
from made
cross join stocked
left join lateral (
    select owner.username as owner_username
    from users as owner
    where owner.id = made.owner_id and owner.deleted_at is null
) as owner on true
cross join (
    select array_agg(wanted.id order by wanted.id) as category_ids, array_agg(wanted.name order by wanted.id) as category_names
    from wanted
) as now_in"
    )
});

/// Creates a product. Returns `None` if one of its categories or tags does not exist.
pub(super) async fn insert_product(
    tx: &Transaction,
    uuid: Uuid,
    draft: &Draft,
    first: First,
    owner: UserId,
) -> Result<Option<Product>, DbError> {
    let Draft { title, description, price, image, categories, tags } = draft;
    let First { state, available } = first;
    let row = tx
        .query_opt(
            &INSERT_PRODUCT,
            &[&uuid, title, description, price, image, &owner.0, categories, &state.name(), &available, tags],
        )
        .await?;
    Ok(row.as_ref().map(product))
}

const LOCK_TAGS: &str = r"-- catalog.lock_tags
select id
from tags
where uuid = any($1::uuid[])
    and deleted_at is null
order by id
for share";

const LOCK_PRODUCT: &str = r"-- catalog.lock_product
select id, owner_id, state
from products
where id = coalesce($1, (select id from products where uuid = $2))
    and deleted_at is null
for no key update";

/// Identity, owner and state of a locked product.
pub(super) struct LockedRow {
    pub(super) id: i64,
    pub(super) owner: UserId,
    /// `None` for a state that only a newer server knows.
    pub(super) state: Option<State>,
}

/// Locks tags against changes, then a product, until the transaction ends. A change of a tag locks its products, so the tags
/// that a transaction needs must come first.
pub(super) async fn lock_product(
    tx: &Transaction,
    key: ResourceId,
    tags: &[Uuid],
) -> Result<Option<LockedRow>, DbError> {
    let (id, uuid) = key.parameters();
    let product: (&'static str, Params<'_>) = (LOCK_PRODUCT, &[&id, &uuid]);
    let rows = match tags {
        [] => tx.query_in_order(&[product]).await?,
        tags => tx.query_in_order(&[(LOCK_TAGS, &[&tags]), product]).await?,
    };
    Ok(rows.last().and_then(|rows| rows.first()).map(|row| LockedRow {
        id: row.get("id"),
        owner: UserId(row.get("owner_id")),
        state: State::named(row.get("state")),
    }))
}

const UPDATE_STATE: &str = r"-- catalog.update_product_state
update products
set state = $2,
    updated_at = app_now()
where id = $1
    and deleted_at is null
returning updated_at";

/// Changes the state of a locked product. Returns the time of the change.
pub(super) async fn update_state(
    tx: &Transaction,
    id: i64,
    state: State,
) -> Result<Option<DateTime<Utc>>, DbError> {
    Ok(tx.query_opt(UPDATE_STATE, &[&id, &state.name()]).await?.and_then(|row| row.get("updated_at")))
}

static UPDATE_PRODUCT: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.update_product
with wanted as materialized (
    select id
    from categories
    where id = any($6::bigint[])
        and deleted_at is null
    order by id
    for share
),
wanted_tags as materialized (
    select id, uuid, name
    from tags
    where uuid = any($7::uuid[])
        and deleted_at is null
    order by id
    for share
),
changed as (
    update products
    set title = coalesce($2, title),
        description = coalesce($3, description),
        price = coalesce($4, price),
        image = coalesce($5, image),
        tag_uuids = case when $7::uuid[] is null then tag_uuids else array(select uuid from wanted_tags order by id) end,
        tag_names = case when $7::uuid[] is null then tag_names else array(select name from wanted_tags order by id) end,
        updated_at = app_now()
    where id = $1
        and deleted_at is null
        and ($6::bigint[] is null or (select count(*) from wanted) = cardinality($6::bigint[]))
        and ($7::uuid[] is null or (select count(*) from wanted_tags) = cardinality($7::uuid[]))
    returning
        id,
        uuid,
        title,
        description,
        price,
        image,
        owner_id,
        rating_sum,
        rating_count,
        created_at,
        updated_at,
        state,
        tag_uuids,
        tag_names,
        is_listed
),
unsorted as (
    delete from product_categories
    using changed
    where product_categories.product_id = changed.id
        and product_categories.category_id <> all($6::bigint[])
),
sorted as (
    insert into product_categories (product_id, category_id, is_listed)
    select changed.id, wanted.id, changed.is_listed from changed cross join wanted
    on conflict do nothing
),
untagged as (
    delete from product_tags
    using changed
    where $7::uuid[] is not null
        and product_tags.product_id = changed.id
        and product_tags.tag_id <> all(array(select id from wanted_tags))
),
tagged as (
    insert into product_tags (product_id, tag_id, is_listed)
    select changed.id, wanted_tags.id, changed.is_listed from changed cross join wanted_tags
    on conflict do nothing
)
select {PRODUCT_COLUMNS}
from changed
cross join lateral (
    select stock.available as stock_available, stock.reserved as stock_reserved
    from stock
    where stock.product_id = changed.id
) as units
left join lateral (
    select owner.username as owner_username
    from users as owner
    where owner.id = changed.owner_id and owner.deleted_at is null
) as owner on true
cross join lateral (
    select
        array_agg(category.id order by category.id) as category_ids,
        array_agg(category.name order by category.id) as category_names
    from categories as category
    where category.id = any(coalesce(
        $6::bigint[],
        array(select category_id from product_categories where product_id = changed.id)
    ))
) as now_in"
    )
});

/// Updates the fields of a product. Returns `None` if one of its categories or tags does not exist.
pub(super) async fn update_product(
    tx: &Transaction,
    id: i64,
    change: &Change,
) -> Result<Option<Product>, DbError> {
    let Change { title, description, price, image, categories, tags } = change;
    let row =
        tx.query_opt(&UPDATE_PRODUCT, &[&id, title, description, price, image, categories, tags]).await?;
    Ok(row.as_ref().map(product))
}

const DELETE_PRODUCT: &str = r"-- catalog.delete_product
with gone as (
    update products
    set deleted_at = app_now()
    where id = $1
        and deleted_at is null
    returning id
),
untagged as (
    delete from product_tags
    using gone
    where product_tags.product_id = gone.id
)
delete from product_categories
using gone
where product_categories.product_id = gone.id";

/// Deletes a product and its relations to categories and tags.
pub(super) async fn delete_product(tx: &Transaction, id: i64) -> Result<(), DbError> {
    tx.execute(DELETE_PRODUCT, &[&id]).await.map(drop)
}
