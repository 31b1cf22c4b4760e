//! Orders, their states, and the limits of buyers.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::identity::UserId;

/// The operator's rules for orders.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Currency of all amounts (ISO 4217).
    pub currency: String,
    /// Seconds for which an order can be confirmed.
    pub confirm_seconds: f64,
    /// Maximum number of a buyer's open orders, those that are pending or confirmed.
    pub most_pending: i64,
    /// Maximum number of units in these orders.
    pub most_units: i64,
}

/// A product to order, and its quantity.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Item {
    pub(super) product_id: i64,
    pub(super) quantity: i64,
}

/// Merges items so that each product appears once, in the order of their IDs. Quantities are added up.
pub(super) fn merged(items: impl IntoIterator<Item = Item>) -> Vec<Item> {
    let mut merged = std::collections::BTreeMap::new();
    for Item { product_id, quantity } in items {
        *merged.entry(product_id).or_insert(0) += quantity;
    }
    merged.into_iter().map(|(product_id, quantity)| Item { product_id, quantity }).collect()
}

/// The state of an order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    PendingConfirmation,
    Confirmed,
    Accepted,
    Rejected,
    NotConfirmed,
    Cancelled,
}

impl State {
    const ALL: [Self; 6] = [
        Self::PendingConfirmation,
        Self::Confirmed,
        Self::Accepted,
        Self::Rejected,
        Self::NotConfirmed,
        Self::Cancelled,
    ];

    /// Parses the name of a state, as stored in the database.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Returns the name of the state.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::PendingConfirmation => "PENDING_CONFIRMATION",
            Self::Confirmed => "CONFIRMED",
            Self::Accepted => "ACCEPTED",
            Self::Rejected => "REJECTED",
            Self::NotConfirmed => "NOT_CONFIRMED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// An order, with the lines that the reader may see.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) id: i64,
    pub(super) uuid: Uuid,
    pub(super) state: State,
    pub(super) buyer_id: UserId,
    /// Lines ordered by product ID.
    pub(super) lines: Vec<Line>,
    pub(super) currency: String,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: Option<DateTime<Utc>>,
}

/// A product of an order.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) product_id: i64,
    pub(super) title: String,
    pub(super) quantity: i64,
    pub(super) price: Decimal,
    pub(super) seller_id: UserId,
}

impl Line {
    /// Returns the price of all units. It is exact: the price has two decimals, and the quantity none.
    pub(super) fn subtotal(&self) -> Decimal {
        self.price * Decimal::from(self.quantity)
    }
}

/// Returns the exact sum of lines.
pub(super) fn total(lines: &[Line]) -> Decimal {
    lines.iter().map(Line::subtotal).sum()
}

/// The means of payment of a confirmation.
pub(super) struct Payment {
    /// A method that the provider knows.
    pub(super) method: String,
    /// A secret of the provider.
    pub(super) token: String,
}

/// A payment that a replica has taken.
pub(super) struct Due {
    pub(super) order_id: i64,
    /// Idempotency key for the provider.
    pub(super) key: Uuid,
    pub(super) method: String,
    /// Token of the means of payment. A refund has none.
    pub(super) token: Option<String>,
    /// The provider's name of the payment, once it is accepted.
    pub(super) reference: Option<String>,
    /// UUID of the order.
    pub(super) order: Uuid,
    pub(super) amount: Decimal,
    pub(super) currency: String,
    /// `true` if the payment is to be returned.
    pub(super) is_refund: bool,
    /// `true` if the order still waits for the payment.
    pub(super) is_wanted: bool,
    pub(super) attempts: i32,
}

/// A product as it would be ordered now.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) line: Line,
    /// Units that can be ordered.
    pub(super) available: i64,
}

/// A state that an order has reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) version: i32,
    pub(super) state: State,
    pub(super) user_id: Option<UserId>,
    pub(super) created_at: DateTime<Utc>,
}

/// The side of an order on which a user stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Side {
    Buyer,
    Seller,
}

/// The reader of an order, which decides the lines that are visible.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader {
    pub(super) id: UserId,
    /// Staff see all lines of all orders.
    pub(super) is_staff: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_a_product_are_added_up_in_the_order_of_ids() {
        let item = |product_id, quantity| Item { product_id, quantity };
        let items = [item(7, 1), item(3, 2), item(7, 1_000_000)];
        assert_eq!(merged(items), [item(3, 2), item(7, 1_000_001)]);
    }

    #[test]
    fn the_largest_order_has_an_exact_total() {
        let line = Line {
            product_id: 1,
            title: String::new(),
            quantity: 100_000_000,
            price: "99999999.99".parse().expect("a decimal"),
            seller_id: UserId(1),
        };
        assert_eq!(total(&[line]).to_string(), "9999999999000000.00");
    }
}
