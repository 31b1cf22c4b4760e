//! The listener: HTTP/1 with a bound on everything that a client can drag out. It accepts connections up to a limit, in all
//! and of each address; [`connection`] owns the life of one, [`remainder`] what of a request's body nobody has read.

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

use crate::platform::forwarded::{Peer, TrustedProxies};

/// From the moment that no more connections are accepted, those that are there have this long to end.
const END_DEADLINE: Duration = Duration::from_secs(18);

/// Connections beyond those of their address that are refused with a response, at a time; more are closed at once.
const REFUSED: usize = 64;
/// Longest wait for the request of a connection that is refused.
const REFUSED_IDLE: Duration = Duration::from_secs(2);

/// Limits on the number of connections and on their idle time.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at a time; more wait in the kernel's queue.
    pub connections: usize,
    /// Connections of one address at a time; the requests of more are refused.
    pub per_address: Option<usize>,
    /// Addresses without that limit: behind a proxy are many clients.
    pub exempt: TrustedProxies,
    /// Longest wait of a connection for its next request.
    pub idle: Duration,
}

/// Stage of a shutdown, which every connection follows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    /// It serves.
    Serving,
    /// Every response is the last one of its connection.
    Draining,
    /// Connections without a request end.
    Ending,
}

/// Serves connections until `shutdown` resolves. From the moment that `draining` resolves each response is the last of its
/// connection, so that clients move on while the server still accepts.
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
            _ => Some(Place::Any),
        };
        let Some(place) = place else { continue };
        let has_place = !matches!(place, Place::Refused { .. });
        let idle = if has_place { limits.idle } else { limits.idle.min(REFUSED_IDLE) };
        let peer = Peer { address, has_place };
        let life = connection::serve(stream, peer, service.clone(), idle, stages.clone());
        tokio::spawn(async move {
            life.await;
            drop((place, permit));
        });
    }
    drop(listener);
    stage.send_replace(Stage::Ending);
    let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
    if tokio::time::timeout(END_DEADLINE, places.acquire_many(all)).await.is_err() {
        tracing::warn!("connections were still there after {} s; they are cut off", END_DEADLINE.as_secs());
    }
}

/// A place first, then a connection: those beyond the limit wait in the kernel's queue.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Responses are written whole; waiting to fill a packet would only delay them.
            let _ = stream.set_nodelay(true);
            Some((stream, peer, permit))
        }
        Err(error) => {
            // Out of file descriptors, most likely: one is freed when a connection ends.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

/// Counts the connections of each address.
#[derive(Clone)]
struct Addresses {
    most: usize,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A connection's place, which it gives back.
enum Place {
    /// Nobody counts.
    Any,
    /// Among those of its address.
    OfAddress { _place: AddressPlace },
    /// Among those that are refused.
    Refused { _permit: OwnedSemaphorePermit },
}

/// A connection's place among those of its address.
struct AddressPlace {
    addresses: Addresses,
    address: IpAddr,
}

impl Addresses {
    fn new(most: usize) -> Self {
        Self { most, counts: Arc::default() }
    }

    /// A place among those of the address, else among those that are refused; `None` where all are taken.
    fn take(&self, address: IpAddr, refused: &Arc<Semaphore>) -> Option<Place> {
        match self.take_own(address) {
            Some(place) => Some(Place::OfAddress { _place: place }),
            None => {
                Arc::clone(refused).try_acquire_owned().ok().map(|permit| Place::Refused { _permit: permit })
            }
        }
    }

    fn take_own(&self, address: IpAddr) -> Option<AddressPlace> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count == self.most {
            return None;
        }
        *count += 1;
        Some(AddressPlace { addresses: self.clone(), address })
    }
}

impl Drop for AddressPlace {
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
        let is_served = |place: &Option<Place>| matches!(place, Some(Place::OfAddress { .. }));
        let places = [take(one), take(one)];
        assert!(places.iter().all(is_served));
        let third = take(one);
        assert!(matches!(third, Some(Place::Refused { .. })) && take(one).is_none());
        drop(third);
        assert!(matches!(take(one), Some(Place::Refused { .. })), "the next one is refused in its turn");
        assert!(is_served(&take(other)), "another address has its own");
        drop(places);
        assert!(is_served(&take(one)));
        assert!(addresses.counts.lock().expect("nobody panicked").is_empty());
    }
}
