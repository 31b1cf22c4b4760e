//! Everything that a scenario needs: a durable cluster, a database, the server, and clients.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use agora_cluster::Settings;
use agora_harness::stack::{self, Stack};
use agora_harness::{Database, TEMPLATE};
use tokio::task::JoinHandle;
use tokio_postgres::NoTls;

use crate::events::{self, Event};
use crate::load::Load;
use crate::report::{Outcome, Row};
use crate::server::{Launch, Server, Usage};
use crate::verify::verify;

/// Time limit for each recovery, with room for a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Interval between two attempts.
const TRY_INTERVAL: Duration = Duration::from_millis(2);
/// Maximum duration of a request, whatever the state of the database.
pub const REQUEST: Duration = Duration::from_secs(2);
/// Maximum duration of a liveness probe on a new connection.
const PROBE: Duration = Duration::from_secs(1);
/// Time for which the clients go on after the first success, to see that it lasts.
const STEADY: Duration = Duration::from_secs(6);
/// Maximum time after a fault until files and memory are as before.
const SETTLED: Duration = Duration::from_secs(30);
/// Files and memory in MiB that a server may use more than before.
const MORE_FILES: usize = 16;
const MORE_MEMORY: f64 = 64.0;

/// Options of the command line.
#[derive(Clone)]
pub struct Options {
    /// Writes a second.
    pub rate: u32,
    /// Time of writing before each fault.
    pub calm: Duration,
    /// Duration of each fault that has one.
    pub hold: Duration,
    /// Number of crashes of PostgreSQL, and then of the server.
    pub kills: u32,
    /// Number of clients that come at once.
    pub clients: usize,
    /// Log level of the server.
    pub log: String,
    /// Program of the server.
    pub program: Option<PathBuf>,
}

/// A cluster with a migrated and seeded database.
pub struct Ground {
    /// The cluster.
    pub cluster: Stack,
    /// URL of the database, with the superuser's login.
    pub owner: String,
    /// URL of the database, with the login of the server.
    pub app: String,
}

impl Ground {
    /// Starts a durable cluster in a folder, with changed settings, and makes its database.
    pub async fn lay(folder: PathBuf, change: impl FnOnce(&mut Settings)) -> Result<Self, String> {
        let cluster = tokio::task::block_in_place(|| stack::cluster_in(folder, change));
        let cluster = cluster.map_err(|error| error.to_string())?;
        stack::make_template(&cluster.connection().url("postgres")).await?;
        let owner = cluster.connection().url(TEMPLATE);
        let database = Database::from_url(&owner).await;
        database.unpublish_passwords().await;
        let app = database.login_url("agora_app").await;
        Ok(Self { cluster, owner, app })
    }
}

/// A server on a database, with clients that write and read.
pub struct Rig {
    /// The cluster, and the URLs of its database.
    pub ground: Ground,
    /// The server.
    pub server: Server,
    /// The clients.
    pub load: Arc<Load>,
    /// Further figures of the scenario.
    pub rows: Vec<Row>,
    /// Promises that hold during the fault.
    pub promises: Promises,
    running: JoinHandle<Result<(), String>>,
    calm: Duration,
}

/// Promises that hold during a fault.
#[derive(Clone, Copy)]
pub struct Promises {
    /// Every request has a response within [`REQUEST`].
    pub is_answered: bool,
    /// New connections are accepted at once, and the server reports that it lives.
    pub is_alive: bool,
}

/// Time and limits of a fault.
pub struct Window {
    /// Name of the fault.
    pub fault: &'static str,
    /// Start of the fault.
    pub started: Instant,
    /// End of the fault.
    pub ended: Instant,
    /// Resources of the server before the fault.
    pub before: Usage,
    /// Maximum time from the end of the fault until every request is served.
    pub recovery: Duration,
}

impl Rig {
    /// Starts the server and the clients. An empty URL in `launch` stands for the database of the cluster.
    pub async fn start(ground: Ground, launch: Launch, options: &Options) -> Result<Self, String> {
        let mut launch = Launch { program: options.program.clone(), ..launch };
        launch.environment.push(("LOG_LEVEL".to_owned(), options.log.clone()));
        if launch.database_url.is_empty() {
            launch.database_url.clone_from(&ground.app);
        }
        let server = Server::start(launch)?;
        let load = Arc::new(Load::start(server.base(), options.rate).await?);
        let running = tokio::spawn(Arc::clone(&load).run());
        let (rows, calm) = (Vec::new(), options.calm);
        let promises = Promises { is_answered: true, is_alive: true };
        Ok(Self { ground, server, load, rows, promises, running, calm })
    }

    /// Lets clients write without faults for a while. Signs in first, because a token is valid for a few minutes only.
    /// Returns the resources that the server then uses.
    pub async fn calm(&self) -> Result<Usage, String> {
        self.load.sign_in().await?;
        tokio::time::sleep(self.calm).await;
        self.server.usage()
    }

    /// Waits for the recovery, stops the clients, and compares the database with the ledger.
    pub async fn finish(mut self, window: Window) -> Result<Outcome, String> {
        let Window { fault, started, ended, before, recovery } = window;
        self.load.success_after(ended, PATIENCE).await?;
        tokio::time::sleep(STEADY.max(recovery + Duration::from_secs(1))).await;
        let all: Vec<Event> = self.load.ledger().events.clone();
        let took = events::recovery(&all, ended).ok_or("no request was served after the fault")?;
        let seen = events::between(&all, started, ended + took.max(Duration::from_millis(1)));
        let probes = self.load.ledger().probes.clone();
        let probes = events::between(&probes, started, ended + took);
        self.rows.push(Row::within("end of the fault to the last failure, or the first 2xx", took, recovery));
        let Promises { is_answered, is_alive } = self.promises;
        let slowest = Row::within("slowest request", events::slowest(&seen), REQUEST);
        self.rows.push(slowest.only_if(is_answered));
        let slowest = Row::within("slowest liveness probe", events::slowest(&probes), PROBE);
        self.rows.push(slowest.only_if(is_alive));
        let missed = events::by_status(&events::failures(&probes));
        let missed = Row::promise("liveness probes that failed", &missed, 0, missed == "0");
        self.rows.push(missed.only_if(is_alive));
        self.conclude(fault, before).await.map(|outcome| Outcome {
            requests: seen.len() as u64,
            failures: events::failures(&seen),
            recovery: took,
            ..outcome
        })
    }

    /// Stops the clients, compares the database with the ledger, and ends the server.
    pub async fn conclude(mut self, fault: &'static str, before: Usage) -> Result<Outcome, String> {
        self.load.stop();
        (&mut self.running).await.map_err(|error| error.to_string())??;
        if !self.server.is_running() {
            self.load.report("the server has ended by itself".to_owned());
        }
        let after = self.settled(before).await?;
        let Usage { files, memory, .. } = before;
        self.rows.push(Row::promise(
            "open files before and after",
            format!("{files}, {}", after.files),
            format!("at most {MORE_FILES} more"),
            after.files <= files + MORE_FILES,
        ));
        self.rows.push(Row::promise(
            "resident memory before and after",
            format!("{memory:.0} MiB, {:.0} MiB", after.memory),
            format!("at most {MORE_MEMORY:.0} MiB more"),
            after.memory <= memory + MORE_MEMORY,
        ));
        let ledger = verify(&self.ground.owner, &self.load).await?;
        let answered = ledger.acknowledged + ledger.unknown.0;
        self.rows.push(Row::promise(
            "writes begun, acknowledged, without key and acknowledgement (of these applied)",
            format!(
                "{}, {} ({} by replay), {} ({})",
                ledger.begun, ledger.acknowledged, ledger.replayed, ledger.unknown.0, ledger.unknown.1
            ),
            "all settled",
            answered == ledger.begun,
        ));
        let end = self.server.terminate().await?;
        let reported = format!("{} after {} ms", end.status, end.took.as_millis());
        self.rows.push(Row::promise("SIGTERM", reported, "exit status: 0", end.status.success()));
        let odd = self.load.ledger().odd.clone();
        Ok(Outcome { fault, ledger, rows: self.rows, odd, ..Outcome::default() })
    }

    /// Waits until the server uses no more than before, or the time limit is reached.
    async fn settled(&self, before: Usage) -> Result<Usage, String> {
        let deadline = Instant::now() + SETTLED;
        loop {
            let now = self.server.usage()?;
            let is_settled =
                now.files <= before.files + MORE_FILES && now.memory <= before.memory + MORE_MEMORY;
            if is_settled || Instant::now() > deadline {
                return Ok(now);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Waits until PostgreSQL accepts a connection. Returns the start of the successful attempt.
pub async fn accepted(url: String) -> Result<Instant, String> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let began = Instant::now();
        if let Ok((client, connection)) = tokio_postgres::connect(&url, NoTls).await {
            drop((client, connection));
            return Ok(began);
        }
        tokio::time::sleep(TRY_INTERVAL).await;
    }
    Err("PostgreSQL does not come back".to_owned())
}

/// Connects to PostgreSQL as the superuser.
pub async fn connect(url: &str) -> Result<tokio_postgres::Client, String> {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    Ok(client)
}
