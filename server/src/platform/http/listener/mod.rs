//! The listener: HTTP/1 with a bound on everything that a client can prolong. It limits the number of connections, in
//! total and per address. [`connection`] implements the lifecycle of a connection, and [`remainder`] handles the
//! unread part of a request body.

mod connection;
mod remainder;
mod state;

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::Service;

use crate::platform::http::forwarded::{Peer, TrustedProxies};

/// Maximum time for open connections to end after the listener is closed.
const END_DEADLINE: Duration = Duration::from_secs(18);

/// Maximum number of connections over the limit of their address that are refused with a response at a time. Further
/// ones are closed immediately.
const REFUSED: usize = 64;
/// Longest wait for the request of a refused connection.
const REFUSED_IDLE: Duration = Duration::from_secs(2);

/// Limits on the number of connections and on their waits.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Maximum number of open connections; more wait in the kernel's queue.
    pub connections: usize,
    /// Maximum number of open connections per address; requests on further ones are refused.
    pub per_address: Option<usize>,
    /// Addresses exempt from that limit: a proxy serves many clients.
    pub exempt: TrustedProxies,
    /// Longest waits for a client.
    pub waits: Waits,
}

/// Longest waits of a connection for its client.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// For the next request.
    pub idle: Duration,
    /// For the rest of a header after its first byte.
    pub receive: Duration,
}

/// Stage of a shutdown, observed by every connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    /// Connections serve requests without restriction.
    Serving,
    /// Every response is the last one of its connection.
    Draining,
    /// Connections without a request end.
    Ending,
}

/// Serves connections until `shutdown` resolves. After `draining` resolves, each response is the last of its
/// connection. Clients thus move on while the server still accepts connections.
pub async fn serve<S, D, F>(listener: TcpListener, service: S, limits: Limits, draining: D, shutdown: F)
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Unpin
        + 'static,
    D: Future<Output = ()>,
    F: Future<Output = ()>,
{
    let places = Arc::new(Semaphore::new(limits.connections));
    let addresses = limits.per_address.map(Addresses::new);
    let refused = Arc::new(Semaphore::new(REFUSED));
    let (stage, stages) = watch::channel(Stage::Serving);
    let (mut draining, mut shutdown) = (std::pin::pin!(draining), std::pin::pin!(shutdown));
    let mut is_draining = false;
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut draining, if !is_draining => {
                is_draining = true;
                stage.send_replace(Stage::Draining);
                continue;
            }
            () = &mut shutdown => break,
        };
        let Some((stream, address, permit)) = accepted else { continue };
        let place = match &addresses {
            Some(addresses) if !limits.exempt.trusts(address.ip()) => addresses.take(address.ip(), &refused),
            _ => Some(Slot::Any),
        };
        let Some(place) = place else { continue };
        let has_place = !matches!(place, Slot::Refused { .. });
        let idle = if has_place { limits.waits.idle } else { limits.waits.idle.min(REFUSED_IDLE) };
        let waits = Waits { idle, ..limits.waits };
        let peer = Peer { address, has_place };
        let life = connection::serve(stream, peer, service.clone(), waits, stages.clone());
        tokio::spawn(async move {
            life.await;
            drop((place, permit));
        });
    }
    drop(listener);
    stage.send_replace(Stage::Ending);
    let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
    if tokio::time::timeout(END_DEADLINE, places.acquire_many(all)).await.is_err() {
        tracing::warn!("closing connections that were still open after {} s", END_DEADLINE.as_secs());
    }
}

/// Acquires a permit and then accepts a connection: those beyond the limit wait in the kernel's queue.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Responses are written in one piece, and Nagle's algorithm would only delay them.
            let _ = stream.set_nodelay(true);
            Some((stream, peer, permit))
        }
        Err(error) => {
            // The process is probably out of file descriptors. One is freed when a connection ends.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

/// Number of connections per address.
#[derive(Clone)]
struct Addresses {
    most: usize,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A connection's slot, released on drop.
enum Slot {
    /// The connection is not counted.
    Any,
    /// A slot within the limit of the address.
    OfAddress { _place: AddressSlot },
    /// A slot among the refused connections.
    Refused { _permit: OwnedSemaphorePermit },
}

/// A slot within the limit of an address, released on drop.
struct AddressSlot {
    addresses: Addresses,
    address: IpAddr,
}

impl Addresses {
    fn new(most: usize) -> Self {
        Self { most, counts: Arc::default() }
    }

    /// Takes a slot of the address, or else a slot among the refused connections. Returns `None` if all are taken.
    fn take(&self, address: IpAddr, refused: &Arc<Semaphore>) -> Option<Slot> {
        match self.take_own(address) {
            Some(place) => Some(Slot::OfAddress { _place: place }),
            None => {
                Arc::clone(refused).try_acquire_owned().ok().map(|permit| Slot::Refused { _permit: permit })
            }
        }
    }

    fn take_own(&self, address: IpAddr) -> Option<AddressSlot> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count == self.most {
            return None;
        }
        *count += 1;
        Some(AddressSlot { addresses: self.clone(), address })
    }
}

impl Drop for AddressSlot {
    fn drop(&mut self) {
        let mut counts = self.addresses.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_places_back_when_connections_end() {
        let addresses = Addresses::new(2);
        let (one, other) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let refused = Arc::new(Semaphore::new(1));
        let take = |address| addresses.take(address, &refused);
        let is_served = |place: &Option<Slot>| matches!(place, Some(Slot::OfAddress { .. }));
        let places = [take(one), take(one)];
        assert!(places.iter().all(is_served));
        let third = take(one);
        assert!(matches!(third, Some(Slot::Refused { .. })) && take(one).is_none());
        drop(third);
        assert!(matches!(take(one), Some(Slot::Refused { .. })), "the next one is refused in its turn");
        assert!(is_served(&take(other)), "another address has its own");
        drop(places);
        assert!(is_served(&take(one)));
        assert!(addresses.counts.lock().expect("nobody panicked").is_empty());
    }
}
