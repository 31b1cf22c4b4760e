//! The account that PostgreSQL runs as: the current user, or an unprivileged one if that is root, because
//! `postgres` and `initdb` refuse to run as root.

use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Error;

/// Environment variables that PostgreSQL inherits. All others are removed: they may contain secrets of the server,
/// and `PG*` variables would change PostgreSQL's behaviour.
const PASSED_VARIABLES: [&str; 3] = ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];

/// The operating system account that runs PostgreSQL.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// User and group id to switch to, or `None` for the current user.
    ids: Option<(u32, u32)>,
}

impl Account {
    /// Returns the account for a new cluster.
    pub(crate) fn current() -> Result<Self, Error> {
        if !is_root() {
            return Ok(Self { ids: None });
        }
        let users = Path::new("/etc/passwd");
        let text = fs::read_to_string(users).map_err(Error::io("read", users))?;
        let ids = ["postgres", "nobody"].iter().find_map(|name| ids_of(&text, name));
        ids.map(|ids| Self { ids: Some(ids) }).ok_or(Error::NoAccount)
    }

    /// Returns the account for the existing cluster in `cluster`, which is its owner.
    pub(crate) fn owner_of(cluster: &Path) -> Result<Self, Error> {
        let metadata = fs::metadata(cluster).map_err(Error::io("look at", cluster))?;
        let owner = metadata.uid();
        if is_root() && owner != 0 {
            Ok(Self { ids: Some((owner, metadata.gid())) })
        } else if !is_root() && owner == rustix::process::geteuid().as_raw() {
            Ok(Self { ids: None })
        } else {
            Err(Error::ForeignOwner { folder: cluster.to_owned(), owner })
        }
    }

    /// Returns a command that runs as this account, without terminal input and with a minimal environment.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear();
        for name in PASSED_VARIABLES {
            if let Some(value) = env::var_os(name) {
                command.env(name, value);
            }
        }
        // C keeps the messages that are searched in English. UTC saves initdb from comparing all time zones.
        command.env("LC_ALL", "C").env("TZ", "UTC");
        // The account may not have access to the current working directory.
        command.current_dir("/").stdin(Stdio::null());
        if let Some((user, group)) = self.ids {
            command.uid(user).gid(group);
        }
        command
    }

    /// Makes the account the owner of `path`.
    pub(crate) fn chown(&self, path: &Path) -> Result<(), Error> {
        match self.ids {
            Some((user, group)) => {
                chown(path, Some(user), Some(group)).map_err(Error::io("change the owner of", path))
            }
            None => Ok(()),
        }
    }

    /// Returns `true` if the account can enter `folder`. A shell tries it, because not only the mode bits decide.
    pub(crate) fn reaches(&self, folder: &Path) -> Result<bool, Error> {
        if self.ids.is_none() {
            return Ok(true);
        }
        let shell = Path::new("/bin/sh");
        let entered = self.command(shell).args(["-c", ":"]).current_dir(folder).status();
        match entered {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(false),
            Err(error) => Err(Error::io("enter", folder)(error)),
        }
    }
}

/// Returns `true` if the current user is root.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Returns the user and group id of `name` in the text of a passwd file, unless the user id is 0.
fn ids_of(text: &str, name: &str) -> Option<(u32, u32)> {
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        let user: u32 = fields.nth(1)?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        (user != 0).then_some((user, group))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_from_the_passwd_file() {
        let text =
            "root:x:0:0:root:/root:/bin/sh\npostgres:x:101:104:PostgreSQL,,,:/var/lib/postgresql:/bin/bash\n";
        assert_eq!(ids_of(text, "postgres"), Some((101, 104)));
        assert_eq!(ids_of(text, "nobody"), None);
        assert_eq!(ids_of(text, "root"), None);
    }
}
