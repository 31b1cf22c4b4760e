//! Cursors: signed positions in a list. Only cursors that the server has issued are accepted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::platform::crypto::{Macs, Secrets};
use crate::platform::pagination::{Edge, Position};

/// Number of bytes of the MAC at the end of a cursor.
const MAC: usize = 12;

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

    /// Returns the cursor of a place: direction, ID, and, if the list has one, the key after its length. Without the length,
    /// another list's name could begin with the end of the key.
    pub(super) fn seal(&self, start: &Position, list: &str) -> String {
        let (direction, id, key) = match start {
            Position::Before(edge) => (b'<', edge.id, edge.key.as_deref()),
            Position::After(edge) => (b'>', edge.id, edge.key.as_deref()),
            Position::Page(page) => (b'>', *page, None),
        };
        let mut message = vec![direction];
        message.extend_from_slice(&id.to_be_bytes());
        if let Some(key) = key {
            let key = &key[..key.floor_char_boundary(usize::from(u16::MAX))];
            message.extend_from_slice(&u16::try_from(key.len()).unwrap_or_default().to_be_bytes());
            message.extend_from_slice(key.as_bytes());
        }
        let mac = self.macs.tag96(&signed(&message, list));
        message.extend_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(message)
    }

    pub(super) fn open(&self, cursor: &str, list: &str) -> Option<Position> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (message, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC)?)?;
        if !self.macs.verifies96(&signed(message, list), mac) {
            return None;
        }
        let (direction, place) = message.split_first()?;
        let (id, key) = place.split_first_chunk()?;
        let key = match key {
            [] => None,
            [high, low, key @ ..] if usize::from(u16::from_be_bytes([*high, *low])) == key.len() => {
                Some(String::from_utf8(key.to_vec()).ok()?)
            }
            _ => return None,
        };
        let edge = Edge { id: i64::from_be_bytes(*id), key };
        Some(if *direction == b'<' { Position::Before(edge) } else { Position::After(edge) })
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
        let keyed = Edge { id: 7, key: Some("=ä".to_owned()) };
        for start in
            [Position::After(Edge::from(7)), Position::Before(Edge::from(i64::MAX)), Position::After(keyed)]
        {
            let cursor = cursors.seal(&start, "products");
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
        let edge = (any::<i64>(), any::<Option<String>>()).prop_map(|(id, key)| Edge { id, key });
        (edge, any::<bool>()).prop_map(|(edge, is_after)| match is_after {
            true => Position::After(edge),
            false => Position::Before(edge),
        })
    }

    proptest! {
        #[test]
        fn every_place_comes_back_from_its_own_list_and_secret_only(
            place in start(), list: String, other: String, secret: String, another: String,
        ) {
            let cursors = Cursors::new(&Secrets::of_text(&secret));
            let cursor = cursors.seal(&place, &list);
            prop_assert_eq!(cursors.open(&cursor, &list), Some(place));
            prop_assert_eq!(cursors.open(&cursor, &other).is_some(), list == other);
            prop_assert_eq!(Cursors::new(&Secrets::of_text(&another)).open(&cursor, &list).is_some(), secret == another);
        }

        #[test]
        fn a_cursor_with_another_letter_does_not_open(place in start(), at: prop::sample::Index, letter in "[A-Za-z0-9_-]") {
            let cursors = Cursors::new(&Secrets::of_text("secret"));
            let cursor = cursors.seal(&place, "products");
            let at = at.index(cursor.len());
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
