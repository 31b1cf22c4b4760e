//! Orders a second: by the server, by pgbench with the server's statements, and by pgbench with the way of a usual program,
//! which locks each row, reads it and then writes it, one statement after the other.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use agora_cluster::Cluster;
use agora_harness::{Mode, Proxy};
use serde_json::Value as Json;
use tokio::task::JoinSet;

use crate::http::{Connection, request};
use crate::pgbench::Value::{self, Number, Text};
use crate::pgbench::{Pgbench, rate, script};
use crate::server::Server;
use crate::statements::BEGIN;
use crate::statistics::{as_f64, median, spread};
use crate::world::{World, connect, reported};

/// Users of the dataset who buy, with their passwords.
const BUYERS: [(&str, &str); 12] = [
    ("johnd", "m38rmF$"),
    ("mor_2314", "83r5^_"),
    ("kevinryan", "kev02937@"),
    ("donero", "ewedon"),
    ("derek", "jklg*_56"),
    ("david_r", "3478*#54"),
    ("snyder", "f238&@*$"),
    ("hopkins", "William56$hj"),
    ("kate_h", "kfejk@*_"),
    ("jimmie_k", "klein*#%*"),
    ("staff", "agora-staff-1"),
    ("admin", "agora-admin-1"),
];
/// A server without limits of a buyer.
const UNLIMITED: [&str; 2] = ["ORDER_MAX_PENDING=65536", "ORDER_MAX_UNITS=1000000000"];

/// The products that all clients of a row buy.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Basket {
    /// One unit of one product, the same for all.
    Hot,
    /// One unit each of five products, the same for all.
    Five,
    /// One unit of one product that is sold out.
    SoldOut,
}

impl Basket {
    const ALL: [Self; 3] = [Self::Hot, Self::Five, Self::SoldOut];

    fn name(self) -> &'static str {
        match self {
            Self::Hot => "one product for all",
            Self::Five => "five products for all",
            Self::SoldOut => "a product that is sold out",
        }
    }

    fn products(self) -> &'static [i64] {
        match self {
            Self::Hot => &[9],
            Self::Five => &[9, 10, 11, 12, 13],
            Self::SoldOut => &[14],
        }
    }

    fn status(self) -> u16 {
        if self == Self::SoldOut { 409 } else { 201 }
    }
}

/// Settings of a run.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Clients that order at a time.
    pub clients: usize,
    /// Rounds of each row.
    pub rounds: u16,
    /// Duration of a round of one row.
    pub window: Duration,
    /// Delay of data between the database and its clients, in each direction, as of a network.
    pub latency: Duration,
}

/// Orders a second of each round.
#[derive(Default)]
struct Rates {
    server: Vec<f64>,
    same: Vec<f64>,
    naive: Vec<f64>,
}

/// Measures all baskets, and returns the table.
pub async fn run(cluster: &Cluster, folder: &Path, settings: Settings) -> Result<String, String> {
    let world = World::make(cluster, settings.clients).await?;
    let pgbench = Pgbench::find(cluster, folder).map_err(str::to_owned)?;
    let [pending, units] = UNLIMITED;
    let proxy = Proxy::start(&world.url);
    let mut url = world.url.clone();
    if !settings.latency.is_zero() {
        proxy.set(Mode::Latency(settings.latency)).await;
        url = proxy.url(&world.url);
    }
    let server = Server::start(&["serve-agora", &url, pending, units])?;
    let tokens = sign_in(&server).await?;
    let mut rows = Vec::new();
    for basket in Basket::ALL {
        let mut rates = Rates::default();
        for turn in 0..=settings.rounds {
            eprint!("\rbench: {}, round {turn} of {} ", basket.name(), settings.rounds);
            supply(&world).await?;
            let of_server = orders(&server, &tokens, basket, settings).await?;
            supply(&world).await?;
            let same = pgbench_rate(&pgbench, &url, &same_sql(basket)?, settings)?;
            supply(&world).await?;
            let naive = pgbench_rate(&pgbench, &url, &naive_sql(basket), settings)?;
            // The first round warms up.
            if turn > 0 {
                rates.server.push(of_server);
                rates.same.push(same);
                rates.naive.push(naive);
            }
        }
        eprintln!();
        rows.push((basket, rates));
    }
    let mut text = render(&rows, settings);
    supply(&world).await?;
    for basket in [Basket::Hot, Basket::Five] {
        let count = round_trips(&world, &tokens[0], basket).await?;
        let _ = writeln!(text, "\nRound trips to the database for an order of {}: {count}.", basket.name());
    }
    Ok(text)
}

/// Returns the least number of round trips that an order takes.
async fn round_trips(world: &World, token: &str, basket: Basket) -> Result<u64, String> {
    let proxy = Proxy::start(&world.url);
    let server = Server::start(&["serve-agora", &proxy.url(&world.url), "DATABASE_POOL_SIZE=1"])?;
    let mut connection = Connection::open(&server.address).await?;
    let mut least = u64::MAX;
    for key in 0..10 {
        let before = proxy.round_trips();
        let headers = format!("Authorization: Bearer {token}\r\nIdempotency-Key: {basket:?}-{key}\r\n");
        let answer = connection.ask(&request("POST", "/api/v1/orders", &headers, &body_of(basket))).await?;
        if answer.status != basket.status() {
            return Err(format!("an order was answered by {}", answer.status));
        }
        least = least.min(proxy.round_trips() - before);
    }
    Ok(least)
}

fn body_of(basket: Basket) -> String {
    let item = |product: &i64| format!(r#"{{"product_id":{product},"quantity":1}}"#);
    let items: Vec<String> = basket.products().iter().map(item).collect();
    format!(r#"{{"items":[{}]}}"#, items.join(","))
}

/// Removes all orders, since a buyer has few open ones in practice, and fills the stock, but for the product that is sold out.
async fn supply(world: &World) -> Result<(), String> {
    let client = connect(&world.url).await?;
    let all = "truncate orders, order_lines, order_sellers, order_events, payments, stock_movements, idempotency_keys";
    client.batch_execute(all).await.map_err(reported)?;
    let fill = "update stock set available = case when product_id = 14 then 0 else 1000000000 end,
        supplied = case when product_id = 14 then 0 else 1000000000 end,
        reserved = 0,
        sold = 0;
        vacuum stock";
    for part in fill.split(";\n") {
        client.batch_execute(part).await.map_err(reported)?;
    }
    Ok(())
}

async fn sign_in(server: &Server) -> Result<Vec<String>, String> {
    let mut tokens = Vec::new();
    let mut connection = Connection::open(&server.address).await?;
    for (username, password) in BUYERS {
        let body = format!(r#"{{"username":"{username}","password":"{password}"}}"#);
        let login = connection.fetch(&request("POST", "/api/v1/auth/login", "", &body)).await?;
        let login: Json = serde_json::from_slice(login).map_err(|error| error.to_string())?;
        tokens.push(login["access"].as_str().ok_or("a login has a token")?.to_owned());
    }
    Ok(tokens)
}

/// Returns the server's orders a second.
async fn orders(
    server: &Server,
    tokens: &[String],
    basket: Basket,
    settings: Settings,
) -> Result<f64, String> {
    let body: Arc<str> = body_of(basket).into();
    let keys = Arc::new(AtomicU64::new(0));
    let run = uuid::Uuid::now_v7();
    let mut clients = JoinSet::new();
    let started = Instant::now();
    let end = started + settings.window;
    for client in 0..settings.clients {
        let mut connection = Connection::open(&server.address).await?;
        let token = tokens[client % tokens.len()].clone();
        let (body, keys) = (Arc::clone(&body), Arc::clone(&keys));
        clients.spawn(async move {
            let mut done = 0_u64;
            while Instant::now() < end {
                let key = keys.fetch_add(1, Ordering::Relaxed);
                let headers = format!("Authorization: Bearer {token}\r\nIdempotency-Key: {run}-{key}\r\n");
                let answer = connection.ask(&request("POST", "/api/v1/orders", &headers, &body)).await?;
                // While too many wait for the same rows, some are put off.
                if answer.status == 503 {
                    continue;
                }
                if answer.status != basket.status() {
                    return Err(format!("an order was answered by {}", answer.status));
                }
                done += 1;
            }
            Ok(done)
        });
    }
    let mut all = 0;
    while let Some(done) = clients.join_next().await {
        all += done.map_err(|error| error.to_string())??;
    }
    Ok(as_f64(all) / started.elapsed().as_secs_f64())
}

/// Returns the transactions a second of a script.
fn pgbench_rate(
    pgbench: &Pgbench,
    url: &str,
    (text, variables): &(String, Vec<(String, String)>),
    settings: Settings,
) -> Result<f64, String> {
    let path = pgbench.folder.join("orders.sql");
    let written = fs::create_dir_all(&pgbench.folder).and_then(|()| fs::write(&path, text));
    written.map_err(|error| format!("{}: {error}", path.display()))?;
    let output = Command::new(&pgbench.program)
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
        .args(variables.iter().map(|(name, value)| format!("--define={name}={value}")))
        .arg(format!("--client={}", settings.clients))
        .arg(format!("--time={}", settings.window.as_secs().max(1)))
        .arg(format!("--file={}", path.display()))
        .arg(url)
        .env("PGOPTIONS", "-c role=agora_app -c timezone=UTC")
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(format!("pgbench failed with {}: {why}", path.display()));
    }
    rate(&String::from_utf8_lossy(&output.stdout)).ok_or_else(|| "pgbench tells no tps".to_owned())
}

/// Returns the script with the statements that the server sends for an order, in the same pipelines.
fn same_sql(basket: Basket) -> Result<(String, Vec<(String, String)>), String> {
    let array = |text: String| Text(format!("{{{text}}}"));
    let products: Vec<String> = basket.products().iter().map(ToString::to_string).collect();
    let quantities = vec!["1"; products.len()].join(",");
    let key = || vec![Text("bench".into()), Value::Key];
    let mut claim = key();
    claim.push(Text("\\x00".into()));
    let mut store = key();
    store.extend([Number(201), Text("{}".into()), Text("\\x00".into())]);
    let order = vec![
        Value::NewUuid,
        Value::Buyer,
        array(products.join(",")),
        array(quantities),
        Text("USD".into()),
        Number(300),
        Number(65_536),
        Number(1_000_000_000),
    ];
    let groups = [
        BEGIN
            .iter()
            .map(|text| (*text, Vec::new()))
            .chain([("platform.claim_idempotency_key", claim)])
            .collect(),
        vec![
            ("savepoint verb", Vec::new()),
            ("set local lock_timeout = '1200ms'", Vec::new()),
            ("orders.lock_buyer", vec![Value::Buyer]),
            ("orders.place_order", order),
        ],
        vec![("platform.store_idempotent_answer", store), ("commit", Vec::new())],
    ];
    script(&groups, 0)
}

/// Returns the script of a usual program: each row is locked and read, then written, and each statement waits for the one
/// before it.
fn naive_sql(basket: Basket) -> (String, Vec<(String, String)>) {
    let mut text = String::from(
        "\\set buyer random(1, USERS)
begin;
select id, username from users where id = :buyer;
insert into orders (uuid, buyer_id, currency, total, units, expires_at)
    values (gen_random_uuid(), :buyer, 'USD', 0, 1, app_now() + interval '5 minutes')
    returning id as order_id, uuid as order_uuid \\gset
insert into order_events (order_id, version, state, user_id) values (:order_id, 1, 'PENDING_CONFIRMATION', :buyer);
\\set missing 0
",
    );
    for product in basket.products() {
        let _ = write!(
            text,
            "select title, price, owner_id as seller_id from products where id = {product} \\gset
select available from stock where product_id = {product} for update \\gset
\\if :available > 0
update stock set available = :available - 1, reserved = reserved + 1 where product_id = {product};
insert into order_lines (order_id, product_id, seller_id, title, price, quantity)
    values (:order_id, {product}, :seller_id, :title, :price, 1);
insert into order_sellers (seller_id, order_id) values (:seller_id, :order_id);
insert into stock_movements (product_id, kind, quantity, order_id, user_id)
    values ({product}, 'RESERVED', 1, :order_uuid, :buyer);
update orders set total = total + :price where id = :order_id;
\\else
\\set missing 1
\\endif
"
        );
    }
    text = text.replace("USERS", &BUYERS.len().to_string());
    text.push_str("\\if :missing > 0\nrollback;\n\\else\ncommit;\n\\endif\n");
    (text, Vec::new())
}

/// Formats the table.
fn render(rows: &[(Basket, Rates)], settings: Settings) -> String {
    let mut text = format!(
        "Orders a second of {} clients, medians of {} rounds of {} s with the least and the most; data between the database and \
         its clients take {} microseconds longer. `pgbench, same SQL`: the \
         statements of the server in the same pipelines. `pgbench, naive`: each row locked, read and written by statements of \
         their own, without an Idempotency-Key. Orders that the server puts off with 503 do not count.\n\n| basket | server | pgbench, same SQL | ratio | pgbench, naive | server to \
         naive |\n|---|---|---|---|---|---|\n",
        settings.clients,
        settings.rounds,
        settings.window.as_secs(),
        settings.latency.as_micros(),
    );
    for (basket, Rates { server, same, naive }) in rows {
        let ratio = |of: &[f64]| {
            let ratios: Vec<f64> = server.iter().zip(of).map(|(server, of)| server / of.max(1e-9)).collect();
            median(&ratios)
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.2} | {} | {:.2} |",
            basket.name(),
            spread(server, 0),
            spread(same, 0),
            ratio(same),
            spread(naive, 0),
            ratio(naive),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_have_the_statements_of_the_server() {
        let (text, variables) = same_sql(Basket::Five).expect("the statements are there");
        assert_eq!(text.matches("\\startpipeline").count(), 3);
        assert!(text.contains("-- orders.place_order\n") && text.contains(":buyer") && text.contains(":key"));
        assert!(variables.iter().any(|(_, value)| value == "{9,10,11,12,13}"));
        let (naive, _) = naive_sql(Basket::Five);
        assert_eq!(naive.matches("for update").count(), 5);
    }
}
