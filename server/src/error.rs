//! The error type of the server. Only this module maps errors to status, code and text of a response.

use std::fmt;

use agora_runtime::{Rejection, Violations};
use http::StatusCode;
use serde_json::{Map, Value, json};

/// The reason why a request fails.
#[derive(Debug)]
pub enum Error {
    /// 400: the request violates the contract, or a rule that its schema cannot express. With detail and `error.details`.
    Validation(String, Value),
    /// 401: the credential is missing or wrong.
    Unauthorized(&'static str),
    /// 401: the access token is not accepted.
    BadToken(TokenError),
    /// 403: the credential lacks this scope.
    InsufficientScope(String),
    /// 403: the caller lacks the permission.
    Forbidden(&'static str),
    /// 404: the path is not in the contract.
    UnknownPath,
    /// 404: no object visible to the caller has this id. With the detail, and the id as sent for `error.details`.
    UnknownId(&'static str, String),
    /// 405, with the value of `Allow`.
    MethodNotAllowed(String),
    /// 408: the body did not arrive in time.
    RequestTimeout,
    /// 409: the request conflicts with the current state. With detail and `error.details`.
    Conflict(String, Value),
    /// 409: the first request with this `Idempotency-Key` is still running.
    StillRunning,
    /// 412: a precondition of the request failed. With the detail.
    PreconditionFailed(&'static str),
    /// 413: the body exceeds this number of bytes.
    PayloadTooLarge(usize),
    /// 414: the target exceeds this number of bytes.
    UriTooLong(usize),
    /// 415: the body is not of this expected media type.
    UnsupportedMediaType(String),
    /// 415: the body has a content coding.
    UnsupportedCoding,
    /// 422: the `Idempotency-Key` was used for another request.
    IdempotencyMismatch,
    /// 429: the client has sent too many requests. The number is `Retry-After` in seconds.
    RateLimited(u32),
    /// 503: a dependency is unavailable. The reason is only logged.
    Unavailable(String),
    /// 503: PostgreSQL aborted the transaction in favor of another one, so that a further attempt may succeed. The reason is
    /// only logged.
    Aborted(String),
    /// 503: a queue is full. The reason is only logged; the number is `Retry-After` in seconds.
    Busy(&'static str, u32),
    /// 500: an error of the server. The reason is only logged.
    Internal(String),
}

/// The challenge for requests without a credential.
const CHALLENGE: &str = "Bearer realm=\"agora\"";

/// The reason why an access token is not accepted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenError {
    /// `exp` has passed.
    Expired,
    /// Its session has ended.
    Revoked,
    /// It was not issued by this server.
    Malformed,
}

impl TokenError {
    /// Returns a sentence for `detail` and for `error_description` of the challenge.
    fn description(self) -> &'static str {
        match self {
            Self::Expired => "The credential has expired",
            Self::Revoked => "The credential was revoked",
            Self::Malformed => "The credential is malformed or unknown",
        }
    }
}

/// The status, members and header fields of a problem response.
pub struct ProblemFields {
    pub status: StatusCode,
    /// `error.code`.
    pub code: &'static str,
    /// `title`.
    pub title: &'static str,
    /// `detail` and `error.message`.
    pub detail: String,
    /// `error.details`.
    pub details: Value,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
    /// `Allow`.
    pub allow: Option<String>,
    /// `WWW-Authenticate` (RFC 6750, section 3).
    pub challenge: Option<String>,
}

impl Error {
    /// Creates a 400 for one field.
    pub fn field(field: &str, rule: &str, message: &str) -> Self {
        Self::Validation(
            sentence(field, message),
            json!({"fields": {field: [{"rule": rule, "message": message}]}}),
        )
    }

    /// Creates a 409 for a field with a value that must be unique.
    pub fn taken(field: &str, detail: &str) -> Self {
        Self::all_taken(&[field], detail)
    }

    /// Creates a 409 for several fields with values that must be unique.
    pub fn all_taken(fields: &[&str], detail: &str) -> Self {
        let reported = |field: &&str| {
            ((*field).to_owned(), json!([{"rule": "unique", "message": "must be unique; already taken"}]))
        };
        let fields: Map<String, Value> = fields.iter().map(reported).collect();
        Self::Conflict(detail.to_owned(), json!({"fields": fields}))
    }

    /// Returns `true` if a retry of the same request would fail in the same way, so that the response may be stored for
    /// its `Idempotency-Key`. A 412 is not stored: its header field is not part of the request's fingerprint.
    pub fn is_deterministic(&self) -> bool {
        matches!(self, Self::UnknownId(..) | Self::Conflict(..))
    }

    /// Returns status, code and title.
    fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Validation(..) => (StatusCode::BAD_REQUEST, "VALIDATION_ERROR", "Invalid request"),
            Self::Unauthorized(_) => (StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Unauthorized"),
            Self::BadToken(violation) => {
                let code = if *violation == TokenError::Expired { "TOKEN_EXPIRED" } else { "TOKEN_INVALID" };
                (StatusCode::UNAUTHORIZED, code, "Invalid access token")
            }
            Self::InsufficientScope(_) => (StatusCode::FORBIDDEN, "FORBIDDEN", "Insufficient scope"),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, "FORBIDDEN", "Forbidden"),
            Self::UnknownPath | Self::UnknownId(..) => (StatusCode::NOT_FOUND, "NOT_FOUND", "Not found"),
            Self::MethodNotAllowed(_) => {
                (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "Method not allowed")
            }
            Self::RequestTimeout => (StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT", "Request timeout"),
            Self::Conflict(..) => (StatusCode::CONFLICT, "CONFLICT", "Conflict"),
            Self::StillRunning => (StatusCode::CONFLICT, "REQUEST_IN_PROGRESS", "Request in progress"),
            Self::PreconditionFailed(_) => {
                (StatusCode::PRECONDITION_FAILED, "PRECONDITION_FAILED", "Precondition failed")
            }
            Self::PayloadTooLarge(_) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", "Payload too large")
            }
            Self::UriTooLong(_) => (StatusCode::URI_TOO_LONG, "URI_TOO_LONG", "URI too long"),
            Self::UnsupportedMediaType(_) | Self::UnsupportedCoding => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", "Unsupported media type")
            }
            Self::IdempotencyMismatch => {
                (StatusCode::UNPROCESSABLE_ENTITY, "IDEMPOTENCY_MISMATCH", "Idempotency key reused")
            }
            Self::RateLimited(_) => (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", "Too many requests"),
            Self::Unavailable(_) | Self::Aborted(_) | Self::Busy(..) => {
                (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "Service unavailable")
            }
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "SERVER_ERROR", "Internal server error"),
        }
    }

    /// Returns the text of `detail`. Reasons of 5xx are only logged.
    fn detail(&self) -> String {
        match self {
            Self::Validation(detail, _) | Self::Conflict(detail, _) => detail.clone(),
            Self::Unauthorized(detail)
            | Self::Forbidden(detail)
            | Self::UnknownId(detail, _)
            | Self::PreconditionFailed(detail) => (*detail).to_owned(),
            Self::BadToken(violation) => {
                format!("{}; refresh or replace it, or sign in again", violation.description())
            }
            Self::InsufficientScope(scope) => format!("The credential lacks the scope `{scope}`"),
            Self::UnknownPath => "No route matches this path".to_owned(),
            Self::MethodNotAllowed(_) => "Use one of the methods in the `Allow` header".to_owned(),
            Self::StillRunning => {
                "The first request with this idempotency key is still in progress; retry later".to_owned()
            }
            Self::PayloadTooLarge(limit) => format!("The request body must not exceed {limit} bytes"),
            Self::RequestTimeout => "Send the whole request body without pauses".to_owned(),
            Self::UriTooLong(limit) => format!("The path and query must not exceed {limit} bytes in total"),
            Self::UnsupportedMediaType(expected) => format!("Send the body as {expected} in UTF-8"),
            Self::UnsupportedCoding => "Send the body uncompressed, without `Content-Encoding`".to_owned(),
            Self::IdempotencyMismatch => "Use a new idempotency key for each new request".to_owned(),
            Self::RateLimited(_) | Self::Unavailable(_) | Self::Aborted(_) | Self::Busy(..) => {
                "Retry after the number of seconds in `Retry-After`".to_owned()
            }
            Self::Internal(_) => "Unexpected error; report the `request_id` to the operator".to_owned(),
        }
    }

    /// Converts the error to its response.
    pub fn problem_fields(&self) -> ProblemFields {
        let (status, code, title) = self.kind();
        let details = match self {
            Self::Validation(_, details) | Self::Conflict(_, details) => details.clone(),
            Self::UnknownId(_, id) => json!({"id": id}),
            Self::PayloadTooLarge(limit) | Self::UriTooLong(limit) => json!({"limit": limit}),
            Self::UnsupportedMediaType(expected) => json!({"expected": [expected]}),
            Self::Busy(..) => json!({"reason": "busy"}),
            Self::Aborted(_) => json!({"reason": "contention"}),
            Self::Unavailable(_) => json!({"reason": "dependency"}),
            _ => Value::Object(Map::new()),
        };
        let retry_after = match self {
            Self::StillRunning | Self::Unavailable(_) | Self::Aborted(_) => Some(1),
            Self::Busy(_, seconds) | Self::RateLimited(seconds) => Some(*seconds),
            _ => None,
        };
        let allow = if let Self::MethodNotAllowed(allow) = self { Some(allow.clone()) } else { None };
        let challenge = match self {
            Self::Unauthorized(_) => Some(CHALLENGE.to_owned()),
            Self::BadToken(violation) => Some(format!(
                "{CHALLENGE}, error=\"invalid_token\", error_description=\"{}\"",
                violation.description()
            )),
            Self::InsufficientScope(scope) => {
                Some(format!("{CHALLENGE}, error=\"insufficient_scope\", scope=\"{scope}\""))
            }
            _ => None,
        };
        ProblemFields { status, code, title, detail: self.detail(), details, retry_after, allow, challenge }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(reason) | Self::Aborted(reason) | Self::Internal(reason) => {
                formatter.write_str(reason)
            }
            Self::Busy(reason, _) => formatter.write_str(reason),
            other => formatter.write_str(&other.detail()),
        }
    }
}

impl std::error::Error for Error {}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Faults(violations) => Self::from(violations),
            Rejection::MediaType(expected) => Self::UnsupportedMediaType(expected),
            Rejection::Coding => Self::UnsupportedCoding,
            Rejection::TooLarge(limit) => Self::PayloadTooLarge(limit),
            Rejection::Unread => Self::field("body", "whole", "must be complete"),
            Rejection::Late => Self::RequestTimeout,
        }
    }
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        let is_truncated = violations.is_truncated();
        let detail = match violations.as_slice() {
            [violation] => sentence(&violation.field, &violation.message),
            reported if is_truncated => {
                format!(
                    "More than {} violations; the first are listed in `error.details.fields`",
                    reported.len()
                )
            }
            reported => format!("{} violations, listed in `error.details.fields`", reported.len()),
        };
        let mut fields = Map::new();
        for violation in violations {
            let reported = fields.entry(violation.field).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(reported) = reported {
                reported.push(json!({"rule": violation.rule, "message": violation.message}));
            }
        }
        let mut details = json!({"fields": fields});
        if is_truncated {
            details["truncated"] = Value::Bool(true);
        }
        Self::Validation(detail, details)
    }
}

/// Joins a field and a message: `name must be provided`, `name: unknown field`.
fn sentence(field: &str, message: &str) -> String {
    let separator = if message.starts_with("must ") { " " } else { ": " };
    format!("{field}{separator}{message}")
}
