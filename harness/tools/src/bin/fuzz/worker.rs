//! A worker: one process of Schemathesis, as one principal.

use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;

use agora_harness::spec;
use tokio::process::Command;

use crate::accounts::Principal;

/// Settings of a worker.
pub struct Worker {
    pub program: PathBuf,
    pub base: String,
    pub folder: PathBuf,
    /// The file that all workers of a round share.
    pub ledger: PathBuf,
    pub name: String,
    pub principal: Principal,
    pub principals: PathBuf,
    pub spares: Option<String>,
    pub seed: u32,
    pub max_examples: u32,
    pub is_quick: bool,
    pub is_closed: bool,
    /// Runs only the operations that put the database back.
    pub is_alone: bool,
    pub tags: Vec<&'static str>,
    /// The command that repeats the round.
    pub command: String,
}

impl Worker {
    /// Runs Schemathesis to its end. Returns `true` if it found no failure.
    pub async fn run(&self) -> Result<bool, String> {
        let reported = |error: std::io::Error| format!("{}: {error}", self.folder.display());
        let log = File::create(self.log()).map_err(reported)?;
        let mut phases = vec!["examples", "fuzzing"];
        if !self.is_quick {
            phases.insert(1, "coverage");
        }
        // Schemathesis refuses a stateful phase without links.
        if !self.is_alone {
            phases.push("stateful");
        }
        let mut command = Command::new(&self.program);
        command
            .arg("run")
            // From a file: Schemathesis skips the operation that served the contract.
            .arg(spec::repository().join("generated/contract.json"))
            .args(["--url", &self.base, "--no-color", "--report", "junit,har"])
            .args(["--phases", &phases.join(","), "--max-examples", &self.max_examples.to_string()])
            .args(["--seed", &self.seed.to_string()])
            .args(self.tags.iter().flat_map(|tag| ["--include-tag", tag]))
            .arg("--report-junit-path")
            .arg(self.junit())
            .arg("--report-har-path")
            .arg(self.har())
            .env("FUZZ_CLOSED", if self.is_closed { "1" } else { "0" })
            .env("FUZZ_FOLDER", &self.folder)
            .env("FUZZ_LEDGER", &self.ledger)
            .env("FUZZ_PRINCIPAL", self.principal.name())
            .env("FUZZ_PRINCIPALS", &self.principals)
            .env("FUZZ_REPEAT", &self.command)
            .env("FUZZ_SEED", self.seed.to_string())
            .env("FUZZ_WORKER", &self.name)
            .env("HYPOTHESIS_STORAGE_DIRECTORY", self.folder.join("hypothesis"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(spec::repository().join("harness/fuzz"))
            .stdin(Stdio::null())
            .stderr(Stdio::from(log.try_clone().map_err(reported)?))
            .stdout(Stdio::from(log))
            .kill_on_drop(true);
        if let Some(spares) = &self.spares {
            command.env("FUZZ_SPARES", spares);
        }
        let status =
            command.status().await.map_err(|error| format!("{}: {error}", self.program.display()))?;
        Ok(status.success())
    }

    pub fn log(&self) -> PathBuf {
        self.folder.join("log.txt")
    }

    fn junit(&self) -> PathBuf {
        self.folder.join("junit.xml")
    }

    pub fn har(&self) -> PathBuf {
        self.folder.join("requests.har")
    }

    /// The counts of the hooks.
    pub fn figures(&self) -> PathBuf {
        self.folder.join("hooks.json")
    }
}
