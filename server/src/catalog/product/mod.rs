//! What may be done with a product.

pub(super) mod queries;

use uuid::Uuid;

use crate::auth::Principal;
use crate::catalog::category;
use crate::catalog::model::{Change, Draft, Product};
use crate::catalog::queries::{find_missing_categories, find_product};
use crate::error::Error;
use crate::platform::db::Transaction;
use crate::platform::key::Key;

/// The error for a product that is not there for a caller.
pub(super) fn unknown(key: Key) -> Error {
    Error::UnknownId("No product has this id", key.to_string())
}

/// Makes a product; it is its maker's to change.
pub(super) async fn create(
    tx: &Transaction,
    uuid: Uuid,
    draft: &Draft,
    maker: &Principal,
) -> Result<Product, Error> {
    match queries::insert_product(tx, uuid, draft, maker.id).await? {
        Some(made) => Ok(made),
        None => Err(missing(tx, &draft.categories).await),
    }
}

/// Holds a product that the caller may change, until the transaction ends.
pub(super) async fn hold(tx: &Transaction, key: Key, caller: &Principal) -> Result<Product, Error> {
    let owner = queries::lock_product(tx, key).await?.ok_or_else(|| unknown(key))?;
    if !caller.may_change(Some(owner)) {
        return Err(Error::Forbidden("Only its owner or staff may change a product"));
    }
    // Another statement, so that it sees the categories that those who held it before have given it.
    find_product(tx, key).await?.ok_or_else(|| unknown(key))
}

/// Changes a product that is held. A change to what is stored already leaves it as it is, its time of change too.
pub(super) async fn change(tx: &Transaction, held: Product, change: &Change) -> Result<Product, Error> {
    if change.is_empty_for(&held) {
        return Ok(held);
    }
    match queries::update_product(tx, held.id, change).await? {
        Some(changed) => Ok(changed),
        None => Err(missing(tx, change.categories.as_deref().unwrap_or_default()).await),
    }
}

/// Removes a product that is held.
pub(super) async fn remove(tx: &Transaction, held: &Product) -> Result<(), Error> {
    Ok(queries::delete_product(tx, held.id).await?)
}

/// Nothing is written when a category is missing; this tells which.
async fn missing(tx: &Transaction, wanted: &[i64]) -> Error {
    find_missing_categories(tx, wanted).await.map_or_else(Error::from, |ids| category::missing(&ids))
}
