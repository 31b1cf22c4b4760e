//! A full disk: first PostgreSQL cannot extend its tables, then it cannot write its log, which makes it panic.

use std::fs;
use std::time::{Duration, Instant};

use crate::host::Filesystem;
use crate::report::{Outcome, Row};
use crate::rig::{Ground, Options, Rig, Window, accepted, connect};
use crate::server::Launch;

/// Size of the filesystem in MiB: a new cluster has about 100 MiB.
const SIZE: u32 = 256;
/// Log to be written so that a new segment is needed. A message of the log belongs to no table.
const USE_LOG: &str = "select pg_logical_emit_message(false, 'fault', repeat('x', 1000000)), pg_switch_wal()";
/// Maximum number of such messages.
const MESSAGES: u32 = 40;
/// Maximum time to recover, from the moment when there is space and PostgreSQL accepts connections.
const RECOVERY: Duration = Duration::from_secs(5);

pub(super) async fn run(fault: &'static str, options: &Options) -> Result<Outcome, String> {
    let disk = Filesystem::mount(SIZE)?;
    let ground = Ground::lay(disk.folder().join("data"), |settings| {
        // The reserve of log segments would outlast the fault.
        let own = [("min_wal_size", "32MB"), ("max_wal_size", "64MB")];
        settings.parameters.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    })
    .await?;
    let mut rig = Rig::start(ground, Launch::default(), options).await?;
    let before = rig.calm().await?;
    let started = Instant::now();
    let ballast = disk.fill()?;
    tokio::time::sleep(options.hold / 2).await;
    // The log of PostgreSQL fills up too.
    let client = connect(&rig.ground.owner).await;
    let mut has_failed = client.is_err();
    if let Ok(client) = client {
        for _ in 0..MESSAGES {
            if client.batch_execute(USE_LOG).await.is_err() {
                has_failed = true;
                break;
            }
        }
    }
    rig.rows.push(Row::promise(
        "PostgreSQL could not write its log",
        has_failed,
        "or this shows nothing",
        has_failed,
    ));
    tokio::time::sleep(options.hold / 2).await;
    fs::remove_file(&ballast).map_err(|error| error.to_string())?;
    let freed = Instant::now();
    // It has restarted itself after the panic, or could not: then its supervisor does.
    let has_ended = !rig.ground.cluster.is_running();
    if has_ended {
        let outcome = tokio::task::block_in_place(|| rig.ground.cluster.restart());
        outcome.map_err(|error| error.to_string())?;
    }
    let ended = accepted(rig.ground.owner.clone()).await?;
    rig.rows.push(Row::figure("PostgreSQL ended by itself", has_ended));
    let seen = format!("{} ms", (ended - freed).as_millis());
    rig.rows.push(Row::figure("space to first connection of PostgreSQL", seen));
    rig.finish(Window { fault, started, ended, before, recovery: RECOVERY }).await
}
