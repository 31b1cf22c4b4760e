//! The operations of the tag `orders`.

use agora_api::apis::orders::{self as api, Orders};
use agora_api::models::{self, OrderStateTransition as Step};
use agora_runtime::Transition;
use futures_util::future::{try_join, try_join3};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::app::App;
use crate::error::Error;
use crate::identity::Principal;
use crate::orders::change::{self, reader, unknown};
use crate::orders::model::{self, Event, Item, Line, Offer, Order, Payment, Rules, Side, State};
use crate::orders::{place, queries};
use crate::platform::http::request::RequestContext;
use crate::platform::pagination::{Links, Order as Direction, Total};

impl Orders for App {
    async fn list_orders(
        &self,
        context: &RequestContext<Principal>,
        query: api::ListOrdersQuery,
    ) -> Result<api::ListOrdersResponse, Error> {
        let user = context.caller.id;
        let side = match query.filter_role {
            Some(models::OrderRole::Seller) => Side::Seller,
            Some(models::OrderRole::Buyer) | None => Side::Buyer,
        };
        let state = query.filter_state.map(from_api_state);
        let name = format!("orders of {} as {side:?} in {state:?}", user.0);
        let list = self.pager.list(context, &query, name)?.ordered(Direction::NewestFirst);
        let db = self.database().connection().await?;
        let rows = queries::list_orders(&db, user, side, state, list.keyset());
        let (rows, count) = try_join(rows, queries::count_orders(&db, user, side, state)).await?;
        let total = Total::from_count(count);
        Ok(list.page(
            rows,
            total,
            |order| order.id,
            |rows, Links { next, previous }| models::OrderPage {
                data: rows.into_iter().map(to_api_order).collect(),
                meta: models::PageMeta { next, prev: previous, total: total.count },
            },
        ))
    }

    async fn create_order(
        &self,
        context: &RequestContext<Principal>,
        body: models::Basket,
    ) -> Result<api::CreateOrderResponse, Error> {
        let rules = rules(self)?;
        let items = &items(body.items);
        let work = |tx| async move {
            let placed = place::place(&tx, self.new_id(), context.caller.id, items, rules).await?;
            let location = Some(format!("/api/v1/orders/{}", placed.uuid));
            Ok(api::CreateOrderResponse::Status201 { body: to_api_order(placed), location })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn preview_order(
        &self,
        _: &RequestContext<Principal>,
        body: models::Basket,
    ) -> Result<api::PreviewOrderResponse, Error> {
        let currency = rules(self)?.currency.clone();
        let db = self.database().connection().await?;
        let offers = place::preview(&db, &items(body.items)).await?;
        let is_available = offers.iter().all(|offer| offer.available >= offer.line.quantity);
        let total = offers.iter().map(|offer| offer.line.subtotal()).sum();
        let lines = offers.into_iter().map(to_api_offer).collect();
        let body = models::OrderPreview { lines, total: amount(total), currency, is_available };
        Ok(api::PreviewOrderResponse::Status200 { body })
    }

    async fn get_order(
        &self,
        context: &RequestContext<Principal>,
        key: Uuid,
    ) -> Result<api::GetOrderResponse, Error> {
        let db = self.database().connection().await?;
        let found = queries::find_order(&db, key, reader(&context.caller)).await?;
        let body = to_api_order(found.ok_or_else(|| unknown(key))?);
        Ok(api::GetOrderResponse::Status200 { body })
    }

    async fn list_order_events(
        &self,
        context: &RequestContext<Principal>,
        key: Uuid,
        query: api::ListOrderEventsQuery,
    ) -> Result<api::ListOrderEventsResponse, Error> {
        let list = self.pager.list(context, &query, format!("events of {key}"))?;
        let db = self.database().connection().await?;
        let found = queries::find_order(&db, key, reader(&context.caller));
        let rows = queries::list_events(&db, key, list.keyset());
        let (found, rows, count) = try_join3(found, rows, queries::count_events(&db, key)).await?;
        found.ok_or_else(|| unknown(key))?;
        let total = Total::from_count(count);
        Ok(list.page(
            rows,
            total,
            |event| i64::from(event.version),
            |rows, Links { next, previous }| models::OrderEventPage {
                data: rows.into_iter().map(to_api_event).collect(),
                meta: models::PageMeta { next, prev: previous, total: total.count },
            },
        ))
    }

    async fn confirm_order(
        &self,
        context: &RequestContext<Principal>,
        key: Uuid,
        body: models::OrderConfirm,
    ) -> Result<api::ConfirmOrderResponse, Error> {
        let payment = &Payment { method: body.payment.method, token: body.payment.token };
        let work = |tx| async move {
            let step = step(Step::Confirm);
            let body = to_api_order(change::confirm(&tx, key, step, payment, &context.caller).await?);
            Ok(api::ConfirmOrderResponse::Status200 { body })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn cancel_order(
        &self,
        context: &RequestContext<Principal>,
        key: Uuid,
    ) -> Result<api::CancelOrderResponse, Error> {
        let work = |tx| async move {
            let body = to_api_order(change::cancel(&tx, key, step(Step::Cancel), &context.caller).await?);
            Ok(api::CancelOrderResponse::Status200 { body })
        };
        self.writes.write_idempotent(context, work).await
    }
}

/// Returns a transition. Each of the contract is handled: the first two here, the others by the server itself.
fn step(step: Step) -> Transition {
    match step {
        Step::Confirm | Step::Cancel | Step::Expire | Step::Accept | Step::Reject => step.edge(),
    }
}

pub(super) fn rules(app: &App) -> Result<&Rules, Error> {
    app.states.get().ok_or_else(|| Error::Internal("the rules of orders are not set".to_owned()))
}

/// Merges and sorts the items of a body.
fn items(items: Vec<models::OrderItem>) -> Vec<Item> {
    model::merged(items.into_iter().map(|item| Item { product_id: item.product_id, quantity: item.quantity }))
}

/// Formats an amount of money with two decimals.
pub(super) fn amount(amount: Decimal) -> String {
    format!("{amount:.2}")
}

pub(super) fn to_api_order(order: Order) -> models::Order {
    models::Order {
        id: order.uuid,
        state: to_api_state(order.state),
        buyer_id: order.buyer_id.0,
        total: amount(model::total(&order.lines)),
        lines: order.lines.into_iter().map(to_api_line).collect(),
        currency: order.currency,
        expires_at: order.expires_at.into(),
        created_at: order.created_at.into(),
        updated_at: order.updated_at.map(Into::into),
    }
}

fn to_api_line(line: Line) -> models::OrderLine {
    models::OrderLine {
        product_id: line.product_id,
        quantity: line.quantity,
        price: amount(line.price),
        subtotal: amount(line.subtotal()),
        seller_id: line.seller_id.0,
        title: line.title,
    }
}

pub(super) fn to_api_offer(Offer { line, available }: Offer) -> models::OrderPreviewLine {
    models::OrderPreviewLine {
        product_id: line.product_id,
        quantity: line.quantity,
        price: amount(line.price),
        subtotal: amount(line.subtotal()),
        seller_id: line.seller_id.0,
        title: line.title,
        available,
    }
}

fn to_api_event(event: Event) -> models::OrderEvent {
    models::OrderEvent {
        version: event.version.into(),
        state: to_api_state(event.state),
        user_id: event.user_id.map(|user| user.0),
        created_at: event.created_at.into(),
    }
}

fn to_api_state(state: State) -> models::OrderState {
    match state {
        State::PendingConfirmation => models::OrderState::OrderPendingConfirmation,
        State::Confirmed => models::OrderState::OrderConfirmed,
        State::Accepted => models::OrderState::OrderAccepted,
        State::Rejected => models::OrderState::OrderRejected,
        State::NotConfirmed => models::OrderState::OrderNotConfirmed,
        State::Cancelled => models::OrderState::OrderCancelled,
    }
}

fn from_api_state(state: models::OrderState) -> State {
    match state {
        models::OrderState::OrderPendingConfirmation => State::PendingConfirmation,
        models::OrderState::OrderConfirmed => State::Confirmed,
        models::OrderState::OrderAccepted => State::Accepted,
        models::OrderState::OrderRejected => State::Rejected,
        models::OrderState::OrderNotConfirmed => State::NotConfirmed,
        models::OrderState::OrderCancelled => State::Cancelled,
    }
}
