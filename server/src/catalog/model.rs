//! Categories and products.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::users::UserId;

/// A category.
#[derive(Clone, Debug)]
pub(super) struct Category {
    pub(super) id: i64,
    pub(super) uuid: Uuid,
    pub(super) name: String,
    /// Whose it is to change; the shop's own when there is nobody.
    pub(super) created_by: Option<UserId>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: Option<DateTime<Utc>>,
}

/// A product, as everybody reads it.
#[derive(Clone, Debug)]
pub(super) struct Product {
    pub(super) id: i64,
    pub(super) uuid: Uuid,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) price: Decimal,
    pub(super) image: String,
    /// Id and name of each, by id.
    pub(super) categories: Vec<(i64, String)>,
    pub(super) rating: Rating,
    pub(super) owner: Option<(UserId, String)>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: Option<DateTime<Utc>>,
}

/// What a product is made of.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) price: Decimal,
    pub(super) image: String,
    /// Ids, each once.
    pub(super) categories: Vec<i64>,
}

/// What of a product is to change; the rest stays as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Change {
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) price: Option<Decimal>,
    pub(super) image: Option<String>,
    /// Ids, each once, of all of its categories.
    pub(super) categories: Option<Vec<i64>>,
}

impl Change {
    /// Returns whether a product has all of it already.
    pub(super) fn is_empty_for(&self, product: &Product) -> bool {
        let Self { title, description, price, image, categories } = self;
        title.as_ref().is_none_or(|title| *title == product.title)
            && description.as_ref().is_none_or(|description| *description == product.description)
            && price.is_none_or(|price| price == product.price)
            && image.as_ref().is_none_or(|image| *image == product.image)
            && categories.as_ref().is_none_or(|wanted| {
                let stored: BTreeSet<i64> = product.categories.iter().map(|(id, _)| *id).collect();
                wanted.iter().copied().collect::<BTreeSet<_>>() == stored
            })
    }
}

impl From<Draft> for Change {
    fn from(draft: Draft) -> Self {
        let Draft { title, description, price, image, categories } = draft;
        Self {
            title: Some(title),
            description: Some(description),
            price: Some(price),
            image: Some(image),
            categories: Some(categories),
        }
    }
}

/// The sum and the number of ratings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rating {
    pub(super) sum: i64,
    pub(super) count: i64,
}

impl Rating {
    /// The average to two decimals, 0 without any rating.
    pub(super) fn rate(self) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        let hundredths = (Decimal::from(self.sum) * Decimal::ONE_HUNDRED / Decimal::from(self.count)).round();
        hundredths.try_into().map_or(0.0, |hundredths: f64| hundredths / 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings_are_averages_to_two_decimals() {
        let rate = |sum, count| Rating { sum, count }.rate().to_string();
        assert_eq!(rate(0, 0), "0");
        assert_eq!(rate(10, 3), "3.33");
        assert_eq!(rate(9, 2), "4.5");
    }
}
