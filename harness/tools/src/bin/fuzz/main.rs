//! Fuzzes the server with Schemathesis: all phases and checks, as each principal. Several workers, each with its own seed
//! and accounts, share one server and one database, so that races are fuzzed too. Reports the requests, the share of
//! successes of each operation and principal, and the accepted refusals by rule. Run it by `./justw fuzz`.

mod accounts;
mod floors;
mod report;
mod round;
mod shard;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use agora_harness::ended;
use clap::{Parser, ValueEnum as _};

use crate::accounts::Principal;
use crate::floors::Floors;
use crate::report::Report;
use crate::round::Round;
use crate::shard::Shard;

/// Fuzz the server by its contract, as each principal, with several workers at once.
///
/// Exits with 0 only if no check failed, every operation had enough successes by each principal that may call it, no rule
/// refused more than its share of valid requests, and neither a deadlock nor a 5xx occurred. Each worker leaves in a folder
/// of its own what it reported (log.txt), what it found (junit.xml), and the requests with their responses (requests.har).
#[derive(Clone, Parser)]
#[command(name = "fuzz")]
struct Cli {
    /// Cases of each operation in a phase that generates them.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    max_examples: u32,
    /// Leave out the phase that breaks each keyword of each parameter and body: it takes minutes.
    #[arg(long)]
    quick: bool,
    /// Continue with other seeds until so many requests were sent.
    #[arg(long, default_value_t = 0)]
    requests: usize,
    /// Continue with other seeds for so many rounds.
    #[arg(long, default_value_t = 1)]
    rounds: u32,
    /// Seed of the first round; by default another one in each run. Further rounds count up from it.
    #[arg(long)]
    seed: Option<u32>,
    /// Only as these principals.
    #[arg(long = "principal", value_enum)]
    principals: Vec<Principal>,
    /// Workers of each principal at once.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    workers: u32,
    /// Only the tags of the k-th of n parts, which have about the same number of operations.
    #[arg(long, value_name = "K/N", default_value = "1/1")]
    shard: Shard,
    /// The program of Schemathesis.
    #[arg(long)]
    program: PathBuf,
    /// Folder of the reports; it is emptied first.
    #[arg(long)]
    folder: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    ended("fuzz", run(&Cli::parse()).await, Report::is_good)
}

async fn run(cli: &Cli) -> Result<Report, String> {
    // Absolute, because Schemathesis runs in the folder of its configuration.
    let folder = std::path::absolute(&cli.folder).map_err(|error| error.to_string())?;
    if cli.folder.exists() {
        std::fs::remove_dir_all(&cli.folder).map_err(|error| format!("{}: {error}", cli.folder.display()))?;
    }
    let mut report = Report::new(Floors::read()?, cli.shard, cli.principals());
    let first = cli.seed.unwrap_or_else(random_seed);
    let start = Instant::now();
    for number in 0.. {
        let seed = first.wrapping_add(number);
        let round = Round { cli, seed, folder: &folder };
        eprintln!("fuzz: seed {seed}; repeat with: {}", round.command());
        round.run(&mut report).await?;
        report.duration = start.elapsed();
        if number + 1 >= cli.rounds && report.requests() >= cli.requests {
            break;
        }
        eprintln!("fuzz: {} requests so far, {} failures", report.requests(), report.failures());
    }
    Ok(report)
}

impl Cli {
    fn principals(&self) -> &[Principal] {
        if self.principals.is_empty() { Principal::value_variants() } else { &self.principals }
    }
}

/// Returns a seed that differs between runs, and is short enough to be typed.
fn random_seed() -> u32 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    (now.subsec_nanos() ^ std::process::id()) % 1_000_000
}
