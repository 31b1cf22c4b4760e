//! Orders while the server and PostgreSQL are killed: no acknowledged order is lost, and none is placed twice.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use agora_harness::{Database, Program, Setting, TEMPLATE, stack};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{ORDERS, basket, books_of};

/// Without limits of a buyer.
const UNLIMITED: &[Setting] = &[("ORDER_MAX_PENDING", "65536"), ("ORDER_MAX_UNITS", "1000000000")];
/// Users of the dataset who buy, with their passwords.
const BUYERS: [(&str, &str); 4] =
    [("johnd", "m38rmF$"), ("mor_2314", "83r5^_"), ("kevinryan", "kev02937@"), ("donero", "ewedon")];
/// Number of kills of each of the two.
const KILLS: usize = 10;
/// Number of orders that are acknowledged between two kills.
const BETWEEN: usize = 150;
/// Clients, and the interval of each between orders: 200 orders a second in all.
const CLIENTS: usize = 32;
const INTERVAL: Duration = Duration::from_millis(160);
/// Maximum time until an order is acknowledged, with a restart and retries.
const SETTLED: Duration = Duration::from_secs(60);
/// Interval between the attempts of a client that is refused or not answered.
const PAUSE: Duration = Duration::from_millis(20);

/// State that the clients share with the test.
#[derive(Default)]
struct Load {
    /// Base URL of the current server.
    base: RwLock<String>,
    acknowledged: AtomicUsize,
    /// Number of requests that were sent again.
    retries: AtomicUsize,
    is_over: AtomicBool,
}

impl Load {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set_base(&self, base: &str) {
        base.clone_into(&mut self.base.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Waits until more orders have been acknowledged.
    async fn until_more(&self) {
        let enough = self.acknowledged.load(Ordering::Relaxed) + BETWEEN;
        let deadline = Instant::now() + SETTLED;
        let mut polls = tokio::time::interval(Duration::from_millis(5));
        while self.acknowledged.load(Ordering::Relaxed) < enough {
            assert!(Instant::now() < deadline, "orders are no longer acknowledged");
            polls.tick().await;
        }
    }
}

/// Sends an order with one key until it is acknowledged. Returns its ID.
async fn settled(load: &Load, http: &reqwest::Client, token: &str, product: i64) -> Uuid {
    let key = Uuid::now_v7().to_string();
    let deadline = Instant::now() + SETTLED;
    let mut pauses = tokio::time::interval(PAUSE);
    pauses.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let call = http.post(load.url(ORDERS)).bearer_auth(token).header("idempotency-key", &key);
        let sent = call.json(&basket(&[(product, 1), (product + 1, 2)])).send().await;
        if let Ok(response) = sent {
            let status = response.status().as_u16();
            // A response may also be cut after its header.
            if let Ok(body) = response.json::<Value>().await {
                match status {
                    201 => {
                        let id = body["id"].as_str().and_then(|id| id.parse().ok());
                        return id.expect("an order has an ID");
                    }
                    // The same key may still be at work, in a session of the server that was killed.
                    409 => assert_eq!(body["error"]["code"], "REQUEST_IN_PROGRESS", "{body}"),
                    status => assert_eq!(status, 503, "{body}"),
                }
            }
        }
        assert!(Instant::now() < deadline, "an order is never acknowledged");
        load.retries.fetch_add(1, Ordering::Relaxed);
        pauses.tick().await;
    }
}

/// Places orders at a steady rate until the end. Returns the IDs of the acknowledged ones.
async fn buy(load: Arc<Load>, token: String, product: i64) -> Vec<Uuid> {
    let http =
        reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().expect("a client");
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut ids = Vec::new();
    while !load.is_over.load(Ordering::Relaxed) {
        ticks.tick().await;
        ids.push(settled(&load, &http, &token, product).await);
        load.acknowledged.fetch_add(1, Ordering::Relaxed);
    }
    ids
}

async fn sign_in(load: &Load, (username, password): (&str, &str)) -> String {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let body = json!({"username": username, "password": password});
    let response = http.post(load.url("/api/v1/auth/login")).json(&body).send().await.expect("is sent");
    let body: Value = response.json().await.expect("is JSON");
    body["access"].as_str().expect("a token").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; run by ./justw test-large"]
async fn acknowledged_orders_outlive_kills_of_server_and_database_and_are_placed_once() {
    let mut cluster = stack::durable_cluster().expect("a cluster");
    stack::make_template(&cluster.connection().url("postgres")).await.expect("a template");
    let url = cluster.connection().url(TEMPLATE);
    let supply = "update stock set available = available + 1000000, supplied = supplied + 1000000;
        insert into stock_movements (product_id, kind, quantity) select product_id, 'SUPPLIED', 1000000 from stock";
    Database::from_url(&url).await.client().batch_execute(supply).await.expect("runs");
    let before = Database::from_url(&url).await.count("select count(*) from orders").await;

    let load = Arc::new(Load::default());
    let mut server = Program::start(&url, UNLIMITED).await;
    load.set_base(&server.base);
    let mut buyers = JoinSet::new();
    for number in 0..CLIENTS {
        let token = sign_in(&load, BUYERS[number % BUYERS.len()]).await;
        let product = i64::try_from(number % 16).unwrap_or_default() + 1;
        buyers.spawn(buy(Arc::clone(&load), token, product));
    }
    let started = Instant::now();
    for _ in 0..KILLS {
        load.until_more().await;
        server.kill().await;
        server = Program::start(&url, UNLIMITED).await;
        load.set_base(&server.base);
        load.until_more().await;
        tokio::task::block_in_place(|| cluster.kill().and_then(|()| cluster.restart())).expect("restarts");
    }
    load.until_more().await;
    load.is_over.store(true, Ordering::Relaxed);
    let mut ids = buyers.join_all().await.concat();
    let seconds = started.elapsed().as_secs_f64();

    let database = Database::from_url(&url).await;
    let acknowledged = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), acknowledged, "two keys have the same order");
    let found = "select count(*) from orders where uuid = any($1)";
    let found: i64 = database.client().query_one(found, &[&ids]).await.expect("runs").get(0);
    assert_eq!(usize::try_from(found).ok(), Some(acknowledged), "acknowledged orders are missing");
    // Every key was repeated until it was acknowledged, so that any other order is a duplicate.
    let all = database.count("select count(*) from orders").await - before;
    assert_eq!(all, found, "an order was placed twice");
    books_of(&database).await;
    eprintln!(
        "{acknowledged} orders acknowledged in {seconds:.1} s, {} retries, {KILLS} kills each of server and PostgreSQL",
        load.retries.load(Ordering::Relaxed)
    );
}
