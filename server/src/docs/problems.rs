//! The pages that the `type` of a problem links to, with the meaning and the remedy of each kind.

struct Kind {
    code: &'static str,
    status: u16,
    title: &'static str,
    /// HTML.
    text: &'static str,
}

const fn kind(code: &'static str, status: u16, title: &'static str, text: &'static str) -> Kind {
    Kind { code, status, title, text }
}

const PAGE: &str = include_str!("problem.html");

const KINDS: [Kind; 18] = [
    kind(
        "VALIDATION_ERROR",
        400,
        "Invalid request",
        "The request violates the contract. <code>error.details.fields</code> lists the violations by field, each with its \
         <code>rule</code> and a message. Correct all of them and send the request again.",
    ),
    kind(
        "UNAUTHORIZED",
        401,
        "Unauthorized",
        "The operation requires an access token, or the username or password is wrong. Sign in and send the token in the \
         <code>Authorization: Bearer</code> header.",
    ),
    kind(
        "TOKEN_EXPIRED",
        401,
        "Invalid access token",
        "The access token has expired. Exchange the refresh token for a new pair, or sign in again.",
    ),
    kind(
        "TOKEN_INVALID",
        401,
        "Invalid access token",
        "The access token is malformed, or its session has ended. Sign in again.",
    ),
    kind(
        "FORBIDDEN",
        403,
        "Forbidden",
        "The access token is valid, but does not permit this operation. It may require the owner, staff or another scope.",
    ),
    kind("NOT_FOUND", 404, "Not found", "The path or resource does not exist, or you may not see it."),
    kind(
        "METHOD_NOT_ALLOWED",
        405,
        "Method not allowed",
        "The path does not support this method. The <code>Allow</code> header lists the supported methods.",
    ),
    kind(
        "REQUEST_TIMEOUT",
        408,
        "Request timeout",
        "The request body did not arrive in time, and the connection was closed. Send the request again.",
    ),
    kind(
        "CONFLICT",
        409,
        "Conflict",
        "The request conflicts with existing data. If a value must be unique, <code>error.details.fields</code> names the \
         field; choose another value.",
    ),
    kind(
        "REQUEST_IN_PROGRESS",
        409,
        "Request in progress",
        "The first request with this <code>Idempotency-Key</code> is still in progress. Wait for the number of seconds in \
         <code>Retry-After</code>, then send the same request again.",
    ),
    kind(
        "PRECONDITION_FAILED",
        412,
        "Precondition failed",
        "A precondition (<code>If-Match</code> or <code>If-None-Match</code>) failed. Read the resource again, review the \
         change, and send the new <code>ETag</code>.",
    ),
    kind(
        "PAYLOAD_TOO_LARGE",
        413,
        "Payload too large",
        "The request body is too large. <code>error.details.limit</code> is the maximum number of bytes.",
    ),
    kind("URI_TOO_LONG", 414, "URI too long", "The path and query must not exceed 8,192 bytes in total."),
    kind(
        "UNSUPPORTED_MEDIA_TYPE",
        415,
        "Unsupported media type",
        "Send the body with <code>Content-Type: application/json</code>, in UTF-8 and without <code>Content-Encoding</code>.",
    ),
    kind(
        "IDEMPOTENCY_MISMATCH",
        422,
        "Idempotency key reused",
        "The idempotency key was already used for a different request. Use a new key for each new request.",
    ),
    kind(
        "RATE_LIMITED",
        429,
        "Too many requests",
        "Wait for the number of seconds in <code>Retry-After</code>, then retry.",
    ),
    kind(
        "SERVER_ERROR",
        500,
        "Internal server error",
        "An unexpected server error. Report the <code>request_id</code> to the operator.",
    ),
    kind(
        "UNAVAILABLE",
        503,
        "Service unavailable",
        "The server or its database is busy or unreachable. Wait for the number of seconds in <code>Retry-After</code>, then \
         send the request again, with the same <code>Idempotency-Key</code> if it had one.",
    ),
];

/// Renders the page of a kind; `slug` is the last segment of `type`, and `prefix` precedes the paths of its links.
pub fn page(prefix: &str, slug: &str) -> Option<String> {
    let code = slug.to_ascii_uppercase().replace('-', "_");
    let Kind { code, status, title, text } = KINDS.iter().find(|kind| kind.code == code)?;
    let filled = PAGE
        .replace("{{title}}", title)
        .replace("{{status}}", &status.to_string())
        .replace("{{prefix}}", prefix);
    Some(filled.replace("{{code}}", code).replace("{{text}}", text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::{Error, TokenError};

    #[test]
    fn pages_have_status_and_title_of_their_errors() {
        let nothing = || json!({});
        let errors = [
            Error::Validation(String::new(), nothing()),
            Error::Unauthorized(""),
            Error::BadToken(TokenError::Expired),
            Error::BadToken(TokenError::Revoked),
            Error::Forbidden(""),
            Error::UnknownPath,
            Error::MethodNotAllowed(String::new()),
            Error::RequestTimeout,
            Error::Conflict(String::new(), nothing()),
            Error::StillRunning,
            Error::PreconditionFailed(""),
            Error::PayloadTooLarge(1),
            Error::UriTooLong(1),
            Error::UnsupportedCoding,
            Error::IdempotencyMismatch,
            Error::Internal(String::new()),
            Error::Unavailable(String::new()),
        ];
        for error in errors {
            let fields = error.problem_fields();
            let kind = KINDS.iter().find(|kind| kind.code == fields.code).expect("there is a page");
            assert_eq!((kind.status, kind.title), (fields.status.as_u16(), fields.title), "{}", fields.code);
        }
    }
}
