//! Clients that write and read at a fixed rate regardless of failures. A write with an Idempotency-Key is retried until it is
//! settled; a write without one is sent once.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::events::{CUT, Event, HUNG};
use crate::ledger::{Kind, Ledger, SHARED_CARTS, is_keyed};

/// Maximum number of concurrent requests; further ones wait.
const AT_A_TIME: usize = 256;
/// Timeout of a request. Nothing in the contract takes that long.
const HANG: Duration = Duration::from_secs(20);
/// Time after which a client closes an idle connection.
const IDLE: Duration = Duration::from_secs(2);
/// Delay before the first retry when the server sent no response.
const RETRY: Duration = Duration::from_millis(100);
/// Number of times that the delay between retries doubles.
const DOUBLINGS: u32 = 3;
/// Time limit for a write or a sign-in, including retries.
const SETTLED: Duration = Duration::from_secs(90);
/// Interval between two liveness probes, and their timeout.
const PROBE_INTERVAL: Duration = Duration::from_millis(100);
const PROBE_HANG: Duration = Duration::from_secs(10);
/// Username and password of the writing user.
pub const LOGIN: (&str, &str) = ("johnd", "password");

/// The clients of a run.
pub struct Load {
    http: Client,
    prober: Client,
    base: String,
    rate: u32,
    token: RwLock<String>,
    /// Set while tokens may be refused, because a clock has changed. Clients then sign in again.
    may_sign_in_again: AtomicBool,
    signing_in: tokio::sync::Mutex<()>,
    carts: Vec<i64>,
    next: AtomicU64,
    is_stopped: AtomicBool,
    turns: Semaphore,
    ledger: Mutex<Ledger>,
    success: watch::Sender<Instant>,
}

/// The outcome of a request.
pub struct Outcome {
    /// Status, or [`CUT`] or [`HUNG`].
    pub status: u16,
    /// Body of the response.
    pub body: Value,
    /// Delay that the response asks for.
    pub retry_after: Option<Duration>,
    /// Set if the response was stored by an earlier request.
    pub is_replay: bool,
}

impl Load {
    /// Waits for the server, signs in, and creates the carts that additions use.
    pub async fn start(base: String, rate: u32) -> Result<Self, String> {
        // Connections that a fault made necessary end soon after it, so that the files of the server can be compared.
        let client = || Client::builder().no_proxy().pool_idle_timeout(IDLE);
        let http = client().timeout(HANG).build().map_err(|error| error.to_string())?;
        let prober = client().timeout(PROBE_HANG).pool_max_idle_per_host(0).build();
        let mut load = Self {
            http,
            prober: prober.map_err(|error| error.to_string())?,
            base,
            rate,
            token: RwLock::default(),
            may_sign_in_again: AtomicBool::new(false),
            signing_in: tokio::sync::Mutex::default(),
            carts: Vec::new(),
            next: AtomicU64::new(1),
            is_stopped: AtomicBool::new(false),
            turns: Semaphore::new(AT_A_TIME),
            ledger: Mutex::default(),
            success: watch::Sender::new(Instant::now()),
        };
        load.sign_in().await?;
        for _ in 0..SHARED_CARTS {
            let created =
                load.send(load.request(Method::POST, "/api/v1/carts").json(&json!({"products": []}))).await;
            load.carts.push(created.body["id"].as_i64().ok_or_else(|| format!("no cart: {}", created.body))?);
        }
        // Requests before the server was ready do not count.
        *load.ledger() = Ledger::default();
        Ok(load)
    }

    /// Signs in, with retries while the server is unavailable.
    pub async fn sign_in(&self) -> Result<(), String> {
        let deadline = Instant::now() + SETTLED;
        let mut reported = Value::Null;
        while Instant::now() < deadline {
            let body = json!({"username": LOGIN.0, "password": LOGIN.1});
            let login = self.send(self.request(Method::POST, "/api/v1/auth/login").json(&body)).await;
            if let Some(access) = login.body["access"].as_str() {
                access.clone_into(&mut self.token.write().unwrap_or_else(PoisonError::into_inner));
                return Ok(());
            }
            reported = login.body;
            tokio::time::sleep(RETRY).await;
        }
        Err(format!("the server lets nobody sign in: {reported}"))
    }

    /// Signs in again after a 401, unless another request has already done so.
    async fn sign_in_again(&self, refused: &str) -> Result<(), String> {
        let _turn = self.signing_in.lock().await;
        if *self.token() == *refused { self.sign_in().await } else { Ok(()) }
    }

    /// Sets whether a 401 makes the clients sign in again. Otherwise it is an unexpected response.
    pub fn allow_new_sign_ins(&self, is_allowed: bool) {
        self.may_sign_in_again.store(is_allowed, Ordering::Relaxed);
    }

    /// Returns the access token of the clients.
    pub fn token(&self) -> String {
        self.token.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts requests until [`Load::stop`] is called, then waits until every write is settled.
    pub async fn run(self: Arc<Self>) -> Result<(), String> {
        let probing = tokio::spawn(Arc::clone(&self).probe());
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / self.rate);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut requests = JoinSet::new();
        while !self.is_stopped.load(Ordering::Relaxed) {
            ticks.tick().await;
            let (number, load) = (self.take_number(), Arc::clone(&self));
            requests.spawn(async move { load.settle(number).await });
            if number.is_multiple_of(2) {
                let load = Arc::clone(&self);
                requests.spawn(async move { load.look(number).await });
            }
            while let Some(settled) = requests.try_join_next() {
                settled.map_err(|error| error.to_string())?;
            }
        }
        while let Some(settled) = requests.join_next().await {
            settled.map_err(|error| error.to_string())?;
        }
        probing.await.map_err(|error| error.to_string())
    }

    /// Stops starting new requests.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    /// Returns the number of the next write.
    pub fn take_number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns the number of writes started so far.
    pub fn begun(&self) -> u64 {
        self.next.load(Ordering::Relaxed) - 1
    }

    /// Returns the ids of the carts that additions use.
    pub fn carts(&self) -> &[i64] {
        &self.carts
    }

    /// Returns the ledger of responses received so far.
    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records an unexpected observation.
    pub fn report(&self, odd: String) {
        self.ledger().odd.push(odd);
    }

    /// Returns the time of a write acknowledged at or after `moment`, and waits up to `deadline` for one.
    pub async fn success_after(&self, moment: Instant, deadline: Duration) -> Result<Instant, String> {
        let mut success = self.success.subscribe();
        let found = tokio::time::timeout(deadline, success.wait_for(|at| *at >= moment)).await;
        match found {
            Ok(Ok(at)) => Ok(*at),
            _ => Err(format!("nothing was acknowledged within {deadline:?}")),
        }
    }

    /// Sends reads and sign-ins one after another for this long, beside the writes. Each must get a 503, and only the
    /// liveness probe a 200; other responses are entered in the ledger.
    pub async fn ask_everything(&self, time: Duration) {
        let deadline = Instant::now() + time;
        let login = json!({"username": LOGIN.0, "password": LOGIN.1});
        while Instant::now() < deadline {
            let asked = [
                ("/api/v1/products/1", self.request(Method::GET, "/api/v1/products/1")),
                ("/api/v1/products", self.request(Method::GET, "/api/v1/products?limit=5")),
                ("/health/ready", self.request(Method::GET, "/health/ready")),
                ("/api/v1/auth/login", self.request(Method::POST, "/api/v1/auth/login").json(&login)),
            ];
            for (target, request) in asked {
                let status = self.send(request).await.status;
                if status != 503 {
                    self.report(format!("{target} in the black hole: {status}"));
                }
            }
            let alive = self.send(self.request(Method::GET, "/health/live")).await.status;
            if alive != 200 {
                self.report(format!("/health/live in the black hole: {alive}"));
            }
        }
    }

    /// Returns the status of a read.
    pub async fn read(&self, target: &str) -> u16 {
        self.send(self.request(Method::GET, target)).await.status
    }

    fn request(&self, method: Method, target: &str) -> RequestBuilder {
        let token = self.token();
        let request = self.http.request(method, format!("{}{target}", self.base));
        if token.is_empty() { request } else { request.bearer_auth(token) }
    }

    /// Returns method, target and body of a write.
    pub fn parts(&self, number: u64) -> (Method, String, Value) {
        let kind = Kind::for_number(number);
        let (method, target) = match kind {
            Kind::Category => (Method::POST, "/api/v1/categories".to_owned()),
            Kind::Product => (Method::POST, "/api/v1/products".to_owned()),
            Kind::Cart => (Method::POST, "/api/v1/carts".to_owned()),
            Kind::Addition(cell) => (Method::PATCH, format!("/api/v1/carts/{}", self.carts[cell.cart])),
        };
        (method, target, kind.body(number))
    }

    /// Returns the Idempotency-Key of a write.
    pub fn key(number: u64) -> String {
        format!("write-{number}")
    }

    /// Enters an acknowledged write in the ledger.
    pub fn acknowledge(&self, number: u64, id: i64, is_replay: bool) {
        let mut ledger = self.ledger();
        ledger.acknowledged.insert(number, id);
        ledger.replayed += u64::from(is_replay);
        drop(ledger);
        self.success.send_replace(Instant::now());
    }

    /// Retries a write until the server acknowledges or rejects it, or the time limit is reached. A write without a key is
    /// sent once, and again only if it was refused before its work.
    async fn settle(&self, number: u64) {
        let (method, target, body) = self.parts(number);
        let is_keyed = is_keyed(number);
        let deadline = Instant::now() + SETTLED;
        let mut tries = 0;
        while Instant::now() < deadline {
            let token = self.token();
            let mut request = self.request(method.clone(), &target).json(&body);
            if is_keyed {
                request = request.header("idempotency-key", Self::key(number));
            }
            let Outcome { status, body, retry_after, is_replay } = self.send(request).await;
            match status {
                200 | 201 => {
                    return self.acknowledge(number, body["id"].as_i64().unwrap_or_default(), is_replay);
                }
                401 if self.may_sign_in_again.load(Ordering::Relaxed) => {
                    if let Err(why) = self.sign_in_again(&token).await {
                        return self.report(why);
                    }
                }
                CUT | HUNG | 409 | 429 | 503 if !is_keyed => {
                    self.ledger().unknown.insert(number);
                    return;
                }
                // No response, an unavailable server, or a first attempt that is still running.
                CUT | HUNG | 409 | 429 | 503 => {
                    let pause = retry_after.unwrap_or(RETRY) * 2_u32.pow(DOUBLINGS.min(tries));
                    tokio::time::sleep(spread(pause, number)).await;
                    tries += 1;
                }
                _ => return self.report(format!("write {number}: {status} {body}")),
            }
        }
        // Reported at the end of the run; the other writes continue.
        self.report(format!("write {number} is not settled after {SETTLED:?}"));
    }

    /// Sends a read, once.
    async fn look(&self, number: u64) {
        let target = match number / 2 % 3 {
            0 => format!("/api/v1/products/{}", number % 20 + 1),
            1 => "/api/v1/products?limit=5".to_owned(),
            _ => format!("/api/v1/carts/{}", self.carts[0]),
        };
        let token = self.token();
        let Outcome { status, body, .. } = self.send(self.request(Method::GET, &target)).await;
        match status {
            200 | CUT | HUNG | 429 | 503 => {}
            401 if self.may_sign_in_again.load(Ordering::Relaxed) => {
                if let Err(why) = self.sign_in_again(&token).await {
                    self.report(why);
                }
            }
            _ => self.report(format!("{target}: {status} {body}")),
        }
    }

    /// Asks whether the server is alive, each time on a new connection.
    async fn probe(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(PROBE_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.is_stopped.load(Ordering::Relaxed) {
            ticks.tick().await;
            let sent = Instant::now();
            let status = answered(self.prober.get(format!("{}/health/live", self.base))).await.status;
            self.ledger().probes.push(Event { sent, took: sent.elapsed(), status });
        }
    }

    /// Sends a request, and records its status and duration.
    async fn send(&self, request: RequestBuilder) -> Outcome {
        // The semaphore is never closed.
        let _turn = self.turns.acquire().await;
        let sent = Instant::now();
        let outcome = answered(request).await;
        self.record(sent, &outcome);
        outcome
    }

    /// Records a request. A response that asks for a retry must say when.
    pub fn record(&self, sent: Instant, outcome: &Outcome) {
        let event = Event { sent, took: sent.elapsed(), status: outcome.status };
        let mut ledger = self.ledger();
        ledger.events.push(event);
        if matches!(outcome.status, 429 | 503) && outcome.retry_after.is_none() {
            ledger.odd.push(format!("a {} without Retry-After: {}", outcome.status, outcome.body));
        }
    }
}

/// Adds up to half of `time` to it, by write number, so that writes that failed together are not retried together.
pub fn spread(time: Duration, number: u64) -> Duration {
    const SHARES: u32 = 64;
    let share = u32::try_from(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58).unwrap_or(0);
    time + time / 2 * share / SHARES
}

async fn answered(request: RequestBuilder) -> Outcome {
    let none = |error: reqwest::Error| Outcome {
        status: if error.is_timeout() { HUNG } else { CUT },
        body: Value::Null,
        retry_after: None,
        is_replay: false,
    };
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) => return none(error),
    };
    let status = response.status().as_u16();
    let seconds = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    let is_replay = response.headers().contains_key("idempotency-replayed");
    match response.bytes().await {
        Ok(bytes) => Outcome {
            status,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
            retry_after: seconds.map(Duration::from_secs),
            is_replay,
        },
        // An incomplete response counts as none.
        Err(error) => none(error),
    }
}
