//! Callers of operations, and the ends of sessions.

use uuid::Uuid;

use crate::error::Error;
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

    /// Returns the actor that is reported to the database.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor { principal: format!("user:{}", self.id.0), tenant: self.uuid.to_string() }
    }
}

/// The caller of an operation. `None` is an anonymous caller of a public operation.
#[derive(Clone, Debug)]
pub struct Caller(pub Option<Principal>);

impl Caller {
    /// Returns the principal of an operation that requires one.
    ///
    /// # Errors
    /// Returns [`Error::Unauthorized`] if the caller is anonymous. The check of `x-authz` already rejects that case.
    pub fn principal(&self) -> Result<&Principal, Error> {
        self.0.as_ref().ok_or(Error::Unauthorized("Send an access token in the `Authorization` header"))
    }

    /// Returns `true` if the caller is not signed in.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.0.is_none()
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
