//! A ledger of the writes that were sent and the responses that clients received.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

/// Number of carts that additions use in rotation.
pub const SHARED_CARTS: u64 = 8;
/// Product of which each addition adds one unit.
pub const ADDED_PRODUCT: i64 = 3;
/// Prefix of category names and product titles, before the write number.
pub const NAME: &str = "fault-";

/// The effect of a write, chosen by the write number. Except for additions, the body contains that number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Creates a category with a unique name.
    Category,
    /// Creates a product with a unique title, in two categories.
    Product,
    /// Creates a cart with two lines; their quantities are the number of the write.
    Cart,
    /// Adds one unit to a cart that other writes add to as well.
    Addition,
}

impl Kind {
    /// Returns the kind of the write with this number.
    pub fn for_number(number: u64) -> Self {
        [Self::Category, Self::Product, Self::Cart, Self::Addition][usize::try_from(number % 4).unwrap_or(0)]
    }

    /// Returns the request body of the write with this number.
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

/// The responses that clients received.
#[derive(Default)]
pub struct Ledger {
    /// The ids assigned to acknowledged writes, by write number.
    pub acknowledged: BTreeMap<u64, i64>,
    /// Number of responses by status; 0 stands for no response.
    pub responses: BTreeMap<u16, u64>,
    /// Number of acknowledged writes that an earlier attempt had already applied.
    pub replayed: u64,
    /// Descriptions of unexpected responses.
    pub odd: Vec<String>,
    /// Duration of the slowest request.
    pub slowest: Duration,
}
