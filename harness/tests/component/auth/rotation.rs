//! Rotation of signing keys and secrets without downtime while two replicas serve (docs/keys.md).

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use agora_api::models::{Login, TokenPair};
use agora_harness::{Anonymous, Call, Client, Setting, TestApp, TestResponse, stack};
use serde_json::{Value, json};

const NEW_KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIFQJoQbFBxzfnPJHqqVVz8sQgZkGRc5AyqCvqOJmhE9y
-----END PRIVATE KEY-----";
const SECRET: &str = "kq3Hc0eJm9nS2rVt5uXw8yZb1dFg4hKl7mNo0pQr3sU=";
const USERS: [(&str, &str); 4] =
    [("johnd", "m38rmF$"), ("mor_2314", "83r5^_"), ("staff", "agora-staff-1"), ("admin", "agora-admin-1")];
/// Deadline for the shutdown of an idle replica, with headroom for a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Interval between the checks for a shutdown.
const POLL: Duration = Duration::from_millis(2);

/// Returns the settings of each step: without `AGORA_SECRETS`, new secret appended, new one first, old one dropped.
fn steps() -> [Vec<Setting>; 4] {
    let keys = |list: &[&str]| -> Setting { ("JWT_PRIVATE_KEY", list.join("\n").leak()) };
    let secrets = |list: &[&str]| -> Setting { ("AGORA_SECRETS", list.join(",").leak()) };
    let (old, new) = (stack::SIGNING_KEY, NEW_KEY);
    [
        vec![keys(&[old])],
        vec![keys(&[old, new]), secrets(&["signing-keys", SECRET])],
        vec![keys(&[new, old]), secrets(&[SECRET, "signing-keys"])],
        vec![keys(&[new]), secrets(&[SECRET])],
    ]
}

struct Replica {
    app: TestApp,
    client: Client<Anonymous>,
}

impl Replica {
    fn new(app: TestApp) -> Self {
        Self { client: app.anonymous(), app }
    }
}

/// Two replicas, each replaced while the other one serves.
struct Fleet {
    replicas: RwLock<[Arc<Replica>; 2]>,
    requests: AtomicUsize,
    is_rotated: AtomicBool,
    failures: RwLock<Vec<String>>,
}

impl Fleet {
    /// Sends requests to the replicas in turn.
    async fn send(&self, call: impl FnOnce(&Client<Anonymous>) -> Call, expected: u16) -> TestResponse {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let replica = Arc::clone(&self.replicas.read().expect("nobody panicked")[number % 2]);
        let response = call(&replica.client).await;
        if response.status != expected {
            let failure = format!("{number}: {} {}", response.status, response.text());
            self.failures.write().expect("nobody panicked").push(failure);
        }
        response
    }

    async fn reached(&self, requests: usize) {
        let mut polls = tokio::time::interval(POLL);
        while self.requests.load(Ordering::Relaxed) < requests {
            polls.tick().await;
        }
    }

    async fn replace(&self, at: usize, settings: &[Setting]) {
        let current = Arc::clone(&self.replicas.read().expect("nobody panicked")[at]);
        let next = Arc::new(Replica::new(current.app.replica_with(settings).await));
        drop(current);
        let mut old = std::mem::replace(&mut self.replicas.write().expect("nobody panicked")[at], next);
        let deadline = Instant::now() + PATIENCE;
        let mut polls = tokio::time::interval(POLL);
        let old = loop {
            polls.tick().await;
            match Arc::try_unwrap(old) {
                Ok(replica) => break replica,
                Err(shared) => old = shared,
            }
            assert!(Instant::now() < deadline, "requests do not end");
        };
        old.app.stop().await;
    }
}

/// A client that uses everything signed: access tokens, refresh tokens, cursors and Idempotency-Keys.
/// It uses each on both replicas and long after it was issued.
struct Worker {
    fleet: Arc<Fleet>,
    name: &'static str,
    pair: TokenPair,
    cursor: String,
    kept: Option<(String, Value)>,
}

impl Worker {
    async fn run(mut self, most: usize) -> TokenPair {
        let fleet = Arc::clone(&self.fleet);
        for round in 0.. {
            // Read before the last refresh, so that the remaining work belongs to the last step.
            let is_last =
                fleet.is_rotated.load(Ordering::Relaxed) && fleet.requests.load(Ordering::Relaxed) >= most;
            let access = self.pair.access.clone();
            fleet.send(|client| client.with_token(&access).get("/api/v1/auth/me"), 200).await;
            self.walk().await;
            self.keyed(round, &access).await;
            if round % 3 == 2 || is_last {
                let body = json!({"refresh": self.pair.refresh});
                let response =
                    fleet.send(|client| client.post("/api/v1/auth/refresh").json(&body), 200).await;
                if response.status == 200 {
                    self.pair = response.body_at(200);
                }
            }
            if is_last {
                break;
            }
        }
        self.pair
    }

    async fn walk(&mut self) {
        let target = format!("/api/v1/products?limit=3&cursor={}", self.cursor);
        let response = self.fleet.send(|client| client.get(&target), 200).await;
        let next = response.json()["next"]
            .as_str()
            .and_then(|next| next.split("cursor=").nth(1)?.split('&').next().map(str::to_owned));
        assert!(self.cursor != "start" || next.is_some(), "the walk has a second page: {}", response.text());
        self.cursor = next.unwrap_or_else(|| "start".to_owned());
    }

    /// Sends a request with a key, then repeats it: either replica must replay the first response.
    async fn keyed(&mut self, round: usize, access: &str) {
        let (key, body) = self.kept.take().unwrap_or_else(|| {
            let name = format!("{} {round}", self.name);
            (name.replace(' ', "-"), json!({"name": name}))
        });
        let call = |client: &Client<Anonymous>| {
            client.with_token(access).post("/api/v1/categories").header("idempotency-key", &key).json(&body)
        };
        self.fleet.send(call, 201).await;
        if round % 16 != 15 {
            self.kept = Some((key, body));
        }
    }
}

async fn login(app: &TestApp, (username, password): (&str, &str)) -> TokenPair {
    let body = json!({"username": username, "password": password});
    let login: Login = app.anonymous().post("/api/v1/auth/login").json(&body).await.body_at(200);
    TokenPair { access: login.access, refresh: login.refresh }
}

async fn rotated_under_load(most: usize) {
    let [before, appended, moved, dropped] = steps();
    let first = TestApp::start_with(&before).await;
    let second = first.replica_with(&before).await;
    let mut pairs = Vec::new();
    for user in USERS {
        pairs.push(login(&first, user).await);
    }
    let old_access = pairs[0].access.clone();
    let fleet = Arc::new(Fleet {
        replicas: RwLock::new([first, second].map(|app| Arc::new(Replica::new(app)))),
        requests: AtomicUsize::new(0),
        is_rotated: AtomicBool::new(false),
        failures: RwLock::default(),
    });
    let workers = USERS.into_iter().zip(pairs).map(|((name, _), pair)| {
        let fleet = Arc::clone(&fleet);
        tokio::spawn(Worker { fleet, name, pair, cursor: "start".to_owned(), kept: None }.run(most))
    });
    let workers: Vec<_> = workers.collect();
    for (number, (settings, at)) in
        [(&appended, 0), (&appended, 1), (&moved, 0), (&moved, 1)].into_iter().enumerate()
    {
        fleet.reached(most * (number + 1) / 6).await;
        fleet.replace(at, settings).await;
    }
    fleet.is_rotated.store(true, Ordering::Relaxed);
    let mut pairs = Vec::new();
    for worker in workers {
        pairs.push(worker.await.expect("nobody panicked"));
    }
    let failures = std::mem::take(&mut *fleet.failures.write().expect("nobody panicked"));
    let requests = fleet.requests.load(Ordering::Relaxed);
    eprintln!("{} of {requests} requests failed", failures.len());
    assert!(
        failures.is_empty(),
        "{} of {requests}: {:#?}",
        failures.len(),
        &failures[..failures.len().min(5)]
    );
    for at in [0, 1] {
        fleet.replace(at, &dropped).await;
    }
    for pair in pairs {
        fleet.send(|client| client.with_token(&pair.access).get("/api/v1/auth/me"), 200).await;
        let body = json!({"refresh": pair.refresh});
        fleet.send(|client| client.post("/api/v1/auth/refresh").json(&body), 200).await;
    }
    fleet.send(|client| client.with_token(&old_access).get("/api/v1/auth/me"), 401).await;
    let failures = fleet.failures.read().expect("nobody panicked");
    assert!(failures.is_empty(), "without the old key: {failures:#?}");
}

#[tokio::test]
async fn keys_are_replaced_under_load_and_no_request_fails() {
    rotated_under_load(400).await;
}

#[tokio::test]
#[ignore = "takes minutes; run by ./justw test-large"]
async fn keys_are_replaced_under_ten_thousand_requests_and_none_fails() {
    rotated_under_load(10_000).await;
}

#[tokio::test]
async fn a_stored_request_is_known_again_by_replicas_of_neighbouring_steps() {
    let steps = steps();
    let first = TestApp::start_with(&steps[0]).await;
    let mut previous: Option<(Value, TestResponse)> = None;
    for settings in &steps {
        let server = first.replica_with(settings).await;
        let user = server.user().await;
        let post = async |key: &str, body: &Value| {
            user.post("/api/v1/categories").header("idempotency-key", key).json(body).await
        };
        if let Some((body, response)) = previous {
            let again = post(body["name"].as_str().expect("a name"), &body).await;
            assert_eq!((again.status, &again.body), (response.status, &response.body));
            assert_eq!(
                post(body["name"].as_str().expect("a name"), &json!({"name": "other"})).await.status,
                422
            );
        }
        let name = format!("of-{}", server.address().rsplit(':').next().unwrap_or_default());
        let body = json!({"name": name});
        let response = post(&name, &body).await;
        assert_eq!(response.status, 201);
        previous = Some((body, response));
    }
}

#[tokio::test]
async fn all_keys_that_verify_are_published() {
    let [before, appended, moved, _] = steps();
    let app = TestApp::start_with(&before).await;
    let mut ids = Vec::new();
    for settings in [&before, &appended, &moved] {
        let server = app.replica_with(settings).await;
        let set = server.anonymous().get("/.well-known/jwks.json").await.json();
        let keys = set["keys"].as_array().expect("keys").iter();
        ids.push(keys.map(|key| key["kid"].as_str().expect("a name").to_owned()).collect::<Vec<_>>());
    }
    assert_eq!([ids[0].len(), ids[1].len()], [1, 2]);
    assert_eq!(ids[1][0], ids[0][0], "the one that signs is the first");
    assert_eq!([&ids[2][1], &ids[2][0]], [&ids[1][0], &ids[1][1]]);
}

#[tokio::test]
async fn the_command_replaces_the_key_of_a_file_and_tokens_stay_valid() {
    let app = TestApp::start().await;
    let file = std::env::temp_dir().join(format!("agora-keys-{}.pem", uuid::Uuid::now_v7()));
    fs::write(&file, stack::SIGNING_KEY).expect("is written");
    fs::set_permissions(&file, Permissions::from_mode(0o640)).expect("is ours");
    let config = stack::config(app.database.url(), &[("AGORA_SECRETS", SECRET)]).expect("is usable");
    let step = || agora::rotate_keys(&config, Some(&file), false).map_err(|error| error.to_string());
    let replica = async || {
        let keys = fs::read_to_string(&file).expect("is there").leak();
        app.replica_with(&[("JWT_PRIVATE_KEY", keys)]).await
    };
    assert!(step().expect("appends").contains("has a new key, which only verifies so far"));
    let appended = replica().await;
    let derived = stack::config(app.database.url(), &[]).expect("is usable");
    let next = agora::rotate_keys(&derived, Some(&file), false).expect("moves");
    assert!(next.contains("run this again in 30 days, since refresh tokens are signed"), "{next}");
    let moved = replica().await;
    let refused = step().expect_err("is too early");
    assert!(refused.contains("still needs the old key"), "{refused}");
    for (signed, verifies) in [(&app, &appended), (&appended, &moved), (&moved, &appended), (&app, &moved)] {
        let token = signed.user().await.token().unwrap_or_default().to_owned();
        assert_eq!(verifies.anonymous().with_token(&token).get("/api/v1/auth/me").await.status, 200);
    }
    let old = moved.user().await.token().unwrap_or_default().to_owned();
    assert_eq!(
        app.anonymous().with_token(&old).get("/api/v1/auth/me").await.status,
        401,
        "the new key signs"
    );
    assert_eq!(fs::metadata(&file).expect("is there").permissions().mode() & 0o777, 0o640);
    fs::remove_file(&file).expect("is ours");
    assert!(step().expect_err("is gone").contains("cannot be used"));
    let inline = agora::rotate_keys(&derived, None, false).expect_err("has no file").to_string();
    assert!(inline.starts_with("JWT_PRIVATE_KEY is not in a file"), "{inline}");
}
