//! SQL of the API keys.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::credentials::api_keys::{ApiKey, NewApiKey};
use crate::credentials::queries::LOCK_USER;
use crate::identity::{Principal, Role, UserId};
use crate::platform::db::{Connection, DbError, Row, Transaction, row, total};
use crate::platform::pagination::Keyset;

row!(API_KEY_COLUMNS of ApiKeyRow {
    id: i64,
    uuid: Uuid,
    name: String,
    scopes: Vec<String>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
});

// The user is locked, so that names and the number of keys cannot change meanwhile, and whatever ends all sessions of the user
// either ends this key too, or has ended the session of the caller.
const INSERT_API_KEY: &str = r"-- credentials.insert_api_key
with caller as materialized (
    select users.id
    from users
    join sessions on sessions.id = $3 and sessions.revoked_at is null
    where users.id = $2
        and users.deleted_at is null
        and users.disabled_at is null
),
own as materialized (
    select
        count(*) as count,
        coalesce(bool_or(normal_form(api_keys.name) = normal_form($4)), false) as is_taken
    from api_keys
    join sessions on sessions.id = api_keys.uuid and sessions.revoked_at is null
    where api_keys.user_id = $2
),
session as (
    insert into sessions (id, user_id, expires_at)
    select $1, caller.id, coalesce($7::timestamptz, 'infinity')
    from caller
    cross join own
    where not own.is_taken
        and own.count < $8
    returning id, created_at
),
made as (
    insert into api_keys (uuid, user_id, name, scopes, secret_hash, expires_at, created_at)
    select id, $2, $4, $5, $6, $7, created_at
    from session
    returning created_at
)
select
    exists (select from caller) as is_signed_in,
    own.is_taken,
    made.created_at
from own
left join made on true";

/// The outcome of a creation.
pub(super) enum Insertion {
    /// Created at this time.
    Created(DateTime<Utc>),
    /// Another key of the user has the name.
    Taken,
    /// The user has the maximum number of keys.
    Full,
    /// The session of the caller has ended.
    SignedOut,
}

/// Creates an API key of a user, who has at most `most` keys then.
pub(super) async fn insert_api_key(
    tx: &Transaction,
    caller: &Principal,
    new: &NewApiKey,
    (id, hash): (Uuid, &[u8]),
    most: i64,
) -> Result<Insertion, DbError> {
    let user = caller.id.0;
    let rows = tx
        .query_in_order(&[
            (LOCK_USER, &[&user]),
            (
                INSERT_API_KEY,
                &[&id, &user, &caller.session, &new.name, &new.scopes, &hash, &new.expires_at, &most],
            ),
        ])
        .await?;
    let Some(row) = rows.last().and_then(|found| found.first()) else { return Ok(Insertion::SignedOut) };
    Ok(match row.get::<_, Option<DateTime<Utc>>>("created_at") {
        Some(created_at) => Insertion::Created(created_at),
        None if !row.get::<_, bool>("is_signed_in") => Insertion::SignedOut,
        None if row.get("is_taken") => Insertion::Taken,
        None => Insertion::Full,
    })
}

static LIST_API_KEYS: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- credentials.list_api_keys
select {API_KEY_COLUMNS}
from api_keys
where user_id = $1
    and case when $2 then id < $3 else id > $3 end
    and exists (select from sessions where sessions.id = api_keys.uuid and sessions.revoked_at is null)
order by case when $2 then -id else id end
limit $4 offset $5"
    )
});

/// Lists the API keys of a user that were not ended, by age in the direction of the page. Their number is limited. An expired
/// one is listed, so that its user sees why it is refused.
pub async fn list_api_keys(db: &Connection, user: UserId, keyset: Keyset) -> Result<Vec<ApiKey>, DbError> {
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let rows = db.query(&LIST_API_KEYS, &[&user.0, &is_backward, &edge, &rows, &offset]).await?;
    Ok(rows.iter().map(api_key).collect())
}

const COUNT_API_KEYS: &str = r"-- credentials.count_api_keys
select count(*)
from api_keys
where user_id = $1
    and exists (select from sessions where sessions.id = api_keys.uuid and sessions.revoked_at is null)";

/// Counts the API keys of a user. Their number is limited.
pub async fn count_api_keys(db: &Connection, user: UserId) -> Result<i64, DbError> {
    db.query_opt(COUNT_API_KEYS, &[&user.0]).await.map(total)
}

static FIND_OWN_API_KEY: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- credentials.find_own_api_key
select {API_KEY_COLUMNS}
from api_keys
where uuid = $2
    and user_id = $1
    and exists (select from sessions where sessions.id = api_keys.uuid and sessions.revoked_at is null)"
    )
});

/// Returns an API key of a user.
pub async fn find_own_api_key(db: &Connection, user: UserId, id: Uuid) -> Result<Option<ApiKey>, DbError> {
    Ok(db.query_opt(&FIND_OWN_API_KEY, &[&user.0, &id]).await?.as_ref().map(api_key))
}

static LOCK_API_KEY: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- credentials.lock_api_key
select {API_KEY_COLUMNS}
from api_keys
where uuid = $2
    and user_id = $1
    and exists (select from sessions where sessions.id = api_keys.uuid and sessions.revoked_at is null)
for key share"
    )
});

/// Locks the user and returns one of their API keys.
pub(super) async fn lock_api_key(
    tx: &Transaction,
    user: UserId,
    id: Uuid,
) -> Result<Option<ApiKey>, DbError> {
    let rows = tx.query_in_order(&[(LOCK_USER, &[&user.0]), (&LOCK_API_KEY, &[&user.0, &id])]).await?;
    Ok(rows.last().and_then(|found| found.first()).map(api_key))
}

// The roles and states of users are those of the moment.
const FIND_API_KEY: &str = r"-- credentials.find_api_key
select
    api_keys.secret_hash,
    api_keys.scopes,
    api_keys.expires_at,
    users.id,
    users.uuid,
    users.role
from api_keys
join sessions on sessions.id = api_keys.uuid and sessions.revoked_at is null
join users on users.id = api_keys.user_id and users.deleted_at is null and users.disabled_at is null
where api_keys.uuid = $1";

/// A key that was found for a request.
pub(super) struct Found {
    pub(super) secret_hash: Vec<u8>,
    pub(super) scopes: Vec<String>,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) principal: Principal,
}

/// Returns a key that has not been ended, with its user.
pub(super) async fn find_api_key(db: &Connection, id: Uuid) -> Result<Option<Found>, DbError> {
    let row = db.query_opt(FIND_API_KEY, &[&id]).await?;
    Ok(row.and_then(|row| {
        let principal = Principal {
            id: UserId(row.get(3)),
            uuid: row.get(4),
            role: Role::named(row.get(5))?,
            session: id,
        };
        Some(Found { secret_hash: row.get(0), scopes: row.get(1), expires_at: row.get(2), principal })
    }))
}

const NOTE_USE: &str = r"-- credentials.note_use_of_api_key
update api_keys
set last_used_at = app_now()
where uuid = $1
    and (last_used_at is null or last_used_at < app_now() - interval '1 minute')";

/// Sets the time of the last use, unless it was set less than a minute ago.
pub(super) async fn note_use(db: &Connection, id: Uuid) -> Result<(), DbError> {
    db.execute(NOTE_USE, &[&id]).await.map(drop)
}

fn api_key(row: &Row) -> ApiKey {
    let row = ApiKeyRow::from_row(row);
    ApiKey {
        row: row.id,
        id: row.uuid,
        name: row.name,
        scopes: row.scopes,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
    }
}
