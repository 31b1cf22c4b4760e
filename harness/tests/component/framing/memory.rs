//! Memory use of a server, run as a separate process, under the most expensive requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use agora_harness::{Database, Program, memory};
use serde_json::{Value, json};
use tokio::task::JoinSet;

const REQUESTS: usize = 1000;
const CONNECTIONS: usize = 64;
/// Maximum growth of resident memory in MiB.
const GROWTH: f64 = 64.0;
/// Maximum size of a product body, in bytes.
const LIMIT: usize = 256 * 1024;

/// Signs in and returns an access token.
async fn token(server: &Program, http: &reqwest::Client) -> String {
    let login = http.post(server.url("/api/v1/auth/login"));
    let login = login.header("content-type", "application/json");
    let response = login.body(json!({"username": "johnd", "password": "m38rmF$"}).to_string()).send();
    let body = response.await.expect("answers").bytes().await.expect("is whole");
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    body["access"].as_str().expect("a token").to_owned()
}

/// Returns bodies of the maximum size, each the worst of its kind.
fn worst() -> Vec<Arc<str>> {
    let filled = |beginning: &str, piece: &str, end: &str| {
        let count = (LIMIT - beginning.len() - end.len() - 1) / (piece.len() + 1);
        let mut text = String::with_capacity(LIMIT);
        text.push_str(beginning);
        for index in 0..count {
            text.push_str(if index == 0 { "" } else { "," });
            text.push_str(piece);
        }
        text + end
    };
    let numbered: Vec<String> = (0..LIMIT / 10 - 1).map(|index| format!("\"{index:05x}\":0")).collect();
    let long = "n".repeat(2000);
    let bodies = [
        filled("{", "\"a\":0", "}"),
        filled("{", &format!("\"{long}\":0"), "}"),
        filled(&format!("{{\"{long}\":{{"), "\"a\":0", "}}"),
        format!("{{{}}}", numbered.join(",")),
        filled("{\"categories\":[", "0", "]}"),
        filled("{\"categories\":[", "\"\"", "]}"),
        filled("{\"categories\":[", "[]", "]}"),
        filled("{\"categories\":[", "{}", "]}"),
        filled("{\"title\":[", "\"\\u0000\"", "]}"),
        format!("{{\"description\":\"{}\"}}", "a".repeat(LIMIT - 20)),
        format!("{{\"description\":\"{}\"}}", "\\u0001".repeat(LIMIT / 6 - 4)),
        format!("{{\"price\":{}}}", "1".repeat(LIMIT - 10)),
    ];
    bodies
        .into_iter()
        .map(|body| {
            assert!(body.len() <= LIMIT, "{} bytes are refused before they are read", body.len());
            body.into()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the program, and a minute; run by ./justw test-large"]
async fn a_thousand_of_the_worst_bodies_cost_little_memory_while_others_are_served() {
    let database = Database::create().await;
    let server = Program::start(database.url(), &[]).await;
    let http = reqwest::Client::builder().no_proxy().build().expect("a client without TLS");
    let token: Arc<str> = token(&server, &http).await.into();
    // Warms up connections, buffers and prepared statements, which any load needs.
    let product = server.url("/api/v1/products/1");
    let mut warm = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let call = http.get(&product);
        warm.spawn(async move { call.send().await.expect("answers").bytes().await.expect("is whole") });
    }
    warm.join_all().await;
    let before = memory::resident_mib(server.pid()).expect("Linux tells");
    memory::forget_peak(server.pid()).expect("the process is ours");

    let is_over = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn(read_until(is_over.clone(), http.clone(), product));
    let (next, bodies) = (Arc::new(AtomicUsize::new(0)), worst());
    let began = Instant::now();
    let mut senders = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (next, bodies, token) = (next.clone(), bodies.clone(), token.clone());
        let (url, http) = (server.url("/api/v1/products"), http.clone());
        senders.spawn(async move {
            let mut largest = 0;
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= REQUESTS {
                    return largest;
                }
                let call = http.post(&url).bearer_auth(&token).header("content-type", "application/json");
                let response =
                    call.body(bodies[index % bodies.len()].to_string()).send().await.expect("answers");
                assert_eq!(response.status(), 400);
                largest = largest.max(response.bytes().await.expect("is whole").len());
            }
        });
    }
    let largest = senders.join_all().await.into_iter().max().unwrap_or_default();
    let took = began.elapsed();
    is_over.store(true, Ordering::Relaxed);
    let (reads, slowest) = reader.await.expect("is served");
    let peak = memory::peak_mib(server.pid()).expect("Linux tells");
    eprintln!(
        "{REQUESTS} bodies of {LIMIT} bytes in {took:?}: resident {before:.1} MiB before, {peak:.1} MiB at most; largest \
         refusal {largest} bytes; meanwhile {reads} reads, the slowest {slowest:?}"
    );
    assert!(peak - before <= GROWTH, "{before:.1} MiB grew to {peak:.1} MiB");
    assert!(largest < 64 * 1024, "{largest} bytes");
    assert!(reads > 0, "nobody else was served");
}

/// Reads a product repeatedly; returns the number of reads and the maximum duration.
async fn read_until(is_over: Arc<AtomicBool>, http: reqwest::Client, url: String) -> (usize, Duration) {
    let (mut reads, mut slowest) = (0, Duration::ZERO);
    while !is_over.load(Ordering::Relaxed) {
        let began = Instant::now();
        assert_eq!(http.get(&url).send().await.expect("answers").status(), 200);
        slowest = slowest.max(began.elapsed());
        reads += 1;
    }
    (reads, slowest)
}
