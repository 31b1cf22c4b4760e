//! Callers of operations, and the ends of sessions.

use uuid::Uuid;

use crate::platform::write::Actor;
use crate::users::{Role, UserId};

/// A signed-in user.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Principal {
    /// ID of the user.
    pub id: UserId,
    /// UUID of the user, which is also their tenant.
    pub uuid: Uuid,
    /// Role from the token.
    pub role: Role,
    /// Session of the token.
    pub session: Uuid,
}

impl Principal {
    /// Returns `true` if the user may change resources of `owner`: their own, or anyone's if they are staff.
    #[must_use]
    pub fn may_change(&self, owner: Option<UserId>) -> bool {
        self.role >= Role::Staff || owner == Some(self.id)
    }
}

impl From<&Principal> for Actor {
    fn from(principal: &Principal) -> Self {
        Self { principal: format!("user:{}", principal.id.0), tenant: principal.uuid.to_string() }
    }
}

/// The tokens of a session.
pub(super) struct Pair {
    pub(super) access: String,
    pub(super) refresh: String,
}

/// The reason why a session was ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reason {
    /// The user signed out with its refresh token.
    Logout,
    /// The user signed out everywhere.
    LogoutAll,
    /// The password was changed.
    Password,
    /// The user was deleted.
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
