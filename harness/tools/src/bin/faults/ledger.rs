//! A ledger of the writes that were sent and the responses that clients received.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::events::Event;

/// Prefix of category names and product titles, before the write number.
pub const NAME: &str = "fault-";
/// Number of carts that additions use in rotation.
const AT_ONCE: u64 = 8;
/// Number of products of the dataset. Additions use all of them.
const PRODUCTS: u64 = 20;
/// Number of additions to one line of a cart. Each adds its own power of [`BASE`], so that the quantity shows for each
/// addition how often it was applied.
const DIGITS: u64 = 10;
/// Base of the quantities: two digits more than a correct server needs.
const BASE: u64 = 4;
/// Number of additions to one cart.
const PER_CART: u64 = PRODUCTS * DIGITS;
/// Number of carts for additions, in all.
pub const SHARED_CARTS: u64 = 8 * AT_ONCE;
/// One write of this many has no Idempotency-Key, of each kind. Such a write is sent once.
const UNKEYED: u64 = 3;

/// The effect of a write, chosen by the write number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Creates a category with a unique name.
    Category,
    /// Creates a product with a unique title, in two categories.
    Product,
    /// Creates a cart with two lines; their quantities are the number of the write.
    Cart,
    /// Adds units to a cart that other writes add to as well.
    Addition(Cell),
}

/// The place of an addition: a digit of a quantity.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cell {
    /// Index of the cart.
    pub cart: usize,
    /// ID of the product.
    pub product: i64,
    digit: u32,
}

impl Cell {
    /// Returns the place of the addition with this index, or `None` if all places are taken.
    fn for_index(index: u64) -> Option<Self> {
        let (group, within) = (index / (AT_ONCE * PER_CART), index % (AT_ONCE * PER_CART));
        let (turn, cart) = (within / AT_ONCE, group * AT_ONCE + within % AT_ONCE);
        (cart < SHARED_CARTS).then_some(())?;
        Some(Self {
            cart: usize::try_from(cart).ok()?,
            product: i64::try_from(turn % PRODUCTS + 1).ok()?,
            digit: u32::try_from(turn / PRODUCTS).ok()?,
        })
    }

    fn quantity(self) -> u64 {
        BASE.pow(self.digit)
    }

    /// Returns how often the addition was applied, by the quantity of its line.
    pub fn times(self, quantity: u64) -> u64 {
        quantity / self.quantity() % BASE
    }
}

impl Kind {
    /// Returns the kind of the write with this number.
    pub fn for_number(number: u64) -> Self {
        match number % 4 {
            1 => Self::Product,
            2 => Self::Cart,
            3 => Cell::for_index(number / 4).map_or(Self::Category, Self::Addition),
            _ => Self::Category,
        }
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
            Self::Addition(cell) => json!({"add": [line(cell.product, cell.quantity())]}),
        }
    }
}

/// Returns `true` if the write with this number has an Idempotency-Key.
pub fn is_keyed(number: u64) -> bool {
    !(number / 4).is_multiple_of(UNKEYED)
}

/// The responses that clients received.
#[derive(Default)]
pub struct Ledger {
    /// The ids assigned to acknowledged writes, by write number.
    pub acknowledged: BTreeMap<u64, i64>,
    /// Numbers of the writes without a key that were not acknowledged. Each may have been applied, but only once.
    pub unknown: BTreeSet<u64>,
    /// Number of acknowledged writes that an earlier attempt had already applied.
    pub replayed: u64,
    /// Every request, in the order of the responses.
    pub events: Vec<Event>,
    /// The liveness probes, each on a new connection.
    pub probes: Vec<Event>,
    /// Descriptions of unexpected responses.
    pub odd: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_addition_has_a_digit_of_its_own() {
        let mut seen = BTreeSet::new();
        let mut index = 0;
        while let Some(cell) = Cell::for_index(index) {
            assert!(seen.insert((cell.cart, cell.product, cell.digit)), "{index}: {cell:?}");
            index += 1;
        }
        assert_eq!(index, SHARED_CARTS * PER_CART);
        assert_eq!(Kind::for_number(4 * index + 3), Kind::Category, "later ones are other writes");
    }

    #[test]
    fn a_quantity_shows_how_often_each_addition_was_applied() {
        let cell = |digit| Cell { cart: 0, product: 1, digit };
        let quantity = cell(0).quantity() + 2 * cell(3).quantity() + cell(9).quantity();
        let times: Vec<u64> = [0, 1, 3, 9].map(|digit| cell(digit).times(quantity)).into();
        assert_eq!(times, [1, 0, 2, 1]);
    }
}
