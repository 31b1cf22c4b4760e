//! Kills PostgreSQL and the server under writes, drops all traffic between them, and shuts the server down in order. Then
//! compares the database with the responses that clients received. Run it by `./justw faults`.

mod ledger;
mod load;
mod report;
mod server;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use agora_harness::stack::{self, Stack};
use agora_harness::{Database, Mode, Proxy, TEMPLATE, ended};
use clap::Parser;

use crate::load::Load;
use crate::report::Report;
use crate::server::Server;

/// Time limit for each recovery, with room for a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Interval between connection attempts to PostgreSQL.
const TRY_INTERVAL: Duration = Duration::from_millis(2);
/// Duration of the black hole; longer than any of the server's waits for the database.
const HOLE: Duration = Duration::from_secs(7);

/// Kill PostgreSQL and the server under writes, and see that nothing acknowledged is lost.
///
/// Starts a durable throw-away PostgreSQL and the server as production runs it, writes with Idempotency-Keys at a fixed
/// rate, and enters each acknowledged write in a ledger. Exits with 0 only where every write of the ledger is in the
/// database, none twice and none half, no request took longer than promised, and the server ended well.
#[derive(Parser)]
#[command(name = "faults")]
struct Cli {
    /// How often PostgreSQL is killed, and then the server.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    kills: u32,
    /// Writes a second.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=5000))]
    rate: u32,
    /// Seconds of writing before each fault.
    #[arg(long, default_value_t = 2)]
    calm: u64,
    /// The program of the server; the one beside this.
    #[arg(long)]
    server: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    ended("faults", run(&Cli::parse()).await, Report::is_good)
}

async fn run(cli: &Cli) -> Result<Report, String> {
    let mut cluster = stack::durable_cluster().map_err(|error| error.to_string())?;
    stack::make_template(&cluster.connection().url("postgres")).await?;
    let owner = cluster.connection().url(TEMPLATE);
    let database = Database::from_url(&owner).await;
    database.unpublish_passwords().await;
    let direct = database.login_url("agora_app").await;
    let proxy = Proxy::start(&direct);
    let proxied = proxy.url(&direct);
    let mut server = Server::start(cli.server.as_deref(), &direct)?;
    let load = Arc::new(Load::start(server.base(), cli.rate).await?);
    let mut report = Report::new(cli.kills, cli.rate);
    let writing = tokio::spawn(Arc::clone(&load).write());

    for turn in 1..=cli.kills {
        calm(cli, &load).await?;
        eprintln!("faults: PostgreSQL is killed, {turn} of {}", cli.kills);
        report.database_back.push(kill_database(&mut cluster, &owner, &load).await?);
    }
    report.slowest_without_database = load.take_slowest();
    for turn in 1..=cli.kills {
        calm(cli, &load).await?;
        eprintln!("faults: the server is killed, {turn} of {}", cli.kills);
        let killed = Instant::now();
        // The last restart connects through the proxy, as the black hole below needs.
        let url = if turn == cli.kills { &proxied } else { &direct };
        server.kill_and_restart(url).await?;
        report.server_back.push(load.success_after(killed + server::DEAD, PATIENCE).await? - killed);
    }
    calm(cli, &load).await?;
    load.take_slowest();
    eprintln!("faults: a black hole");
    proxy.set(Mode::BlackHole).await;
    load.ask_everything(HOLE).await?;
    let healed = Instant::now();
    proxy.set(Mode::Pass).await;
    report.hole_back = load.success_after(healed, PATIENCE).await? - healed;
    report.slowest_in_hole = load.take_slowest();

    calm(cli, &load).await?;
    eprintln!("faults: SIGTERM under writes, and another when they have ended");
    report.ends.push(server.terminate().await?);
    server.restart(&direct).await?;
    load.stop();
    writing.await.map_err(|error| error.to_string())??;
    verify::verify(&owner, &load, &mut report).await?;
    report.ends.push(server.terminate().await?);
    Ok(report)
}

/// Lets clients write without faults for a while. Signs in first, because a token is valid for a few minutes only.
async fn calm(cli: &Cli, load: &Load) -> Result<(), String> {
    load.sign_in().await?;
    tokio::time::sleep(Duration::from_secs(cli.calm)).await;
    Ok(())
}

/// Kills and restarts PostgreSQL. Returns the time from its first accepted connection to an acknowledged write.
async fn kill_database(cluster: &mut Stack, url: &str, load: &Load) -> Result<Duration, String> {
    let outcome = tokio::task::block_in_place(|| cluster.kill());
    outcome.map_err(|error| error.to_string())?;
    let accepted = tokio::spawn(accepted(url.to_owned()));
    let outcome = tokio::task::block_in_place(|| cluster.restart());
    outcome.map_err(|error| error.to_string())?;
    let accepted = accepted.await.map_err(|error| error.to_string())??;
    Ok(load.success_after(accepted, PATIENCE).await? - accepted)
}

/// Waits until PostgreSQL accepts a connection. Returns the start of the successful attempt.
async fn accepted(url: String) -> Result<Instant, String> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let began = Instant::now();
        if let Ok((client, connection)) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await {
            drop((client, connection));
            return Ok(began);
        }
        tokio::time::sleep(TRY_INTERVAL).await;
    }
    Err("PostgreSQL does not come back".to_owned())
}
