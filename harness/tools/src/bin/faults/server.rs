//! The server under production settings: the program itself, as a child process on a fixed address.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use agora_harness::{PRODUCTION, memory, stack};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use tokio::process::{Child, Command};

use crate::host;

/// Maximum time from SIGTERM to the exit of the server.
const END: Duration = Duration::from_secs(30);
/// Time after a kill within which responses still in flight arrive.
pub const DEAD: Duration = Duration::from_millis(50);

/// The way in which a server is started.
#[derive(Clone, Default)]
pub struct Launch {
    /// The program of the server; if `None`, the one beside this.
    pub program: Option<PathBuf>,
    /// URL of its database.
    pub database_url: String,
    /// Address of its listener, without the port; if empty, 127.0.0.1.
    pub host: String,
    /// Further environment variables.
    pub environment: Vec<(String, String)>,
    /// Command that runs the program.
    pub prefix: Vec<String>,
}

/// A running server, killed on drop.
pub struct Server {
    launch: Launch,
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

/// The resources that a process uses.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Number of open files.
    pub files: usize,
    /// Resident memory in MiB.
    pub memory: f64,
    /// Time since its start for which its threads have run or waited for a processor.
    pub processor: Duration,
}

impl Server {
    /// Starts the server on a free port.
    pub fn start(launch: Launch) -> Result<Self, String> {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.map_err(|error| error.to_string())?.port();
        let host = if launch.host.is_empty() { "127.0.0.1" } else { &launch.host };
        let address = format!("{host}:{port}");
        let child = spawn(&launch, &address)?;
        Ok(Self { launch, address, child })
    }

    /// Returns the base URL: scheme, host and port.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns the way in which it was started.
    pub fn launch(&self) -> &Launch {
        &self.launch
    }

    /// Returns `true` if the process has not exited.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Returns the resources that the server uses now.
    pub fn usage(&self) -> Result<Usage, String> {
        let pid = self.child.id().ok_or("the server has ended by itself")?;
        let open = fs::read_dir(format!("/proc/{pid}/fd")).map_err(|error| error.to_string())?;
        Ok(Usage { files: open.count(), memory: memory::resident_mib(pid)?, processor: processor(pid)? })
    }

    /// Sets the limit of open files of the running process, but not the limit up to which it may be raised.
    pub fn limit_files(&self, files: u64, most: u64) -> Result<(), String> {
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        let limit = Rlimit { current: Some(files), maximum: Some(most) };
        prlimit(Some(pid.ok_or("the server has ended by itself")?), Resource::Nofile, limit)
            .map(drop)
            .map_err(|error| error.to_string())
    }

    /// Kills the server, and starts it again on the same address.
    pub async fn kill_and_restart(&mut self, database_url: &str) -> Result<(), String> {
        self.child.kill().await.map_err(|error| error.to_string())?;
        self.restart(database_url).await
    }

    /// Waits for the server to exit, and starts it again on the same address.
    pub async fn restart(&mut self, database_url: &str) -> Result<(), String> {
        self.child.wait().await.map_err(|error| error.to_string())?;
        database_url.clone_into(&mut self.launch.database_url);
        self.child = spawn(&self.launch, &self.address)?;
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

/// Returns the time for which the threads of a process have run or waited for a processor. On a busy machine, a loop shows
/// in this sum only.
fn processor(pid: u32) -> Result<Duration, String> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).map_err(|error| error.to_string())?;
    let lines =
        threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok());
    let times = lines
        .map(|line| -> u64 { line.split(' ').take(2).filter_map(|time| time.parse::<u64>().ok()).sum() });
    Ok(Duration::from_nanos(times.sum()))
}

fn spawn(launch: &Launch, address: &str) -> Result<Child, String> {
    let beside = || std::env::current_exe().map(|own| own.with_file_name("agora"));
    let program = launch.program.clone().map_or_else(beside, Ok).map_err(|error| error.to_string())?;
    let mut command = match launch.prefix.split_first() {
        None => Command::new(&program),
        Some((first, rest)) => {
            let mut command = Command::new(host::find(first).as_deref().unwrap_or(Path::new(first)));
            command.args(rest).arg(&program);
            command
        }
    };
    let child = command
        .arg("serve")
        .env_clear()
        .envs(PRODUCTION)
        .env("AGORA_BIND", address)
        .env("AGORA_METRICS_BIND", "off")
        .env("AGORA_DRAIN_SECONDS", "1")
        .env("DATABASE_URL", &launch.database_url)
        .env("JWT_PRIVATE_KEY", stack::SIGNING_KEY)
        .envs(launch.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    child.map_err(|error| format!("{}: {error}; build it by `cargo build --bin agora`", program.display()))
}
