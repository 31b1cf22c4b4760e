//! The load: a closed loop of requests over persistent connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::http::Connection;

/// The requests of a round and their number.
#[derive(Clone)]
pub struct Load {
    /// Each connection repeats one of these. Writes must not touch the same rows.
    pub requests: Vec<Arc<[u8]>>,
    /// Number of connections, each with one request in flight.
    pub connections: usize,
    /// Number of requests in a round.
    pub count: usize,
}

/// Measurements of the clients in one round.
pub struct Seen {
    /// Duration of each request.
    pub latencies: Vec<Duration>,
    /// Duration of the round.
    pub elapsed: Duration,
}

/// Warmed-up connections, each after one response.
pub struct Open {
    connections: Vec<(Connection, Arc<[u8]>)>,
    count: usize,
}

impl Load {
    /// Opens the connections and warms each with one request.
    pub async fn open(&self, address: &str) -> Result<Open, String> {
        let mut connections = Vec::new();
        for request in self.requests.iter().cycle().take(self.connections) {
            let mut connection = Connection::open(address).await?;
            connection.fetch(request).await?;
            connections.push((connection, Arc::clone(request)));
        }
        Ok(Open { connections, count: self.count })
    }

    /// Sends the first request once, and returns the body of the response.
    pub async fn body(&self, address: &str) -> Result<Vec<u8>, String> {
        let mut connection = Connection::open(address).await?;
        connection.fetch(&self.requests[0]).await.map(<[u8]>::to_vec)
    }

    /// Returns the number of requests that a round sends, including those that warm up.
    pub fn sent(&self) -> usize {
        self.count + self.connections
    }
}

impl Open {
    /// Sends the requests of the round, and closes the connections.
    pub async fn run(self) -> Result<Seen, String> {
        let left = Arc::new(AtomicUsize::new(self.count));
        let started = Instant::now();
        let mut tasks = JoinSet::new();
        for (connection, request) in self.connections {
            tasks.spawn(run(connection, request, Arc::clone(&left)));
        }
        let mut latencies = Vec::with_capacity(self.count);
        while let Some(done) = tasks.join_next().await {
            latencies.extend(done.map_err(|error| error.to_string())??);
        }
        Ok(Seen { latencies, elapsed: started.elapsed() })
    }
}

async fn run(
    mut connection: Connection,
    request: Arc<[u8]>,
    left: Arc<AtomicUsize>,
) -> Result<Vec<Duration>, String> {
    let mut latencies = Vec::new();
    let take = |left: usize| left.checked_sub(1);
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
        let started = Instant::now();
        connection.fetch(&request).await?;
        latencies.push(started.elapsed());
    }
    Ok(latencies)
}
