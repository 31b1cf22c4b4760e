//! A turn of one principal: Schemathesis against a server with a separate database.

use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;

use agora_harness::{Setting, TestApp, spec};
use clap::ValueEnum;
use tokio::process::Command;

/// The principal that sends the requests. `principals.json` also lists peers of the user, who must not see each other's
/// data.
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
    /// Returns the name in `principals.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Staff => "staff",
            Self::Admin => "admin",
        }
    }

    /// Closes the directory for the user: only then are carts private to their owners, and peers have data to hide.
    fn settings(self) -> &'static [Setting] {
        match self {
            Self::User => &[("OPEN_DIRECTORY", "off")],
            Self::Staff | Self::Admin => &[],
        }
    }
}

/// Settings of a turn.
pub struct Turn {
    pub program: PathBuf,
    pub folder: PathBuf,
    pub principal: Principal,
    pub seed: u32,
    pub max_examples: u32,
    pub is_quick: bool,
}

impl Turn {
    /// Runs Schemathesis to its end. Returns `true` if it found no failure.
    pub async fn take(&self) -> Result<bool, String> {
        let reported = |error: std::io::Error| format!("{}: {error}", self.folder.display());
        std::fs::create_dir_all(&self.folder).map_err(reported)?;
        let log = File::create(self.log()).map_err(reported)?;
        let app = TestApp::start_with(self.principal.settings()).await;
        let sources = spec::repository().join("harness/fuzz");
        let phases =
            if self.is_quick { "examples,fuzzing,stateful" } else { "examples,coverage,fuzzing,stateful" };
        let status = Command::new(&self.program)
            .arg("run")
            // From a file: Schemathesis skips the operation that served the contract.
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
            .stderr(Stdio::from(log.try_clone().map_err(reported)?))
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
