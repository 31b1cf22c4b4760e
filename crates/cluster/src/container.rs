//! PostgreSQL in a Docker container, for machines with Docker but without an installation. A `docker` client
//! runs the container in the foreground, as a child process. It can therefore be waited for like a local server,
//! and writes to the same log.

use std::env;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::folder::VOLUME_FILE;
use crate::identifiers::{folder_hash, random_hex};
use crate::initdb::{LETTERS, SUPERUSER};
use crate::log::Log;
use crate::postmaster::{free_port, parameters};
use crate::process::wait_until;
use crate::{Connection, Error, Settings};

const IMAGE_VARIABLE: &str = "AGORA_POSTGRES_IMAGE";
const DEFAULT_IMAGE: &str = "postgres:17-alpine";
/// Mount point of the volume. It is not the image's default, which differs between versions.
const MOUNT: &str = "/var/lib/agora";
/// Maximum time for Docker to report its version.
const ENGINE_DEADLINE: Duration = Duration::from_secs(10);
/// Maximum time for a container to accept connections.
const START_DEADLINE: Duration = Duration::from_secs(90);
/// Interval between two checks for readiness, each of which costs two processes.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Maximum time for the client to exit after its container has stopped.
const STOP_DEADLINE: Duration = Duration::from_secs(20);

/// Returns `true` if a Docker engine responds to the `docker` client within 10 s.
#[must_use]
pub fn engine_answers() -> bool {
    let mut command = Command::new("docker");
    command.args(["version", "--format", "{{.Server.Version}}"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut client) = command.spawn() else {
        return false;
    };
    let ended = wait_until(ENGINE_DEADLINE, || !matches!(client.try_wait(), Ok(None)));
    if !ended {
        let _ = client.kill();
    }
    client.wait().is_ok_and(|status| status.success())
}

/// A running container, stopped and removed when dropped. Its volume is removed too unless it is durable.
#[derive(Debug)]
pub(crate) struct Container {
    client: Child,
    name: String,
    pid: u32,
    connection: Connection,
    log: Log,
}

impl Container {
    /// Starts the container of the data folder `asked`.
    pub(crate) fn start(
        requested: &Path,
        settings: &Settings,
        report: &mut dyn FnMut(&str),
    ) -> Result<Self, Error> {
        let name = format!("agora-{}", folder_hash(requested));
        let image = env::var(IMAGE_VARIABLE).unwrap_or_else(|_| DEFAULT_IMAGE.to_owned());
        remove_stale(&name, report)?;
        if !succeeds(&["image", "inspect", &image]) {
            report(&format!("pulling the image {image}"));
            docker(&["pull", "--quiet", &image], &[])?;
        }
        if settings.durable {
            let file = requested.join(VOLUME_FILE);
            fs::write(&file, format!("{name}\n")).map_err(Error::io("write", &file))?;
        }
        report(&format!("starting PostgreSQL in the container {name} ({image})"));
        let connection = Connection {
            host: "127.0.0.1".to_owned(),
            port: free_port()?,
            user: SUPERUSER.to_owned(),
            password: Some(random_hex(24)?),
        };
        let log = Log::begin(requested)?;
        let client = run(&name, &image, settings, &connection, &log)?;
        let mut container = Self { client, name, pid: 0, connection, log };
        container.wait_until_ready(0)?;
        container.set_password()?;
        Ok(container)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.client.try_wait(), Ok(None))
    }

    /// Stops and removes the container. A container that has already stopped is removed as well.
    pub(crate) fn stop(&mut self) -> Result<(), Error> {
        let stopped = self.halt("stop");
        docker(&["rm", "--force", "--volumes", &self.name], &[])?;
        stopped
    }

    /// Kills the server as a crash would.
    pub(crate) fn kill(&mut self) -> Result<(), Error> {
        self.halt("kill")
    }

    /// Starts the container again on the same port, after stopping it if it is running.
    pub(crate) fn restart(&mut self) -> Result<(), Error> {
        self.halt("stop")?;
        let log_start = self.log.length();
        self.client = attach(&["start", "--attach", &self.name], &[], &self.log)?;
        self.wait_until_ready(log_start)
    }

    fn halt(&mut self, how: &str) -> Result<(), Error> {
        if self.is_running() {
            docker(&[how, &self.name], &[])?;
            if !wait_until(STOP_DEADLINE, || !self.is_running()) {
                // The container has stopped; a client that does not notice is useless.
                let _ = self.client.kill();
                let _ = self.client.wait();
            }
        }
        Ok(())
    }

    /// Waits until the server accepts TCP connections. The temporary server that the image starts to initialize a
    /// new cluster does not accept any.
    fn wait_until_ready(&mut self, log_start: u64) -> Result<(), Error> {
        let deadline = Instant::now() + START_DEADLINE;
        let ask = ["exec", &self.name, "pg_isready", "--quiet", "--host=127.0.0.1"].map(str::to_owned);
        let ask: Vec<&str> = ask.iter().map(String::as_str).collect();
        while Instant::now() < deadline {
            if succeeds(&ask) {
                let pid = docker(&["inspect", "--format", "{{.State.Pid}}", &self.name], &[])?;
                self.pid = pid.trim().parse().unwrap_or_default();
                return Ok(());
            }
            if !self.is_running() {
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

    /// Sets the superuser's password of this start: a volume from an earlier start still has its first password.
    /// The image trusts connections from inside the container.
    fn set_password(&self) -> Result<(), Error> {
        let password = self.connection.password.as_deref().unwrap_or_default();
        let set = format!(
            "psql --quiet --username={SUPERUSER} --command=\"alter role {SUPERUSER} password '$POSTGRES_PASSWORD'\""
        );
        let arguments = ["exec", "--env", "POSTGRES_PASSWORD", &self.name, "sh", "-c", &set];
        docker(&arguments, &[("POSTGRES_PASSWORD", password)])?;
        Ok(())
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // The error cannot be reported from here; the next start removes a container that is left.
        let _ = self.stop();
    }
}

/// Stops PostgreSQL in the container that a killed server left behind, and removes the container.
fn remove_stale(name: &str, report: &mut dyn FnMut(&str)) -> Result<(), Error> {
    if succeeds(&["container", "inspect", name]) {
        report(&format!("removing the container {name} left behind by a killed server"));
        docker(&["stop", name], &[])?;
        docker(&["rm", "--force", "--volumes", name], &[])?;
    }
    Ok(())
}

fn run(
    name: &str,
    image: &str,
    settings: &Settings,
    connection: &Connection,
    log: &Log,
) -> Result<Child, Error> {
    let publish = format!("127.0.0.1:{}:5432", connection.port);
    let volume = if settings.durable { format!("{name}:{MOUNT}") } else { MOUNT.to_owned() };
    let pgdata = format!("PGDATA={MOUNT}/pgdata");
    let sync = if settings.durable { "" } else { " --no-sync" };
    let initdb = format!("POSTGRES_INITDB_ARGS=--encoding=UTF8 --locale=C --lc-ctype={LETTERS}{sync}");
    let parameters: Vec<String> = parameters(settings).collect();
    let mut arguments = vec!["run", "--name", name, "--stop-signal", "SIGINT", "--shm-size", "256m"];
    arguments.extend(["--publish", &publish, "--volume", &volume]);
    // `docker` reads the password from its environment, so that it is not visible in the process list.
    arguments.extend(["--env", &pgdata, "--env", &initdb, "--env", "POSTGRES_PASSWORD", image, "postgres"]);
    arguments.extend(parameters.iter().flat_map(|setting| ["-c", setting]));
    let password = connection.password.as_deref().unwrap_or_default();
    attach(&arguments, &[("POSTGRES_PASSWORD", password)], log)
}

/// Starts a client that stays attached to the container and writes its output to the log.
fn attach(arguments: &[&str], environment: &[(&str, &str)], log: &Log) -> Result<Child, Error> {
    let output = log.open()?;
    let errors = output.try_clone().map_err(Error::io("open", log.path()))?;
    let mut command = Command::new("docker");
    command.args(arguments).envs(environment.iter().copied());
    command.stdin(Stdio::null()).stdout(output).stderr(errors);
    // A separate process group protects it from Ctrl-C, as it does a local server.
    command.process_group(0).spawn().map_err(Error::io("run", "docker".as_ref()))
}

/// Runs a `docker` command to completion and returns its standard output.
fn docker(arguments: &[&str], environment: &[(&str, &str)]) -> Result<String, Error> {
    let mut command = Command::new("docker");
    command.args(arguments).envs(environment.iter().copied()).stdin(Stdio::null());
    let output = command.output().map_err(Error::io("run", "docker".as_ref()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Error::Docker {
        command: arguments.iter().take(2).copied().collect::<Vec<_>>().join(" "),
        output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

fn succeeds(arguments: &[&str]) -> bool {
    docker(arguments, &[]).is_ok()
}
