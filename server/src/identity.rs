//! Callers: who may be behind a request, and their rights by role.

use uuid::Uuid;

use crate::platform::writes::Actor;

/// The ID of a user.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UserId(pub i64);

/// The role of a user. Each role includes those before it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Role {
    /// Access to the user's own resources.
    User,
    /// Access to the resources of all users.
    Staff,
    /// Access to the administration as well.
    Admin,
}

impl Role {
    /// Parses the name of a role, as stored in the database and in tokens.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "user" => Some(Self::User),
            "staff" => Some(Self::Staff),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }

    /// Returns the name of the role.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Staff => "staff",
            Self::Admin => "admin",
        }
    }
}

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
