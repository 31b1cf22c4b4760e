//! SQL that reads products.

use std::sync::LazyLock;

use crate::catalog::columns::{PRODUCT_COLUMNS, product, products};
use crate::catalog::model::Product;
use crate::platform::db::{Connection, DbError, Row, total};
use crate::platform::pagination::Keyset;
use agora_runtime::ResourceId;
use uuid::Uuid;

const FIND_UNLISTED_PRODUCTS: &str = r"-- catalog.find_unlisted_products
select distinct wanted.id, products.id is not null as is_archived
from unnest($1::bigint[]) as wanted (id)
left join products on products.id = wanted.id and products.deleted_at is null and products.state = 'ARCHIVED'
where not exists (select from products where products.id = wanted.id and products.is_listed)
order by wanted.id";

/// An ID that no listed product has.
#[derive(Clone, Copy, Debug)]
pub struct Unlisted {
    /// The ID.
    pub id: i64,
    /// `true` for an archived product, which carts that have it keep.
    pub is_archived: bool,
}

/// Returns those of the given IDs that no listed product has.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn find_unlisted_products(db: &Connection, ids: &[i64]) -> Result<Vec<Unlisted>, DbError> {
    let rows = db.query(FIND_UNLISTED_PRODUCTS, &[&ids]).await?;
    let unlisted = |row: &Row| Unlisted { id: row.get("id"), is_archived: row.get("is_archived") };
    Ok(rows.iter().map(unlisted).collect())
}

const FIND_MISSING_TAGS: &str = r"-- catalog.find_missing_tags
select wanted.id
from unnest($1::uuid[]) as wanted (id)
where not exists (select from tags where tags.uuid = wanted.id and tags.deleted_at is null)
order by wanted.id";

/// Returns those of the given IDs that no tag has.
pub(super) async fn find_missing_tags(db: &Connection, ids: &[Uuid]) -> Result<Vec<Uuid>, DbError> {
    let rows = db.query(FIND_MISSING_TAGS, &[&ids]).await?;
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

/// The statements for a walk towards greater ids, and towards smaller ones.
static LIST_PRODUCTS_BY_CATEGORIES: LazyLock<[String; 2]> = LazyLock::new(|| {
    // Each category gives as many products as the page may need, in order, and one that is in several counts once.
    [(">", ""), ("<", " desc")].map(|(compares, direction)| {
        format!(
            "-- catalog.list_products_by_categories
select {PRODUCT_COLUMNS}
from product_view
where id = any(array(
    select distinct near.product_id
    from unnest($1::bigint[]) as category (id)
    cross join lateral (
        select product_id
        from product_categories
        where category_id = category.id and is_listed and product_id {compares} $2
        order by product_id{direction}
        limit $3::bigint + $4::bigint
    ) as near
    order by near.product_id{direction}
    limit $3 offset $4
))
order by id{direction}"
        )
    })
});

/// Lists the products of any of the given categories, by ID in the direction of the page.
pub(super) async fn list_products_by_categories(
    db: &Connection,
    ids: &[i64],
    keyset: Keyset,
) -> Result<Vec<Product>, DbError> {
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let statement = &LIST_PRODUCTS_BY_CATEGORIES[usize::from(is_backward)];
    Ok(products(&db.query(statement, &[&ids, &edge, &rows, &offset]).await?))
}

const COUNT_PRODUCTS_BY_CATEGORIES: &str = r"-- catalog.count_products_by_categories
select count(distinct reached.product_id)
from unnest($1::bigint[]) as category (id)
cross join lateral (
    select product_id
    from product_categories
    where category_id = category.id and is_listed
    order by product_id
    limit 1001
) as reached";

/// Counts the products of any of the given categories. More than 1,000 means at least as many.
pub(super) async fn count_products_by_categories(db: &Connection, ids: &[i64]) -> Result<i64, DbError> {
    db.query_opt(COUNT_PRODUCTS_BY_CATEGORIES, &[&ids]).await.map(total)
}

/// Returns the statements of this module that are composed at run time.
pub(super) fn composed() -> impl Iterator<Item = &'static str> {
    LIST_PRODUCTS_BY_CATEGORIES.iter().map(String::as_str)
}
