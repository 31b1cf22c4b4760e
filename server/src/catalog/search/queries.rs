//! SQL of the search.

use crate::catalog::model::Product;
use crate::catalog::places::products;
use crate::catalog::queries::first;
use crate::catalog::search::{Filter, Owner, Words};
use crate::platform::db::{Connection, DbError};
use crate::platform::page::Keyset;

// As in catalog.list_products, the branches of the page exclude each other by their parameters alone.
const SEARCH_PRODUCTS: &str = r"-- catalog.search_products
with asked as materialized (
    select
        coalesce(
            websearch_to_tsquery('simple', $1::text)
                || coalesce(
                    websearch_to_tsquery('simple', $2::text) && to_tsquery('simple', $3::text),
                    to_tsquery('simple', $3::text)
                ),
            websearch_to_tsquery('simple', $1::text)
        ) as words,
        (
            select id
            from users
            where (id = $4 or uuid = $5 or lower(username) = lower($6)) and deleted_at is null
        ) as owner_id,
        (select id from categories where name = $7 and deleted_at is null) as category_id
),
page as materialized (
    (
        select product.id
        from products as product
        where $1::text is not null and $8
            and product.search @@ (select words from asked)
            and product.id < $9 and product.deleted_at is null
            and (coalesce($4::text, $5::text, $6) is null or product.owner_id = (select owner_id from asked))
            and ($7::text is null or exists (
                select
                from product_categories as relation
                where relation.product_id = product.id
                    and relation.category_id = (select category_id from asked)
            ))
        order by product.id desc
        limit $10 offset $11
    )
    union all
    (
        select product.id
        from products as product
        where $1::text is not null and not $8
            and product.search @@ (select words from asked)
            and product.id > $9 and product.deleted_at is null
            and (coalesce($4::text, $5::text, $6) is null or product.owner_id = (select owner_id from asked))
            and ($7::text is null or exists (
                select
                from product_categories as relation
                where relation.product_id = product.id
                    and relation.category_id = (select category_id from asked)
            ))
        order by product.id
        limit $10 offset $11
    )
    union all
    (
        select product.id
        from products as product
        where $1::text is null and $8
            and product.owner_id = (select owner_id from asked)
            and product.id < $9 and product.deleted_at is null
            and ($7::text is null or exists (
                select
                from product_categories as relation
                where relation.product_id = product.id
                    and relation.category_id = (select category_id from asked)
            ))
        order by product.id desc
        limit $10 offset $11
    )
    union all
    (
        select product.id
        from products as product
        where $1::text is null and not $8
            and product.owner_id = (select owner_id from asked)
            and product.id > $9 and product.deleted_at is null
            and ($7::text is null or exists (
                select
                from product_categories as relation
                where relation.product_id = product.id
                    and relation.category_id = (select category_id from asked)
            ))
        order by product.id
        limit $10 offset $11
    )
)
select
    product.id,
    product.uuid,
    product.title,
    product.description,
    product.price,
    product.image,
    product.owner_id,
    owner.username as owner_username,
    product.rating_sum,
    product.rating_count,
    product.created_at,
    product.updated_at,
    sorted.ids as category_ids,
    sorted.names as category_names
from page
join products as product on product.id = page.id
left join users as owner on owner.id = product.owner_id and owner.deleted_at is null
cross join lateral (
    select array_agg(category.id order by category.id) as ids, array_agg(category.name order by category.id) as names
    from product_categories as relation
    join categories as category on category.id = relation.category_id
    where relation.product_id = product.id
) as sorted
order by case when $8 then -product.id else product.id end";

/// Products that a filter lets through, in the walk's direction.
pub(in crate::catalog) async fn search_products(
    db: &Connection,
    filter: &Filter<'_>,
    keyset: Keyset,
) -> Result<Vec<Product>, DbError> {
    let Filter { category, words, owner } = filter;
    let (all, rest, last) = texts(words.as_ref());
    let (id, uuid, name) = owner.map(Owner::parameters).unwrap_or_default();
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let rows = db
        .query(
            SEARCH_PRODUCTS,
            &[&all, &rest, &last, &id, &uuid, &name, category, &is_backward, &edge, &rows, &offset],
        )
        .await?;
    Ok(products(&rows))
}

const COUNT_FOUND_PRODUCTS: &str = r"-- catalog.count_found_products
with asked as materialized (
    select
        coalesce(
            websearch_to_tsquery('simple', $1::text)
                || coalesce(
                    websearch_to_tsquery('simple', $2::text) && to_tsquery('simple', $3::text),
                    to_tsquery('simple', $3::text)
                ),
            websearch_to_tsquery('simple', $1::text)
        ) as words,
        (
            select id
            from users
            where (id = $4 or uuid = $5 or lower(username) = lower($6)) and deleted_at is null
        ) as owner_id,
        (select id from categories where name = $7 and deleted_at is null) as category_id
),
reached as (
    (
        select
        from products as product
        where $1::text is not null
            and product.search @@ (select words from asked)
            and product.deleted_at is null
            and (coalesce($4::text, $5::text, $6) is null or product.owner_id = (select owner_id from asked))
            and ($7::text is null or exists (
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
            and ($7::text is null or exists (
                select
                from product_categories as relation
                where relation.product_id = product.id
                    and relation.category_id = (select category_id from asked)
            ))
        limit 10001
    )
)
select count(*) from reached";

/// How many products a filter lets through; 10,001 stands for more than 10,000.
pub(in crate::catalog) async fn count_found_products(
    db: &Connection,
    filter: &Filter<'_>,
) -> Result<i64, DbError> {
    let (all, rest, last) = texts(filter.words.as_ref());
    let (id, uuid, name) = filter.owner.map(Owner::parameters).unwrap_or_default();
    db.query_opt(COUNT_FOUND_PRODUCTS, &[&all, &rest, &last, &id, &uuid, &name, &filter.category])
        .await
        .map(first)
}

fn texts(words: Option<&Words>) -> (Option<&str>, Option<&str>, Option<&str>) {
    (
        words.map(|words| words.all.as_str()),
        words.and_then(|words| words.rest.as_deref()),
        words.and_then(|words| words.last.as_deref()),
    )
}
