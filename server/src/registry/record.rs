//! Operations on records of the registry.

use crate::error::Error;
use crate::platform::db::{DbError, Transaction};
use crate::platform::http::conditional::Locked;
use crate::registry::model::{Change, Draft, Record};
use crate::registry::queries;

/// Returns the error for a record that does not exist.
pub(super) fn unknown(israeli_id: &str) -> Error {
    Error::UnknownId("No person has this ID", israeli_id.to_owned())
}

/// Creates a record.
pub(super) async fn create(tx: &Transaction, draft: &Draft) -> Result<Record, Error> {
    let created = queries::insert_record(tx, draft).await.map_err(taken)?;
    created.ok_or_else(|| Error::Internal("a record was inserted and not returned".to_owned()))
}

/// Locks a record until the transaction ends.
pub(super) async fn lock_for_update(tx: &Transaction, israeli_id: &str) -> Result<Locked<Record>, Error> {
    queries::lock_record(tx, israeli_id).await?.map(Locked::new).ok_or_else(|| unknown(israeli_id))
}

/// Changes a locked record. A change that has no effect writes nothing.
pub(super) async fn change(tx: &Transaction, locked: Record, change: &Change) -> Result<Record, Error> {
    if change.is_empty_for(&locked) {
        return Ok(locked);
    }
    let changed = queries::update_record(tx, locked.row, change).await?;
    changed.ok_or_else(|| unknown(&locked.israeli_id))
}

/// Deletes a locked record.
pub(super) async fn remove(tx: &Transaction, locked: &Record) -> Result<(), Error> {
    Ok(queries::delete_record(tx, locked.row).await?)
}

fn taken(error: DbError) -> Error {
    match error.constraint() {
        Some("registry_users_israeli_id_key") => Error::taken("id", "Another person has this ID"),
        _ => error.into(),
    }
}
