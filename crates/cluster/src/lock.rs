//! The lock on a data folder, which prevents two servers from using it. The operating system releases it when
//! the process exits, even after a crash.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::Error;

/// Name of the lock file in the data folder.
pub(crate) const LOCK_FILE: &str = "lock";

/// An exclusive lock on a data folder, released when dropped.
#[derive(Debug)]
pub(crate) struct FolderLock {
    folder: PathBuf,
    _file: File,
}

impl FolderLock {
    /// Creates the folder if it is missing, and locks it without waiting.
    pub(crate) fn acquire(folder: &Path) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))?;
        let folder = folder.canonicalize().map_err(Error::io("resolve", folder))?;
        let path = folder.join(LOCK_FILE);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(Error::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = holder(&mut file);
                return Err(Error::Locked { folder, holder });
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
        }
        // The process id is only for the error message of a second server; the lock itself is on the open file.
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(Error::io("write", &path))?;
        Ok(Self { folder, _file: file })
    }

    /// Returns the path of the locked folder, absolute and without symbolic links.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
