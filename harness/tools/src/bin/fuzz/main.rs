//! Fuzzes the server with Schemathesis: all phases and checks, as each principal, each on a separate database. Reports
//! the requests and responses. Run it by `./justw fuzz`.

mod report;
mod turn;

use std::path::PathBuf;
use std::process::ExitCode;

use agora_harness::ended;
use clap::{Parser, ValueEnum as _};
use tokio::task::JoinSet;

use crate::report::Report;
use crate::turn::{Principal, Turn};

/// Fuzz the server by its contract, as each principal, on a database of its own.
///
/// Exits with 0 only where no check failed and every operation had a success. Each turn leaves in a folder of its own
/// what it told (log.txt), what it found (junit.xml) and what was sent and answered (requests.har).
#[derive(Parser)]
#[command(name = "fuzz")]
struct Cli {
    /// Cases of each operation in a phase that generates them.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    max_examples: u32,
    /// Leave out the phase that breaks each keyword of each parameter and body: it takes minutes.
    #[arg(long)]
    quick: bool,
    /// Go on, with other seeds, until so many requests were sent.
    #[arg(long, default_value_t = 0)]
    requests: usize,
    /// The seed of the first round.
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Only as these principals.
    #[arg(long = "principal", value_enum)]
    principals: Vec<Principal>,
    /// The program of Schemathesis.
    #[arg(long)]
    program: PathBuf,
    /// The folder for what is kept; it is emptied first.
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
    let all = Principal::value_variants();
    let principals = if cli.principals.is_empty() { all } else { &cli.principals };
    let mut report = Report::default();
    for seed in cli.seed.. {
        let mut turns = JoinSet::new();
        for &principal in principals {
            let program = cli.program.clone();
            let folder = folder.join(format!("{seed}-{}", principal.name()));
            let (max_examples, is_quick) = (cli.max_examples, cli.quick);
            let turn = Turn { program, folder, principal, seed, max_examples, is_quick };
            turns.spawn(async move { turn.take().await.map(|is_good| (turn, is_good)) });
        }
        while let Some(taken) = turns.join_next().await {
            let (turn, is_good) = taken.map_err(|error| error.to_string())??;
            report.add(&turn, is_good)?;
        }
        if report.requests() >= cli.requests {
            break;
        }
        eprintln!("fuzz: {} requests so far", report.requests());
    }
    Ok(report)
}
