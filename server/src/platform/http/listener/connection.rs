//! The lifecycle of a connection. hyper reads and writes; this module adds deadlines, the reaction to a shutdown, and
//! a close in stages. The write side is closed first, and the remaining input is read, so that the client receives the
//! last response.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_io_timeout::TimeoutStream;
use tower::{Service, ServiceExt as _};

use crate::platform::http::forwarded::Peer;
use crate::platform::http::listener::remainder::{self, close_after};
use crate::platform::http::listener::state::{ResponseBody, State, Verdict, Watched};
use crate::platform::http::listener::{Stage, Waits};

/// Interval between two checks of a connection's deadlines.
const TICK: Duration = Duration::from_secs(1);
/// Longest wait for a client to accept more bytes of a response.
const WRITE_DEADLINE: Duration = Duration::from_secs(20);
/// Maximum size of a header in bytes, including the request line.
const HEADER_SIZE: usize = 32 * 1024;
/// Maximum number of header lines.
const HEADER_LINES: usize = 100;
/// Number of seconds over which idle connections are closed at shutdown. Closing all at the same moment would cut off
/// many with a request on the wire.
const SPREAD: u16 = 3;
/// Maximum total time for the client to close its side, after the write side is closed.
const LINGER: Duration = Duration::from_secs(30);
/// Maximum time without input from the client during that time.
const LINGER_SILENCE: Duration = Duration::from_secs(5);
/// Maximum number of bytes read from the client during that time.
const LINGER_BYTES: usize = 64 * 1024 * 1024;

type Stream = Watched<Pin<Box<TimeoutStream<TcpStream>>>>;

/// Serves a connection until it ends.
pub(super) async fn serve<S>(
    stream: TcpStream,
    peer: Peer,
    service: S,
    waits: Waits,
    mut stages: watch::Receiver<Stage>,
) where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Unpin
        + 'static,
{
    let state = State::new();
    let (within, seen) = (state.clone(), stages.clone());
    let service = service_fn(move |request| {
        let (service, state, stages) = (service.clone(), within.clone(), seen.clone());
        Box::pin(respond(request, peer, service, state, stages))
    });
    let io = TokioIo::new(Watched { stream: bounded(stream), state: state.clone() });
    let mut connection = builder().serve_connection(io, service);
    let mut ticks = tokio::time::interval(TICK);
    let mut ends_in = None;
    let outcome = loop {
        tokio::select! {
            biased;
            outcome = poll_fn(|context| connection.poll_without_shutdown(context)) => break outcome,
            _ = ticks.tick() => {
                let is_due = match &mut ends_in {
                    None => false,
                    Some(0) => state.is_idle(),
                    Some(left) => {
                        *left -= 1;
                        false
                    }
                };
                match state.verdict(waits) {
                    Verdict::Cut => return,
                    Verdict::Keep if !is_due => {}
                    Verdict::Keep | Verdict::Close => {
                        state.close();
                        Pin::new(&mut connection).graceful_shutdown();
                    }
                }
            }
            stage = stages.wait_for(|stage| *stage == Stage::Ending), if ends_in.is_none() => {
                if stage.is_err() {
                    return;
                }
                ends_in = Some(peer.address.port() % SPREAD);
            }
        }
    };
    if let Err(error) = &outcome {
        // A client that disconnects or violates the protocol is not an error of the server.
        tracing::debug!(%error, "a connection ended early");
    }
    // If the stream itself has failed, no more bytes arrive.
    let has_failed = outcome.is_err_and(|error| {
        std::error::Error::source(&error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
    });
    if !has_failed {
        linger(connection.into_parts().io.into_inner()).await;
    }
}

async fn respond<S>(
    mut request: Request<Incoming>,
    peer: Peer,
    service: S,
    state: State,
    stages: watch::Receiver<Stage>,
) -> Result<Response<ResponseBody>, Infallible>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let in_request = state.request();
    request.extensions_mut().insert(peer);
    let (request, remainder) = remainder::split(request);
    let mut response = service.oneshot(request).await?;
    if let Some(remainder) = remainder {
        remainder.settle(&mut response).await;
    }
    if !peer.has_place || *stages.borrow() != Stage::Serving {
        close_after(response.headers_mut());
    }
    Ok(response.map(|body| ResponseBody { body, _request: in_request }))
}

/// Bounds the wait for a client that does not read.
fn bounded(stream: TcpStream) -> Pin<Box<TimeoutStream<TcpStream>>> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_DEADLINE));
    Box::pin(stream)
}

fn builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    // `State` enforces the deadlines: hyper's own timeout for headers would include idle time.
    builder.header_read_timeout(None).max_buf_size(HEADER_SIZE).max_headers(HEADER_LINES).half_close(false);
    builder
}

/// Closes a connection so that the client receives everything that was written. The write side is closed, and
/// remaining input is read until the client closes or a limit is reached.
async fn linger(mut stream: Stream) {
    let discard = async {
        if stream.shutdown().await.is_err() {
            return;
        }
        let (mut buffer, mut left) = (vec![0; 16 * 1024], LINGER_BYTES);
        while let Ok(Ok(count)) = tokio::time::timeout(LINGER_SILENCE, stream.read(&mut buffer)).await {
            match left.checked_sub(count) {
                Some(rest) if count > 0 => left = rest,
                _ => return,
            }
        }
    };
    let _ = tokio::time::timeout(LINGER, discard).await;
}
