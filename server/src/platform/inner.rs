//! What a layer stands around.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::Request;
use http::Response;
use tower::Service;

/// A service that answers every request, and is ready for one at any time. A layer is a function from one to another: it
/// costs no box and no copy of what it stands around for each request, as `axum::middleware::from_fn` does. It goes on
/// with combinators (`map_ok`, `and_then`): an `async` block around the inner future would have room for it twice, and
/// some layers of them move kilobytes for each request.
pub trait Inner:
    Service<Request, Response = Response<Body>, Error = Infallible, Future: Send + 'static>
    + Clone
    + Send
    + 'static
{
}

impl<S> Inner for S where
    S: Service<Request, Response = Response<Body>, Error = Infallible, Future: Send + 'static>
        + Clone
        + Send
        + 'static
{
}
