//! Clients, one type an actor. Every answer that they see is held against the contract, and against what is true of all
//! answers.

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
use crate::spec;

/// How long a server may stay busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// Nobody in particular.
pub struct Anonymous;
/// A user of the dataset.
pub struct User;
/// The sandbox's staff.
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
    /// A client of a server, with an access token or without.
    #[must_use]
    pub fn new(base: &str, token: Option<String>) -> Self {
        // Nothing of the environment: what is measured is our server.
        let http = reqwest::Client::builder().no_proxy().build().expect("a client without TLS");
        Self { http, base: base.to_owned(), token, actor: PhantomData }
    }

    /// The same server with another credential.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Client<Anonymous> {
        Client {
            http: self.http.clone(),
            base: self.base.clone(),
            token: Some(token.to_owned()),
            actor: PhantomData,
        }
    }

    /// The access token of this actor.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// A GET.
    #[must_use]
    pub fn get(&self, target: &str) -> Call {
        self.call(Method::GET, target)
    }

    /// A POST.
    #[must_use]
    pub fn post(&self, target: &str) -> Call {
        self.call(Method::POST, target)
    }

    /// A PUT.
    #[must_use]
    pub fn put(&self, target: &str) -> Call {
        self.call(Method::PUT, target)
    }

    /// A PATCH.
    #[must_use]
    pub fn patch(&self, target: &str) -> Call {
        self.call(Method::PATCH, target)
    }

    /// A DELETE.
    #[must_use]
    pub fn delete(&self, target: &str) -> Call {
        self.call(Method::DELETE, target)
    }

    /// Any request; `.await` sends it.
    #[must_use]
    pub fn call(&self, method: Method, target: &str) -> Call {
        let mut request = self.http.request(method.clone(), format!("{}{target}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        Call { request, method, target: target.to_owned() }
    }
}

/// A request that is not sent yet.
pub struct Call {
    request: reqwest::RequestBuilder,
    method: Method,
    target: String,
}

impl Call {
    /// With a body of JSON.
    #[must_use]
    pub fn json<T: Serialize + ?Sized>(self, body: &T) -> Self {
        Self { request: self.request.json(body), ..self }
    }

    /// With a body of JSON as text, which need not be JSON.
    #[must_use]
    pub fn text(self, body: impl Into<String>) -> Self {
        let request = self.request.header("content-type", "application/json").body(body.into());
        Self { request, ..self }
    }

    /// With a header.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a header's name");
        let value: HeaderValue = value.parse().expect("a header's value");
        Self { request: self.request.header(name, value), ..self }
    }

    /// With a body of any kind.
    #[must_use]
    pub fn body(self, body: impl Into<reqwest::Body>) -> Self {
        Self { request: self.request.body(body), ..self }
    }
}

impl Call {
    /// Sends it, and again as long as the server says that it is busy, after the time that `Retry-After` tells.
    ///
    /// # Panics
    /// When the server stays busy, or the body is a stream.
    pub async fn until_served(self) -> Answer {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let request = self.request.try_clone().expect("a body that is not a stream");
            let answer = Call { request, method: self.method.clone(), target: self.target.clone() }.await;
            if answer.status != 503 {
                return answer;
            }
            assert!(Instant::now() < deadline, "the server stays busy");
            let seconds = answer.header("retry-after").parse().expect("a 503 tells when to come again");
            tokio::time::sleep(Duration::from_secs(seconds)).await;
        }
    }
}

impl IntoFuture for Call {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let sent = if coverage::is_on() { Sent::of(&self.request) } else { Sent::default() };
            let response = self.request.send().await.expect("the server answers");
            let (status, headers) = (response.status(), response.headers().clone());
            let coded = response.bytes().await.expect("the answer is whole").to_vec();
            let body = decoded(headers.get("content-encoding"), &coded);
            let answer = Answer { status, headers, body, coded };
            answer.check(&self.method, &self.target);
            sent.note(&self.method, &self.target, &answer);
            answer
        })
    }
}

/// What the record looks at of a request.
#[derive(Default)]
struct Sent {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Sent {
    fn of(request: &reqwest::RequestBuilder) -> Self {
        // A stream cannot be looked at; of such a request its answer alone is recorded.
        let Some(Ok(request)) = request.try_clone().map(reqwest::RequestBuilder::build) else {
            return Self::default();
        };
        let text = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default().to_vec();
        Self { headers: request.headers().iter().map(text).collect(), body }
    }

    fn note(self, method: &Method, target: &str, answer: &Answer) {
        coverage::note(&Exchange {
            method: method.as_str(),
            target,
            headers: self.headers,
            body: &self.body,
            status: answer.status.as_u16(),
            answer: &answer.body,
        });
    }
}

/// An answer that keeps the contract.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Bytes of the body, without its content coding.
    pub body: Vec<u8>,
    /// Bytes of the body as they were sent.
    pub coded: Vec<u8>,
}

/// A body without its coding. That of a HEAD or a 304 has no bytes.
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

impl Answer {
    /// An answer that was read from a connection, whole, held against the contract as that of a client is.
    ///
    /// # Panics
    /// When it is none, or breaks the contract.
    #[must_use]
    pub fn read(method: &str, target: &str, seen: &str) -> Self {
        let (head, body) = seen.split_once("\r\n\r\n").expect("an answer has a head");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.parse::<HeaderName>().ok()?, value.trim().parse::<HeaderValue>().ok()?))
        };
        let answer = Self {
            status: status.expect("an answer has a status"),
            headers: lines.filter_map(header).collect(),
            body: body.as_bytes().to_vec(),
            coded: body.as_bytes().to_vec(),
        };
        let method = method.parse().expect("a method");
        answer.check(&method, target);
        Sent::default().note(&method, target, &answer);
        answer
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as a wire type, of an answer that must have this status.
    ///
    /// # Panics
    /// When the status is another, or the body is not of the type.
    #[track_caller]
    pub fn body_at<T: DeserializeOwned>(&self, status: u16) -> T {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The problem, of an answer that must have this status.
    ///
    /// # Panics
    /// When the status is another.
    #[track_caller]
    #[must_use]
    pub fn problem_at(&self, status: u16) -> models::Problem {
        self.body_at(status)
    }

    /// A header as text; empty when it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Holds the answer against the contract, and against what is true of all answers.
    fn check(&self, method: &Method, target: &str) {
        let operation = spec::operation(method.as_str(), target);
        let is_head = *method == Method::HEAD;
        // A HEAD has no body to look at; OPTIONS is the preflight of CORS.
        if !is_head && *method != Method::OPTIONS {
            let faults = spec::faults(operation, self.status, &self.headers, &self.body);
            assert!(
                faults.is_empty(),
                "{method} {target}: {} breaks the contract: {faults:#?}\n{}",
                self.status,
                self.text()
            );
        }
        let unlisted = spec::unlisted_rules(&self.body);
        assert!(unlisted.is_empty(), "{method} {target}: ViolationRule does not list {unlisted:?}");
        for name in ["x-request-id", "x-content-type-options", "content-security-policy", "referrer-policy"] {
            assert!(self.headers.contains_key(name), "{method} {target}: no {name}");
        }
        // There where the client has called by https.
        let hsts = self.header("strict-transport-security");
        assert!(["", "max-age=31536000; includeSubDomains"].contains(&hsts), "{method} {target}: {hsts}");
        if (self.status.is_client_error() || self.status.is_server_error())
            && !is_head
            && self.header("content-type").contains("problem")
        {
            let problem: models::Problem = self.body_at(self.status.as_u16());
            assert_eq!(problem.status, i32::from(self.status.as_u16()));
            // A stored answer bears the id of the request that it was first given to.
            if self.header("idempotency-replayed").is_empty() {
                assert_eq!(problem.request_id, self.header("x-request-id"));
            }
            assert_eq!(problem.instance, target.split('?').next().unwrap_or_default());
        }
    }
}
