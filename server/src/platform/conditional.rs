//! Conditional requests: strong validators of what a caller got, 304 for what they have, 412 for what they have not.

use std::sync::Arc;

use agora_contract::fields::{EntityTag, EntityTags};
use agora_contract::{Contract, Operation};
use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use futures_util::TryFutureExt as _;
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, header};
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
    // What is malformed was refused with the other parameters.
    let Ok(wanted) = EntityTags::read(request.headers.get_all(header::IF_MATCH)) else {
        return Err(Error::PreconditionFailed);
    };
    let Some(wanted) = wanted else {
        return Ok(());
    };
    let body = serde_json::to_vec(current).map_err(|error| Error::Internal(error.to_string()))?;
    // Strong comparison: a weak validator never matches.
    if matches(&wanted, &etag(&body), false) { Ok(()) } else { Err(Error::PreconditionFailed) }
}

fn matches(wanted: &EntityTags<'_>, etag: &str, is_weak: bool) -> bool {
    let is_it = |tag: &EntityTag<'_>| {
        let opaque = etag.strip_prefix('"').and_then(|etag| etag.strip_suffix('"'));
        Some(tag.opaque) == opaque.map(str::as_bytes) && (is_weak || !tag.is_weak)
    };
    match wanted {
        EntityTags::Any => true,
        EntityTags::List(tags) => tags.iter().any(is_it),
    }
}

/// A layer: gives answers their validator and their rules for caches, and turns those that the caller has into 304, as
/// far as the contract says that the operation does so. What has no validator is not stored by anybody.
pub fn layer<I: Inner>(contract: Arc<Contract>, mut inner: I) -> impl Inner {
    service_fn(move |request: Request| {
        let is_read = *request.method() == Method::GET;
        let if_none_match = request.headers().get_all(header::IF_NONE_MATCH);
        let asked = Asked {
            is_read,
            has_credentials: request.headers().contains_key(header::AUTHORIZATION),
            known: if is_read { if_none_match.iter().cloned().collect() } else { Vec::new() },
        };
        let contract = Arc::clone(&contract);
        inner.call(request).and_then(async move |response| Ok(conditional(&contract, &asked, response).await))
    })
}

/// What is remembered of a request until it is answered.
struct Asked {
    is_read: bool,
    has_credentials: bool,
    /// The lines of `If-None-Match`.
    known: Vec<HeaderValue>,
}

async fn conditional(contract: &Contract, asked: &Asked, response: Response<Body>) -> Response<Body> {
    let Some(operation) = response.extensions().get::<&'static Operation>().copied() else {
        return response;
    };
    let known = asked.known.as_slice();
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

async fn validated(response: Response<Body>, known: &[HeaderValue]) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let bytes = match body.collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(_) => Bytes::new(),
    };
    let etag = etag(&bytes);
    let known = EntityTags::read(known).ok().flatten();
    let is_known = known.is_some_and(|known| matches(&known, &etag, true));
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

    /// Is the version of this tag among those that the lines name?
    fn names(lines: &[&str], etag: &str, is_weak: bool) -> bool {
        let lines: Vec<HeaderValue> = lines.iter().map(|line| line.parse().expect("a field value")).collect();
        let wanted = EntityTags::read(&lines).expect("is well formed").expect("is there");
        matches(&wanted, etag, is_weak)
    }

    #[test]
    fn stars_and_weak_validators_compare_as_http_says() {
        let mine = etag(b"{}");
        assert!(names(&[&mine], &mine, false));
        assert!(names(&["*"], &mine, false));
        assert!(names(&["\"x\"", &mine], &mine, false));
        assert!(!names(&[&format!("W/{mine}")], &mine, false));
        assert!(names(&[&format!("W/{mine}")], &mine, true));
        assert!(!names(&["\"x,*,y\""], &mine, true));
    }

    /// A tag that is no hash, since it is too short, of whatever a tag may hold.
    fn other() -> impl Strategy<Value = (bool, String)> {
        (any::<bool>(), "[!#-~]{0,20}")
    }

    proptest! {
        #[test]
        fn a_list_matches_if_and_only_if_what_is_there_is_in_it(
            others in prop::collection::vec(other(), 0..5), mine in prop::option::of(any::<bool>()), at: prop::sample::Index,
            lines in 1..4_usize, body: Vec<u8>,
        ) {
            let hash = etag(&body).trim_matches('"').to_owned();
            let mut list = others;
            if let Some(is_weak) = mine {
                list.insert(at.index(list.len() + 1), (is_weak, hash));
            }
            prop_assume!(!list.is_empty());
            let print = |(is_weak, opaque): &(bool, String)| [if *is_weak { "W/" } else { "" }, "\"", opaque, "\""].concat();
            let printed: Vec<String> = list.iter().map(print).collect();
            let lines: Vec<String> = printed.chunks(lines).map(|tags| tags.join(",")).collect();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            prop_assert_eq!(names(&lines, &etag(&body), true), mine.is_some());
            prop_assert_eq!(names(&lines, &etag(&body), false), mine == Some(false));
        }
    }
}
