//! Clients that write at a fixed rate regardless of failures, and retry each write by its idempotency key until it is
//! settled.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::ledger::{Kind, Ledger, SHARED_CARTS};

/// Maximum number of concurrent requests; further ones wait.
const AT_A_TIME: usize = 256;
/// Timeout of a request.
const HANG: Duration = Duration::from_secs(20);
/// Delay before the first retry when the server sent no response.
const RETRY: Duration = Duration::from_millis(100);
/// Number of times that the delay between retries doubles.
const DOUBLINGS: u32 = 3;
/// Time limit for a write or a sign-in, including retries.
const SETTLED: Duration = Duration::from_secs(90);
/// Username and password of the writing user.
const LOGIN: (&str, &str) = ("johnd", "password");

/// The clients of a run.
pub struct Load {
    http: Client,
    base: String,
    rate: u32,
    token: RwLock<String>,
    carts: Vec<i64>,
    next: AtomicU64,
    is_stopped: AtomicBool,
    turns: Semaphore,
    ledger: Mutex<Ledger>,
    success: watch::Sender<Instant>,
}

/// The outcome of a request.
struct Outcome {
    status: u16,
    body: Value,
    retry_after: Duration,
    is_replay: bool,
}

impl Load {
    /// Waits for the server, signs in, and creates the carts that additions use.
    pub async fn start(base: String, rate: u32) -> Result<Self, String> {
        let http = Client::builder().no_proxy().timeout(HANG).build().map_err(|error| error.to_string())?;
        let mut load = Self {
            http,
            base,
            rate,
            token: RwLock::default(),
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

    /// Starts writes until [`Load::stop`] is called, then waits until every write is settled.
    pub async fn write(self: Arc<Self>) -> Result<(), String> {
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / self.rate);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut writes = JoinSet::new();
        while !self.is_stopped.load(Ordering::Relaxed) {
            ticks.tick().await;
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let load = Arc::clone(&self);
            writes.spawn(async move { load.settle(number).await });
            while let Some(settled) = writes.try_join_next() {
                settled.map_err(|error| error.to_string())?;
            }
        }
        while let Some(settled) = writes.join_next().await {
            settled.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Stops starting new writes.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
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

    /// Returns the duration of the slowest request since the previous call.
    pub fn take_slowest(&self) -> Duration {
        std::mem::take(&mut self.ledger().slowest)
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
    pub async fn ask_everything(&self, time: Duration) -> Result<(), String> {
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
                    self.ledger().odd.push(format!("{target} in the black hole: {status}"));
                }
            }
            let alive = self.send(self.request(Method::GET, "/health/live")).await.status;
            if alive != 200 {
                self.ledger().odd.push(format!("/health/live in the black hole: {alive}"));
            }
        }
        Ok(())
    }

    /// Returns the status of a read.
    pub async fn read(&self, target: &str) -> u16 {
        self.send(self.request(Method::GET, target)).await.status
    }

    fn request(&self, method: Method, target: &str) -> RequestBuilder {
        let token = self.token.read().unwrap_or_else(PoisonError::into_inner);
        let request = self.http.request(method, format!("{}{target}", self.base));
        if token.is_empty() { request } else { request.bearer_auth(&*token) }
    }

    /// Retries a write until the server acknowledges or rejects it, or the time limit is reached.
    async fn settle(&self, number: u64) {
        let kind = Kind::for_number(number);
        let (method, target) = match kind {
            Kind::Category => (Method::POST, "/api/v1/categories".to_owned()),
            Kind::Product => (Method::POST, "/api/v1/products".to_owned()),
            Kind::Cart => (Method::POST, "/api/v1/carts".to_owned()),
            Kind::Addition => {
                let cart = usize::try_from(number / 4 % SHARED_CARTS).unwrap_or(0);
                (Method::PATCH, format!("/api/v1/carts/{}", self.carts[cart]))
            }
        };
        let (body, key) = (kind.body(number), format!("write-{number}"));
        let deadline = Instant::now() + SETTLED;
        let mut tries = 0;
        while Instant::now() < deadline {
            let request = self.request(method.clone(), &target).json(&body).header("idempotency-key", &key);
            let Outcome { status, body, retry_after, is_replay } = self.send(request).await;
            match status {
                200 | 201 => {
                    let mut ledger = self.ledger();
                    let id = body["id"].as_i64().unwrap_or_default();
                    ledger.acknowledged.insert(number, id);
                    ledger.replayed += u64::from(is_replay);
                    drop(ledger);
                    self.success.send_replace(Instant::now());
                    return;
                }
                // No response, an unavailable server, or a first attempt that is still running.
                0 | 409 | 503 => {
                    tokio::time::sleep(spread(retry_after * 2_u32.pow(DOUBLINGS.min(tries)), number)).await;
                    tries += 1;
                }
                _ => {
                    self.ledger().odd.push(format!("write {number}, {kind:?}: {status} {body}"));
                    return;
                }
            }
        }
        // Reported at the end of the run; the other writes continue.
        self.ledger().odd.push(format!("write {number} is not settled after {SETTLED:?}"));
    }

    /// Sends a request, and records its status and duration.
    async fn send(&self, request: RequestBuilder) -> Outcome {
        // The semaphore is never closed.
        let _turn = self.turns.acquire().await;
        let began = Instant::now();
        let outcome = answered(request).await;
        let took = began.elapsed();
        let mut ledger = self.ledger();
        *ledger.responses.entry(outcome.status).or_default() += 1;
        ledger.slowest = ledger.slowest.max(took);
        outcome
    }
}

/// Adds up to half of `time` to it, by write number, so that writes that failed together are not retried together.
fn spread(time: Duration, number: u64) -> Duration {
    const SHARES: u32 = 64;
    let share = u32::try_from(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58).unwrap_or(0);
    time + time / 2 * share / SHARES
}

async fn answered(request: RequestBuilder) -> Outcome {
    let none = Outcome { status: 0, body: Value::Null, retry_after: RETRY, is_replay: false };
    let Ok(response) = request.send().await else { return none };
    let status = response.status().as_u16();
    let seconds = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    let is_replay = response.headers().contains_key("idempotency-replayed");
    // An incomplete response counts as none.
    let Ok(bytes) = response.bytes().await else { return none };
    let body = serde_json::from_slice(&bytes).unwrap_or_default();
    Outcome { status, body, retry_after: seconds.map_or(RETRY, Duration::from_secs), is_replay }
}
