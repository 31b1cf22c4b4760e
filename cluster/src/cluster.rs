//! The running cluster, whatever it runs with.

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

/// A cluster that accepts connections, with its data folder locked. It is stopped when the value is dropped.
#[derive(Debug)]
pub struct Cluster {
    server: Server,
    connection: Connection,
    tcp: Option<Connection>,
    // Last, for fields are dropped in order: the folder is free only when nothing runs in it any more.
    _lock: FolderLock,
}

#[derive(Debug)]
enum Server {
    Local(Postmaster),
    Docker(Container),
}

impl Cluster {
    /// Starts the cluster of `settings.data`, and makes it first when there is none. Blocks until it accepts
    /// connections: about a second for a new one, a tenth for an existing one. `report` is told, in one line
    /// each, what takes long or is not as asked for.
    ///
    /// # Errors
    /// [`Error::Locked`] when another server uses the folder, [`Error::NoPostgres`] when there is nothing to
    /// run, [`Error::UnusablePrograms`] when those of the settings cannot be run, and more; see [`Error`].
    pub fn start(settings: &Settings, report: &mut dyn FnMut(&str)) -> Result<Self, Error> {
        let lock = FolderLock::take(&settings.data)?;
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

    /// How to connect as superuser: by the Unix socket, or by TCP where the cluster runs in a container.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// How to connect by TCP, if [`Settings::tcp`] was set or the cluster runs in a container.
    #[must_use]
    pub fn tcp(&self) -> Option<&Connection> {
        self.tcp.as_ref()
    }

    /// The programs that fit the cluster, such as `psql` and `pg_dump`; none where it runs in a container.
    #[must_use]
    pub fn installation(&self) -> Option<&Installation> {
        match &self.server {
            Server::Local(postmaster) => Some(postmaster.installation()),
            Server::Docker(_) => None,
        }
    }

    /// The process id of PostgreSQL's first process. A container's is 0 where Docker does not tell it.
    #[must_use]
    pub fn pid(&self) -> u32 {
        match &self.server {
            Server::Local(postmaster) => postmaster.pid(),
            Server::Docker(container) => container.pid(),
        }
    }

    /// Whether PostgreSQL has not ended.
    pub fn is_running(&mut self) -> bool {
        match &mut self.server {
            Server::Local(postmaster) => postmaster.is_running(),
            Server::Docker(container) => container.is_running(),
        }
    }

    /// Stops PostgreSQL: its clients are cut off, its data written. Waits for its end, 30 s at most.
    ///
    /// # Errors
    /// [`Error::Unstoppable`] when it does not end even by force, [`Error::Docker`] when Docker refuses.
    pub fn stop(mut self) -> Result<(), Error> {
        match &mut self.server {
            Server::Local(postmaster) => postmaster.stop(),
            Server::Docker(container) => container.stop(),
        }
    }

    /// Ends PostgreSQL as a crash would, and waits until all its processes are gone. For fault tests;
    /// [`Cluster::restart`] brings it back.
    ///
    /// # Errors
    /// As [`Cluster::stop`].
    pub fn kill(&mut self) -> Result<(), Error> {
        match &mut self.server {
            Server::Local(postmaster) => postmaster.kill(),
            Server::Docker(container) => container.kill(),
        }
    }

    /// Starts PostgreSQL again, with the same connections; stops it first if it runs.
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
