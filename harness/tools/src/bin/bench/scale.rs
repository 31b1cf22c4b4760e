//! Cost of the catalog's reads by the number of products, of two builds side by side.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use agora_api::models::{CreatedApiKey, Login, ProductPage};
use agora_cluster::Cluster;
use agora_harness::Program;
use agora_harness::memory::resident_mib;
use tokio::task::JoinSet;

use crate::http::{Connection, request};
use crate::load::Load;
use crate::statistics::{as_f64, median, percentile};
use crate::usage::CpuTime;
use crate::world::{connect, login, reported};

/// Clients of a round, each with one request in flight.
const CLIENTS: usize = 4;
/// Clients that search at the same time while a product is read.
const SEARCHERS: usize = 16;
/// Interval between two reads of the product meanwhile.
const PACE: Duration = Duration::from_millis(5);
/// Duration of the windows with and without searches.
const WINDOW: Duration = Duration::from_secs(4);
/// Maximum CPU time that a round of a case should take: costly cases get fewer requests.
const BUDGET: f64 = 400_000.0;
/// Products of a page.
const LIMIT: usize = 20;
/// Number of the deep page of a category.
const DEEP: usize = 500;
/// Number of the deep page of all products, sorted by price.
const DEEPEST: usize = 5_000;

/// Settings of a comparison.
pub struct Comparison {
    /// Executables of the builds, the earlier one first.
    pub builds: Vec<PathBuf>,
    /// Numbers of products.
    pub rows: Vec<u64>,
    /// Rounds of each case.
    pub rounds: u16,
    /// Maximum number of requests in a round.
    pub requests: usize,
}

/// Costs of one case at one number of products.
struct Case {
    name: &'static str,
    /// Microseconds of the server and of PostgreSQL, by build, then by round.
    costs: Vec<Vec<(f64, f64)>>,
    /// Latencies of the last build.
    latencies: Vec<Duration>,
    /// Number of responses other than 200 and 304, by build.
    refused: Vec<usize>,
}

/// Fills a database with products: their words are on a fifth, a hundredth (twice, never together) and five of them. Prices
/// depend on nothing else.
const FILL: &str = "
set synchronous_commit = off;
alter table products disable trigger products_write_event;
alter table stock disable trigger stock_write_event;
insert into products (uuid, title, description, price, image, owner_id)
select gen_random_uuid(),
    concat_ws(' ', 'thing', n % 5000, case when n % 5 = 0 then 'common' end, case when n % 100 = 7 then 'seldom' end,
        case when n % 100 = 8 then 'apart' end, case when n % (%ROWS% / 5) = 3 then 'unique' end),
    'One of many things, described at usual length with words like steel, cotton and garden ' || md5(n::text)
        || ', for use number ' || n % 997,
    (('x' || left(md5('price ' || n), 7))::bit(28)::integer % 1000)::numeric / 10 + 1, '', case when n % 10 = 0 then 1 else 2 + n % 8 end
from generate_series(1, %ROWS%) as n;
insert into product_categories (product_id, category_id) select id, 1 + id % 4 from products where id > 20;
insert into tags (uuid, name) select gen_random_uuid(), 'label ' || n from generate_series(6, 50) as n;
insert into product_tags (product_id, tag_id) select id, 1 + id % 50 from products where id > 20;
update products set rating_count = 1 + id % 9, rating_sum = id % 5 + id % 9 where id % 3 = 0;
update stock set available = 10, supplied = 10 where product_id > 20 and product_id % 100 <> 0;
insert into follows (follower_id, followed_id) select id, 1 from users where id > 3 and id <= 10;
alter table products enable trigger products_write_event;
alter table stock enable trigger stock_write_event;";

/// A server of one build on a database of its own.
struct Side {
    program: Program,
    token: String,
    /// An API key for products.
    key: String,
    deep: String,
    deepest: String,
    etag: String,
    /// Resident memory after the start, in MiB.
    started: f64,
}

/// Measures all cases, and returns the report as Markdown.
pub async fn run(cluster: &Cluster, comparison: &Comparison) -> Result<String, String> {
    let mut text = String::new();
    let mut whole = BTreeMap::new();
    for rows in &comparison.rows {
        let mut sides = Vec::new();
        for (index, build) in comparison.builds.iter().enumerate() {
            sides.push(start(cluster, build, &format!("scale_{rows}_{index}"), *rows).await?);
        }
        let cases = measure(cluster.pid(), &sides, comparison).await?;
        table(&mut text, *rows, &cases);
        for case in &cases {
            let of_last = case.costs.last().map(|costs| total(costs)).unwrap_or_default();
            whole.entry(case.name).or_insert_with(Vec::new).push(of_last);
        }
        starve(&mut text, &sides).await?;
        for (index, side) in sides.iter().enumerate() {
            let now = resident_mib(side.program.pid())?;
            let _ = writeln!(
                text,
                "Resident of build {}: {:.1} MiB after the start, {now:.1} now.",
                index + 1,
                side.started
            );
        }
        text.push('\n');
    }
    growth(&mut text, &comparison.rows, &whole);
    Ok(text)
}

async fn start(cluster: &Cluster, build: &Path, name: &str, rows: u64) -> Result<Side, String> {
    eprintln!("bench: {} with {rows} products", build.display());
    let maintenance = connect(&cluster.connection().url("postgres")).await?;
    maintenance.batch_execute(&format!("create database {name}")).await.map_err(reported)?;
    let url = cluster.connection().url(name);
    // The build migrates and seeds its database, since another one may have other indexes.
    drop(Program::start_file(build, &url, &[], None).await);
    let client = connect(&url).await?;
    if rows > 20 {
        client.batch_execute(&FILL.replace("%ROWS%", &rows.to_string())).await.map_err(reported)?;
    }
    // The first one removes what the load has left behind, and only the second one finds pages that all can see.
    for _ in 0..2 {
        client.batch_execute("vacuum analyze").await.map_err(reported)?;
    }
    let program = Program::start_file(build, &url, &[], None).await;
    let started = resident_mib(program.pid())?;
    let mut connection = Connection::open(program.address()).await?;
    let login: Login = read(connection.fetch(&login()).await?)?;
    let bearer = format!("Authorization: Bearer {}\r\n", login.access);
    let key = r#"{"name":"bench","scopes":["products:read"]}"#;
    let key: CreatedApiKey =
        read(connection.fetch(&request("POST", "/api/v1/api-keys", &bearer, key)).await?)?;
    let deep = page(&mut connection, "&category=electronics", DEEP).await?;
    let deepest = page(&mut connection, "&sort=price", DEEPEST).await?;
    connection.fetch(&request("GET", "/api/v1/products/7", "", "")).await?;
    let etag = connection.header("etag").ok_or("a product has an ETag")?;
    // The first search makes the server read the statistics.
    connection.fetch(&request("GET", "/api/v1/products?search=thing", "", "")).await?;
    Ok(Side { program, token: login.access, key: key.secret, deep, deepest, etag, started })
}

/// Returns the target of a page of a list, or of the last page if there are fewer.
async fn page(connection: &mut Connection, filter: &str, number: usize) -> Result<String, String> {
    let mut target = format!("/api/v1/products?limit={LIMIT}{filter}&cursor=start");
    for _ in 1..number {
        let page: ProductPage = read(connection.fetch(&request("GET", &target, "", "")).await?)?;
        let Some(next) = page.next else { break };
        next[next.find("/api/").ok_or("a link to the API")?..].clone_into(&mut target);
    }
    Ok(target)
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

/// Returns the names and requests of all cases.
fn cases(side: &Side) -> Vec<(&'static str, Vec<u8>)> {
    let list = |filter: &str| format!("/api/v1/products?limit={LIMIT}{filter}");
    let plain = |target: &str| request("GET", target, "", "");
    let signed_in = format!("Authorization: Bearer {}\r\n", side.token);
    let with_key = format!("X-API-Key: {}\r\n", side.key);
    vec![
        ("product by id", plain("/api/v1/products/7")),
        (
            "product, 304",
            request("GET", "/api/v1/products/7", &format!("If-None-Match: {}\r\n", side.etag), ""),
        ),
        ("product, signed in", request("GET", "/api/v1/products/7", &signed_in, "")),
        ("product, with an API key", request("GET", "/api/v1/products/7", &with_key, "")),
        ("list, page 1", plain(&list(""))),
        ("list, page 1, signed in", request("GET", &list(""), &signed_in, "")),
        ("list, page 1, gzip", request("GET", &list(""), "Accept-Encoding: gzip\r\n", "")),
        ("category, page 1", plain(&list("&category=electronics"))),
        ("category, page 1, signed in", request("GET", &list("&category=electronics"), &signed_in, "")),
        ("category, page 500 by cursor", plain(&side.deep)),
        ("owner of a tenth", plain(&list("&owner=1"))),
        ("search, absent", plain(&list("&search=absentee"))),
        ("search, 5 rows", plain(&list("&search=unique"))),
        ("search, two words apart", plain(&list("&search=seldom%20apart"))),
        ("search, 5 rows in a category", plain(&list("&search=unique&category=electronics"))),
        ("search, 1 %", plain(&list("&search=seldom"))),
        ("search, 20 %", plain(&list("&search=common"))),
        ("search, prefix of all", plain(&list("&search=thi"))),
        ("search, 1 %, by relevance", plain(&list("&search=seldom&sort=relevance"))),
        ("sorted by price", plain(&list("&sort=price"))),
        ("sorted by price, page 5,000 by cursor", plain(&side.deepest)),
        ("sorted by title, descending", plain(&list("&sort=-title"))),
        ("category, sorted by rating", plain(&list("&sort=rating&category=electronics"))),
        ("tag of a fiftieth, sorted by price", plain(&list("&sort=price&tag=travel"))),
        ("range of prices, 1 %", plain(&list("&min_price=50&max_price=50.9"))),
        ("sold out, 1 %", plain(&list("&state=SOLD_OUT"))),
        ("facets of all", plain("/api/v1/products/facets")),
        ("facets of a category", plain("/api/v1/products/facets?category=electronics")),
        ("facets of a search, 1 %", plain("/api/v1/products/facets?search=seldom")),
        ("tags, autocomplete", plain("/api/v1/tags?search=labe")),
        ("store of a tenth", plain("/api/v1/users/johnd/products?limit=20")),
        ("followers", plain("/api/v1/users/johnd/followers?limit=20")),
    ]
}

async fn measure(postgres: u32, sides: &[Side], comparison: &Comparison) -> Result<Vec<Case>, String> {
    let requests: Vec<_> = sides.iter().map(cases).collect();
    let mut found = Vec::new();
    for (index, (name, _)) in requests[0].iter().enumerate() {
        let mut case = Case {
            name,
            costs: vec![Vec::new(); sides.len()],
            latencies: Vec::new(),
            refused: vec![0; sides.len()],
        };
        for round in 0..=comparison.rounds {
            for turn in 0..sides.len() {
                // The builds take turns in being first.
                let build = (turn + usize::from(round)) % sides.len();
                eprint!("\rbench: {name}, round {round} of {}          ", comparison.rounds);
                let expected = case.costs[build].first().map_or(BUDGET / 4.0, |cost| cost.0 + cost.1);
                let count = (BUDGET / expected).clamp(4.0, as_f64(comparison.requests as u64)) as usize;
                let load = Load {
                    requests: vec![requests[build][index].1.clone().into()],
                    connections: CLIENTS,
                    count,
                };
                let (cost, refused, latencies) = cost(postgres, &sides[build], &load).await?;
                // The first round warms up, and tells how many requests the others may have.
                if round == 1 {
                    case.costs[build].clear();
                    case.latencies.clear();
                }
                if build + 1 == sides.len() {
                    case.latencies.extend(latencies);
                }
                case.costs[build].push(cost);
                case.refused[build] += refused;
            }
        }
        found.push(case);
    }
    eprintln!();
    Ok(found)
}

/// Runs a round. Returns the CPU microseconds of the server and of PostgreSQL a request, the number of refusals and the latencies.
async fn cost(postgres: u32, side: &Side, load: &Load) -> Result<((f64, f64), usize, Vec<Duration>), String> {
    let mut open = Vec::new();
    for _ in 0..load.connections {
        let mut connection = Connection::open(side.program.address()).await?;
        connection.ask(&load.requests[0]).await?;
        open.push(connection);
    }
    let (left, refused) = (Arc::new(AtomicUsize::new(load.count)), Arc::new(AtomicUsize::new(0)));
    let of_server = CpuTime::of_process(side.program.pid())?;
    let of_database = CpuTime::of_family(postgres)?;
    let mut clients = JoinSet::new();
    for mut connection in open {
        let (left, refused, request) =
            (Arc::clone(&left), Arc::clone(&refused), Arc::clone(&load.requests[0]));
        clients.spawn(async move {
            let take = |left: usize| left.checked_sub(1);
            let mut latencies = Vec::new();
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
                let started = Instant::now();
                if ![200, 304].contains(&connection.ask(&request).await?.status) {
                    refused.fetch_add(1, Ordering::Relaxed);
                }
                latencies.push(started.elapsed());
            }
            Ok::<_, String>(latencies)
        });
    }
    let mut latencies = Vec::new();
    while let Some(done) = clients.join_next().await {
        latencies.extend(done.map_err(|error| error.to_string())??);
    }
    let count = as_f64(load.count as u64);
    let database = CpuTime::of_family(postgres)?.microseconds_since(&of_database) / count;
    let server = CpuTime::of_process(side.program.pid())?.microseconds_since(&of_server) / count;
    Ok(((server, database), refused.load(Ordering::Relaxed), latencies))
}

/// Measures the latency of a product without and with clients that search for rare and common words.
async fn starve(text: &mut String, sides: &[Side]) -> Result<(), String> {
    for (index, side) in sides.iter().enumerate() {
        let idle = window(side, 0).await?;
        let busy = window(side, SEARCHERS).await?;
        let ms = |latencies: &[Duration]| percentile(latencies, 99).as_secs_f64() * 1000.0;
        let _ = writeln!(
            text,
            "Build {}: p99 of a product {:.2} ms idle, {:.2} ms during {SEARCHERS} searching clients ({:.1}); {} of {} searches refused.",
            index + 1,
            ms(&idle.latencies),
            ms(&busy.latencies),
            ms(&busy.latencies) / ms(&idle.latencies),
            busy.refused,
            busy.searches,
        );
    }
    Ok(())
}

struct Seen {
    latencies: Vec<Duration>,
    searches: usize,
    refused: usize,
}

async fn window(side: &Side, searchers: usize) -> Result<Seen, String> {
    let (is_over, mut clients) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
    for index in 0..searchers {
        let mut connection = Connection::open(side.program.address()).await?;
        let is_over = Arc::clone(&is_over);
        clients.spawn(async move {
            let (mut searches, mut refused) = (0, 0);
            while !is_over.load(Ordering::Relaxed) {
                let word = ["absentee", "unique", "seldom", "common", "thi"][(index + searches) % 5];
                let target = format!("/api/v1/products?limit={LIMIT}&search={word}");
                searches += 1;
                refused += usize::from(connection.ask(&request("GET", &target, "", "")).await?.status != 200);
            }
            Ok::<_, String>((searches, refused))
        });
    }
    let mut connection = Connection::open(side.program.address()).await?;
    let (mut latencies, mut pace) = (Vec::new(), tokio::time::interval(PACE));
    let until = Instant::now() + WINDOW;
    while Instant::now() < until {
        pace.tick().await;
        let started = Instant::now();
        connection.ask(&request("GET", "/api/v1/products/7", "", "")).await?;
        latencies.push(started.elapsed());
    }
    is_over.store(true, Ordering::Relaxed);
    let (mut searches, mut refused) = (0, 0);
    while let Some(done) = clients.join_next().await {
        let (more, of_them) = done.map_err(|error| error.to_string())??;
        searches += more;
        refused += of_them;
    }
    Ok(Seen { latencies, searches, refused })
}

fn medians(costs: &[(f64, f64)]) -> (f64, f64) {
    let of = |part: fn(&(f64, f64)) -> f64| median(&costs.iter().map(part).collect::<Vec<_>>());
    (of(|cost| cost.0), of(|cost| cost.1))
}

fn total(costs: &[(f64, f64)]) -> f64 {
    median(&costs.iter().map(|cost| cost.0 + cost.1).collect::<Vec<_>>())
}

fn table(text: &mut String, rows: u64, cases: &[Case]) {
    let _ = writeln!(text, "\n## {rows} products\n");
    let _ = writeln!(
        text,
        "CPU microseconds a request, server / PostgreSQL; medians of rounds. Latency of {CLIENTS} clients at the last build.\n"
    );
    let builds = cases.first().map_or(0, |case| case.costs.len());
    let heads: String = (1..=builds).map(|build| format!(" build {build} | refused |")).collect();
    let _ = writeln!(
        text,
        "| request |{heads} ratio | p50, p99 ms |\n|---|{}---:|---:|",
        "---:|---:|".repeat(builds)
    );
    for case in cases {
        let _ = write!(text, "| {} |", case.name);
        for (costs, refused) in case.costs.iter().zip(&case.refused) {
            let (server, database) = medians(costs);
            let _ = write!(text, " {server:.0} / {database:.0} | {refused} |");
        }
        let ratio = match case.costs.as_slice() {
            [before, .., after] => format!("{:.3}", total(after) / total(before)),
            _ => String::new(),
        };
        let ms = |share| percentile(&case.latencies, share).as_secs_f64() * 1000.0;
        let _ = writeln!(text, " {ratio} | {:.1}, {:.1} |", ms(50), ms(99));
    }
    text.push('\n');
}

fn growth(text: &mut String, rows: &[u64], whole: &BTreeMap<&str, Vec<f64>>) {
    let _ = writeln!(text, "\n## Cost of the last build by the number of products, against {}\n", rows[0]);
    let heads: String = rows.iter().map(|rows| format!(" {rows} |")).collect();
    let _ = writeln!(text, "| request |{heads}\n|---|{}", "---:|".repeat(rows.len()));
    for (name, costs) in whole {
        let ratios: String = costs.iter().map(|cost| format!(" {:.2} |", cost / costs[0])).collect();
        let _ = writeln!(text, "| {name} |{ratios}");
    }
}
