//! What the server records about a request before its path is rewritten, and the context that handlers get.

use std::sync::Arc;

use axum::body::Body;
use http::{Extensions, Method, Response, StatusCode};

use crate::platform::forwarded::Client;

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

    /// Returns the record in the extensions of a request.
    ///
    /// # Errors
    /// Returns a bare 500 for a request that did not pass [`crate::platform::telemetry::layer`], which is a bug: without
    /// the record there is neither a path nor a request id to respond with.
    pub fn from_extensions(extensions: &Extensions) -> Result<Self, Response<Body>> {
        extensions.get::<Self>().cloned().ok_or_else(unrecorded)
    }

    /// Takes the record out of the extensions of a request.
    ///
    /// # Errors
    /// As for [`Called::from_extensions`].
    pub fn take(extensions: &mut Extensions) -> Result<Self, Response<Body>> {
        extensions.remove::<Self>().ok_or_else(unrecorded)
    }
}

fn unrecorded() -> Response<Body> {
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
        let mut extensions = Extensions::new();
        for refused in [Called::from_extensions(&extensions), Called::take(&mut extensions)] {
            assert_eq!(refused.expect_err("nothing is recorded").status(), 500);
        }
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
