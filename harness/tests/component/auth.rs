//! Authentication: registration, sign-in, sessions and key rotation.

mod challenges;
mod login;
mod races;
mod registration;
mod rotation;
mod sessions;
