//! Who is calling.

use uuid::Uuid;

use crate::error::Error;
use crate::platform::write::Actor;
use crate::users::{Role, UserId};

/// A person who is signed in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Principal {
    /// Their id.
    pub id: UserId,
    /// Their uuid, which is also their tenant.
    pub uuid: Uuid,
    /// Their role, as their token bears it.
    pub role: Role,
    /// The session that their token is of.
    pub session: Uuid,
}

impl Principal {
    /// Whether they may change what belongs to `owner`: their own things, and everybody's as staff.
    #[must_use]
    pub fn may_change(&self, owner: Option<UserId>) -> bool {
        self.role >= Role::Staff || owner == Some(self.id)
    }

    /// Who acts, as the database is told.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor { principal: format!("user:{}", self.id.0), tenant: self.uuid.to_string() }
    }
}

/// Who is calling: a principal, or nobody in particular where the operation is public.
#[derive(Clone, Debug)]
pub struct Caller(pub Option<Principal>);

impl Caller {
    /// The principal of an operation that needs one.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] when nobody is signed in; the operation's `x-authz` has refused that before.
    pub fn principal(&self) -> Result<&Principal, Error> {
        self.0.as_ref().ok_or(Error::Unauthorized("Send an access token in the header Authorization"))
    }

    /// Whether nobody is signed in.
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

/// Why a session was ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reason {
    /// Its own refresh token was given back.
    Logout,
    /// The user signed out everywhere.
    LogoutAll,
    /// The password is another.
    Password,
    /// The user is gone.
    Deleted,
}

impl Reason {
    /// The word for it in the database.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::LogoutAll => "logout-all",
            Self::Password => "password",
            Self::Deleted => "deleted",
        }
    }
}
