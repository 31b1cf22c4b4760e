//! The servers under test: child processes of this same program, so that their CPU time is measured separately.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use agora::{Config, Listeners};
use agora_harness::stack;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::bare;

/// A child process that serves until it is dropped.
pub struct Server {
    child: Child,
    /// Host and port.
    pub address: String,
}

impl Server {
    /// Starts this program with a hidden subcommand, and waits for its address.
    pub fn start(arguments: &[&str]) -> Result<Self, String> {
        let reported = |error: std::io::Error| format!("the server {} does not start: {error}", arguments[0]);
        let mut child = Command::new(std::env::current_exe().map_err(reported)?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // The cost of access lines is in formatting and writing them, not in their destination.
            .stderr(Stdio::null())
            .spawn()
            .map_err(reported)?;
        let mut address = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut address).map_err(reported)?;
        let server = Self { child, address: address.trim().to_owned() };
        if server.address.is_empty() {
            return Err(format!("the server {} ended; run it by itself to see why", arguments[0]));
        }
        Ok(server)
    }

    /// Returns the process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The child exits when its stdin is closed.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Runs the real server with all its layers, in the child process.
pub async fn agora(url: &str, settings: &[String]) -> Result<(), String> {
    let settings: Vec<(&str, &str)> = settings.iter().filter_map(|one| one.split_once('=')).collect();
    let config: Config = stack::config(url, &settings)?;
    agora::start_logging(&config);
    let listeners = Listeners::bind(&config).await.map_err(|error| error.to_string())?;
    let base = listeners.api_base().ok_or("a listener without an address")?;
    tell(base.trim_start_matches("http://"))?;
    let parent = until_parent_ends();
    agora::serve(&config, listeners, async { drop(parent.await) }).await.map_err(|error| error.to_string())
}

/// Runs the bare handlers, in the child process.
pub async fn bare(url: &str) -> Result<(), String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
    tell(&listener.local_addr().map_err(|error| error.to_string())?.to_string())?;
    let parent = until_parent_ends();
    tokio::select! {
        outcome = bare::serve(url, listener) => outcome,
        _ = parent => Ok(()),
    }
}

fn tell(address: &str) -> Result<(), String> {
    writeln!(std::io::stdout(), "{address}").map_err(|error| error.to_string())
}

/// Resolves when the parent has closed the child's stdin or has exited.
fn until_parent_ends() -> oneshot::Receiver<()> {
    let (ended, parent) = oneshot::channel();
    std::thread::spawn(move || {
        // The parent never sends anything, so that any result means that it has closed the pipe.
        let _ = std::io::stdin().read(&mut [0]);
        let _ = ended.send(());
    });
    parent
}
