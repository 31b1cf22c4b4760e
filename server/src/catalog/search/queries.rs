//! SQL of the search.

use std::sync::LazyLock;

use agora_runtime::UserRef;

use crate::catalog::columns::{PRODUCT_COLUMNS, products};
use crate::catalog::model::Product;
use crate::catalog::search::{Filter, Words};
use crate::platform::db::{Connection, DbError, total};
use crate::platform::pagination::Keyset;

// As in `catalog.list_products`, the branches of the page are mutually exclusive by their parameters alone.
static SEARCH_PRODUCTS: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- catalog.search_products
with asked as materialized (
    select
        $1::text::tsquery as words,
        (
            select id
            from users
            where (id = $2 or uuid = $3 or normal_form(username) = normal_form($4)) and deleted_at is null
        ) as owner_id,
        (select id from categories where normal_form(name) = normal_form($5) and deleted_at is null) as category_id
),
page as materialized (
    (
        select product.id
        from products as product
        where $1::text is not null and $6
            and product.search @@ (select words from asked)
            and product.id < $7 and product.deleted_at is null
            and (coalesce($2::text, $3::text, $4) is null or product.owner_id = (select owner_id from asked))
            and ($5::text is null or exists (
                select
                from product_categories as relation
                where relation.product_id = product.id
                    and relation.category_id = (select category_id from asked)
            ))
        order by product.id desc
        limit $8 offset $9
    )
    union all
    (
        select product.id
        from products as product
        where $1::text is not null and not $6
            and product.search @@ (select words from asked)
            and product.id > $7 and product.deleted_at is null
            and (coalesce($2::text, $3::text, $4) is null or product.owner_id = (select owner_id from asked))
            and ($5::text is null or exists (
                select
                from product_categories as relation
                where relation.product_id = product.id
                    and relation.category_id = (select category_id from asked)
            ))
        order by product.id
        limit $8 offset $9
    )
    union all
    (
        select product.id
        from products as product
        where $1::text is null and $6
            and product.owner_id = (select owner_id from asked)
            and product.id < $7 and product.deleted_at is null
            and ($5::text is null or exists (
                select
                from product_categories as relation
                where relation.product_id = product.id
                    and relation.category_id = (select category_id from asked)
            ))
        order by product.id desc
        limit $8 offset $9
    )
    union all
    (
        select product.id
        from products as product
        where $1::text is null and not $6
            and product.owner_id = (select owner_id from asked)
            and product.id > $7 and product.deleted_at is null
            and ($5::text is null or exists (
                select
                from product_categories as relation
                where relation.product_id = product.id
                    and relation.category_id = (select category_id from asked)
            ))
        order by product.id
        limit $8 offset $9
    )
)
select {PRODUCT_COLUMNS}
from page
join product_view using (id)
order by case when $6 then -id else id end"
    )
});

/// Lists the products that match a filter, in the direction of the page.
pub(in crate::catalog) async fn search_products(
    db: &Connection,
    filter: &Filter<'_>,
    keyset: Keyset,
) -> Result<Vec<Product>, DbError> {
    let Filter { category, words, owner } = filter;
    let Some(query) = asked(words.as_ref()) else {
        return Ok(Vec::new());
    };
    let (id, uuid, name) = owner.as_ref().map(UserRef::parameters).unwrap_or_default();
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let rows = db
        .query(&SEARCH_PRODUCTS, &[&query, &id, &uuid, &name, category, &is_backward, &edge, &rows, &offset])
        .await?;
    Ok(products(&rows))
}

const COUNT_FOUND_PRODUCTS: &str = r"-- catalog.count_found_products
with asked as materialized (
    select
        $1::text::tsquery as words,
        (
            select id
            from users
            where (id = $2 or uuid = $3 or normal_form(username) = normal_form($4)) and deleted_at is null
        ) as owner_id,
        (select id from categories where normal_form(name) = normal_form($5) and deleted_at is null) as category_id
),
reached as (
    (
        select
        from products as product
        where $1::text is not null
            and product.search @@ (select words from asked)
            and product.deleted_at is null
            and (coalesce($2::text, $3::text, $4) is null or product.owner_id = (select owner_id from asked))
            and ($5::text is null or exists (
                select
                from product_categories as relation
                where relation.product_id = product.id
                    and relation.category_id = (select category_id from asked)
            ))
        limit 10001
    )
    union all
    (
        select
        from products as product
        where $1::text is null
            and product.owner_id = (select owner_id from asked)
            and product.deleted_at is null
            and ($5::text is null or exists (
                select
                from product_categories as relation
                where relation.product_id = product.id
                    and relation.category_id = (select category_id from asked)
            ))
        limit 10001
    )
)
select count(*) from reached";

/// Counts the products that match a filter. 10,001 means more than 10,000.
pub(in crate::catalog) async fn count_found_products(
    db: &Connection,
    filter: &Filter<'_>,
) -> Result<i64, DbError> {
    let Some(query) = asked(filter.words.as_ref()) else {
        return Ok(0);
    };
    let (id, uuid, name) = filter.owner.as_ref().map(UserRef::parameters).unwrap_or_default();
    db.query_opt(COUNT_FOUND_PRODUCTS, &[&query, &id, &uuid, &name, &filter.category]).await.map(total)
}

/// Returns the query for the words, `Some(None)` without words, or `None` if the words cannot match anything.
fn asked(words: Option<&Words>) -> Option<Option<&str>> {
    words.map_or(Some(None), |words| words.query.as_deref().map(Some))
}
