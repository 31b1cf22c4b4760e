//! The dataset's categories and products.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::platform::db::{DbError, Transaction};

/// Units of each product of the dataset.
const SEED_UNITS: i64 = 100;

/// A category of the dataset.
#[derive(Clone, Debug)]
pub struct SeedCategory {
    /// ID in the dataset.
    pub id: i64,
    /// UUID in the dataset.
    pub uuid: Uuid,
    /// Name.
    pub name: String,
}

/// A tag of the dataset.
#[derive(Clone, Debug)]
pub struct SeedTag {
    /// ID in the dataset.
    pub id: i64,
    /// UUID in the dataset.
    pub uuid: Uuid,
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
}

/// A product of the dataset.
#[derive(Clone, Debug)]
pub struct SeedProduct {
    /// ID in the dataset.
    pub id: i64,
    /// UUID in the dataset.
    pub uuid: Uuid,
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// Price in the shop's currency.
    pub price: Decimal,
    /// URI of the image.
    pub image: String,
    /// ID of the owner.
    pub owner_id: i64,
    /// ID of the category.
    pub category_id: i64,
    /// IDs of the tags.
    pub tag_ids: Vec<i64>,
    /// UUID of the movement of its stock.
    pub movement: Uuid,
}

const SEED_CATEGORIES: &str = r"-- catalog.seed_categories
insert into categories (id, uuid, name, created_at)
select given.*, $4::timestamptz
from unnest($1::bigint[], $2::uuid[], $3::text[]) as given
on conflict do nothing";

const SEED_TAGS: &str = r"-- catalog.seed_tags
insert into tags (id, uuid, name, description, created_at)
select given.*, $5::timestamptz
from unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[]) as given
on conflict do nothing";

const SEED_PRODUCTS: &str = r"-- catalog.seed_products
with given as (
    insert into products (id, uuid, title, description, price, image, owner_id, created_at)
    select given.*, $8::timestamptz
    from unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::numeric[], $6::text[], $7::bigint[]) as given
    on conflict do nothing
    returning id
),
tagged as (
    insert into product_tags (product_id, tag_id)
    select relation.product_id, relation.tag_id
    from unnest($10::bigint[], $11::bigint[]) as relation (product_id, tag_id)
    join given on given.id = relation.product_id
    join tags on tags.id = relation.tag_id
    on conflict do nothing
)
insert into product_categories (product_id, category_id)
select relation.product_id, relation.category_id
from unnest($1::bigint[], $9::bigint[]) as relation (product_id, category_id)
join given on given.id = relation.product_id
on conflict do nothing";

const SEED_STOCK: &str = r"-- catalog.seed_stock
with given as (
    update stock
    set available = $3, supplied = $3
    from unnest($1::bigint[], $2::uuid[]) as product (id, movement)
    where stock.product_id = product.id
        and not exists (select from stock_movements where stock_movements.product_id = product.id)
    returning product.id, product.movement
)
insert into stock_movements (uuid, product_id, kind, quantity, created_at)
select given.movement, given.id, 'SUPPLIED', $3, $4
from given";

/// Inserts the missing categories, tags and products, and the stock of products without a movement. Rows that were changed
/// or deleted since are left alone. The IDs are fixed, so the sequences are not advanced.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn seed(
    tx: &Transaction,
    (categories, tags): (&[SeedCategory], &[SeedTag]),
    products: &[SeedProduct],
    created_at: DateTime<Utc>,
) -> Result<(), DbError> {
    let ids: Vec<i64> = categories.iter().map(|category| category.id).collect();
    let uuids: Vec<Uuid> = categories.iter().map(|category| category.uuid).collect();
    let names: Vec<&str> = categories.iter().map(|category| category.name.as_str()).collect();
    tx.execute(SEED_CATEGORIES, &[&ids, &uuids, &names, &created_at]).await?;
    let ids: Vec<i64> = tags.iter().map(|tag| tag.id).collect();
    let uuids: Vec<Uuid> = tags.iter().map(|tag| tag.uuid).collect();
    let names: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
    let descriptions: Vec<&str> = tags.iter().map(|tag| tag.description.as_str()).collect();
    tx.execute(SEED_TAGS, &[&ids, &uuids, &names, &descriptions, &created_at]).await?;
    let column = |of: fn(&SeedProduct) -> &str| products.iter().map(of).collect::<Vec<_>>();
    let number = |of: fn(&SeedProduct) -> i64| products.iter().map(of).collect::<Vec<_>>();
    let uuids: Vec<Uuid> = products.iter().map(|product| product.uuid).collect();
    let prices: Vec<Decimal> = products.iter().map(|product| product.price).collect();
    let relations = products.iter().flat_map(|product| product.tag_ids.iter().map(|tag| (product.id, *tag)));
    let (tagged, tags): (Vec<i64>, Vec<i64>) = relations.unzip();
    tx.execute(
        SEED_PRODUCTS,
        &[
            &number(|product| product.id),
            &uuids,
            &column(|product| &product.title),
            &column(|product| &product.description),
            &prices,
            &column(|product| &product.image),
            &number(|product| product.owner_id),
            &created_at,
            &number(|product| product.category_id),
            &tagged,
            &tags,
        ],
    )
    .await?;
    let movements: Vec<Uuid> = products.iter().map(|product| product.movement).collect();
    tx.execute(SEED_STOCK, &[&number(|product| product.id), &movements, &SEED_UNITS, &created_at])
        .await
        .map(drop)
}
