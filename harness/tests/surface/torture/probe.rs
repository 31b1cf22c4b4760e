//! A client of the torture server. It checks what holds for every response: it is timely, a success keeps the
//! contract, anything else is a problem, and a problem never repeats a secret that was sent.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use agora_runtime::Operation;
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::server::{self, ANSWERS};

/// Media type of most requests.
pub(super) const JSON: (&str, &str) = ("content-type", "application/json");

/// Headers of a hand-written request. The server closes the connection after it.
pub(super) const JSON_HEAD: &str = "Host: torture\r\nConnection: close\r\nContent-Type: application/json\r\n";

pub(super) const ID: &str = "0b9fe6ae-2cc8-4ec9-a3a2-3d2e6f3a2a10";
pub(super) const TRACE: &str = "7e7f3f9a-9d1c-4b40-8a44-6c7a8f2f1d55";

/// A value that must not come back in any refusal.
pub(super) const SECRET: &str = "hunter2";

/// Deadline of a response. It is well below the 10 seconds that a body may take, so a response that waits for a body
/// is late.
const DEADLINE: Duration = Duration::from_secs(5);

pub(super) struct Probe {
    address: SocketAddr,
    client: reqwest::Client,
}

/// A complete response.
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Probe {
    /// Starts a separate server and a client.
    pub(super) async fn start() -> Self {
        let client =
            reqwest::Client::builder().no_proxy().build().expect("a client without TLS needs nothing");
        Self { address: server::serve().await, client }
    }

    pub(super) async fn get(&self, target: &str, headers: &[(&str, &str)]) -> Seen {
        self.send(Method::GET, target, headers, Vec::new()).await
    }

    /// Sends JSON.
    pub(super) async fn post(&self, target: &str, body: &str) -> Seen {
        self.json(Method::POST, target, body).await
    }

    /// Sends JSON.
    pub(super) async fn patch(&self, target: &str, body: &str) -> Seen {
        self.json(Method::PATCH, target, body).await
    }

    async fn json(&self, method: Method, target: &str, body: &str) -> Seen {
        self.send(method, target, &[JSON], body.as_bytes().to_vec()).await
    }

    pub(super) async fn send(
        &self,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Seen {
        let mut request = self.client.request(method.clone(), format!("http://{}{target}", self.address));
        for (name, value) in headers {
            request = request.header(*name, value.as_bytes());
        }
        if !body.is_empty() {
            request = request.body(body);
        }
        let response = in_time(request.send()).await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let body = in_time(response.bytes()).await.expect("a whole answer").to_vec();
        let seen = Seen { status: status.as_u16(), headers, body };
        seen.check(operation(&method, target), status);
        seen
    }

    /// Sends bytes unchanged and returns the text of the response. The server must close the connection.
    pub(super) async fn raw(&self, request: &str) -> String {
        self.exchange(request, false).await
    }

    /// Like [`Probe::raw`], but shuts down the sending side after the request.
    pub(super) async fn broken_off(&self, request: &str) -> String {
        self.exchange(request, true).await
    }

    async fn exchange(&self, request: &str, is_over: bool) -> String {
        let mut stream = TcpStream::connect(self.address).await.expect("the server listens");
        in_time(stream.write_all(request.as_bytes())).await.expect("the server reads");
        if is_over {
            in_time(stream.shutdown()).await.expect("the server has not hung up");
        }
        let mut response = Vec::new();
        in_time(stream.read_to_end(&mut response)).await.expect("an answer, then the end");
        String::from_utf8(response).expect("an answer is text")
    }
}

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future).await.expect("within the deadline")
}

fn operation(method: &Method, target: &str) -> &'static Operation {
    let path = target.split('?').next().unwrap_or_default();
    let path = if path.starts_with("/headers/") { "/headers/{id}" } else { path };
    let found = agora_torture::OPERATIONS.iter().find(|known| known.method == method && known.path == path);
    found.expect("a probe calls what the contract has")
}

impl Seen {
    #[track_caller]
    fn check(&self, operation: &Operation, status: StatusCode) {
        if status.is_success() {
            let faults = ANSWERS.violations(operation, status, &self.headers, &self.body);
            assert_eq!(faults, [], "{} keeps the contract", operation.id);
        } else {
            assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.text());
            assert!(!self.text().contains(SECRET), "{} repeats what was sent", self.text());
        }
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(super) fn json(&self) -> Value {
        assert!((200..300).contains(&self.status), "{}: {}", self.status, self.text());
        serde_json::from_slice(&self.body).expect("an answer is JSON")
    }

    fn problem(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a problem is JSON")
    }

    /// Returns `true` if a byte of the body was read before the refusal.
    pub(super) fn body_was_touched(&self) -> bool {
        self.problem()["body_was_touched"] == true
    }

    /// Asserts a 400 with exactly these violations, each as `location field rule`, in any order.
    #[track_caller]
    pub(super) fn faults(&self, expected: &[&str]) {
        assert_eq!(self.status, 400, "{}", self.text());
        let problem = self.problem();
        let fields = problem["details"]["fields"].as_array().into_iter().flatten();
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut reported: Vec<String> =
            fields.map(|field| [&field["in"], &field["field"], &field["rule"]].map(word).join(" ")).collect();
        reported.sort();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(reported, expected, "{problem}");
    }

    #[track_caller]
    pub(super) fn is(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.text());
    }
}
