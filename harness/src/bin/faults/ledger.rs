//! What was asked, and what clients were told of it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

/// Carts that writes add to, by turns.
pub const SHARED_CARTS: u64 = 8;
/// What is added to them, always one.
pub const ADDED_PRODUCT: i64 = 3;
/// Of categories and titles: what comes before the number of the write.
pub const NAME: &str = "fault-";

/// What a write does. By its number, so that each is told apart from all others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Makes a category of a name of its own.
    Category,
    /// Makes a product of a title of its own, in two categories.
    Product,
    /// Makes a cart of two lines, whose quantities are the number of the write.
    Cart,
    /// Adds one to a cart that others add to as well.
    Addition,
}

impl Kind {
    /// The kind of a write.
    pub fn of(number: u64) -> Self {
        [Self::Category, Self::Product, Self::Cart, Self::Addition][usize::try_from(number % 4).unwrap_or(0)]
    }

    /// Its body.
    pub fn body(self, number: u64) -> Value {
        let line = |product: i64, quantity: u64| json!({"productId": product, "quantity": quantity});
        match self {
            Self::Category => json!({"name": format!("{NAME}{number}")}),
            Self::Product => json!({
                "title": format!("{NAME}{number}"),
                "description": "Written while something fails",
                "price": "1.50",
                "image": "",
                "categories": [1, 2],
            }),
            Self::Cart => json!({"products": [line(1, number), line(2, number)]}),
            Self::Addition => json!({"add": [line(ADDED_PRODUCT, 1)]}),
        }
    }
}

/// What clients were told.
#[derive(Default)]
pub struct Ledger {
    /// The ids that acknowledged writes were given, by their numbers.
    pub acknowledged: BTreeMap<u64, i64>,
    /// Answers by status, 0 where there was none.
    pub answers: BTreeMap<u16, u64>,
    /// Acknowledged ones that an earlier try had done.
    pub replayed: u64,
    /// Answers that there must not be.
    pub odd: Vec<String>,
    /// The longest that a request took.
    pub slowest: Duration,
}
