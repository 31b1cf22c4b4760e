//! The load: a closed loop of requests over connections that stay open.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::http::Connection;

/// What is asked, and how often.
#[derive(Clone)]
pub struct Load {
    /// Each connection sends one of these, again and again; those that write must not meet.
    pub requests: Vec<Arc<[u8]>>,
    /// Connections at a time; each has one request under way.
    pub connections: usize,
    /// Requests of a round.
    pub count: usize,
}

/// What the clients saw of one round.
pub struct Seen {
    /// How long each request took.
    pub latencies: Vec<Duration>,
    /// How long all of it took.
    pub elapsed: Duration,
}

/// Connections that have been answered once each.
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

    /// The body of the answer to one request.
    pub async fn body(&self, address: &str) -> Result<Vec<u8>, String> {
        let mut connection = Connection::open(address).await?;
        connection.fetch(&self.requests[0]).await.map(<[u8]>::to_vec)
    }

    /// Requests that a round really sends.
    pub fn sent(&self) -> usize {
        self.count + self.connections
    }
}

impl Open {
    /// Sends the round's requests, and closes.
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
