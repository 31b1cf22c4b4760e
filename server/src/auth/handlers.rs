//! The operations of the tag `auth`.

use agora_api::apis::auth::{Auth, CreateLoginResponse};
use agora_api::models;
use http::request::Parts;

use crate::app::App;
use crate::auth::{Caller, Principal};
use crate::error::Error;
use crate::users::{self, Role};

impl Auth for App {
    async fn create_login(
        &self,
        _: &Parts,
        _: Caller,
        body: models::LoginCreate,
    ) -> Result<CreateLoginResponse, Error> {
        let account = {
            // Given back before the password is hashed: a storm of logins must not hold the pool.
            let db = self.database().connection().await?;
            users::find_by_login(&db, &body.username).await?
        };
        let phc = account.as_ref().map(|account| account.password_hash.clone());
        let is_right = self.passwords().verify(body.password.into(), phc).await?;
        let Some(account) = account.filter(|_| is_right) else {
            return Err(Error::Unauthorized("User name and password do not match"));
        };
        let principal = Principal { id: account.id, uuid: account.uuid, role: account.role };
        let user = models::LoginUser {
            id: account.id.0,
            uuid: account.uuid,
            username: account.username,
            role: role(account.role),
        };
        let body = models::Login { access: self.tokens().issue(&principal)?, user };
        Ok(CreateLoginResponse::Status200 { body })
    }
}

fn role(role: Role) -> models::Role {
    match role {
        Role::User => models::Role::User,
        Role::Staff => models::Role::Staff,
        Role::Admin => models::Role::Admin,
    }
}
