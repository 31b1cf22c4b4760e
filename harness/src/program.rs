//! The server as a separate process, running the built executable.

use std::net::TcpListener;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use tokio::process::{Child, Command};

use crate::app::Setting;
use crate::stack;

/// Maximum time for the program to become ready.
const DEADLINE: Duration = Duration::from_secs(60);

/// A running server process, killed when dropped.
pub struct Program {
    /// Scheme, host and port.
    pub base: String,
    child: Child,
}

impl Program {
    /// Starts the executable of this build on a database, with additional settings, and waits until it is ready.
    ///
    /// # Panics
    /// If it is not built, or does not become ready.
    pub async fn start(database_url: &str, settings: &[Setting]) -> Self {
        Self::start_limited(database_url, settings, None).await
    }

    /// As [`Program::start`], for a process that may open this number of files.
    ///
    /// # Panics
    /// As for [`Program::start`].
    pub async fn start_limited(database_url: &str, settings: &[Setting], files: Option<u64>) -> Self {
        let own = std::env::current_exe().expect("a test is a program");
        let program = own.ancestors().nth(2).expect("tests lie below the programs").join("agora");
        Self::start_file(&program, database_url, settings, files).await
    }

    /// As [`Program::start_limited`], for the executable of any build.
    ///
    /// # Panics
    /// As for [`Program::start`].
    pub async fn start_file(
        program: &Path,
        database_url: &str,
        settings: &[Setting],
        files: Option<u64>,
    ) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.expect("there is a free port").to_string();
        let child = Command::new(program)
            .arg("serve")
            .env_clear()
            .env("AGORA_PROFILE", "sandbox")
            .env("AGORA_BIND", &address)
            .env("AGORA_METRICS_BIND", "off")
            .env("DATABASE_URL", database_url)
            .env("DATABASE_POOL_SIZE", "8")
            .env("JWT_PRIVATE_KEY", stack::SIGNING_KEY)
            .env("LOG_LEVEL", "warn")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let server = Self { base: format!("http://{address}"), child };
        if files.is_some() {
            // Set before the server looks: it first reads its configuration and the contract.
            let limit = Rlimit { current: files, maximum: files };
            let pid = i32::try_from(server.pid()).ok().and_then(Pid::from_raw);
            prlimit(pid, Resource::Nofile, limit).expect("a lower limit");
        }
        let http = reqwest::Client::builder().no_proxy().build().expect("a client without TLS");
        let deadline = Instant::now() + DEADLINE;
        let mut polls = tokio::time::interval(Duration::from_millis(5));
        while http.get(server.url("/health/ready")).send().await.is_err() {
            assert!(Instant::now() < deadline, "the server does not start");
            polls.tick().await;
        }
        server
    }

    /// Returns the URL of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Returns the host and port.
    #[must_use]
    pub fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// Returns the process id.
    ///
    /// # Panics
    /// If the process has exited.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Sends SIGTERM.
    ///
    /// # Panics
    /// If the process has exited.
    pub fn terminate(&self) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(pid, Signal::TERM).expect("it is ours");
    }

    /// Sends SIGKILL, and waits for the process to exit.
    ///
    /// # Panics
    /// If the process cannot be killed.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("it is ours");
    }

    /// Waits for the process to exit. Returns `None` if it does not within `deadline`.
    ///
    /// # Panics
    /// If the exit status cannot be read.
    pub async fn ended(&mut self, deadline: Duration) -> Option<ExitStatus> {
        let ended = tokio::time::timeout(deadline, self.child.wait()).await;
        ended.ok().map(|status| status.expect("it is ours"))
    }
}
