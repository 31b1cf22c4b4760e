//! Hashes, message authentication codes and signing keys.

mod macs;
pub mod passwords;
mod rotation;
mod signing;

use aws_lc_rs::digest;

pub use macs::{Macs, Secrets};
pub use rotation::{RotationStep, next_rotation};
pub use signing::{SigningKey, SigningKeys};

/// Returns the SHA-256 hash of some bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

/// Encodes bytes as lower-case hexadecimal text.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_hexadecimal_digits() {
        assert_eq!(hex(&[0, 15, 255]), "000fff");
    }
}
