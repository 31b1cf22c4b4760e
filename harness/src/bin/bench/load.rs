//! The load: a closed loop of HTTP/1.1 requests over connections that stay open, written by hand so that it costs little
//! beside what it measures.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What is asked, and how often.
#[derive(Clone)]
pub struct Load {
    /// The request's bytes.
    pub request: Arc<[u8]>,
    /// Connections at a time; each has one request under way.
    pub connections: usize,
    /// Requests of a round.
    pub requests: usize,
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
    connections: Vec<Connection>,
    load: Load,
}

impl Load {
    /// Opens the connections and warms each with one request.
    pub async fn open(&self, address: &str) -> Result<Open, String> {
        let mut connections = Vec::new();
        for _ in 0..self.connections {
            let mut connection = Connection::open(address).await?;
            connection.exchange(&self.request).await?;
            connections.push(connection);
        }
        Ok(Open { connections, load: self.clone() })
    }

    /// The body of the answer to one request.
    pub async fn body(&self, address: &str) -> Result<Vec<u8>, String> {
        let mut connection = Connection::open(address).await?;
        let head = connection.exchange(&self.request).await?;
        Ok(connection.received[head..].to_vec())
    }
}

impl Open {
    /// Sends the round's requests, and closes.
    pub async fn run(self) -> Result<Seen, String> {
        let left = Arc::new(AtomicUsize::new(self.load.requests));
        let started = Instant::now();
        let mut tasks = JoinSet::new();
        for connection in self.connections {
            tasks.spawn(connection.run(Arc::clone(&self.load.request), Arc::clone(&left)));
        }
        let mut latencies = Vec::with_capacity(self.load.requests);
        while let Some(done) = tasks.join_next().await {
            latencies.extend(done.map_err(|error| error.to_string())??);
        }
        Ok(Seen { latencies, elapsed: started.elapsed() })
    }
}

struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    async fn open(address: &str) -> Result<Self, String> {
        let told = |error: std::io::Error| format!("{address}: {error}");
        let stream = TcpStream::connect(address).await.map_err(told)?;
        stream.set_nodelay(true).map_err(told)?;
        Ok(Self { stream, received: Vec::with_capacity(64 * 1024) })
    }

    async fn run(mut self, request: Arc<[u8]>, left: Arc<AtomicUsize>) -> Result<Vec<Duration>, String> {
        let mut latencies = Vec::new();
        let take = |left: usize| left.checked_sub(1);
        while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
            let started = Instant::now();
            self.exchange(&request).await?;
            latencies.push(started.elapsed());
        }
        Ok(latencies)
    }

    /// One request and its whole answer, which must be a 200; gives where the body begins.
    async fn exchange(&mut self, request: &[u8]) -> Result<usize, String> {
        self.stream.write_all(request).await.map_err(|error| error.to_string())?;
        self.received.clear();
        loop {
            let count = self.stream.read_buf(&mut self.received).await.map_err(|error| error.to_string())?;
            if count == 0 {
                return Err("the server closed the connection".to_owned());
            }
            if let Some(body) = whole(&self.received)? {
                return Ok(body);
            }
        }
    }
}

/// Where the body begins, once the answer is there whole.
fn whole(received: &[u8]) -> Result<Option<usize>, String> {
    let Some(head) = received.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let body = head + 4;
    let head = String::from_utf8_lossy(&received[..head]);
    if !head.starts_with("HTTP/1.1 200 ") {
        return Err(format!("not answered by 200: {head}"));
    }
    let length = head.lines().filter_map(|line| line.split_once(':'));
    let length = length
        .filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .find_map(|(_, value)| value.trim().parse::<usize>().ok());
    let is_whole = match length {
        Some(length) => received.len() == body + length,
        // In chunks, the last of which is empty.
        None => received.ends_with(b"\r\n0\r\n\r\n"),
    };
    Ok(is_whole.then_some(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_whole_by_length_or_by_the_last_chunk() {
        assert_eq!(whole(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"), Ok(None));
        assert_eq!(whole(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{"), Ok(None));
        assert_eq!(whole(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"), Ok(Some(38)));
        let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
        assert_eq!(whole(&chunked[..chunked.len() - 5]), Ok(None));
        assert_eq!(whole(chunked), Ok(Some(47)));
        assert!(whole(b"HTTP/1.1 503 Service Unavailable\r\n\r\n").is_err());
    }
}
