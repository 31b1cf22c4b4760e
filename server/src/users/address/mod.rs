//! Addresses of users: each has several, and the first is part of the user. Whoever changes one holds its user, so that
//! the address and the user that shows it never disagree.

mod model;
mod queries;
mod seed;

use uuid::Uuid;

pub use model::{Address, Geolocation, Place, PlacePatch};
pub(super) use queries::{count_addresses, list_addresses, place};
pub use seed::{SeedAddress, seed_addresses};

use crate::error::Error;
use crate::platform::db::{DbError, Transaction};
use crate::platform::key::Key;
use crate::users::UserId;

const GONE: Error = Error::NotFound("You have no address of this id");

/// Adds an address of a user who is there.
pub(super) async fn add(tx: &Transaction, uuid: Uuid, owner: UserId, place: Place) -> Result<Address, Error> {
    let made = queries::insert_address(tx, uuid, owner, &place).await?;
    made.ok_or(Error::Unauthorized("The account of this token is gone"))
}

/// Holds a user's address, and the user with it, until the transaction ends.
pub(super) async fn hold(tx: &Transaction, owner: UserId, key: Key) -> Result<Address, Error> {
    queries::lock_address(tx, owner, key).await?.ok_or(GONE)
}

/// Puts an address that is held, or whose user is held, somewhere else.
pub(super) async fn set(tx: &Transaction, held: &Address, place: Place) -> Result<Address, DbError> {
    let updated_at = queries::update_address(tx, held.id, &place).await?;
    Ok(Address { place, updated_at, ..held.clone() })
}

/// Removes an address that is held.
pub(super) async fn remove(tx: &Transaction, held: &Address) -> Result<(), Error> {
    Ok(queries::delete_address(tx, held.id).await?)
}
