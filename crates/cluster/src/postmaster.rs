//! PostgreSQL as a child process. It is started directly rather than through `pg_ctl`, so that the parent can
//! wait for it and notices at once when it exits.

use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::folder::DataFolder;
use crate::initdb;
use crate::installation::Installation;
use crate::log::Log;
use crate::pid_file::{PidFile, stop_stale};
use crate::process::{self, POLL_INTERVAL, is_alive, wait_until};
use crate::socket::{self, SocketFolder};
use crate::{Error, Settings};

/// Port of a cluster without TCP, where it only names the socket file.
const SOCKET_PORT: u16 = 5432;
/// Maximum duration of a start, including crash recovery.
const START_DEADLINE: Duration = Duration::from_secs(60);
/// Delay before a start is retried that failed for a transient reason.
const RETRY_INTERVAL: Duration = Duration::from_millis(50);
/// Signals that stop a server, each with the time to wait before the next: a fast shutdown that disconnects
/// clients, an immediate one without a checkpoint, then SIGKILL.
const STOPS: [(Signal, Duration); 3] = [
    (Signal::INT, Duration::from_secs(20)),
    (Signal::QUIT, Duration::from_secs(5)),
    (Signal::KILL, Duration::from_secs(5)),
];
/// Log messages of transient failures, after which another attempt may succeed. In this order: the PostgreSQL of
/// a killed server was still starting when it was looked for, its processes are still exiting, or another process
/// has taken the port that was free a moment ago.
const TRANSIENT_REASONS: [&str; 3] = [
    "lock file \"postmaster.pid\" already exists",
    "pre-existing shared memory block",
    "could not create any TCP/IP sockets",
];
/// Settings of a cluster that need not survive a crash of the machine.
const NOT_DURABLE: [&str; 3] = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

/// A running server, stopped when dropped.
#[derive(Debug)]
pub(crate) struct Postmaster {
    child: Child,
    launch: Launch,
    installation: Installation,
    socket: SocketFolder,
}

impl Postmaster {
    /// Starts the cluster of `folder`, creating it if there is none.
    pub(crate) fn start(
        folder: &DataFolder,
        installation: Installation,
        settings: &Settings,
        report: &mut dyn FnMut(&str),
    ) -> Result<Self, Error> {
        prepare(folder, &installation, settings, report)?;
        let socket = SocketFolder::create(folder)?;
        let log = Log::begin(folder.requested())?;
        let deadline = Instant::now() + START_DEADLINE;
        loop {
            let port = if settings.tcp { free_port()? } else { SOCKET_PORT };
            let launch = Launch {
                program: installation.bin().join("postgres"),
                arguments: arguments(folder, settings, socket.path(), port),
                environment: settings.environment.clone(),
                folder: folder.clone(),
                log: log.clone(),
                port,
            };
            match launch.run() {
                Ok(child) => {
                    return Ok(Self { child, launch, installation, socket });
                }
                Err(Error::Died { tail, .. }) if is_transient(&tail) && Instant::now() < deadline => {
                    thread::sleep(RETRY_INTERVAL);
                    stop_stale(&folder.pgdata(), report)?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn port(&self) -> u16 {
        self.launch.port
    }

    pub(crate) fn socket_folder(&self) -> &str {
        self.socket.path()
    }

    pub(crate) fn installation(&self) -> &Installation {
        &self.installation
    }

    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Stops the server and waits until it exits. A server that has already exited is not an error.
    pub(crate) fn stop(&mut self) -> Result<(), Error> {
        let pid = self.pid();
        for (how, deadline) in STOPS {
            if !self.is_running() {
                return Ok(());
            }
            process::signal(pid, how);
            if wait_until(deadline, || !self.is_running()) {
                return Ok(());
            }
        }
        Err(self.unstoppable())
    }

    /// Kills the server as a crash would, and waits until its child processes have exited.
    pub(crate) fn kill(&mut self) -> Result<(), Error> {
        if !self.is_running() {
            return Ok(());
        }
        let pid = self.pid();
        // While suspended, the server cannot start a child that the list below would miss.
        process::signal(pid, Signal::STOP);
        let children = process::children(pid);
        process::signal(pid, Signal::KILL);
        self.child.wait().map_err(Error::io("wait for", &self.launch.program))?;
        let ended = || !children.iter().any(|child| is_alive(*child));
        if wait_until(Duration::from_secs(10), ended) { Ok(()) } else { Err(self.unstoppable()) }
    }

    /// Starts the server again on the same socket and port, after stopping it if it is running.
    pub(crate) fn restart(&mut self) -> Result<(), Error> {
        self.stop()?;
        stop_stale(&self.launch.folder.pgdata(), &mut |_| {})?;
        self.socket.clear()?;
        self.child = self.launch.run()?;
        Ok(())
    }

    fn unstoppable(&self) -> Error {
        Error::Unstoppable { pid: self.pid(), folder: self.launch.folder.pgdata() }
    }
}

impl Drop for Postmaster {
    fn drop(&mut self) {
        // The error cannot be reported from here; the next start stops a server that is still running.
        let _ = self.stop();
    }
}

/// Everything needed to start the server, and to start it again.
#[derive(Debug)]
struct Launch {
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(String, String)>,
    folder: DataFolder,
    log: Log,
    port: u16,
}

impl Launch {
    /// Starts the server and waits until it accepts connections.
    fn run(&self) -> Result<Child, Error> {
        let start = self.log.length();
        let log = self.log.open()?;
        let errors = log.try_clone().map_err(Error::io("open", self.log.path()))?;
        let mut child = self
            .folder
            .account()
            .command(&self.program)
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdout(log)
            .stderr(errors)
            // Ctrl-C signals the terminal's process group, but the parent still needs the database to shut down.
            .process_group(0)
            .spawn()
            .map_err(Error::io("run", &self.program))?;
        let ready = self.wait_until_ready(&mut child, start);
        if ready.is_err() {
            // Killing is safe: no client has been able to write anything yet.
            let _ = child.kill();
            let _ = child.wait();
        }
        ready.map(|()| child)
    }

    fn wait_until_ready(&self, child: &mut Child, log_start: u64) -> Result<(), Error> {
        let pgdata = self.folder.pgdata();
        let deadline = Instant::now() + START_DEADLINE;
        while Instant::now() < deadline {
            if PidFile::read(&pgdata).is_some_and(|file| file.ready && file.pid == child.id()) {
                return Ok(());
            }
            let ended = child.try_wait().map_err(Error::io("wait for", &self.program))?;
            if ended.is_some() {
                return Err(Error::Died { log: self.log.path().to_owned(), tail: self.log.tail(log_start) });
            }
            thread::sleep(POLL_INTERVAL);
        }
        Err(Error::NotReady {
            waited: START_DEADLINE,
            log: self.log.path().to_owned(),
            tail: self.log.tail(log_start),
        })
    }
}

/// Prepares the folder for a start: stops a server left running, removes partial clusters and creates the
/// cluster if there is none.
fn prepare(
    folder: &DataFolder,
    installation: &Installation,
    settings: &Settings,
    report: &mut dyn FnMut(&str),
) -> Result<(), Error> {
    let root = folder.root().display();
    if folder.moved() {
        let requested = folder.requested().display();
        report(&format!(
            "PostgreSQL must not run as root, and its account cannot access {requested}: storing the database in {root}"
        ));
    }
    if let Some(socket_folder) = stop_stale(&folder.pgdata(), report)? {
        socket::remove_stale(&socket_folder);
    }
    initdb::sweep(folder);
    if !folder.cluster().exists() {
        let version = installation.version();
        report(&format!("creating a PostgreSQL {version} cluster in {root}"));
        initdb::create(folder, installation, settings.durable, report)?;
    }
    Ok(())
}

fn arguments(folder: &DataFolder, settings: &Settings, socket_folder: &str, port: u16) -> Vec<OsString> {
    let addresses = if settings.tcp { "127.0.0.1" } else { "" };
    let mut arguments: Vec<OsString> =
        vec!["-D".into(), folder.pgdata().into(), "-p".into(), port.to_string().into()];
    let mut set = |setting: String| arguments.extend(["-c".into(), setting.into()]);
    set(format!("listen_addresses={addresses}"));
    set(format!("unix_socket_directories={}", socket::quoted(socket_folder)));
    // The log file is the server's standard error, whatever the cluster's own postgresql.conf says.
    set("logging_collector=off".to_owned());
    set("log_destination=stderr".to_owned());
    parameters(settings).for_each(set);
    arguments
}

/// Returns the settings shared by local and container servers, each as `name=value`. Those in
/// [`Settings::parameters`] come last and take precedence.
pub(crate) fn parameters(settings: &Settings) -> impl Iterator<Item = String> {
    let fast: &[&str] = if settings.durable { &[] } else { &NOT_DURABLE };
    let own = settings.parameters.iter().map(|(name, value)| format!("{name}={value}"));
    fast.iter().map(|setting| (*setting).to_owned()).chain(own)
}

fn is_transient(tail: &str) -> bool {
    TRANSIENT_REASONS.iter().any(|reason| tail.contains(reason))
}

/// Returns a TCP port on 127.0.0.1 that is free at this moment.
pub(crate) fn free_port() -> Result<u16, Error> {
    let address = (Ipv4Addr::LOCALHOST, 0);
    let port = TcpListener::bind(address).and_then(|listener| Ok(listener.local_addr()?.port()));
    port.map_err(Error::io("find a free port on", "127.0.0.1".as_ref()))
}
