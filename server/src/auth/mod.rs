//! Authentication: a password is exchanged for a signed token, which identifies the caller.
//!
//! This module decides from the contract whether the caller may call an operation. The domain modules decide whether
//! the caller may access a particular resource.

mod authenticate;
mod handlers;
mod sessions;

pub use authenticate::{MISSING, authenticate};
