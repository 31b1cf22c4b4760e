//! Tests of each mode of the proxy, in front of an echo server.

use std::io::ErrorKind;
use std::time::Instant;

use tokio::time::timeout;

use super::*;

const SOON: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_millis(100);

/// Starts a proxy to an echo server.
async fn echoed() -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                drop(tokio::io::copy(&mut from, &mut to).await);
            });
        }
    });
    Proxy::start(&format!("postgres://nobody@127.0.0.1:{}/none", address.port()))
}

async fn connect(proxy: &Proxy) -> std::io::Result<TcpStream> {
    TcpStream::connect(proxy.address).await
}

/// Sends four bytes and returns the echo.
async fn said(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    stream.write_all(b"word").await?;
    let mut seen = vec![0; 4];
    timeout(SOON, stream.read_exact(&mut seen)).await.expect("an end")?;
    Ok(seen)
}

fn kind<T>(outcome: std::io::Result<T>) -> Option<ErrorKind> {
    outcome.err().map(|error| error.kind())
}

#[tokio::test]
async fn what_passes_is_counted() {
    let proxy = echoed().await;
    let mut stream = connect(&proxy).await.expect("accepted");
    for _ in 0..3 {
        assert_eq!(said(&mut stream).await.expect("passes"), b"word");
    }
    assert_eq!((proxy.round_trips(), proxy.bytes()), (3, 24));
    assert_eq!(
        proxy.url("postgres://a:b@%2Ftmp:5432/c?d=e"),
        format!("postgres://a:b@{}/c?d=e", proxy.address)
    );
}

#[tokio::test]
async fn round_trips_of_the_monitor_are_not_counted() {
    let proxy = echoed().await;
    for (name, counted) in [("agora-monitor", 0), ("agora", 3), ("shop-monitor", 3), ("monitor", 6)] {
        let mut stream = connect(&proxy).await.expect("accepted");
        let begin = format!("\0\0\0\0\0\u{3}\0\0user\0agora\0application_name\0{name}\0\0");
        stream.write_all(begin.as_bytes()).await.expect("is taken");
        stream.read_exact(&mut vec![0; begin.len()]).await.expect("comes back");
        for _ in 0..2 {
            said(&mut stream).await.expect("passes");
        }
        assert_eq!(proxy.round_trips(), counted, "{name}");
    }
}

#[tokio::test]
async fn a_refusing_proxy_keeps_its_port_without_listening() {
    let proxy = echoed().await;
    for _ in 0..3 {
        let mut before = connect(&proxy).await.expect("accepted");
        said(&mut before).await.expect("passes");
        proxy.set(Mode::Refuse).await;
        assert_eq!(kind(connect(&proxy).await), Some(ErrorKind::ConnectionRefused));
        assert_eq!(timeout(SOON, before.read(&mut [0; 4])).await.expect("an end").expect("closed"), 0);
        proxy.set(Mode::Pass).await;
        let mut after = connect(&proxy).await.expect("accepted");
        said(&mut after).await.expect("passes again");
    }
}

#[tokio::test]
async fn connections_are_reset_old_ones_and_new_ones() {
    let proxy = echoed().await;
    let mut before = connect(&proxy).await.expect("accepted");
    said(&mut before).await.expect("passes");
    proxy.set(Mode::Reset).await;
    let reported = timeout(SOON, before.read(&mut [0; 4])).await.expect("an end");
    assert_eq!(kind(reported), Some(ErrorKind::ConnectionReset));
    let mut new = connect(&proxy).await.expect("accepted");
    assert!(matches!(kind(said(&mut new).await), Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)));
}

#[tokio::test]
async fn a_black_hole_is_silent_and_what_fell_in_stays_there() {
    let proxy = echoed().await;
    let mut before = connect(&proxy).await.expect("accepted");
    said(&mut before).await.expect("passes");
    proxy.set(Mode::BlackHole).await;
    let mut new = connect(&proxy).await.expect("accepted");
    assert!(timeout(SILENCE, said(&mut before)).await.is_err(), "somebody spoke");
    assert!(timeout(SILENCE, said(&mut new)).await.is_err(), "somebody spoke");
    proxy.set(Mode::Pass).await;
    assert_eq!(timeout(SOON, new.read_exact(&mut [0; 4])).await.expect("an end").expect("passes"), 4);
    assert!(timeout(SILENCE, before.read(&mut [0; 4])).await.is_err(), "what was open comes back");
}

#[tokio::test]
async fn latency_is_of_both_directions() {
    let proxy = echoed().await;
    let mut stream = connect(&proxy).await.expect("accepted");
    proxy.set(Mode::Latency(SILENCE)).await;
    let started = Instant::now();
    said(&mut stream).await.expect("passes");
    assert!(started.elapsed() >= 2 * SILENCE);
}

#[tokio::test]
async fn a_connection_is_cut_after_so_many_bytes_to_the_byte() {
    let proxy = echoed().await;
    for (bytes, seen) in [(0, 0), (3, 0), (4, 0), (6, 2), (8, 4)] {
        let mut stream = connect(&proxy).await.expect("accepted");
        said(&mut stream).await.expect("passes");
        proxy.set(Mode::CutAfter(bytes)).await;
        stream.write_all(b"word").await.expect("is taken");
        let mut rest = Vec::new();
        // The connection is closed, or reset if unread bytes were discarded.
        let _ = timeout(SOON, stream.read_to_end(&mut rest)).await.expect("an end");
        assert_eq!(rest.len(), seen, "{bytes}");
        proxy.set(Mode::Pass).await;
    }
}
