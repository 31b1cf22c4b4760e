//! Authentication: registration, sign-in, sessions and key rotation.

mod challenges;
mod login;
mod races;
mod registration;
mod revocation;
mod rotation;
mod sessions;
