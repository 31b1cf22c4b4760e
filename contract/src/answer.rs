//! Answers: what a handler gives back, and how it becomes bytes.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde::Serialize;

/// Headers that an answer has room for: its own and those that layers add, so that the map need not grow on the way.
const HEADERS: usize = 24;
/// Bytes that a JSON body has room for at first: a page of twenty things fits. It is given back when it is sent.
const BODY: usize = 8 * 1024;

/// What generated response types can do.
pub trait Answer: Sized + Send {
    /// The HTTP response.
    fn into_response(self) -> Response<Body>;

    /// An answer whose bytes are made already.
    fn raw(response: Response<Body>) -> Self;
}

/// An answer that is no generated type: of a route that is written by hand.
impl Answer for Response<Body> {
    fn into_response(self) -> Self {
        self
    }

    fn raw(response: Self) -> Self {
        response
    }
}

/// Builds the response of one variant of a generated response type.
pub struct Reply {
    response: Response<Body>,
}

impl Reply {
    /// A response without a body.
    #[must_use]
    pub fn new(status: u16) -> Self {
        let mut response = Response::new(Body::empty());
        response.headers_mut().reserve(HEADERS);
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { response }
    }

    /// Sets a header where there is a value; one that cannot be a header (a line break in it) is left out.
    #[must_use]
    pub fn header(mut self, name: &str, value: Option<String>) -> Self {
        if let Some(value) = value
            && let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
        {
            self.response.headers_mut().insert(name, value);
        }
        self
    }

    /// Sets the body to the JSON of a value.
    #[must_use]
    pub fn json<T: Serialize>(mut self, media_type: &'static str, body: &T) -> Self {
        let mut bytes = Vec::with_capacity(BODY);
        match serde_json::to_writer(&mut bytes, body) {
            Ok(()) => {
                self.response
                    .headers_mut()
                    .insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
                *self.response.body_mut() = Body::from(Bytes::from(bytes));
            }
            // Wire types have text keys and finite numbers only; should one ever fail, it is a fault of the server.
            Err(_) => *self.response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR,
        }
        self
    }

    /// The response.
    #[must_use]
    pub fn finish(self) -> Response<Body> {
        self.response
    }
}
