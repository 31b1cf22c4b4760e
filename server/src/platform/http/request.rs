//! What the server records about a request before its path is rewritten, and the context that handlers get.

use std::sync::Arc;

use axum::body::Body;
use http::{Extensions, Method, Response, StatusCode};

use crate::platform::http::forwarded::Client;

/// A request that passed authentication and the checks of the contract, for its handler.
pub type RequestContext<C> = agora_runtime::RequestContext<C, Called>;

/// The request as called, recorded before its path is rewritten.
#[derive(Clone, Debug)]
pub struct Called {
    /// Method as sent by the client.
    pub method: Method,
    /// Path as sent by the client.
    pub path: Arc<str>,
    /// Path of `PUBLIC_URL`, which a proxy has removed.
    pub prefix: Arc<str>,
    /// Client of the request.
    pub client: Client,
    /// Id of the request, sent by the client or generated.
    pub request_id: Arc<str>,
}

impl Called {
    /// Returns the path as clients see it, with the prefix.
    pub fn public_path(&self) -> String {
        format!("{}{}", self.prefix, self.path)
    }

    /// Returns the record in the extensions of a request. It is missing only if the request did not pass
    /// [`crate::platform::telemetry::layer`], which is a bug: respond with [`unrecorded`].
    pub fn from_extensions(extensions: &Extensions) -> Option<Self> {
        extensions.get::<Self>().cloned()
    }
}

/// Returns a bare 500: without a record there is neither a path nor a request id to respond with.
pub fn unrecorded() -> Response<Body> {
    tracing::error!("a request was routed without being recorded");
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_was_not_recorded_is_an_error_and_gets_no_invented_record() {
        assert!(Called::from_extensions(&Extensions::new()).is_none());
        assert_eq!(unrecorded().status(), 500);
    }
}

/// Contexts for unit tests.
#[cfg(test)]
pub mod examples {
    use agora_runtime::{Access, Idempotency, Operation};
    use bytes::Bytes;

    use super::*;

    /// An operation that accepts an Idempotency-Key.
    pub static OPERATION: Operation = Operation {
        id: "create_thing",
        tag: "things",
        method: "POST",
        path: "/things",
        deprecated: false,
        sunset: "",
        who: Access::User,
        scope: "write",
        idempotency: Idempotency::Accepted,
        rate_limit: "public",
        sql_round_trips: 1,
        body_limit: Operation::BODY_LIMIT,
        page_size: 0,
    };

    /// Returns the context of a request that was called as `/api/products`.
    pub fn context(request: http::request::Builder, body: &[u8]) -> RequestContext<()> {
        RequestContext {
            operation: &OPERATION,
            caller: (),
            arrival: Called {
                method: Method::GET,
                path: "/api/products".into(),
                prefix: "".into(),
                client: Client::default(),
                request_id: "test".into(),
            },
            parts: request.body(()).expect("a request").into_parts().0,
            body: Bytes::copy_from_slice(body),
            same_as_stored: None,
        }
    }
}
