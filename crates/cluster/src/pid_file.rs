//! `postmaster.pid`, the file that a running PostgreSQL keeps in its data directory, and the shutdown of a
//! server that outlived its killed parent.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;

use crate::Error;
use crate::process::{is_postgres_of, signal, wait_until};

/// Signals that stop a left-over server, each with the time to wait: a fast shutdown, then an immediate one.
const STOPS: [(Signal, Duration); 2] =
    [(Signal::INT, Duration::from_secs(20)), (Signal::QUIT, Duration::from_secs(10))];

/// Maximum time for which a new pid file may stay empty.
const WRITE_DEADLINE: Duration = Duration::from_secs(1);

/// The content of the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PidFile {
    pub(crate) pid: u32,
    pub(crate) socket_folder: Option<PathBuf>,
    pub(crate) ready: bool,
}

impl PidFile {
    fn path(pgdata: &Path) -> PathBuf {
        pgdata.join("postmaster.pid")
    }

    /// Reads the file. Returns `None` if it is missing or malformed.
    pub(crate) fn read(pgdata: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(Self::path(pgdata)).ok()?)
    }

    /// Parses the lines: pid, data directory, start time, port, socket folder, address, shared memory, status.
    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        Some(Self {
            pid: lines.first()?.parse().ok()?,
            socket_folder: lines.get(4).filter(|line| !line.is_empty()).map(PathBuf::from),
            ready: lines.get(7) == Some(&"ready"),
        })
    }
}

/// Stops a server that is still running on `pgdata`, removes a pid file left behind, and returns the folder of
/// the server's socket. The caller must have locked the data folder: any server found is then a left-over one.
pub(crate) fn stop_stale(pgdata: &Path, report: &mut dyn FnMut(&str)) -> Result<Option<PathBuf>, Error> {
    let path = PidFile::path(pgdata);
    // A starting server creates the file first and writes its content afterwards.
    wait_until(WRITE_DEADLINE, || !path.exists() || PidFile::read(pgdata).is_some());
    let left = PidFile::read(pgdata);
    if let Some(PidFile { pid, .. }) = left
        && is_postgres_of(pid, pgdata)
    {
        report(&format!("stopping PostgreSQL (process {pid}) left running by a killed server"));
        let gone = || !is_postgres_of(pid, pgdata);
        let stopped = STOPS.iter().any(|(how, deadline)| {
            signal(pid, *how);
            wait_until(*deadline, gone)
        });
        if !stopped {
            let folder = pgdata.to_owned();
            return Err(Error::Unstoppable { pid, folder });
        }
    }
    // PostgreSQL would refuse to start if another process had been given the id in a stale file.
    if path.exists() {
        fs::remove_file(&path).map_err(Error::io("remove", &path))?;
    }
    Ok(left.and_then(|left| left.socket_folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_starting_server_is_not_ready() {
        let starting =
            "4711\n/data/pgdata\n1795230000\n5432\n/data/socket\n\n  5432001     32768\nstarting\n";
        let file = PidFile::parse(starting).expect("a pid file");
        assert_eq!((file.pid, file.ready), (4711, false));
        assert_eq!(file.socket_folder, Some(PathBuf::from("/data/socket")));
        let ready = PidFile::parse(&starting.replace("starting", "ready   ")).expect("a pid file");
        assert!(ready.ready);
    }

    #[test]
    fn a_file_cut_short_is_no_pid_file() {
        assert_eq!(PidFile::parse(""), None);
        assert!(!PidFile::parse("4711\n").expect("a pid file").ready);
    }
}
