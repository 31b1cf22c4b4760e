//! Lifecycle of connections: no response is lost, every connection is bounded, and a shutdown is announced.

use std::time::{Duration, Instant};

use agora_harness::{Database, Program, TestApp, raw};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Deadline of every wait, with headroom for a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);
const LIVE: &[u8] = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";

/// Reads one response with its body, which must have a `Content-Length`.
async fn response(stream: &mut TcpStream) -> std::io::Result<String> {
    raw::response(stream, PATIENCE).await
}

/// Returns the head of a request with a body of `size` bytes.
fn head(method: &str, path: &str, size: usize, more: &str) -> String {
    let media_type = if more.contains("Content-Type") { "" } else { "Content-Type: application/json\r\n" };
    format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{media_type}Content-Length: {size}\r\n{more}\r\n")
}

const BAD_TOKEN: &str = "Authorization: Bearer x\r\n";

/// Refusals before the body is read: name, method, path, headers, and status.
const REFUSALS: [(&str, &str, &str, &str, &str); 5] = [
    ("a bad token", "POST", "/api/v1/products", BAD_TOKEN, "401"),
    ("no token", "PATCH", "/api/v1/products/1", "", "401"),
    ("an unknown path", "POST", "/api/v1/nowhere", "", "404"),
    ("a wrong method", "PUT", "/api/v1/products", "", "405"),
    ("another type", "POST", "/api/v1/auth/login", "Content-Type: text/plain\r\n", "415"),
];

/// Sends the whole request before it reads the response, as many clients do.
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
async fn connections_stay_open_after_a_refusal_of_a_small_body() {
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
    let app = TestApp::start_with(&[("AGORA_IDLE_SECONDS", "1"), ("AGORA_RECEIVE_SECONDS", "4")]).await;
    let closed_after = async |bytes: &[u8]| {
        let mut stream = raw::connect(app.address()).await;
        stream.write_all(bytes).await.expect("is read");
        let began = Instant::now();
        let seen = raw::until_closed(&mut stream, PATIENCE).await.expect("it stays");
        (began.elapsed(), seen)
    };
    let (idle, half) = tokio::join!(closed_after(LIVE), closed_after(&LIVE[..LIVE.len() - 2]));
    assert!(idle.1.starts_with("HTTP/1.1 200"), "{}", idle.1);
    assert!(idle.0 >= Duration::from_secs(1) && idle.0 < Duration::from_secs(4), "idle: {:?}", idle.0);
    assert!(half.0 >= Duration::from_secs(4), "a header that has begun has its own time: {:?}", half.0);
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
async fn http_1_0_is_closed_explicitly_too() {
    const KEPT: &[u8] = b"GET /health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    let app = TestApp::start_with(&[("AGORA_DRAIN_SECONDS", "60")]).await;
    let address = app.address().to_owned();
    let (mut kept, mut other) = (raw::connect(&address).await, raw::connect(&address).await);
    for _ in 0..3 {
        let seen = raw::fetch(&mut kept, KEPT, PATIENCE).await.expect("is answered").to_ascii_lowercase();
        assert!(seen.contains("connection: keep-alive"), "{seen}");
    }
    let alone = b"GET /health/live HTTP/1.0\r\n\r\n";
    let seen = raw::exchange(&address, alone, PATIENCE).await.expect("it closes without being asked to");
    assert!(seen.starts_with("HTTP/1.0 200") && !seen.to_ascii_lowercase().contains("keep-alive"), "{seen}");
    let mut stopping = std::pin::pin!(app.stop());
    let deadline = Instant::now() + PATIENCE;
    loop {
        tokio::select! {
            () = &mut stopping => panic!("it did not wait"),
            seen = raw::fetch(&mut kept, KEPT, PATIENCE) => {
                let seen = seen.expect("is answered").to_ascii_lowercase();
                if !seen.contains("connection: keep-alive") {
                    assert!(seen.contains("connection: close"), "{seen}");
                    break;
                }
            }
        }
        assert!(Instant::now() < deadline, "it says nothing");
    }
    let ends = async {
        assert_eq!(raw::until_closed(&mut kept, PATIENCE).await.as_deref(), Some(""), "nothing but the end");
        // A connection that was idle until now gets one more response, then it is closed.
        let seen = raw::fetch(&mut other, KEPT, PATIENCE).await.expect("is answered").to_ascii_lowercase();
        assert!(seen.contains("200 ok") && seen.contains("connection: close"), "{seen}");
        assert_eq!(raw::until_closed(&mut other, PATIENCE).await.as_deref(), Some(""));
    };
    tokio::select! {
        () = &mut stopping => panic!("it did not wait"),
        () = ends => {}
    }
}

#[tokio::test]
async fn connections_per_address_are_limited_and_the_rest_get_503() {
    let app = TestApp::start_with(&[("AGORA_CONNECTIONS_PER_ADDRESS", "2")]).await;
    let mut kept = [raw::connect(app.address()).await, raw::connect(app.address()).await];
    for stream in &mut kept {
        stream.write_all(LIVE).await.expect("is read");
        response(stream).await.expect("is answered");
    }
    // The same with a body that is never read.
    let large = [head("POST", "/api/v1/products", 900_000, "").into_bytes(), vec![b' '; 900_000]].concat();
    for request in [LIVE, &large] {
        let mut third = raw::connect(app.address()).await;
        third.write_all(request).await.expect("is read");
        let seen = response(&mut third).await.expect("is answered");
        assert!(seen.starts_with("HTTP/1.1 503") && seen.contains("UNAVAILABLE"), "{seen}");
        let header = seen.to_ascii_lowercase();
        assert!(header.contains("connection: close") && header.contains("retry-after: 1"), "{seen}");
        assert!(raw::until_closed(&mut third, PATIENCE).await.is_some_and(|more| more.is_empty()));
    }
    let mut silent = raw::connect(app.address()).await;
    let began = Instant::now();
    assert!(raw::until_closed(&mut silent, PATIENCE).await.is_some());
    assert!(began.elapsed() < Duration::from_secs(20), "one that asks nothing is not kept as long as others");
    let [first, _second] = kept;
    drop(first);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut next = raw::connect(app.address()).await;
        let seen = raw::fetch(&mut next, LIVE, PATIENCE).await;
        if seen.is_ok_and(|seen| seen.starts_with("HTTP/1.1 200")) {
            break;
        }
        assert!(Instant::now() < deadline, "the place does not come back");
    }
}

#[tokio::test]
async fn a_slow_reader_gets_its_whole_response_though_it_takes_longer_than_idle_connections_may() {
    const RESPONSES: usize = 12;
    let app = TestApp::start_with(&[("AGORA_IDLE_SECONDS", "1")]).await;
    let address = app.address().parse().expect("an address");
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("can be set");
    let mut stream = socket.connect(address).await.expect("the server accepts");
    // More than the socket buffers of both ends can take, so that the server has to wait for the reader.
    let request = "GET /api/docs/redoc.js HTTP/1.1\r\nHost: x\r\n\r\n".repeat(RESPONSES);
    stream.write_all(request.as_bytes()).await.expect("is read");
    let (mut seen, mut part, mut whole) = (Vec::new(), vec![0; 64 * 1024], usize::MAX);
    let (began, mut pace) = (Instant::now(), tokio::time::interval(Duration::from_millis(200)));
    while seen.len() < whole {
        // Reads at a permitted slow pace, for longer than an idle timeout and the close take together.
        let is_slow = began.elapsed() < Duration::from_secs(14);
        if is_slow {
            pace.tick().await;
        }
        let count = if is_slow { 4096 } else { part.len() };
        let count = stream.read(&mut part[..count]).await.expect("the connection stays");
        assert!(count > 0, "{} of {whole} bytes came", seen.len());
        seen.extend_from_slice(&part[..count]);
        if whole == usize::MAX {
            let text = String::from_utf8_lossy(&seen).to_ascii_lowercase();
            let (head, _) = text.split_once("\r\n\r\n").expect("the whole header comes first");
            let length =
                head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            whole = RESPONSES * (head.len() + 4 + length.expect("it says its length"));
        }
    }
    assert!(began.elapsed() > Duration::from_secs(13), "it was not slow: {:?}", began.elapsed());
}

#[tokio::test]
async fn an_empty_line_after_a_body_is_no_header() {
    let app = TestApp::start_with(&[("AGORA_IDLE_SECONDS", "6"), ("AGORA_RECEIVE_SECONDS", "1")]).await;
    let request = format!("{}{{}}", head("POST", "/api/v1/auth/login", 2, ""));
    let mut streams = [raw::connect(app.address()).await, raw::connect(app.address()).await];
    for stream in &mut streams {
        raw::fetch(stream, request.as_bytes(), PATIENCE).await.expect("is answered");
    }
    let [mut one, mut many] = streams;
    let after_one = async {
        // Sent separately from the body, which is valid.
        one.write_all(b"\r\n").await.expect("is read");
        let closed = tokio::time::timeout(Duration::from_millis(3_500), one.read(&mut [0; 1])).await;
        assert!(closed.is_err(), "it ends with the deadline of a header");
        let seen = raw::fetch(&mut one, LIVE, PATIENCE).await.expect("is answered");
        assert!(seen.starts_with("HTTP/1.1 200"), "{seen}");
    };
    let after_many = async {
        let began = Instant::now();
        while many.write_all(b"\r\n").await.is_ok() {
            let closed = tokio::time::timeout(Duration::from_secs(1), many.read(&mut [0; 1])).await;
            if closed.is_ok() {
                break;
            }
            assert!(began.elapsed() < PATIENCE, "empty lines keep a connection");
        }
    };
    tokio::join!(after_one, after_many);
}

#[tokio::test]
#[ignore = "needs the program; run by ./justw test-large"]
async fn a_second_signal_ends_the_server_at_once() {
    let database = Database::create().await;
    let mut server = Program::start(database.url(), &[("AGORA_DRAIN_SECONDS", "60")]).await;
    let ready = b"GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    server.terminate();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = raw::exchange(server.address(), ready, PATIENCE).await.expect("it closes");
        if seen.starts_with("HTTP/1.1 503") {
            break;
        }
        assert!(Instant::now() < deadline, "it does not drain");
    }
    assert_eq!(server.ended(Duration::from_millis(500)).await, None, "it drains");
    server.terminate();
    let status = server.ended(Duration::from_secs(10)).await.expect("it ends");
    assert_eq!(status.code(), Some(1));
}

#[tokio::test]
#[ignore = "needs the program; run by ./justw test-large"]
async fn a_shutdown_ends_at_its_deadline() {
    let database = Database::create().await;
    let mut server = Program::start(database.url(), &[]).await;
    // Three clients: one does not read its response, one stops within a header, and one within a body.
    let script = "GET /api/docs/redoc.js HTTP/1.1\r\nHost: x\r\n\r\n".repeat(20);
    let half = format!("{}{{", head("POST", "/api/v1/auth/login", 20, ""));
    let mut kept = Vec::new();
    for request in [&script, &half[..40], &half] {
        let mut stream = raw::connect(server.address()).await;
        stream.write_all(request.as_bytes()).await.expect("is read");
        kept.push(stream);
    }
    let began = Instant::now();
    server.terminate();
    let status = server.ended(PATIENCE).await.expect("it ends");
    assert_eq!(status.code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(23), "{:?}", began.elapsed());
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
    // `OPTIONS` passes through the same layers.
    for (target, headers, status) in [
        (path, "", "400"),
        (path, "Host: a\r\nHost: a\r\n", "400"),
        (&format!("/api/v1/products?q={}", "x".repeat(9000)), "Host: a\r\n", "414"),
        (path, "Host: a\r\nOrigin: https://shop.test\r\n", "204"),
    ] {
        let seen = ask(&format!("OPTIONS {target} HTTP/1.1"), headers).await;
        assert!(seen.starts_with(&format!("HTTP/1.1 {status}")), "{headers:?}: {seen}");
        let is_allowed = seen.to_ascii_lowercase().contains("access-control-allow-origin: *");
        assert!(is_allowed, "a page may read it: {seen}");
    }
    let seen = ask("OPTIONS * HTTP/1.1", "Host: a\r\n").await;
    let allow = seen.lines().find_map(|line| line.strip_prefix("allow: "));
    assert!(seen.starts_with("HTTP/1.1 204"), "{seen}");
    assert_eq!(allow, Some("DELETE, GET, HEAD, PATCH, POST, PUT"), "{seen}");
    assert!(ask("GET * HTTP/1.1", "Host: a\r\n").await.starts_with("HTTP/1.1 4"), "only OPTIONS has it");
}
