//! Operations on users: create, lock, change, delete.

use agora_runtime::UserRef;
use futures_util::future::{join, try_join};
use secrecy::SecretString;
use uuid::Uuid;

use crate::app::App;
use crate::credentials::{self, Reason};
use crate::error::Error;
use crate::identity::Principal;
use crate::platform::db::{DbError, Transaction};
use crate::platform::http::conditional::Locked;
use crate::users::address;
use crate::users::model::{Change, Confirmation, NewUser, PasswordChange, Taken, User, check_password};
use crate::users::queries;

/// Returns the error for a user that does not exist or is not visible to the caller.
pub fn unknown(key: &UserRef) -> Error {
    Error::UnknownId("No user has this ID or username", key.to_string())
}

/// Creates a user, and their first address if one is given. `uuids` are the UUIDs of the user and of the address.
///
/// # Errors
/// Returns [`Error::Conflict`] naming the taken fields: user name, e-mail address, or both.
pub async fn create(tx: &Transaction, uuids: [Uuid; 2], new: &NewUser) -> Result<User, Error> {
    let Some(mut created) = queries::insert_user(tx, uuids[0], new).await? else {
        return Err(taken(queries::find_taken(tx, &new.username, &new.email, None).await?));
    };
    if let Some(fields) = &new.address {
        created.address = Some(address::add(tx, uuids[1], created.id, fields).await?);
    }
    Ok(created)
}

/// Locks a user and their addresses until the transaction ends, after checking that the caller may change them.
pub(super) async fn lock_for_update(
    tx: &Transaction,
    key: &UserRef,
    principal: &Principal,
) -> Result<Locked<User>, Error> {
    changeable(queries::lock_user(tx, key).await?, key, principal).map(Locked::new)
}

/// Returns the user that was found, if the caller may change them.
fn changeable(found: Option<User>, key: &UserRef, principal: &Principal) -> Result<User, Error> {
    let found = found.filter(|user| user.is_visible_to(Some(principal))).ok_or_else(|| unknown(key))?;
    if found.may_be_changed_by(principal) {
        Ok(found)
    } else {
        Err(Error::Forbidden(
            "Only the user or staff may change this account, and only admins may change staff accounts",
        ))
    }
}

/// The passwords that were sent with a change.
#[derive(Clone)]
pub(super) struct Passwords {
    /// The new password.
    pub(super) new: Option<String>,
    /// The current password as entered by the caller.
    pub(super) old: Option<String>,
}

/// Checks and hashes the passwords that were sent with a change. `username` is the new user name, if that changes too.
///
/// Callers without write access to the user are rejected here. Otherwise the time that the check takes would reveal
/// whether they guessed the password. All other errors are left to the transaction, which a retry with the same
/// idempotency key does not reach.
pub(super) async fn passwords(
    app: &App,
    key: &UserRef,
    principal: &Principal,
    username: Option<&str>,
    passwords: Passwords,
) -> Result<(PasswordChange, Confirmation), Error> {
    let unchanged = (PasswordChange::Untouched, Confirmation::Missing);
    if passwords.new.is_none() && passwords.old.is_none() {
        return Ok(unchanged);
    }
    let (is_self, current) = {
        // The connection is released before any password is hashed.
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
        Some(old) if app.passwords.verify(SecretString::from(&*old), Some(current.clone())).await? => {
            Confirmation::Given(current.clone())
        }
        Some(_) => Confirmation::Wrong,
    };
    let password = match passwords.new.map(SecretString::from) {
        None => PasswordChange::Untouched,
        Some(new) if app.passwords.verify(new.clone(), Some(current.clone())).await? => {
            PasswordChange::Same(current)
        }
        Some(new) => PasswordChange::New(app.passwords.hash(new).await?),
    };
    Ok((password, confirmation))
}

/// Returns the error for a change that requires the current password. An access token alone must not suffice to take
/// over an account.
fn not_confirmed() -> Error {
    Error::field("old_password", "match", "must be your current password")
}

/// Changes a locked user. A change that has no effect writes nothing, and the time of change is kept. `uuid` is the
/// UUID of the first address, if the user has none yet.
///
/// Users must confirm a change of their own e-mail address with the password, since the address gives control over the
/// account. A new password ends all sessions of the user. That is the last step, so that a rejected change ends none.
pub(super) async fn change(
    app: &App,
    tx: &Transaction,
    locked: User,
    change: Change,
    (principal, uuid): (&Principal, Uuid),
) -> Result<User, Error> {
    let fields = match (change.address.clone(), &locked.address) {
        (None, _) => None,
        (Some(patch), Some(address)) => Some(patch.applied(&address.fields)),
        (Some(patch), None) => Some(patch.whole()?),
    };
    let (password, confirmation) = (change.password.clone(), change.confirmation.clone());
    let mut next = change.applied(&locked);
    let takes_over = next.email != locked.email || matches!(password, PasswordChange::New(_));
    let confirmed = match confirmation {
        Confirmation::Given(hash) => Some(hash),
        Confirmation::Wrong => return Err(not_confirmed()),
        Confirmation::Missing if principal.id == locked.id && takes_over => return Err(not_confirmed()),
        Confirmation::Missing => None,
    };
    let is_moved =
        fields.is_some() && fields.as_ref() != locked.address.as_ref().map(|address| &address.fields);
    if next == locked && !is_moved && !matches!(password, PasswordChange::New(_)) {
        return Ok(locked);
    }
    if next.username != locked.username || next.email != locked.email {
        let found = queries::find_taken(tx, &next.username, &next.email, Some(locked.id)).await?;
        if found != Taken::default() {
            return Err(taken(found));
        }
    }
    let update = async {
        let updated_at = queries::update_user(tx, &next, &password, confirmed.as_deref())
            .await
            .map_err(taken_meanwhile)?;
        updated_at.ok_or_else(|| Error::Aborted("the password was changed by another request".to_owned()))
    };
    let settle = async {
        Ok::<_, Error>(match (fields, &locked.address) {
            (None, _) => locked.address.clone(),
            (Some(fields), Some(address)) => Some(address::set(tx, address, fields).await?),
            (Some(fields), None) => Some(address::add(tx, uuid, locked.id, &fields).await?),
        })
    };
    // Wait for both: if the first fails, the error of the second says only that the transaction is aborted.
    let (updated_at, address) = join(update, settle).await;
    let (updated_at, address) = (updated_at?, address?);
    if let PasswordChange::New(_) = password {
        credentials::end_sessions_of(&app.revocations, tx, locked.id, Reason::Password).await?;
    }
    (next.updated_at, next.address) = (Some(updated_at), address);
    Ok(next)
}

/// Deletes a locked user and their addresses.
pub(super) async fn remove(tx: &Transaction, locked: &User) -> Result<(), Error> {
    Ok(queries::delete_user(tx, locked.id).await?)
}

fn taken(found: Taken) -> Error {
    let detail = match found {
        Taken { username: true, email: true } => "Other users have this username and this email address",
        Taken { email: true, .. } => "Another user has this email address",
        Taken { .. } => "Another user has this username",
    };
    Error::all_taken(&found.fields(), detail)
}

/// Converts a violated unique constraint: another user took the value between the check and the write.
fn taken_meanwhile(error: DbError) -> Error {
    match error.constraint() {
        Some("users_username_key") => taken(Taken { username: true, email: false }),
        Some("users_email_key") => taken(Taken { username: false, email: true }),
        _ => error.into(),
    }
}
