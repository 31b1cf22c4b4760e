//! No free file descriptor: more clients than the server may open files.

use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::events::{between, by_status, failures};
use crate::report::{Outcome, Row};
use crate::rig::{Ground, Options, Promises, Rig, Window};
use crate::server::Launch;

/// Files that the server may open when it starts.
const FILES: usize = 128;
/// Files that it may still open when the limit is lowered. It does not know of that limit.
const SPARE: usize = 8;
/// Clients that connect and stay silent.
const SILENT: usize = 2 * FILES;
/// Maximum time for the server to close the connections of clients that have left.
const CLOSED: Duration = Duration::from_secs(10);
/// Maximum time for a connection to be completed by the kernel.
const CONNECT: Duration = Duration::from_secs(1);
/// Maximum time to recover after these clients have left.
const RECOVERY: Duration = Duration::from_secs(5);
/// Share of the time that the server's threads may be active in percent, all together. Without a pause, one always is.
const BUSY: u128 = 90;

pub(super) async fn run(fault: &'static str, options: &Options) -> Result<Outcome, String> {
    let ground = Ground::lay(crate::host::folder("files"), |_| {}).await?;
    let prefix = ["prlimit".to_owned(), format!("--nofile={FILES}:{FILES}"), "--".to_owned()].to_vec();
    let launch = Launch { prefix, environment: pool(8), ..Launch::default() };
    let mut rig = Rig::start(ground, launch, options).await?;
    // New connections wait until a file is free: this is the promise, and so they may take long.
    rig.promises = Promises { is_answered: false, is_alive: false };
    let before = rig.calm().await?;
    let started = Instant::now();

    // The server knows its limit, and leaves files for PostgreSQL.
    let silent = silent_clients(rig.server.address(), SILENT).await;
    tokio::time::sleep(options.hold / 2).await;
    let files = rig.server.usage()?.files;
    let seen = format!("{}, {files} of {FILES}", silent.len());
    rig.rows.push(Row::promise("silent clients, and open files", seen, "less than all", files < FILES));
    let refused = by_status(&failures(&between(&rig.load.ledger().events, started, Instant::now())));
    rig.rows.push(Row::figure("requests that failed meanwhile", refused));
    drop(silent);

    // The limit is lower than the server knows: it has no file for a new connection.
    let deadline = Instant::now() + CLOSED;
    while rig.server.usage()?.files > before.files + SPARE && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let limit = rig.server.usage()?.files + SPARE;
    rig.server.limit_files(limit as u64, FILES as u64)?;
    let silent = silent_clients(rig.server.address(), SILENT).await;
    let (since, busy) = (Instant::now(), rig.server.usage()?);
    tokio::time::sleep(options.hold / 2).await;
    let (took, now) = (since.elapsed(), rig.server.usage()?);
    let share = (now.processor - busy.processor).as_millis() * 100 / took.as_millis().max(1);
    let (seen, is_full) = (format!("{}, {}", silent.len(), now.files), now.files >= limit);
    let all = format!("all {limit}, or this shows nothing");
    rig.rows.push(Row::promise("silent clients, and open files, with a lower limit", seen, all, is_full));
    let (seen, most) = (format!("{share} %"), format!("{BUSY} %"));
    rig.rows.push(Row::promise("activity of the server meanwhile", seen, most, share <= BUSY));
    drop(silent);
    rig.server.limit_files(FILES as u64, FILES as u64)?;
    let ended = Instant::now();
    rig.finish(Window { fault, started, ended, before, recovery: RECOVERY }).await
}

/// Connects clients that send nothing. The kernel completes connections even if the server does not accept them.
async fn silent_clients(address: &str, count: usize) -> Vec<TcpStream> {
    let mut clients = JoinSet::new();
    for _ in 0..count {
        let address = address.to_owned();
        clients.spawn(async move { tokio::time::timeout(CONNECT, TcpStream::connect(address)).await });
    }
    let connected = clients.join_all().await;
    connected.into_iter().filter_map(|outcome| outcome.ok()?.ok()).collect()
}

/// Returns the setting for the number of the server's connections to PostgreSQL.
pub(super) fn pool(size: usize) -> Vec<(String, String)> {
    vec![("DATABASE_POOL_SIZE".to_owned(), size.to_string())]
}
