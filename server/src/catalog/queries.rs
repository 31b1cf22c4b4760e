//! SQL of the catalog.

use std::sync::LazyLock;

use agora_runtime::ResourceId;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::catalog::columns::{PRODUCT_COLUMNS, product, products};
use crate::catalog::model::{Category, Product};
use crate::identity::UserId;
use crate::platform::db::{Connection, DbError, Transaction};
use crate::platform::pagination::Keyset;

const LIST_CATEGORIES: &str = r"-- catalog.list_categories
with page as materialized (
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
)
select
    category.id,
    category.uuid,
    category.name,
    category.created_by,
    category.created_at,
    category.updated_at
from page
join categories as category on category.id = page.id
order by case when $1 then -category.id else category.id end";

/// Lists categories by ID in the direction of the page.
pub(super) async fn list_categories(db: &Connection, keyset: Keyset) -> Result<Vec<Category>, DbError> {
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let rows = db.query(LIST_CATEGORIES, &[&is_backward, &edge, &rows, &offset]).await?;
    Ok(rows.iter().map(category).collect())
}

const COUNT_CATEGORIES: &str = r"-- catalog.count_categories
select case
    when counted.count <= 10000 then counted.count
    else greatest(counted.count, (select reltuples::bigint from pg_class where oid = 'categories'::regclass))
end
from (select count(*) from (select from categories where deleted_at is null limit 10001) as reached) as counted";

/// Counts the categories. The count is an estimate beyond 10,000.
pub(super) async fn count_categories(db: &Connection) -> Result<i64, DbError> {
    db.query_opt(COUNT_CATEGORIES, &[]).await.map(first)
}

const FIND_CATEGORY: &str = r"-- catalog.find_category
select
    id,
    uuid,
    name,
    created_by,
    created_at,
    updated_at
from categories
where id = coalesce($1, (select id from categories where uuid = $2))
    and deleted_at is null";

/// Returns a category.
pub(super) async fn find_category(db: &Connection, key: ResourceId) -> Result<Option<Category>, DbError> {
    let (id, uuid) = key.parameters();
    Ok(db.query_opt(FIND_CATEGORY, &[&id, &uuid]).await?.as_ref().map(category))
}

const LOCK_CATEGORY: &str = r"-- catalog.lock_category
select
    id,
    uuid,
    name,
    created_by,
    created_at,
    updated_at
from categories
where id = coalesce($1, (select id from categories where uuid = $2))
    and deleted_at is null
for update";

/// Locks a category until the transaction ends.
pub(super) async fn lock_category(tx: &Transaction, key: ResourceId) -> Result<Option<Category>, DbError> {
    let (id, uuid) = key.parameters();
    Ok(tx.query_opt(LOCK_CATEGORY, &[&id, &uuid]).await?.as_ref().map(category))
}

const INSERT_CATEGORY: &str = r"-- catalog.insert_category
insert into categories (uuid, name, created_by)
values ($1, $2, $3)
returning
    id,
    uuid,
    name,
    created_by,
    created_at,
    updated_at";

/// Creates a category.
pub(super) async fn insert_category(
    tx: &Transaction,
    uuid: Uuid,
    name: &str,
    created_by: UserId,
) -> Result<Option<Category>, DbError> {
    Ok(tx.query_opt(INSERT_CATEGORY, &[&uuid, &name, &created_by.0]).await?.as_ref().map(category))
}

const UPDATE_CATEGORY: &str = r"-- catalog.update_category
update categories
set name = $2,
    updated_at = app_now()
where id = $1
    and deleted_at is null
returning
    id,
    uuid,
    name,
    created_by,
    created_at,
    updated_at";

/// Renames a category.
pub(super) async fn update_category(
    tx: &Transaction,
    id: i64,
    name: &str,
) -> Result<Option<Category>, DbError> {
    Ok(tx.query_opt(UPDATE_CATEGORY, &[&id, &name]).await?.as_ref().map(category))
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
pub(super) async fn delete_category(tx: &Transaction, id: i64) -> Result<(), DbError> {
    tx.execute(DELETE_CATEGORY, &[&id]).await.map(drop)
}

const FIND_MISSING_CATEGORIES: &str = r"-- catalog.find_missing_categories
select wanted.id
from unnest($1::bigint[]) as wanted (id)
where not exists (select from categories where categories.id = wanted.id and categories.deleted_at is null)
order by wanted.id";

/// Returns those of the given IDs that no category has.
pub(super) async fn find_missing_categories(db: &Connection, ids: &[i64]) -> Result<Vec<i64>, DbError> {
    let rows = db.query(FIND_MISSING_CATEGORIES, &[&ids]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

const FIND_MISSING_PRODUCTS: &str = r"-- catalog.find_missing_products
select distinct wanted.id
from unnest($1::bigint[]) as wanted (id)
where not exists (select from products where products.id = wanted.id and products.deleted_at is null)
order by wanted.id";

/// Returns those of the given IDs that no product has.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn find_missing_products(db: &Connection, ids: &[i64]) -> Result<Vec<i64>, DbError> {
    let rows = db.query(FIND_MISSING_PRODUCTS, &[&ids]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

static FIND_PRODUCT: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.find_product
select {PRODUCT_COLUMNS}
from product_view
where id = coalesce($1, (select id from products where uuid = $2))
    and deleted_at is null"
    )
});

/// Returns a product.
pub(super) async fn find_product(db: &Connection, key: ResourceId) -> Result<Option<Product>, DbError> {
    let (id, uuid) = key.parameters();
    Ok(db.query_opt(&FIND_PRODUCT, &[&id, &uuid]).await?.as_ref().map(product))
}

// The branches of the page are mutually exclusive by their parameters alone, so PostgreSQL runs only one of them.
static LIST_PRODUCTS: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.list_products
with page as materialized (
    (
        select id
        from products
        where $1::text is null and not $2 and id > $3 and deleted_at is null
        order by id
        limit $4 offset $5
    )
    union all
    (
        select id
        from products
        where $1::text is null and $2 and id < $3 and deleted_at is null
        order by id desc
        limit $4
    )
    union all
    (
        select product.id
        from product_categories as relation
        join products as product on product.id = relation.product_id
        where relation.category_id = (select id from categories where normal_form(name) = normal_form($1) and deleted_at is null)
            and not $2 and relation.product_id > $3 and product.deleted_at is null
        order by relation.product_id
        limit $4 offset $5
    )
    union all
    (
        select product.id
        from product_categories as relation
        join products as product on product.id = relation.product_id
        where relation.category_id = (select id from categories where normal_form(name) = normal_form($1) and deleted_at is null)
            and $2 and relation.product_id < $3 and product.deleted_at is null
        order by relation.product_id desc
        limit $4
    )
)
select {PRODUCT_COLUMNS}
from page
join product_view using (id)
order by case when $2 then -id else id end"
    )
});

/// Lists all products, or those of the named category, by ID in the direction of the page.
pub(super) async fn list_products(
    db: &Connection,
    category: Option<&str>,
    keyset: Keyset,
) -> Result<Vec<Product>, DbError> {
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let rows = db.query(&LIST_PRODUCTS, &[&category, &is_backward, &edge, &rows, &offset]).await?;
    Ok(products(&rows))
}

const COUNT_PRODUCTS: &str = r"-- catalog.count_products
select case
    when counted.count <= 10000 then counted.count
    else greatest(counted.count, (select reltuples::bigint from pg_class where oid = 'products'::regclass))
end
from (select count(*) from (select from products where deleted_at is null limit 10001) as reached) as counted";

/// Counts all products, or those of the named category. Beyond 10,000, the count is an estimate for all products, and
/// 10,001 for a category.
pub(super) async fn count_products(db: &Connection, category: Option<&str>) -> Result<i64, DbError> {
    match category {
        None => db.query_opt(COUNT_PRODUCTS, &[]).await.map(first),
        Some(category) => db.query_opt(COUNT_PRODUCTS_OF_CATEGORY, &[&category]).await.map(first),
    }
}

const COUNT_PRODUCTS_OF_CATEGORY: &str = r"-- catalog.count_products_of_category
select count(*)
from (
    select
    from product_categories as relation
    join products as product on product.id = relation.product_id
    where relation.category_id = (select id from categories where normal_form(name) = normal_form($1) and deleted_at is null)
        and product.deleted_at is null
    limit 10001
) as reached";

static LIST_PRODUCTS_BY_CATEGORIES: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.list_products_by_categories
with page as materialized (
    (
        select id
        from products
        where not $2 and id > $3 and deleted_at is null
            and id in (select product_id from product_categories where category_id = any($1))
        order by id
        limit $4 offset $5
    )
    union all
    (
        select id
        from products
        where $2 and id < $3 and deleted_at is null
            and id in (select product_id from product_categories where category_id = any($1))
        order by id desc
        limit $4
    )
)
select {PRODUCT_COLUMNS}
from page
join product_view using (id)
order by case when $2 then -id else id end"
    )
});

/// Lists the products of any of the given categories, by ID in the direction of the page.
pub(super) async fn list_products_by_categories(
    db: &Connection,
    ids: &[i64],
    keyset: Keyset,
) -> Result<Vec<Product>, DbError> {
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let rows = db.query(&LIST_PRODUCTS_BY_CATEGORIES, &[&ids, &is_backward, &edge, &rows, &offset]).await?;
    Ok(products(&rows))
}

const COUNT_PRODUCTS_BY_CATEGORIES: &str = r"-- catalog.count_products_by_categories
select count(*)
from (
    select
    from products
    where deleted_at is null
        and id in (select product_id from product_categories where category_id = any($1))
    limit 10001
) as reached";

/// Counts the products of any of the given categories. 10,001 means more than 10,000.
pub(super) async fn count_products_by_categories(db: &Connection, ids: &[i64]) -> Result<i64, DbError> {
    db.query_opt(COUNT_PRODUCTS_BY_CATEGORIES, &[&ids]).await.map(first)
}

/// Returns the count from the first row.
pub(super) fn first(row: Option<Row>) -> i64 {
    row.map_or(0, |row| row.get(0))
}

fn category(row: &Row) -> Category {
    Category {
        id: row.get("id"),
        uuid: row.get("uuid"),
        name: row.get("name"),
        created_by: row.get::<_, Option<i64>>("created_by").map(UserId),
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
    }
}
