//! Injects faults under a load of writes and reads: crashes, a full disk, exhausted files and connections, clocks that step
//! back, peers that vanish, a failover, a crowd. Then looks up each acknowledged write in the database. Run it by
//! `./justw faults`.

mod events;
mod host;
mod ledger;
mod load;
mod report;
mod rig;
mod scenarios;
mod server;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use agora_harness::ended;
use clap::{Parser, ValueEnum};

use crate::report::Report;
use crate::rig::Options;
use crate::scenarios::Fault;

/// Inject faults under writes, and see that nothing acknowledged is lost.
///
/// For each fault, starts a durable throw-away PostgreSQL and the server as production runs it, writes and reads at a fixed
/// rate, with and without Idempotency-Keys, and enters each acknowledged write in a ledger. Exits with 0 only where every
/// write of the ledger is in the database, none twice and none half, each refusal was a 503 with Retry-After or a closed
/// connection, no request took longer than promised, and the server recovered and ended well. A fault that this machine
/// cannot have is skipped, with the remedy; named by --only it is an error.
#[derive(Parser)]
#[command(name = "faults")]
struct Cli {
    /// Faults to inject, separated by commas; all by default.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Fault>,
    /// List the faults, and the remedy for those that this machine cannot have.
    #[arg(long)]
    list: bool,
    /// How often PostgreSQL is killed, and then the server.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    kills: u32,
    /// Writes a second.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=5000))]
    rate: u32,
    /// Seconds of writing before each fault.
    #[arg(long, default_value_t = 2)]
    calm: u64,
    /// Seconds that a fault lasts.
    #[arg(long, default_value_t = 7)]
    hold: u64,
    /// Clients of the crowd.
    #[arg(long, default_value_t = 2000)]
    clients: usize,
    /// Log level of the server. Requests that cannot be served are warnings, and here they are expected.
    #[arg(long, default_value = "error")]
    log: String,
    /// The program of the server; the one beside this.
    #[arg(long)]
    server: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    ended("faults", run(Cli::parse()).await, Report::is_good)
}

async fn run(cli: Cli) -> Result<Report, String> {
    let mut report = Report::default();
    if cli.list {
        report.list = Fault::value_variants().iter().map(|fault| (fault.name(), fault.obstacle())).collect();
        return Ok(report);
    }
    let options = Options {
        rate: cli.rate,
        calm: Duration::from_secs(cli.calm),
        hold: Duration::from_secs(cli.hold),
        kills: cli.kills,
        clients: cli.clients,
        log: cli.log,
        program: cli.server,
    };
    let is_chosen = !cli.only.is_empty();
    let faults = if is_chosen { &cli.only[..] } else { Fault::value_variants() };
    for fault in faults {
        if let Some(obstacle) = fault.obstacle() {
            eprintln!("faults: {} is skipped: it {obstacle}", fault.name());
            let list = if is_chosen { &mut report.broken } else { &mut report.skipped };
            list.push((fault.title(), obstacle));
            continue;
        }
        eprintln!("faults: {}", fault.name());
        let began = Instant::now();
        match fault.inject(&options).await {
            Ok(outcome) => report.outcomes.push(outcome),
            Err(why) => report.broken.push((fault.title(), why)),
        }
        eprintln!("faults: {} took {} s", fault.name(), began.elapsed().as_secs());
    }
    Ok(report)
}
