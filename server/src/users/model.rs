//! Users, their roles, and who may see and change what of them.

use std::fmt;

use agora_contract::{Fault, Faults, Place as Part};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::auth::Principal;
use crate::error::Error;
use crate::platform::text::normal_form;
use crate::users::address::{Address, Place, PlacePatch};

/// Passwords that are guessed first, in lower case, of those that are long enough.
const COMMON_PASSWORDS: &str = include_str!("common_passwords.txt");
/// Words that paths have in a user's place.
const RESERVED: [&str; 1] = ["me"];

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

/// How a path names a user.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum UserKey<'a> {
    /// By number.
    Id(i64),
    /// By a number beyond 64 bits, which nobody has.
    Unassigned(&'a str),
    /// By uuid.
    Uuid(Uuid),
    /// By user name, whatever its case.
    Name(&'a str),
}

impl<'a> From<&'a str> for UserKey<'a> {
    fn from(text: &'a str) -> Self {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map_or(Self::Unassigned(text), Self::Id);
        }
        text.parse().map_or(Self::Name(text), Self::Uuid)
    }
}

impl fmt::Display for UserKey<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(formatter),
            Self::Uuid(uuid) => uuid.fmt(formatter),
            Self::Unassigned(text) | Self::Name(text) => formatter.write_str(text),
        }
    }
}

impl<'a> UserKey<'a> {
    /// Number, uuid or name, as the three parameters of a statement.
    pub(super) fn parameters(self) -> (Option<i64>, Option<Uuid>, Option<&'a str>) {
        match self {
            Self::Id(id) => (Some(id), None, None),
            Self::Unassigned(_) => (Some(0), None, None),
            Self::Uuid(uuid) => (None, Some(uuid), None),
            Self::Name(name) => (None, None, Some(name)),
        }
    }
}

/// A user, with all that is told of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Id.
    pub id: UserId,
    /// Uuid.
    pub uuid: Uuid,
    /// User name, in the case that they chose.
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
    /// Where they are, in their own words.
    pub location: Option<String>,
    /// Where their picture is.
    pub avatar_url: Option<String>,
    /// The first of their addresses.
    pub address: Option<Address>,
    /// When they were made.
    pub created_at: DateTime<Utc>,
    /// When they were last changed.
    pub updated_at: Option<DateTime<Utc>>,
}

impl Profile {
    /// Whether a caller may know of them: staff and admins are known to themselves and to staff.
    pub(super) fn is_known_to(&self, caller: Option<&Principal>) -> bool {
        is_known(self.id, self.role, caller)
    }

    /// Whether a caller sees all of them, though the directory be closed.
    pub(super) fn is_open_to(&self, caller: Option<&Principal>) -> bool {
        caller.is_some_and(|caller| caller.may_change(Some(self.id)))
    }

    /// Whether a caller may change them: themselves, users as staff, everybody as admin. Staff who could change an
    /// admin's password would be admins.
    pub(super) fn may_be_changed_by(&self, caller: &Principal) -> bool {
        caller.id == self.id
            || caller.role == Role::Admin
            || (caller.role == Role::Staff && self.role == Role::User)
    }
}

/// Returns whether a caller may know of a user: staff and admins are known to themselves and to staff.
pub(super) fn is_known(id: UserId, role: Role, caller: Option<&Principal>) -> bool {
    role == Role::User || caller.is_some_and(|caller| caller.may_change(Some(id)))
}

/// What a new user is made of; the names and the password have passed [`check_choices`].
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
    /// Where they are, in their own words.
    pub location: Option<String>,
    /// Where their picture is.
    pub avatar_url: Option<String>,
    /// Their first address.
    pub address: Option<Place>,
}

/// What a change says of the password.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum PasswordChange {
    /// Nothing.
    #[default]
    Untouched,
    /// It is the one that they have, of which this is the hash.
    Same(String),
    /// It is another one, with this hash.
    New(String),
}

impl PasswordChange {
    /// The hash that must be there still, and the one that is to be there.
    pub(super) fn hashes(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Untouched => (None, None),
            Self::Same(hash) => (Some(hash), None),
            Self::New(hash) => (None, Some(hash)),
        }
    }
}

/// What an old password that was sent with a change says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Confirmation {
    /// None was sent, or nobody asks for it.
    #[default]
    Missing,
    /// It is another one.
    Wrong,
    /// It is the current one, of which this is the hash.
    Given(String),
}

/// What a change says of a user; what is none stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Change {
    pub(super) username: Option<String>,
    pub(super) email: Option<String>,
    pub(super) password: PasswordChange,
    /// Whether the caller has shown that they know the current password.
    pub(super) confirmation: Confirmation,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) location: Option<Option<String>>,
    pub(super) avatar_url: Option<Option<String>>,
    pub(super) address: Option<PlacePatch>,
}

impl Change {
    /// A user with this change made, but for address and password.
    pub(super) fn applied(self, user: &Profile) -> Profile {
        let user = user.clone();
        Profile {
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

/// What of a user's choices others have already.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Taken {
    pub(super) username: bool,
    pub(super) email: bool,
}

impl Taken {
    /// The names of the fields that are taken.
    pub(super) fn fields(self) -> Vec<&'static str> {
        let fields = [("username", self.username), ("email", self.email)];
        fields.into_iter().filter(|(_, is_taken)| *is_taken).map(|(field, _)| field).collect()
    }
}

/// Whether a password may be chosen, for a field of this name: it is not one of those that are guessed first.
///
/// # Errors
/// [`Error::Validation`] for one that is.
pub fn check_password(field: &str, password: &str, username: &str) -> Result<(), Error> {
    password_fault(field, password, Some(username)).map_or(Ok(()), |fault| Err(Faults::from(fault).into()))
}

/// Whether user name and password may be chosen, as far as the contract cannot say it: a path must not take the name
/// for something else, and the password is not one of those that are guessed first, the user name among them.
///
/// # Errors
/// [`Error::Validation`] with all faults of both.
pub fn check_choices(username: Option<&str>, password: Option<&str>) -> Result<(), Error> {
    let faults: Faults = username
        .and_then(name_fault)
        .into_iter()
        .chain(password.and_then(|word| password_fault("password", word, username)))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.into()) }
}

fn name_fault(name: &str) -> Option<Fault> {
    let fault = |rule, message| Some(Fault::new(Part::Body, "username", rule, message));
    match UserKey::from(name) {
        UserKey::Id(_) | UserKey::Unassigned(_) => fault("digits", "is not all digits"),
        UserKey::Uuid(_) => fault("uuid", "is not like a uuid"),
        UserKey::Name(_) if RESERVED.iter().any(|word| word.eq_ignore_ascii_case(name)) => {
            fault("reserved", "is not one of the words that paths need")
        }
        UserKey::Name(_) => None,
    }
}

fn password_fault(field: &str, password: &str, username: Option<&str>) -> Option<Fault> {
    let fault = |rule, message| Some(Fault::new(Part::Body, field, rule, message));
    // Who guesses does not stop at case, width and blanks.
    let form = normal_form(password);
    if form.is_empty() {
        return fault("blank", "must have a visible character");
    }
    if username.is_some_and(|name| normal_form(name) == form) {
        return fault("username", "must not be the user name");
    }
    let is_common = COMMON_PASSWORDS.lines().any(|common| common.eq_ignore_ascii_case(&form));
    if is_common { fault("common", "is not one of the most common") } else { None }
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
mod tests;
