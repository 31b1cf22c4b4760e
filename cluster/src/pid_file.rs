//! `postmaster.pid`, which a running PostgreSQL keeps in its data folder, and the server that a killed
//! caller left behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;

use crate::Error;
use crate::process::{is_postgres_of, signal, wait_until};

/// How long a left-over server may take to stop by itself, and then at once.
const STOPS: [(Signal, Duration); 2] =
    [(Signal::INT, Duration::from_secs(20)), (Signal::QUIT, Duration::from_secs(10))];

/// How long a new pid file may stay empty.
const FILLING_PATIENCE: Duration = Duration::from_secs(1);

/// What the file says.
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

    /// Reads the file; none when there is none, or none that can be understood.
    pub(crate) fn read(pgdata: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(Self::path(pgdata)).ok()?)
    }

    /// Lines: pid, data folder, start time, port, socket folder, address, shared memory, status.
    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        Some(Self {
            pid: lines.first()?.parse().ok()?,
            socket_folder: lines.get(4).filter(|line| !line.is_empty()).map(PathBuf::from),
            ready: lines.get(7) == Some(&"ready"),
        })
    }
}

/// Stops the server that still runs on `pgdata`, and removes its pid file where it did not. Gives the folder
/// that its socket was in. The caller holds the lock, so no other server of ours is using the folder.
pub(crate) fn stop_left_over(pgdata: &Path, report: &mut dyn FnMut(&str)) -> Result<Option<PathBuf>, Error> {
    let path = PidFile::path(pgdata);
    // A server that is starting at this moment makes the file first and fills it then.
    wait_until(FILLING_PATIENCE, || !path.exists() || PidFile::read(pgdata).is_some());
    let left = PidFile::read(pgdata);
    if let Some(PidFile { pid, .. }) = left
        && is_postgres_of(pid, pgdata)
    {
        report(&format!("stopping the PostgreSQL (process {pid}) that a killed server left running"));
        let gone = || !is_postgres_of(pid, pgdata);
        let stopped = STOPS.iter().any(|(how, patience)| {
            signal(pid, *how);
            wait_until(*patience, gone)
        });
        if !stopped {
            let folder = pgdata.to_owned();
            return Err(Error::Unstoppable { pid, folder });
        }
    }
    // PostgreSQL would take the file for that of a running server if its id were in use by anything else.
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
