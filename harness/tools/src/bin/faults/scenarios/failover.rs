//! A failover: PostgreSQL dies, and its synchronous standby is promoted. The server knows both from the start.

use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use agora_harness::TEMPLATE;
use agora_harness::stack::{self, Stack};

use crate::host::{find, folder};
use crate::report::{Outcome, Row};
use crate::rig::{Ground, Options, PATIENCE, Rig, Window, connect};
use crate::server::Launch;

/// Maximum time from the promotion to the last failure.
const RECOVERY: Duration = Duration::from_secs(5);
/// Counts the synchronous standbys.
const IS_SYNCHRONOUS: &str =
    "select count(*) from pg_stat_replication where sync_state in ('sync', 'quorum')";

pub(super) async fn run(fault: &'static str, options: &Options) -> Result<Outcome, String> {
    let ground = Ground::lay(folder("primary"), |_| {}).await?;
    let standby = start_standby(&ground)?;
    // Only on the primary: the promoted standby has none of its own.
    let client = connect(&ground.owner).await?;
    let wait = "alter system set synchronous_standby_names = '*'";
    client.batch_execute(wait).await.map_err(|error| error.to_string())?;
    client.batch_execute("select pg_reload_conf()").await.map_err(|error| error.to_string())?;
    let deadline = Instant::now() + PATIENCE;
    let count = || async { client.query_one(IS_SYNCHRONOUS, &[]).await.map(|row| row.get::<_, i64>(0)) };
    while count().await.map_err(|error| error.to_string())? == 0 {
        if Instant::now() > deadline {
            return Err("the standby does not follow".to_owned());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let launch = Launch { database_url: both(&ground, &standby)?, ..Launch::default() };
    let mut rig = Rig::start(ground, launch, options).await?;
    let before = rig.calm().await?;
    let started = Instant::now();
    let outcome = tokio::task::block_in_place(|| rig.ground.cluster.kill());
    outcome.map_err(|error| error.to_string())?;
    // The time that a supervisor takes to notice.
    tokio::time::sleep(options.hold / 2).await;
    rig.ground.owner = standby.connection().url(TEMPLATE);
    let client = connect(&rig.ground.owner).await?;
    let asked = Instant::now();
    let promoted = client.query_one("select pg_promote(true, 60)", &[]).await;
    let is_promoted: bool = promoted.map_err(|error| error.to_string())?.get(0);
    let ended = Instant::now();
    rig.rows.push(Row::promise("the standby is promoted", is_promoted, true, is_promoted));
    rig.rows.push(Row::figure("time of the promotion", format!("{} ms", (ended - asked).as_millis())));
    let outcome = rig.finish(Window { fault, started, ended, before, recovery: RECOVERY }).await;
    tokio::task::block_in_place(|| drop(standby));
    outcome
}

/// Returns a URL with both hosts.
fn both(ground: &Ground, standby: &Stack) -> Result<String, String> {
    let (before, host) = ground.app.split_once('@').ok_or("a URL without a login")?;
    let (first, database) = host.split_once('/').ok_or("a URL without a database")?;
    let second = standby.connection().url("");
    let (_, second) = second.split_once('@').ok_or("a URL without a login")?;
    let second = second.trim_end_matches('/');
    Ok(format!("{before}@{first},{second}/{database}?target_session_attrs=read-write"))
}

/// Copies the cluster, and starts the copy as its standby.
fn start_standby(ground: &Ground) -> Result<Stack, String> {
    let connection = ground.cluster.connection();
    let programs = ground.cluster.installation().ok_or("needs an installed PostgreSQL, not a container")?;
    let owner = std::fs::metadata(&connection.host).map_err(|error| error.to_string())?;
    let data = folder("standby");
    let cluster = data.join("cluster");
    std::fs::create_dir_all(&cluster).map_err(|error| error.to_string())?;
    for path in [&data, &cluster] {
        chown(path, Some(owner.uid()), Some(owner.gid())).map_err(|error| error.to_string())?;
    }
    let password = cluster.join("password");
    std::fs::write(&password, "unused").map_err(|error| error.to_string())?;
    let program = programs.bin().join("pg_basebackup");
    let program = if program.is_file() { program } else { find("pg_basebackup").unwrap_or(program) };
    let mut command = Command::new(program);
    command.arg("--pgdata").arg(cluster.join("pgdata"));
    command.args(["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast"]);
    command.args(["--host", &connection.host, "--port", &connection.port.to_string()]);
    command.args(["--username", &connection.user]).current_dir("/").stdin(Stdio::null());
    if crate::host::is_root() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    let output = command.output().map_err(|error| format!("pg_basebackup: {error}"))?;
    if !output.status.success() {
        return Err(format!("pg_basebackup: {}", String::from_utf8_lossy(&output.stderr)));
    }
    start(&data)
}

fn start(data: &Path) -> Result<Stack, String> {
    let started = tokio::task::block_in_place(|| stack::cluster_in(data.to_owned(), |_| {}));
    started.map_err(|error| error.to_string())
}
