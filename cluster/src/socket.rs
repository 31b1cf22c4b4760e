//! The folder of the Unix socket. Only the account that runs PostgreSQL and root can enter it, which is what
//! makes it safe to trust whoever connects.

use std::fs;
use std::io;
use std::path::Path;

use crate::Error;
use crate::folder::{DataFolder, SOCKET};
use crate::identifiers::random_hex;

/// How long the path of a socket may be, in bytes: macOS allows 103, Linux 107.
const PATH_LIMIT: usize = 103;
/// A socket's name without its port.
const NAME: &str = ".s.PGSQL.";
/// How the path of a folder begins that stands in where the data folder's path is too long.
const SHORT_PREFIX: &str = "/tmp/agora-socket-";

/// The folder; it is removed with the value if it is not part of the data folder.
#[derive(Debug)]
pub(crate) struct SocketFolder {
    path: String,
}

impl SocketFolder {
    /// Makes an empty socket folder.
    pub(crate) fn make(folder: &DataFolder) -> Result<Self, Error> {
        let own = folder.root().join(SOCKET);
        // What a killed server left in it would stop the next one.
        remove(&own)?;
        let path = match usable(&own) {
            Some(path) => path,
            None => format!("{SHORT_PREFIX}{}", random_hex(6)?),
        };
        folder.make_private(Path::new(&path))?;
        Ok(Self { path })
    }

    /// Empties the folder of what a killed server left in it.
    pub(crate) fn clear(&self) -> Result<(), Error> {
        let path = Path::new(&self.path);
        let entries = fs::read_dir(path).map_err(Error::io("list", path))?;
        for entry in entries.flatten() {
            fs::remove_file(entry.path()).map_err(Error::io("remove", &entry.path()))?;
        }
        Ok(())
    }

    /// The folder's path.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

impl Drop for SocketFolder {
    fn drop(&mut self) {
        forget(Path::new(&self.path));
    }
}

/// Removes a folder that a killed server used, unless it is part of a data folder.
pub(crate) fn forget(folder: &Path) {
    if folder.to_str().is_some_and(|path| path.starts_with(SHORT_PREFIX)) {
        // Nobody is helped by an error about a left-over empty folder.
        let _ = fs::remove_dir_all(folder);
    }
}

fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", folder)(error)),
        _ => Ok(()),
    }
}

/// The path as text, if PostgreSQL and its clients can use it: it is short, and does not hold the comma
/// that separates hosts, nor the quote that PostgreSQL puts around folders.
fn usable(folder: &Path) -> Option<String> {
    let path = folder.to_str()?;
    let length = path.len() + "/".len() + NAME.len() + "65535".len();
    (length <= PATH_LIMIT && !path.contains([',', '"'])).then(|| path.to_owned())
}

/// The path as PostgreSQL's setting wants it: quoted, for it takes a list.
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
