//! Conditional requests: strong validators of what a caller got, 304 for what they have, 412 for what they have not.

use std::sync::Arc;

use agora_contract::{Contract, Operation};
use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use futures_util::TryFutureExt as _;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::BodyExt;
use serde::Serialize;
use tower::service_fn;
use twox_hash::XxHash3_128;

use crate::error::Error;
use crate::platform::crypto::hex;
use crate::platform::inner::Inner;

/// The strong validator of a body: its XXH3 of 128 bits, in quotes. It need not withstand who looks for two bodies with
/// one hash, since they would deceive but themselves, and it costs a page some microseconds less than SHA-256.
#[must_use]
pub fn etag(body: &[u8]) -> String {
    ["\"", &hex(&XxHash3_128::oneshot(body).to_be_bytes()), "\""].concat()
}

/// Holds `If-Match` against a resource as this caller would read it now. Call it under the row's lock.
///
/// # Errors
/// [`Error::PreconditionFailed`] when it does not match.
pub fn require_match<T: Serialize>(request: &Parts, current: &T) -> Result<(), Error> {
    let Some(wanted) = joined(&request.headers, header::IF_MATCH) else {
        return Ok(());
    };
    let body = serde_json::to_vec(current).map_err(|error| Error::Internal(error.to_string()))?;
    // Strong comparison: a weak validator never matches.
    if matches(&wanted, &etag(&body), false) { Ok(()) } else { Err(Error::PreconditionFailed) }
}

fn joined(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    let values: Vec<&str> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    (!values.is_empty()).then(|| values.join(","))
}

fn matches(wanted: &str, etag: &str, is_weak: bool) -> bool {
    wanted
        .split(',')
        .map(str::trim)
        .any(|one| one == "*" || one == etag || (is_weak && one.strip_prefix("W/") == Some(etag)))
}

/// A layer: gives answers their validator and their rules for caches, and turns those that the caller has into 304, as
/// far as the contract says that the operation does so. What has no validator is not stored by anybody.
pub fn layer<I: Inner>(contract: Arc<Contract>, mut inner: I) -> impl Inner {
    service_fn(move |request: Request| {
        let is_read = *request.method() == Method::GET;
        let asked = Asked {
            is_read,
            has_credentials: request.headers().contains_key(header::AUTHORIZATION),
            known: if is_read { joined(request.headers(), header::IF_NONE_MATCH) } else { None },
        };
        let contract = Arc::clone(&contract);
        inner.call(request).and_then(async move |response| Ok(conditional(&contract, &asked, response).await))
    })
}

/// What is remembered of a request until it is answered.
struct Asked {
    is_read: bool,
    has_credentials: bool,
    known: Option<String>,
}

async fn conditional(contract: &Contract, asked: &Asked, response: Response<Body>) -> Response<Body> {
    let Some(operation) = response.extensions().get::<&'static Operation>().copied() else {
        return response;
    };
    let known = asked.known.as_deref();
    // An answer with a rule of its own keeps it, and is validated if that rule lets anybody keep the answer.
    if let Some(rule) = response.headers().get(header::CACHE_CONTROL) {
        let may_be_kept = asked.is_read && rule != "no-store" && response.status() == StatusCode::OK;
        return if may_be_kept { validated(response, known).await } else { response };
    }
    if response.status() != StatusCode::OK || !contract.has_header(operation, StatusCode::OK, "ETag") {
        return with_cache_rule(response, "no-store");
    }
    let rule = if asked.has_credentials { "private, no-cache" } else { "no-cache" };
    with_cache_rule(validated(response, known).await, rule)
}

async fn validated(response: Response<Body>, known: Option<&str>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let bytes = match body.collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(_) => Bytes::new(),
    };
    let etag = etag(&bytes);
    let is_known = known.is_some_and(|known| matches(known, &etag, true));
    if let Ok(value) = HeaderValue::from_str(&etag) {
        parts.headers.insert(header::ETAG, value);
    }
    if is_known {
        parts.status = StatusCode::NOT_MODIFIED;
        for name in [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::CONTENT_LENGTH, header::LINK] {
            parts.headers.remove(name);
        }
        parts.headers.remove("x-total-count");
        parts.headers.remove("x-total-count-estimated");
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn with_cache_rule(mut response: Response<Body>, rule: &'static str) -> Response<Body> {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(rule));
    response
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lists_stars_and_weak_validators_compare_as_http_says() {
        let mine = etag(b"{}");
        assert!(matches(&mine, &mine, false));
        assert!(matches("*", &mine, false));
        assert!(matches(&format!("\"x\", {mine}"), &mine, false));
        assert!(!matches(&format!("W/{mine}"), &mine, false));
        assert!(matches(&format!("W/{mine}"), &mine, true));
        assert!(!matches("\"x\"", &mine, true));
    }

    fn tag() -> impl Strategy<Value = String> {
        "(W/)?\"[!#-+.-~]{0,40}\""
    }

    proptest! {
        #[test]
        fn a_list_matches_if_and_only_if_what_is_there_is_in_it(
            others in prop::collection::vec(tag(), 0..5), is_in: bool, at: prop::sample::Index, blanks in "[ \t]{0,2}", body: Vec<u8>,
        ) {
            let mine = etag(&body);
            let mut list = others;
            if is_in {
                list.insert(at.index(list.len() + 1), mine.clone());
            }
            let wanted = list.join(&format!("{blanks},{blanks}"));
            for is_weak in [false, true] {
                prop_assert_eq!(matches(&wanted, &mine, is_weak), is_in);
            }
        }

        #[test]
        fn a_weak_validator_is_good_for_reading_only(body: Vec<u8>, others in prop::collection::vec(tag(), 0..3)) {
            let mine = etag(&body);
            let wanted = [others.as_slice(), &[format!("W/{mine}")]].concat().join(", ");
            prop_assert!(matches(&wanted, &mine, true));
            prop_assert!(!matches(&wanted, &mine, false));
        }

        #[test]
        fn no_header_is_too_odd_to_be_told_that_it_does_not_match(values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..3)) {
            let values = values.iter().filter_map(|bytes| HeaderValue::from_bytes(bytes).ok());
            let headers: HeaderMap = values.filter(|value| value.as_bytes() != b"*").map(|value| (header::IF_MATCH, value)).collect();
            let wanted = joined(&headers, header::IF_MATCH).unwrap_or_default();
            let has_star = wanted.split(',').any(|one| one.trim() == "*");
            prop_assert_eq!(matches(&wanted, &etag(b"{}"), true), has_star);
        }
    }
}
