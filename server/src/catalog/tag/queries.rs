//! SQL of the tags.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::catalog::model::Tag;
use crate::catalog::tag::Fields;
use crate::platform::db::{Connection, DbError, Params, Row, Transaction, row, total};
use crate::platform::pagination::Keyset;

row!(TAG_COLUMNS of TagRow {
    id: i64,
    uuid: Uuid,
    name: String,
    description: String,
    created_at: DateTime<Utc>,
    updated_at: Option<DateTime<Utc>>,
});

static LIST_TAGS: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.list_tags
select {TAG_COLUMNS}
from tags
where id = any(array(
    (
        select id
        from tags
        where not $1 and id > $2 and deleted_at is null
        order by id
        limit $3 offset $4
    )
    union all
    (
        select id
        from tags
        where $1 and id < $2 and deleted_at is null
        order by id desc
        limit $3
    )
))
order by case when $1 then -id else id end"
    )
});

/// Lists tags by age in the direction of the page.
pub(super) async fn list_tags(db: &Connection, keyset: Keyset) -> Result<Vec<Tag>, DbError> {
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let rows = db.query(&LIST_TAGS, &[&is_backward, &edge, &rows, &offset]).await?;
    Ok(rows.iter().map(tag).collect())
}

const COUNT_TAGS: &str = r"-- catalog.count_tags
select case
    when counted.count <= 10000 then counted.count
    else greatest(counted.count, (select reltuples::bigint from pg_class where oid = 'tags'::regclass))
end
from (select count(*) from (select from tags where deleted_at is null limit 10001) as reached) as counted";

/// Counts the tags. The count is an estimate beyond 10,000.
pub(super) async fn count_tags(db: &Connection) -> Result<i64, DbError> {
    db.query_opt(COUNT_TAGS, &[]).await.map(total)
}

/// A tag that a search has found, with its place among the best ones.
pub(super) struct Found {
    pub(super) tag: Tag,
    pub(super) place: i64,
}

// The bounds of a prefix are compared by bytes, as the index does. A pattern would be unknown to a generic plan.
static SEARCH_TAGS: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.search_tags
with wanted as materialized (select normal_form($1) as form),
prefixed as materialized (
    select tags.id, tags.name
    from tags
    where normal_form(tags.name) ~>=~ (select form from wanted)
        and normal_form(tags.name) ~<~ (select form || chr(1114111) from wanted)
        and tags.deleted_at is null
    order by normal_form(tags.name) using ~<~
    limit 100
),
alike as materialized (
    select tags.id, tags.name, similarity(normal_form(tags.name), (select form from wanted)) as similarity
    from tags
    where normal_form(tags.name) % (select form from wanted)
        and tags.deleted_at is null
        and tags.id <> all(array(select id from prefixed))
    order by similarity desc, tags.id
    limit 100
),
ranked as materialized (
    select best.id, best.place
    from (
        select
            hit.id,
            row_number() over (order by hit.is_prefix desc, hit.similarity desc, normal_form(hit.name) using ~<~, hit.id) as place
        from (
            select id, name, true as is_prefix, 1 as similarity from prefixed
            union all
            select id, name, false, similarity from alike
        ) as hit
    ) as best
    where best.place <= 100
)
select {TAG_COLUMNS}, place, total
from (select count(*) as total from ranked) as counted
left join (
    select id as found, place
    from ranked
    where case when $2 then place < $3 else place > $3 end
    order by case when $2 then -place else place end
    limit $4 offset $5
) as page on true
left join tags on tags.id = page.found
order by case when $2 then -place else place end"
    )
});

/// Searches tags: those with the prefix first, then the most similar ones, 100 in all. Returns them with their number.
pub(super) async fn search_tags(
    db: &Connection,
    text: &str,
    keyset: Keyset,
) -> Result<(Vec<Found>, i64), DbError> {
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let rows = db.query(&SEARCH_TAGS, &[&text, &is_backward, &edge, &rows, &offset]).await?;
    let total = rows.first().map_or(0, |row| row.get("total"));
    let is_found = |row: &&Row| row.get::<_, Option<i64>>("place").is_some();
    let found = rows.iter().filter(is_found).map(|row| Found { tag: tag(row), place: row.get("place") });
    Ok((found.collect(), total))
}

static FIND_TAG: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.find_tag
select {TAG_COLUMNS}
from tags
where uuid = $1
    and deleted_at is null"
    )
});

/// Returns a tag.
pub(super) async fn find_tag(db: &Connection, id: Uuid) -> Result<Option<Tag>, DbError> {
    Ok(db.query_opt(&FIND_TAG, &[&id]).await?.as_ref().map(tag))
}

static LOCK_TAG: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.lock_tag
select {TAG_COLUMNS}
from tags
where uuid = $1
    and deleted_at is null
for update"
    )
});

/// Locks a tag until the transaction ends.
pub(super) async fn lock_tag(tx: &Transaction, id: Uuid) -> Result<Option<Tag>, DbError> {
    Ok(tx.query_opt(&LOCK_TAG, &[&id]).await?.as_ref().map(tag))
}

static INSERT_TAG: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.insert_tag
insert into tags (uuid, name, description)
values ($1, $2, $3)
returning {TAG_COLUMNS}"
    )
});

/// Creates a tag.
pub(super) async fn insert_tag(
    tx: &Transaction,
    uuid: Uuid,
    Fields { name, description }: Fields<'_>,
) -> Result<Option<Tag>, DbError> {
    Ok(tx.query_opt(&INSERT_TAG, &[&uuid, &name, &description]).await?.as_ref().map(tag))
}

// In order, and before their relations: a change of a product locks these in the same way.
const LOCK_PRODUCTS: &str = r"-- catalog.lock_products_of_tag
select count(*)
from (
    select id
    from products
    where id = any(array(select product_id from product_tags where tag_id = $1))
    order by id
    for no key update
) as locked";

static UPDATE_TAG: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.update_tag
update tags
set name = $2,
    description = $3,
    updated_at = app_now()
where id = $1
    and deleted_at is null
returning {TAG_COLUMNS}"
    )
});

/// Changes a locked tag. If its name changes, so do its products.
pub(super) async fn update_tag(
    tx: &Transaction,
    id: i64,
    Fields { name, description }: Fields<'_>,
    is_renamed: bool,
) -> Result<Option<Tag>, DbError> {
    let change: (&'static str, Params<'_>) = (&UPDATE_TAG, &[&id, &name, &description]);
    let rows = match is_renamed {
        true => tx.query_in_order(&[(LOCK_PRODUCTS, &[&id]), change]).await?,
        false => tx.query_in_order(&[change]).await?,
    };
    Ok(rows.last().and_then(|rows| rows.first()).map(tag))
}

const DELETE_TAG: &str = r"-- catalog.delete_tag
with gone as (
    update tags
    set deleted_at = app_now()
    where id = $1
        and deleted_at is null
    returning id
)
delete from product_tags
using gone
where product_tags.tag_id = gone.id";

/// Deletes a locked tag and its relations to products.
pub(super) async fn delete_tag(tx: &Transaction, id: i64) -> Result<(), DbError> {
    tx.query_in_order(&[(LOCK_PRODUCTS, &[&id]), (DELETE_TAG, &[&id])]).await.map(drop)
}

const TAG_PRODUCT: &str = r"-- catalog.tag_product
with wanted as materialized (
    select id
    from tags
    where uuid = $2
        and deleted_at is null
    for share
),
room as materialized (
    select count(*) < $3 or bool_or(tag_id in (select id from wanted)) as is_left
    from product_tags
    where product_id = $1
),
tagged as (
    insert into product_tags (product_id, tag_id, is_listed)
    select products.id, wanted.id, products.is_listed
    from products
    cross join wanted
    cross join room
    where products.id = $1
        and room.is_left
    on conflict do nothing
    returning product_id
),
changed as (
    update products
    set updated_at = app_now()
    from tagged
    where products.id = tagged.product_id
)
select room.is_left
from wanted
cross join room";

/// Gives a tag to a locked product. Returns whether it has room for the tag, or `None` if the tag does not exist.
pub(super) async fn tag_product(
    tx: &Transaction,
    product: i64,
    tag: Uuid,
    most: i64,
) -> Result<Option<bool>, DbError> {
    Ok(tx.query_opt(TAG_PRODUCT, &[&product, &tag, &most]).await?.map(|row| row.get("is_left")))
}

const UNTAG_PRODUCT: &str = r"-- catalog.untag_product
with untagged as (
    delete from product_tags
    using tags
    where product_tags.product_id = $1
        and product_tags.tag_id = tags.id
        and tags.uuid = $2
        and tags.deleted_at is null
    returning product_id
)
update products
set updated_at = app_now()
from untagged
where products.id = untagged.product_id";

/// Takes a tag from a locked product. Returns `false` if the product does not have it.
pub(super) async fn untag_product(tx: &Transaction, product: i64, tag: Uuid) -> Result<bool, DbError> {
    tx.execute(UNTAG_PRODUCT, &[&product, &tag]).await.map(|removed| removed > 0)
}

fn tag(row: &Row) -> Tag {
    let row = TagRow::from_row(row);
    Tag {
        id: row.id,
        uuid: row.uuid,
        name: row.name,
        description: row.description,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
