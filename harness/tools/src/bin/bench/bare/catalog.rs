//! The three reads of the catalog.

use std::sync::LazyLock;

use agora_api::models;
use agora_runtime::{DecimalNumber, Timestamp};
use axum::extract::{Path, State};
use http::Uri;
use rust_decimal::Decimal;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{Bare, Json, Param, json, labelled, rows};
use crate::http::HOST;

/// The server's default page size.
const PAGE_LIMIT: usize = 10;
/// Number of rows that the server selects for a page: one more than it returns.
const PAGE_ROWS: i64 = 11;
const ARRAY_ROWS: i64 = 101;

static FIND_PRODUCT: LazyLock<&str> = LazyLock::new(|| labelled("catalog.find_product"));
static LIST_PRODUCTS: LazyLock<&str> = LazyLock::new(|| labelled("catalog.list_products"));
static FIND_MISSING: LazyLock<&str> = LazyLock::new(|| labelled("catalog.find_missing_categories"));
static LIST_BY_CATEGORIES: LazyLock<&str> = LazyLock::new(|| labelled("catalog.list_products_by_categories"));

pub(super) async fn product(State(bare): State<Bare>, Path(product): Path<i64>) -> Json {
    let found = rows(&bare.client().await, &FIND_PRODUCT, [&Some(product), &None::<Uuid>]).await;
    json(&wire(found.first().expect("only products that are there are asked for")))
}

pub(super) async fn page(State(bare): State<Bare>) -> Json {
    let params: [Param<'_>; 4] = [&0_i64, &PAGE_ROWS, &0_i64, &false];
    let found = rows(&bare.client().await, &LIST_PRODUCTS, params).await;
    let next = (found.len() > PAGE_LIMIT).then(|| format!("http://{HOST}/api/v1/products?page=2"));
    let results = found.iter().take(PAGE_LIMIT).map(wire).collect();
    json(&models::ProductPage { count: bare.products, next, previous: None, results })
}

pub(super) async fn by_categories(State(bare): State<Bare>, uri: Uri) -> Json {
    let ids = uri.query().and_then(|query| query.strip_prefix("categoryIds=")).unwrap_or_default();
    let ids: Vec<i64> = ids.split(',').filter_map(|id| id.parse().ok()).collect();
    let (client, edge, offset) = (bare.client().await, 0_i64, 0_i64);
    let (missing, found) = tokio::join!(
        rows(&client, &FIND_MISSING, [&ids]),
        rows(&client, &LIST_BY_CATEGORIES, [&ids, &edge, &ARRAY_ROWS, &offset]),
    );
    assert!(missing.is_empty(), "only categories that are there are asked for");
    json(&found.iter().map(wire).collect::<Vec<_>>())
}

fn wire(row: &Row) -> models::Product {
    let ids: Vec<i64> = row.get::<_, Option<_>>("category_ids").unwrap_or_default();
    let names: Vec<String> = row.get::<_, Option<_>>("category_names").unwrap_or_default();
    let (sum, count): (i64, i64) = (row.get("rating_sum"), row.get("rating_count"));
    let (tag_ids, tag_names): (Vec<_>, Vec<String>) = (row.get("tag_uuids"), row.get("tag_names"));
    let tags = tag_ids.into_iter().zip(tag_names);
    let available: i64 = row.get("stock_available");
    let of_names = ids.into_iter().zip(names);
    let categories: Vec<_> = of_names.map(|(id, name)| models::ProductCategory { id, name }).collect();
    models::Product {
        id: row.get("id"),
        uuid: row.get("uuid"),
        title: row.get("title"),
        description: row.get("description"),
        price: DecimalNumber(row.get("price")),
        image: row.get("image"),
        category: categories.first().map(|category| category.name.clone()),
        categories,
        tags: tags.map(|(id, name)| models::ProductTag { id, name }).collect(),
        rating: models::ProductRating { rate: rate(sum, count), count },
        stock: models::ProductStock { available, reserved: row.get("stock_reserved") },
        // Lists and reads of the benchmark have active products only.
        state: if available == 0 {
            models::ProductState::ProductSoldOut
        } else {
            models::ProductState::ProductActive
        },
        owner: Some(models::ProductOwner { id: row.get("owner_id"), username: row.get("owner_username") }),
        created_at: Timestamp(row.get("created_at")),
        updated_at: row.get::<_, Option<_>>("updated_at").map(Timestamp),
    }
}

fn rate(sum: i64, count: i64) -> f64 {
    if count == 0 {
        return 0.0;
    }
    let hundredths = (Decimal::from(sum) * Decimal::ONE_HUNDRED / Decimal::from(count)).round();
    hundredths.try_into().map_or(0.0, |hundredths: f64| hundredths / 100.0)
}
