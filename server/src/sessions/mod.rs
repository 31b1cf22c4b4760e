//! The caller's sessions.

mod handlers;
