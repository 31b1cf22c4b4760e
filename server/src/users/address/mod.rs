//! Addresses of users. A user may have several, and the first is part of the user. Changes of an address lock its user,
//! so that the address and the user that includes it never disagree.

mod model;
mod queries;
mod seed;

use uuid::Uuid;

pub use model::{Address, Geolocation, Place, PlacePatch};
pub(super) use queries::{count_addresses, find_address, list_addresses, place};
pub use seed::{SeedAddress, seed_addresses};

use crate::error::Error;
use crate::platform::db::{DbError, Transaction};
use crate::platform::key::Key;
use crate::users::UserId;

/// Returns the error for an address that the caller does not have.
pub(super) fn unknown(key: Key) -> Error {
    Error::UnknownId("You have no address with this ID", key.to_string())
}

/// Creates an address of an existing user.
pub(super) async fn add(tx: &Transaction, uuid: Uuid, owner: UserId, place: Place) -> Result<Address, Error> {
    let made = queries::insert_address(tx, uuid, owner, &place).await?;
    made.ok_or(Error::Unauthorized("The account no longer exists"))
}

/// Locks an address and its user until the transaction ends.
pub(super) async fn hold(tx: &Transaction, owner: UserId, key: Key) -> Result<Address, Error> {
    queries::lock_address(tx, owner, key).await?.ok_or_else(|| unknown(key))
}

/// Updates an address that is locked, or of which the user is locked. A change that has no effect writes nothing, and
/// the time of change is kept.
pub(super) async fn set(tx: &Transaction, held: &Address, place: Place) -> Result<Address, DbError> {
    if place == held.place {
        return Ok(held.clone());
    }
    let updated_at = queries::update_address(tx, held.id, &place).await?;
    Ok(Address { place, updated_at, ..held.clone() })
}

/// Deletes a locked address.
pub(super) async fn remove(tx: &Transaction, held: &Address) -> Result<(), Error> {
    Ok(queries::delete_address(tx, held.id).await?)
}
