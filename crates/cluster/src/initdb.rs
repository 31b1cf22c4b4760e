//! Creation of a new cluster. It is created under a temporary name and then renamed, so that an interrupted
//! creation never leaves a cluster that looks complete.

use std::fs::{self, File};
use std::path::Path;

use crate::Error;
use crate::folder::{DataFolder, PARTIAL_PREFIX};
use crate::identifiers::random_hex;
use crate::installation::Installation;

/// The superuser of every cluster.
pub(crate) const SUPERUSER: &str = "postgres";

/// Character classification (`LC_CTYPE`) of a new cluster: Unicode. Its collation is C, byte order, which no update of
/// the operating system changes.
pub(crate) const LETTERS: &str = "C.UTF-8";
/// Character classification if the system lacks [`LETTERS`]: ASCII only. Agora's comparisons and searches still give
/// the same results.
const PLAIN_LETTERS: &str = "C";
/// Message of `initdb` if the system lacks a locale.
const NO_LOCALE: &str = "invalid locale name";

/// Content of `pg_hba.conf`. Only root and the account that runs PostgreSQL can enter the socket's folder, so
/// connections over the socket need no password.
const CLIENT_AUTHENTICATION: &str = "\
# type  database     user  address       method
local   all          all                 trust
local   replication  all                 trust
host    all          all   127.0.0.1/32  scram-sha-256
";

/// Removes incomplete clusters that interrupted attempts left behind.
pub(crate) fn sweep(folder: &DataFolder) {
    let entries = fs::read_dir(folder.root()).into_iter().flatten().flatten();
    for entry in entries {
        if entry.file_name().to_string_lossy().starts_with(PARTIAL_PREFIX) {
            // The initdb of a killed server may still be writing to it; the next start then removes the rest.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Creates the cluster of `folder`.
pub(crate) fn create(
    folder: &DataFolder,
    installation: &Installation,
    durable: bool,
    report: &mut dyn FnMut(&str),
) -> Result<(), Error> {
    let partial = folder.root().join(format!("{PARTIAL_PREFIX}{}", random_hex(4)?));
    folder.make_private(&partial)?;
    let mut created = fill(&partial, folder, installation, durable, LETTERS);
    if matches!(&created, Err(Error::Initdb { output, .. }) if output.contains(NO_LOCALE)) {
        report(&format!("this system has no locale {LETTERS}: creating the cluster with {PLAIN_LETTERS}"));
        created = fill(&partial, folder, installation, durable, PLAIN_LETTERS);
    }
    if created.is_err() {
        // The original error matters more than a failure to clean up; the next start removes what is left.
        let _ = fs::remove_dir_all(&partial);
        return created;
    }
    fs::rename(&partial, folder.cluster()).map_err(Error::io("rename", &partial))?;
    if durable {
        File::open(folder.root())
            .and_then(|root| root.sync_all())
            .map_err(Error::io("write to disk", folder.root()))?;
    }
    Ok(())
}

fn fill(
    partial: &Path,
    folder: &DataFolder,
    installation: &Installation,
    durable: bool,
    letters: &str,
) -> Result<(), Error> {
    let password = partial.join("password");
    fs::write(&password, random_hex(24)?).map_err(Error::io("write", &password))?;
    folder.account().chown(&password)?;

    let pgdata = partial.join("pgdata");
    let program = installation.bin().join("initdb");
    let mut command = folder.account().command(&program);
    command
        .arg("--pgdata")
        .arg(&pgdata)
        .arg("--pwfile")
        .arg(&password)
        .args(["--username", SUPERUSER, "--auth", "scram-sha-256"])
        .args(["--encoding", "UTF8", "--locale", "C", "--lc-ctype", letters, "--no-instructions"]);
    if !durable {
        command.arg("--no-sync");
    }
    let output = command.output().map_err(Error::io("run", &program))?;
    if !output.status.success() {
        return Err(Error::Initdb {
            folder: folder.cluster(),
            output: String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
        });
    }
    let rules = pgdata.join("pg_hba.conf");
    fs::write(&rules, CLIENT_AUTHENTICATION).map_err(Error::io("write", &rules))
}
