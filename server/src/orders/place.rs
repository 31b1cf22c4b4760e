//! Placing an order: one statement reserves the units of all lines and writes the order, or writes nothing.

use serde_json::json;
use uuid::Uuid;

use crate::error::Error;
use crate::identity::UserId;
use crate::orders::model::{Item, Offer, Order, Rules};
use crate::orders::queries;
use crate::platform::db::{Connection, Transaction};

/// Places an order of items that are merged and sorted.
pub(super) async fn place(
    tx: &Transaction,
    uuid: Uuid,
    buyer: UserId,
    items: &[Item],
    rules: &Rules,
) -> Result<Order, Error> {
    let placed = queries::place_order(tx, uuid, buyer, items, rules).await?;
    if let Some(order) = placed.order {
        return Ok(order);
    }
    known(&placed.offers, items)?;
    if placed.pending >= rules.most_pending {
        let detail = format!("You can have at most {} open orders", rules.most_pending);
        return Err(Error::Conflict(detail, json!({"limit": rules.most_pending, "limited": "orders"})));
    }
    let units: i64 = items.iter().map(|item| item.quantity).sum();
    if placed.units + units > rules.most_units {
        let detail = format!("You can have at most {} units in open orders", rules.most_units);
        return Err(Error::Conflict(detail, json!({"limit": rules.most_units, "limited": "units"})));
    }
    let short: Vec<_> = placed.offers.iter().filter(|offer| offer.available < offer.line.quantity).collect();
    if short.is_empty() {
        // The caller's account was deleted meanwhile.
        return Err(Error::Forbidden("Your account cannot place orders"));
    }
    let short: Vec<_> = short
        .into_iter()
        .map(|offer| json!({"product_id": offer.line.product_id, "available": offer.available}))
        .collect();
    Err(Error::Conflict("There are not enough units of some products".to_owned(), json!({"short": short})))
}

/// Returns the offers for items that are merged and sorted.
pub(super) async fn preview(db: &Connection, items: &[Item]) -> Result<Vec<Offer>, Error> {
    let offers = queries::list_offers(db, items).await?;
    known(&offers, items)?;
    Ok(offers)
}

/// Checks that there is an offer for each item.
fn known(offers: &[Offer], items: &[Item]) -> Result<(), Error> {
    let is_missing = |item: &&Item| !offers.iter().any(|offer| offer.line.product_id == item.product_id);
    let missing: Vec<i64> = items.iter().filter(is_missing).map(|item| item.product_id).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::Validation(
        "Some products do not exist, or are not listed".to_owned(),
        json!({"missing": missing}),
    ))
}
