//! Location of a cluster: the data folder, or a fallback folder if the account that runs PostgreSQL cannot
//! reach it.

use std::env;
use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::Error;
use crate::account::{Account, is_root};
use crate::identifiers::folder_hash;
use crate::lock::LOCK_FILE;
use crate::log::{LOG_FILE, OLD_LOG_FILE};

/// File in the data folder with the name of the volume that contains the data.
pub(crate) const VOLUME_FILE: &str = "container";
/// Name of the complete cluster in its folder.
const CLUSTER: &str = "cluster";
/// Name prefix of clusters that are incomplete: being created, or left by an interrupted creation.
pub(crate) const PARTIAL_PREFIX: &str = "cluster.partial-";
/// Name prefix of the folders with downloaded programs.
pub(crate) const PROGRAMS_PREFIX: &str = "postgresql-";
/// Name of the folder for the Unix socket.
pub(crate) const SOCKET: &str = "socket";
/// Parent of the fallback folders, for clusters with an unreachable data folder.
const SYSTEM_FOLDER: &str = "/var/lib/agora";

/// The folder of a cluster, and the account that runs it.
#[derive(Debug, Clone)]
pub(crate) struct DataFolder {
    requested: PathBuf,
    root: PathBuf,
    account: Account,
}

impl DataFolder {
    /// Decides where to keep the cluster of the data folder `asked`, an absolute path.
    pub(crate) fn resolve(requested: &Path) -> Result<Self, Error> {
        let folder = Self::at(requested, requested)?;
        if folder.account.reaches(requested)? || folder.open_to_account()? {
            return Ok(folder);
        }
        let name = folder_hash(requested);
        let system = Path::new(SYSTEM_FOLDER).join(&name);
        let temporary = env::temp_dir().join(format!("agora-{name}"));
        let root = make_fallback(&system).or_else(|_| make_fallback(&temporary))?;
        Self::at(requested, &root)
    }

    fn at(requested: &Path, root: &Path) -> Result<Self, Error> {
        let cluster = root.join(CLUSTER);
        let account = if cluster.exists() { Account::owner_of(&cluster)? } else { Account::current()? };
        Ok(Self { requested: requested.to_owned(), root: root.to_owned(), account })
    }

    /// Lets the account traverse the data folder (mode bits `0o011`), and returns whether that made it reachable.
    /// Only done if the folder belongs to root and contains only entries of this crate, which keeps them private.
    fn open_to_account(&self) -> Result<bool, Error> {
        let metadata = fs::metadata(&self.root).map_err(Error::io("look at", &self.root))?;
        if !is_root() || metadata.uid() != 0 || !self.contains_only_known_entries()? {
            return Ok(false);
        }
        let set_mode = |mode| {
            fs::set_permissions(&self.root, Permissions::from_mode(mode))
                .map_err(Error::io("open", &self.root))
        };
        set_mode(metadata.mode() | 0o011)?;
        let reached = self.account.reaches(&self.root)?;
        if !reached {
            set_mode(metadata.mode())?;
        }
        Ok(reached)
    }

    fn contains_only_known_entries(&self) -> Result<bool, Error> {
        let ours = [CLUSTER, SOCKET, LOCK_FILE, LOG_FILE, OLD_LOG_FILE, VOLUME_FILE];
        let mut entries = fs::read_dir(&self.root).map_err(Error::io("list", &self.root))?;
        Ok(entries.all(|entry| {
            entry.is_ok_and(|entry| {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                let prefixes = [PARTIAL_PREFIX, PROGRAMS_PREFIX];
                ours.contains(&&*name) || prefixes.iter().any(|prefix| name.starts_with(prefix))
            })
        }))
    }

    /// Returns the configured data folder, which contains the lock and the log.
    pub(crate) fn requested(&self) -> &Path {
        &self.requested
    }

    /// Returns the folder that contains the cluster.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns `true` if the cluster is kept outside the configured data folder.
    pub(crate) fn moved(&self) -> bool {
        self.requested != self.root
    }

    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    /// Returns the path of the complete cluster: PostgreSQL's data and the password.
    pub(crate) fn cluster(&self) -> PathBuf {
        self.root.join(CLUSTER)
    }

    /// Returns the path of PostgreSQL's own data directory.
    pub(crate) fn pgdata(&self) -> PathBuf {
        self.cluster().join("pgdata")
    }

    /// Returns the path of the file with the superuser's password.
    pub(crate) fn password(&self) -> PathBuf {
        self.cluster().join("password")
    }

    /// Returns the major version that created the cluster, or `None` if there is no cluster yet.
    pub(crate) fn major(&self) -> Result<Option<u32>, Error> {
        if !self.cluster().exists() {
            return Ok(None);
        }
        let path = self.pgdata().join("PG_VERSION");
        let text = fs::read_to_string(&path).map_err(Error::io("read", &path))?;
        let major = text.trim().parse().map_err(std::io::Error::other);
        major.map(Some).map_err(Error::io("understand", &path))
    }

    /// Creates a folder that only the account can enter.
    pub(crate) fn make_private(&self, folder: &Path) -> Result<(), Error> {
        DirBuilder::new().mode(0o700).create(folder).map_err(Error::io("create the folder", folder))?;
        self.account.chown(folder)
    }
}

/// Creates a folder that others can traverse, or reuses an existing one if the current user owns it: in the
/// temporary folder, another user could have created it.
fn make_fallback(folder: &Path) -> Result<PathBuf, Error> {
    fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))?;
    let metadata = fs::symlink_metadata(folder).map_err(Error::io("look at", folder))?;
    if !metadata.is_dir() || metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(Error::ForeignOwner { folder: folder.to_owned(), owner: metadata.uid() });
    }
    for folder in folder.ancestors().take_while(|folder| folder.starts_with(SYSTEM_FOLDER)).chain([folder]) {
        fs::set_permissions(folder, Permissions::from_mode(0o755)).map_err(Error::io("open", folder))?;
    }
    Ok(folder.to_owned())
}
