//! Addresses of users: each has several, and the first is part of the user. Whoever changes one holds its user, so that
//! the address and the user that shows it never disagree.

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

/// The error for an address that the caller does not have.
pub(super) fn unknown(key: Key) -> Error {
    Error::UnknownId("You have no address of this id", key.to_string())
}

/// Adds an address of a user who is there.
pub(super) async fn add(tx: &Transaction, uuid: Uuid, owner: UserId, place: Place) -> Result<Address, Error> {
    let made = queries::insert_address(tx, uuid, owner, &place).await?;
    made.ok_or(Error::Unauthorized("The account of this token is gone"))
}

/// Holds a user's address, and the user with it, until the transaction ends.
pub(super) async fn hold(tx: &Transaction, owner: UserId, key: Key) -> Result<Address, Error> {
    queries::lock_address(tx, owner, key).await?.ok_or_else(|| unknown(key))
}

/// Puts an address that is held, or whose user is held, somewhere else. The place that it has leaves it as it is, its time
/// of change too.
pub(super) async fn set(tx: &Transaction, held: &Address, place: Place) -> Result<Address, DbError> {
    if place == held.place {
        return Ok(held.clone());
    }
    let updated_at = queries::update_address(tx, held.id, &place).await?;
    Ok(Address { place, updated_at, ..held.clone() })
}

/// Removes an address that is held.
pub(super) async fn remove(tx: &Transaction, held: &Address) -> Result<(), Error> {
    Ok(queries::delete_address(tx, held.id).await?)
}
