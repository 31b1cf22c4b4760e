//! The text of an API key: `agora_`, its ID, a random part and a checksum. The checksum makes a mistyped or cut key known as
//! such without a query, and lets scanners of published code tell keys from other text.

use aws_lc_rs::rand;
use secrecy::SecretString;
use uuid::Uuid;

use crate::error::Error;
use crate::platform::crypto::{hex, sha256};

/// First characters of every API key.
const PREFIX: &str = "agora_";
/// Number of random bytes.
const RANDOM: usize = 20;
/// Number of characters before the last separator and the checksum.
const SIGNED: usize = PREFIX.len() + 32 + 1 + 2 * RANDOM;

/// The ID and the secret of an API key.
pub struct ApiKeySecret {
    id: Uuid,
    random: [u8; RANDOM],
}

impl ApiKeySecret {
    /// Generates the secret of a new key.
    ///
    /// # Errors
    /// Returns [`Error::Internal`] if the system has no randomness.
    pub fn generate(id: Uuid) -> Result<Self, Error> {
        let mut random = [0; RANDOM];
        rand::fill(&mut random).map_err(|_| Error::Internal("no randomness".to_owned()))?;
        Ok(Self { id, random })
    }

    /// Returns `true` if a text is meant to be a key, valid or not. No other credential begins like one.
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// Reads a key. Returns `None` unless it is exactly as it was written.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (signed, sum) = text.split_at_checked(SIGNED)?;
        if sum.strip_prefix('_')? != checksum(signed) {
            return None;
        }
        let (id, random) = signed.strip_prefix(PREFIX)?.split_once('_')?;
        let id = Uuid::from_bytes(digits(id)?);
        Some(Self { id, random: digits(random)? })
    }

    /// Returns the key as it is sent.
    #[must_use]
    pub fn write(&self) -> SecretString {
        let signed = format!("{PREFIX}{}_{}", self.id.simple(), hex(&self.random));
        format!("{signed}_{}", checksum(&signed)).into()
    }

    /// Returns the ID of the key.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Returns the hash of the secret part, which is stored.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        sha256(&self.random)
    }
}

fn checksum(signed: &str) -> String {
    hex(&crc32fast::hash(signed.as_bytes()).to_be_bytes())
}

/// Reads lower-case hexadecimal digits.
fn digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    if text.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;

    use super::*;

    fn written() -> String {
        let secret = ApiKeySecret::generate(Uuid::now_v7()).expect("randomness");
        secret.write().expose_secret().to_owned()
    }

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let secret = ApiKeySecret::generate(Uuid::now_v7()).expect("randomness");
        let text = secret.write();
        let read = ApiKeySecret::read(text.expose_secret()).expect("is read");
        assert_eq!((read.id(), read.hash()), (secret.id(), secret.hash()));
        assert_eq!(text.expose_secret().len(), 88);
        assert_ne!(written(), written());
    }

    #[test]
    fn a_key_in_any_other_form_is_none() {
        let text = written();
        let last = &text[1..];
        for other in [
            text.to_uppercase(),
            format!(" {text}"),
            format!("{text} "),
            format!("{text}="),
            format!("{text}\u{0}"),
            text[..87].to_owned(),
            last.to_owned(),
            text.replace('_', "-"),
            text.replacen("agora_", "", 1),
            String::new(),
            "agora_".to_owned(),
            format!("agora_{}_{}_{}", "0".repeat(32), "0".repeat(40), "0".repeat(8)),
        ] {
            assert!(ApiKeySecret::read(&other).is_none(), "{other}");
        }
    }

    proptest! {
        #[test]
        fn one_changed_character_is_always_noticed(place in 0_usize..88, to in "[ -~é]") {
            let text = written();
            let changed = format!("{}{to}{}", &text[..place], &text[place + 1..]);
            prop_assert!(changed == text || ApiKeySecret::read(&changed).is_none());
        }
    }
}
