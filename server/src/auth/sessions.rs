//! Operations on sessions: begin with a password, refresh with a token, end.

use secrecy::SecretString;

use crate::app::App;
use crate::credentials::{self, Device, Reason, RefreshToken, Rotation};
use crate::error::Error;
use crate::identity::Principal;
use crate::platform::db::Connection;
use crate::platform::http::request::RequestContext;
use crate::platform::writes::Actor;
use crate::users::{self, Account, NewUser};

const WRONG_PASSWORD: Error = Error::Unauthorized("Wrong username or password");
const BAD_REFRESH: Error = Error::Unauthorized("The refresh token is invalid or expired; sign in again");

/// The tokens of a session.
pub(super) struct Pair {
    pub(super) access: String,
    pub(super) refresh: String,
}

/// Begins a session for a user name or e-mail address, and a password.
///
/// # Errors
/// Returns the same [`Error::Unauthorized`] for an unknown user and a wrong password.
pub(super) async fn sign_in(
    app: &App,
    device: &Device,
    login: &str,
    password: String,
) -> Result<(Pair, Account), Error> {
    // Taken first, so that a rejected sign-in costs no query.
    let place = app.passwords.slot()?;
    let account = {
        // Released before the password is hashed: a burst of sign-ins must not occupy the pool.
        let db = app.database().connection().await?;
        users::find_by_login(&db, login).await?
    };
    let phc = account.as_ref().map(|account| account.password_hash.clone());
    let is_right = place.verify(password.into(), phc).await?;
    let account = account.filter(|_| is_right).ok_or(WRONG_PASSWORD)?;
    let db = app.database().connection().await?;
    let pair = open(app, &db, &account, device).await?;
    Ok((pair, account))
}

/// Begins a session for an account after its password was checked.
async fn open(app: &App, db: &Connection, account: &Account, device: &Device) -> Result<Pair, Error> {
    let session = app.new_id();
    if !credentials::insert_session(db, session, account.id, &account.password_hash, device).await? {
        return Err(WRONG_PASSWORD);
    }
    let principal = Principal { id: account.id, uuid: account.uuid, role: account.role, session };
    pair(app, RefreshToken { session, generation: 1 }, &principal)
}

fn pair(app: &App, token: RefreshToken, principal: &Principal) -> Result<Pair, Error> {
    Ok(Pair { access: app.tokens.issue(principal)?, refresh: app.refresh_tokens.write(token) })
}

/// Exchanges a refresh token for the next pair.
///
/// # Errors
/// Returns the same [`Error::Unauthorized`] for a token that is forged, already used, or of an ended session.
pub(super) async fn refresh(app: &App, device: &Device, text: &str) -> Result<Pair, Error> {
    let token = app.refresh_tokens.read(text).ok_or(BAD_REFRESH)?;
    let db = app.database().connection().await?;
    match credentials::rotate_session(&db, token, device).await? {
        Rotation::Rotated(next, principal) => pair(app, next, &principal),
        Rotation::Reused => {
            app.revocations.record_local(&[token.session]);
            tracing::warn!(session = %token.session, "a refresh token was used twice; its session was ended");
            Err(BAD_REFRESH)
        }
        Rotation::Ended => Err(BAD_REFRESH),
    }
}

/// Ends the session of a refresh token. Any token of the session will do, not only the current one.
///
/// # Errors
/// Returns [`Error::Unauthorized`] for a forged token.
pub(super) async fn sign_out(app: &App, text: &str) -> Result<(), Error> {
    let token = app.refresh_tokens.read(text).ok_or(BAD_REFRESH)?;
    let db = app.database().connection().await?;
    credentials::revoke_session(&db, token.session, Reason::Logout).await?;
    app.revocations.record_local(&[token.session]);
    Ok(())
}

/// Ends all sessions of a user.
///
/// # Errors
/// Returns an error if the database fails.
pub(super) async fn sign_out_everywhere(app: &App, context: &RequestContext<Principal>) -> Result<(), Error> {
    let ended = app
        .writes
        .write(context, |tx| async move {
            Ok(credentials::revoke_sessions_of_user(&tx, context.caller.id, Reason::LogoutAll).await?)
        })
        .await?;
    app.revocations.record_local(&ended);
    Ok(())
}

/// Creates a user and begins their first session.
///
/// # Errors
/// Returns [`Error::Conflict`] naming the fields that are already taken.
pub(super) async fn register(
    app: &App,
    context: &RequestContext<Option<Principal>>,
    new: &NewUser,
) -> Result<(Pair, Account), Error> {
    let uuids = [app.new_id(), app.new_id()];
    let device = &Device::of(context);
    let actor = Actor { principal: "nobody".to_owned(), tenant: uuids[0].to_string() };
    app.writes
        .write_as(&actor, context, |tx| async move {
            let created = users::create(&tx, uuids, new).await?;
            let account = users::find_account(&tx, created.id).await?.ok_or(WRONG_PASSWORD)?;
            Ok((open(app, &tx, &account, device).await?, account))
        })
        .await
}

/// Changes a password: all sessions end, and a new one begins.
///
/// # Errors
/// Returns [`Error::Validation`] for a wrong old password or a common new one.
pub(super) async fn change_password(
    app: &App,
    context: &RequestContext<Principal>,
    old: String,
    new: String,
) -> Result<Pair, Error> {
    let account = {
        let db = app.database().connection().await?;
        users::find_account(&db, context.caller.id).await?.ok_or(WRONG_PASSWORD)?
    };
    users::check_password("new_password", &new, &account.username)?;
    if !app.passwords.verify(old.into(), Some(account.password_hash.clone())).await? {
        return Err(Error::field("old_password", "match", "must be your current password"));
    }
    let (account, hash) = (&account, &app.passwords.hash(SecretString::from(new)).await?);
    let device = &Device::of(context);
    let (pair, ended) = app
        .writes
        .write(context, |tx| async move {
            // Only if the password is still the checked one: of two concurrent changes, one succeeds.
            if !users::update_password(&tx, account.id, &account.password_hash, hash).await? {
                return Err(WRONG_PASSWORD);
            }
            let ended = credentials::revoke_sessions_of_user(&tx, account.id, Reason::Password).await?;
            let changed = Account { password_hash: hash.clone(), ..account.clone() };
            let pair = open(app, &tx, &changed, device).await?;
            Ok((pair, ended))
        })
        .await?;
    app.revocations.record_local(&ended);
    Ok(pair)
}
