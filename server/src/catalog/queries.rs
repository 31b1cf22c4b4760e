//! SQL that reads products.

use std::sync::LazyLock;

use crate::catalog::columns::{PRODUCT_COLUMNS, product, products};
use crate::catalog::model::Product;
use crate::platform::db::{Connection, DbError, total};
use crate::platform::pagination::Keyset;
use agora_runtime::ResourceId;

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
    db.query_opt(COUNT_PRODUCTS_BY_CATEGORIES, &[&ids]).await.map(total)
}
