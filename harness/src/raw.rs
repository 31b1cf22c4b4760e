//! Bytes on a connection, for what no well-behaved client sends.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection to a server under test.
///
/// # Panics
/// When the server does not accept.
pub async fn connect(address: &str) -> TcpStream {
    TcpStream::connect(address).await.expect("the server accepts")
}

/// Sends bytes and gives what comes back until the server closes; `None` when it does not close in time.
///
/// # Panics
/// When the connection breaks while sending.
pub async fn exchange(address: &str, bytes: &[u8], deadline: Duration) -> Option<String> {
    let mut stream = connect(address).await;
    stream.write_all(bytes).await.expect("the server reads");
    until_closed(&mut stream, deadline).await
}

/// What comes until the server closes; `None` when it does not close in time.
pub async fn until_closed(stream: &mut TcpStream, deadline: Duration) -> Option<String> {
    let mut seen = Vec::new();
    // A connection that is reset is closed, too.
    tokio::time::timeout(deadline, stream.read_to_end(&mut seen)).await.ok().map(drop)?;
    Some(String::from_utf8_lossy(&seen).into_owned())
}
