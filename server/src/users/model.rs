//! Users, their roles, and the rules of access to them.

use agora_runtime::{Location as Part, UserRef, Violation, Violations};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Error;
use crate::identity::{Principal, Role, UserId};
use crate::platform::text::normal_form;
use crate::users::address::{Address, AddressFields, AddressPatch};

/// Common passwords of sufficient length, in lower case. Their source and licence are in `common_passwords.LICENSE`.
const COMMON_PASSWORDS: &str = include_str!("common_passwords.txt");
/// User names with a meaning of their own in paths.
const RESERVED: [&str; 1] = ["me"];

/// The data of a user that signing in requires.
#[derive(Clone, Debug)]
pub struct Account {
    /// Id.
    pub id: UserId,
    /// Uuid.
    pub uuid: Uuid,
    /// User name in its original case.
    pub username: String,
    /// Role.
    pub role: Role,
    /// Argon2id in PHC format.
    pub password_hash: String,
    /// E-mail address.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Phone number.
    pub phone: String,
}

/// A user with all visible fields.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// Id.
    pub id: UserId,
    /// Uuid.
    pub uuid: Uuid,
    /// User name in its original case.
    pub username: String,
    /// E-mail address.
    pub email: String,
    /// Role.
    pub role: Role,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Phone number, as it was sent.
    pub phone: String,
    /// Free-text location.
    pub location: Option<String>,
    /// URL of the avatar.
    pub avatar_url: Option<String>,
    /// The first address of the user.
    pub address: Option<Address>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: Option<DateTime<Utc>>,
}

impl User {
    /// Returns `true` if the user is visible to a caller. Staff and admins are visible only to themselves and to staff.
    pub(super) fn is_visible_to(&self, caller: Option<&Principal>) -> bool {
        is_visible(self.id, self.role, caller)
    }

    /// Returns `true` if a caller sees all fields even if the directory is closed.
    pub(super) fn is_readable_by(&self, caller: Option<&Principal>) -> bool {
        caller.is_some_and(|caller| caller.may_change(Some(self.id)))
    }

    /// Returns `true` if a caller may change the user. Users may change themselves, staff may change users, and admins
    /// may change everyone. Staff must not change admins: a new password would give them an admin account.
    pub(super) fn may_be_changed_by(&self, caller: &Principal) -> bool {
        caller.id == self.id
            || caller.role == Role::Admin
            || (caller.role == Role::Staff && self.role == Role::User)
    }
}

/// Returns `true` if a user is visible to a caller. Staff and admins are visible only to themselves and to staff.
pub(super) fn is_visible(id: UserId, role: Role, caller: Option<&Principal>) -> bool {
    role == Role::User || caller.is_some_and(|caller| caller.may_change(Some(id)))
}

/// The data of a new user. The user name and password have passed [`check_choices`].
#[derive(Clone, Debug)]
pub struct NewUser {
    /// User name.
    pub username: String,
    /// E-mail address.
    pub email: String,
    /// Argon2id in PHC format.
    pub password_hash: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Phone number.
    pub phone: String,
    /// Free-text location.
    pub location: Option<String>,
    /// URL of the avatar.
    pub avatar_url: Option<String>,
    /// Their first address.
    pub address: Option<AddressFields>,
}

/// The effect of a change on the password.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum PasswordChange {
    /// The password is not part of the change.
    #[default]
    Untouched,
    /// The password equals the current one, which has this hash.
    Same(String),
    /// The password is new and has this hash.
    New(String),
}

impl PasswordChange {
    /// Returns the hash that must still be stored, and the hash to store.
    pub(super) fn hashes(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Untouched => (None, None),
            Self::Same(hash) => (Some(hash), None),
            Self::New(hash) => (None, Some(hash)),
        }
    }
}

/// The result of checking the old password that was sent with a change.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Confirmation {
    /// No old password was sent, or none is required.
    #[default]
    Missing,
    /// The old password is wrong.
    Wrong,
    /// The old password is correct and has this hash.
    Given(String),
}

/// A change of a user. Fields that are `None` keep their values.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Change {
    pub(super) username: Option<String>,
    pub(super) email: Option<String>,
    pub(super) password: PasswordChange,
    /// Proof that the caller knows the current password.
    pub(super) confirmation: Confirmation,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) location: Option<Option<String>>,
    pub(super) avatar_url: Option<Option<String>>,
    pub(super) address: Option<AddressPatch>,
}

impl Change {
    /// Returns the user with this change applied, except for address and password.
    pub(super) fn applied(self, user: &User) -> User {
        let user = user.clone();
        User {
            username: self.username.unwrap_or(user.username),
            email: self.email.unwrap_or(user.email),
            first_name: self.first_name.unwrap_or(user.first_name),
            last_name: self.last_name.unwrap_or(user.last_name),
            phone: self.phone.unwrap_or(user.phone),
            location: self.location.unwrap_or(user.location),
            avatar_url: self.avatar_url.unwrap_or(user.avatar_url),
            ..user
        }
    }
}

/// Unique fields of a user that other users already have.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Taken {
    pub(super) username: bool,
    pub(super) email: bool,
}

impl Taken {
    /// Returns the names of the taken fields.
    pub(super) fn fields(self) -> Vec<&'static str> {
        let fields = [("username", self.username), ("email", self.email)];
        fields.into_iter().filter(|(_, is_taken)| *is_taken).map(|(field, _)| field).collect()
    }
}

/// Checks that a password is not a common one. `field` names the field in the error.
///
/// # Errors
/// Returns [`Error::Validation`] for a common password.
pub fn check_password(field: &str, password: &str, username: &str) -> Result<(), Error> {
    password_violation(field, password, Some(username))
        .map_or(Ok(()), |violation| Err(Violations::from(violation).into()))
}

/// Checks the rules for user names and passwords that the contract cannot express. A path must not mistake the user
/// name for another word or ID, and the password must be neither a common one nor the user name.
///
/// # Errors
/// Returns [`Error::Validation`] with all faults of both.
pub fn check_choices(username: Option<&str>, password: Option<&str>) -> Result<(), Error> {
    let violations: Violations = username
        .and_then(username_violation)
        .into_iter()
        .chain(password.and_then(|word| password_violation("password", word, username)))
        .collect();
    if violations.is_empty() { Ok(()) } else { Err(violations.into()) }
}

fn username_violation(name: &str) -> Option<Violation> {
    let violation = |rule, message| Some(Violation::new(Part::Body, "username", rule, message));
    match UserRef::from(name.to_owned()) {
        UserRef::Id(_) | UserRef::Unassigned(_) => violation("digits", "must not consist only of digits"),
        UserRef::Uuid(_) => violation("uuid", "must not look like a UUID"),
        UserRef::Name(_) if RESERVED.iter().any(|word| word.eq_ignore_ascii_case(name)) => {
            violation("reserved", "must not be a reserved word")
        }
        UserRef::Name(_) => None,
    }
}

fn password_violation(field: &str, password: &str, username: Option<&str>) -> Option<Violation> {
    let violation = |rule, message| Some(Violation::new(Part::Body, field, rule, message));
    // Guessing covers variants of case, width and spaces too.
    let form = normal_form(password);
    if form.is_empty() {
        return violation("blank", "must contain a visible character");
    }
    if username.is_some_and(|name| normal_form(name) == form) {
        return violation("username", "must not equal the username");
    }
    let is_common = COMMON_PASSWORDS.lines().any(|common| common.eq_ignore_ascii_case(&form));
    if is_common { violation("common", "must not be a common password") } else { None }
}

/// A user of the dataset.
#[derive(Clone, Debug)]
pub struct SeedUser {
    /// ID in the dataset.
    pub id: i64,
    /// UUID in the dataset.
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
    /// Phone number as in the dataset.
    pub phone: String,
}

#[cfg(test)]
mod tests;
