//! Stock of products, and the ledger of its movements. Owners and staff set it; orders reserve, release and sell units.

mod handlers;
mod queries;

use agora_runtime::ResourceId;
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use crate::catalog::model::State;
use crate::catalog::product::unknown;
use crate::error::Error;
use crate::identity::{Principal, UserId};
use crate::platform::db::Transaction;
use crate::platform::http::conditional::Locked;

/// Maximum number of units to which the available ones of a product can be set. Units that orders release come on top.
const MOST: i64 = 1_000_000_000;

/// All units of a product.
#[derive(Clone, Copy, Debug)]
struct Stock {
    product_id: i64,
    available: i64,
    reserved: i64,
    sold: i64,
    supplied: i64,
    updated_at: Option<DateTime<Utc>>,
}

/// The stock of a product, and what decides who may see it.
struct Owned {
    stock: Stock,
    owner: UserId,
    state: State,
}

/// An entry of the ledger.
#[derive(Clone, Debug)]
struct Movement {
    id: i64,
    uuid: Uuid,
    kind: Kind,
    quantity: i64,
    order_id: Option<Uuid>,
    user_id: Option<UserId>,
    reason: Option<String>,
    created_at: DateTime<Utc>,
}

/// The kind of a movement.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Supplied,
    Adjusted,
    Reserved,
    Released,
    Sold,
}

impl Kind {
    /// Parses the name of a kind, as stored in the database.
    fn named(name: &str) -> Option<Self> {
        match name {
            "SUPPLIED" => Some(Self::Supplied),
            "ADJUSTED" => Some(Self::Adjusted),
            "RESERVED" => Some(Self::Reserved),
            "RELEASED" => Some(Self::Released),
            "SOLD" => Some(Self::Sold),
            _ => None,
        }
    }
}

/// Returns the stock of a product if the caller may see all of it.
fn permitted(owned: Option<Owned>, key: ResourceId, caller: &Principal) -> Result<Stock, Error> {
    let owned = owned.ok_or_else(|| unknown(key))?;
    if caller.may_change(Some(owned.owner)) {
        Ok(owned.stock)
    } else if owned.state == State::Active {
        Err(Error::Forbidden("Only the owner or staff may see and change the stock of this product"))
    } else {
        Err(unknown(key))
    }
}

/// Locks the stock of a product until the transaction ends, after checking that the caller may change it.
async fn lock_for_update(
    tx: &Transaction,
    key: ResourceId,
    caller: &Principal,
) -> Result<Locked<Stock>, Error> {
    permitted(queries::lock_stock(tx, key).await?, key, caller).map(Locked::new)
}

/// Adds units to a locked stock, or takes them out. Nothing is written without a difference.
async fn change(
    tx: &Transaction,
    locked: Stock,
    delta: i64,
    reason: Option<&str>,
    actor: &Principal,
) -> Result<Stock, Error> {
    if delta == 0 {
        return Ok(locked);
    }
    let available = locked.available.saturating_add(delta);
    if available < 0 {
        let detail = format!("Only {} units are available", locked.available);
        return Err(Error::Conflict(detail, json!({"available": locked.available})));
    }
    if available > MOST {
        let detail = "A product can have at most 1,000,000,000 available units".to_owned();
        return Err(Error::Conflict(detail, json!({"limit": MOST})));
    }
    let changed = queries::change_stock(tx, locked.product_id, delta, reason, actor.id).await?;
    changed.ok_or_else(|| Error::Internal("the stock of a product is missing".to_owned()))
}
