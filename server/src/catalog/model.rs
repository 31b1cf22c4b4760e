//! Categories and products.

use std::collections::BTreeSet;

use crate::identity::{Principal, UserId};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

/// A category.
#[derive(Clone, Debug)]
pub(super) struct Category {
    pub(super) id: i64,
    pub(super) uuid: Uuid,
    pub(super) name: String,
    /// The owner. `None` means that the category belongs to the shop.
    pub(super) created_by: Option<UserId>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: Option<DateTime<Utc>>,
}

/// A tag.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    pub(super) id: i64,
    pub(super) uuid: Uuid,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: Option<DateTime<Utc>>,
}

/// A product with its public fields.
#[derive(Clone, Debug)]
pub(super) struct Product {
    pub(super) id: i64,
    pub(super) uuid: Uuid,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) price: Decimal,
    pub(super) image: String,
    /// ID and name of each category, ordered by ID.
    pub(super) categories: Vec<(i64, String)>,
    /// UUID and name of each tag, ordered by age.
    pub(super) tags: Vec<(Uuid, String)>,
    pub(super) rating: Rating,
    pub(super) stock: Units,
    pub(super) state: State,
    pub(super) owner_id: UserId,
    /// ID and name of the owner, or `None` if the account is deleted.
    pub(super) owner: Option<(UserId, String)>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: Option<DateTime<Utc>>,
}

impl Product {
    /// Returns `true` if the caller may know of the product.
    pub(super) fn is_visible_to(&self, caller: Option<&Principal>) -> bool {
        self.state.is_visible_to(caller, self.owner_id)
    }
}

/// The stored state of a product.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    Draft,
    Active,
    Archived,
}

impl State {
    /// Parses the name of a state, as stored in the database.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Draft, Self::Active, Self::Archived].into_iter().find(|state| state.name() == name)
    }

    /// Returns the name of the state.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Active => "ACTIVE",
            Self::Archived => "ARCHIVED",
        }
    }

    /// Returns `true` if the caller may know of a product in this state: anyone of an active one, otherwise only its owner
    /// and staff.
    pub(super) fn is_visible_to(self, caller: Option<&Principal>, owner: UserId) -> bool {
        self == Self::Active || caller.is_some_and(|caller| caller.may_change(Some(owner)))
    }
}

/// The units of a product that everyone sees.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Units {
    pub(super) available: i64,
    pub(super) reserved: i64,
}

/// The data of a new product.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) price: Decimal,
    pub(super) image: String,
    /// IDs of the categories, without duplicates.
    pub(super) categories: Vec<i64>,
    /// UUIDs of the tags, without duplicates.
    pub(super) tags: Vec<Uuid>,
}

/// The state and the stock with which a product is created.
#[derive(Clone, Copy, Debug)]
pub(super) struct First {
    pub(super) state: State,
    pub(super) available: i64,
}

/// A change of a product. Fields that are `None` keep their values.
#[derive(Clone, Debug, Default)]
pub(super) struct Change {
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) price: Option<Decimal>,
    pub(super) image: Option<String>,
    /// IDs of all new categories, without duplicates.
    pub(super) categories: Option<Vec<i64>>,
    /// UUIDs of all new tags, without duplicates.
    pub(super) tags: Option<Vec<Uuid>>,
}

impl Change {
    /// Returns `true` if the change has no effect on a product.
    pub(super) fn is_empty_for(&self, product: &Product) -> bool {
        let Self { title, description, price, image, categories, tags } = self;
        title.as_ref().is_none_or(|title| *title == product.title)
            && description.as_ref().is_none_or(|description| *description == product.description)
            && price.is_none_or(|price| price == product.price)
            && image.as_ref().is_none_or(|image| *image == product.image)
            && categories.as_ref().is_none_or(|wanted| {
                let stored: BTreeSet<i64> = product.categories.iter().map(|(id, _)| *id).collect();
                wanted.iter().copied().collect::<BTreeSet<_>>() == stored
            })
            && tags.as_ref().is_none_or(|wanted| {
                let stored: BTreeSet<Uuid> = product.tags.iter().map(|(id, _)| *id).collect();
                wanted.iter().copied().collect::<BTreeSet<_>>() == stored
            })
    }
}

impl From<Draft> for Change {
    fn from(draft: Draft) -> Self {
        let Draft { title, description, price, image, categories, tags } = draft;
        Self {
            title: Some(title),
            description: Some(description),
            price: Some(price),
            image: Some(image),
            categories: Some(categories),
            tags: Some(tags),
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
    /// Returns the average to two decimals, or 0 if there are no ratings.
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
        assert_eq!(rate(14, 3), "4.67");
        assert_eq!(rate(9, 2), "4.5");
    }
}
