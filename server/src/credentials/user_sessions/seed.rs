//! The dataset's sessions.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::platform::db::{DbError, Transaction};

/// A session of the dataset.
pub struct SeedSession {
    /// UUID in the dataset.
    pub uuid: Uuid,
    /// ID of the user.
    pub user_id: i64,
}

// They can be listed and ended. Nobody has a token of them.
const SEED_SESSIONS: &str = r"-- credentials.seed_sessions
insert into sessions (id, user_id, user_agent, address, created_at, expires_at)
select
    given.uuid,
    given.user_id,
    'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
    '192.0.2.1',
    $3::timestamptz,
    $3::timestamptz + interval '100 years'
from unnest($1::uuid[], $2::bigint[]) as given (uuid, user_id)
where not exists (select from sessions where sessions.id = given.uuid)
order by given.uuid";

/// Inserts the missing sessions of the dataset.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn seed_sessions(
    tx: &Transaction,
    sessions: &[SeedSession],
    created_at: DateTime<Utc>,
) -> Result<(), DbError> {
    let uuids: Vec<Uuid> = sessions.iter().map(|session| session.uuid).collect();
    let users: Vec<i64> = sessions.iter().map(|session| session.user_id).collect();
    tx.execute(SEED_SESSIONS, &[&uuids, &users, &created_at]).await.map(drop)
}
