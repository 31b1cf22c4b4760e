//! The running cluster, either a local process or a Docker container.

use std::fs;

use crate::Settings;
use crate::connection::Connection;
use crate::container::Container;
use crate::error::Error;
use crate::folder::DataFolder;
use crate::initdb::SUPERUSER;
use crate::installation::Installation;
use crate::lock::FolderLock;
use crate::postmaster::Postmaster;
use crate::source::{Source, choose};

/// A cluster that accepts connections, with its data folder locked. It is stopped when dropped.
#[derive(Debug)]
pub struct Cluster {
    server: Server,
    connection: Connection,
    tcp: Option<Connection>,
    // Must be the last field: fields are dropped in order, and the server must stop before the folder is unlocked.
    _lock: FolderLock,
}

#[derive(Debug)]
enum Server {
    Local(Postmaster),
    Docker(Container),
}

impl Cluster {
    /// Starts the cluster in `settings.data`, creating it if there is none. Blocks until it accepts connections,
    /// which takes about 1 s for a new cluster and 0.1 s for an existing one. `report` is called with one line
    /// for each slow step and each deviation from the settings.
    ///
    /// # Errors
    /// [`Error::Locked`] if another server uses the folder, [`Error::NoPostgres`] if no PostgreSQL is found,
    /// [`Error::UnusablePrograms`] if the configured programs cannot be run, and others; see [`Error`].
    pub fn start(settings: &Settings, report: &mut dyn FnMut(&str)) -> Result<Self, Error> {
        let lock = FolderLock::acquire(&settings.data)?;
        match choose(lock.folder(), settings.programs.as_deref(), report)? {
            Source::Local(folder, installation) => {
                let postmaster = Postmaster::start(&folder, installation, settings, report)?;
                let tcp = settings.tcp.then(|| tcp(&folder, postmaster.port())).transpose()?;
                Ok(Self {
                    connection: Connection {
                        host: postmaster.socket_folder().to_owned(),
                        port: postmaster.port(),
                        user: SUPERUSER.to_owned(),
                        password: None,
                    },
                    tcp,
                    server: Server::Local(postmaster),
                    _lock: lock,
                })
            }
            Source::Docker => {
                let container = Container::start(lock.folder(), settings, report)?;
                Ok(Self {
                    connection: container.connection().clone(),
                    tcp: Some(container.connection().clone()),
                    server: Server::Docker(container),
                    _lock: lock,
                })
            }
        }
    }

    /// Returns the superuser's connection: over the Unix socket, or over TCP if the cluster runs in a container.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Returns the TCP connection, if [`Settings::tcp`] is set or the cluster runs in a container.
    #[must_use]
    pub fn tcp(&self) -> Option<&Connection> {
        self.tcp.as_ref()
    }

    /// Returns the programs of the cluster's version, such as `psql` and `pg_dump`, or `None` for a container.
    #[must_use]
    pub fn installation(&self) -> Option<&Installation> {
        match &self.server {
            Server::Local(postmaster) => Some(postmaster.installation()),
            Server::Docker(_) => None,
        }
    }

    /// Returns the id of PostgreSQL's main process, or 0 if Docker does not report the id of a container's.
    #[must_use]
    pub fn pid(&self) -> u32 {
        match &self.server {
            Server::Local(postmaster) => postmaster.pid(),
            Server::Docker(container) => container.pid(),
        }
    }

    /// Returns `true` if PostgreSQL has not exited.
    pub fn is_running(&mut self) -> bool {
        match &mut self.server {
            Server::Local(postmaster) => postmaster.is_running(),
            Server::Docker(container) => container.is_running(),
        }
    }

    /// Stops PostgreSQL: disconnects its clients and writes its data to disk. Waits at most 30 s for its exit.
    ///
    /// # Errors
    /// [`Error::Unstoppable`] if it survives even SIGKILL, [`Error::Docker`] if a Docker command fails.
    pub fn stop(mut self) -> Result<(), Error> {
        match &mut self.server {
            Server::Local(postmaster) => postmaster.stop(),
            Server::Docker(container) => container.stop(),
        }
    }

    /// Kills PostgreSQL as a crash would, and waits until all its processes have exited. For fault tests;
    /// [`Cluster::restart`] starts it again.
    ///
    /// # Errors
    /// As [`Cluster::stop`].
    pub fn kill(&mut self) -> Result<(), Error> {
        match &mut self.server {
            Server::Local(postmaster) => postmaster.kill(),
            Server::Docker(container) => container.kill(),
        }
    }

    /// Starts PostgreSQL again with the same connection parameters, after stopping it if it is running.
    ///
    /// # Errors
    /// As [`Cluster::stop`], [`Error::Died`] and [`Error::NotReady`].
    pub fn restart(&mut self) -> Result<(), Error> {
        match &mut self.server {
            Server::Local(postmaster) => postmaster.restart(),
            Server::Docker(container) => container.restart(),
        }
    }
}

fn tcp(folder: &DataFolder, port: u16) -> Result<Connection, Error> {
    let path = folder.password();
    let password = fs::read_to_string(&path).map_err(Error::io("read", &path))?;
    Ok(Connection {
        host: "127.0.0.1".to_owned(),
        port,
        user: SUPERUSER.to_owned(),
        password: Some(password.trim().to_owned()),
    })
}
