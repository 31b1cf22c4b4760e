//! Shared state of the handlers, without logic.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use agora_runtime::{Contract, Operation};
use uuid::Uuid;

use crate::auth::{RefreshTokens, Revocations, Tokens};
use crate::config::Profile;
use crate::docs::Document;
use crate::platform::db::Database;
use crate::platform::detached::Detached;
use crate::platform::pagination::{Counts, Cursors, Origin};
use crate::platform::passwords::PasswordHashing;
use crate::platform::telemetry::Front;
use crate::platform::write::WriteBoundary;

/// The application state. Clones share one instance.
#[derive(Clone)]
pub struct App {
    parts: Arc<AppParts>,
}

/// Components of the application.
pub struct AppParts {
    pub contract: Arc<Contract>,
    /// The write boundary, which owns the main connection pool.
    pub door: WriteBoundary,
    /// A separate connection pool for readiness and the feed of ended sessions.
    pub monitor: Database,
    /// Requests that keep running after their client disconnects.
    pub detached: Detached,
    pub cursors: Cursors,
    /// Scheme and host of absolute links.
    pub origin: Origin,
    pub passwords: PasswordHashing,
    pub tokens: Tokens,
    pub refresh_tokens: RefreshTokens,
    pub revocations: Revocations,
    /// `true` if users and carts can be read without signing in.
    pub open_directory: bool,
    /// `true` if anyone may register; otherwise only staff create users.
    pub registration_open: bool,
    pub registry_enabled: bool,
    pub profile: Profile,
    /// `true` if the contract and its documentation are served.
    pub has_docs: bool,
    pub document: Document,
    /// Trusted proxies and the path prefix that they remove.
    pub front: Front,
    /// Set when the server shuts down.
    pub is_draining: AtomicBool,
}

impl App {
    /// Creates the application from its parts.
    pub fn new(parts: AppParts) -> Self {
        Self { parts: Arc::new(parts) }
    }

    /// Returns the compiled contract.
    pub fn contract(&self) -> &Arc<Contract> {
        &self.parts.contract
    }

    /// Returns the connection pool for reads.
    pub fn database(&self) -> &Database {
        &self.parts.door.database
    }

    /// Returns the pool for work that must not wait behind requests: readiness, and the feed of ended sessions.
    pub fn monitor(&self) -> &Database {
        &self.parts.monitor
    }

    /// Returns the requests that keep running after their client disconnects.
    pub fn detached(&self) -> &Detached {
        &self.parts.detached
    }

    /// Returns the write boundary.
    pub fn writes(&self) -> &WriteBoundary {
        &self.parts.door
    }

    /// Returns the cached total counts of lists.
    pub fn counts(&self) -> &Counts {
        &self.parts.door.counts
    }

    /// Returns the codec for pagination cursors.
    pub fn cursors(&self) -> &Cursors {
        &self.parts.cursors
    }

    /// Returns the source of scheme and host for absolute links.
    pub fn origin(&self) -> &Origin {
        &self.parts.origin
    }

    /// Returns the password hasher.
    pub fn passwords(&self) -> &PasswordHashing {
        &self.parts.passwords
    }

    /// Returns the issuer and verifier of access tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.parts.tokens
    }

    /// Returns the issuer and verifier of refresh tokens.
    pub fn refresh_tokens(&self) -> &RefreshTokens {
        &self.parts.refresh_tokens
    }

    /// Returns the sessions that have ended.
    pub fn revocations(&self) -> &Revocations {
        &self.parts.revocations
    }

    /// Returns `true` if users and carts are publicly readable, as in FakeStore.
    pub fn open_directory(&self) -> bool {
        self.parts.open_directory
    }

    /// Returns `true` if anyone may register; otherwise only staff create users.
    pub fn registration_open(&self) -> bool {
        self.parts.registration_open
    }

    /// Generates a UUIDv7, so that ids sort by creation time.
    pub fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }

    /// Returns `true` in the sandbox, which allows operations that production must not.
    pub fn is_sandbox(&self) -> bool {
        self.parts.profile == Profile::Sandbox
    }

    /// Returns `true` if the contract and its documentation are served.
    pub fn has_docs(&self) -> bool {
        self.parts.has_docs
    }

    /// Returns `true` if an operation is served. Otherwise its path responds 404, like a path outside the contract.
    pub fn serves(&self, operation: &Operation) -> bool {
        match operation.tag {
            "docs" => self.parts.has_docs,
            "registry" => self.parts.registry_enabled,
            _ => self.parts.registration_open || operation.id != "register_user",
        }
    }

    /// Returns the contract documents as served.
    pub fn document(&self) -> &Document {
        &self.parts.document
    }

    /// Returns the path of `PUBLIC_URL`, which prefixes every path that clients call.
    pub fn prefix(&self) -> &str {
        &self.parts.front.prefix
    }

    /// Returns the trusted proxies and the path prefix that they remove.
    pub fn front(&self) -> &Front {
        &self.parts.front
    }

    /// Starts the shutdown: readiness fails from now on.
    pub fn drain(&self) {
        self.parts.is_draining.store(true, Ordering::Relaxed);
    }

    /// Returns `true` while the server shuts down.
    pub fn is_draining(&self) -> bool {
        self.parts.is_draining.load(Ordering::Relaxed)
    }
}
