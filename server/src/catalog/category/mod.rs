//! Operations on categories.

mod handlers;
pub(super) mod queries;

use agora_runtime::ResourceId;
use serde_json::json;
use uuid::Uuid;

use crate::catalog::model::Category;
use crate::error::Error;
use crate::identity::Principal;
use crate::platform::db::{DbError, Transaction};
use crate::platform::http::conditional::Locked;

/// Returns the error for a category that does not exist.
pub(in crate::catalog) fn unknown(key: ResourceId) -> Error {
    Error::UnknownId("No category has this ID", key.to_string())
}

/// Creates a category owned by the caller.
pub(in crate::catalog) async fn create(
    tx: &Transaction,
    uuid: Uuid,
    name: &str,
    maker: &Principal,
) -> Result<Category, Error> {
    let created = queries::insert_category(tx, uuid, name, maker.id).await.map_err(taken)?;
    created.ok_or_else(|| Error::Internal("a category was inserted and not returned".to_owned()))
}

/// Locks a category until the transaction ends, after checking that the caller may change it.
pub(in crate::catalog) async fn lock_for_update(
    tx: &Transaction,
    key: ResourceId,
    caller: &Principal,
) -> Result<Locked<Category>, Error> {
    let category = queries::lock_category(tx, key).await?.ok_or_else(|| unknown(key))?;
    if caller.may_change(category.created_by) {
        Ok(Locked::new(category))
    } else {
        Err(Error::Forbidden("Only the creator or staff may change this category"))
    }
}

/// Renames a locked category. The current name writes nothing, and the time of change is kept.
pub(in crate::catalog) async fn rename(
    tx: &Transaction,
    locked: Category,
    name: &str,
) -> Result<Category, Error> {
    if locked.name == name {
        return Ok(locked);
    }
    let renamed = queries::update_category(tx, locked.id, name).await.map_err(taken)?;
    renamed.ok_or_else(|| unknown(ResourceId::Id(locked.id)))
}

/// Deletes a locked category.
pub(in crate::catalog) async fn remove(tx: &Transaction, locked: &Category) -> Result<(), Error> {
    Ok(queries::delete_category(tx, locked.id).await?)
}

/// Returns the error for IDs that no category has.
pub(in crate::catalog) fn missing(ids: &[i64]) -> Error {
    Error::Validation("Some category IDs do not exist".to_owned(), json!({"missing": ids}))
}

fn taken(error: DbError) -> Error {
    match error.constraint() {
        Some("categories_name_key") => Error::taken("name", "Another category has this name"),
        _ => error.into(),
    }
}
