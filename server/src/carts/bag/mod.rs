//! Bags: carts that are ordered as a whole. A user has at most one that is open, which exists once a product was put in.

mod queries;

use agora_runtime::ResourceId;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use crate::carts::model::MOST_PRODUCTS;
use crate::error::Error;
use crate::identity::UserId;
use crate::platform::db::Transaction;
use crate::platform::http::conditional::Locked;

pub use queries::{abandon_bags, find_bag, lock_bag};

/// The open bag of a user.
#[derive(Clone, Debug)]
pub struct Bag {
    /// ID of the cart.
    pub id: i64,
    /// Time of the last change.
    pub changed_at: DateTime<Utc>,
    /// Lines in the order in which they were added, of products that are listed.
    pub lines: Vec<BagLine>,
}

/// A product in a bag, as it would be ordered now.
#[derive(Clone, Debug)]
pub struct BagLine {
    pub product_id: i64,
    pub title: String,
    pub quantity: i64,
    pub price: Decimal,
    pub seller_id: UserId,
    /// Units of the product that can be ordered.
    pub available: i64,
}

/// A product of a request, and the locked bag that it is in or is put into.
#[derive(Clone, Debug)]
pub struct BagItem {
    bag: i64,
    /// `false` for a product that was taken off the shelf since it was put into the bag. It can only be removed.
    is_listed: bool,
    /// The product with its quantity in the bag, or 0 if it is not in there.
    line: BagLine,
}

impl BagItem {
    /// Returns the line, if the product is in the bag.
    pub fn line(self) -> Option<BagLine> {
        (self.is_listed && self.line.quantity > 0).then_some(self.line)
    }
}

fn unknown(key: ResourceId) -> Error {
    Error::UnknownId("No product has this ID", key.to_string())
}

/// Locks the bag of a user, which is opened if there is none, for a change of one product.
///
/// # Errors
/// Returns [`Error::UnknownId`] for a product that is neither listed nor in the bag, and [`Error::Aborted`] if the bag is closed
/// meanwhile.
pub async fn lock_item(
    tx: &Transaction,
    uuid: Uuid,
    user: UserId,
    key: ResourceId,
) -> Result<Locked<BagItem>, Error> {
    let found = queries::lock_item(tx, uuid, user, key).await?;
    let queries::Found { bag, is_listed, line } = found.ok_or_else(|| unknown(key))?;
    let bag = bag.ok_or_else(|| Error::Aborted("the bag was closed meanwhile".to_owned()))?;
    Ok(Locked::new(BagItem { bag, is_listed, line }))
}

/// Sets the quantity of the product of a locked bag.
///
/// # Errors
/// Returns [`Error::UnknownId`] for a product that is not listed, and [`Error::Conflict`] if the bag would have too many.
pub async fn set_quantity(
    tx: &Transaction,
    locked: BagItem,
    key: ResourceId,
    quantity: i64,
) -> Result<BagLine, Error> {
    let BagItem { bag, is_listed, line } = locked;
    if !is_listed {
        return Err(unknown(key));
    }
    let products = queries::set_line(tx, bag, line.product_id, quantity).await?;
    if products > MOST_PRODUCTS {
        let detail = "A bag can have at most 100 products".to_owned();
        return Err(Error::Conflict(detail, json!({"limit": MOST_PRODUCTS})));
    }
    Ok(BagLine { quantity, ..line })
}

/// Removes the product from a locked bag.
///
/// # Errors
/// Returns [`Error::UnknownId`] if it is not in there.
pub async fn remove_item(tx: &Transaction, locked: &BagItem, key: ResourceId) -> Result<(), Error> {
    if locked.line.quantity == 0 {
        return Err(Error::UnknownId("This product is not in your bag", key.to_string()));
    }
    Ok(queries::delete_line(tx, locked.bag, locked.line.product_id).await?)
}

/// Deletes a locked bag.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn delete_bag(tx: &Transaction, locked: &Bag) -> Result<(), Error> {
    Ok(queries::delete_bag(tx, locked.id).await?)
}

/// Ends a locked bag in another state.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn close_bag(tx: &Transaction, locked: &Bag, state: &str) -> Result<(), Error> {
    Ok(queries::close_bag(tx, locked.id, state).await?)
}
