//! Ends of sessions.

use uuid::Uuid;

use crate::credentials::{Revocations, queries};
use crate::identity::UserId;
use crate::platform::db::{DbError, Transaction};

/// The reason why a session was ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reason {
    /// The user signed out with its refresh token.
    Logout,
    /// The user signed out everywhere.
    LogoutAll,
    /// The password was changed.
    Password,
    /// The user or the API key was deleted.
    Deleted,
}

impl Reason {
    /// Returns the name of the reason in the database.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::LogoutAll => "logout-all",
            Self::Password => "password",
            Self::Deleted => "deleted",
        }
    }
}

/// Ends all sessions of a user within a change of that user. If the transaction is not committed, the sessions end on
/// this replica only, and the user must sign in again.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn end_sessions_of(
    revocations: &Revocations,
    tx: &Transaction,
    user: UserId,
    reason: Reason,
) -> Result<(), DbError> {
    let ended = queries::revoke_sessions_of_user(tx, user, reason).await?;
    revocations.record_local(&ended);
    Ok(())
}

/// Ends all existing sessions and returns an ID that none of them exceeds. Call it in the transaction that locks and
/// empties their table. After the commit, pass the ID to [`Revocations::record_revoked_through`] for this replica.
/// Other replicas learn of it by polling.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn end_all_sessions(tx: &Transaction) -> Result<Uuid, DbError> {
    let last = Uuid::now_v7();
    queries::raise_revoked_through(tx, last).await?;
    Ok(last)
}
