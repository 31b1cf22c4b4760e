//! Environment of a test run: one temporary PostgreSQL cluster with a template database, migrated and seeded once.

mod container;
mod external;
mod kind;

use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use agora::Config;
use agora_cluster::{Cluster, Settings};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::database::{TEMPLATE, as_login, of_database};

pub use container::Container;
pub use external::External;
pub use kind::{Kind, VARIABLE as KIND_VARIABLE};

/// Environment variable with the folder of PostgreSQL's programs for a private cluster. If unset, they are searched
/// for.
const PROGRAMS_VARIABLE: &str = "HARNESS_POSTGRES";

/// Connections that a cluster of tests accepts, unless a test sets another number.
const MAX_CONNECTIONS: &str = "400";

/// Login that migrates the template, with only the privileges that the documentation requires.
const MIGRATOR: &str = "agora_test_migrator";

/// A signing key for tests only.
pub const SIGNING_KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIFQJoQbFBxzfnPJHqqVVz8sQgZkGRc5AyqCvqOJmhE9w
-----END PRIVATE KEY-----";

/// A private cluster in a temporary folder. Both are removed when dropped.
pub struct Stack {
    cluster: Option<Cluster>,
    folder: PathBuf,
}

impl Deref for Stack {
    type Target = Cluster;

    fn deref(&self) -> &Cluster {
        // Only `None` while being dropped.
        self.cluster.as_ref().expect("a stack has its cluster until it is dropped")
    }
}

impl DerefMut for Stack {
    fn deref_mut(&mut self) -> &mut Cluster {
        self.cluster.as_mut().expect("a stack has its cluster until it is dropped")
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // The cluster is stopped before its folder is removed. Files that remain are in the temporary folder anyway.
        drop(self.cluster.take());
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Starts a temporary cluster that never waits for the disk.
///
/// # Errors
/// If there is no PostgreSQL, or it does not start.
pub fn cluster() -> Result<Stack, agora_cluster::Error> {
    start(false, false)
}

/// Starts a temporary cluster that is as durable as a production cluster: its data survive a crash.
///
/// # Errors
/// As for [`cluster`].
pub fn durable_cluster() -> Result<Stack, agora_cluster::Error> {
    start(true, false)
}

/// Starts a temporary cluster that also listens on 127.0.0.1.
///
/// # Errors
/// As for [`cluster`].
pub fn tcp_cluster() -> Result<Stack, agora_cluster::Error> {
    start(false, true)
}

/// Starts a durable cluster in a folder, with changed settings. A cluster that is already in the folder is used.
///
/// # Errors
/// As for [`cluster`].
pub fn cluster_in(
    folder: PathBuf,
    change: impl FnOnce(&mut Settings),
) -> Result<Stack, agora_cluster::Error> {
    let mut settings = Settings {
        parameters: vec![("max_connections".to_owned(), MAX_CONNECTIONS.to_owned())],
        programs: std::env::var_os(PROGRAMS_VARIABLE).map(PathBuf::from),
        ..Settings::new(&folder)
    };
    change(&mut settings);
    let cluster = Cluster::start(&settings, &mut |line| eprintln!("stack: {line}"))?;
    Ok(Stack { cluster: Some(cluster), folder })
}

/// Starts a temporary cluster with the programs in a folder.
///
/// # Errors
/// As for [`cluster`].
pub fn cluster_of(programs: PathBuf) -> Result<Stack, agora_cluster::Error> {
    start_programs(false, false, Some(programs))
}

fn start(durable: bool, tcp: bool) -> Result<Stack, agora_cluster::Error> {
    start_programs(durable, tcp, std::env::var_os(PROGRAMS_VARIABLE).map(PathBuf::from))
}

fn start_programs(
    durable: bool,
    tcp: bool,
    programs: Option<PathBuf>,
) -> Result<Stack, agora_cluster::Error> {
    let folder = std::env::temp_dir().join(format!("agora-test-{}", std::process::id()));
    let settings = Settings {
        durable,
        tcp,
        parameters: vec![("max_connections".to_owned(), MAX_CONNECTIONS.to_owned())],
        programs,
        ..Settings::new(&folder)
    };
    let cluster = Cluster::start(&settings, &mut |line| eprintln!("stack: {line}"))?;
    Ok(Stack { cluster: Some(cluster), folder })
}

/// Creates, migrates and seeds the template, and waits until no connection to it is left: only then can it be cloned.
/// `cluster` is the URL of the cluster, with its superuser's login.
///
/// # Errors
/// A message that describes the failure.
pub async fn make_template(cluster: &str) -> Result<(), String> {
    let client = connect(cluster).await?;
    let login = make_migrator(&client).await.map_err(|error| error.to_string())?;
    let create = format!("create database {TEMPLATE} owner {MIGRATOR}");
    client.batch_execute(&create).await.map_err(|error| error.to_string())?;
    let config = config(&as_login(&of_database(cluster, TEMPLATE), &login), &[])?;
    agora::migrate(&config).await.map_err(|error| error.to_string())?;
    agora::seed(&config).await.map_err(|error| error.to_string())?;
    let deadline = Instant::now() + Duration::from_secs(10);
    let busy = "select count(*) from pg_stat_activity where datname = $1";
    while client.query_one(busy, &[&TEMPLATE]).await.map_err(|error| error.to_string())?.get::<_, i64>(0) > 0
    {
        if Instant::now() > deadline {
            return Err(format!("somebody stays connected to {TEMPLATE}"));
        }
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Creates the login that migrates, and returns it as `user:password`. If the roles of an earlier run still exist, the
/// login becomes a member of `agora_owner`, as the documentation requires.
async fn make_migrator(client: &Client) -> Result<String, tokio_postgres::Error> {
    let password = Uuid::now_v7().simple().to_string();
    let make = format!(
        "do $$ begin
            if not exists (select from pg_roles where rolname = '{MIGRATOR}') then
                create role {MIGRATOR} login createrole;
            end if;
            if exists (select from pg_roles where rolname = 'agora_owner') then
                grant agora_owner to {MIGRATOR};
            end if;
        end $$;
        alter role {MIGRATOR} password '{password}'"
    );
    client.batch_execute(&make).await?;
    Ok(format!("{MIGRATOR}:{password}"))
}

/// Returns the test databases in which transactions deadlocked, except those of the tests of deadlocks and of resets, which
/// lock all tables. A write that is aborted runs again, so that no response shows it.
///
/// # Errors
/// If the cluster is unavailable, or a test is still connected after 10 s.
pub async fn deadlocked(cluster: &str) -> Result<Vec<String>, String> {
    let client = connect(cluster).await?;
    // Connections report their statistics at their end.
    let open = "select count(*) from pg_stat_activity where datname like 'test\\_%'";
    let deadline = Instant::now() + Duration::from_secs(10);
    while client.query_one(open, &[]).await.map_err(|error| error.to_string())?.get::<_, i64>(0) > 0 {
        if Instant::now() > deadline {
            return Err("a test's connection stays open".to_owned());
        }
        tokio::task::yield_now().await;
    }
    let found = "select datname::text from pg_stat_database
        where deadlocks > 0
            and datname like 'test\\_%'
            and datname not like '%\\_deadlocks\\_\\_%'
            and datname not like '%\\_sandbox\\_\\_%'
        order by datname";
    let rows = client.query(found, &[]).await.map_err(|error| error.to_string())?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Returns the server version of a cluster.
///
/// # Errors
/// If it is unavailable.
pub async fn version(cluster: &str) -> Result<String, String> {
    let row = connect(cluster).await?.query_one("show server_version", &[]).await;
    row.map(|row| row.get(0)).map_err(|error| error.to_string())
}

async fn connect(url: &str) -> Result<Client, String> {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    Ok(client)
}

/// Returns the configuration of a server under test, with additional settings.
///
/// # Errors
/// If the configuration is invalid.
pub fn config(database_url: &str, settings: &[(&str, &str)]) -> Result<Config, String> {
    let fixed = [
        ("AGORA_PROFILE", "sandbox"),
        ("AGORA_BIND", "127.0.0.1:0"),
        ("AGORA_METRICS_BIND", "off"),
        ("DATABASE_URL", database_url),
        ("DATABASE_POOL_SIZE", "8"),
        ("JWT_PRIVATE_KEY", SIGNING_KEY),
        ("LOG_LEVEL", "info"),
    ];
    let vars = fixed.iter().chain(settings).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_vars(vars).map_err(|error| error.to_string())
}
