//! The operations of the tag `keys`.

use agora_api::apis::keys::{self as api, Keys};
use agora_api::models;
use chrono::{DateTime, Utc};
use futures_util::future::try_join;
use secrecy::ExposeSecret as _;
use serde_json::Value;
use uuid::Uuid;

use crate::app::App;
use crate::credentials::{self, ApiKey, ApiKeySecret, NewApiKey};
use crate::error::Error;
use crate::identity::Principal;
use crate::platform::http::request::RequestContext;
use crate::platform::pagination::{Links, Order, Total};

impl Keys for App {
    async fn list_api_keys(
        &self,
        context: &RequestContext<Principal>,
        query: api::ListApiKeysQuery,
    ) -> Result<api::ListApiKeysResponse, Error> {
        let user = context.caller.id;
        let list = self.pager.list(context, &query, format!("API keys of {}", user.0))?;
        let list = list.ordered(Order::NewestFirst);
        let db = self.database().connection().await?;
        let rows = credentials::list_api_keys(&db, user, list.keyset());
        let (rows, count) = try_join(rows, credentials::count_api_keys(&db, user)).await?;
        let total = Total::from_count(count);
        Ok(list.page(
            rows,
            total,
            |key| key.row,
            |rows, Links { next, previous }| models::ApiKeyPage {
                data: rows.into_iter().map(to_api_key).collect(),
                meta: models::PageMeta { next, prev: previous, total: total.count },
            },
        ))
    }

    async fn create_api_key(
        &self,
        context: &RequestContext<Principal>,
        body: models::ApiKeyCreate,
    ) -> Result<api::CreateApiKeyResponse, Error> {
        let (new, secret) = (&new_api_key(body), &ApiKeySecret::generate(self.new_id())?);
        self.api_keys.require_future(new.expires_at)?;
        let work = |tx| async move { credentials::create_api_key(&tx, &context.caller, secret, new).await };
        let created = to_api_key(self.writes.write(context, work).await?);
        let location = Some(format!("/api/v1/api-keys/{}", created.id));
        let body = models::CreatedApiKey {
            id: created.id,
            name: created.name,
            scopes: created.scopes,
            created_at: created.created_at,
            expires_at: created.expires_at,
            secret: secret.write().expose_secret().to_owned(),
        };
        Ok(api::CreateApiKeyResponse::Status201 { body, location })
    }

    async fn get_api_key(
        &self,
        context: &RequestContext<Principal>,
        id: Uuid,
    ) -> Result<api::GetApiKeyResponse, Error> {
        let db = self.database().connection().await?;
        let found = credentials::find_own_api_key(&db, context.caller.id, id).await?;
        let body = to_api_key(found.ok_or_else(|| credentials::unknown_api_key(id))?);
        Ok(api::GetApiKeyResponse::Status200 { body })
    }

    async fn delete_api_key(
        &self,
        context: &RequestContext<Principal>,
        id: Uuid,
    ) -> Result<api::DeleteApiKeyResponse, Error> {
        let work = |tx| async move {
            let locked = credentials::lock_api_key(&tx, context.caller.id, id).await?;
            credentials::end_api_key(&tx, &locked.require_match(context, to_api_key)?).await
        };
        self.writes.write(context, work).await?;
        self.revocations.record_local(&[id]);
        Ok(api::DeleteApiKeyResponse::Status204 {})
    }
}

fn new_api_key(body: models::ApiKeyCreate) -> NewApiKey {
    let name = |scope| serde_json::to_value(scope).ok()?.as_str().map(str::to_owned);
    let mut scopes: Vec<String> = body.scopes.into_iter().filter_map(name).collect();
    scopes.sort_unstable();
    scopes.dedup();
    NewApiKey { name: body.name, scopes, expires_at: body.expires_at.flatten().map(|at| stored(at.0)) }
}

/// Returns a time as it is stored: in microseconds, without leap seconds, and in a year that responses can show. An offset may
/// lead to the year 10000.
fn stored(at: DateTime<Utc>) -> DateTime<Utc> {
    const LAST: i64 = 253_402_300_799_999_999;
    DateTime::from_timestamp_micros(at.timestamp_micros().min(LAST)).unwrap_or(at)
}

fn to_api_key(key: ApiKey) -> models::ApiKey {
    models::ApiKey {
        id: key.id,
        name: key.name,
        // A scope that the contract no longer has permits nothing.
        scopes: key
            .scopes
            .into_iter()
            .filter_map(|scope| serde_json::from_value(Value::from(scope)).ok())
            .collect(),
        created_at: key.created_at.into(),
        expires_at: key.expires_at.map(Into::into),
        last_used_at: key.last_used_at.map(Into::into),
    }
}
