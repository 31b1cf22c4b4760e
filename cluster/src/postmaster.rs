//! PostgreSQL as a child process. It is started directly rather than by `pg_ctl`, so that the caller can
//! wait for it and knows at once when it ends.

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
use crate::pid_file::{PidFile, stop_left_over};
use crate::process::{self, POLL_INTERVAL, is_alive, wait_until};
use crate::socket::{self, SocketFolder};
use crate::{Error, Settings};

/// The port where no TCP port is opened: there it only names the socket.
const SOCKET_PORT: u16 = 5432;
/// How long a start may take, recovery after a crash included.
const START_PATIENCE: Duration = Duration::from_secs(60);
/// How long to wait before a start that failed for a passing reason is tried again.
const RETRY_INTERVAL: Duration = Duration::from_millis(50);
/// How a server is stopped: without waiting for its clients, then without cleaning up, then by force. The
/// times are what each may take.
const STOPS: [(Signal, Duration); 3] = [
    (Signal::INT, Duration::from_secs(20)),
    (Signal::QUIT, Duration::from_secs(5)),
    (Signal::KILL, Duration::from_secs(5)),
];
/// What the log says when the next attempt may succeed: a killed server's PostgreSQL was only starting when it
/// was looked for, or its processes are still ending, or somebody took the port that was free a moment ago.
const PASSING_REASONS: [&str; 3] = [
    "lock file \"postmaster.pid\" already exists",
    "pre-existing shared memory block",
    "could not create any TCP/IP sockets",
];
/// What a cluster that need not outlive a crash of the machine does without.
const NOT_DURABLE: [&str; 3] = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

/// A running server; it is stopped with the value.
#[derive(Debug)]
pub(crate) struct Postmaster {
    child: Child,
    launch: Launch,
    installation: Installation,
    socket: SocketFolder,
}

impl Postmaster {
    /// Starts the cluster of `folder`, which is made when there is none.
    pub(crate) fn start(
        folder: &DataFolder,
        installation: Installation,
        settings: &Settings,
        report: &mut dyn FnMut(&str),
    ) -> Result<Self, Error> {
        prepare(folder, &installation, settings, report)?;
        let socket = SocketFolder::make(folder)?;
        let log = Log::begin(folder.asked())?;
        let deadline = Instant::now() + START_PATIENCE;
        loop {
            let port = if settings.tcp { free_port()? } else { SOCKET_PORT };
            let launch = Launch {
                program: installation.bin().join("postgres"),
                arguments: arguments(folder, settings, socket.path(), port),
                folder: folder.clone(),
                log: log.clone(),
                port,
            };
            match launch.run() {
                Ok(child) => {
                    return Ok(Self { child, launch, installation, socket });
                }
                Err(Error::Died { tail, .. }) if is_passing(&tail) && Instant::now() < deadline => {
                    thread::sleep(RETRY_INTERVAL);
                    stop_left_over(&folder.pgdata(), report)?;
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

    /// Stops the server and waits for its end. One that ended before is no error.
    pub(crate) fn stop(&mut self) -> Result<(), Error> {
        let pid = self.pid();
        for (how, patience) in STOPS {
            if !self.is_running() {
                return Ok(());
            }
            process::signal(pid, how);
            if wait_until(patience, || !self.is_running()) {
                return Ok(());
            }
        }
        Err(self.unstoppable())
    }

    /// Ends the server as a crash would, and waits until its own processes have noticed.
    pub(crate) fn kill(&mut self) -> Result<(), Error> {
        if !self.is_running() {
            return Ok(());
        }
        let pid = self.pid();
        // Held still, it cannot start a process that would be missed.
        process::signal(pid, Signal::STOP);
        let children = process::children(pid);
        process::signal(pid, Signal::KILL);
        self.child.wait().map_err(Error::io("wait for", &self.launch.program))?;
        let ended = || !children.iter().any(|child| is_alive(*child));
        if wait_until(Duration::from_secs(10), ended) { Ok(()) } else { Err(self.unstoppable()) }
    }

    /// Starts the server again, on the same socket and port. One that runs is stopped first.
    pub(crate) fn restart(&mut self) -> Result<(), Error> {
        self.stop()?;
        stop_left_over(&self.launch.folder.pgdata(), &mut |_| {})?;
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
        // There is nobody left to tell; what still runs is stopped by the next start.
        let _ = self.stop();
    }
}

/// All that it takes to start the server, once more if need be.
#[derive(Debug)]
struct Launch {
    program: PathBuf,
    arguments: Vec<OsString>,
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
            .stdout(log)
            .stderr(errors)
            // Ctrl-C goes to the group of the terminal: the caller wants to finish its work with the database first.
            .process_group(0)
            .spawn()
            .map_err(Error::io("run", &self.program))?;
        let ready = self.wait_until_ready(&mut child, start);
        if ready.is_err() {
            // Nothing can have been written yet that would be lost.
            let _ = child.kill();
            let _ = child.wait();
        }
        ready.map(|()| child)
    }

    fn wait_until_ready(&self, child: &mut Child, log_start: u64) -> Result<(), Error> {
        let pgdata = self.folder.pgdata();
        let deadline = Instant::now() + START_PATIENCE;
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
            waited: START_PATIENCE,
            log: self.log.path().to_owned(),
            tail: self.log.tail(log_start),
        })
    }
}

/// Brings the folder to where a server can be started in it.
fn prepare(
    folder: &DataFolder,
    installation: &Installation,
    settings: &Settings,
    report: &mut dyn FnMut(&str),
) -> Result<(), Error> {
    let root = folder.root().display();
    if folder.moved() {
        let asked = folder.asked().display();
        report(&format!(
            "PostgreSQL must not run as root, and its account cannot reach {asked}: the database is kept in {root}"
        ));
    }
    if let Some(socket_folder) = stop_left_over(&folder.pgdata(), report)? {
        socket::forget(&socket_folder);
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
    // The log is what the server writes to its standard error, whatever the cluster's own file says.
    set("logging_collector=off".to_owned());
    set("log_destination=stderr".to_owned());
    parameters(settings).for_each(set);
    arguments
}

/// The settings that hold for every kind of server, each as `name=value`; the caller's come last and win.
pub(crate) fn parameters(settings: &Settings) -> impl Iterator<Item = String> {
    let fast: &[&str] = if settings.durable { &[] } else { &NOT_DURABLE };
    let own = settings.parameters.iter().map(|(name, value)| format!("{name}={value}"));
    fast.iter().map(|setting| (*setting).to_owned()).chain(own)
}

fn is_passing(tail: &str) -> bool {
    PASSING_REASONS.iter().any(|reason| tail.contains(reason))
}

/// A TCP port that nobody listens on at this moment.
pub(crate) fn free_port() -> Result<u16, Error> {
    let address = (Ipv4Addr::LOCALHOST, 0);
    let port = TcpListener::bind(address).and_then(|listener| Ok(listener.local_addr()?.port()));
    port.map_err(Error::io("find a free port on", "127.0.0.1".as_ref()))
}
