//! The folder of the Unix socket. Only root and the account that runs PostgreSQL can enter it, which makes it
//! safe to accept connections without a password.

use std::fs;
use std::io;
use std::path::Path;

use crate::Error;
use crate::folder::{DataFolder, SOCKET};
use crate::identifiers::random_hex;

/// Maximum length of a socket's path in bytes: macOS allows 103, Linux 107.
const PATH_LIMIT: usize = 103;
/// Name of a socket file without the port.
const NAME: &str = ".s.PGSQL.";
/// Path prefix of the socket folder that is used if the path of the data folder is too long.
const SHORT_PREFIX: &str = "/tmp/agora-socket-";

/// The folder of the socket. If it is outside the data folder, it is removed when dropped.
#[derive(Debug)]
pub(crate) struct SocketFolder {
    path: String,
}

impl SocketFolder {
    /// Creates an empty socket folder.
    pub(crate) fn create(folder: &DataFolder) -> Result<Self, Error> {
        let own = folder.root().join(SOCKET);
        // A socket left behind by a killed server would prevent the start.
        remove(&own)?;
        let path = match usable(&own) {
            Some(path) => path,
            None => format!("{SHORT_PREFIX}{}", random_hex(6)?),
        };
        folder.make_private(Path::new(&path))?;
        Ok(Self { path })
    }

    /// Removes the files that a killed server left in the folder.
    pub(crate) fn clear(&self) -> Result<(), Error> {
        let path = Path::new(&self.path);
        let entries = fs::read_dir(path).map_err(Error::io("list", path))?;
        for entry in entries.flatten() {
            fs::remove_file(entry.path()).map_err(Error::io("remove", &entry.path()))?;
        }
        Ok(())
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

impl Drop for SocketFolder {
    fn drop(&mut self) {
        remove_stale(Path::new(&self.path));
    }
}

/// Removes a socket folder, unless it is part of a data folder.
pub(crate) fn remove_stale(folder: &Path) {
    if folder.to_str().is_some_and(|path| path.starts_with(SHORT_PREFIX)) {
        // A left-over empty folder does no harm, so an error is ignored.
        let _ = fs::remove_dir_all(folder);
    }
}

fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", folder)(error)),
        _ => Ok(()),
    }
}

/// Returns the path as text, or `None` if PostgreSQL or its clients cannot use it: because it is too long, or
/// contains a comma, which separates hosts, or a double quote, which PostgreSQL uses to quote folders.
fn usable(folder: &Path) -> Option<String> {
    let path = folder.to_str()?;
    let length = path.len() + "/".len() + NAME.len() + "65535".len();
    (length <= PATH_LIMIT && !path.contains([',', '"'])).then(|| path.to_owned())
}

/// Returns the path in double quotes, as an item of PostgreSQL's list setting.
pub(crate) fn quoted(path: &str) -> String {
    format!("\"{path}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_paths_and_lists_are_not_usable() {
        assert_eq!(usable(Path::new("/srv/agora data/socket")), Some("/srv/agora data/socket".to_owned()));
        assert_eq!(usable(&Path::new("/srv").join("x".repeat(90))), None);
        assert_eq!(usable(Path::new("/srv/a,b")), None);
    }
}
