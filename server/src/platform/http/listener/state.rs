//! The phase of a connection, shared by its stream, its requests and its deadlines.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::platform::http::listener::Waits;

/// Maximum duration of a request, from its header to the last byte of its response.
const REQUEST_DEADLINE: Duration = Duration::from_secs(120);
/// Maximum time for a closing connection to write the rest.
const CLOSE_DEADLINE: Duration = Duration::from_secs(10);

/// Phase of a connection and the time at which it began. Clones share it.
#[derive(Clone)]
pub(super) struct State(Arc<Mutex<(Phase, Instant)>>);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    /// Waiting for a request.
    Idle,
    /// Receiving a header.
    Header,
    /// Serving a request.
    Request,
    /// Writing the rest of a complete response.
    Writing,
    /// Closing as soon as the rest is written.
    Closing,
}

/// Outcome of a check of the deadlines.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// Keep it open.
    Keep,
    /// Close it gracefully.
    Close,
    /// Drop it immediately.
    Cut,
}

impl State {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new((Phase::Idle, Instant::now()))))
    }

    fn lock(&self) -> MutexGuard<'_, (Phase, Instant)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records received bytes, which begin a header if the connection is idle. Empty lines before a header are ignored
    /// (RFC 9112, 2.2): some clients send one after a body.
    fn received(&self, bytes: &[u8]) {
        let mut state = self.lock();
        if state.0 == Phase::Idle && !bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            *state = (Phase::Header, Instant::now());
        }
    }

    /// Records that all pending bytes are written.
    fn flushed(&self) {
        let mut state = self.lock();
        if state.0 == Phase::Writing {
            *state = (Phase::Idle, Instant::now());
        }
    }

    /// Records the start of a request. Its response is complete when the returned guard is dropped.
    pub(super) fn request(&self) -> InRequest {
        let mut state = self.lock();
        if state.0 != Phase::Closing {
            *state = (Phase::Request, Instant::now());
        }
        InRequest(self.clone())
    }

    /// Returns `true` if no request is being received or served, and no response is being written.
    pub(super) fn is_idle(&self) -> bool {
        self.lock().0 == Phase::Idle
    }

    /// Records that the connection is closing.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        if state.0 != Phase::Closing {
            *state = (Phase::Closing, Instant::now());
        }
    }

    /// Checks the deadline of the current phase.
    pub(super) fn verdict(&self, waits: Waits) -> Verdict {
        let (phase, since) = *self.lock();
        let (limit, verdict) = match phase {
            Phase::Idle => (waits.idle, Verdict::Close),
            Phase::Header => (waits.receive, Verdict::Cut),
            Phase::Request | Phase::Writing => (REQUEST_DEADLINE, Verdict::Cut),
            Phase::Closing => (CLOSE_DEADLINE, Verdict::Cut),
        };
        if since.elapsed() < limit { Verdict::Keep } else { verdict }
    }
}

/// Guard of a request that is being served.
pub(super) struct InRequest(State);

impl Drop for InRequest {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if state.0 == Phase::Request {
            state.0 = Phase::Writing;
        }
    }
}

/// The body of a response. Dropping it completes the response.
pub(super) struct ResponseBody {
    pub(super) body: Body,
    pub(super) _request: InRequest,
}

impl http_body::Body for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        http_body::Body::size_hint(&self.body)
    }
}

/// A stream that records when bytes arrive and when all are written: hyper flushes it when its buffer is empty.
pub(super) struct Watched<S> {
    pub(super) stream: S,
    pub(super) state: State,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_ready() && buffer.filled().len() > before {
            self.state.received(&buffer.filled()[before..]);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if flushed.is_ready() {
            self.state.flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
