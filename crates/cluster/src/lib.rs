//! A private PostgreSQL cluster in a data folder, run as a child process.
//!
//! [`Cluster::start`] locks the folder and finds PostgreSQL: an installation, else Docker, else a download (feature
//! `download`). It stops a PostgreSQL that a killed server left running, creates the cluster if there is none, and
//! waits until it accepts connections. The cluster listens on a Unix socket in a folder that only its owner can
//! enter; TCP is optional.
//!
//! All functions block: in async code, use `spawn_blocking`.
//!
//! Contents of the data folder:
//!
//! | entry | content |
//! |---|---|
//! | `lock` | the lock, with the process id of its owner |
//! | `cluster/` | PostgreSQL's own data (`pgdata`) and the password for TCP |
//! | `socket/` | the Unix socket, unless its path is too long |
//! | `postgres.log` | PostgreSQL's log since the last start; the previous one is in `postgres.log.old` |
//! | `postgresql-17/` | downloaded programs, with the feature `download` |
//! | `container` | the name of the volume with the data, if PostgreSQL runs in Docker |

mod account;
mod cluster;
mod connection;
mod container;
#[cfg(feature = "download")]
mod download;
mod error;
mod folder;
mod identifiers;
mod initdb;
mod installation;
mod lock;
mod log;
mod pid_file;
mod postmaster;
mod process;
mod socket;
mod source;

use std::path::PathBuf;

pub use cluster::Cluster;
pub use connection::Connection;
pub use container::engine_answers;
pub use error::Error;
pub use installation::Installation;

/// Settings of a cluster.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The data folder, created if it is missing. Each folder contains one cluster.
    pub data: PathBuf,
    /// `true` if data must survive a crash of the machine. `false` is for tests: PostgreSQL then never waits for
    /// the disk.
    pub durable: bool,
    /// Additional PostgreSQL settings as name and value, such as `("max_connections", "200")`.
    pub parameters: Vec<(String, String)>,
    /// `true` to listen on 127.0.0.1 as well, on a free port and with a random password.
    pub tcp: bool,
    /// The folder of PostgreSQL's programs. If `None`, they are searched for.
    pub programs: Option<PathBuf>,
    /// Additional environment variables of a local PostgreSQL. Fault tests preload a library with them.
    pub environment: Vec<(String, String)>,
}

impl Settings {
    /// Creates the settings of a durable cluster in `data` that listens on its Unix socket only.
    #[must_use]
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            durable: true,
            parameters: Vec::new(),
            tcp: false,
            programs: None,
            environment: Vec::new(),
        }
    }
}
