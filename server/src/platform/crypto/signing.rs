//! Ed25519 keys that sign access tokens: the first signs, all verify.

use std::collections::BTreeSet;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use super::{hex, sha256};

/// An Ed25519 key pair.
pub struct SigningKey {
    /// PKCS#8 of the private key.
    pub private: SecretSlice<u8>,
    /// The raw public key, 32 bytes.
    pub public: Vec<u8>,
    /// Key id in tokens: the first 8 bytes of the SHA-256 of the public key, in hexadecimal.
    pub id: String,
}

/// A non-empty list of signing keys. The first one signs.
pub struct SigningKeys {
    first: SigningKey,
    others: Vec<SigningKey>,
}

impl SigningKeys {
    /// Parses private keys in PKCS#8 from PEM blocks, one after another.
    ///
    /// # Errors
    /// Returns a message for the operator if the text is not a list of such keys.
    pub fn from_pem(text: &SecretString) -> Result<Self, &'static str> {
        const NOT_PEM: &str = "is not PEM";
        const NOT_A_KEY: &str = "is not an Ed25519 private key in PKCS#8";
        // Environment files write the PEM text in one line, with `\n` for line breaks.
        let text = text.expose_secret().replace("\\n", "\n");
        let blocks = pem::parse_many(&text).map_err(|_| NOT_PEM)?;
        // The parser stops silently at a truncated block.
        if blocks.len() != text.matches("-----BEGIN ").count() {
            return Err(NOT_PEM);
        }
        let key = |block: pem::Pem| match block.tag() {
            "PRIVATE KEY" => SigningKey::from_der(block.contents()).ok_or(NOT_A_KEY),
            _ => Err(NOT_A_KEY),
        };
        let keys = blocks.into_iter().map(key).collect::<Result<Vec<_>, _>>()?;
        let ids: BTreeSet<&str> = keys.iter().map(|key| &*key.id).collect();
        if ids.len() < keys.len() {
            return Err("contains a key twice");
        }
        let mut keys = keys.into_iter();
        let first = keys.next().ok_or(NOT_PEM)?;
        Ok(Self { first, others: keys.collect() })
    }

    /// Returns the key that signs.
    #[must_use]
    pub fn signing(&self) -> &SigningKey {
        &self.first
    }

    /// Returns all keys, starting with the one that signs.
    pub fn iter(&self) -> impl Iterator<Item = &SigningKey> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl SigningKey {
    fn from_der(private: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(private).ok()?;
        let public = pair.public_key().as_ref().to_vec();
        let id = hex(&sha256(&public)[..8]);
        Some(Self { private: private.to_vec().into(), public, id })
    }

    /// Generates a private key, as PKCS#8 in PEM.
    ///
    /// # Errors
    /// Returns an error if the system has no randomness.
    pub fn generate_pem() -> Result<SecretString, &'static str> {
        let private =
            Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8v1()).map_err(|_| "cannot be made")?;
        Ok(pem(private.as_ref()).into())
    }

    /// Returns the private key as PKCS#8 in PEM.
    pub(super) fn to_pem(&self) -> String {
        pem(self.private.expose_secret())
    }
}

fn pem(private: &[u8]) -> String {
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(private))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generated() -> String {
        SigningKey::generate_pem().expect("randomness").expose_secret().to_owned()
    }

    fn ids(text: &str) -> Result<Vec<String>, &'static str> {
        let keys = SigningKeys::from_pem(&text.into())?;
        Ok(keys.iter().map(|key| key.id.clone()).collect())
    }

    #[test]
    fn a_generated_key_reads_back() {
        let pem = generated();
        let keys = SigningKeys::from_pem(&pem.as_str().into()).expect("its own key");
        assert_eq!((keys.signing().public.len(), keys.signing().id.len()), (32, 16));
        let whole = ids(&pem).expect("its own key");
        for spelled in [pem.replace('\n', "\\n"), pem.replace('\n', "\r\n"), pem.replace('\n', " ")] {
            assert_eq!(ids(&spelled).as_ref(), Ok(&whole), "{spelled}");
        }
    }

    #[test]
    fn several_keys_are_read_in_their_order() {
        let (one, other) = (generated(), generated());
        let expected = [ids(&one), ids(&other)].map(|ids| ids.expect("a key").remove(0));
        let commented = format!("# the new one\n{one}\n# the old one\n{other}");
        for text in [format!("{one}{other}"), commented, format!("{one}{other}").replace('\n', "\\n")] {
            assert_eq!(ids(&text).expect("two keys"), expected);
        }
    }

    #[test]
    fn what_is_not_a_list_of_private_keys_is_refused() {
        let pem = generated();
        let (body, _) = pem.split_once("-----END").expect("an end");
        for odd in [
            String::new(),
            "AAAA".to_owned(),
            "-----BEGIN X-----\nAAAA\n".to_owned(),
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".to_owned(),
            pem.replace("PRIVATE KEY", "PUBLIC KEY"),
            format!("{pem}{body}"),
            format!("{pem}{pem}"),
        ] {
            assert!(ids(&odd).is_err(), "{odd}");
        }
    }
}
