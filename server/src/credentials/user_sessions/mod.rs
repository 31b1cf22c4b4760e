//! The sessions of a user as the user sees them: where they are signed in. API keys have sessions too, which are not among them.

mod queries;
mod seed;

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use http::header::USER_AGENT;
use uuid::Uuid;

use crate::credentials::{Reason, revoke_session};
use crate::error::Error;
use crate::identity::UserId;
use crate::platform::db::Transaction;
use crate::platform::http::conditional::Locked;
use crate::platform::http::request::RequestContext;

pub use queries::{composed_statements, count_sessions, find_own_session, list_sessions};
pub use seed::{SeedSession, seed_sessions};

/// Maximum length of a stored User-Agent in characters.
const USER_AGENT_LENGTH: usize = 300;

/// The client of a sign-in or a refresh.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Device {
    /// The `User-Agent` of the request, cut to 300 characters.
    pub user_agent: Option<String>,
    /// Address of the client.
    pub address: Option<IpAddr>,
}

impl Device {
    /// Returns the client of a request.
    #[must_use]
    pub fn of<C>(context: &RequestContext<C>) -> Self {
        let header = context.parts.headers.get(USER_AGENT).filter(|value| !value.is_empty());
        let text = header.map(|value| String::from_utf8_lossy(value.as_bytes()));
        Self {
            user_agent: text.map(|text| text.chars().take(USER_AGENT_LENGTH).collect()),
            address: context.arrival.client.address,
        }
    }
}

/// A session that has not ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UserSession {
    /// Place in lists.
    pub number: i64,
    pub id: Uuid,
    pub device: Device,
    pub created_at: DateTime<Utc>,
    /// Time of the last refresh.
    pub rotated_at: Option<DateTime<Utc>>,
    pub expires_at: DateTime<Utc>,
}

/// Returns the error for a session that the caller does not have.
pub fn unknown_session(id: Uuid) -> Error {
    Error::UnknownId("You have no session with this ID", id.to_string())
}

/// Locks a session of a user until the transaction ends.
///
/// # Errors
/// Returns [`Error::UnknownId`] if the user has no such session.
pub async fn lock_session(tx: &Transaction, user: UserId, id: Uuid) -> Result<Locked<UserSession>, Error> {
    queries::lock_session(tx, user, id).await?.map(Locked::new).ok_or_else(|| unknown_session(id))
}

/// Ends a locked session. After the commit, pass its ID to [`crate::credentials::Revocations::record_local`].
///
/// # Errors
/// Returns an error if the database fails.
pub async fn end_session(tx: &Transaction, locked: &UserSession) -> Result<(), Error> {
    Ok(revoke_session(tx, locked.id, Reason::Logout).await?)
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, Request};

    use super::*;
    use crate::platform::http::request::examples::context;

    #[test]
    fn any_user_agent_can_be_stored() {
        let read = |value: &[u8]| {
            let value = HeaderValue::from_bytes(value).expect("a header");
            Device::of(&context(Request::get("/").header(USER_AGENT, value), b"")).user_agent
        };
        assert_eq!(read(b"curl/8.5"), Some("curl/8.5".to_owned()));
        assert_eq!(read(b""), None);
        assert_eq!(read(b"\xff\t\xe9x"), Some("\u{fffd}\t\u{fffd}x".to_owned()));
        assert_eq!(read("ü".repeat(400).as_bytes()), Some("ü".repeat(300)));
        assert_eq!(Device::of(&context(Request::get("/"), b"")).user_agent, None);
    }
}
