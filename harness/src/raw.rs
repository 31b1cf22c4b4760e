//! Raw TCP connections, for requests that no well-behaved client sends.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Connects to a server under test.
///
/// # Panics
/// If the server does not accept the connection.
pub async fn connect(address: &str) -> TcpStream {
    TcpStream::connect(address).await.expect("the server accepts")
}

/// Sends bytes on a new connection and returns everything received until the server closes it, or `None` if it is not
/// closed within `deadline`.
///
/// # Panics
/// If the connection fails while sending.
pub async fn exchange(address: &str, bytes: &[u8], deadline: Duration) -> Option<String> {
    let mut stream = connect(address).await;
    stream.write_all(bytes).await.expect("the server reads");
    until_closed(&mut stream, deadline).await
}

/// Reads until the server closes the connection. Returns `None` if it is not closed within `deadline`.
pub async fn until_closed(stream: &mut TcpStream, deadline: Duration) -> Option<String> {
    let mut seen = Vec::new();
    // A reset counts as closed, so read errors are ignored.
    tokio::time::timeout(deadline, stream.read_to_end(&mut seen)).await.ok().map(drop)?;
    Some(String::from_utf8_lossy(&seen).into_owned())
}

/// Sends bytes, and reads one response as [`response`] does.
///
/// # Errors
/// If the connection closes before the response is complete.
pub async fn fetch(stream: &mut TcpStream, bytes: &[u8], deadline: Duration) -> std::io::Result<String> {
    stream.write_all(bytes).await?;
    response(stream, deadline).await
}

/// Reads one response with its body, the length of which must be given in `content-length`.
///
/// # Errors
/// If the connection closes before the response is complete.
///
/// # Panics
/// If nothing is received within `deadline`.
pub async fn response(stream: &mut TcpStream, deadline: Duration) -> std::io::Result<String> {
    let mut seen = Vec::new();
    loop {
        if let Some(head) = seen.windows(4).position(|four| four == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&seen[..head]).to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if seen.len() >= head + 4 + length.unwrap_or(0) {
                return Ok(String::from_utf8_lossy(&seen).into_owned());
            }
        }
        let mut part = [0; 8192];
        match tokio::time::timeout(deadline, stream.read(&mut part)).await.expect("the server answers")? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            count => seen.extend_from_slice(&part[..count]),
        }
    }
}
