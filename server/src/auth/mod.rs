//! Credentials: a password is exchanged for a signed token, which identifies the caller.
//!
//! This module decides from the contract whether the caller may call an operation. The domain modules decide whether
//! the caller may access a particular resource.

mod authenticate;
mod handlers;
mod model;
mod queries;
mod refresh;
mod revocations;
mod sessions;
mod tokens;

pub use authenticate::{MISSING, authenticate};
pub use model::{Principal, Reason};
pub use refresh::RefreshTokens;
pub use revocations::Revocations;
pub use sessions::{end_all_sessions, end_sessions_of, remove_ended};
pub use tokens::Tokens;
