//! A private PostgreSQL cluster in a data folder, run as a child process of the caller.
//!
//! [`Cluster::start`] does the whole thing: it locks the folder, finds PostgreSQL (an installation, else
//! Docker, else a download where the feature `download` is built in), creates the cluster when there is
//! none, clears away what a killed server left running, and waits until connections are accepted. The
//! cluster listens on a Unix socket in a folder that only its owner can enter; TCP is an option.
//!
//! All calls block: from async code use `spawn_blocking`.
//!
//! What the data folder holds:
//!
//! | entry | what |
//! |---|---|
//! | `lock` | the lock, with the process id of its holder |
//! | `cluster/` | PostgreSQL's own data (`pgdata`) and the password for TCP |
//! | `socket/` | the Unix socket, unless its path is too long |
//! | `postgres.log` | PostgreSQL's log since the last start, beside it the one before (`.old`) |
//! | `postgresql-17/` | downloaded programs, with the feature `download` |
//! | `container` | under Docker: the name of the volume that holds the data |

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

/// What cluster to run, and where.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The data folder; made when it is missing. One cluster a folder.
    pub data: PathBuf,
    /// Whether data must outlive a crash of the machine. `false` is for tests: PostgreSQL then never waits
    /// for the disk.
    pub durable: bool,
    /// Further PostgreSQL settings as name and value, such as `("max_connections", "200")`.
    pub parameters: Vec<(String, String)>,
    /// Whether to listen on 127.0.0.1 too, on a free port and with a random password.
    pub tcp: bool,
    /// The folder of PostgreSQL's programs; without it they are searched for.
    pub programs: Option<PathBuf>,
}

impl Settings {
    /// A durable cluster in `data`, reached by its Unix socket only.
    #[must_use]
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self { data: data.into(), durable: true, parameters: Vec::new(), tcp: false, programs: None }
    }
}
