//! The columns of a product, which all statements that read products select, and the conversion of their rows.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::catalog::model::{Product, Rating, State, Units};
use crate::identity::UserId;
use crate::platform::db::{Row, row};

row!(PRODUCT_COLUMNS of ProductRow {
    id: i64,
    uuid: Uuid,
    title: String,
    description: String,
    price: Decimal,
    image: String,
    owner_id: i64,
    owner_username: Option<String>,
    rating_sum: i64,
    rating_count: i64,
    created_at: DateTime<Utc>,
    updated_at: Option<DateTime<Utc>>,
    category_ids: Option<Vec<i64>>,
    category_names: Option<Vec<String>>,
    state: String,
    stock_available: i64,
    stock_reserved: i64,
    tag_uuids: Vec<Uuid>,
    tag_names: Vec<String>,
});

/// Converts a row to a product.
pub(super) fn product(row: &Row) -> Product {
    let row = ProductRow::from_row(row);
    let names = row.category_names.unwrap_or_default();
    Product {
        id: row.id,
        uuid: row.uuid,
        title: row.title,
        description: row.description,
        price: row.price,
        image: row.image,
        categories: row.category_ids.unwrap_or_default().into_iter().zip(names).collect(),
        tags: row.tag_uuids.into_iter().zip(row.tag_names).collect(),
        rating: Rating { sum: row.rating_sum, count: row.rating_count },
        stock: Units { available: row.stock_available, reserved: row.stock_reserved },
        // Hides a product in a state that only a newer server knows.
        state: State::named(&row.state).unwrap_or(State::Archived),
        owner_id: UserId(row.owner_id),
        owner: row.owner_username.map(|name| (UserId(row.owner_id), name)),
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

/// Converts many rows to products, as [`product`] does with one.
pub(super) fn products(rows: &[Row]) -> Vec<Product> {
    rows.iter().map(product).collect()
}
