//! What may be done with a user: made, held, changed, removed.

use futures_util::future::try_join;
use uuid::Uuid;

use crate::auth::Principal;
use crate::error::Error;
use crate::platform::db::{DbError, Transaction};
use crate::users::address;
use crate::users::model::{Change, NewUser, Profile, Taken, UserKey};
use crate::users::queries;

/// What is told of a user who is not there, or not for this caller.
pub(super) const GONE: Error = Error::NotFound("No user has this id or name");

/// Makes a user, and their first address where one is given. `uuids` are for the one and the other.
///
/// # Errors
/// [`Error::Conflict`] that names what is taken: user name, e-mail address, or both.
pub async fn create(tx: &Transaction, uuids: [Uuid; 2], new: &NewUser) -> Result<Profile, Error> {
    let Some(mut made) = queries::insert_user(tx, uuids[0], new).await? else {
        return Err(taken(queries::find_taken(tx, &new.username, &new.email, None).await?));
    };
    if let Some(place) = &new.address {
        made.address = Some(address::add(tx, uuids[1], made.id, place.clone()).await?);
    }
    Ok(made)
}

/// Holds a user that the caller may change, and their addresses, until the transaction ends.
pub(super) async fn hold(
    tx: &Transaction,
    key: &UserKey<'_>,
    principal: &Principal,
) -> Result<Profile, Error> {
    let held = queries::lock_user(tx, key).await?.filter(|user| user.is_known_to(Some(principal)));
    let held = held.ok_or(GONE)?;
    if held.may_be_changed_by(principal) {
        Ok(held)
    } else {
        Err(Error::Forbidden("Only they themselves or staff may change a user, and only admins staff"))
    }
}

/// Changes a user who is held. `uuid` is for the first address where there was none.
pub(super) async fn change(
    tx: &Transaction,
    held: Profile,
    change: Change,
    uuid: Uuid,
) -> Result<Profile, Error> {
    if change == Change::default() {
        return Ok(held);
    }
    let place = match (change.address.clone(), &held.address) {
        (None, _) => None,
        (Some(patch), Some(address)) => Some(patch.applied(&address.place)),
        (Some(patch), None) => Some(patch.whole()?),
    };
    let password_hash = change.password_hash.clone();
    let mut next = change.applied(&held);
    if next.username != held.username || next.email != held.email {
        let found = queries::find_taken(tx, &next.username, &next.email, Some(held.id)).await?;
        if found != Taken::default() {
            return Err(taken(found));
        }
    }
    let update =
        async { queries::update_user(tx, &next, password_hash.as_deref()).await.map_err(taken_meanwhile) };
    let settle = async {
        Ok(match (place, &held.address) {
            (None, _) => held.address.clone(),
            (Some(place), Some(address)) => Some(address::set(tx, address, place).await?),
            (Some(place), None) => Some(address::add(tx, uuid, held.id, place).await?),
        })
    };
    let (updated_at, address) = try_join(update, settle).await?;
    (next.updated_at, next.address) = (updated_at, address);
    Ok(next)
}

/// Removes a user who is held, with their addresses.
pub(super) async fn remove(tx: &Transaction, held: &Profile) -> Result<(), Error> {
    Ok(queries::delete_user(tx, held.id).await?)
}

fn taken(found: Taken) -> Error {
    let detail = match found {
        Taken { username: true, email: true } => "Other users have this user name and this e-mail address",
        Taken { email: true, .. } => "Another user has this e-mail address",
        Taken { .. } => "Another user has this user name",
    };
    Error::all_taken(&found.fields(), detail)
}

/// Somebody took it between the look and the write.
fn taken_meanwhile(error: DbError) -> Error {
    match error.constraint() {
        Some("users_username_key") => taken(Taken { username: true, email: false }),
        Some("users_email_key") => taken(Taken { username: false, email: true }),
        _ => error.into(),
    }
}
