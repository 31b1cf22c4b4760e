//! Cursors: signed positions in a list. Only cursors that the server has issued are accepted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::platform::crypto::{Macs, Secrets};
use crate::platform::pagination::Position;

/// Issuer and verifier of cursors.
pub struct Cursors {
    macs: Macs,
}

impl Cursors {
    /// Derives the MAC keys of cursors from the secrets. Replicas with the same secrets accept each other's cursors.
    #[must_use]
    pub fn new(secrets: &Secrets) -> Self {
        Self { macs: secrets.macs("cursor") }
    }

    pub(super) fn seal(&self, start: Position, list: &str) -> String {
        let (direction, id) = match start {
            Position::Before(id) => (b'<', id),
            Position::After(id) | Position::Page(id) => (b'>', id),
        };
        let mut message = vec![direction];
        message.extend_from_slice(&id.to_be_bytes());
        let mac = self.macs.tag96(&signed(&message, list));
        message.extend_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(message)
    }

    pub(super) fn open(&self, cursor: &str, list: &str) -> Option<Position> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (message, mac) = bytes.split_at_checked(9)?;
        if !self.macs.verifies96(&signed(message, list), mac) {
            return None;
        }
        let (direction, id) = message.split_first()?;
        let id = i64::from_be_bytes(id.try_into().ok()?);
        Some(if *direction == b'<' { Position::Before(id) } else { Position::After(id) })
    }
}

/// Returns the signed message. It includes the list, so that a cursor is valid for its own list only.
fn signed(message: &[u8], list: &str) -> Vec<u8> {
    [message, list.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cursors_open_where_they_were_made_and_nowhere_else() {
        let cursors = Cursors::new(&Secrets::of_text("secret"));
        for start in [Position::After(7), Position::Before(i64::MAX)] {
            let cursor = cursors.seal(start, "products");
            assert_eq!(cursors.open(&cursor, "products"), Some(start));
            assert_eq!(cursors.open(&cursor, "orders"), None);
            assert_eq!(Cursors::new(&Secrets::of_text("other")).open(&cursor, "products"), None);
            let mut forged = cursor.into_bytes();
            forged[3] ^= 1;
            assert_eq!(cursors.open(&String::from_utf8(forged).expect("ASCII"), "products"), None);
        }
        for forged in ["", "x", "é", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(cursors.open(forged, "products"), None);
        }
    }

    fn start() -> impl Strategy<Value = Position> {
        prop_oneof![any::<i64>().prop_map(Position::After), any::<i64>().prop_map(Position::Before)]
    }

    proptest! {
        #[test]
        fn every_place_comes_back_from_its_own_list_and_secret_only(
            place in start(), list: String, other: String, secret: String, another: String,
        ) {
            let cursors = Cursors::new(&Secrets::of_text(&secret));
            let cursor = cursors.seal(place, &list);
            prop_assert_eq!(cursors.open(&cursor, &list), Some(place));
            prop_assert_eq!(cursors.open(&cursor, &other).is_some(), list == other);
            prop_assert_eq!(Cursors::new(&Secrets::of_text(&another)).open(&cursor, &list).is_some(), secret == another);
        }

        #[test]
        fn a_cursor_with_another_letter_does_not_open(place in start(), at in 0..28_usize, letter in "[A-Za-z0-9_-]") {
            let cursors = Cursors::new(&Secrets::of_text("secret"));
            let cursor = cursors.seal(place, "products");
            let mut forged = cursor.clone();
            forged.replace_range(at..=at, &letter);
            prop_assert_eq!(cursors.open(&forged, "products").is_some(), forged == cursor);
        }

        #[test]
        fn nothing_that_we_did_not_give_out_opens(text: String, bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let cursors = Cursors::new(&Secrets::of_text("secret"));
            prop_assert_eq!(cursors.open(&text, "products"), None);
            prop_assert_eq!(cursors.open(&URL_SAFE_NO_PAD.encode(bytes), "products"), None);
        }
    }
}
