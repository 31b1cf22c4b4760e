//! Authentication and authorization of requests, from their headers alone.

use agora_runtime::{Access, Operation};
use http::HeaderValue;
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::app::App;
use crate::credentials::Scopes;
use crate::error::{Error, TokenError};
use crate::identity::{Principal, Role};

/// The error of an anonymous caller of an operation that is not public.
pub const MISSING: Error = Error::Unauthorized("Send an access token in the `Authorization` header");

/// Authenticates the caller of a request and enforces the operation's `x-authz`. A valid token costs no database query
/// unless the feed of ended sessions is stale. An invalid token never does.
///
/// # Errors
/// Returns [`MISSING`] if a required credential is missing and [`Error::BadToken`] if it is invalid.
/// Returns [`Error::Forbidden`] if the role is insufficient, and [`Error::InsufficientScope`] if the token lacks the
/// scope of the operation.
pub async fn authenticate(
    app: &App,
    operation: &Operation,
    parts: &Parts,
) -> Result<Option<Principal>, Error> {
    // The operation declares no security. Credentials are ignored, so that an invalid one cannot prevent a sign-in.
    if app.contract.security(operation).is_empty() {
        authorize(operation, None)?;
        return Ok(None);
    }
    let signed = match bearer(parts)? {
        Some(token) => Some(app.tokens.verify(token).map_err(Error::BadToken)?),
        None => None,
    };
    if let Some((principal, _)) = &signed
        && app.revocations.has_ended(app.database(), principal.session).await?
    {
        return Err(Error::BadToken(TokenError::Revoked));
    }
    authorize(operation, signed.as_ref())?;
    Ok(signed.map(|(principal, _)| principal))
}

/// Returns the bearer token of a request. Other schemes are ignored, since they may be meant for a proxy in front.
fn bearer(parts: &Parts) -> Result<Option<&str>, Error> {
    let is_bearer = |value: &&HeaderValue| {
        let scheme = value.as_bytes().split(|byte| matches!(byte, b' ' | b'\t')).next().unwrap_or_default();
        scheme.eq_ignore_ascii_case(b"bearer")
    };
    let mut values = parts.headers.get_all(AUTHORIZATION).iter().filter(is_bearer);
    let Some(value) = values.next() else { return Ok(None) };
    let token = value.to_str().ok().and_then(|value| value.get("bearer".len()..)).map(str::trim);
    match (token, values.next()) {
        (Some(token), None) if !token.is_empty() => Ok(Some(token)),
        _ => Err(Error::BadToken(TokenError::Malformed)),
    }
}

fn authorize(operation: &Operation, signed: Option<&(Principal, Scopes)>) -> Result<(), Error> {
    let needed = match operation.who {
        Access::Public => return Ok(()),
        Access::User | Access::Owner => Role::User,
        Access::Staff => Role::Staff,
        Access::Admin => Role::Admin,
        // All tokens are issued to users, never to OAuth clients.
        Access::Client => {
            return Err(signed
                .map_or(MISSING, |_| Error::Forbidden("Only registered clients may use this operation")));
        }
    };
    match signed {
        None => Err(MISSING),
        Some((principal, scopes)) if principal.role >= needed => match scopes.include(operation.scope) {
            true => Ok(()),
            false => Err(Error::InsufficientScope(operation.scope)),
        },
        Some(_) if needed == Role::Staff => Err(Error::Forbidden("Only staff may use this operation")),
        Some(_) => Err(Error::Forbidden("Only admins may use this operation")),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, Request};
    use proptest::prelude::*;

    use super::*;

    fn parts(values: &[HeaderValue]) -> Parts {
        let mut parts = Request::new(()).into_parts().0;
        parts.headers.extend(values.iter().map(|value| (AUTHORIZATION, value.clone())));
        parts
    }

    proptest! {
        #[test]
        fn one_bearer_token_is_read_whatever_the_case_of_its_scheme(
            scheme in "[bB][eE][aA][rR][eE][rR]", blanks in " {1,3}", token in "[!-~]{1,40}",
        ) {
            let value = HeaderValue::from_str(&format!("{scheme}{blanks}{token}")).expect("a header");
            let one = parts(std::slice::from_ref(&value));
            prop_assert_eq!(bearer(&one).ok(), Some(Some(&*token)));
            let two = parts(&[value.clone(), value]);
            prop_assert!(bearer(&two).is_err(), "which of the two?");
        }

        #[test]
        fn another_scheme_is_no_credential_and_a_malformed_token_is_a_bad_one(bytes in prop::collection::vec(any::<u8>(), 0..40), scheme in "[A-Za-z]{0,8} ?[!-~]{0,8}") {
            for value in [HeaderValue::from_bytes(&bytes), HeaderValue::from_str(&scheme)].into_iter().flatten() {
                let lower = value.as_bytes().to_ascii_lowercase();
                let is_ours = lower == b"bearer" || lower.starts_with(b"bearer ") || lower.starts_with(b"bearer\t");
                let parts = parts(&[value]);
                match bearer(&parts) {
                    Ok(read) => prop_assert_eq!(is_ours, read.is_some()),
                    Err(error) => prop_assert!(is_ours && error.problem_fields().code == "TOKEN_INVALID"),
                }
            }
        }
    }
}
