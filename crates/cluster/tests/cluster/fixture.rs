//! Shared helpers of the tests: a temporary folder, SQL statements, and a process that locks a data folder and can
//! be killed.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use agora_cluster::{Cluster, Connection, Installation, Settings};

/// Environment variable with the data folder for `holder`.
const HOLDER_FOLDER: &str = "AGORA_TEST_HOLDER_FOLDER";

/// A data folder that is removed at the end of its test.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let path = PathBuf::from(format!("/tmp/agora-cluster-test-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).expect("create a scratch folder");
        Self(path.canonicalize().expect("resolve the scratch folder"))
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings { durable: false, ..Settings::new(self.0.join("data")) }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn start(settings: &Settings) -> Cluster {
    Cluster::start(settings, &mut |_| {}).expect("start the cluster")
}

pub(crate) fn query(connection: &Connection, statement: &str) -> Result<String, String> {
    let psql = Installation::find().expect("an installation").bin().join("psql");
    let output = Command::new(psql)
        .args(["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement])
        .arg(connection.url("postgres"))
        .output()
        .expect("run psql");
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

pub(crate) fn ask(cluster: &Cluster, statement: &str) -> String {
    query(cluster.connection(), statement).expect("run a statement")
}

pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "{what} did not happen in time");
        thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn is_alive(pid: u32) -> bool {
    // A zombie still has an entry.
    Command::new("ps")
        .args(["-o", "state=", "-p", &pid.to_string()])
        .output()
        .is_ok_and(|output| !output.stdout.is_empty() && !output.stdout.starts_with(b"Z"))
}

/// Runs a cluster in a data folder until killed. Not a test: `Holder::start` runs it in a separate process.
#[test]
#[ignore = "the other tests run it as a process of its own"]
fn holder() {
    let Some(folder) = env::var_os(HOLDER_FOLDER) else {
        return;
    };
    let settings = Settings { durable: false, ..Settings::new(folder) };
    let cluster = start(&settings);
    // `Holder::start` reads this line. It begins with a line break because the test runner writes output too.
    eprintln!("\nholding {}", cluster.pid());
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
}

/// A process that runs a cluster, and so keeps its data folder locked.
pub(crate) struct Holder {
    pub(crate) process: Child,
    postgres: u32,
}

impl Holder {
    pub(crate) fn start(folder: &Path) -> Self {
        let mut process = Command::new(env::current_exe().expect("the path of the test"))
            .args(["--exact", "fixture::holder", "--ignored", "--nocapture"])
            .env(HOLDER_FOLDER, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("start a holder");
        let lines = BufReader::new(process.stderr.take().expect("the holder's output")).lines();
        let postgres = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("holding ")?.parse().ok())
            .expect("the holder starts a cluster");
        Self { process, postgres }
    }

    /// Kills the process and returns the id of its PostgreSQL, which keeps running.
    pub(crate) fn kill(mut self) -> u32 {
        self.process.kill().expect("kill the holder");
        self.process.wait().expect("wait for the holder");
        self.postgres
    }
}
