//! Tags. Staff manage them; owners give them to their products.

mod handlers;
mod queries;

use agora_runtime::ResourceId;
use serde_json::json;
use uuid::Uuid;

use crate::catalog::model::Tag;
use crate::catalog::product;
use crate::error::Error;
use crate::identity::Principal;
use crate::platform::db::{DbError, Transaction};
use crate::platform::http::conditional::Locked;

/// Maximum number of tags of a product.
const MOST_TAGS: i64 = 100;

/// The data of a tag.
#[derive(Clone, Copy, Debug)]
struct Fields<'a> {
    name: &'a str,
    description: &'a str,
}

/// Returns the error for a tag that does not exist.
fn unknown(id: Uuid) -> Error {
    Error::UnknownId("No tag has this ID", id.to_string())
}

/// Creates a tag.
async fn create(tx: &Transaction, uuid: Uuid, fields: Fields<'_>) -> Result<Tag, Error> {
    let created = queries::insert_tag(tx, uuid, fields).await.map_err(taken)?;
    created.ok_or_else(|| Error::Internal("a tag was inserted and not returned".to_owned()))
}

/// Locks a tag until the transaction ends.
async fn lock_for_update(tx: &Transaction, id: Uuid) -> Result<Locked<Tag>, Error> {
    queries::lock_tag(tx, id).await?.map(Locked::new).ok_or_else(|| unknown(id))
}

/// Changes a locked tag. A change that has no effect writes nothing, and the time of change is kept.
async fn change(tx: &Transaction, locked: Tag, fields: Fields<'_>) -> Result<Tag, Error> {
    if (fields.name, fields.description) == (&*locked.name, &*locked.description) {
        return Ok(locked);
    }
    let is_renamed = fields.name != locked.name;
    let changed = queries::update_tag(tx, locked.id, fields, is_renamed).await.map_err(taken)?;
    changed.ok_or_else(|| unknown(locked.uuid))
}

/// Deletes a locked tag. Products lose it.
async fn remove(tx: &Transaction, locked: &Tag) -> Result<(), Error> {
    Ok(queries::delete_tag(tx, locked.id).await?)
}

/// Gives a tag to a product, if it does not have it yet.
async fn add_to_product(
    tx: &Transaction,
    key: ResourceId,
    id: Uuid,
    caller: &Principal,
) -> Result<(), Error> {
    let product = product::lock(tx, key, caller, &[id]).await?;
    let Some(has_room) = queries::tag_product(tx, product, id, MOST_TAGS).await? else {
        return Err(unknown(id));
    };
    if has_room {
        Ok(())
    } else {
        let detail = "A product can have at most 100 tags".to_owned();
        Err(Error::Conflict(detail, json!({"limit": MOST_TAGS})))
    }
}

/// Takes a tag from a product.
async fn remove_from_product(
    tx: &Transaction,
    key: ResourceId,
    id: Uuid,
    caller: &Principal,
) -> Result<(), Error> {
    let product = product::lock(tx, key, caller, &[id]).await?;
    if queries::untag_product(tx, product, id).await? {
        Ok(())
    } else {
        Err(Error::UnknownId("The product does not have this tag", id.to_string()))
    }
}

fn taken(error: DbError) -> Error {
    match error.constraint() {
        Some("tags_name_key") => Error::taken("name", "Another tag has this name"),
        _ => error.into(),
    }
}
