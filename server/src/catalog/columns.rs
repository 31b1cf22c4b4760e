//! Conversion of rows to products. All statements that read products select the same columns under the same names.

use crate::catalog::model::{Product, Rating};
use crate::identity::UserId;
use crate::platform::db::Row;

/// Converts a row to a product.
pub(super) fn product(row: &Row) -> Product {
    ProductColumns::from_row(row).product(row)
}

/// Converts many rows to products, as [`product`] does with one.
pub(super) fn products(rows: &[Row]) -> Vec<Product> {
    let places = rows.first().map(ProductColumns::from_row);
    places.map(|places| rows.iter().map(|row| places.product(row)).collect()).unwrap_or_default()
}

/// Column indexes of a product. They are looked up by name once for each page: to look them up for each row would be a
/// quarter of the cost of reading a page.
struct ProductColumns {
    id: usize,
    uuid: usize,
    title: usize,
    description: usize,
    price: usize,
    image: usize,
    category_ids: usize,
    category_names: usize,
    rating_sum: usize,
    rating_count: usize,
    owner_id: usize,
    owner_username: usize,
    created_at: usize,
    updated_at: usize,
}

impl ProductColumns {
    fn from_row(row: &Row) -> Self {
        let place = |name| {
            let place = row.columns().iter().position(|column| column.name() == name);
            place.expect("the statement selects all that is shown of a product")
        };
        Self {
            id: place("id"),
            uuid: place("uuid"),
            title: place("title"),
            description: place("description"),
            price: place("price"),
            image: place("image"),
            category_ids: place("category_ids"),
            category_names: place("category_names"),
            rating_sum: place("rating_sum"),
            rating_count: place("rating_count"),
            owner_id: place("owner_id"),
            owner_username: place("owner_username"),
            created_at: place("created_at"),
            updated_at: place("updated_at"),
        }
    }

    fn product(&self, row: &Row) -> Product {
        let ids: Option<Vec<i64>> = row.get(self.category_ids);
        let names: Option<Vec<String>> = row.get(self.category_names);
        Product {
            id: row.get(self.id),
            uuid: row.get(self.uuid),
            title: row.get(self.title),
            description: row.get(self.description),
            price: row.get(self.price),
            image: row.get(self.image),
            categories: ids.unwrap_or_default().into_iter().zip(names.unwrap_or_default()).collect(),
            rating: Rating { sum: row.get(self.rating_sum), count: row.get(self.rating_count) },
            owner: row
                .get::<_, Option<String>>(self.owner_username)
                .map(|name| (UserId(row.get(self.owner_id)), name)),
            created_at: row.get(self.created_at),
            updated_at: row.get(self.updated_at),
        }
    }
}
