//! What may be done with a user: made, held, changed, removed.

use futures_util::future::{join, try_join};
use secrecy::SecretString;
use uuid::Uuid;

use crate::app::App;
use crate::auth::{self, Principal, Reason};
use crate::error::Error;
use crate::platform::db::{DbError, Transaction};
use crate::users::address;
use crate::users::model::{
    Change, Confirmation, NewUser, PasswordChange, Profile, Taken, UserKey, check_password,
};
use crate::users::queries;

/// The error for a user who is not there, or not for this caller.
pub(super) fn unknown(key: &UserKey<'_>) -> Error {
    Error::UnknownId("No user has this id or name", key.to_string())
}

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
    changeable(queries::lock_user(tx, key).await?, key, principal)
}

/// A user that was found, if the caller may change them.
fn changeable(found: Option<Profile>, key: &UserKey<'_>, principal: &Principal) -> Result<Profile, Error> {
    let found = found.filter(|user| user.is_known_to(Some(principal))).ok_or_else(|| unknown(key))?;
    if found.may_be_changed_by(principal) {
        Ok(found)
    } else {
        Err(Error::Forbidden("Only they themselves or staff may change a user, and only admins staff"))
    }
}

/// The passwords that were sent with a change.
pub(super) struct Passwords {
    /// The one to be.
    pub(super) new: Option<String>,
    /// The current one, as its user says.
    pub(super) old: Option<String>,
}

/// What the passwords that were sent with a change say; `username` is the one to be, where it is changed too. Those who may not change the user are told so here: from the time
/// that this takes they could else tell whether they have guessed the password. All else is refused within the
/// transaction, which a retry with its key does not reach.
pub(super) async fn passwords(
    app: &App,
    key: &UserKey<'_>,
    principal: &Principal,
    username: Option<&str>,
    passwords: Passwords,
) -> Result<(PasswordChange, Confirmation), Error> {
    let unchanged = (PasswordChange::Untouched, Confirmation::Missing);
    if passwords.new.is_none() && passwords.old.is_none() {
        return Ok(unchanged);
    }
    let (is_self, current) = {
        // Given back before anything is hashed.
        let db = app.database().connection().await?;
        let found = try_join(queries::find_user(&db, key), queries::find_password_hash(&db, key)).await?;
        let (Some(user), Some(current)) = found else { return Ok(unchanged) };
        let user = changeable(Some(user), key, principal)?;
        if let Some(new) = &passwords.new {
            check_password("password", new, username.unwrap_or(&user.username))?;
        }
        (user.id == principal.id, current)
    };
    let confirmation = match passwords.old.filter(|_| is_self) {
        None => Confirmation::Missing,
        Some(old) if app.passwords().verify(SecretString::from(&*old), Some(current.clone())).await? => {
            Confirmation::Given(current.clone())
        }
        Some(_) => Confirmation::Wrong,
    };
    let password = match passwords.new.map(SecretString::from) {
        None => PasswordChange::Untouched,
        Some(new) if app.passwords().verify(new.clone(), Some(current.clone())).await? => {
            PasswordChange::Same(current)
        }
        Some(new) => PasswordChange::New(app.passwords().hash(new).await?),
    };
    Ok((password, confirmation))
}

/// The error for those who would take an account over with nothing but an access token of it.
fn not_confirmed() -> Error {
    Error::field("old_password", "match", "must be your current password")
}

/// Changes a user who is held; a change to what is stored already leaves them as they are, their time of change too. `uuid` is for the first address where there was none. Who gives themselves another
/// e-mail address has confirmed it with the password: whoever has the address has the account. A new password ends their sessions:
/// last, so that a change that is refused ends none.
pub(super) async fn change(
    app: &App,
    tx: &Transaction,
    held: Profile,
    change: Change,
    (principal, uuid): (&Principal, Uuid),
) -> Result<Profile, Error> {
    let place = match (change.address.clone(), &held.address) {
        (None, _) => None,
        (Some(patch), Some(address)) => Some(patch.applied(&address.place)),
        (Some(patch), None) => Some(patch.whole()?),
    };
    let (password, confirmation) = (change.password.clone(), change.confirmation.clone());
    let mut next = change.applied(&held);
    let takes_over = next.email != held.email || matches!(password, PasswordChange::New(_));
    let confirmed = match confirmation {
        Confirmation::Given(hash) => Some(hash),
        Confirmation::Wrong => return Err(not_confirmed()),
        Confirmation::Missing if principal.id == held.id && takes_over => return Err(not_confirmed()),
        Confirmation::Missing => None,
    };
    let is_moved = place.is_some() && place.as_ref() != held.address.as_ref().map(|address| &address.place);
    if next == held && !is_moved && !matches!(password, PasswordChange::New(_)) {
        return Ok(held);
    }
    if next.username != held.username || next.email != held.email {
        let found = queries::find_taken(tx, &next.username, &next.email, Some(held.id)).await?;
        if found != Taken::default() {
            return Err(taken(found));
        }
    }
    let update = async {
        let updated_at = queries::update_user(tx, &next, &password, confirmed.as_deref())
            .await
            .map_err(taken_meanwhile)?;
        updated_at.ok_or_else(|| Error::Unavailable("the password has changed meanwhile".to_owned()))
    };
    let settle = async {
        Ok::<_, Error>(match (place, &held.address) {
            (None, _) => held.address.clone(),
            (Some(place), Some(address)) => Some(address::set(tx, address, place).await?),
            (Some(place), None) => Some(address::add(tx, uuid, held.id, place).await?),
        })
    };
    // Both are waited for: where the first fails, the second knows only that something did.
    let (updated_at, address) = join(update, settle).await;
    let (updated_at, address) = (updated_at?, address?);
    if let PasswordChange::New(_) = password {
        auth::end_with(app, tx, held.id, Reason::Password).await?;
    }
    (next.updated_at, next.address) = (Some(updated_at), address);
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
