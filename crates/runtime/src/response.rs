//! Responses of handlers, and their serialization.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde::Serialize;

/// Initial capacity of the header map: enough for the response and the layers, so that the map need not grow.
const HEADERS: usize = 24;
/// Initial capacity of a JSON body in bytes. A page of twenty items fits. The memory is freed once the body is sent.
const BODY: usize = 8 * 1024;

/// A response type, usually a generated one.
pub trait ApiResponse: Sized + Send {
    /// Converts this value into an HTTP response.
    fn into_response(self) -> Response<Body>;

    /// Wraps a response that is already serialized.
    fn raw(response: Response<Body>) -> Self;
}

/// The response of a handwritten route, which has no generated type.
impl ApiResponse for Response<Body> {
    fn into_response(self) -> Self {
        self
    }

    fn raw(response: Self) -> Self {
        response
    }
}

/// Builds the response of one variant of a generated response type.
pub struct ResponseBuilder {
    response: Response<Body>,
}

impl ResponseBuilder {
    /// Creates a response without a body.
    #[must_use]
    pub fn with_status(status: u16) -> Self {
        let mut response = Response::new(Body::empty());
        response.headers_mut().reserve(HEADERS);
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { response }
    }

    /// Sets a header if there is a value. A value that is not valid in a header, such as one with a line break, is
    /// left out.
    #[must_use]
    pub fn header(mut self, name: &str, value: Option<String>) -> Self {
        if let Some(value) = value
            && let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
        {
            self.response.headers_mut().insert(name, value);
        }
        self
    }

    /// Serializes a value as the JSON body.
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
            // Wire types have only string keys and finite numbers, so a failure here is a bug in the server.
            Err(_) => *self.response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR,
        }
        self
    }

    /// Returns the finished response.
    #[must_use]
    pub fn build(self) -> Response<Body> {
        self.response
    }
}
