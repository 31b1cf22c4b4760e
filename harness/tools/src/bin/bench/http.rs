//! A minimal HTTP/1.1 client on persistent connections, written by hand so that it adds little to the measured cost.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The `Host` header of all requests, so that absolute links are the same for every server.
pub const HOST: &str = "localhost";

/// Returns the bytes of a request. `headers` are whole lines, each with its line ending.
pub fn request(method: &str, target: &str, headers: &str, body: &str) -> Vec<u8> {
    let content = match body.len() {
        0 => String::new(),
        length => format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"),
    };
    format!("{method} {target} HTTP/1.1\r\nHost: {HOST}\r\n{content}{headers}\r\n{body}").into_bytes()
}

/// The relevant parts of a response.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Answer {
    /// Status code; 0 if the response is not HTTP.
    pub status: u16,
    /// Offset of the body in the received bytes.
    pub body: usize,
    /// Delay in the `Retry-After` header of a 503 response.
    pub retry_after: Option<Duration>,
}

/// A connection and the last response received on it.
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    /// Opens a connection with `TCP_NODELAY`.
    pub async fn open(address: &str) -> Result<Self, String> {
        let reported = |error: std::io::Error| format!("{address}: {error}");
        let stream = TcpStream::connect(address).await.map_err(reported)?;
        stream.set_nodelay(true).map_err(reported)?;
        Ok(Self { stream, received: Vec::with_capacity(64 * 1024) })
    }

    /// Returns a header of the last response.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = String::from_utf8_lossy(&self.received);
        let mut lines =
            head.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    }

    /// Sends a request, and waits for the complete response of any status.
    pub async fn ask(&mut self, request: &[u8]) -> Result<Answer, String> {
        self.stream.write_all(request).await.map_err(|error| error.to_string())?;
        self.received.clear();
        loop {
            let count = self.stream.read_buf(&mut self.received).await.map_err(|error| error.to_string())?;
            if count == 0 {
                return Err("the server closed the connection".to_owned());
            }
            if let Some(response) = whole(&self.received) {
                return Ok(response);
            }
        }
    }

    /// Sends a request, and returns the body of the response, which must be a 200 or a 201.
    pub async fn fetch(&mut self, request: &[u8]) -> Result<&[u8], String> {
        let response = self.ask(request).await?;
        match response.status {
            200 | 201 => Ok(&self.received[response.body..]),
            _ => Err(format!("not answered by 200 or 201: {}", String::from_utf8_lossy(&self.received))),
        }
    }
}

/// Parses a response; returns `None` while it is incomplete.
pub fn whole(received: &[u8]) -> Option<Answer> {
    let head = received.windows(4).position(|window| window == b"\r\n\r\n")?;
    let body = head + 4;
    let head = String::from_utf8_lossy(&received[..head]);
    let number = |wanted: &str| {
        let mut headers = head.lines().filter_map(|line| line.split_once(':'));
        let value = headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted))?.1;
        value.trim().parse::<usize>().ok()
    };
    let has_no_body = head.split(' ').nth(1) == Some("304");
    let is_whole = has_no_body
        || match number("content-length") {
            Some(length) => received.len() == body + length,
            // A chunked body ends with an empty chunk.
            None => received.ends_with(b"\r\n0\r\n\r\n"),
        };
    // Anything that is not HTTP gets the status 0, which no caller expects.
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let retry_after = match status {
        503 => number("retry-after").map(|seconds| Duration::from_secs(seconds as u64)),
        _ => None,
    };
    is_whole.then_some(Answer { status, body, retry_after })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_whole_by_length_or_by_the_last_chunk() {
        let at = |body| Some(Answer { status: 200, body, retry_after: None });
        assert_eq!(whole(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"), None);
        assert_eq!(whole(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{"), None);
        assert_eq!(whole(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"), at(38));
        let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
        assert_eq!(whole(&chunked[..chunked.len() - 5]), None);
        assert_eq!(whole(chunked), at(47));
    }

    #[test]
    fn a_refusal_says_when_to_come_again() {
        let refused =
            whole(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n");
        let refused = refused.expect("is whole");
        assert_eq!((refused.status, refused.retry_after), (503, Some(Duration::from_secs(2))));
    }

    #[test]
    fn bodies_are_announced() {
        let text = String::from_utf8(request("POST", "/a", "X: y\r\n", "{}")).expect("ASCII");
        assert!(text.contains("\r\nContent-Length: 2\r\nX: y\r\n\r\n{}"), "{text}");
        assert!(request("GET", "/a", "", "").ends_with(b"\r\n\r\n"));
    }
}
