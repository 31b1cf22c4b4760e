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
        "The request is not valid",
        "The request breaks the contract. <code>error.details.fields</code> lists every violation by its field, each with \
         its <code>rule</code> and a message. Mend them all, and send the request again.",
    ),
    kind(
        "UNAUTHORIZED",
        401,
        "Credentials are missing or not valid",
        "The operation needs an access token, or the user name or password is wrong. Log in, and send the token in the \
         header <code>Authorization: Bearer</code>.",
    ),
    kind(
        "TOKEN_EXPIRED",
        401,
        "Access token not accepted",
        "The access token has expired. Exchange the refresh token for a new pair, or log in again.",
    ),
    kind(
        "TOKEN_INVALID",
        401,
        "Access token not accepted",
        "The access token is malformed, or its session has ended. Log in again.",
    ),
    kind(
        "FORBIDDEN",
        403,
        "You may not do this",
        "The credential is valid, and its user may not do this: only the owner or staff may, or the token lacks a scope.",
    ),
    kind(
        "NOT_FOUND",
        404,
        "There is no such thing",
        "There is nothing of this path or id, or you may not know of it.",
    ),
    kind(
        "METHOD_NOT_ALLOWED",
        405,
        "The path does not have this method",
        "The header <code>Allow</code> lists the methods of the path.",
    ),
    kind(
        "REQUEST_TIMEOUT",
        408,
        "The body did not arrive in time",
        "The body of the request did not arrive within 10 seconds, and the connection was closed. Send it again.",
    ),
    kind(
        "CONFLICT",
        409,
        "It conflicts with what is there",
        "Something else has a value that must be unique; <code>error.details.fields</code> names it. Choose another value.",
    ),
    kind(
        "REQUEST_IN_PROGRESS",
        409,
        "Request in progress",
        "The first request with this <code>Idempotency-Key</code> is still running. Wait for as long as \
         <code>Retry-After</code> says, and send the same request again.",
    ),
    kind(
        "PRECONDITION_FAILED",
        412,
        "It has changed since you read it",
        "A condition of the request (<code>If-Match</code>, <code>If-None-Match</code>) does not hold. Read the resource, \
         decide again, and send the new <code>ETag</code>.",
    ),
    kind(
        "PAYLOAD_TOO_LARGE",
        413,
        "The body is too large",
        "<code>error.details.limit</code> is the number of bytes that the operation takes.",
    ),
    kind(
        "URI_TOO_LONG",
        414,
        "The target is too long",
        "Path and query must have at most 8,192 bytes together.",
    ),
    kind(
        "UNSUPPORTED_MEDIA_TYPE",
        415,
        "The body has another media type or coding than expected",
        "Send <code>Content-Type: application/json</code>, in UTF-8, without <code>Content-Encoding</code>.",
    ),
    kind(
        "IDEMPOTENCY_MISMATCH",
        422,
        "The Idempotency-Key was used for another request",
        "A key is for one request and its retries. Make a new key for a new request.",
    ),
    kind("RATE_LIMITED", 429, "Too many requests", "Wait for as long as <code>Retry-After</code> says."),
    kind(
        "SERVER_ERROR",
        500,
        "Something went wrong here",
        "A fault of the server. Report the <code>request_id</code> to whoever runs it.",
    ),
    kind(
        "UNAVAILABLE",
        503,
        "Not available for a moment",
        "The server or its database is busy or not reachable. Wait for as long as <code>Retry-After</code> says, and send \
         the request again, with its <code>Idempotency-Key</code> if it has one.",
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
    use crate::error::{Error, TokenFault};

    #[test]
    fn pages_have_status_and_title_of_their_errors() {
        let nothing = || json!({});
        let errors = [
            Error::Validation(String::new(), nothing()),
            Error::Unauthorized(""),
            Error::BadToken(TokenFault::Expired),
            Error::BadToken(TokenFault::Revoked),
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
            let wire = error.wire();
            let kind = KINDS.iter().find(|kind| kind.code == wire.code).expect("there is a page");
            assert_eq!((kind.status, kind.title), (wire.status.as_u16(), wire.title), "{}", wire.code);
        }
    }
}
