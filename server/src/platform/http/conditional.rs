//! Conditional requests and content codings. Each version of a representation has a strong entity tag for each coding.
//! A read of an unchanged representation returns 304, and a precondition on another version returns 412. Bodies are
//! sent in the coding that the client prefers.

use std::sync::Arc;

use agora_runtime::fields::{EntityTag, EntityTags};
use agora_runtime::{Contract, Operation};
use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use futures_util::TryFutureExt as _;
use futures_util::future::{Either, ready};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header, response};
use http_body_util::BodyExt;
use serde::Serialize;
use tower::service_fn;
use twox_hash::XxHash3_128;

use crate::error::Error;
use crate::platform::crypto::hex;
use crate::platform::http::API_KEY;
use crate::platform::http::coded_bodies::CodedBodies;
use crate::platform::http::coding::Coding;
use crate::platform::http::http_service::HttpService;
use crate::platform::http::problem;
use crate::platform::http::request::{Called, RequestContext, unrecorded};

/// Codings that the server applies. Of two codings with the same weight, the later is used.
const CODINGS: [Coding; 2] = [Coding::Gzip, Coding::Brotli];
/// Minimum size, in bytes, at which a body without a tag is compressed. A body with a tag is always compressed:
/// otherwise a proxy would do so, and change the tag.
const COMPRESSED: usize = 1024;

const STALE: &str = "If-Match does not match the current ETag; read the resource again";
const WEAK: &str = "If-Match has only weak tags (W/\"...\"), which never match. Proxies weaken tags when they compress: \
                    pass this server's compression through, or disable compression in the proxy";
const ABSENT: &str = "If-Match does not match: there is nothing here yet";
const UNCHANGED: &str = "If-None-Match matches the current ETag";

/// A version of a representation: the content of its entity tags, without the quotes and the suffix of the coding. By
/// default it is the 128-bit XXH3 hash of the unencoded bytes. A cryptographic hash is not needed: a client that finds
/// a collision deceives only itself. XXH3 saves some microseconds per page over SHA-256.
pub struct Version(String);

impl Version {
    /// Returns the version of unencoded bytes.
    #[must_use]
    pub fn from_body(body: &[u8]) -> Self {
        Self(hex(&XxHash3_128::oneshot(body).to_be_bytes()))
    }

    /// Returns the version in the tag that a handler has set, since it knows the version without the bytes. Otherwise
    /// returns the version of the body.
    fn in_response(headers: &HeaderMap, body: &[u8]) -> Self {
        let set = headers
            .get(header::ETAG)
            .and_then(|etag| etag.to_str().ok()?.strip_prefix('"')?.strip_suffix('"'));
        set.map_or_else(|| Self::from_body(body), |version| Self(version.to_owned()))
    }

    /// Returns the strong entity tag of this version in a coding.
    #[must_use]
    pub fn etag(&self, coding: Coding) -> Option<HeaderValue> {
        HeaderValue::try_from(["\"", &self.0, coding.suffix(), "\""].concat()).ok()
    }

    /// Returns the coding in which a tag names this version, if it does. Proxies that compress turn `"x"` into
    /// `"x-gzip"`: this is the same data in the same coding as the server's own.
    fn named_by(&self, tag: &EntityTag<'_>) -> Option<Coding> {
        let suffix = tag.opaque.strip_prefix(self.0.as_bytes())?;
        Coding::ALL.into_iter().find(|coding| coding.suffix().as_bytes() == suffix)
    }

    /// Checks `If-Match` by strong comparison: a weak tag never matches.
    fn require_match(&self, tags: &EntityTags<'_>) -> Result<(), Error> {
        let EntityTags::List(tags) = tags else { return Ok(()) };
        if tags.iter().any(|tag| !tag.is_weak && self.named_by(tag).is_some()) {
            return Ok(());
        }
        let is_weak = tags.iter().any(|tag| tag.is_weak);
        Err(Error::PreconditionFailed(if is_weak { WEAK } else { STALE }))
    }

    /// Checks `If-None-Match` by weak comparison. Returns the coding of the tag that matches, or `best` if it is among
    /// several.
    fn matching_coding(&self, tags: &EntityTags<'_>, best: Coding) -> Option<Coding> {
        let EntityTags::List(tags) = tags else { return Some(best) };
        let mut named = tags.iter().filter_map(|tag| self.named_by(tag));
        let first = named.next()?;
        Some(if named.any(|coding| coding == best) { best } else { first })
    }
}

/// A resource of which the row is locked until the transaction ends. It can be changed only after
/// [`Locked::require_match`], so that no change forgets the preconditions.
#[derive(Debug)]
pub struct Locked<T>(T);

impl<T: Clone> Locked<T> {
    /// Wraps a resource that a statement has locked.
    pub fn new(resource: T) -> Self {
        Self(resource)
    }

    /// Returns the resource if the preconditions of the request hold, and the body repeats its stored values. Both are
    /// compared with the resource as this caller would read it now, which is what `to_api` returns.
    ///
    /// # Errors
    /// Returns [`Error::PreconditionFailed`] if a precondition is not met, and [`Error::Validation`] if the body repeats
    /// other values than those that are stored.
    pub fn require_match<C, V: Serialize>(
        self,
        context: &RequestContext<C>,
        to_api: impl FnOnce(T) -> V,
    ) -> Result<T, Error> {
        let headers = &context.parts.headers;
        let (wanted, unwanted) = (read(headers, &header::IF_MATCH)?, read(headers, &header::IF_NONE_MATCH)?);
        if wanted.is_none() && unwanted.is_none() && context.same_as_stored.is_none() {
            return Ok(self.0);
        }
        let current = to_api(self.0.clone());
        let body = serde_json::to_vec(&current).map_err(|error| Error::Internal(error.to_string()))?;
        let version = Version::from_body(&body);
        wanted.map_or(Ok(()), |tags| version.require_match(&tags))?;
        if unwanted.and_then(|tags| version.matching_coding(&tags, Coding::Identity)).is_some() {
            return Err(Error::PreconditionFailed(UNCHANGED));
        }
        if let Some(repeated) = &context.same_as_stored {
            let stored = serde_json::to_value(current).map_err(|error| Error::Internal(error.to_string()))?;
            let violations = repeated.violations(&stored);
            if !violations.is_empty() {
                return Err(violations.into());
            }
        }
        Ok(self.0)
    }
}

impl<T: Clone> Locked<T> {
    /// As [`Locked::require_match`], for a resource that this caller may not have yet: then no entity tag matches.
    ///
    /// # Errors
    /// As for [`Locked::require_match`].
    pub fn require_match_if_any<C, V: Serialize>(
        self,
        context: &RequestContext<C>,
        to_api: impl FnOnce(T) -> Option<V>,
    ) -> Result<T, Error> {
        match to_api(self.0.clone()) {
            Some(current) => self.require_match(context, |_| current),
            None if read(&context.parts.headers, &header::IF_MATCH)?.is_some() => {
                Err(Error::PreconditionFailed(ABSENT))
            }
            None => Ok(self.0),
        }
    }
}

fn read<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<EntityTags<'a>>, Error> {
    let malformed =
        || Error::field(name.as_str(), "pattern", "must be `*` or a list of entity tags in double quotes");
    // Fields that an operation declares were validated with its parameters, which rejects malformed ones.
    EntityTags::read(headers.get_all(name)).map_err(|_| malformed())
}

/// Adds entity tags, codings and cache rules to responses, and evaluates the preconditions of reads. An operation has
/// tags if the contract declares `ETag` for it. Responses with neither a tag nor a cache rule of the handler get
/// `no-store`.
pub fn layer<I: HttpService>(contract: Arc<Contract>, mut inner: I) -> impl HttpService {
    let bodies = CodedBodies::default();
    service_fn(move |request: Request| {
        let Some(called) = Called::from_extensions(request.extensions()) else {
            return Either::Left(ready(Ok(unrecorded())));
        };
        let asked = PendingRequest::new(called, &request);
        let (contract, bodies) = (Arc::clone(&contract), bodies.clone());
        let response = inner.call(request);
        let finish = async move |response| Ok(asked.finish(&contract, &bodies, response).await);
        Either::Right(response.and_then(finish))
    })
}

/// Properties of a request that are needed for its response.
struct PendingRequest {
    called: Called,
    is_read: bool,
    has_credentials: bool,
    coding: Coding,
    /// Preconditions of a read, if it has any.
    conditions: Option<HeaderMap>,
}

impl PendingRequest {
    fn new(called: Called, request: &Request) -> Self {
        let headers = request.headers();
        let is_read = *request.method() == Method::GET;
        let is_condition = |name: &HeaderName| *name == header::IF_MATCH || *name == header::IF_NONE_MATCH;
        let has_conditions =
            headers.contains_key(header::IF_MATCH) || headers.contains_key(header::IF_NONE_MATCH);
        let conditions =
            || headers.iter().filter(|(name, _)| is_condition(name)).map(|(n, v)| (n.clone(), v.clone()));
        Self {
            called,
            is_read,
            has_credentials: headers.contains_key(header::AUTHORIZATION) || headers.contains_key(API_KEY),
            coding: Coding::negotiate(headers, &CODINGS),
            conditions: (is_read && has_conditions).then(|| conditions().collect()),
        }
    }

    async fn finish(
        self,
        contract: &Contract,
        bodies: &CodedBodies,
        response: Response<Body>,
    ) -> Response<Body> {
        let Some(operation) = response.extensions().get::<&'static Operation>().copied() else {
            return response;
        };
        let is_ok = response.status() == StatusCode::OK;
        let own_rule = response.headers().get(header::CACHE_CONTROL);
        let has_tag = match own_rule {
            // A response with its own cache rule has a tag if that rule allows it to be stored.
            Some(rule) => is_ok && self.is_read && rule != "no-store",
            None => is_ok && contract.has_header(operation, StatusCode::OK, "ETag"),
        };
        let rule = match (own_rule, has_tag, self.has_credentials) {
            (Some(_), ..) => None,
            (None, false, _) => Some("no-store"),
            (None, true, true) => Some("private, no-cache, no-transform"),
            (None, true, false) => Some("no-cache, no-transform"),
        };
        let is_large =
            http_body::Body::size_hint(response.body()).exact().is_some_and(|size| size >= COMPRESSED as u64);
        let (mut parts, body) = response.into_parts();
        if let Some(rule) = rule {
            parts.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(rule));
        }
        if !has_tag && (self.coding == Coding::Identity || !is_large) {
            return Response::from_parts(parts, body);
        }
        let bytes = match body.collect().await {
            Ok(collected) => collected.to_bytes(),
            Err(error) => {
                return self
                    .error_response(operation, &Error::Internal(format!("a body cannot be read: {error}")));
            }
        };
        let version = has_tag.then(|| Version::in_response(&parts.headers, &bytes));
        self.with_representation(operation, version.as_ref(), parts, bytes, bodies)
    }

    /// Returns the encoded response, or the outcome of its preconditions.
    fn with_representation(
        &self,
        operation: &'static Operation,
        version: Option<&Version>,
        mut parts: response::Parts,
        bytes: Bytes,
        bodies: &CodedBodies,
    ) -> Response<Body> {
        let own_coding = parts.headers.get(header::CONTENT_ENCODING).map(|own| own == "gzip");
        let is_varying = own_coding.is_none() && is_compressible(&parts.headers);
        let mut coding = match own_coding {
            Some(true) => Coding::Gzip,
            None if is_varying => self.coding,
            _ => Coding::Identity,
        };
        if is_varying {
            parts.headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        if let (Some(version), Some(conditions)) = (version, &self.conditions) {
            match evaluate(version, conditions, coding) {
                Ok(None) => {}
                Ok(Some(known)) => return not_modified(version, known, parts),
                Err(error) => return self.error_response(operation, &error),
            }
        }
        let mut bytes = bytes;
        if is_varying && coding != Coding::Identity {
            let is_kept = self.is_read && !self.has_credentials;
            let coded =
                if is_kept { bodies.encode(coding, &bytes) } else { coding.encode(&bytes).map(Bytes::from) };
            match coded {
                Ok(coded) => bytes = coded,
                // Encoding bytes in memory does not fail. If it did, the plain bytes would be sent.
                Err(_) => coding = Coding::Identity,
            }
            parts.headers.remove(header::CONTENT_LENGTH);
            coding.header().map(|value| parts.headers.insert(header::CONTENT_ENCODING, value));
        }
        if let Some(etag) = version.and_then(|version| version.etag(coding)) {
            parts.headers.insert(header::ETAG, etag);
        }
        Response::from_parts(parts, Body::from(bytes))
    }

    fn error_response(&self, operation: &'static Operation, error: &Error) -> Response<Body> {
        let mut response = problem::response(error, &self.called);
        response.extensions_mut().insert(operation);
        response
    }
}

/// Evaluates the preconditions of a read in their order (RFC 9110, 13.2.2). Returns an error if `If-Match` fails.
/// Returns the coding of the client's copy if `If-None-Match` fails.
fn evaluate(version: &Version, conditions: &HeaderMap, coding: Coding) -> Result<Option<Coding>, Error> {
    read(conditions, &header::IF_MATCH)?.map_or(Ok(()), |tags| version.require_match(&tags))?;
    Ok(read(conditions, &header::IF_NONE_MATCH)?.and_then(|tags| version.matching_coding(&tags, coding)))
}

/// Returns 304 with the fields of the 200, except those of its body, and the tag of the client's copy.
fn not_modified(version: &Version, known: Coding, mut parts: response::Parts) -> Response<Body> {
    parts.status = StatusCode::NOT_MODIFIED;
    for name in [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::CONTENT_LENGTH] {
        parts.headers.remove(name);
    }
    if let Some(etag) = version.etag(known) {
        parts.headers.insert(header::ETAG, etag);
    }
    Response::from_parts(parts, Body::empty())
}

/// Returns `true` for text. Pictures do not compress, and a stream of events must not wait for an encoder.
fn is_compressible(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let essence = media_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let is_text = essence.starts_with(b"text/") && essence != b"text/event-stream";
    is_text || [&b"json"[..], b"yaml", b"xml", b"javascript"].iter().any(|end| essence.ends_with(end))
}

#[cfg(test)]
mod tests;
