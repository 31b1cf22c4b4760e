//! Who is calling, and may they call this operation at all? Nothing of the request but its headers is looked at.

use agora_contract::{Operation, Who};
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::app::App;
use crate::auth::{Caller, Principal};
use crate::error::Error;
use crate::users::Role;

const MISSING: &str = "Send an access token in the header Authorization";
const BAD: &str = "The access token is not valid, or no longer; sign in again";

/// Tells the caller of a request to an operation, and holds them against its `x-authz`. A token costs no look into the
/// database unless the feed of ended sessions is stale; a bad one never does.
///
/// # Errors
/// [`Error::Unauthorized`] without a good credential where one is needed, or with a bad one; [`Error::Forbidden`] for a
/// role that is too small.
pub async fn authenticate(app: &App, operation: &Operation, parts: &Parts) -> Result<Caller, Error> {
    // No alternative at all: credentials are not looked at, so that a bad one cannot lock anybody out of signing in.
    if app.contract().security(operation).is_empty() {
        authorize(operation, None)?;
        return Ok(Caller(None));
    }
    let principal = match bearer(parts)? {
        Some(token) => Some(app.tokens().verify(token).ok_or(Error::Unauthorized(BAD))?),
        None => None,
    };
    if let Some(principal) = &principal
        && app.revocations().has_ended(app.database(), principal.session).await?
    {
        return Err(Error::Unauthorized(BAD));
    }
    authorize(operation, principal.as_ref())?;
    Ok(Caller(principal))
}

fn bearer(parts: &Parts) -> Result<Option<&str>, Error> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let credential = value.to_str().ok().and_then(|value| value.split_once(' '));
    match (credential, values.next()) {
        (Some((scheme, token)), None) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(Error::Unauthorized("The header Authorization is one Bearer token")),
    }
}

fn authorize(operation: &Operation, principal: Option<&Principal>) -> Result<(), Error> {
    let needed = match operation.who {
        Who::Public => return Ok(()),
        Who::User | Who::Owner => Role::User,
        Who::Staff => Role::Staff,
        Who::Admin => Role::Admin,
        // A person's token is never a client's.
        Who::Client => {
            return Err(principal.map_or(Error::Unauthorized(MISSING), |_| {
                Error::Forbidden("This is for registered clients")
            }));
        }
    };
    match principal {
        None => Err(Error::Unauthorized(MISSING)),
        Some(principal) if principal.role >= needed => Ok(()),
        Some(_) if needed == Role::Staff => Err(Error::Forbidden("This is for staff")),
        Some(_) => Err(Error::Forbidden("This is for admins")),
    }
}
