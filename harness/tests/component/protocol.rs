//! Rules of all operations: errors of every layer, bounds of a connection, headers of every response.

use std::time::Duration;

use agora_api::models::ProblemCode;
use agora_harness::{TestApp, TestResponse, raw};
use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::json;

/// Deadline that is longer than any bound of the server and shorter than the timeout of a test.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn unknown_routes_and_methods_have_the_one_error_body() {
    let app = TestApp::start().await;
    for path in ["/api/v1", "/api/v1/unknown", "/unknown/", "/api/v2/products", "/api/v1/products/1/unknown"]
    {
        assert_eq!(
            app.anonymous().get(path).await.problem_at(404).error.code,
            ProblemCode::NotFound,
            "{path}"
        );
    }
    let response = app.anonymous().get("/api/v1/unknown").await;
    assert_json_snapshot!("unknown_route", response.json(), {".request_id" => "[id]"});
    let wrong = app.anonymous().delete("/api/v1/categories").await;
    assert_eq!(wrong.problem_at(405).error.code, ProblemCode::MethodNotAllowed);
    assert_eq!(wrong.header("allow"), "GET, HEAD, POST");
    assert_json_snapshot!("wrong_method", wrong.json(), {".request_id" => "[id]"});
}

#[tokio::test]
async fn bodies_of_another_type_or_size_are_refused() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let path = "/api/v1/categories";
    for media_type in
        ["text/plain", "application/xml", "application/jsonx", "application/json; charset=latin-1"]
    {
        let response = user.post(path).header("content-type", media_type).body("{\"name\":\"x\"}").await;
        assert_eq!(response.problem_at(415).error.code, ProblemCode::UnsupportedMediaType, "{media_type}");
    }
    assert_eq!(user.post(path).body("{\"name\":\"x\"}").await.status, 415, "no type at all");
    for (name, media_type) in [
        ("a", "application/json; charset=UTF-8"),
        ("b", "Application/JSON;Charset=\"utf-8\""),
        ("c", "application/json;version=\"a;charset=latin1\""),
    ] {
        let body = json!({"name": name}).to_string();
        let response = user.post(path).header("content-type", media_type).body(body).await;
        assert_eq!(response.status, 201, "{media_type}: {}", response.text());
    }
    let padded = |size: usize| format!("{{\"name\":\"{}\"}}", "x".repeat(size - 11));
    let whole = padded(16 * 1024);
    assert_eq!(
        user.post(path).text(whole.clone()).await.status,
        400,
        "16 KiB are read, and its name is too long"
    );
    let response = user.post(path).text(format!("{whole} ")).await;
    assert_eq!(response.problem_at(413).error.code, ProblemCode::PayloadTooLarge);
    assert_json_snapshot!("too_large", response.json(), {".request_id" => "[id]"});
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        user.token().expect("signed in")
    );
    let chunk = format!("400\r\n{}\r\n", " ".repeat(0x400));
    let chunked = format!("{head}{}0\r\n\r\n", chunk.repeat(17));
    let seen = raw::exchange(app.address(), chunked.as_bytes(), PATIENCE).await.expect("the server closes");
    assert!(seen.starts_with("HTTP/1.1 413"), "{seen}");
}

#[tokio::test]
async fn request_ids_are_taken_when_sane_and_made_otherwise() {
    let app = TestApp::start().await;
    let ask = |id: &str| app.anonymous().get("/api/v1/unknown").header("x-request-id", id);
    assert_eq!(ask("my-id_1.2").await.header("x-request-id"), "my-id_1.2");
    for odd in ["with blank", "quote'", "", &"x".repeat(129)] {
        let created = ask(odd).await.header("x-request-id").to_owned();
        assert_ne!(created, odd);
        assert_eq!(created.len(), 36, "{created}");
    }
}

#[tokio::test]
async fn browsers_of_any_origin_may_call_the_sandbox_without_cookies() {
    let app = TestApp::start().await;
    let preflight = app
        .anonymous()
        .call(Method::OPTIONS, "/api/v1/categories")
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,idempotency-key")
        .await;
    assert_eq!(preflight.status, 200);
    assert_eq!(preflight.header("access-control-allow-origin"), "*");
    assert_eq!(preflight.header("access-control-allow-credentials"), "");
    assert!(preflight.header("access-control-allow-methods").contains("POST"));
    let response = app.anonymous().get("/api/v1/products/1").header("origin", "https://shop.example").await;
    assert!(response.header("access-control-expose-headers").contains("x-total-count"));
}

#[tokio::test]
async fn options_lists_the_methods_of_a_path_unless_it_is_a_preflight() {
    let app = TestApp::start().await;
    let options = |path: &str| app.anonymous().call(Method::OPTIONS, path);
    for (path, allow) in [
        ("/api/v1/products", "GET, HEAD, POST"),
        ("/api/products/", "GET, HEAD, POST"),
        ("/api/v1/products/1", "DELETE, GET, HEAD, PATCH, PUT"),
        ("/api/v1/auth/login", "POST"),
        // A separate path, not the id of a product.
        ("/api/v1/products/by-categories", "GET, HEAD"),
    ] {
        let plain = options(path).await;
        assert_eq!((plain.status.as_u16(), plain.header("allow")), (204, allow), "{path}");
        let with_origin = options(path).header("origin", "https://shop.test").await;
        assert_eq!((with_origin.status.as_u16(), with_origin.header("allow")), (204, allow), "{path}");
    }
    for unknown in ["/api/v1/nowhere", "/", "/api/v1/products//rating"] {
        let known = unknown == "/";
        assert_eq!(options(unknown).await.status, if known { 204 } else { 404 }, "{unknown}");
    }
    let preflight = options("/api/v1/products")
        .header("origin", "https://shop.test")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "traceparent,x-requested-with");
    let preflight = preflight.await;
    assert_eq!(preflight.status, 200);
    let allowed = preflight.header("access-control-allow-headers");
    for name in ["traceparent", "tracestate", "x-requested-with", "cache-control", "idempotency-key"] {
        assert!(allowed.contains(name), "{name}: {allowed}");
    }
    let read = app.anonymous().get("/api/v1/products/1").header("origin", "https://shop.test").await;
    let exposed = read.header("access-control-expose-headers");
    for name in
        ["allow", "www-authenticate", "retry-after", "deprecation", "sunset", "x-ratelimit-reset", "etag"]
    {
        assert!(exposed.split(',').any(|one| one.trim() == name), "{name}: {exposed}");
    }
}

#[tokio::test]
async fn only_listed_origins_are_allowed_where_they_are_listed() {
    let app = TestApp::start_with(&[("CORS_ORIGINS", "https://shop.example")]).await;
    let ask = |origin: &str| app.anonymous().get("/api/v1/products/1").header("origin", origin);
    assert_eq!(
        ask("https://shop.example").await.header("access-control-allow-origin"),
        "https://shop.example"
    );
    assert_eq!(ask("https://evil.example").await.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn links_lead_to_allowed_hosts_only_and_not_to_those_that_look_like_them() {
    let app = TestApp::start_with(&[("ALLOWED_HOSTS", "example.com,shop.example:8443")]).await;
    let link = async |host: &str| {
        let response = app.anonymous().get("/api/v1/products?limit=5").header("host", host).await;
        let next = response.json()["next"].as_str().expect("there is more").to_owned();
        assert!(response.header("link").contains(&format!("<{next}>")));
        next.split("/api/").next().unwrap_or_default().to_owned()
    };
    for host in ["example.com", "example.com:9000", "shop.example:8443"] {
        assert_eq!(link(host).await, format!("http://{host}"));
    }
    for host in [
        "evil-example.com",
        "evil.example.com",
        "example.com.evil.org",
        "example.comevil:80",
        "com",
        "shop.example",
        "shop.example:8444",
    ] {
        assert_eq!(link(host).await, "", "{host}");
    }
}

#[tokio::test]
async fn targets_and_headers_beyond_their_bounds_are_refused() {
    let app = TestApp::start().await;
    let long = format!("/api/v1/products?category={}", "x".repeat(8 * 1024));
    let refused = app.anonymous().get(&long).await;
    assert_eq!(refused.problem_at(414).error.code, ProblemCode::UriTooLong);
    let header = format!("GET /health/live HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(64 * 1024));
    let seen = raw::exchange(app.address(), header.as_bytes(), PATIENCE).await.expect("the server closes");
    assert!(seen.is_empty() || seen.starts_with("HTTP/1.1 431"), "{seen}");
    let many = format!("GET /health/live HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-One: 1\r\n".repeat(200));
    let seen = raw::exchange(app.address(), many.as_bytes(), PATIENCE).await.expect("the server closes");
    assert!(seen.starts_with("HTTP/1.1 431"), "{seen}");
}

#[tokio::test]
async fn silent_and_slow_connections_are_closed() {
    let app = TestApp::start_with(&[("AGORA_IDLE_SECONDS", "3"), ("AGORA_RECEIVE_SECONDS", "2")]).await;
    let mut silent = raw::connect(app.address()).await;
    let mut slow = raw::connect(app.address()).await;
    tokio::io::AsyncWriteExt::write_all(&mut slow, b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Sl")
        .await
        .expect("is read");
    let idle = async {
        let mut stream = raw::connect(app.address()).await;
        let whole = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
        tokio::io::AsyncWriteExt::write_all(&mut stream, whole).await.expect("is read");
        raw::until_closed(&mut stream, PATIENCE).await
    };
    let (silent, slow, idle) =
        tokio::join!(raw::until_closed(&mut silent, PATIENCE), raw::until_closed(&mut slow, PATIENCE), idle);
    assert!(silent.is_some(), "a silent connection stays");
    assert!(slow.is_some(), "a slow header is waited for");
    assert!(idle.is_some_and(|seen| seen.starts_with("HTTP/1.1 200")), "an idle connection stays");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    let app = TestApp::start_with(&[("AGORA_RECEIVE_SECONDS", "1")]).await;
    let user = app.user().await;
    let half = format!(
        "POST /api/v1/categories HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: 20\r\n\r\n{{\"name\":",
        user.token().expect("signed in")
    );
    let seen = raw::exchange(app.address(), half.as_bytes(), PATIENCE).await.expect("the server closes");
    assert!(seen.starts_with("HTTP/1.1 408"), "{seen}");
    let late = TestResponse::read("POST", "/api/v1/categories", &seen);
    assert_eq!(late.problem_at(408).error.code, ProblemCode::RequestTimeout);
    assert_eq!(late.header("connection"), "close", "what is left of the body is no request");
}

#[tokio::test]
async fn requests_that_two_servers_would_read_differently_are_refused() {
    let app = TestApp::start().await;
    for head in [
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: -1",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: x",
    ] {
        let request = format!("POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\nhello");
        let seen =
            raw::exchange(app.address(), request.as_bytes(), PATIENCE).await.expect("the server closes");
        assert!(seen.is_empty() || seen.starts_with("HTTP/1.1 400"), "{head}: {seen}");
    }
}

#[tokio::test]
async fn a_shutdown_lets_the_request_in_flight_finish() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let lock = "begin; lock table categories in access exclusive mode";
    app.database.client().batch_execute(lock).await.expect("runs");
    let locked = tokio::spawn(async move { user.get("/api/v1/categories/1").await.status.as_u16() });
    // Not `pg_stat_activity`, which does not change within a transaction.
    let waiting = "select count(*) from pg_locks where relation = 'categories'::regclass and not granted";
    let deadline = std::time::Instant::now() + PATIENCE;
    while app.database.count(waiting).await == 0 {
        assert!(std::time::Instant::now() < deadline, "the request never came to the database");
        tokio::task::yield_now().await;
    }
    app.database.client().batch_execute("commit").await.expect("runs");
    let (status, ()) = tokio::join!(locked, app.stop());
    assert_eq!(status.expect("answers"), 200);
}

#[tokio::test]
async fn metrics_are_served_on_their_own_port_by_operation_and_status() {
    let app = TestApp::start_with(&[("AGORA_METRICS_BIND", "127.0.0.1:0")]).await;
    assert_eq!(app.anonymous().get("/api/v1/products/1").await.status, 200);
    assert_eq!(app.anonymous().get("/metrics").await.status, 404, "not on the public port");
    let text = app.metrics_text().await;
    assert!(text.contains("agora_requests_total{operation=\"get_product\",status=\"200\"} 1"), "{text}");
    assert!(text.contains("agora_request_seconds_bucket{operation=\"get_product\""), "{text}");
}

#[tokio::test]
async fn a_place_for_a_connection_comes_back_when_its_connection_ends() {
    const KEPT: &[u8] = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
    let app = TestApp::start_with(&[("AGORA_MAX_CONNECTIONS", "1")]).await;
    let mut first = raw::connect(app.address()).await;
    ask(&mut first, KEPT).await;
    for _ in 0..3 {
        let mut second = raw::connect(app.address()).await;
        tokio::io::AsyncWriteExt::write_all(&mut second, KEPT).await.expect("the kernel takes it");
        // The first connection is still served, and the second waits without a response.
        ask(&mut first, KEPT).await;
        let early = second.try_read(&mut [0; 1]).expect_err("it waits for its place");
        assert_eq!(early.kind(), std::io::ErrorKind::WouldBlock);
        drop(first);
        response(&mut second).await;
        first = second;
    }
}

/// Sends a request and reads its response.
async fn ask(stream: &mut tokio::net::TcpStream, request: &[u8]) {
    tokio::io::AsyncWriteExt::write_all(stream, request).await.expect("is read");
    response(stream).await;
}

async fn response(stream: &mut tokio::net::TcpStream) {
    let mut seen = [0; 4096];
    let read = tokio::time::timeout(PATIENCE, tokio::io::AsyncReadExt::read(stream, &mut seen)).await;
    let count = read.expect("is served").expect("is answered");
    assert!(seen[..count].starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&seen[..count]));
}

#[tokio::test]
async fn head_has_the_headers_of_get() {
    let app = TestApp::start().await;
    for path in ["/api/v1/products/1", "/api/v1/products?limit=2", "/api/v1/unknown"] {
        let get = app.anonymous().get(path).await;
        let head = app.anonymous().call(Method::HEAD, path).await;
        assert_eq!((head.status, head.header("etag")), (get.status, get.header("etag")), "{path}");
        assert_eq!(head.header("content-length"), get.header("content-length"));
        assert!(head.body.is_empty());
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_is_not_waited_for() {
    let app = TestApp::start().await;
    let mut stream = raw::connect(app.address()).await;
    let request = b"GET /api/v1/products?limit=20 HTTP/1.1\r\nHost: x\r\n\r\n";
    let deadline = std::time::Instant::now() + 3 * PATIENCE;
    // Sends requests without reading: the server's send buffer fills up, and it closes the connection.
    let given_up = async { while tokio::io::AsyncWriteExt::write_all(&mut stream, request).await.is_ok() {} };
    tokio::time::timeout_at(deadline.into(), given_up).await.expect("the connection stays");
    assert_eq!(app.anonymous().get("/health/live").await.status, 200);
}

#[tokio::test]
async fn readiness_reports_a_shutdown_while_requests_are_still_served() {
    let app = TestApp::start_with(&[("AGORA_DRAIN_SECONDS", "60")]).await;
    assert_eq!(app.anonymous().get("/health/ready").await.status, 200);
    let client = app.anonymous();
    let mut stopping = std::pin::pin!(app.stop());
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        tokio::select! {
            () = &mut stopping => panic!("it did not wait"),
            response = IntoFuture::into_future(client.get("/health/ready")) => if response.status == 503 { break },
        }
        assert!(std::time::Instant::now() < deadline, "readiness says nothing");
    }
    assert_eq!(client.get("/api/v1/products/1").await.status, 200);
}
