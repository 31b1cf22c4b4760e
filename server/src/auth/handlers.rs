//! The operations of the tag `auth`.

use agora_api::apis::auth::{self as api, Auth};
use agora_api::models;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::app::App;
use crate::auth::sessions::{self, Pair};
use crate::credentials::Device;
use crate::error::Error;
use crate::identity::{Principal, Role};
use crate::platform::http::request::RequestContext;
use crate::users::{self, NewUser};

impl Auth for App {
    async fn register_user(
        &self,
        context: &RequestContext<Option<Principal>>,
        body: models::UserRegister,
    ) -> Result<api::RegisterUserResponse, Error> {
        users::check_choices(Some(&body.username), Some(&body.password))?;
        // Hash before acquiring a connection: a burst of registrations must not occupy the pool.
        let new = NewUser {
            username: body.username,
            email: body.email,
            password_hash: self.passwords.hash(body.password.into()).await?,
            first_name: body.first_name.unwrap_or_default(),
            last_name: body.last_name.unwrap_or_default(),
            phone: body.phone.unwrap_or_default(),
            location: None,
            avatar_url: None,
            address: None,
        };
        let (pair, account) = sessions::register(self, context, &new).await?;
        let location = Some(format!("/api/v1/users/{}", account.id.0));
        let body = models::Registration {
            id: account.id.0,
            uuid: account.uuid,
            username: account.username,
            email: account.email,
            access: pair.access,
            refresh: pair.refresh,
        };
        Ok(api::RegisterUserResponse::Status201 { body, location })
    }

    async fn log_in(
        &self,
        context: &RequestContext<Option<Principal>>,
        body: models::Credentials,
    ) -> Result<api::LogInResponse, Error> {
        let (pair, account) =
            sessions::sign_in(self, &Device::of(context), &body.username, body.password).await?;
        let user = models::LoginUser {
            id: account.id.0,
            uuid: account.uuid,
            username: account.username,
            role: to_api_role(account.role),
        };
        let body = models::Login { access: pair.access, refresh: pair.refresh, user };
        Ok(api::LogInResponse::Status200 { body })
    }

    async fn obtain_token(
        &self,
        context: &RequestContext<Option<Principal>>,
        body: models::Credentials,
    ) -> Result<api::ObtainTokenResponse, Error> {
        let (pair, _) = sessions::sign_in(self, &Device::of(context), &body.username, body.password).await?;
        Ok(api::ObtainTokenResponse::Status200 { body: to_api_token_pair(pair) })
    }

    async fn refresh_session(
        &self,
        context: &RequestContext<Option<Principal>>,
        body: models::RefreshCredential,
    ) -> Result<api::RefreshSessionResponse, Error> {
        let pair = sessions::refresh(self, &Device::of(context), &body.refresh).await?;
        Ok(api::RefreshSessionResponse::Status200 { body: to_api_token_pair(pair) })
    }

    async fn refresh_token(
        &self,
        context: &RequestContext<Option<Principal>>,
        body: models::RefreshCredential,
    ) -> Result<api::RefreshTokenResponse, Error> {
        let pair = sessions::refresh(self, &Device::of(context), &body.refresh).await?;
        Ok(api::RefreshTokenResponse::Status200 { body: to_api_token_pair(pair) })
    }

    async fn log_out(
        &self,
        _: &RequestContext<Option<Principal>>,
        body: models::RefreshCredential,
    ) -> Result<api::LogOutResponse, Error> {
        sessions::sign_out(self, &body.refresh).await?;
        let body = models::Detail { detail: "Signed out".to_owned() };
        Ok(api::LogOutResponse::Status200 { body })
    }

    async fn log_out_everywhere(
        &self,
        context: &RequestContext<Principal>,
    ) -> Result<api::LogOutEverywhereResponse, Error> {
        sessions::sign_out_everywhere(self, context).await?;
        let body = models::Detail { detail: "Signed out everywhere".to_owned() };
        Ok(api::LogOutEverywhereResponse::Status200 { body })
    }

    async fn change_password(
        &self,
        context: &RequestContext<Principal>,
        body: models::PasswordChange,
    ) -> Result<api::ChangePasswordResponse, Error> {
        let pair = sessions::change_password(self, context, body.old_password, body.new_password).await?;
        Ok(api::ChangePasswordResponse::Status200 { body: to_api_token_pair(pair) })
    }

    async fn get_me(&self, context: &RequestContext<Principal>) -> Result<api::GetMeResponse, Error> {
        let db = self.database().connection().await?;
        let account = users::find_account(&db, context.caller.id).await?;
        let account = account.ok_or(Error::Unauthorized("The account no longer exists"))?;
        let body = models::Me {
            id: account.id.0,
            uuid: account.uuid,
            username: account.username,
            email: account.email,
            firstname: account.first_name.clone(),
            lastname: account.last_name.clone(),
            first_name: account.first_name,
            last_name: account.last_name,
            phone: account.phone,
            is_staff: account.role >= Role::Staff,
            is_superuser: account.role == Role::Admin,
            role: to_api_role(account.role),
        };
        Ok(api::GetMeResponse::Status200 { body })
    }

    async fn get_jwks(&self, _: &RequestContext<Option<Principal>>) -> Result<api::GetJwksResponse, Error> {
        let keys = self.tokens.verifying_keys().iter().map(|key| models::PublicKey {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            r_use: "sig".to_owned(),
            alg: "EdDSA".to_owned(),
            kid: key.id.clone(),
            x: URL_SAFE_NO_PAD.encode(&key.public),
        });
        Ok(api::GetJwksResponse::Status200 { body: models::KeySet { keys: keys.collect() } })
    }
}

fn to_api_token_pair(pair: Pair) -> models::TokenPair {
    models::TokenPair { access: pair.access, refresh: pair.refresh }
}

fn to_api_role(role: Role) -> models::Role {
    match role {
        Role::User => models::Role::User,
        Role::Staff => models::Role::Staff,
        Role::Admin => models::Role::Admin,
    }
}
