//! Addresses of users. A user may have several, and the first is part of the user. Changes of an address lock its user,
//! so that the address and the user that includes it never disagree.

pub(super) mod handlers;
mod model;
mod queries;
mod seed;

use agora_runtime::ResourceId;
use uuid::Uuid;

pub use model::{Address, AddressFields, AddressPatch, Geolocation};
pub(super) use queries::{count_addresses, find_address, list_addresses};
pub use seed::{SeedAddress, seed_addresses};

use crate::error::Error;
use crate::identity::UserId;
use crate::platform::db::{DbError, Transaction};
use crate::platform::http::conditional::Locked;

/// Returns the error for an address that the caller does not have.
pub(super) fn unknown(key: ResourceId) -> Error {
    Error::UnknownId("You have no address with this ID", key.to_string())
}

/// Creates an address of an existing user.
pub(super) async fn add(
    tx: &Transaction,
    uuid: Uuid,
    owner: UserId,
    fields: &AddressFields,
) -> Result<Address, Error> {
    let created = queries::insert_address(tx, uuid, owner, fields).await?;
    created.ok_or(Error::Unauthorized("The account no longer exists"))
}

/// Locks an address and its user until the transaction ends.
pub(super) async fn lock_for_update(
    tx: &Transaction,
    owner: UserId,
    key: ResourceId,
) -> Result<Locked<Address>, Error> {
    queries::lock_address(tx, owner, key).await?.map(Locked::new).ok_or_else(|| unknown(key))
}

/// Updates an address that is locked, or of which the user is locked. A change that has no effect writes nothing, and
/// the time of change is kept.
pub(super) async fn set(
    tx: &Transaction,
    locked: &Address,
    fields: AddressFields,
) -> Result<Address, DbError> {
    if fields == locked.fields {
        return Ok(locked.clone());
    }
    let updated_at = queries::update_address(tx, locked.id, &fields).await?;
    Ok(Address { fields, updated_at, ..locked.clone() })
}

/// Deletes a locked address.
pub(super) async fn remove(tx: &Transaction, locked: &Address) -> Result<(), Error> {
    Ok(queries::delete_address(tx, locked.id).await?)
}
