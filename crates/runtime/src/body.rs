//! The body of a request and the header fields that describe it. A field that changes the meaning of the bytes is
//! honoured or rejected, never ignored: mistaking a compressed or partial body for a complete one loses data silently.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{HeaderName, header};
use http_body_util::BodyExt;

use crate::fields::{self, MediaType, Reader};
use crate::rejection::Rejection;
use crate::violation::{Location, Violation};

/// Reads a complete body, which must arrive within the deadline. Its header fields are checked first.
///
/// # Errors
/// Returns the first rejection that applies.
pub(crate) async fn read(
    media_type: &str,
    limit: usize,
    parts: &Parts,
    body: Body,
    deadline: Duration,
) -> Result<Bytes, Rejection> {
    check_codings(parts)?;
    check_is_whole(parts)?;
    if !http_body::Body::is_end_stream(&body) {
        check_media_type(parts, media_type)?;
    }
    let declared = parts.headers.get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|value| value.to_str().ok()?.parse::<usize>().ok()).unwrap_or_default();
    if declared > limit {
        return Err(Rejection::TooLarge(limit));
    }
    let whole = tokio::time::timeout(deadline, collect(body, declared, limit));
    whole.await.unwrap_or(Err(Rejection::Late))
}

/// Collects a body into one buffer. Trailer fields are read and dropped, as RFC 9110 section 6.5.1 allows.
async fn collect(mut body: Body, declared: usize, limit: usize) -> Result<Bytes, Rejection> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Rejection::Unread)?;
        let Ok(data) = frame.into_data() else { continue };
        if whole.is_empty() && data.len() >= declared && http_body::Body::is_end_stream(&body) {
            // Most bodies arrive in one frame and need no copy.
            return if data.len() > limit { Err(Rejection::TooLarge(limit)) } else { Ok(data) };
        }
        if whole.len() + data.len() > limit {
            return Err(Rejection::TooLarge(limit));
        }
        if whole.is_empty() {
            whole.reserve(declared);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

/// Rejects every content coding except `identity`, and every transfer coding except `chunked`.
fn check_codings(parts: &Parts) -> Result<(), Rejection> {
    let only = |name: HeaderName, known: &str| {
        let codings = fields::list(parts.headers.get_all(&name), Reader::token);
        codings.is_ok_and(|codings| codings.iter().all(|coding| coding.eq_ignore_ascii_case(known)))
    };
    if !only(header::CONTENT_ENCODING, "identity") {
        return Err(Rejection::Coding);
    }
    if !only(header::TRANSFER_ENCODING, "chunked") {
        return Err(violation("Transfer-Encoding", "enum", "must be chunked"));
    }
    Ok(())
}

/// Rejects partial bodies, which would be mistaken for complete ones (RFC 9110 section 14.5).
fn check_is_whole(parts: &Parts) -> Result<(), Rejection> {
    if parts.headers.contains_key(header::CONTENT_RANGE) {
        return Err(violation("Content-Range", "absent", "must be absent; send the whole body"));
    }
    Ok(())
}

/// Compares the essence of the media type. Parameters are ignored, except that a charset other than UTF-8 is rejected.
fn check_media_type(parts: &Parts, expected: &str) -> Result<(), Rejection> {
    let mut lines = parts.headers.get_all(header::CONTENT_TYPE).iter();
    let sent = lines.next().and_then(|line| MediaType::read(line).ok());
    if lines.next().is_some() {
        return Err(violation("Content-Type", "repeated", "must appear only once"));
    }
    let is_utf8 = |charset: &str| ["utf-8", "utf8"].iter().any(|known| charset.eq_ignore_ascii_case(known));
    match sent {
        Some(sent) if sent.is(expected) && sent.parameter("charset").all(is_utf8) => Ok(()),
        _ => Err(Rejection::MediaType(expected.to_owned())),
    }
}

fn violation(field: &str, rule: &str, message: &str) -> Rejection {
    Rejection::Faults(Violation::new(Location::Header, field, rule, message).into())
}
