//! What the handlers share. No logic.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use agora_contract::{Contract, Operation};
use uuid::Uuid;

use crate::auth::{RefreshTokens, Revocations, Tokens};
use crate::config::Profile;
use crate::docs::Document;
use crate::platform::db::Database;
use crate::platform::detached::Detached;
use crate::platform::page::{Counts, Cursors, Origin};
use crate::platform::passwords::PasswordHashing;
use crate::platform::telemetry::Front;
use crate::platform::write::Door;

/// The application: clones are the same one.
#[derive(Clone)]
pub struct App {
    parts: Arc<AppParts>,
}

/// What the application is made of.
pub struct AppParts {
    /// The compiled contract.
    pub contract: Arc<Contract>,
    /// The write boundary, with the database behind it.
    pub door: Door,
    /// Connections apart from those of requests.
    pub monitor: Database,
    /// Requests that run apart from their connections.
    pub detached: Detached,
    /// Cursors of lists.
    pub cursors: Cursors,
    /// Where absolute links lead.
    pub origin: Origin,
    /// Password hashing.
    pub passwords: PasswordHashing,
    /// Access tokens.
    pub tokens: Tokens,
    /// Refresh tokens.
    pub refresh_tokens: RefreshTokens,
    /// Sessions that have ended.
    pub revocations: Revocations,
    /// Whether users and carts are read publicly.
    pub open_directory: bool,
    /// Whether any signed-in user may make users.
    pub registration_open: bool,
    /// Whether the people registry is served.
    pub registry_enabled: bool,
    /// What kind of server this is.
    pub profile: Profile,
    /// Whether contract and documentation are served.
    pub has_docs: bool,
    /// The contract as it is served.
    pub document: Document,
    /// What stands between clients and this server.
    pub front: Front,
    /// Whether the server shuts down.
    pub is_draining: AtomicBool,
}

impl App {
    /// The application of some parts.
    pub fn new(parts: AppParts) -> Self {
        Self { parts: Arc::new(parts) }
    }

    /// The compiled contract.
    pub fn contract(&self) -> &Arc<Contract> {
        &self.parts.contract
    }

    /// The database, for reads.
    pub fn database(&self) -> &Database {
        &self.parts.door.database
    }

    /// The database, for what must not wait behind requests: readiness, and the feed of ended sessions.
    pub fn monitor(&self) -> &Database {
        &self.parts.monitor
    }

    /// Requests that run apart from their connections.
    pub fn detached(&self) -> &Detached {
        &self.parts.detached
    }

    /// The write boundary.
    pub fn door(&self) -> &Door {
        &self.parts.door
    }

    /// Counts of lists.
    pub fn counts(&self) -> &Counts {
        &self.parts.door.counts
    }

    /// Cursors of lists.
    pub fn cursors(&self) -> &Cursors {
        &self.parts.cursors
    }

    /// Where absolute links lead.
    pub fn origin(&self) -> &Origin {
        &self.parts.origin
    }

    /// Password hashing.
    pub fn passwords(&self) -> &PasswordHashing {
        &self.parts.passwords
    }

    /// Access tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.parts.tokens
    }

    /// Refresh tokens.
    pub fn refresh_tokens(&self) -> &RefreshTokens {
        &self.parts.refresh_tokens
    }

    /// Sessions that have ended.
    pub fn revocations(&self) -> &Revocations {
        &self.parts.revocations
    }

    /// Whether users and carts are read as publicly as FakeStore has them.
    pub fn open_directory(&self) -> bool {
        self.parts.open_directory
    }

    /// Whether any signed-in user may make users, or staff alone.
    pub fn registration_open(&self) -> bool {
        self.parts.registration_open
    }

    /// A new id: UUIDv7, so that later ones sort later.
    pub fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }

    /// Whether this is a sandbox, where much may be done that must not be done elsewhere.
    pub fn is_sandbox(&self) -> bool {
        self.parts.profile == Profile::Sandbox
    }

    /// Whether contract and documentation are served.
    pub fn has_docs(&self) -> bool {
        self.parts.has_docs
    }

    /// Returns whether an operation is served; one that is not is as unknown as any path that the contract does not have.
    pub fn serves(&self, operation: &Operation) -> bool {
        match operation.tag {
            "docs" => self.parts.has_docs,
            "registry" => self.parts.registry_enabled,
            _ => self.parts.registration_open || operation.id != "register_user",
        }
    }

    /// The contract as it is served.
    pub fn document(&self) -> &Document {
        &self.parts.document
    }

    /// The path of `PUBLIC_URL`, with which clients call this server.
    pub fn prefix(&self) -> &str {
        &self.parts.front.prefix
    }

    /// What stands between clients and this server.
    pub fn front(&self) -> &Front {
        &self.parts.front
    }

    /// Says that the server shuts down: it is not ready any more.
    pub fn drain(&self) {
        self.parts.is_draining.store(true, Ordering::Relaxed);
    }

    /// Whether the server shuts down.
    pub fn is_draining(&self) -> bool {
        self.parts.is_draining.load(Ordering::Relaxed)
    }
}
