//! The part of a request body that is unread when the response is ready. If a connection is closed with unread bytes,
//! the kernel resets it, and the client loses the response (RFC 9112, 9.6). A small remainder is therefore read before
//! the response is sent, and the connection stays open. For a large one, the response announces the end of the
//! connection, and the server reads on after sending it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http::{HeaderMap, HeaderValue, Request, Response, header};
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;

/// Maximum size in bytes of a remainder that is read before the response.
const SMALL: usize = 256 * 1024;
/// Maximum time for such a remainder to arrive.
const DEADLINE: Duration = Duration::from_millis(500);

/// The body of a request, shared by the service and the connection.
#[derive(Clone)]
struct Shared(Arc<Mutex<Remaining>>);

struct Remaining {
    body: Incoming,
    is_asked_for: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Remaining> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl http_body::Body for Shared {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let mut remaining = self.lock();
        remaining.is_asked_for = true;
        Pin::new(&mut remaining.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.lock().body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.lock().body.size_hint()
    }
}

/// The remainder of a request's body.
pub(super) struct Remainder {
    body: Shared,
    /// Set if the client sent `Expect`: it waits for a 100 response, and may never send the body.
    is_expecting: bool,
}

/// Splits a request into the request to be served and the remainder of its body. A request without a body has no
/// remainder.
pub(super) fn split(request: Request<Incoming>) -> (Request<Body>, Option<Remainder>) {
    if request.body().is_end_stream() {
        return (request.map(|_| Body::empty()), None);
    }
    let is_expecting = request.headers().contains_key(header::EXPECT);
    let (parts, body) = request.into_parts();
    let body = Shared(Arc::new(Mutex::new(Remaining { body, is_asked_for: false })));
    let request = Request::from_parts(parts, Body::new(body.clone()));
    (request, Some(Remainder { body, is_expecting }))
}

impl Remainder {
    /// Reads a small remainder. For a large one, announces the end of the connection in the response.
    pub(super) async fn settle<B>(self, response: &mut Response<B>) {
        if !self.discard().await {
            close_after(response.headers_mut());
        }
    }

    /// Reads a small remainder. Returns `true` if nothing is left.
    async fn discard(mut self) -> bool {
        let is_known_to_be_large = {
            let remaining = self.body.lock();
            if remaining.body.is_end_stream() {
                return true;
            }
            if self.is_expecting && !remaining.is_asked_for {
                return false;
            }
            remaining.body.size_hint().lower() > SMALL as u64
        };
        if is_known_to_be_large {
            return false;
        }
        let rest = async {
            let mut left = SMALL;
            loop {
                match std::future::poll_fn(|context| Pin::new(&mut self.body).poll_frame(context)).await {
                    None => return true,
                    Some(Err(_)) => return false,
                    Some(Ok(frame)) => match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
                        Some(rest) => left = rest,
                        None => return false,
                    },
                }
            }
        };
        tokio::time::timeout(DEADLINE, rest).await.unwrap_or(false)
    }
}

/// Marks a response as the last one of its connection.
pub(super) fn close_after(headers: &mut HeaderMap) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
}
