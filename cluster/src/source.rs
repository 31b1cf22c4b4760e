//! What to run a cluster with: an installation, else Docker, else a download. A data folder that is in use
//! already decides by itself, so that data never seem to be gone because another source came first.

use std::path::Path;

use crate::Error;
use crate::container::{VOLUME_FILE, engine_answers};
use crate::folder::DataFolder;
use crate::installation::Installation;

/// Where PostgreSQL comes from.
pub(crate) enum Source {
    /// An installation, on the cluster in the folder.
    Local(DataFolder, Installation),
    /// A container.
    Docker,
}

/// Chooses for the data folder `asked`; `programs` leaves no choice.
pub(crate) fn choose(
    asked: &Path,
    programs: Option<&Path>,
    report: &mut dyn FnMut(&str),
) -> Result<Source, Error> {
    let folder = DataFolder::resolve(asked)?;
    if let Some(programs) = programs {
        let installation = Installation::at(programs, folder.account());
        let installation =
            installation.ok_or_else(|| Error::UnusablePrograms { folder: programs.to_owned() })?;
        return Ok(Source::Local(folder, installation));
    }
    if let Some(major) = folder.major()? {
        let installation = for_major(&folder, major, report)?;
        return Ok(Source::Local(folder, installation));
    }
    let volume = asked.join(VOLUME_FILE);
    if volume.exists() {
        return if engine_answers() {
            Ok(Source::Docker)
        } else {
            Err(Error::VolumeWithoutDocker { file: volume })
        };
    }
    if let Some(installation) = Installation::search(folder.account()).next() {
        return Ok(Source::Local(folder, installation));
    }
    if engine_answers() {
        return Ok(Source::Docker);
    }
    let installation = download(&folder, None, report).unwrap_or(Err(Error::NoPostgres))?;
    Ok(Source::Local(folder, installation))
}

/// The installation for a cluster that the major version `data` made.
fn for_major(folder: &DataFolder, data: u32, report: &mut dyn FnMut(&str)) -> Result<Installation, Error> {
    let mut found = None;
    for installation in Installation::search(folder.account()) {
        if installation.major() == data {
            return Ok(installation);
        }
        found.get_or_insert_with(|| format!("PostgreSQL {}", installation.version()));
    }
    download(folder, Some(data), report)
        .unwrap_or_else(|| Err(Error::WrongMajor { folder: folder.cluster(), data, found }))
}

/// Downloads an installation, where that is built in.
#[cfg(feature = "download")]
fn download(
    folder: &DataFolder,
    major: Option<u32>,
    report: &mut dyn FnMut(&str),
) -> Option<Result<Installation, Error>> {
    Some(crate::download::installation(folder, major, report))
}

#[cfg(not(feature = "download"))]
fn download(_: &DataFolder, _: Option<u32>, _: &mut dyn FnMut(&str)) -> Option<Result<Installation, Error>> {
    None
}
