//! The life of a connection: no response is lost, none is kept for ever, and a shutdown is announced.

use std::time::{Duration, Instant};

use agora_harness::{TestApp, raw};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Deadline of every wait, with room for a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);
const LIVE: &[u8] = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";

/// Reads one response, its body included, which must say its length.
async fn response(stream: &mut TcpStream) -> std::io::Result<String> {
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
        match tokio::time::timeout(PATIENCE, stream.read(&mut part)).await.expect("the server answers")? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            count => seen.extend_from_slice(&part[..count]),
        }
    }
}

/// The head of a request with a body of some bytes.
fn head(method: &str, path: &str, size: usize, more: &str) -> String {
    let media_type = if more.contains("Content-Type") { "" } else { "Content-Type: application/json\r\n" };
    format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{media_type}Content-Length: {size}\r\n{more}\r\n")
}

const BAD_TOKEN: &str = "Authorization: Bearer x\r\n";

/// Refusals before the body is read: a name, method, path, headers, and the status.
const REFUSALS: [(&str, &str, &str, &str, &str); 5] = [
    ("a bad token", "POST", "/api/v1/products", BAD_TOKEN, "401"),
    ("no token", "PATCH", "/api/v1/products/1", "", "401"),
    ("an unknown path", "POST", "/api/v1/nowhere", "", "404"),
    ("a wrong method", "PUT", "/api/v1/products", "", "405"),
    ("another type", "POST", "/api/v1/auth/login", "Content-Type: text/plain\r\n", "415"),
];

/// Like many clients, it reads nothing before it has sent everything.
async fn refused(address: &str, head: &str, size: usize) -> std::io::Result<String> {
    let mut stream = raw::connect(address).await;
    stream.write_all(head.as_bytes()).await?;
    let part = vec![b' '; 16 * 1024];
    let mut left = size;
    while left > 0 {
        let count = left.min(part.len());
        stream.write_all(&part[..count]).await?;
        left -= count;
    }
    response(&mut stream).await
}

#[tokio::test]
async fn no_refusal_is_lost_however_large_the_body_that_was_not_read() {
    let app = TestApp::start().await;
    for size in [20_000, 100_000, 900_000, 2_000_000, 5_000_000] {
        for (name, method, path, more, status) in REFUSALS {
            for turn in 0..5 {
                let seen = refused(app.address(), &head(method, path, size, more), size).await;
                let seen =
                    seen.unwrap_or_else(|error| panic!("{name}, {size} bytes, turn {turn}: lost ({error})"));
                assert!(seen.starts_with(&format!("HTTP/1.1 {status}")), "{name}, {size} bytes: {seen}");
                let is_last = seen.to_ascii_lowercase().contains("connection: close");
                assert_eq!(is_last, size > 256 * 1024, "{name}, {size} bytes: {seen}");
            }
        }
    }
}

#[tokio::test]
async fn a_connection_goes_on_after_a_refusal_whose_body_was_small() {
    let app = TestApp::start().await;
    let mut stream = raw::connect(app.address()).await;
    for _ in 0..5 {
        for (name, method, path, more, _) in REFUSALS {
            let size = 50_000;
            stream.write_all(head(method, path, size, more).as_bytes()).await.expect("is read");
            stream.write_all(&vec![b' '; size]).await.expect("is read");
            response(&mut stream).await.unwrap_or_else(|error| panic!("{name}: {error}"));
            stream.write_all(LIVE).await.expect("is read");
            let live = response(&mut stream).await.expect("is answered");
            assert!(live.starts_with("HTTP/1.1 200"), "{name}: {live}");
        }
    }
}

#[tokio::test]
async fn who_asks_before_sending_a_body_is_refused_without_it() {
    let app = TestApp::start().await;
    for size in [1_000, 5_000_000] {
        for (name, method, path, more, status) in REFUSALS {
            let mut stream = raw::connect(app.address()).await;
            let expecting = format!("{more}Expect: 100-continue\r\n");
            stream.write_all(head(method, path, size, &expecting).as_bytes()).await.expect("is read");
            let seen = response(&mut stream).await.expect("is answered");
            assert!(
                seen.starts_with(&format!("HTTP/1.1 {status}")),
                "{name}: not asked for its body: {seen}"
            );
            assert!(seen.to_ascii_lowercase().contains("connection: close"), "{name}: {seen}");
        }
    }
}

#[tokio::test]
async fn an_idle_connection_has_its_own_limit_and_a_header_another() {
    let app = TestApp::start_with(&[("AGORA_IDLE_SECONDS", "2")]).await;
    let closed_after = async |bytes: &[u8]| {
        let mut stream = raw::connect(app.address()).await;
        stream.write_all(bytes).await.expect("is read");
        let began = Instant::now();
        let seen = raw::until_closed(&mut stream, PATIENCE).await.expect("it stays");
        (began.elapsed(), seen)
    };
    let (idle, half) = tokio::join!(closed_after(LIVE), closed_after(&LIVE[..LIVE.len() - 2]));
    assert!(idle.1.starts_with("HTTP/1.1 200"), "{}", idle.1);
    assert!(idle.0 >= Duration::from_secs(2) && idle.0 < Duration::from_secs(8), "idle: {:?}", idle.0);
    assert!(half.0 >= Duration::from_secs(8), "a header that has begun has ten seconds: {:?}", half.0);
}

#[tokio::test]
async fn every_response_is_the_last_of_its_connection_once_the_server_ends() {
    let app = TestApp::start_with(&[("AGORA_DRAIN_SECONDS", "60")]).await;
    let address = app.address().to_owned();
    let mut stream = raw::connect(&address).await;
    let mut stopping = std::pin::pin!(app.stop());
    let deadline = Instant::now() + PATIENCE;
    loop {
        tokio::select! {
            () = &mut stopping => panic!("it did not wait"),
            seen = async {
                stream.write_all(LIVE).await.expect("is read");
                response(&mut stream).await.expect("is answered")
            } => if seen.to_ascii_lowercase().contains("connection: close") { break },
        }
        assert!(Instant::now() < deadline, "it says nothing");
    }
    let closed = raw::until_closed(&mut stream, PATIENCE);
    tokio::select! {
        () = &mut stopping => panic!("it did not wait"),
        seen = closed => assert_eq!(seen.as_deref(), Some(""), "nothing but the end"),
    }
}

#[tokio::test]
async fn an_address_has_no_more_connections_than_it_may() {
    let app = TestApp::start_with(&[("AGORA_CONNECTIONS_PER_ADDRESS", "2")]).await;
    let mut kept = [raw::connect(app.address()).await, raw::connect(app.address()).await];
    for stream in &mut kept {
        stream.write_all(LIVE).await.expect("is read");
        response(stream).await.expect("is answered");
    }
    let mut third = raw::connect(app.address()).await;
    assert!(raw::until_closed(&mut third, PATIENCE).await.is_some_and(|seen| seen.is_empty()));
    let [first, _second] = kept;
    drop(first);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut next = raw::connect(app.address()).await;
        if next.write_all(LIVE).await.is_ok() && response(&mut next).await.is_ok() {
            break;
        }
        assert!(Instant::now() < deadline, "the place does not come back");
    }
}

#[tokio::test]
async fn a_request_names_one_host_and_the_target_counts_before_the_header() {
    let app = TestApp::start_with(&[("ALLOWED_HOSTS", "shop.test")]).await;
    let ask = async |line: &str, headers: &str| {
        let request = format!("{line}\r\n{headers}Connection: close\r\n\r\n");
        raw::exchange(app.address(), request.as_bytes(), PATIENCE).await.expect("the server closes")
    };
    let path = "/api/v1/products?limit=1";
    for bad in [
        "",
        "Host: a\r\nHost: a\r\n",
        "Host: a b\r\n",
        "Host: a/b\r\n",
        "Host: a:x\r\n",
        "Host: a:99999\r\n",
        "Host: u@a\r\n",
        "Host: a,b\r\n",
        "Host: [::1\r\n",
    ] {
        let seen = ask(&format!("GET {path} HTTP/1.1"), bad).await;
        assert!(seen.starts_with("HTTP/1.1 400"), "{bad:?}: {seen}");
        assert!(seen.contains("VALIDATION_ERROR"), "{bad:?}: {seen}");
    }
    for good in [
        "Host: a\r\n",
        "Host:\r\n",
        "Host: a:80\r\n",
        "Host: a:\r\n",
        "Host: [::1]:8000\r\n",
        "Host: xn--caf-dma.test.\r\n",
    ] {
        let seen = ask(&format!("GET {path} HTTP/1.1"), good).await;
        assert!(seen.starts_with("HTTP/1.1 200"), "{good:?}: {seen}");
    }
    assert!(
        ask(&format!("GET {path} HTTP/1.0"), "").await.starts_with("HTTP/1.0 200"),
        "HTTP/1.0 has no Host"
    );
    let seen = ask(&format!("GET http://shop.test{path} HTTP/1.1"), "Host: other.test\r\n").await;
    assert!(seen.contains("http://shop.test/api/v1/products?limit=1&page=2"), "{seen}");
    let seen = ask(&format!("GET http://other.test{path} HTTP/1.1"), "Host: shop.test\r\n").await;
    assert!(!seen.contains("shop.test"), "{seen}");
}
