/*
 * Agora
 *
 * Backend for an online marketplace: product catalog, carts, users, sessions and a people registry. The server is generated from this document and tested against it.  ## Sign in Send a username and a password to `POST /api/v1/auth/login`. The response contains two tokens:  - The access token is valid for 15 minutes. Send it as `Authorization: Bearer TOKEN`. - The refresh token is valid for 30 days and one exchange. Send it to `POST /api/v1/auth/refresh` to get a new pair.  A sandbox (`agora serve`) contains the users of the FakeStore dataset, such as `johnd` with the password `m38rmF$`. To restore its data, send `POST /__sandbox/reset`. To test what happens later, move its clock forward by `POST /__sandbox/clock`.  ## API keys A program that acts for a user needs no password: create an API key by `POST /api/v1/api-keys`, and send it as `Authorization: Bearer KEY` or as `X-API-Key: KEY`. It is valid for the operations of its scopes, such as `orders:read`. On public operations without its scope, it counts as no credential. A key ends when it is deleted or expires, when its user changes the password or signs out everywhere, and when the user's role changes, or the account is disabled or deleted.  ## Errors Errors have the media type `application/problem+json` (RFC 9457). `error.code` and `error.details` are intended for programs, `detail` for people. A 400 response lists all violations of the request in `error.details.fields`, by field. Include the `request_id` when you report a problem: the same ID is in the server's log. Ignore members you do not know.  ## Lists Lists are paginated, with at most 100 items per page. Use `page` and `limit`, up to a product of 10,000, or `cursor` for lists of any length. Start with `cursor=start`, then follow the `next` link in the body or in the `Link` header. A cursor belongs to one list, its filters and its order. The `X-Total-Count` header contains the total number of items. It is exact up to 10,000, or up to 1,000 for a filtered list; beyond that it is an estimate, and `X-Total-Count-Estimated` is `true`.  ## Conditional reads To check whether a response is still current, send its `ETag` as `If-None-Match`. If nothing has changed, the response is a 304 without a body. Most generated clients report a 304 as an error, so catch it. To read the header, use the call that returns the full response: `getCategoryRaw` in TypeScript, `get_category_with_http_info` in Python, the second result in Go.  ## Conditional writes To avoid overwriting changes made by others, send the `ETag` you have read as `If-Match`. If the resource has changed since, the response is a 412 and nothing is written. Read the resource again, then repeat the write.  ## Updates PUT and PATCH accept a resource as GET returns it, with your changes. Members that only the server sets, such as `id`, `created_at`, `updated_at` and the rating, stock and state of a product, must equal the stored values. If one of them differs, for example because the resource has changed since you read it, the response is a 400 with the rule `stored` and nothing is written. To update a resource regardless of such changes, leave these members out, as most generated clients do.  ## States and stock A product that is not published yet (`DRAFT`) or was taken off the shelf (`ARCHIVED`) is visible only to its owner and staff; for all others it does not exist. An active product without available units reads as `SOLD_OUT`, stays listed, and is active again with the next delivery. The number of available units never falls below 0: a change that would do so is a 409, and nothing is written.  ## Bag `PUT /api/v1/bag/items/{product}` puts products into the caller's bag, which every signed-in user has. Nothing is reserved until `POST /api/v1/bag/order` places an order of the whole bag, at the prices of that moment. If the order is refused, the bag stays as it is.  ## Orders `POST /api/v1/orders` reserves the units of all products, or none. `POST .../confirm` with a means of payment completes the order before its `expires_at`; afterwards it reads as `NOT_CONFIRMED`, and its units are available again. The payment runs after the confirmation: read the order again until it is `ACCEPTED` or `REJECTED`. Amounts are decimal strings. A subtotal is price times quantity, and a total the sum of the subtotals; both are exact, and nothing is rounded.  ## Retries To make a POST, PUT or PATCH safe to retry, send a new `Idempotency-Key` with each new request. Orders require it. For 24 hours, a retry with the same key returns the first response again, with the header `Idempotency-Replayed: true`. After a 503, wait for the number of seconds in `Retry-After`.  ## Limits A request body can be up to 1 MiB, or less where the operation states `x-body-limit` (in bytes). The path and query together can be up to 8 KiB. The header and the body must each arrive within 10 seconds, or the server's `AGORA_RECEIVE_SECONDS`.  The number of requests a minute is limited: of a user, of an address without a valid credential, and of an address that signs in, refreshes or registers. `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset` (in seconds) tell what is left. Beyond it, the response is 429 with `Retry-After`. A sandbox has limits that nobody reaches.  ## Visibility The `OPEN_DIRECTORY` setting controls access to users and carts. An open directory is public. In a closed directory, callers see only the public fields of other users, and carts are visible only to their owner and staff.  ## Decimals Prices are JSON numbers with at most two decimals. They are exact to the cent when parsed as a double. Use a decimal type, or integer cents, to add and compare them. Requests can also contain a price as a decimal string, such as `\"109.95\"`.
 *
 * The version of the OpenAPI document: 0.1.0
 *
 * Generated by: https://openapi-generator.tech
 */

use super::{ContentType, Error, configuration};
use crate::{apis::ResponseContent, models};
use reqwest;
use serde::{Deserialize, Serialize, de::Error as _};

/// struct for passing parameters to the method [`change_password`]
#[derive(Clone, Debug)]
pub struct ChangePasswordParams {
    pub password_change: models::PasswordChange,
}

/// struct for passing parameters to the method [`get_jwks`]
#[derive(Clone, Debug)]
pub struct GetJwksParams {
    /// Performs the request only if the current ETag is in this list; otherwise returns 412. `*` matches any version. Tags that differ only in their coding suffix (`-gzip`, `-br`) match. Weak tags (`W/\"...\"`) never match.
    pub if_match: Option<String>,
    /// ETags of the versions you already have, or `*` for any. If the current version is among them, a read returns 304 and a write returns 412.
    pub if_none_match: Option<String>,
}

/// struct for passing parameters to the method [`log_in`]
#[derive(Clone, Debug)]
pub struct LogInParams {
    pub credentials: models::Credentials,
}

/// struct for passing parameters to the method [`log_out`]
#[derive(Clone, Debug)]
pub struct LogOutParams {
    pub refresh_credential: models::RefreshCredential,
}

/// struct for passing parameters to the method [`obtain_token`]
#[derive(Clone, Debug)]
pub struct ObtainTokenParams {
    pub credentials: models::Credentials,
}

/// struct for passing parameters to the method [`refresh_session`]
#[derive(Clone, Debug)]
pub struct RefreshSessionParams {
    pub refresh_credential: models::RefreshCredential,
}

/// struct for passing parameters to the method [`refresh_token`]
#[derive(Clone, Debug)]
pub struct RefreshTokenParams {
    pub refresh_credential: models::RefreshCredential,
}

/// struct for passing parameters to the method [`register_user`]
#[derive(Clone, Debug)]
pub struct RegisterUserParams {
    pub user_register: models::UserRegister,
}

/// struct for typed errors of method [`change_password`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ChangePasswordError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status403(models::Problem),
    Status408(models::Problem),
    Status413(models::Problem),
    Status414(models::Problem),
    Status415(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`get_jwks`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum GetJwksError {
    Status400(models::Problem),
    Status412(models::Problem),
    Status414(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`get_me`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum GetMeError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status403(models::Problem),
    Status414(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`log_in`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LogInError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status408(models::Problem),
    Status413(models::Problem),
    Status414(models::Problem),
    Status415(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`log_out`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LogOutError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status408(models::Problem),
    Status413(models::Problem),
    Status414(models::Problem),
    Status415(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`log_out_everywhere`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LogOutEverywhereError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status403(models::Problem),
    Status414(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`obtain_token`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ObtainTokenError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status408(models::Problem),
    Status413(models::Problem),
    Status414(models::Problem),
    Status415(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`refresh_session`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RefreshSessionError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status408(models::Problem),
    Status413(models::Problem),
    Status414(models::Problem),
    Status415(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`refresh_token`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RefreshTokenError {
    Status400(models::Problem),
    Status401(models::Problem),
    Status408(models::Problem),
    Status413(models::Problem),
    Status414(models::Problem),
    Status415(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// struct for typed errors of method [`register_user`]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RegisterUserError {
    Status400(models::Problem),
    Status404(models::Problem),
    Status408(models::Problem),
    Status409(models::Problem),
    Status413(models::Problem),
    Status414(models::Problem),
    Status415(models::Problem),
    Status429(models::Problem),
    Status500(models::Problem),
    Status503(models::Problem),
    UnknownValue(serde_json::Value),
}

/// Ends all sessions and API keys of the caller. The response contains the tokens of a new session.
pub async fn change_password(
    configuration: &configuration::Configuration,
    params: ChangePasswordParams,
) -> Result<models::TokenPair, Error<ChangePasswordError>> {
    let uri_str = format!("{}/api/v1/auth/password", configuration.base_path);
    let mut req_builder = configuration.client.request(reqwest::Method::POST, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    if let Some(ref token) = configuration.bearer_access_token {
        req_builder = req_builder.bearer_auth(token.to_owned());
    };
    req_builder = req_builder.json(&params.password_change);

    let req = req_builder.build()?;
    let resp = configuration.client.execute(req).await?;

    let status = resp.status();
    let content_type = resp
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/octet-stream");
    let content_type = super::ContentType::from(content_type);

    if !status.is_client_error() && !status.is_server_error() {
        let content = resp.text().await?;
        match content_type {
            ContentType::Json => {
                serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&content))
                    .map_err(Error::from)
            }
            ContentType::Text => {
                return Err(Error::from(serde_json::Error::custom(
                    "Received `text/plain` content type response that cannot be converted to `models::TokenPair`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::TokenPair`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<ChangePasswordError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Returns the public keys as a JSON Web Key Set (RFC 7517), for services that verify access tokens themselves.
pub async fn get_jwks(
    configuration: &configuration::Configuration,
    params: GetJwksParams,
) -> Result<models::KeySet, Error<GetJwksError>> {
    let uri_str = format!("{}/.well-known/jwks.json", configuration.base_path);
    let mut req_builder = configuration.client.request(reqwest::Method::GET, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    if let Some(param_value) = params.if_match {
        req_builder = req_builder.header("If-Match", param_value.to_string());
    }
    if let Some(param_value) = params.if_none_match {
        req_builder = req_builder.header("If-None-Match", param_value.to_string());
    }

    let req = req_builder.build()?;
    let resp = configuration.client.execute(req).await?;

    let status = resp.status();
    let content_type = resp
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/octet-stream");
    let content_type = super::ContentType::from(content_type);

    if !status.is_client_error() && !status.is_server_error() {
        let content = resp.text().await?;
        match content_type {
            ContentType::Json => {
                serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&content))
                    .map_err(Error::from)
            }
            ContentType::Text => {
                return Err(Error::from(serde_json::Error::custom(
                    "Received `text/plain` content type response that cannot be converted to `models::KeySet`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::KeySet`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<GetJwksError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Returns the account that the access token belongs to.
pub async fn get_me(configuration: &configuration::Configuration) -> Result<models::Me, Error<GetMeError>> {
    let uri_str = format!("{}/api/v1/auth/me", configuration.base_path);
    let mut req_builder = configuration.client.request(reqwest::Method::GET, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    if let Some(ref token) = configuration.bearer_access_token {
        req_builder = req_builder.bearer_auth(token.to_owned());
    };

    let req = req_builder.build()?;
    let resp = configuration.client.execute(req).await?;

    let status = resp.status();
    let content_type = resp
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/octet-stream");
    let content_type = super::ContentType::from(content_type);

    if !status.is_client_error() && !status.is_server_error() {
        let content = resp.text().await?;
        match content_type {
            ContentType::Json => {
                serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&content))
                    .map_err(Error::from)
            }
            ContentType::Text => {
                return Err(Error::from(serde_json::Error::custom(
                    "Received `text/plain` content type response that cannot be converted to `models::Me`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::Me`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<GetMeError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Exchanges a username and password for a token pair. An unknown username and a wrong password give the same response in the same time.
pub async fn log_in(
    configuration: &configuration::Configuration,
    params: LogInParams,
) -> Result<models::Login, Error<LogInError>> {
    let uri_str = format!("{}/api/v1/auth/login", configuration.base_path);
    let mut req_builder = configuration.client.request(reqwest::Method::POST, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    req_builder = req_builder.json(&params.credentials);

    let req = req_builder.build()?;
    let resp = configuration.client.execute(req).await?;

    let status = resp.status();
    let content_type = resp
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/octet-stream");
    let content_type = super::ContentType::from(content_type);

    if !status.is_client_error() && !status.is_server_error() {
        let content = resp.text().await?;
        match content_type {
            ContentType::Json => {
                serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&content))
                    .map_err(Error::from)
            }
            ContentType::Text => {
                return Err(Error::from(serde_json::Error::custom(
                    "Received `text/plain` content type response that cannot be converted to `models::Login`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::Login`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<LogInError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Ends the session of the refresh token and revokes its access tokens. Repeating the request has no further effect.
pub async fn log_out(
    configuration: &configuration::Configuration,
    params: LogOutParams,
) -> Result<models::Detail, Error<LogOutError>> {
    let uri_str = format!("{}/api/v1/auth/logout", configuration.base_path);
    let mut req_builder = configuration.client.request(reqwest::Method::POST, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    req_builder = req_builder.json(&params.refresh_credential);

    let req = req_builder.build()?;
    let resp = configuration.client.execute(req).await?;

    let status = resp.status();
    let content_type = resp
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/octet-stream");
    let content_type = super::ContentType::from(content_type);

    if !status.is_client_error() && !status.is_server_error() {
        let content = resp.text().await?;
        match content_type {
            ContentType::Json => {
                serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&content))
                    .map_err(Error::from)
            }
            ContentType::Text => {
                return Err(Error::from(serde_json::Error::custom(
                    "Received `text/plain` content type response that cannot be converted to `models::Detail`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::Detail`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<LogOutError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Ends all sessions of the caller and revokes all of their access and refresh tokens, including the current one, and their API keys.
pub async fn log_out_everywhere(
    configuration: &configuration::Configuration,
) -> Result<models::Detail, Error<LogOutEverywhereError>> {
    let uri_str = format!("{}/api/v1/auth/logout-all", configuration.base_path);
    let mut req_builder = configuration.client.request(reqwest::Method::POST, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    if let Some(ref token) = configuration.bearer_access_token {
        req_builder = req_builder.bearer_auth(token.to_owned());
    };

    let req = req_builder.build()?;
    let resp = configuration.client.execute(req).await?;

    let status = resp.status();
    let content_type = resp
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/octet-stream");
    let content_type = super::ContentType::from(content_type);

    if !status.is_client_error() && !status.is_server_error() {
        let content = resp.text().await?;
        match content_type {
            ContentType::Json => {
                serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&content))
                    .map_err(Error::from)
            }
            ContentType::Text => {
                return Err(Error::from(serde_json::Error::custom(
                    "Received `text/plain` content type response that cannot be converted to `models::Detail`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::Detail`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<LogOutEverywhereError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Same as signing in, but the response does not contain the user.
pub async fn obtain_token(
    configuration: &configuration::Configuration,
    params: ObtainTokenParams,
) -> Result<models::TokenPair, Error<ObtainTokenError>> {
    let uri_str = format!("{}/api/v1/token", configuration.base_path);
    let mut req_builder = configuration.client.request(reqwest::Method::POST, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    req_builder = req_builder.json(&params.credentials);

    let req = req_builder.build()?;
    let resp = configuration.client.execute(req).await?;

    let status = resp.status();
    let content_type = resp
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/octet-stream");
    let content_type = super::ContentType::from(content_type);

    if !status.is_client_error() && !status.is_server_error() {
        let content = resp.text().await?;
        match content_type {
            ContentType::Json => {
                serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&content))
                    .map_err(Error::from)
            }
            ContentType::Text => {
                return Err(Error::from(serde_json::Error::custom(
                    "Received `text/plain` content type response that cannot be converted to `models::TokenPair`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::TokenPair`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<ObtainTokenError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Exchanges a refresh token for a new pair. If the response is lost, the same token can be sent again within 60 seconds, until its successor is used. Any other reuse ends the session.
pub async fn refresh_session(
    configuration: &configuration::Configuration,
    params: RefreshSessionParams,
) -> Result<models::TokenPair, Error<RefreshSessionError>> {
    let uri_str = format!("{}/api/v1/auth/refresh", configuration.base_path);
    let mut req_builder = configuration.client.request(reqwest::Method::POST, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    req_builder = req_builder.json(&params.refresh_credential);

    let req = req_builder.build()?;
    let resp = configuration.client.execute(req).await?;

    let status = resp.status();
    let content_type = resp
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/octet-stream");
    let content_type = super::ContentType::from(content_type);

    if !status.is_client_error() && !status.is_server_error() {
        let content = resp.text().await?;
        match content_type {
            ContentType::Json => {
                serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&content))
                    .map_err(Error::from)
            }
            ContentType::Text => {
                return Err(Error::from(serde_json::Error::custom(
                    "Received `text/plain` content type response that cannot be converted to `models::TokenPair`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::TokenPair`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<RefreshSessionError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Same as refreshing a session. For clients of the people registry.
pub async fn refresh_token(
    configuration: &configuration::Configuration,
    params: RefreshTokenParams,
) -> Result<models::TokenPair, Error<RefreshTokenError>> {
    let uri_str = format!("{}/api/v1/token/refresh", configuration.base_path);
    let mut req_builder = configuration.client.request(reqwest::Method::POST, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    req_builder = req_builder.json(&params.refresh_credential);

    let req = req_builder.build()?;
    let resp = configuration.client.execute(req).await?;

    let status = resp.status();
    let content_type = resp
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/octet-stream");
    let content_type = super::ContentType::from(content_type);

    if !status.is_client_error() && !status.is_server_error() {
        let content = resp.text().await?;
        match content_type {
            ContentType::Json => {
                serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&content))
                    .map_err(Error::from)
            }
            ContentType::Text => {
                return Err(Error::from(serde_json::Error::custom(
                    "Received `text/plain` content type response that cannot be converted to `models::TokenPair`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::TokenPair`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<RefreshTokenError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// Creates an account and its first session. Returns 404 if registration is disabled (`REGISTRATION_OPEN`).
pub async fn register_user(
    configuration: &configuration::Configuration,
    params: RegisterUserParams,
) -> Result<models::Registration, Error<RegisterUserError>> {
    let uri_str = format!("{}/api/v1/auth/register", configuration.base_path);
    let mut req_builder = configuration.client.request(reqwest::Method::POST, &uri_str);

    if let Some(ref user_agent) = configuration.user_agent {
        req_builder = req_builder.header(reqwest::header::USER_AGENT, user_agent.clone());
    }
    req_builder = req_builder.json(&params.user_register);

    let req = req_builder.build()?;
    let resp = configuration.client.execute(req).await?;

    let status = resp.status();
    let content_type = resp
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/octet-stream");
    let content_type = super::ContentType::from(content_type);

    if !status.is_client_error() && !status.is_server_error() {
        let content = resp.text().await?;
        match content_type {
            ContentType::Json => {
                serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&content))
                    .map_err(Error::from)
            }
            ContentType::Text => {
                return Err(Error::from(serde_json::Error::custom(
                    "Received `text/plain` content type response that cannot be converted to `models::Registration`",
                )));
            }
            ContentType::Unsupported(unknown_type) => {
                return Err(Error::from(serde_json::Error::custom(format!(
                    "Received `{unknown_type}` content type response that cannot be converted to `models::Registration`"
                ))));
            }
        }
    } else {
        let content = resp.text().await?;
        let entity: Option<RegisterUserError> = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}
