//! The caller's API keys.

mod handlers;
