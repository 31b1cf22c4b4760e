//! The listener: HTTP/1 with a bound on everything that a client can drag out: the time of a header, its size, the number
//! of connections. Shuts down by letting requests in flight finish.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;
use tower::Service;

/// A connection has this long to send a whole header; an idle one is closed after it, too.
const HEADER_DEADLINE: Duration = Duration::from_secs(10);
/// A client has this long to take in some more of an answer.
const WRITE_DEADLINE: Duration = Duration::from_secs(20);
/// Bytes of a header, request line included.
const HEADER_SIZE: usize = 32 * 1024;
/// Header lines.
const HEADER_LINES: usize = 100;
/// Requests in flight have this long to finish at shutdown.
const DRAIN_DEADLINE: Duration = Duration::from_secs(25);

/// Serves connections until `shutdown` resolves, then lets the requests in flight finish.
pub async fn serve<S, F>(listener: TcpListener, service: S, max_connections: usize, shutdown: F)
where
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    F: Future<Output = ()>,
{
    let connections = Arc::new(Semaphore::new(max_connections));
    let graceful = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &connections) => accepted,
            () = &mut shutdown => break,
        };
        let Some((stream, permit)) = accepted else {
            continue;
        };
        let connection = builder()
            .serve_connection(TokioIo::new(bounded(stream)), TowerToHyperService::new(service.clone()));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A client that breaks off or breaks the protocol is its own affair.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_DEADLINE, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests still ran after {} s; they are cut off", DRAIN_DEADLINE.as_secs());
    }
}

/// A place first, then a connection: those beyond the limit wait in the kernel's queue.
async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            // Answers are written whole; waiting to fill a packet would only delay them.
            let _ = stream.set_nodelay(true);
            Some((stream, permit))
        }
        Err(error) => {
            // Out of file descriptors, most likely: one is freed when a connection ends.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

/// A client that does not read is not waited for.
fn bounded(stream: TcpStream) -> Pin<Box<TimeoutStream<TcpStream>>> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_DEADLINE));
    Box::pin(stream)
}

fn builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_DEADLINE)
        .max_buf_size(HEADER_SIZE)
        .max_headers(HEADER_LINES)
        .half_close(false);
    builder
}
