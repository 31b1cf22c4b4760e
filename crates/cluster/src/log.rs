//! PostgreSQL's log file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::Error;

/// Name of the log in the data folder.
pub(crate) const LOG_FILE: &str = "postgres.log";
/// Name of the previous start's log.
pub(crate) const OLD_LOG_FILE: &str = "postgres.log.old";

/// Number of the log's last lines that an error includes.
const TAIL_LINES: usize = 20;

/// The log of a cluster.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    path: PathBuf,
}

impl Log {
    /// Begins a new log in `folder`, and renames the previous one. Only these two are kept, so that logs do not
    /// grow without limit.
    pub(crate) fn begin(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(LOG_FILE);
        if path.exists() {
            fs::rename(&path, folder.join(OLD_LOG_FILE)).map_err(Error::io("rename", &path))?;
        }
        Ok(Self { path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the log for a child process, which inherits the open file and needs no access to the folder.
    pub(crate) fn open(&self) -> Result<File, Error> {
        let mut options = OpenOptions::new();
        options.append(true).create(true).mode(0o600);
        options.open(&self.path).map_err(Error::io("open", &self.path))
    }

    /// Returns the length in bytes, or 0 if there is no log.
    pub(crate) fn length(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    /// Returns the last lines written after the first `start` bytes.
    pub(crate) fn tail(&self, start: u64) -> String {
        let text = self.read(start).unwrap_or_else(|error| format!("(the log cannot be read: {error})"));
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
    }

    fn read(&self, start: u64) -> io::Result<String> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
