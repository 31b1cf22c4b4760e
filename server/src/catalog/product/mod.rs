//! Operations on products.

pub(super) mod queries;

use agora_runtime::{ResourceId, Transition};
use serde_json::json;
use uuid::Uuid;

use crate::catalog::category;
use crate::catalog::category::queries::find_missing_categories;
use crate::catalog::model::{Change, Draft, First, Product, State};
use crate::catalog::queries::{find_missing_tags, find_product};
use crate::error::Error;
use crate::identity::Principal;
use crate::platform::db::Transaction;
use crate::platform::http::conditional::Locked;

/// Returns the error for a product that does not exist.
pub(super) fn unknown(key: ResourceId) -> Error {
    Error::UnknownId("No product has this ID", key.to_string())
}

/// Creates a product owned by the caller.
pub(super) async fn create(
    tx: &Transaction,
    uuid: Uuid,
    draft: &Draft,
    first: First,
    maker: &Principal,
) -> Result<Product, Error> {
    match queries::insert_product(tx, uuid, draft, first, maker.id).await? {
        Some(created) => Ok(created),
        None => Err(missing(tx, &draft.categories, &draft.tags).await),
    }
}

/// Locks the row of a product until the transaction ends, after checking that the caller may change it. Returns its ID. The
/// tags that the change needs are locked before.
pub(super) async fn lock(
    tx: &Transaction,
    key: ResourceId,
    caller: &Principal,
    tags: &[Uuid],
) -> Result<i64, Error> {
    let locked = queries::lock_product(tx, key, tags).await?.ok_or_else(|| unknown(key))?;
    if caller.may_change(Some(locked.owner)) {
        Ok(locked.id)
    } else if locked.state == Some(State::Active) {
        Err(Error::Forbidden("Only the owner or staff may change this product"))
    } else {
        Err(unknown(key))
    }
}

/// Locks a product as [`lock`] does, and returns it.
pub(super) async fn lock_for_update(
    tx: &Transaction,
    key: ResourceId,
    caller: &Principal,
    tags: &[Uuid],
) -> Result<Locked<Product>, Error> {
    lock(tx, key, caller, tags).await?;
    // A separate statement, so that it sees the categories written by earlier lock holders.
    find_product(tx, key).await?.map(Locked::new).ok_or_else(|| unknown(key))
}

/// Changes a locked product. A change that has no effect writes nothing, and the time of change is kept.
pub(super) async fn change(tx: &Transaction, locked: Product, change: &Change) -> Result<Product, Error> {
    if change.is_empty_for(&locked) {
        return Ok(locked);
    }
    match queries::update_product(tx, locked.id, change).await? {
        Some(changed) => Ok(changed),
        None => {
            let (categories, tags) = (&change.categories, &change.tags);
            let (categories, tags) = (categories.as_deref(), tags.as_deref());
            Err(missing(tx, categories.unwrap_or_default(), tags.unwrap_or_default()).await)
        }
    }
}

/// Changes the state of a locked product. A product that is in the state already is returned as it is.
pub(super) async fn change_state(
    tx: &Transaction,
    locked: Product,
    transition: Transition,
    refusal: &str,
) -> Result<Product, Error> {
    let Some(state) = State::named(transition.to) else {
        return Err(Error::Internal(format!("{} leads to no stored state", transition.name)));
    };
    if locked.state == state {
        return Ok(locked);
    }
    if !transition.from.contains(&locked.state.name()) {
        return Err(Error::Conflict(refusal.to_owned(), json!({"state": locked.state.name()})));
    }
    let updated_at = queries::update_state(tx, locked.id, state).await?;
    Ok(Product { state, updated_at, ..locked })
}

/// Deletes a locked product.
pub(super) async fn remove(tx: &Transaction, locked: &Product) -> Result<(), Error> {
    Ok(queries::delete_product(tx, locked.id).await?)
}

/// Returns the error for missing categories or tags, which the statement that wrote nothing does not name.
async fn missing(tx: &Transaction, categories: &[i64], tags: &[Uuid]) -> Error {
    match find_missing_categories(tx, categories).await {
        Ok(ids) if ids.is_empty() => find_missing_tags(tx, tags).await.map_or_else(Error::from, |ids| {
            Error::Validation("Some tag IDs do not exist".to_owned(), json!({"missing": ids}))
        }),
        Ok(ids) => category::missing(&ids),
        Err(error) => error.into(),
    }
}
