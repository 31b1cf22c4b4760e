//! Hashes, keys and passwords. Nothing here keeps a secret longer than the call needs it.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use aws_lc_rs::digest;
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::error::Error;

/// How many hashing jobs may wait before more are refused.
const WAITING_HASHES: usize = 64;

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
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
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
        let text: String = pem.expose_secret().lines().filter(|line| !line.starts_with("-----")).collect();
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

/// Hashes passwords off the async threads, a bounded number at a time, so that a storm of logins leaves the other
/// requests their processor.
#[derive(Clone)]
pub struct PasswordHashing {
    permits: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// What an unknown user's password is checked against, so that it costs the same time.
    nobody: Arc<str>,
}

impl PasswordHashing {
    /// Leaves one core free where there are several.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn new() -> Result<Self, Error> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let permits = cores.saturating_sub(1).max(1);
        Ok(Self {
            permits: Arc::new(Semaphore::new(permits)),
            waiting: Arc::new(Semaphore::new(permits + WAITING_HASHES)),
            nobody: hash("nobody's password")?.into(),
        })
    }

    /// Whether a password is the one of a PHC text; `None` stands for an unknown user, and is never right.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when too many are waiting.
    pub async fn verify(&self, password: SecretString, phc: Option<String>) -> Result<bool, Error> {
        let is_known = phc.is_some();
        let phc = phc.unwrap_or_else(|| self.nobody.to_string());
        let is_right = self.run(move || verify(password.expose_secret(), &phc)).await?;
        Ok(is_right && is_known)
    }

    /// The Argon2id hash of a password, as PHC text.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when too many are waiting.
    pub async fn hash(&self, password: SecretString) -> Result<String, Error> {
        self.run(move || hash(password.expose_secret())).await?
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let Ok(_place) = self.waiting.try_acquire() else {
            return Err(Error::Unavailable("too many passwords wait to be hashed".to_owned()));
        };
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|error| Error::Internal(error.to_string()))?;
        // The permit goes along: a caller who went away does not free the core before the work is done.
        let work = move || {
            let _permit = permit;
            metrics::counter!("agora_password_hashes_total").increment(1);
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))
    }
}

/// The Argon2id hash of a password as PHC text, on this thread.
///
/// # Errors
/// When the system has no randomness.
pub fn hash(password: &str) -> Result<String, Error> {
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed
        .map(|phc| phc.to_string())
        .map_err(|error| Error::Internal(format!("a password cannot be hashed: {error}")))
}

fn verify(password: &str, phc: &str) -> bool {
    let parsed = PasswordHash::new(phc);
    parsed.is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_key_reads_back() {
        let pem = SigningKey::generate_pem().expect("randomness");
        let key = SigningKey::from_pem(&pem).expect("its own key");
        assert_eq!((key.public.len(), key.id.len()), (32, 16));
        assert!(SigningKey::from_pem(&"-----BEGIN X-----\nAAAA\n".to_owned().into()).is_err());
    }

    #[tokio::test]
    async fn only_the_right_password_of_a_known_user_passes() {
        let hashing = PasswordHashing::new().expect("randomness");
        let phc = hash("right").expect("randomness");
        let verify = |password: &str, phc: Option<String>| hashing.verify(password.to_owned().into(), phc);
        assert!(verify("right", Some(phc.clone())).await.expect("a permit"));
        assert!(!verify("wrong", Some(phc)).await.expect("a permit"));
        assert!(!verify("nobody's password", None).await.expect("a permit"));
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
