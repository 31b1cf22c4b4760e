//! One principal's turn: a server on a database of its own, and Schemathesis against it.

use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;

use agora_harness::{Setting, TestApp, spec};
use clap::ValueEnum;
use tokio::process::Command;

/// As whom the requests are made. Peers of the user, whose things each of them must not see, stand in principals.json.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Principal {
    /// A user of the dataset.
    User,
    /// The staff login.
    Staff,
    /// The admin login.
    Admin,
}

impl Principal {
    /// The name in principals.json.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Staff => "staff",
            Self::Admin => "admin",
        }
    }

    /// For the user the directory is closed: only then a cart is its owner's, and peers have something to hide.
    fn settings(self) -> &'static [Setting] {
        match self {
            Self::User => &[("OPEN_DIRECTORY", "off")],
            Self::Staff | Self::Admin => &[],
        }
    }
}

/// What a turn is made with.
pub struct Turn {
    pub program: PathBuf,
    pub folder: PathBuf,
    pub principal: Principal,
    pub seed: u32,
    pub max_examples: u32,
    pub is_quick: bool,
}

impl Turn {
    /// Runs Schemathesis to its end; whether it found nothing.
    pub async fn take(&self) -> Result<bool, String> {
        let told = |error: std::io::Error| format!("{}: {error}", self.folder.display());
        std::fs::create_dir_all(&self.folder).map_err(told)?;
        let log = File::create(self.log()).map_err(told)?;
        let app = TestApp::start_with(self.principal.settings()).await;
        let sources = spec::repository().join("harness/fuzz");
        let phases =
            if self.is_quick { "examples,fuzzing,stateful" } else { "examples,coverage,fuzzing,stateful" };
        let status = Command::new(&self.program)
            .arg("run")
            // By file: of what it gets from a server, Schemathesis leaves out the operation that gave it.
            .arg(spec::repository().join("generated/contract.json"))
            .args(["--url", &app.base, "--no-color", "--report", "junit,har"])
            .args(["--phases", phases, "--max-examples", &self.max_examples.to_string(), "--seed", &self.seed.to_string()])
            .arg("--report-junit-path")
            .arg(self.junit())
            .arg("--report-har-path")
            .arg(self.har())
            .env("FUZZ_FOLDER", &self.folder)
            .env("FUZZ_PRINCIPAL", self.principal.name())
            .env("FUZZ_SEED", self.seed.to_string())
            .env("HYPOTHESIS_STORAGE_DIRECTORY", self.folder.join("hypothesis"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(&sources)
            .stdin(Stdio::null())
            .stderr(Stdio::from(log.try_clone().map_err(told)?))
            .stdout(Stdio::from(log))
            .kill_on_drop(true)
            .status()
            .await
            .map_err(|error| format!("{}: {error}", self.program.display()))?;
        app.stop().await;
        Ok(status.success())
    }

    pub fn log(&self) -> PathBuf {
        self.folder.join("log.txt")
    }

    pub fn junit(&self) -> PathBuf {
        self.folder.join("junit.xml")
    }

    pub fn har(&self) -> PathBuf {
        self.folder.join("requests.har")
    }
}
