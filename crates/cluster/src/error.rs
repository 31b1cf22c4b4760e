//! Errors of a cluster. Every message says what happened and how to fix it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// An error while finding, starting or stopping a cluster.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No PostgreSQL was found: no installation, no Docker and no download.
    #[error(
        "no PostgreSQL was found. Any one of these helps:\n  \
         - set DATABASE_URL to a PostgreSQL database that is running already;\n  \
         - install PostgreSQL {minimum} or newer: `apt-get install postgresql` (Debian, Ubuntu) or `brew install postgresql@17` (macOS);\n  \
         - install and start Docker, so that a container can be used;\n  \
         - build with `cargo build --features download`, so that PostgreSQL is downloaded.",
        minimum = crate::installation::MINIMUM_MAJOR
    )]
    NoPostgres,

    /// The programs in the configured folder cannot be run.
    #[error(
        "{} contains no PostgreSQL {minimum} or newer that its account can run: set a directory with `postgres` \
         and `initdb` that this account can access.",
        folder.display(),
        minimum = crate::installation::MINIMUM_MAJOR
    )]
    UnusablePrograms {
        /// The configured folder.
        folder: PathBuf,
    },

    /// Another server has locked the data folder.
    #[error(
        "another server{} already uses the data directory {}. Stop it, or set AGORA_DATA_DIR to another directory.",
        holder.map_or_else(String::new, |pid| format!(" (process {pid})")),
        folder.display()
    )]
    Locked {
        /// The data folder.
        folder: PathBuf,
        /// The process id of the other server, if it could be read from the lock file.
        holder: Option<u32>,
    },

    /// The cluster was created by a major version of PostgreSQL that is not installed.
    #[error(
        "the cluster in {} was created by PostgreSQL {data}, but this system has {}. Install PostgreSQL {data}, \
         or move the directory away to start with an empty database.",
        folder.display(),
        found.as_ref().map_or_else(|| "no installation".to_owned(), |found| format!("only {found}"))
    )]
    WrongMajor {
        /// The folder of the cluster.
        folder: PathBuf,
        /// The major version that created it.
        data: u32,
        /// The version of the preferred installation, if there is one.
        found: Option<String>,
    },

    /// The data are in a Docker volume, but Docker does not respond.
    #[error(
        "the database of this data directory is in the Docker volume named in {}, but Docker does not respond. \
         Start Docker, or remove that file to start with an empty database.",
        file.display()
    )]
    VolumeWithoutDocker {
        /// The file with the volume's name.
        file: PathBuf,
    },

    /// PostgreSQL refuses to run as root, and there is no other account to run it with.
    #[error(
        "PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`. \
         Create one with `useradd --system postgres`, or run the server as an ordinary user."
    )]
    NoAccount,

    /// The cluster belongs to another account, which the current user cannot switch to.
    #[error(
        "the cluster in {} belongs to user id {owner}. Start the server as that user (or as root, if root created it), \
         restore the owner with `chown -R`, or set AGORA_DATA_DIR to another directory.",
        folder.display()
    )]
    ForeignOwner {
        /// The folder of the cluster.
        folder: PathBuf,
        /// The user id of its owner.
        owner: u32,
    },

    /// `initdb` failed.
    #[error(
        "initdb could not create a cluster in {}. Correct the reported problem (often a full disk or missing permissions) and start again:\n{output}",
        folder.display()
    )]
    Initdb {
        /// The folder of the cluster to create.
        folder: PathBuf,
        /// The output of `initdb`.
        output: String,
    },

    /// PostgreSQL exited during its start.
    #[error("PostgreSQL stopped during startup. Correct the problem in its log ({}) and start again:\n{tail}", log.display())]
    Died {
        /// The log file.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },

    /// PostgreSQL did not accept connections in time.
    #[error(
        "PostgreSQL did not accept connections within {} s and was stopped. See its log ({}); \
         after a crash it may need longer to recover: start again.\n{tail}",
        waited.as_secs(),
        log.display()
    )]
    NotReady {
        /// The time after which the start was aborted.
        waited: Duration,
        /// The log file.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },

    /// A PostgreSQL process does not exit.
    #[error("PostgreSQL (process {pid}) of {} does not stop. End it by hand (`kill -QUIT {pid}`) and start again.", folder.display())]
    Unstoppable {
        /// Its process id.
        pid: u32,
        /// The folder of its cluster.
        folder: PathBuf,
    },

    /// A Docker command failed.
    #[error(
        "`docker {command}` failed. Check that Docker is running and that the image is available, or install PostgreSQL:\n{output}"
    )]
    Docker {
        /// The first words of the command.
        command: String,
        /// The error output of Docker.
        output: String,
    },

    /// The programs could not be downloaded, or cannot be run.
    #[error(
        "PostgreSQL could not be downloaded ({reason}). Check the network, or install PostgreSQL, or start Docker."
    )]
    Download {
        /// The reason for the failure.
        reason: String,
    },

    /// An operation on a file or process failed.
    #[error("could not {action} {}: {source}. Check that the path exists, its permissions, and free disk space.", path.display())]
    Io {
        /// The operation that failed, such as "read".
        action: &'static str,
        /// The file or program.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}

impl Error {
    /// Returns a conversion of an [`io::Error`] about `path` into this type, for `map_err`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
