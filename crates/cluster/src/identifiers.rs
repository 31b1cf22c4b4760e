//! Generation of random secrets, and of a short, stable name for a folder.

use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::Error;

/// Returns `bytes` random bytes from the operating system as lower-case hexadecimal text.
pub(crate) fn random_hex(bytes: usize) -> Result<String, Error> {
    let source = Path::new("/dev/urandom");
    let mut random = vec![0; bytes];
    File::open(source)
        .and_then(|mut file| file.read_exact(&mut random))
        .map_err(Error::io("read", source))?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Returns a name for a folder: the 64-bit FNV-1a hash of its path. Unlike the standard library's hashes, it is
/// the same in every build.
pub(crate) fn folder_hash(folder: &Path) -> String {
    let hash = folder.as_os_str().as_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_name() {
        // The published test vector of FNV-1a for "a".
        assert_eq!(folder_hash(Path::new("a")), "af63dc4c8601ec8c");
    }

    #[test]
    fn random_texts_differ() {
        let first = random_hex(16).expect("read the random source");
        let second = random_hex(16).expect("read the random source");
        assert_eq!(first.len(), 32);
        assert_ne!(first, second);
    }
}
