//! The operations of the tag `stock`.

use agora_api::apis::stock::{self as api, Stock as StockApi};
use agora_api::models;
use agora_runtime::ResourceId;
use futures_util::future::try_join3;

use crate::app::App;
use crate::catalog::stock::{Kind, Movement, Stock, change, lock_for_update, permitted, queries};
use crate::error::Error;
use crate::identity::Principal;
use crate::platform::http::request::RequestContext;
use crate::platform::pagination::{Links, Order, Total};

impl StockApi for App {
    async fn get_stock(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
    ) -> Result<api::GetStockResponse, Error> {
        let db = self.database().connection().await?;
        let found = permitted(queries::find_stock(&db, key).await?, key, &context.caller)?;
        Ok(api::GetStockResponse::Status200 { body: to_api_stock(found) })
    }

    async fn replace_stock(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
        body: models::StockReplace,
    ) -> Result<api::ReplaceStockResponse, Error> {
        let models::StockReplace { available, reason } = &body;
        let work = |tx| async move {
            let caller = &context.caller;
            let locked = lock_for_update(&tx, key, caller).await?.require_match(context, to_api_stock)?;
            let delta = available - locked.available;
            let body = to_api_stock(change(&tx, locked, delta, reason.as_deref(), caller).await?);
            Ok(api::ReplaceStockResponse::Status200 { body })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn patch_stock(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
        body: models::StockPatch,
    ) -> Result<api::PatchStockResponse, Error> {
        let models::StockPatch { delta, reason } = &body;
        let work = |tx| async move {
            let caller = &context.caller;
            let locked = lock_for_update(&tx, key, caller).await?.require_match(context, to_api_stock)?;
            let delta = delta.unwrap_or_default();
            let body = to_api_stock(change(&tx, locked, delta, reason.as_deref(), caller).await?);
            Ok(api::PatchStockResponse::Status200 { body })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn list_stock_movements(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
        query: api::ListStockMovementsQuery,
    ) -> Result<api::ListStockMovementsResponse, Error> {
        let list = self.pager.list(context, &query, format!("movements of {key}"))?;
        let list = list.ordered(Order::NewestFirst);
        let db = self.database().connection().await?;
        let stock = queries::find_stock(&db, key);
        let rows = queries::list_movements(&db, key, list.keyset());
        let count = queries::count_movements(&db, key);
        let (stock, rows, count) = try_join3(stock, rows, count).await?;
        permitted(stock, key, &context.caller)?;
        let total = Total::from_count(count);
        Ok(list.page(
            rows,
            total,
            |movement| movement.id,
            |rows, Links { next, previous }| models::MovementPage {
                data: rows.into_iter().map(to_api_movement).collect(),
                meta: models::PageMeta { next, prev: previous, total: total.count },
            },
        ))
    }
}

fn to_api_stock(stock: Stock) -> models::Stock {
    models::Stock {
        product_id: stock.product_id,
        available: stock.available,
        reserved: stock.reserved,
        sold: stock.sold,
        supplied: stock.supplied,
        updated_at: stock.updated_at.map(Into::into),
    }
}

fn to_api_movement(movement: Movement) -> models::Movement {
    models::Movement {
        id: movement.uuid,
        kind: match movement.kind {
            Kind::Supplied => models::MovementKind::Supplied,
            Kind::Adjusted => models::MovementKind::Adjusted,
            Kind::Reserved => models::MovementKind::Reserved,
            Kind::Released => models::MovementKind::Released,
            Kind::Sold => models::MovementKind::Sold,
        },
        quantity: movement.quantity,
        order_id: movement.order_id,
        user_id: movement.user_id.map(|user| user.0),
        reason: movement.reason,
        created_at: movement.created_at.into(),
    }
}
