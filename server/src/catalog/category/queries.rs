//! SQL of categories.

use std::sync::LazyLock;

use agora_runtime::ResourceId;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::catalog::model::Category;
use crate::identity::UserId;
use crate::platform::db::{Connection, DbError, Row, Transaction, row, total};
use crate::platform::pagination::Keyset;

row!(CATEGORY_COLUMNS of CategoryRow {
    id: i64,
    uuid: Uuid,
    name: String,
    created_by: Option<i64>,
    created_at: DateTime<Utc>,
    updated_at: Option<DateTime<Utc>>,
});

static LIST_CATEGORIES: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.list_categories
select {CATEGORY_COLUMNS}
from categories
where id = any(array(
    (
        select id
        from categories
        where not $1 and id > $2 and deleted_at is null
        order by id
        limit $3 offset $4
    )
    union all
    (
        select id
        from categories
        where $1 and id < $2 and deleted_at is null
        order by id desc
        limit $3
    )
))
order by case when $1 then -id else id end"
    )
});

/// Lists categories by ID in the direction of the page.
pub(in crate::catalog) async fn list_categories(
    db: &Connection,
    keyset: Keyset,
) -> Result<Vec<Category>, DbError> {
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let rows = db.query(&LIST_CATEGORIES, &[&is_backward, &edge, &rows, &offset]).await?;
    Ok(rows.iter().map(category).collect())
}

const COUNT_CATEGORIES: &str = r"-- catalog.count_categories
select case
    when counted.count <= 10000 then counted.count
    else greatest(counted.count, (select reltuples::bigint from pg_class where oid = 'categories'::regclass))
end
from (select count(*) from (select from categories where deleted_at is null limit 10001) as reached) as counted";

/// Counts the categories. The count is an estimate beyond 10,000.
pub(in crate::catalog) async fn count_categories(db: &Connection) -> Result<i64, DbError> {
    db.query_opt(COUNT_CATEGORIES, &[]).await.map(total)
}

static FIND_CATEGORY: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.find_category
select {CATEGORY_COLUMNS}
from categories
where id = coalesce($1, (select id from categories where uuid = $2))
    and deleted_at is null"
    )
});

/// Returns a category.
pub(in crate::catalog) async fn find_category(
    db: &Connection,
    key: ResourceId,
) -> Result<Option<Category>, DbError> {
    let (id, uuid) = key.parameters();
    Ok(db.query_opt(&FIND_CATEGORY, &[&id, &uuid]).await?.as_ref().map(category))
}

static LOCK_CATEGORY: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.lock_category
select {CATEGORY_COLUMNS}
from categories
where id = coalesce($1, (select id from categories where uuid = $2))
    and deleted_at is null
for update"
    )
});

/// Locks a category until the transaction ends.
pub(in crate::catalog) async fn lock_category(
    tx: &Transaction,
    key: ResourceId,
) -> Result<Option<Category>, DbError> {
    let (id, uuid) = key.parameters();
    Ok(tx.query_opt(&LOCK_CATEGORY, &[&id, &uuid]).await?.as_ref().map(category))
}

static INSERT_CATEGORY: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.insert_category
insert into categories (uuid, name, created_by)
values ($1, $2, $3)
returning {CATEGORY_COLUMNS}"
    )
});

/// Creates a category.
pub(in crate::catalog) async fn insert_category(
    tx: &Transaction,
    uuid: Uuid,
    name: &str,
    created_by: UserId,
) -> Result<Option<Category>, DbError> {
    Ok(tx.query_opt(&INSERT_CATEGORY, &[&uuid, &name, &created_by.0]).await?.as_ref().map(category))
}

static UPDATE_CATEGORY: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.update_category
update categories
set name = $2,
    updated_at = app_now()
where id = $1
    and deleted_at is null
returning {CATEGORY_COLUMNS}"
    )
});

/// Renames a category.
pub(in crate::catalog) async fn update_category(
    tx: &Transaction,
    id: i64,
    name: &str,
) -> Result<Option<Category>, DbError> {
    Ok(tx.query_opt(&UPDATE_CATEGORY, &[&id, &name]).await?.as_ref().map(category))
}

const DELETE_CATEGORY: &str = r"-- catalog.delete_category
with gone as (
    update categories
    set deleted_at = app_now()
    where id = $1
        and deleted_at is null
    returning id
)
delete from product_categories
using gone
where product_categories.category_id = gone.id";

/// Deletes a category and its relations to products.
pub(in crate::catalog) async fn delete_category(tx: &Transaction, id: i64) -> Result<(), DbError> {
    tx.execute(DELETE_CATEGORY, &[&id]).await.map(drop)
}

const FIND_MISSING_CATEGORIES: &str = r"-- catalog.find_missing_categories
select wanted.id
from unnest($1::bigint[]) as wanted (id)
where not exists (select from categories where categories.id = wanted.id and categories.deleted_at is null)
order by wanted.id";

/// Returns those of the given IDs that no category has.
pub(in crate::catalog) async fn find_missing_categories(
    db: &Connection,
    ids: &[i64],
) -> Result<Vec<i64>, DbError> {
    let rows = db.query(FIND_MISSING_CATEGORIES, &[&ids]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

fn category(row: &Row) -> Category {
    let row = CategoryRow::from_row(row);
    Category {
        id: row.id,
        uuid: row.uuid,
        name: row.name,
        created_by: row.created_by.map(UserId),
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
