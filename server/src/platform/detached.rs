//! Runs requests that change data in their own tasks. A client that disconnects does not abort a transaction, which
//! would cost its connection. Each task is bounded by the deadlines of its work, and the number of tasks is bounded.

use std::convert::Infallible;
use std::future::pending;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use futures_util::future::Either;
use http::Response;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::service_fn;

use crate::platform::http::http_service::HttpService;
use crate::platform::telemetry::of_current_request;

/// Detached tasks of a server. Clones share the limit.
#[derive(Clone)]
pub struct Detached {
    permits: Arc<Semaphore>,
    size: u32,
}

impl Detached {
    /// Allows at most `size` tasks at a time. Requests beyond the limit are cancelled when their clients disconnect.
    #[must_use]
    pub fn new(size: usize) -> Self {
        let size = u32::try_from(size).unwrap_or(u32::MAX).min(1 << 20);
        Self { permits: Arc::new(Semaphore::new(size as usize)), size }
    }

    /// Detaches requests with unsafe methods from their connections.
    pub fn layer<I: HttpService>(&self, mut inner: I) -> impl HttpService + use<I> {
        let permits = Arc::clone(&self.permits);
        service_fn(move |request: Request| {
            let permit =
                if request.method().is_safe() { None } else { Arc::clone(&permits).try_acquire_owned().ok() };
            let work = inner.call(request);
            match permit {
                Some(permit) => Either::Left(detach(work, permit)),
                None => Either::Right(work),
            }
        })
    }

    /// Waits until all tasks have ended, for at most `most`. Returns `true` if they have.
    pub async fn drained(&self, most: Duration) -> bool {
        tokio::time::timeout(most, self.permits.acquire_many(self.size)).await.is_ok()
    }
}

async fn detach(
    work: impl Future<Output = Result<Response<Body>, Infallible>> + Send + 'static,
    permit: OwnedSemaphorePermit,
) -> Result<Response<Body>, Infallible> {
    let work = async move {
        let response = work.await;
        drop(permit);
        response
    };
    match tokio::spawn(of_current_request(work)).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime is shutting down, and with it every task that waits for this response.
            Err(_) => pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use http::Method;
    use tokio::sync::oneshot;
    use tower::Service as _;

    use super::*;

    /// Sends a request, drops it before its response, and then lets its work continue. Returns `true` if the work
    /// completes.
    async fn given_up(detached: &Detached, method: Method) -> bool {
        let (go, gone) = oneshot::channel::<()>();
        let (done, ended) = oneshot::channel();
        let channels = Arc::new(std::sync::Mutex::new(Some((gone, done))));
        let mut service = detached.layer(service_fn(move |_: Request| {
            let (gone, done) = channels.lock().expect("is not poisoned").take().expect("is called once");
            async move {
                let _ = gone.await;
                let _ = done.send(());
                Ok(Response::new(Body::empty()))
            }
        }));
        let request = http::Request::builder().method(method).body(Body::empty()).expect("a request");
        assert!(service.call(request).now_or_never().is_none(), "it waits");
        drop(service);
        go.send(()).is_ok() && ended.await.is_ok()
    }

    #[tokio::test]
    async fn writes_end_though_their_client_is_gone_and_reads_end_with_it() {
        let detached = Detached::new(4);
        assert!(given_up(&detached, Method::POST).await);
        assert!(given_up(&detached, Method::DELETE).await);
        assert!(!given_up(&detached, Method::GET).await);
        assert!(detached.drained(Duration::from_secs(20)).await, "all places are given back");
    }

    #[tokio::test]
    async fn beyond_the_bound_writes_end_with_their_client() {
        let detached = Detached::new(1);
        let locked = Arc::clone(&detached.permits).try_acquire_owned().expect("is free");
        assert!(!given_up(&detached, Method::POST).await);
        assert!(!detached.drained(Duration::ZERO).await);
        drop(locked);
        assert!(given_up(&detached, Method::POST).await);
    }
}
