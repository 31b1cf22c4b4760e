//! API keys: creation, deletion, and the check of those that requests bring.

mod queries;
mod secret;
mod seed;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use crate::credentials::{Reason, Scopes, revoke_session};
use crate::error::{Error, TokenError};
use crate::identity::{Principal, UserId};
use crate::platform::clock::Clock;
use crate::platform::crypto::sha256;
use crate::platform::db::{Database, Transaction};
use crate::platform::http::conditional::Locked;

use queries::{Found, Insertion};
pub use queries::{count_api_keys, find_own_api_key, list_api_keys};
pub use secret::ApiKeySecret;
pub use seed::{SeedApiKey, seed_api_keys};

/// Maximum number of API keys of a user.
const MOST: i64 = 100;
/// Maximum number of keys that are remembered. When it is reached, all are forgotten.
const REMEMBERED: usize = 4096;
/// Time for which a key is remembered. Afterwards it is read again, and its use is noted. Replicas remember the ends of
/// sessions for longer.
const FRESH: Duration = Duration::from_secs(60);

/// An API key, without its secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ApiKey {
    /// Place in lists.
    pub row: i64,
    pub id: Uuid,
    pub name: String,
    pub scopes: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub last_used_at: Option<DateTime<Utc>>,
}

/// An API key to create.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    pub name: String,
    pub scopes: Vec<String>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// Returns the error for an API key that the caller does not have.
pub fn unknown_api_key(id: Uuid) -> Error {
    Error::UnknownId("You have no API key with this ID", id.to_string())
}

/// Creates an API key of the caller.
///
/// # Errors
/// Returns [`Error::Conflict`] for a name that the caller has given to another key, and for too many keys.
pub async fn create_api_key(
    tx: &Transaction,
    caller: &Principal,
    secret: &ApiKeySecret,
    new: &NewApiKey,
) -> Result<ApiKey, Error> {
    let hash = secret.hash();
    match queries::insert_api_key(tx, caller, new, (secret.id(), &hash), MOST).await? {
        Insertion::Created(created_at) => Ok(ApiKey {
            row: 0,
            id: secret.id(),
            name: new.name.clone(),
            scopes: new.scopes.clone(),
            created_at,
            expires_at: new.expires_at,
            last_used_at: None,
        }),
        Insertion::Taken => Err(Error::taken("name", "Another of your API keys has this name")),
        Insertion::Full => {
            Err(Error::Conflict("You can have at most 100 API keys".to_owned(), json!({"limit": MOST})))
        }
        Insertion::SignedOut => Err(Error::BadToken(TokenError::Revoked)),
    }
}

/// Locks an API key of a user until the transaction ends.
///
/// # Errors
/// Returns [`Error::UnknownId`] if the user has no such key.
pub async fn lock_api_key(tx: &Transaction, user: UserId, id: Uuid) -> Result<Locked<ApiKey>, Error> {
    queries::lock_api_key(tx, user, id).await?.map(Locked::new).ok_or_else(|| unknown_api_key(id))
}

/// Ends a locked API key. After the commit, pass its ID to [`crate::credentials::Revocations::record_local`].
///
/// # Errors
/// Returns an error if the database fails.
pub async fn end_api_key(tx: &Transaction, locked: &ApiKey) -> Result<(), Error> {
    Ok(revoke_session(tx, locked.id, Reason::Deleted).await?)
}

/// Verifier of API keys. It remembers valid ones, so that a request with one needs no query.
pub struct ApiKeys {
    clock: Clock,
    /// Valid keys, by the SHA-256 of their text.
    known: Mutex<HashMap<[u8; 32], Arc<Known>>>,
}

struct Known {
    principal: Principal,
    scopes: Scopes,
    expires_at: Option<DateTime<Utc>>,
    /// When the key was asked for.
    read_at: Instant,
}

impl Known {
    /// Returns `true` if the key has not expired at a time.
    fn is_at(&self, time: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|at| at > time)
    }
}

impl ApiKeys {
    /// Creates a verifier that knows no keys.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, known: Mutex::default() }
    }

    /// Returns an error if a key would end at a time that has passed.
    ///
    /// # Errors
    /// Returns [`Error::Validation`] then.
    pub fn require_future(&self, expires_at: Option<DateTime<Utc>>) -> Result<(), Error> {
        match expires_at {
            Some(at) if at <= self.clock.now() => {
                Err(Error::field("expires_at", "future", "must be later than now"))
            }
            _ => Ok(()),
        }
    }

    /// Verifies a key and returns its user, with the ID of the key as their session, and its scopes. Only a well-formed key
    /// that is not remembered needs the database.
    ///
    /// # Errors
    /// Returns [`Error::BadToken`] for an invalid key.
    pub async fn verify(&self, database: &Database, text: &str) -> Result<(Principal, Scopes), Error> {
        let digest = sha256(text.as_bytes());
        let known = match self.remembered(&digest) {
            Some(known) => known,
            None => {
                let secret = ApiKeySecret::read(text).ok_or(Error::BadToken(TokenError::Malformed))?;
                self.find(database, &secret, digest).await?
            }
        };
        if !known.is_at(self.clock.now()) {
            return Err(Error::BadToken(TokenError::Expired));
        }
        Ok((known.principal.clone(), known.scopes.clone()))
    }

    /// Returns `true` if the next check of a key needs no query.
    pub fn remembers(&self, text: &str) -> bool {
        self.remembered(&sha256(text.as_bytes())).is_some()
    }

    fn remembered(&self, digest: &[u8; 32]) -> Option<Arc<Known>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(digest).filter(|known| known.read_at.elapsed() < FRESH).map(Arc::clone)
    }

    async fn find(
        &self,
        database: &Database,
        secret: &ApiKeySecret,
        digest: [u8; 32],
    ) -> Result<Arc<Known>, Error> {
        let read_at = Instant::now();
        let id = secret.id();
        let found = queries::find_api_key(&database.connection().await?, id).await?;
        let is_right = |found: &Found| verify_slices_are_equal(&found.secret_hash, &secret.hash()).is_ok();
        let found = found.filter(is_right).ok_or(Error::BadToken(TokenError::Malformed))?;
        let Found { scopes, expires_at, principal, .. } = found;
        let known = Arc::new(Known { principal, scopes: Scopes::of_tags(scopes), expires_at, read_at });
        let mut remembered = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(digest, Arc::clone(&known));
        drop(remembered);
        if known.is_at(self.clock.now()) {
            note_use(database.clone(), id);
        }
        Ok(known)
    }
}

/// Notes the use of a key, without delaying its request.
fn note_use(database: Database, id: Uuid) {
    tokio::spawn(async move {
        let noted = async { queries::note_use(&database.connection().await?, id).await }.await;
        if let Err(error) = noted {
            tracing::debug!(%error, "the use of an API key could not be noted");
        }
    });
}
