//! The service inside a layer.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::Request;
use http::Response;
use tower::Service;

/// An infallible service that is always ready. A layer is a function from one such service to another. Unlike
/// `axum::middleware::from_fn`, it needs neither a box nor a copy of the inner service for each request. Layers use
/// combinators (`map_ok`, `and_then`): an `async` block would reserve space for the inner future twice, and several
/// layers would move kilobytes for each request.
pub trait HttpService:
    Service<Request, Response = Response<Body>, Error = Infallible, Future: Send + 'static>
    + Clone
    + Send
    + 'static
{
}

impl<S> HttpService for S where
    S: Service<Request, Response = Response<Body>, Error = Infallible, Future: Send + 'static>
        + Clone
        + Send
        + 'static
{
}
