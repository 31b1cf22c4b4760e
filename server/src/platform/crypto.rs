//! Hashes, seals and keys. Nothing here keeps a secret longer than the call needs it.

use aws_lc_rs::digest;
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

/// SHA-256 of some bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

/// Bytes as lower-case hexadecimal text.
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

/// Seals what only holders of a secret can: texts that a client carries for us, so that a forged one is seen, and requests
/// whose fingerprint must not tell what was in them.
pub struct Seal {
    key: hmac::Key,
}

impl Seal {
    /// A seal whose key is derived from a secret and a purpose.
    #[must_use]
    pub fn derived(secret: &[u8], purpose: &str) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derived = hmac::sign(&root, purpose.as_bytes());
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()) }
    }

    /// Whether two seals are the same, in a time that does not tell where they differ.
    #[must_use]
    pub fn is_same(one: &[u8], other: &[u8]) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(one, other).is_ok()
    }

    /// The seal of a message, 12 bytes.
    #[must_use]
    pub fn of(&self, message: &[u8]) -> [u8; 12] {
        let mut seal = [0; 12];
        seal.copy_from_slice(&self.whole(message)[..12]);
        seal
    }

    /// The seal of a message, uncut: 32 bytes.
    #[must_use]
    pub fn whole(&self, message: &[u8]) -> [u8; 32] {
        let mut seal = [0; 32];
        seal.copy_from_slice(hmac::sign(&self.key, message).as_ref());
        seal
    }
}

/// An Ed25519 key pair.
pub struct SigningKey {
    /// PKCS#8 of the private key.
    pub private: Vec<u8>,
    /// The raw public key, 32 bytes.
    pub public: Vec<u8>,
    /// Its name in tokens: the start of the public key's hash.
    pub id: String,
}

impl SigningKey {
    /// Reads a private key from PKCS#8 as PEM.
    ///
    /// # Errors
    /// A sentence for the operator when the text is no such key.
    pub fn from_pem(pem: &SecretString) -> Result<Self, &'static str> {
        // Files of variables hold it in one line.
        let pem = pem.expose_secret().replace("\\n", "\n");
        let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let private = STANDARD.decode(text.trim()).map_err(|_| "is not PEM")?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&private)
            .map_err(|_| "is not an Ed25519 private key in PKCS#8")?;
        let public = pair.public_key().as_ref().to_vec();
        let id = hex(&sha256(&public)[..8]);
        Ok(Self { private, public, id })
    }

    /// Makes a new private key, PKCS#8 as PEM.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate_pem() -> Result<SecretString, &'static str> {
        let private =
            Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8v1()).map_err(|_| "cannot be made")?;
        let text = STANDARD.encode(private.as_ref());
        Ok(format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_key_reads_back() {
        let pem = SigningKey::generate_pem().expect("randomness");
        let key = SigningKey::from_pem(&pem).expect("its own key");
        assert_eq!((key.public.len(), key.id.len()), (32, 16));
        let one_line = pem.expose_secret().replace('\n', "\\n");
        assert_eq!(SigningKey::from_pem(&one_line.into()).map(|key| key.id), Ok(key.id));
        assert!(SigningKey::from_pem(&"-----BEGIN X-----\nAAAA\n".to_owned().into()).is_err());
    }

    #[test]
    fn seals_depend_on_purpose_and_message() {
        let seal = Seal::derived(b"secret", "cursor");
        assert_eq!(seal.of(b"a"), Seal::derived(b"secret", "cursor").of(b"a"));
        assert_ne!(seal.of(b"a"), seal.of(b"b"));
        assert_ne!(seal.of(b"a"), Seal::derived(b"secret", "other").of(b"a"));
        assert_eq!(hex(&[0, 15, 255]), "000fff");
    }
}
