//! Shared state of the handlers, without logic.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use agora_runtime::{Contract, Operation};
use futures_util::future::BoxFuture;
use http::Extensions;
use uuid::Uuid;

use crate::config::Profile;
use crate::credentials::{ApiKeys, RefreshTokens, Revocations, Tokens};
use crate::document::Document;
use crate::error::Error;
use crate::identity::UserId;
use crate::platform::crypto::passwords::PasswordHashing;
use crate::platform::db::{Database, Transaction};
use crate::platform::detached::Detached;
use crate::platform::http::rate_limit::RateLimits;
use crate::platform::pagination::Pager;
use crate::platform::telemetry::Front;
use crate::platform::writes::WriteBoundary;

/// The application state. Clones share one instance.
#[derive(Clone)]
pub struct App {
    parts: Arc<AppParts>,
}

/// Deletes what a module keeps of a user, in the transaction that deletes the user.
pub type UserDeletion = for<'a> fn(&'a Transaction, UserId) -> BoxFuture<'a, Result<(), Error>>;

/// Components of the application.
pub struct AppParts {
    /// The compiled contract.
    pub contract: Arc<Contract>,
    /// The write boundary, which owns the main connection pool.
    pub writes: WriteBoundary,
    /// A separate connection pool for readiness and the feed of ended sessions, which must not wait behind requests.
    pub monitor: Database,
    /// Requests that keep running after their client disconnects.
    pub detached: Detached,
    /// Reads the requests of lists.
    pub pager: Pager,
    pub rate_limits: Arc<RateLimits>,
    pub passwords: PasswordHashing,
    pub tokens: Tokens,
    pub api_keys: ApiKeys,
    pub refresh_tokens: RefreshTokens,
    pub revocations: Revocations,
    /// Maximum time for the header of a request to arrive, and for its body.
    pub receive: Duration,
    /// States of single modules, by their types.
    pub states: Extensions,
    /// The modules that keep something of a user.
    pub user_deletions: Vec<UserDeletion>,
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
}

impl Deref for App {
    type Target = AppParts;

    fn deref(&self) -> &AppParts {
        &self.parts
    }
}

impl AppParts {
    /// Returns the connection pool for reads.
    pub fn database(&self) -> &Database {
        &self.writes.database
    }

    /// Generates a UUIDv7, so that ids sort by creation time.
    pub fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }

    /// Returns `true` in the sandbox, which allows operations that production must not.
    pub fn is_sandbox(&self) -> bool {
        self.profile == Profile::Sandbox
    }

    /// Returns `true` if an operation is served. Otherwise its path responds 404, like a path outside the contract.
    pub fn serves(&self, operation: &Operation) -> bool {
        match operation.tag {
            "docs" => self.has_docs,
            "registry" => self.registry_enabled,
            _ => self.registration_open || operation.id != "register_user",
        }
    }

    /// Starts the shutdown: readiness fails from now on.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// Returns `true` while the server shuts down.
    pub fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }
}
