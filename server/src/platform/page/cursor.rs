//! Cursors: places in a list, sealed, so that only what we gave out is taken back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::platform::crypto::Seal;
use crate::platform::page::Start;

/// Makes and opens cursors.
pub struct Cursors {
    seal: Seal,
}

impl Cursors {
    /// Cursors sealed with a key derived from a secret; replicas with one secret open each other's.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self { seal: Seal::derived(secret, "cursor") }
    }

    pub(super) fn seal(&self, start: Start, list: &str) -> String {
        let (direction, id) = match start {
            Start::Before(id) => (b'<', id),
            Start::After(id) | Start::Page(id) => (b'>', id),
        };
        let mut message = vec![direction];
        message.extend_from_slice(&id.to_be_bytes());
        let seal = self.sealed(&message, list);
        message.extend_from_slice(&seal);
        URL_SAFE_NO_PAD.encode(message)
    }

    pub(super) fn open(&self, cursor: &str, list: &str) -> Option<Start> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (message, seal) = bytes.split_at_checked(9)?;
        if !Seal::is_same(&self.sealed(message, list), seal) {
            return None;
        }
        let (direction, id) = message.split_first()?;
        let id = i64::from_be_bytes(id.try_into().ok()?);
        Some(if *direction == b'<' { Start::Before(id) } else { Start::After(id) })
    }

    fn sealed(&self, message: &[u8], list: &str) -> [u8; 12] {
        self.seal.of(&[message, list.as_bytes()].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_open_where_they_were_made_and_nowhere_else() {
        let cursors = Cursors::new(b"secret");
        for start in [Start::After(7), Start::Before(i64::MAX)] {
            let cursor = cursors.seal(start, "products");
            assert_eq!(cursors.open(&cursor, "products"), Some(start));
            assert_eq!(cursors.open(&cursor, "orders"), None);
            assert_eq!(Cursors::new(b"other").open(&cursor, "products"), None);
            let mut forged = cursor.into_bytes();
            forged[3] ^= 1;
            assert_eq!(cursors.open(&String::from_utf8(forged).expect("ASCII"), "products"), None);
        }
        for forged in ["", "x", "é", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(cursors.open(forged, "products"), None);
        }
    }
}
