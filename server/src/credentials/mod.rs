//! Credentials, which prove an identity: access tokens, refresh tokens, API keys, and the sessions of all. Imports no domain.

mod api_keys;
mod queries;
mod refresh;
mod revocations;
mod scopes;
mod sessions;
mod tokens;
mod user_sessions;

pub use api_keys::{
    ApiKey, ApiKeySecret, ApiKeys, NewApiKey, SeedApiKey, count_api_keys, create_api_key, end_api_key,
    find_own_api_key, list_api_keys, lock_api_key, seed_api_keys, unknown_api_key,
};
pub use queries::{
    Rotation, insert_session, remove_ended, revoke_session, revoke_sessions_of_user, rotate_session,
};
pub use refresh::{RefreshToken, RefreshTokens};
pub use revocations::Revocations;
pub use scopes::Scopes;
pub use sessions::{Reason, end_all_sessions, end_sessions_of};
pub use tokens::Tokens;
pub use user_sessions::{
    Device, SeedSession, UserSession, composed_statements, count_sessions, end_session, find_own_session,
    list_sessions, lock_session, seed_sessions, unknown_session,
};
