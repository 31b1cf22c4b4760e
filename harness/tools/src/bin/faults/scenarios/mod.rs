//! The faults, each with what it needs of the machine and the scenario that injects it.

mod clock;
mod crashes;
mod crowd;
mod disk;
mod failover;
mod files;
mod peers;
mod slots;

use clap::ValueEnum;

use crate::host::{WallClock, find, is_root};
use crate::report::Outcome;
use crate::rig::Options;

/// A fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Fault {
    /// PostgreSQL and the server are killed, and a black hole.
    Crashes,
    /// The filesystem of PostgreSQL's data is full.
    DiskFull,
    /// The server has no free file descriptor.
    Emfile,
    /// Another client has all connections of PostgreSQL.
    TooManyConnections,
    /// The clock of the server steps back by an hour, and forward again.
    ServerClock,
    /// The clock of PostgreSQL steps back by an hour, and forward again.
    DatabaseClock,
    /// Packets between server and PostgreSQL are dropped.
    LostDatabase,
    /// Clients vanish without closing their connections.
    LostClients,
    /// PostgreSQL dies, and its synchronous standby is promoted.
    Failover,
    /// Many clients send at once.
    Crowd,
}

impl Fault {
    /// Returns the name, as on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Returns the title in the report.
    pub fn title(self) -> &'static str {
        match self {
            Self::Crashes => "crashes and a black hole",
            Self::DiskFull => "disk full",
            Self::Emfile => "no free file descriptor",
            Self::TooManyConnections => "too many connections",
            Self::ServerClock => "the server's clock steps back",
            Self::DatabaseClock => "PostgreSQL's clock steps back",
            Self::LostDatabase => "PostgreSQL vanishes",
            Self::LostClients => "clients vanish",
            Self::Failover => "failover",
            Self::Crowd => "a crowd of clients",
        }
    }

    /// Returns the remedy if this machine cannot have the fault.
    pub fn obstacle(self) -> Option<String> {
        let (needs_root, programs): (bool, &[&str]) = match self {
            Self::DiskFull => (true, &["mount", "umount"]),
            Self::LostDatabase | Self::LostClients => (true, &["ip", "nft"]),
            Self::Emfile => (false, &["prlimit"]),
            _ => (false, &[]),
        };
        if matches!(self, Self::ServerClock | Self::DatabaseClock) && !WallClock::is_available() {
            return Some("needs libfaketime: install the package `libfaketime`".to_owned());
        }
        if needs_root && !is_root() {
            return Some("needs root: run `sudo target/release/faults`".to_owned());
        }
        let missing = programs.iter().find(|program| find(program).is_none())?;
        let package = match *missing {
            "ip" => "iproute2",
            "nft" => "nftables",
            _ => "util-linux",
        };
        Some(format!("needs the program `{missing}`: install the package `{package}`"))
    }

    /// Injects the fault, and reports what it did.
    pub async fn inject(self, options: &Options) -> Result<Outcome, String> {
        let fault = self.title();
        match self {
            Self::Crashes => crashes::run(fault, options).await,
            Self::DiskFull => disk::run(fault, options).await,
            Self::Emfile => files::run(fault, options).await,
            Self::TooManyConnections => slots::run(fault, options).await,
            Self::ServerClock => clock::run_server(fault, options).await,
            Self::DatabaseClock => clock::run_database(fault, options).await,
            Self::LostDatabase => peers::run_database(fault, options).await,
            Self::LostClients => peers::run_clients(fault, options).await,
            Self::Failover => failover::run(fault, options).await,
            Self::Crowd => crowd::run(fault, options).await,
        }
    }
}
