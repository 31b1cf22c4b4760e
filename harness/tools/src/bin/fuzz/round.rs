//! A round: one server and one database, with all workers at once.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use agora_harness::{Database, TestApp};
use tokio::task::JoinSet;

use crate::Cli;
use crate::accounts;
use crate::report::Report;
use crate::shard::ALONE;
use crate::worker::Worker;

/// Maximum time until PostgreSQL reports the deadlocks of closed connections.
const STATISTICS_DEADLINE: Duration = Duration::from_secs(10);

/// Deadlocks are found before the server's lock timeout ends one of the transactions, so that PostgreSQL counts them.
const IMPATIENT: &str = "do $$ begin
    execute format('alter database %I set deadlock_timeout = ''50ms''', current_database());
end $$";

/// Settings of a round.
pub struct Round<'a> {
    pub cli: &'a Cli,
    pub seed: u32,
    pub folder: &'a Path,
}

impl Round<'_> {
    /// Returns the command that repeats the round.
    pub fn command(&self) -> String {
        let cli = self.cli;
        let mut command = format!("./justw fuzz --seed {} --max-examples {}", self.seed, cli.max_examples);
        for principal in &cli.principals {
            command += &format!(" --principal {}", principal.name());
        }
        if cli.workers > 1 {
            command += &format!(" --workers {}", cli.workers);
        }
        if !cli.shard.is_whole() {
            command += &format!(" --shard {}", cli.shard);
        }
        if cli.quick {
            command += " --quick";
        }
        command
    }

    /// Only in a closed directory are carts private to their owners; only an open one shows all of them to everyone.
    fn is_closed(&self) -> bool {
        self.seed % 2 == 1
    }

    /// Runs all workers to their end, and adds what they have found.
    pub async fn run(&self, report: &mut Report) -> Result<(), String> {
        let database = Database::create().await;
        database.client().batch_execute(IMPATIENT).await.map_err(|error| error.to_string())?;
        let directory = if self.is_closed() { "off" } else { "on" };
        let settings = [
            ("OPEN_DIRECTORY", directory),
            ("ORDER_MAX_PENDING", "65536"),
            ("ORDER_MAX_UNITS", "1000000000"),
        ];
        let url = database.url().to_owned();
        let app = TestApp::start_at(&url, database, &settings).await;
        let outside = Database::from_url(app.database.url()).await;
        let (alone, together): (Vec<_>, Vec<_>) =
            self.cli.shard.tags().into_iter().partition(|tag| *tag == ALONE);
        for (tags, is_alone) in [(together, false), (alone, true)] {
            if !tags.is_empty() {
                if is_alone {
                    // The workers so far have changed the accounts that the demonstration data came with.
                    let reset = app.anonymous().post("/__sandbox/reset").await;
                    if !reset.status.is_success() {
                        return Err(format!("the reset of the sandbox failed: {}", reset.status));
                    }
                }
                self.run_workers(&app, &tags, is_alone, report).await?;
            }
        }
        app.stop().await;
        report.add_deadlocks(deadlocks(&outside).await?, self.seed);
        Ok(())
    }

    async fn run_workers(
        &self,
        app: &TestApp,
        tags: &[&'static str],
        is_alone: bool,
        report: &mut Report,
    ) -> Result<(), String> {
        let mut workers = JoinSet::new();
        let mut number = 0;
        for &principal in self.cli.principals() {
            for copy in 1..=self.cli.workers {
                number += 1;
                let name = format!("{}-{copy}{}", principal.name(), if is_alone { "-alone" } else { "" });
                let folder = self.folder.join(format!("{}-{name}", self.seed));
                std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
                let principals = folder.join("principals.json");
                let spares = if is_alone {
                    accounts::write_originals(&principals)?;
                    None
                } else {
                    let prefix = accounts::create(&app.database, &name, &principals).await?;
                    Some(format!("{prefix}-{}", principal.name()))
                };
                let worker = Worker {
                    program: self.cli.program.clone(),
                    base: app.base.clone(),
                    ledger: self.ledger(is_alone),
                    folder,
                    name,
                    principal,
                    principals,
                    spares,
                    // Workers of a round differ, and rounds with neighbouring seeds do too.
                    seed: self.seed.wrapping_mul(1000).wrapping_add(number),
                    max_examples: self.cli.max_examples,
                    is_quick: self.cli.quick,
                    is_closed: self.is_closed(),
                    is_alone,
                    tags: tags.to_vec(),
                    command: self.command(),
                };
                workers.spawn(async move { worker.run().await.map(|is_good| (worker, is_good)) });
                if is_alone {
                    // A reset by another worker would refuse the sign-in of this one.
                    ended(&mut workers, report).await?;
                }
            }
        }
        ended(&mut workers, report).await
    }

    fn ledger(&self, is_alone: bool) -> PathBuf {
        self.folder.join(format!("{}-ledger{}.jsonl", self.seed, if is_alone { "-alone" } else { "" }))
    }
}

/// Waits for all workers, and adds what they have found.
async fn ended(
    workers: &mut JoinSet<Result<(Worker, bool), String>>,
    report: &mut Report,
) -> Result<(), String> {
    while let Some(ended) = workers.join_next().await {
        let (worker, is_good) = ended.map_err(|error| error.to_string())??;
        report.add(&worker, is_good)?;
    }
    Ok(())
}

/// Returns the number of deadlocks of a database, once its server has disconnected.
async fn deadlocks(database: &Database) -> Result<u64, String> {
    let others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    let deadline = Instant::now() + STATISTICS_DEADLINE;
    while database.count(others).await > 0 {
        if Instant::now() > deadline {
            return Err("the server has stopped, but is still connected to its database".to_owned());
        }
        tokio::task::yield_now().await;
    }
    let counted =
        database.count("select deadlocks from pg_stat_database where datname = current_database()").await;
    u64::try_from(counted).map_err(|error| error.to_string())
}
