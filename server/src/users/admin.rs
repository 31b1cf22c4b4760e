//! The first admin of a database, created by an operator.

use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use crate::error::Error;
use crate::identity::UserId;
use crate::platform::crypto::passwords::PasswordHashing;
use crate::platform::db::Database;
use crate::platform::writes::in_transaction;
use crate::users::model::{NewUser, check_choices};
use crate::users::{account, login};

/// An admin to be created.
pub struct NewAdmin {
    /// User name.
    pub username: String,
    /// E-mail address.
    pub email: String,
    /// Password.
    pub password: SecretString,
}

impl NewAdmin {
    /// Applies the checks that the contract applies to a registration.
    fn check(&self) -> Result<(), Error> {
        let Self { username, email, password } = self;
        let password = password.expose_secret();
        let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let is_name = username.starts_with(is_word)
            && username.len() <= 150
            && username.chars().all(|letter| is_word(letter) || ".+-".contains(letter));
        if !is_name {
            return Err(Error::field(
                "username",
                "pattern",
                "must be at most 150 letters, digits and _ . + -",
            ));
        }
        let is_address = email
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
        if !is_address || email.len() > 254 || email.contains(char::is_whitespace) {
            return Err(Error::field("email", "format", "must be an email address"));
        }
        if !(8..=128).contains(&password.chars().count()) {
            return Err(Error::field("password", "minLength", "must have 8 to 128 characters"));
        }
        check_choices(Some(username), Some(password))
    }
}

/// Creates an admin. Connects as the owner of the schema.
///
/// # Errors
/// Returns [`Error::Validation`] for a user name, e-mail address or password that registration would reject too,
/// [`Error::Conflict`] if one is taken, or an error if the database fails.
pub async fn create_admin(database: &Database, admin: NewAdmin) -> Result<UserId, Error> {
    admin.check()?;
    let NewAdmin { username, email, password } = admin;
    let new = &NewUser {
        username,
        email,
        password_hash: PasswordHashing::new()?.hash(password).await?,
        first_name: String::new(),
        last_name: String::new(),
        phone: String::new(),
        location: None,
        avatar_url: None,
        address: None,
    };
    in_transaction(database, |tx| async move {
        let created = account::create(&tx, [Uuid::now_v7(), Uuid::now_v7()], new).await?;
        login::queries::make_admin(&tx, created.id).await?;
        Ok(created.id)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_registration_refuses_makes_no_admin() {
        let check = |username: &str, email: &str, password: &str| {
            let password = password.to_owned().into();
            NewAdmin { username: username.to_owned(), email: email.to_owned(), password }.check().is_ok()
        };
        assert!(check("ada.l", "ada@example.com", "a-long-enough-secret"));
        for username in ["", "17", "me", "-a", "a b", "é", &"a".repeat(151)] {
            assert!(!check(username, "ada@example.com", "a-long-enough-secret"), "{username}");
        }
        for email in ["", "ada", "@example.com", "ada@", "a@b@c", "a b@c", &format!("{}@x", "a".repeat(254))]
        {
            assert!(!check("ada", email, "a-long-enough-secret"), "{email}");
        }
        for password in ["", "short", "password1", &"a".repeat(129)] {
            assert!(!check("ada", "ada@example.com", password), "{password}");
        }
    }
}
