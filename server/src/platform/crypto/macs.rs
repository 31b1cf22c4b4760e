//! Message authentication codes over data that clients carry (cursors, refresh tokens) and over stored data of
//! requests (fingerprints). Their keys derive from a list of secrets. The first secret signs and all verify, so that a
//! secret can be replaced without an interruption (docs/keys.md).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{hkdf, hmac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use super::signing::SigningKeys;
use crate::config::SIGNING_KEYS;

/// Secrets from which MAC keys derive, in order of precedence.
pub struct Secrets {
    first: Secret,
    others: Vec<Secret>,
}

enum Secret {
    /// An entry of `AGORA_SECRETS`.
    Own(SecretString),
    /// PKCS#8 of a signing key. MAC keys derived from it before `AGORA_SECRETS` was introduced.
    SigningKey(SecretSlice<u8>),
}

impl Secrets {
    /// Combines the entries of `AGORA_SECRETS` with the signing keys. The signing keys take the position of the entry
    /// `signing-keys`, or else the end of the list.
    #[must_use]
    pub fn new(entries: &[SecretString], keys: &SigningKeys) -> Self {
        let derived = || keys.iter().map(|key| Secret::SigningKey(key.private.clone()));
        let mut secrets = Vec::new();
        for entry in entries {
            match entry.expose_secret() {
                SIGNING_KEYS => secrets.extend(derived()),
                _ => secrets.push(Secret::Own(entry.clone())),
            }
        }
        if !entries.iter().any(|entry| entry.expose_secret() == SIGNING_KEYS) {
            secrets.extend(derived());
        }
        let mut secrets = secrets.into_iter();
        let first = secrets.next().unwrap_or_else(|| Secret::SigningKey(keys.signing().private.clone()));
        Self { first, others: secrets.collect() }
    }

    #[cfg(test)]
    pub(crate) fn of_text(secret: &str) -> Self {
        Self { first: Secret::Own(secret.into()), others: Vec::new() }
    }

    /// Returns the MAC keys for one purpose.
    #[must_use]
    pub fn macs(&self, purpose: &'static str) -> Macs {
        let others = self.others.iter().map(|secret| secret.key(purpose)).collect();
        Macs { first: self.first.key(purpose), others }
    }
}

impl Secret {
    fn key(&self, purpose: &'static str) -> hmac::Key {
        match self {
            Self::Own(secret) => {
                let extracted =
                    hkdf::Salt::new(hkdf::HKDF_SHA256, b"agora").extract(secret.expose_secret().as_bytes());
                let info = [purpose.as_bytes()];
                let expanded = extracted.expand(&info, hmac::HMAC_SHA256);
                // Fails only for keys longer than 255 hashes.
                expanded.expect("a key of 32 bytes can be derived").into()
            }
            Self::SigningKey(private) => {
                let root = hmac::Key::new(hmac::HMAC_SHA256, private.expose_secret());
                let derived = hmac::sign(&root, purpose.as_bytes());
                hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref())
            }
        }
    }
}

/// MAC keys for one purpose: the first signs, all verify.
pub struct Macs {
    first: hmac::Key,
    others: Vec<hmac::Key>,
}

impl Macs {
    /// Returns the MAC of a message, truncated to 12 bytes.
    #[must_use]
    pub fn tag96(&self, message: &[u8]) -> [u8; 12] {
        tag(&self.first, message)
    }

    /// Returns the MAC of a message, 32 bytes.
    #[must_use]
    pub fn tag256(&self, message: &[u8]) -> [u8; 32] {
        tag(&self.first, message)
    }

    /// Returns `true` if one of the keys produced a MAC of 12 bytes. The comparison takes constant time.
    #[must_use]
    pub fn verifies96(&self, message: &[u8], mac: &[u8]) -> bool {
        self.verifies::<12>(message, mac)
    }

    /// Returns `true` if one of the keys produced a MAC of 32 bytes. The comparison takes constant time.
    #[must_use]
    pub fn verifies256(&self, message: &[u8], mac: &[u8]) -> bool {
        self.verifies::<32>(message, mac)
    }

    fn verifies<const N: usize>(&self, message: &[u8], mac: &[u8]) -> bool {
        let is_same = |key| verify_slices_are_equal(&tag::<N>(key, message), mac).is_ok();
        is_same(&self.first) || self.others.iter().any(is_same)
    }
}

fn tag<const N: usize>(key: &hmac::Key, message: &[u8]) -> [u8; N] {
    let mut cut = [0; N];
    cut.copy_from_slice(&hmac::sign(key, message).as_ref()[..N]);
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::crypto::hex;

    fn secrets(entries: &[&str], pems: &str) -> Secrets {
        let entries: Vec<SecretString> = entries.iter().map(|entry| (*entry).into()).collect();
        Secrets::new(&entries, &SigningKeys::from_pem(&pems.into()).expect("keys"))
    }

    const FIRST: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIFQJoQbFBxzfnPJHqqVVz8sQgZkGRc5AyqCvqOJmhE9w\n-----END PRIVATE KEY-----\n";
    const SECOND: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIFQJoQbFBxzfnPJHqqVVz8sQgZkGRc5AyqCvqOJmhE9x\n-----END PRIVATE KEY-----\n";

    #[test]
    fn macs_depend_on_secret_purpose_and_message() {
        let one = secrets(&["a"], FIRST);
        let tag = one.macs("cursor").tag256(b"m");
        assert_eq!(tag, secrets(&["a", "b"], SECOND).macs("cursor").tag256(b"m"));
        assert_ne!(tag, one.macs("other").tag256(b"m"));
        assert_ne!(tag, one.macs("cursor").tag256(b"n"));
        assert_ne!(tag, secrets(&["b", "a"], FIRST).macs("cursor").tag256(b"m"));
    }

    #[test]
    fn the_first_secret_signs_and_all_verify() {
        let [old, both, new, other] =
            [&["a"][..], &["b", "a"], &["b"], &["c"]].map(|entries| secrets(entries, FIRST).macs("cursor"));
        assert!(both.verifies96(b"m", &old.tag96(b"m")) && both.verifies256(b"m", &old.tag256(b"m")));
        assert!(new.verifies96(b"m", &both.tag96(b"m")), "the first signs");
        for (macs, signed) in [(&new, &old), (&old, &new), (&both, &other)] {
            assert!(!macs.verifies96(b"m", &signed.tag96(b"m")));
        }
        for cut in [&b""[..], &both.tag96(b"m")[..11], &both.tag256(b"m")] {
            assert!(!both.verifies96(b"m", cut), "of another length");
        }
    }

    #[test]
    fn keys_derived_from_signing_keys_go_on() {
        let old = secrets(&[], FIRST).macs("cursor");
        // Computed by releases that did not have `AGORA_SECRETS`.
        assert_eq!(hex(&old.tag96(b"m")), "82c93abe79987b40d0a278dc");
        let verifies = |entries: &[&str], pems: &str| {
            secrets(entries, pems).macs("cursor").verifies96(b"m", &old.tag96(b"m"))
        };
        assert!(verifies(&["a"], FIRST) && verifies(&["a", "b"], &format!("{SECOND}{FIRST}")));
        assert!(!verifies(&["a"], SECOND));
        let introduced = secrets(&[SIGNING_KEYS, "a"], FIRST).macs("cursor");
        assert_eq!(introduced.tag96(b"m"), old.tag96(b"m"), "they sign where their entry is the first");
        assert!(introduced.verifies96(b"m", &secrets(&["a"], FIRST).macs("cursor").tag96(b"m")));
    }
}
