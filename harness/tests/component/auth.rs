//! Credentials: signing in, and what becomes of the session.

mod login;
mod registration;
mod sessions;
