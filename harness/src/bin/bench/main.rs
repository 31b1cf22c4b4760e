//! Measures what the layers of the server cost: CPU time a request of the real server against a bare handler with the
//! same SQL and the same JSON, on a private cluster, in rounds that take turns. Run it by `./justw bench`.

mod bare;
mod load;
mod report;
mod server;
mod usage;

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use agora_cluster::Cluster;
use agora_harness::stack;
use clap::{Parser, Subcommand};

use crate::load::Load;
use crate::report::{Memory, Round, Row};
use crate::server::Server;
use crate::usage::{CpuTime, as_f64, resident_mib};

/// Connections to PostgreSQL of each server; the harness configures the real one so.
const POOL_SIZE: usize = 8;
/// The header Host of all requests, so that absolute links are the same everywhere.
const HOST: &str = "localhost";

/// Measure what the server's layers cost, against a bare axum and tokio-postgres handler with the same SQL and JSON.
///
/// Starts a throw-away PostgreSQL and, as processes of their own, the bare handler and the real server, once with
/// LOG_LEVEL=warn and once with a JSON line for each request. Prints CPU microseconds a request and what else was seen,
/// and writes that to bench/slice.md under the target folder. The figures decide nothing: it exits with 0 whatever they
/// are. Needs Linux.
#[derive(Parser)]
#[command(name = "bench")]
#[expect(clippy::doc_markdown, reason = "the doc comments are the texts of --help")]
struct Cli {
    /// Rounds of each row, after one that warms up.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Requests of a round for one product; a page gets half of it. Rounds below 0.3 s of CPU say little.
    #[arg(long, default_value_t = 16_000, value_parser = clap::value_parser!(u32).range(2..))]
    requests: u32,
    /// Connections that ask at a time; each has one request under way.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
    #[command(subcommand)]
    part: Option<Part>,
}

/// What a child does.
#[derive(Subcommand)]
enum Part {
    /// Serve with all layers; SETTINGS are NAME=VALUE.
    #[command(hide = true)]
    ServeAgora { url: String, settings: Vec<String> },
    /// Serve the bare handlers.
    #[command(hide = true)]
    ServeBare { url: String },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error.to_string()),
    };
    let outcome = match &cli.part {
        Some(Part::ServeAgora { url, settings }) => runtime.block_on(server::agora(url, settings)),
        Some(Part::ServeBare { url }) => runtime.block_on(server::bare(url)),
        None => measure(&cli, &runtime),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => refuse(&why),
    }
}

fn refuse(why: &str) -> ExitCode {
    eprintln!("bench: {why}");
    ExitCode::FAILURE
}

fn measure(cli: &Cli, runtime: &tokio::runtime::Runtime) -> Result<(), String> {
    if cfg!(debug_assertions) {
        eprintln!("bench: this is a debug build, whose figures mean nothing; use ./justw bench");
    }
    let cluster = stack::cluster().map_err(|error| error.to_string())?;
    let outcome = runtime.block_on(compare(cli, &cluster));
    drop(cluster);
    let text = outcome?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target")));
    let folder = target.join("bench");
    let path = folder.join("slice.md");
    let written = fs::create_dir_all(&folder).and_then(|()| fs::write(&path, &text));
    written.map_err(|error| format!("{}: {error}", path.display()))?;
    writeln!(std::io::stdout(), "{text}").map_err(|error| error.to_string())
}

/// A row to measure: which server is asked what.
struct Plan {
    server: usize,
    load: Load,
    row: Row,
}

/// The servers' names in the report; rows refer to them by index.
const SERVERS: [&str; 3] = ["bare", "all layers", "all layers, JSON access lines"];

async fn compare(cli: &Cli, cluster: &Cluster) -> Result<String, String> {
    stack::make_template(cluster).await?;
    let url = cluster.connection().url(stack::TEMPLATE);
    settle(&url).await?;
    let servers = [
        Server::start(&["serve-bare", &url])?,
        Server::start(&["serve-agora", &url])?,
        Server::start(&["serve-agora", &url, "LOG_LEVEL=info", "LOG_FORMAT=json"])?,
    ];
    let mut plans = plans(cli);
    same_bodies(&servers, &plans).await?;
    for plan in &plans {
        one_round(&servers[plan.server], plan, cluster.pid()).await?;
    }
    let before: Vec<f64> =
        servers.iter().map(|server| resident_mib(server.pid())).collect::<Result<_, _>>()?;
    for round in 1..=cli.rounds {
        eprint!("\rbench: round {round} of {}", cli.rounds);
        // To and fro, so that no row always follows the same one.
        let order: Vec<usize> =
            if round % 2 == 1 { (0..plans.len()).collect() } else { (0..plans.len()).rev().collect() };
        for index in order {
            let done = one_round(&servers[plans[index].server], &plans[index], cluster.pid()).await?;
            plans[index].row.rounds.push(done);
        }
    }
    eprintln!();
    let memory = servers.iter().enumerate().map(|(index, server)| {
        let asked =
            plans.iter().filter(|plan| plan.server == index).map(|plan| plan.load.requests).sum::<usize>();
        let (before, requests) = (before[index], asked * usize::from(cli.rounds));
        Ok(Memory { server: SERVERS[index], before, after: resident_mib(server.pid())?, requests })
    });
    let memory: Vec<Memory> = memory.collect::<Result<_, String>>()?;
    let rows: Vec<Row> = plans.into_iter().map(|plan| plan.row).collect();
    Ok(report::render(&circumstances(cli, cluster), &rows, &memory))
}

/// Statistics are made now, so that no plan changes on the way.
async fn settle(url: &str) -> Result<(), String> {
    let connected = tokio_postgres::connect(url, tokio_postgres::NoTls).await;
    let (client, connection) = connected.map_err(|error| error.to_string())?;
    let connection = tokio::spawn(connection);
    client.batch_execute("vacuum analyze").await.map_err(|error| error.to_string())?;
    drop(client);
    let _ = connection.await;
    Ok(())
}

fn plans(cli: &Cli) -> Vec<Plan> {
    let product = ("/api/v1/products/7", "GET /products/{id}", cli.requests as usize);
    let page = ("/api/v1/products", "GET /products", cli.requests as usize / 2);
    let plan = |(target, operation, requests): (&str, &'static str, usize), server: usize| {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {HOST}\r\n\r\n").into_bytes().into();
        let load = Load { request, connections: cli.connections.into(), requests };
        let row = Row { operation, server: SERVERS[server], is_bounded: server == 1, rounds: Vec::new() };
        Plan { server, load, row }
    };
    let mut compressed = plan(page, 1);
    let request = format!("GET {} HTTP/1.1\r\nHost: {HOST}\r\nAccept-Encoding: gzip\r\n\r\n", page.0);
    compressed.load.request = request.into_bytes().into();
    compressed.row = Row { server: "all layers, gzip", is_bounded: false, ..compressed.row };
    let mut plans: Vec<Plan> =
        [product, page].into_iter().flat_map(|asked| [0, 1, 2].map(|server| plan(asked, server))).collect();
    plans.push(compressed);
    plans
}

/// What is compared must do the same: answers that are asked for alike are alike to the byte.
async fn same_bodies(servers: &[Server], plans: &[Plan]) -> Result<(), String> {
    for plan in plans {
        let (own, bare) = (&servers[plan.server].address, &servers[0].address);
        if plan.load.body(own).await? == plan.load.body(bare).await? || plan.row.server.ends_with("gzip") {
            continue;
        }
        return Err(format!("{} answers {} unlike the bare handler", plan.row.server, plan.row.operation));
    }
    Ok(())
}

async fn one_round(server: &Server, plan: &Plan, postgres: u32) -> Result<Round, String> {
    let open = plan.load.open(&server.address).await?;
    let of_server = CpuTime::of_process(server.pid())?;
    let of_database = CpuTime::of_family(postgres)?;
    let seen = open.run().await?;
    let database = CpuTime::of_family(postgres)?.microseconds_since(&of_database);
    let server = CpuTime::of_process(server.pid())?.microseconds_since(&of_server);
    let requests = as_f64(plan.load.requests as u64);
    Ok(Round { server: server / requests, database: database / requests, seen })
}

fn circumstances(cli: &Cli, cluster: &Cluster) -> String {
    let postgres = cluster.installation().map_or("in a container", |installation| installation.version());
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!(
        "{} build, {cores} cores shared by clients, servers and PostgreSQL {postgres}; {} rounds of {} requests for a \
         product and {} for a page of 10, rows taking turns; {} connections in a closed loop, {POOL_SIZE} to the \
         database. LOG_LEVEL=warn but in the rows with access lines, which go to /dev/null. CPU is that of the process: \
         medians of rounds; the ratio is the median of the rounds' ratios.",
        if cfg!(debug_assertions) { "Debug" } else { "Release" },
        cli.rounds,
        cli.requests,
        cli.requests / 2,
        cli.connections,
    )
}
