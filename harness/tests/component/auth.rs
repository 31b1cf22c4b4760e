//! Credentials: signing in, and what becomes of the session.

mod challenges;
mod login;
mod races;
mod registration;
mod rotation;
mod sessions;
