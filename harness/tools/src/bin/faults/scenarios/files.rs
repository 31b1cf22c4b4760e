//! No free file descriptor: more clients than the server may open files.

use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use crate::report::{Outcome, Row};
use crate::rig::{Ground, Options, Rig, Window};
use crate::server::Launch;

/// Files that the server may open.
const FILES: usize = 128;
/// Clients that connect and stay silent.
const SILENT: usize = 3 * FILES;
/// Maximum time for a connection to be accepted by the kernel.
const CONNECT: Duration = Duration::from_secs(1);
/// Maximum time to recover after these clients have left.
const RECOVERY: Duration = Duration::from_secs(5);
/// Share of a processor that the server may use in percent: without a pause it would use a whole one.
const BUSY: u128 = 70;

pub(super) async fn run(fault: &'static str, options: &Options) -> Result<Outcome, String> {
    let ground = Ground::lay(crate::host::folder("files"), |_| {}).await?;
    let prefix = ["prlimit".to_owned(), format!("--nofile={FILES}:{FILES}"), "--".to_owned()].to_vec();
    let launch = Launch { prefix, environment: pool(8), ..Launch::default() };
    let mut rig = Rig::start(ground, launch, options).await?;
    let before = rig.calm().await?;
    let started = Instant::now();
    let mut silent = Vec::new();
    for _ in 0..SILENT {
        // The kernel accepts connections even if the server does not.
        if let Ok(Ok(stream)) = tokio::time::timeout(CONNECT, TcpStream::connect(rig.server.address())).await
        {
            silent.push(stream);
        }
    }
    let (since, busy) = (Instant::now(), rig.server.usage()?);
    tokio::time::sleep(options.hold).await;
    let (took, now) = (since.elapsed(), rig.server.usage()?);
    let share = (now.processor - busy.processor).as_millis() * 100 / took.as_millis().max(1);
    rig.rows.push(Row::figure(
        "silent clients, and open files of at most",
        format!("{}, {} of {FILES}", silent.len(), now.files),
    ));
    rig.rows.push(Row::promise(
        "use of one processor meanwhile",
        format!("{share} %"),
        format!("{BUSY} %"),
        share <= BUSY,
    ));
    drop(silent);
    let ended = Instant::now();
    rig.finish(Window { fault, started, ended, before, recovery: RECOVERY }).await
}

/// Returns the setting for the number of the server's connections to PostgreSQL.
pub(super) fn pool(size: usize) -> Vec<(String, String)> {
    vec![("DATABASE_POOL_SIZE".to_owned(), size.to_string())]
}
