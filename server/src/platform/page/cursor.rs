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
    use proptest::prelude::*;

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

    fn start() -> impl Strategy<Value = Start> {
        prop_oneof![any::<i64>().prop_map(Start::After), any::<i64>().prop_map(Start::Before)]
    }

    proptest! {
        #[test]
        fn every_place_comes_back_from_its_own_list_and_secret_only(
            place in start(), list: String, other: String, secret: [u8; 32], another: [u8; 32],
        ) {
            let cursors = Cursors::new(&secret);
            let cursor = cursors.seal(place, &list);
            prop_assert_eq!(cursors.open(&cursor, &list), Some(place));
            prop_assert_eq!(cursors.open(&cursor, &other).is_some(), list == other);
            prop_assert_eq!(Cursors::new(&another).open(&cursor, &list).is_some(), secret == another);
        }

        #[test]
        fn a_cursor_with_another_letter_does_not_open(place in start(), at in 0..28_usize, letter in "[A-Za-z0-9_-]") {
            let cursors = Cursors::new(b"secret");
            let cursor = cursors.seal(place, "products");
            let mut forged = cursor.clone();
            forged.replace_range(at..=at, &letter);
            prop_assert_eq!(cursors.open(&forged, "products").is_some(), forged == cursor);
        }

        #[test]
        fn nothing_that_we_did_not_give_out_opens(text: String, bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let cursors = Cursors::new(b"secret");
            prop_assert_eq!(cursors.open(&text, "products"), None);
            prop_assert_eq!(cursors.open(&URL_SAFE_NO_PAD.encode(bytes), "products"), None);
        }
    }
}
