//! A crowd: many clients, each with its own connection, send at the same moment.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::events::{self, CUT, Event, HUNG};
use crate::load::{Load, Outcome as Answer, spread};
use crate::report::{Outcome, Row};
use crate::rig::{Ground, Options, Rig, Window};
use crate::server::Launch;

/// Number of times that the whole crowd sends.
const ROUNDS: usize = 3;
/// Maximum time for a connection, and for a response.
const HANG: Duration = Duration::from_secs(20);
/// Time limit for a write, including retries.
const SETTLED: Duration = Duration::from_secs(60);
/// Maximum time to recover after the crowd has left.
const RECOVERY: Duration = Duration::from_secs(5);

pub(super) async fn run(fault: &'static str, options: &Options) -> Result<Outcome, String> {
    let ground = Ground::lay(crate::host::folder("crowd"), |_| {}).await?;
    let mut rig = Rig::start(ground, Launch::default(), options).await?;
    let before = rig.calm().await?;
    let barrier = Arc::new(Barrier::new(options.clients));
    let started = Instant::now();
    let mut crowd = JoinSet::new();
    for index in 0..options.clients {
        let (load, barrier) = (Arc::clone(&rig.load), Arc::clone(&barrier));
        let address = rig.server.address().to_owned();
        crowd.spawn(async move {
            let connected = tokio::time::timeout(HANG, TcpStream::connect(&address)).await;
            let mut client = Visitor { address, stream: connected.ok().and_then(Result::ok), load };
            let is_connected = client.stream.is_some();
            let mut first = Vec::new();
            for _ in 0..ROUNDS {
                barrier.wait().await;
                first.push(client.send(index).await);
            }
            (is_connected, first)
        });
    }
    let (mut missing, mut first) = (0, Vec::new());
    while let Some(done) = crowd.join_next().await {
        let (is_connected, sent) = done.map_err(|error| error.to_string())?;
        missing += usize::from(!is_connected);
        first.extend(sent);
    }
    let ended = Instant::now();
    let accepted: Vec<Event> = first.iter().filter(|event| !event.has_failed()).copied().collect();
    let ms = |time: Duration| format!("{} ms", time.as_millis());
    rig.rows.push(Row::promise("clients that could not connect", missing, 0, missing == 0));
    rig.rows.push(Row::figure(
        "requests sent at once, and served at first",
        format!("{}, {}", first.len(), accepted.len()),
    ));
    rig.rows.push(Row::figure("the others", events::by_status(&events::failures(&first))));
    let times = [50, 99, 100].map(|percent| ms(events::percentile(&accepted, percent))).join(", ");
    rig.rows.push(Row::figure("p50, p99 and largest of the served", times));
    rig.finish(Window { fault, started, ended, before, recovery: RECOVERY }).await
}

/// A client of the crowd.
struct Visitor {
    address: String,
    stream: Option<TcpStream>,
    load: Arc<Load>,
}

impl Visitor {
    /// Sends a read or a write. A write is retried until it is settled. Returns the first request.
    async fn send(&mut self, index: usize) -> Event {
        if index.is_multiple_of(2) {
            let target = format!("/api/v1/products/{}", index / 2 % 20 + 1);
            return self.exchange(&format!("GET {target} HTTP/1.1\r\n"), None).await.0;
        }
        let number = self.load.take_number();
        let (method, target, body) = self.load.parts(number);
        let head = format!("{method} {target} HTTP/1.1\r\nIdempotency-Key: {}\r\n", Load::key(number));
        let deadline = Instant::now() + SETTLED;
        let mut first = None;
        while Instant::now() < deadline {
            let (event, answer) = self.exchange(&head, Some(&body)).await;
            let first = *first.get_or_insert(event);
            match answer.status {
                200 | 201 => {
                    let id = answer.body["id"].as_i64().unwrap_or_default();
                    self.load.acknowledge(number, id, answer.is_replay);
                    return first;
                }
                CUT | HUNG | 409 | 429 | 503 => {
                    let pause = answer.retry_after.unwrap_or(Duration::from_millis(100));
                    tokio::time::sleep(spread(pause, number)).await;
                }
                status => {
                    self.load.report(format!("write {number} of the crowd: {status} {}", answer.body));
                    return first;
                }
            }
        }
        self.load.report(format!("write {number} of the crowd is not settled after {SETTLED:?}"));
        first.unwrap_or(Event { sent: deadline, took: SETTLED, status: HUNG })
    }

    /// Sends a request on the connection, or on a new one if there is none.
    async fn exchange(&mut self, head: &str, body: Option<&Value>) -> (Event, Answer) {
        let body = body.map(Value::to_string).unwrap_or_default();
        let text = format!(
            "{head}Host: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            self.load.token(),
            body.len()
        );
        let sent = Instant::now();
        let answer = match tokio::time::timeout(HANG, self.answer(&text)).await {
            Ok(Some(answer)) => answer,
            failed => {
                self.stream = None;
                let status = if failed.is_ok() { CUT } else { HUNG };
                Answer { status, body: Value::Null, retry_after: None, is_replay: false }
            }
        };
        self.load.record(sent, &answer);
        (Event { sent, took: sent.elapsed(), status: answer.status }, answer)
    }

    async fn answer(&mut self, text: &str) -> Option<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => TcpStream::connect(&self.address).await.ok()?,
        };
        stream.write_all(text.as_bytes()).await.ok()?;
        let (head, body) = read(&mut stream).await?;
        let field = |name: &str| {
            head.lines().find_map(|line| {
                let (field, value) = line.split_once(':')?;
                field.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            })
        };
        if field("connection").is_none_or(|value| !value.eq_ignore_ascii_case("close")) {
            self.stream = Some(stream);
        }
        Some(Answer {
            status: head.get("HTTP/1.1 ".len()..)?.split(' ').next()?.parse().ok()?,
            body: serde_json::from_slice(&body).unwrap_or_default(),
            retry_after: field("retry-after").and_then(|value| value.parse().ok()).map(Duration::from_secs),
            is_replay: field("idempotency-replayed").is_some(),
        })
    }
}

/// Reads the head of a response and its body, the length of which is in `content-length`.
async fn read(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut seen = Vec::new();
    loop {
        if let Some(end) = seen.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&seen[..end]).into_owned();
            let lower = head.to_ascii_lowercase();
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if seen.len() >= end + 4 + length.unwrap_or(0) {
                return Some((head, seen.split_off(end + 4)));
            }
        }
        let mut part = [0; 8192];
        match stream.read(&mut part).await {
            Ok(count @ 1..) => seen.extend_from_slice(&part[..count]),
            _ => return None,
        }
    }
}
