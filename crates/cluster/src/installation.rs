//! Search for PostgreSQL's programs on this machine.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;
use crate::account::Account;

/// Oldest major version that Agora supports.
pub(crate) const MINIMUM_MAJOR: u32 = 15;

/// Folders with one installation per version: the path before and after the name of the version.
const VERSIONED_FOLDERS: [(&str, &str); 4] = [
    ("/usr/lib/postgresql", "bin"),
    ("/opt/homebrew/opt", "bin"),
    ("/usr/local/opt", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "bin"),
];

/// A folder with the programs of one PostgreSQL version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    bin: PathBuf,
    version: String,
    major: u32,
}

impl Installation {
    /// Finds an installation of version 15 or newer: in `PATH`, through `pg_config`, then in the folders of
    /// Debian, Homebrew and Postgres.app, newest version first.
    ///
    /// # Errors
    /// [`Error::NoPostgres`] if there is none, [`Error::NoAccount`] if root has no account to run it with.
    pub fn find() -> Result<Self, Error> {
        Self::search(&Account::current()?).next().ok_or(Error::NoPostgres)
    }

    /// Returns all installations that `account` can run, in order of preference. The iterator is lazy.
    pub(crate) fn search(account: &Account) -> impl Iterator<Item = Self> + use<> {
        let account = account.clone();
        let folders = path_folders().chain(pg_config_folder());
        folders
            .chain(
                VERSIONED_FOLDERS.iter().flat_map(|(before, after)| newest_first(Path::new(before), after)),
            )
            .filter_map(move |folder| Self::at(&folder, &account))
    }

    /// Returns the installation in `bin`, or `None` if there is none that the account can run.
    pub(crate) fn at(bin: &Path, account: &Account) -> Option<Self> {
        // Symbolic links are resolved: the real folder has all programs, and PostgreSQL's libraries beside it.
        let postgres = bin.join("postgres").canonicalize().ok()?;
        let bin = postgres.parent()?;
        if !bin.join("initdb").is_file() || is_script(&postgres) {
            return None;
        }
        let output = account.command(&postgres).arg("--version").output().ok()?;
        let (version, major) = parse_version(&String::from_utf8_lossy(&output.stdout))?;
        (major >= MINIMUM_MAJOR).then(|| Self { bin: bin.to_owned(), version, major })
    }

    /// Returns the folder of the programs.
    #[must_use]
    pub fn bin(&self) -> &Path {
        &self.bin
    }

    /// Returns the full version, such as `17.4`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns the major version, such as `17`, which decides the clusters that the installation can run.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }
}

fn path_folders() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).filter(|folder| folder.is_absolute()).collect::<Vec<_>>().into_iter()
}

/// Returns the folder that `pg_config` reports. The command runs only when the iterator reaches this item.
fn pg_config_folder() -> impl Iterator<Item = PathBuf> {
    std::iter::once_with(|| {
        let mut output = Command::new("pg_config").arg("--bindir").output().ok()?.stdout;
        output.truncate(output.trim_ascii_end().len());
        Some(PathBuf::from(OsString::from_vec(output)))
    })
    .flatten()
}

/// Returns `parent/*/after` for all folders named after a version, newest first.
fn newest_first(parent: &Path, after: &'static str) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name();
            let name = name.to_str()?;
            let version = name.strip_prefix("postgresql@").unwrap_or(name).parse().ok()?;
            Some((version, entry.path().join(after)))
        })
        .collect();
    versions.sort_by(|left, right| right.cmp(left));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

/// Returns `true` if the file is a script. Version managers replace programs with wrapper scripts, and the child
/// process would then not be PostgreSQL itself.
fn is_script(program: &Path) -> bool {
    let mut start = [0; 2];
    File::open(program).and_then(|mut file| file.read_exact(&mut start)).is_ok_and(|()| start == *b"#!")
}

/// Parses the version and the major version from the output of `postgres --version`.
fn parse_version(response: &str) -> Option<(String, u32)> {
    let (_, version) = response.split_once("(PostgreSQL) ")?;
    let version = version.split_whitespace().next()?;
    let digits = version.find(|character: char| !character.is_ascii_digit());
    let major = version[..digits.unwrap_or(version.len())].parse().ok()?;
    Some((version.to_owned(), major))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_postgres_answers() {
        let debian = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n";
        assert_eq!(parse_version(debian), Some(("15.18".to_owned(), 15)));
        assert_eq!(parse_version("postgres (PostgreSQL) 19devel\n"), Some(("19devel".to_owned(), 19)));
        assert_eq!(parse_version("mise 2026.1.0"), None);
    }

    #[test]
    fn newer_versions_come_first() {
        let parent = env::temp_dir().join(format!("agora-versions-{}", std::process::id()));
        for name in ["9", "15", "postgresql@16", "latest"] {
            fs::create_dir_all(parent.join(name)).expect("create a folder");
        }
        let found = newest_first(&parent, "bin");
        fs::remove_dir_all(&parent).expect("remove the folders");
        let expected = ["postgresql@16", "15", "9"].map(|name| parent.join(name).join("bin"));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_folder_without_initdb_is_not_an_installation() {
        let bin = env::temp_dir().join(format!("agora-wrapper-{}", std::process::id()));
        fs::create_dir_all(&bin).expect("create a folder");
        fs::write(bin.join("postgres"), "#!/bin/sh\n").expect("write a script");
        let account = Account::current().expect("an account");
        let alone = Installation::at(&bin, &account);
        fs::write(bin.join("initdb"), "#!/bin/sh\n").expect("write a script");
        let scripts = Installation::at(&bin, &account);
        fs::remove_dir_all(&bin).expect("remove the folder");
        assert_eq!((alone, scripts), (None, None));
    }
}
