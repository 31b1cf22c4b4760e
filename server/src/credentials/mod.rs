//! Credentials, which prove an identity: access tokens, refresh tokens, and the sessions of both. Imports no domain.

mod queries;
mod refresh;
mod revocations;
mod sessions;
mod tokens;

pub use queries::{
    Rotation, insert_session, remove_ended, revoke_session, revoke_sessions_of_user, rotate_session,
};
pub use refresh::{RefreshToken, RefreshTokens};
pub use revocations::Revocations;
pub use sessions::{Reason, end_all_sessions, end_sessions_of};
pub use tokens::{Scopes, Tokens};
