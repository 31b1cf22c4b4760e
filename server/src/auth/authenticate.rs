//! Authentication and authorization of requests, from their headers alone.

use agora_runtime::{Access, Operation};
use http::HeaderValue;
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::app::App;
use crate::credentials::{ApiKeySecret, Scopes};
use crate::error::{Error, TokenError};
use crate::identity::{Principal, Role};
use crate::platform::http::API_KEY;

/// The error of an anonymous caller of an operation that is not public.
pub const MISSING: Error = Error::Unauthorized("Send an access token in the `Authorization` header");

/// The error of an API key for an operation that takes none.
const NO_KEYS: Error = Error::Forbidden("Sign in for this operation: it takes no API keys");

/// Authenticates the caller of a request, counts the request, and enforces the operation's `x-authz`. A valid token costs no database query
/// unless the feed of ended sessions is stale, and an API key none but for one a minute. A malformed one never does.
///
/// # Errors
/// Returns [`MISSING`] if a required credential is missing and [`Error::BadToken`] if it is invalid.
/// Returns [`Error::Forbidden`] if the role is insufficient, and [`Error::InsufficientScope`] if the token lacks the
/// scope of the operation. Returns [`Error::RateLimited`] if the client has sent too many requests.
pub async fn authenticate(
    app: &App,
    operation: &Operation,
    parts: &Parts,
) -> Result<Option<Principal>, Error> {
    app.rate_limits.count_credentials(operation, parts)?;
    let mut is_counted = false;
    let signed = signed(app, operation, parts, &mut is_counted).await;
    match signed.as_ref().ok().and_then(Option::as_ref) {
        Some(signed) => app.rate_limits.count(operation, parts, Some(signed.principal.id.0))?,
        None if is_counted => {}
        None => app.rate_limits.count(operation, parts, None)?,
    }
    match signed? {
        Some(Signed { is_useless: true, .. }) => Err(NO_KEYS),
        Some(Signed { principal, scopes, .. }) => authorize(operation, Some((principal, scopes))),
        None => authorize(operation, None),
    }
}

/// The caller that a credential identifies.
struct Signed {
    principal: Principal,
    scopes: Scopes,
    /// Set for an API key where the operation takes none.
    is_useless: bool,
}

/// Returns the caller that the credential of a request identifies. A key that must be looked up is counted before, for the
/// address, and sets `is_counted`: anybody can make up keys.
async fn signed(
    app: &App,
    operation: &Operation,
    parts: &Parts,
    is_counted: &mut bool,
) -> Result<Option<Signed>, Error> {
    // The operation declares no security. Credentials are ignored, so that an invalid one cannot prevent a sign-in.
    let alternatives = app.contract.security(operation);
    if alternatives.is_empty() {
        return Ok(None);
    }
    let takes_keys = alternatives.iter().flatten().any(|requirement| requirement.scheme == "api_key");
    let signed = match credential(parts, takes_keys)? {
        Some(Credential::Key(key)) => {
            if !app.api_keys.remembers(key) {
                *is_counted = true;
                app.rate_limits.count(operation, parts, None)?;
            }
            let (principal, scopes) = app.api_keys.verify(app.database(), key).await?;
            Some(Signed { principal, scopes, is_useless: !takes_keys })
        }
        Some(Credential::Token(token)) => {
            let (principal, scopes) = app.tokens.verify(token).map_err(Error::BadToken)?;
            Some(Signed { principal, scopes, is_useless: false })
        }
        None => None,
    };
    if let Some(Signed { principal, .. }) = &signed
        && app.revocations.has_ended(app.database(), principal.session).await?
    {
        return Err(Error::BadToken(TokenError::Revoked));
    }
    Ok(signed)
}

/// A credential of a request.
#[derive(Debug, Eq, PartialEq)]
enum Credential<'a> {
    Token(&'a str),
    Key(&'a str),
}

/// Returns the credential of a request. Two of them are as bad as an invalid one. The header of API keys is a credential only
/// where the operation takes keys.
fn credential(parts: &Parts, takes_keys: bool) -> Result<Option<Credential<'_>>, Error> {
    let bearer = bearer(parts)?.map(|text| {
        if ApiKeySecret::is_meant(text) { Credential::Key(text) } else { Credential::Token(text) }
    });
    let mut keys = parts.headers.get_all(API_KEY).iter().filter(|_| takes_keys);
    match (bearer, keys.next(), keys.next()) {
        (bearer, None, _) => Ok(bearer),
        (None, Some(key), None) => {
            let key = key.to_str().map_err(|_| Error::BadToken(TokenError::Malformed))?;
            Ok(Some(Credential::Key(key)))
        }
        _ => Err(Error::BadToken(TokenError::Malformed)),
    }
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

/// Returns the caller, if they may call the operation. On a public operation, a credential without its scope counts as none.
fn authorize(operation: &Operation, signed: Option<(Principal, Scopes)>) -> Result<Option<Principal>, Error> {
    let needed = match operation.who {
        Access::Public => {
            let may_see = |(_, scopes): &(Principal, Scopes)| scopes.include(operation);
            return Ok(signed.filter(may_see).map(|(principal, _)| principal));
        }
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
        Some((principal, scopes)) if principal.role >= needed => match scopes.include(operation) {
            true => Ok(Some(principal)),
            false => Err(Error::InsufficientScope(scopes.needed(operation))),
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

    #[test]
    fn a_key_is_read_from_either_header_but_not_from_both() {
        let with = |values: &[(&'static str, &'static str)]| {
            let mut parts = Request::new(()).into_parts().0;
            let headers = values
                .iter()
                .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)));
            parts.headers.extend(headers);
            parts
        };
        let key = Some(Credential::Key("agora_x"));
        assert_eq!(credential(&with(&[("authorization", "Bearer agora_x")]), false).ok(), Some(key));
        let key = Some(Credential::Key("agora_x"));
        assert_eq!(credential(&with(&[("x-api-key", "agora_x")]), true).ok(), Some(key));
        assert_eq!(credential(&with(&[("x-api-key", "agora_x")]), false).ok(), Some(None));
        let basic = with(&[("x-api-key", "k"), ("authorization", "Basic eA==")]);
        assert_eq!(credential(&basic, true).ok(), Some(Some(Credential::Key("k"))), "of a proxy");
        let both = [("authorization", "Bearer x.y.z"), ("x-api-key", "agora_x")];
        assert!(credential(&with(&both), true).is_err());
        assert!(credential(&with(&[("x-api-key", "a"), ("x-api-key", "a")]), true).is_err());
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
