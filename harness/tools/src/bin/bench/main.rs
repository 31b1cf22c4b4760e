//! Measures the cost of requests on a private cluster, in interleaved rounds: CPU time of the real server against a bare
//! handler with the same SQL and JSON, and against PostgreSQL alone. Also measures the effect of a storm of sign-ins on
//! a reader, a page deep in a list, and memory. Run it by `./justw bench`.

mod bare;
mod http;
mod load;
mod measure;
mod operations;
mod orders;
mod pgbench;
mod plot;
mod report;
mod round_trips;
mod scale;
mod server;
mod statements;
mod statistics;
mod storm;
mod usage;
mod walk;
mod world;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use agora_cluster::Cluster;
use agora_harness::stack;
use clap::{Parser, Subcommand, ValueEnum};

use crate::measure::Bench;
use crate::operations::Operation;
use crate::pgbench::Pgbench;
use crate::report::Report;
use crate::scale::Comparison;
use crate::storm::Weather;
use crate::world::World;

/// The server's allocator, also used by the bare handler, so that only the layers differ.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measure what requests cost: by the server, by a bare axum and tokio-postgres handler with the same SQL, by pgbench.
///
/// Starts a throw-away PostgreSQL and, as processes of their own, the bare handler and the real server, once with
/// LOG_LEVEL=warn and once with a JSON line for each request. Rows take turns in rounds; told are medians of CPU
/// microseconds a request, of the server and of PostgreSQL apart, and the ratio to the bare handler. Then memory, a
/// storm of sign-ins, and a page deep in a list.
///
/// Prints a table, and writes it to bench/bench.md under the target folder, a plot to bench/bench.svg, and the scripts of
/// pgbench to bench/pgbench/. Takes some five minutes; --rounds, --requests, --only and --storm-seconds decide how long.
/// What is over its bound is marked OVER, and fails the run with --check only. Needs Linux.
#[derive(Parser)]
#[command(name = "bench")]
#[expect(clippy::doc_markdown, reason = "the doc comments are the texts of --help")]
struct Cli {
    /// Measure these only, with commas between them; everything otherwise.
    #[arg(long, value_delimiter = ',', value_name = "WHAT")]
    only: Vec<What>,
    /// Rounds of each row, after one that warms up.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Requests of a round for one product; others get a part of it. Rounds below 0.3 s of CPU say little.
    #[arg(long, default_value_t = 16_000, value_parser = clap::value_parser!(u32).range(8..))]
    requests: u32,
    /// Connections that ask at a time; each has one request under way.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
    /// Clients that sign in at a time in the storm.
    #[arg(long, default_value_t = 200, value_name = "CLIENTS", value_parser = clap::value_parser!(u16).range(1..=2000))]
    storm: u16,
    /// How long each of the storm's windows is; there are three idle and three stormy ones.
    #[arg(long, default_value_t = 8, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(1..))]
    storm_seconds: u16,
    /// Requests a second for a product, in the storm and out of it.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=5000))]
    rate: u32,
    /// Fail when something is over its bound.
    #[arg(long)]
    check: bool,
    #[command(subcommand)]
    part: Option<Part>,
}

/// A subject of measurement.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum What {
    Operation(Operation),
    Memory,
    Storm,
    Walk,
}

impl ValueEnum for What {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::Operation(Operation::Product),
            Self::Operation(Operation::Page),
            Self::Operation(Operation::ByCategories),
            Self::Operation(Operation::Cart),
            Self::Operation(Operation::Login),
            Self::Memory,
            Self::Storm,
            Self::Walk,
        ]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        match self {
            Self::Operation(operation) => operation.to_possible_value(),
            Self::Storm => Some(
                clap::builder::PossibleValue::new("storm").help("A product's latency while many sign in"),
            ),
            Self::Walk => {
                Some(clap::builder::PossibleValue::new("walk").help("A page deep in a long list, by cursor"))
            }
            Self::Memory => Some(
                clap::builder::PossibleValue::new("memory")
                    .help("Memory after 100,000 requests of a mixed load"),
            ),
        }
    }
}

/// What a child does.
#[derive(Subcommand)]
enum Part {
    /// Serve with all layers; SETTINGS are NAME=VALUE.
    #[command(hide = true)]
    ServeAgora { url: String, settings: Vec<String> },
    /// Compare builds of the server: the cost of the catalog's reads by the number of products. The last is measured
    /// against the first. Prints tables, and writes them to bench/scale.md under the target folder.
    Scale {
        /// Executables of the builds, such as target/release/agora.
        #[arg(required = true)]
        builds: Vec<PathBuf>,
        /// Numbers of products.
        #[arg(long, value_delimiter = ',', default_value = "20,100000,1000000")]
        rows: Vec<u64>,
    },
    /// Measure orders a second: by the server, by pgbench with the same SQL, and by pgbench as a program that locks, reads and
    /// writes each row. Prints a table, and writes it to bench/orders.md under the target folder.
    Orders {
        /// Clients that order at a time.
        #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
        clients: u16,
        /// Seconds of each row's round.
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
        seconds: u16,
        /// Microseconds by which data between the database and its clients are delayed, as by a network.
        #[arg(long, default_value_t = 0)]
        latency: u64,
    },
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
        Some(Part::Orders { clients, seconds, latency }) => {
            let window = Duration::from_secs((*seconds).into());
            let clients = (*clients).into();
            let latency = Duration::from_micros(*latency);
            order(&runtime, orders::Settings { clients, rounds: cli.rounds, window, latency })
        }
        Some(Part::Scale { builds, rows }) => compare(&cli, &runtime, builds, rows),
        None => run(&cli, &runtime),
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

fn compare(
    cli: &Cli,
    runtime: &tokio::runtime::Runtime,
    builds: &[PathBuf],
    rows: &[u64],
) -> Result<(), String> {
    let data = std::env::temp_dir().join(format!("agora-test-{}", std::process::id()));
    let cluster = stack::cluster_in(data, |settings| {
        settings.durable = false;
        // Like a server that is meant for a million products: what is measured is the work, not reads from the disk.
        settings.parameters.push(("shared_buffers".to_owned(), "2GB".to_owned()));
    });
    let cluster = cluster.map_err(|error| error.to_string())?;
    let comparison = Comparison {
        builds: builds.to_vec(),
        rows: rows.to_vec(),
        rounds: cli.rounds,
        requests: cli.requests as usize / 4,
    };
    let outcome = runtime.block_on(scale::run(&cluster, &comparison));
    drop(cluster);
    let text = outcome?;
    write(&folder(), "scale.md", &text)?;
    writeln!(std::io::stdout(), "{text}").map_err(|error| error.to_string())
}

fn order(runtime: &tokio::runtime::Runtime, settings: orders::Settings) -> Result<(), String> {
    let cluster = stack::cluster().map_err(|error| error.to_string())?;
    let outcome = runtime.block_on(orders::run(&cluster, &folder(), settings));
    drop(cluster);
    let text = outcome?;
    write(&folder(), "orders.md", &text)?;
    writeln!(std::io::stdout(), "{text}").map_err(|error| error.to_string())
}

/// Returns the folder of the reports.
fn folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target =
        target.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target")));
    target.join("bench")
}

fn run(cli: &Cli, runtime: &tokio::runtime::Runtime) -> Result<(), String> {
    if cfg!(debug_assertions) {
        eprintln!("bench: this is a debug build, whose figures mean nothing; use ./justw bench");
    }
    let folder = folder();
    let cluster = stack::cluster().map_err(|error| error.to_string())?;
    let outcome = runtime.block_on(measure(cli, &cluster, &folder));
    drop(cluster);
    let report = outcome?;
    let text = report.render();
    write(&folder, "bench.md", &text)?;
    if !report.rows.is_empty() {
        write(&folder, "bench.svg", &plot::render(&report.rows))?;
    }
    writeln!(std::io::stdout(), "{text}").map_err(|error| error.to_string())?;
    let over = report.over();
    match cli.check && !over.is_empty() {
        true => Err(format!("over the bound: {}", over.join("; "))),
        false => Ok(()),
    }
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    let path = folder.join(name);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
    written.map_err(|error| format!("{}: {error}", path.display()))
}

async fn measure(cli: &Cli, cluster: &Cluster, folder: &Path) -> Result<Report, String> {
    let is_wanted = |what: &What| cli.only.is_empty() || cli.only.contains(what);
    let all = Operation::value_variants().iter().copied();
    let operations: Vec<Operation> = all.filter(|one| is_wanted(&What::Operation(*one))).collect();
    let world = World::make(cluster, cli.connections.into()).await?;
    let mut bench = Bench::start(&world, Pgbench::find(cluster, folder))?;
    let (mut rows, mut round_trips) = (Vec::new(), None);
    if !operations.is_empty() {
        round_trips = round_trips::count(&world, &operations).await?;
        rows = bench.rows(&operations, cli.rounds, cli.requests as usize).await?;
    }
    let memory = if is_wanted(&What::Memory) { bench.memory().await? } else { Vec::new() };
    let mut storm = None;
    if is_wanted(&What::Storm) {
        let window = Duration::from_secs(cli.storm_seconds.into());
        let weather = Weather { clients: cli.storm.into(), rate: cli.rate, window };
        storm = Some(storm::run(bench.agora(), weather).await?);
    }
    let mut walk = None;
    if is_wanted(&What::Walk) {
        // Runs last, because it fills the product list.
        walk = Some(walk::run(&world, bench.agora(), cli.rounds, cli.requests as usize / 8).await?);
    }
    Ok(Report { circumstances: circumstances(cli, cluster), rows, round_trips, storm, memory, walk })
}

fn circumstances(cli: &Cli, cluster: &Cluster) -> String {
    let postgres = cluster.installation().map_or("in a container", |installation| installation.version());
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!(
        "{} build, {cores} cores shared by clients, servers and PostgreSQL {postgres}; {} rounds, rows taking turns, of {} \
         requests for a product, half as many for a page of 10 and by categories, {} for a cart, {} to sign in; {} \
         connections in a closed loop, {} to the database. LOG_LEVEL=warn but in the rows with access lines, which go to \
         /dev/null. CPU is that of the process: medians of rounds; the ratio is the median of the rounds' ratios. pgbench \
         runs the same statements, prepared, by as many clients.",
        if cfg!(debug_assertions) { "Debug" } else { "Release" },
        cli.rounds,
        cli.requests,
        Operation::Cart.share(cli.requests as usize),
        Operation::Login.share(cli.requests as usize),
        cli.connections,
        world::POOL_SIZE,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        <Cli as clap::CommandFactory>::command().debug_assert();
        let cli =
            Cli::try_parse_from(["bench", "--only", "by-categories,storm", "--check"]).expect("is known");
        assert_eq!(cli.only, [What::Operation(Operation::ByCategories), What::Storm]);
        assert!(Cli::try_parse_from(["bench", "--only", "coffee"]).is_err());
    }
}
