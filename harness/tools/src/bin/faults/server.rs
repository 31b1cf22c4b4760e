//! The server under production settings: the program itself, as a child process on a fixed address.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use agora_harness::{PRODUCTION, stack};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

/// Maximum time from SIGTERM to the exit of the server.
const END: Duration = Duration::from_secs(30);
/// Time after a kill within which responses still in flight arrive.
pub const DEAD: Duration = Duration::from_millis(50);

/// A running server, killed on drop.
pub struct Server {
    program: PathBuf,
    address: String,
    child: Child,
}

/// The outcome of an orderly shutdown.
pub struct End {
    /// Exit status.
    pub status: ExitStatus,
    /// Time from SIGTERM to the exit.
    pub took: Duration,
}

impl Server {
    /// Starts the server on a free port.
    pub fn start(program: Option<&Path>, database_url: &str) -> Result<Self, String> {
        let beside = || std::env::current_exe().map(|own| own.with_file_name("agora"));
        let program = program.map_or_else(beside, |program| Ok(program.to_owned()));
        let program = program.map_err(|error| error.to_string())?;
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.map_err(|error| error.to_string())?.to_string();
        let child = spawn(&program, &address, database_url)?;
        Ok(Self { program, address, child })
    }

    /// Returns the base URL: scheme, host and port.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Kills the server, and starts it again on the same address.
    pub async fn kill_and_restart(&mut self, database_url: &str) -> Result<(), String> {
        self.child.kill().await.map_err(|error| error.to_string())?;
        self.restart(database_url).await
    }

    /// Waits for the server to exit, and starts it again on the same address.
    pub async fn restart(&mut self, database_url: &str) -> Result<(), String> {
        self.child.wait().await.map_err(|error| error.to_string())?;
        self.child = spawn(&self.program, &self.address, database_url)?;
        Ok(())
    }

    /// Sends SIGTERM, and waits for the exit.
    pub async fn terminate(&mut self) -> Result<End, String> {
        let began = Instant::now();
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        let pid = pid.ok_or("the server has ended by itself")?;
        kill_process(pid, Signal::TERM).map_err(|error| error.to_string())?;
        let ended = tokio::time::timeout(END, self.child.wait()).await;
        let status = ended.map_err(|_| "the server does not end within 30 s of SIGTERM")?;
        Ok(End { status: status.map_err(|error| error.to_string())?, took: began.elapsed() })
    }
}

fn spawn(program: &Path, address: &str, database_url: &str) -> Result<Child, String> {
    let child = Command::new(program)
        .arg("serve")
        .env_clear()
        .envs(PRODUCTION)
        .env("AGORA_BIND", address)
        .env("AGORA_METRICS_BIND", "off")
        .env("AGORA_DRAIN_SECONDS", "1")
        .env("DATABASE_URL", database_url)
        .env("JWT_PRIVATE_KEY", stack::SIGNING_KEY)
        // Requests that cannot be served are logged as warnings; here they are expected.
        .env("LOG_LEVEL", "error")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    child.map_err(|error| format!("{}: {error}; build it by `cargo build --bin agora`", program.display()))
}
