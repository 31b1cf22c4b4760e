//! The dataset's API keys.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::platform::db::{DbError, Transaction};

/// An API key of the dataset.
pub struct SeedApiKey {
    /// UUID in the dataset.
    pub uuid: Uuid,
    /// ID of the user.
    pub user_id: i64,
    /// Name of the key.
    pub name: &'static str,
    /// Its only scope.
    pub scope: &'static str,
}

// No secret is known that has this hash, so that the keys can be listed and not used.
const SEED_API_KEYS: &str = r"-- credentials.seed_api_keys
with given as materialized (
    select given.uuid, given.user_id, given.name, given.scope
    from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[]) as given (uuid, user_id, name, scope)
    where not exists (select from sessions where sessions.id = given.uuid)
),
session as (
    insert into sessions (id, user_id, created_at, expires_at)
    select uuid, user_id, $5::timestamptz, 'infinity'
    from given
)
insert into api_keys (uuid, user_id, name, scopes, secret_hash, created_at)
select uuid, user_id, name, array[scope], decode(repeat('00', 32), 'hex'), $5::timestamptz
from given
order by uuid";

/// Inserts the missing API keys of the dataset.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn seed_api_keys(
    tx: &Transaction,
    keys: &[SeedApiKey],
    created_at: DateTime<Utc>,
) -> Result<(), DbError> {
    let uuids: Vec<Uuid> = keys.iter().map(|key| key.uuid).collect();
    let users: Vec<i64> = keys.iter().map(|key| key.user_id).collect();
    let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
    let scopes: Vec<&str> = keys.iter().map(|key| key.scope).collect();
    tx.execute(SEED_API_KEYS, &[&uuids, &users, &names, &scopes, &created_at]).await.map(drop)
}
