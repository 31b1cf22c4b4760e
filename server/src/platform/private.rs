//! Files that only their owner can read. Writes are atomic: a crash leaves the previous file or none.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

const OWN: u32 = 0o600;
const OTHERS: u32 = 0o077;

/// Reads a file. Returns `None` if it is missing or empty, as a crash of an earlier release may have left it. Removes the
/// permissions of group and others, and reports that.
pub fn read(path: &Path, report: &mut impl FnMut(&str)) -> io::Result<Option<String>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    if fs::metadata(path)?.mode() & OTHERS != 0 {
        fs::set_permissions(path, Permissions::from_mode(OWN))?;
        report(&format!("{} was readable by other users; its permissions were restricted", path.display()));
    }
    Ok(Some(text))
}

/// Writes a file, replacing an existing one.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let draft = draft(path, text)?;
    fs::rename(&draft, path).inspect_err(|_| drop(fs::remove_file(&draft)))
}

/// Replaces an existing file, whose owner and permissions stay.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let before = fs::metadata(path)?;
    let draft = draft(path, text)?;
    let placed = chown(&draft, Some(before.uid()), Some(before.gid()))
        .and_then(|()| fs::set_permissions(&draft, before.permissions()))
        .and_then(|()| fs::rename(&draft, path));
    placed.inspect_err(|_| drop(fs::remove_file(&draft)))
}

/// Creates a file. An existing file is kept unless it is empty.
pub fn create(path: &Path, text: &str) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() == 0) {
        return write(path, text);
    }
    let draft = draft(path, text)?;
    let created = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match created {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        created => created,
    }
}

/// Writes the text to a temporary file beside the target.
fn draft(path: &Path, text: &str) -> io::Result<PathBuf> {
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    // A crashed process with the same id may have left it.
    drop(fs::remove_file(&draft));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(OWN).open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(draft)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("agora-private-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).expect("a folder");
            Self(folder)
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.0).expect("is there");
            entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("text")).collect()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("is there").mode() & 0o777
    }

    fn read_quietly(path: &Path) -> Option<String> {
        read(path, &mut |line| panic!("{line}")).expect("is read")
    }

    #[test]
    fn only_the_owner_can_read_what_is_written_and_nothing_else_is_left() {
        let folder = Folder::new("written");
        let path = folder.0.join("key.pem");
        assert_eq!(read_quietly(&path), None);
        create(&path, "one").expect("is written");
        create(&path, "other").expect("is there already");
        assert_eq!((read_quietly(&path).as_deref(), mode(&path)), (Some("one"), 0o600));
        write(&path, "two").expect("is written");
        assert_eq!((read_quietly(&path).as_deref(), mode(&path)), (Some("two"), 0o600));
        assert_eq!(folder.names(), ["key.pem"]);
    }

    #[test]
    fn an_empty_file_of_a_crash_is_written_anew() {
        let folder = Folder::new("empty");
        let path = folder.0.join("key.pem");
        fs::write(&path, "").expect("is written");
        assert_eq!(read_quietly(&path), None);
        create(&path, "one").expect("is written");
        assert_eq!((read_quietly(&path).as_deref(), mode(&path)), (Some("one"), 0o600));
    }

    #[test]
    fn rights_of_others_are_taken_away() {
        let folder = Folder::new("rights");
        let path = folder.0.join("key.pem");
        create(&path, "one").expect("is written");
        for open in [0o644, 0o640, 0o604, 0o666] {
            fs::set_permissions(&path, Permissions::from_mode(open)).expect("is ours");
            let mut reports = 0;
            read(&path, &mut |_| reports += 1).expect("is read");
            assert_eq!((mode(&path), reports), (0o600, 1), "{open:o}");
        }
    }
}
