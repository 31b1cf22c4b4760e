//! HTTP clients, with one type for each actor. Every response is checked against the contract and against the rules
//! common to all responses.

use std::future::{Future, IntoFuture};
use std::io::Read as _;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::{Duration, Instant};

use agora_api::models;
use flate2::read::GzDecoder;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::coverage::{self, Exchange};
use crate::{kinds, log, spec};

/// Maximum time for which a server may be busy.
const DEADLINE: Duration = Duration::from_secs(60);

/// A client without credentials.
pub struct Anonymous;
/// A user of the dataset.
pub struct User;
/// The sandbox's staff user.
pub struct Staff;
/// The sandbox's admin.
pub struct Admin;

/// A client of a server under test.
pub struct Client<A> {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    actor: PhantomData<A>,
}

impl<A> Client<A> {
    /// Creates a client of a server, with an optional access token.
    #[must_use]
    pub fn new(base: &str, token: Option<String>) -> Self {
        // Proxies of the environment are ignored: the client must reach the server directly. The certificates of the
        // system are not read: no server under test speaks TLS, and reading them takes longer than most tests.
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]);
        let http = http.build().expect("a client without TLS");
        Self { http, base: base.to_owned(), token, actor: PhantomData }
    }

    /// Returns a client of the same server with another access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Client<Anonymous> {
        Client {
            http: self.http.clone(),
            base: self.base.clone(),
            token: Some(token.to_owned()),
            actor: PhantomData,
        }
    }

    /// Returns the client's access token.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Builds a GET request.
    #[must_use]
    pub fn get(&self, target: &str) -> Call {
        self.call(Method::GET, target)
    }

    /// Builds a POST request.
    #[must_use]
    pub fn post(&self, target: &str) -> Call {
        self.call(Method::POST, target)
    }

    /// Builds a PUT request.
    #[must_use]
    pub fn put(&self, target: &str) -> Call {
        self.call(Method::PUT, target)
    }

    /// Builds a PATCH request.
    #[must_use]
    pub fn patch(&self, target: &str) -> Call {
        self.call(Method::PATCH, target)
    }

    /// Builds a DELETE request.
    #[must_use]
    pub fn delete(&self, target: &str) -> Call {
        self.call(Method::DELETE, target)
    }

    /// Builds a request; `.await` sends it.
    #[must_use]
    pub fn call(&self, method: Method, target: &str) -> Call {
        let mut request = self.http.request(method.clone(), format!("{}{target}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        Call { request, method, target: target.to_owned() }
    }
}

/// A request that has not been sent yet.
pub struct Call {
    request: reqwest::RequestBuilder,
    method: Method,
    target: String,
}

impl Call {
    /// Sets a JSON body.
    #[must_use]
    pub fn json<T: Serialize + ?Sized>(self, body: &T) -> Self {
        Self { request: self.request.json(body), ..self }
    }

    /// Sets a body of text with the media type of JSON. The text need not be valid JSON.
    #[must_use]
    pub fn text(self, body: impl Into<String>) -> Self {
        let request = self.request.header("content-type", "application/json").body(body.into());
        Self { request, ..self }
    }

    /// Returns the body as text. It is empty if the request has none.
    #[must_use]
    pub fn body_text(&self) -> String {
        let request = self.request.try_clone().and_then(|request| request.build().ok());
        let bytes = request.as_ref().and_then(|request| request.body()?.as_bytes());
        String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
    }

    /// Adds a header.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a header's name");
        let value: HeaderValue = value.parse().expect("a header's value");
        Self { request: self.request.header(name, value), ..self }
    }

    /// Sets a body of any kind.
    #[must_use]
    pub fn body(self, body: impl Into<reqwest::Body>) -> Self {
        Self { request: self.request.body(body), ..self }
    }
}

impl Call {
    /// Returns the same request once more, which is sent on its own.
    ///
    /// # Panics
    /// If the body is a stream.
    #[must_use]
    pub fn again(&self) -> Self {
        let request = self.request.try_clone().expect("a body that is not a stream");
        Self { request, method: self.method.clone(), target: self.target.clone() }
    }

    /// Sends the request, and retries it while the server is busy, after the delay in `Retry-After`. Any other 503 is
    /// returned, because it may hide a bug: an aborted transaction, or a lost connection.
    ///
    /// # Panics
    /// If the server is still busy after 60 s, or the body is a stream.
    pub async fn until_served(self) -> TestResponse {
        self.until_served_within(DEADLINE).await
    }

    /// Does the same as [`Call::until_served`] with another deadline.
    ///
    /// # Panics
    /// When the server is still busy at the deadline, or the body is a stream.
    pub async fn until_served_within(self, deadline: Duration) -> TestResponse {
        self.while_unserved(deadline, |reason| reason == "busy").await
    }

    /// Sends the request, and retries it while the response is a 503 of any cause, for tests that break a dependency.
    ///
    /// # Panics
    /// If the server does not recover within 60 s, or the body is a stream.
    pub async fn until_recovered(self) -> TestResponse {
        self.while_unserved(DEADLINE, |_| true).await
    }

    async fn while_unserved(self, deadline: Duration, is_retried: fn(&str) -> bool) -> TestResponse {
        let deadline = Instant::now() + deadline;
        loop {
            let response = self.again().await;
            let is_unserved = response.status == 503
                && response.json()["error"]["details"]["reason"].as_str().is_some_and(is_retried);
            if !is_unserved {
                return response;
            }
            assert!(Instant::now() < deadline, "the server does not recover");
            let seconds = response.header("retry-after").parse().expect("a 503 has Retry-After");
            tokio::time::sleep(Duration::from_secs(seconds)).await;
        }
    }
}

impl IntoFuture for Call {
    type Output = TestResponse;
    type IntoFuture = Pin<Box<dyn Future<Output = TestResponse> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let sent = Sent::from_request(&self.request);
            log::keep_headers(&sent.headers);
            log::keep_members(&sent.body);
            let response = self.request.send().await.expect("the server answers");
            let (status, headers) = (response.status(), response.headers().clone());
            let coded = response.bytes().await.expect("the answer is whole").to_vec();
            let body = decoded(headers.get("content-encoding"), &coded);
            let response = TestResponse { status, headers, body, coded };
            log::keep_members(&response.body);
            response.check(&self.method, &self.target);
            sent.note(&self.method, &self.target, &response);
            response
        })
    }
}

/// The parts of a request that are recorded.
#[derive(Default)]
struct Sent {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Sent {
    fn from_request(request: &reqwest::RequestBuilder) -> Self {
        // A streamed body cannot be read here; for such a request, only the response is recorded.
        let Some(Ok(request)) = request.try_clone().map(reqwest::RequestBuilder::build) else {
            return Self::default();
        };
        let text = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default().to_vec();
        Self { headers: request.headers().iter().map(text).collect(), body }
    }

    fn note(self, method: &Method, target: &str, response: &TestResponse) {
        coverage::note(&Exchange {
            method: method.as_str(),
            target,
            headers: self.headers,
            body: &self.body,
            status: response.status.as_u16(),
            response_headers: response.headers.keys().map(|name| name.as_str().to_owned()).collect(),
            response: &response.body,
        });
    }
}

/// A response that conforms to the contract.
#[derive(Debug)]
pub struct TestResponse {
    /// The status code.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The decoded bytes of the body.
    pub body: Vec<u8>,
    /// The bytes of the body as they were sent, with their content coding.
    pub coded: Vec<u8>,
}

/// Decodes a body. The body of a HEAD or 304 response is empty, whatever its content coding.
fn decoded(coding: Option<&HeaderValue>, coded: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    let read = match coding.map(HeaderValue::as_bytes) {
        Some(b"gzip") if !coded.is_empty() => GzDecoder::new(coded).read_to_end(&mut body),
        Some(b"br") if !coded.is_empty() => brotli::Decompressor::new(coded, 4096).read_to_end(&mut body),
        None | Some(b"gzip" | b"br") => (&mut &*coded).read_to_end(&mut body),
        Some(other) => panic!("an unknown coding: {}", String::from_utf8_lossy(other)),
    };
    read.expect("the body is in its coding");
    body
}

impl TestResponse {
    /// Parses a complete response read from a raw connection, and checks it against the contract as a client does.
    ///
    /// # Panics
    /// If it is not an HTTP response, or violates the contract.
    #[must_use]
    pub fn read(method: &str, target: &str, seen: &str) -> Self {
        let (head, body) = seen.split_once("\r\n\r\n").expect("an answer has a head");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.parse::<HeaderName>().ok()?, value.trim().parse::<HeaderValue>().ok()?))
        };
        let response = Self {
            status: status.expect("an answer has a status"),
            headers: lines.filter_map(header).collect(),
            body: body.as_bytes().to_vec(),
            coded: body.as_bytes().to_vec(),
        };
        let method = method.parse().expect("a method");
        response.check(&method, target);
        Sent::default().note(&method, target, &response);
        response
    }

    /// Parses the body as JSON.
    ///
    /// # Panics
    /// If it is not valid JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Returns the body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Checks the status and deserializes the body.
    ///
    /// # Panics
    /// If the status is different, or the body does not fit the type.
    #[track_caller]
    pub fn body_at<T: DeserializeOwned>(&self, status: u16) -> T {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Checks the status and deserializes the body as a problem.
    ///
    /// # Panics
    /// If the status is different, or the body is not a problem.
    #[track_caller]
    #[must_use]
    pub fn problem_at(&self, status: u16) -> models::Problem {
        self.body_at(status)
    }

    /// Returns a header as text, or an empty string if it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Returns the kind and the id of the resource that a 201 response locates.
    #[must_use]
    pub fn created(&self) -> Option<(&'static str, String)> {
        let location = Some(self.header("location")).filter(|_| self.status == StatusCode::CREATED)?;
        let operation = spec::operation("GET", location)?;
        let (slot, id) = spec::path_values(operation, location).pop()?;
        Some((kinds::name_of_path(operation, &slot)?, id))
    }

    /// Checks the response against the contract and the rules common to all responses.
    fn check(&self, method: &Method, target: &str) {
        let operation = spec::operation(method.as_str(), target);
        let is_head = *method == Method::HEAD;
        // A HEAD response has no body to check, and OPTIONS is a CORS preflight.
        if !is_head && *method != Method::OPTIONS {
            let faults = spec::violations(operation, self.status, &self.headers, &self.body);
            assert!(
                faults.is_empty(),
                "{method} {target}: {} breaks the contract: {faults:#?}\n{}",
                self.status,
                self.text()
            );
        }
        let odd = spec::odd_violations(&self.body);
        assert!(
            odd.is_empty(),
            "{method} {target}: unlisted rule, or message with another first word: {odd:?}"
        );
        for name in ["x-request-id", "x-content-type-options", "content-security-policy", "referrer-policy"] {
            assert!(self.headers.contains_key(name), "{method} {target}: no {name}");
        }
        // Sent only for requests over HTTPS.
        let hsts = self.header("strict-transport-security");
        assert!(["", "max-age=31536000; includeSubDomains"].contains(&hsts), "{method} {target}: {hsts}");
        if (self.status.is_client_error() || self.status.is_server_error())
            && !is_head
            && self.header("content-type").contains("problem")
        {
            let problem: models::Problem = self.body_at(self.status.as_u16());
            assert_eq!(problem.status, i32::from(self.status.as_u16()));
            // A replayed response has the request id of the original request.
            if self.header("idempotency-replayed").is_empty() {
                assert_eq!(problem.request_id, self.header("x-request-id"));
            }
            assert_eq!(problem.instance, target.split('?').next().unwrap_or_default());
        }
    }
}
