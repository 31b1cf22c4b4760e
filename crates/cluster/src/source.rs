//! Choice of the PostgreSQL to run: an installation, else Docker, else a download. A data folder that already
//! has a cluster keeps its source, so that data never seem lost because another source takes precedence.

use std::path::Path;

use crate::Error;
use crate::container::engine_answers;
use crate::folder::{DataFolder, VOLUME_FILE};
use crate::installation::Installation;

/// The source of the PostgreSQL to run.
pub(crate) enum Source {
    /// An installation, with the cluster in the folder.
    Local(DataFolder, Installation),
    /// A container.
    Docker,
}

/// Chooses the source for the data folder `asked`. `programs`, if set, is the only candidate.
pub(crate) fn choose(
    requested: &Path,
    programs: Option<&Path>,
    report: &mut dyn FnMut(&str),
) -> Result<Source, Error> {
    let folder = DataFolder::resolve(requested)?;
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
    let volume = requested.join(VOLUME_FILE);
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

/// Returns an installation of the major version `data`, which created the cluster.
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

/// Downloads an installation; returns `None` without the feature `download`.
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
