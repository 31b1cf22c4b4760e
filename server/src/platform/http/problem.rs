//! The body of all error responses: the representation of an [`Error`], and the data of the request in it.

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;

use crate::error::Error;
use crate::platform::http::request::Called;

/// Returns the response for an error.
pub fn response(error: &Error, called: &Called) -> Response<Body> {
    let fields = error.problem_fields();
    if fields.status.is_server_error() {
        if fields.status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(reason = %error, "a request failed");
        } else {
            tracing::warn!(reason = %error, "a request could not be served");
        }
    }
    let slug = fields.code.to_ascii_lowercase().replace('_', "-");
    let body = json!({
        "type": format!("/problems/{slug}"),
        "title": fields.title,
        "status": fields.status.as_u16(),
        "detail": fields.detail,
        "instance": called.public_path(),
        "request_id": &*called.request_id,
        "error": {"code": fields.code, "message": fields.detail, "details": fields.details},
    });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = fields.status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(challenge) = fields.challenge.and_then(|text| HeaderValue::from_str(&text).ok()) {
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    match error {
        // The rest of the body could be taken for the next request.
        Error::RequestTimeout => drop(headers.insert(header::CONNECTION, HeaderValue::from_static("close"))),
        // Indicates that the content coding is the reason for the refusal (RFC 9110, section 15.5.16).
        Error::UnsupportedCoding => {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        _ => {}
    }
    if let Some(seconds) = fields.retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if let Some(allow) = fields.allow.and_then(|allow| HeaderValue::from_str(&allow).ok()) {
        headers.insert(header::ALLOW, allow);
    }
    response
}
