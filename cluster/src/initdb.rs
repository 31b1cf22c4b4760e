//! Making a new cluster. It is made beside its place and then renamed, so that whatever cuts this short
//! leaves nothing that looks finished.

use std::fs::{self, File};
use std::path::Path;

use crate::Error;
use crate::folder::{DataFolder, PARTIAL_PREFIX};
use crate::identifiers::random_hex;
use crate::installation::Installation;

/// The superuser of every cluster.
pub(crate) const SUPERUSER: &str = "postgres";

/// What letters are in a new cluster: what Unicode says. Their order is that of their bytes (C), which no update of the
/// system changes.
pub(crate) const LETTERS: &str = "C.UTF-8";
/// What letters are where the system lacks [`LETTERS`]: those of ASCII. What Agora compares and finds is the same.
const PLAIN_LETTERS: &str = "C";
/// What `initdb` says where the system lacks a locale.
const NO_LOCALE: &str = "invalid locale name";

/// Who may log in how. Nobody but the account that runs PostgreSQL (and root) can enter the socket's folder,
/// so whoever comes that way is trusted.
const CLIENT_AUTHENTICATION: &str = "\
# type  database     user  address       method
local   all          all                 trust
local   replication  all                 trust
host    all          all   127.0.0.1/32  scram-sha-256
";

/// Removes what earlier, interrupted attempts left.
pub(crate) fn sweep(folder: &DataFolder) {
    let entries = fs::read_dir(folder.root()).into_iter().flatten().flatten();
    for entry in entries {
        if entry.file_name().to_string_lossy().starts_with(PARTIAL_PREFIX) {
            // An initdb of a killed server may still be writing there; the next start comes by again.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Makes the cluster of `folder`.
pub(crate) fn create(
    folder: &DataFolder,
    installation: &Installation,
    durable: bool,
    report: &mut dyn FnMut(&str),
) -> Result<(), Error> {
    let partial = folder.root().join(format!("{PARTIAL_PREFIX}{}", random_hex(4)?));
    folder.make_private(&partial)?;
    let mut made = fill(&partial, folder, installation, durable, LETTERS);
    if matches!(&made, Err(Error::Initdb { output, .. }) if output.contains(NO_LOCALE)) {
        report(&format!("this system has no locale {LETTERS}: the cluster is created with {PLAIN_LETTERS}"));
        made = fill(&partial, folder, installation, durable, PLAIN_LETTERS);
    }
    if made.is_err() {
        // What went wrong matters more than what is left; the next start removes it.
        let _ = fs::remove_dir_all(&partial);
        return made;
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
    folder.account().give(&password)?;

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
