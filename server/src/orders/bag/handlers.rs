//! The operations of the tag `bag`.

use agora_api::apis::bag::{self as api, Bag as BagApi};
use agora_api::models::{self, BagStateTransition as Step};
use agora_runtime::{ResourceId, Transition};
use serde_json::json;

use crate::app::App;
use crate::carts::{self, Bag, BagItem, BagLine};
use crate::error::Error;
use crate::identity::Principal;
use crate::orders::handlers::{amount, rules, to_api_offer, to_api_order};
use crate::orders::model::{Item, Line, Offer, merged};
use crate::orders::place;
use crate::platform::http::conditional::Locked;
use crate::platform::http::request::RequestContext;

impl BagApi for App {
    async fn get_bag(&self, context: &RequestContext<Principal>) -> Result<api::GetBagResponse, Error> {
        let currency = rules(self)?.currency.clone();
        let db = self.database().connection().await?;
        let found = carts::find_bag(&db, context.caller.id).await?;
        Ok(api::GetBagResponse::Status200 { body: to_api_bag(found, currency) })
    }

    async fn delete_bag(&self, context: &RequestContext<Principal>) -> Result<api::DeleteBagResponse, Error> {
        let currency = &rules(self)?.currency;
        let work = |tx| async move {
            let locked = Locked::new(carts::lock_bag(&tx, context.caller.id).await?);
            let bag = locked.require_match(context, |bag| to_api_bag(bag, currency.clone()))?;
            if let Some(bag) = bag {
                carts::delete_bag(&tx, &bag).await?;
            }
            Ok(api::DeleteBagResponse::Status204 {})
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn replace_bag_item(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
        body: models::BagItemReplace,
    ) -> Result<api::ReplaceBagItemResponse, Error> {
        let work = |tx| async move {
            let locked = carts::lock_item(&tx, self.new_id(), context.caller.id, key).await?;
            let item = locked.require_match_if_any(context, to_api_item)?;
            let line = carts::set_quantity(&tx, item, key, body.quantity).await?;
            Ok(api::ReplaceBagItemResponse::Status200 { body: to_api_line(line) })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn delete_bag_item(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
    ) -> Result<api::DeleteBagItemResponse, Error> {
        let work = |tx| async move {
            let locked = carts::lock_item(&tx, self.new_id(), context.caller.id, key).await?;
            let item = locked.require_match_if_any(context, to_api_item)?;
            carts::remove_item(&tx, &item, key).await?;
            Ok(api::DeleteBagItemResponse::Status204 {})
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn order_bag(&self, context: &RequestContext<Principal>) -> Result<api::OrderBagResponse, Error> {
        let rules = rules(self)?;
        let work = |tx| async move {
            let user = context.caller.id;
            let bag = carts::lock_bag(&tx, user).await?.filter(|bag| !bag.lines.is_empty());
            let bag = bag.ok_or_else(|| {
                Error::Conflict("There is nothing in your bag".to_owned(), json!({"lines": 0}))
            })?;
            let item = |line: &BagLine| Item { product_id: line.product_id, quantity: line.quantity };
            let items = merged(bag.lines.iter().map(item));
            let placed = place::place(&tx, self.new_id(), user, &items, rules).await;
            // The request has no products that could be invalid: one was taken off the shelf meanwhile.
            let placed = placed.map_err(|error| match error {
                Error::Validation(detail, details) => Error::Conflict(detail, details),
                error => error,
            })?;
            carts::close_bag(&tx, &bag, step(Step::Order).to).await?;
            let location = Some(format!("/api/v1/orders/{}", placed.uuid));
            Ok(api::OrderBagResponse::Status201 { body: to_api_order(placed), location })
        };
        self.writes.write_idempotent(context, work).await
    }
}

/// Returns a transition. Each of the contract is handled: the first here, the other by the server itself.
fn step(step: Step) -> Transition {
    match step {
        Step::Order | Step::Abandon => step.edge(),
    }
}

fn to_api_bag(bag: Option<Bag>, currency: String) -> models::Bag {
    let changed_at = bag.as_ref().map(|bag| bag.changed_at.into());
    let offers: Vec<Offer> = bag.into_iter().flat_map(|bag| bag.lines).map(offer).collect();
    models::Bag {
        state: models::BagState::Open,
        total: amount(offers.iter().map(|offer| offer.line.subtotal()).sum()),
        is_available: offers.iter().all(|offer| offer.available >= offer.line.quantity),
        lines: offers.into_iter().map(to_api_offer).collect(),
        currency,
        updated_at: changed_at,
    }
}

fn to_api_item(item: BagItem) -> Option<models::OrderPreviewLine> {
    item.line().map(to_api_line)
}

fn to_api_line(line: BagLine) -> models::OrderPreviewLine {
    to_api_offer(offer(line))
}

fn offer(line: BagLine) -> Offer {
    let BagLine { product_id, title, quantity, price, seller_id, available } = line;
    Offer { line: Line { product_id, title, quantity, price, seller_id }, available }
}
