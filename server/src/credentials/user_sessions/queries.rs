//! SQL of the sessions as users see them.

use std::net::IpAddr;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::credentials::user_sessions::{Device, UserSession};
use crate::identity::UserId;
use crate::platform::db::{Connection, DbError, Row, Transaction, row, total};
use crate::platform::pagination::Keyset;

row!(SESSION_COLUMNS of SessionRow {
    number: i64,
    id: Uuid,
    user_agent: Option<String>,
    address: Option<IpAddr>,
    created_at: DateTime<Utc>,
    rotated_at: Option<DateTime<Utc>>,
    expires_at: DateTime<Utc>,
});

/// The sessions of the user `$1` that have not ended, without those of API keys.
const OF_USER: &str = "sessions.user_id = $1
    and sessions.revoked_at is null
    and sessions.expires_at > app_now()
    and not exists (select from api_keys where api_keys.uuid = sessions.id)";

/// The statements that list sessions, from the oldest and from the newest.
static LIST_SESSIONS: LazyLock<[String; 2]> = LazyLock::new(|| {
    [(">", ""), ("<", " desc")].map(|(compares, direction)| {
        format!(
            "-- credentials.list_sessions
select {SESSION_COLUMNS}
from sessions
where {OF_USER}
    and sessions.number {compares} $2
order by sessions.number{direction}
limit $3 offset $4"
        )
    })
});

/// Lists the sessions of a user, by age in the direction of the page.
pub async fn list_sessions(
    db: &Connection,
    user: UserId,
    keyset: Keyset,
) -> Result<Vec<UserSession>, DbError> {
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let statement = &LIST_SESSIONS[usize::from(is_backward)];
    let rows = db.query(statement, &[&user.0, &edge, &rows, &offset]).await?;
    Ok(rows.iter().map(session).collect())
}

static COUNT_SESSIONS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "-- credentials.count_sessions
select count(*)
from (select from sessions where {OF_USER} limit 10001) as reached"
    )
});

/// Counts the sessions of a user. 10,001 means more than 10,000.
pub async fn count_sessions(db: &Connection, user: UserId) -> Result<i64, DbError> {
    db.query_opt(&COUNT_SESSIONS, &[&user.0]).await.map(total)
}

static FIND_OWN_SESSION: LazyLock<String> = LazyLock::new(|| {
    format!(
        "-- credentials.find_own_session
select {SESSION_COLUMNS}
from sessions
where sessions.id = $2
    and {OF_USER}"
    )
});

/// Returns a session of a user.
pub async fn find_own_session(
    db: &Connection,
    user: UserId,
    id: Uuid,
) -> Result<Option<UserSession>, DbError> {
    Ok(db.query_opt(&FIND_OWN_SESSION, &[&user.0, &id]).await?.as_ref().map(session))
}

static LOCK_SESSION: LazyLock<String> = LazyLock::new(|| {
    format!(
        "-- credentials.lock_session
select {SESSION_COLUMNS}
from sessions
where sessions.id = $2
    and {OF_USER}
for update"
    )
});

/// Locks a session of a user.
pub(super) async fn lock_session(
    tx: &Transaction,
    user: UserId,
    id: Uuid,
) -> Result<Option<UserSession>, DbError> {
    Ok(tx.query_opt(&LOCK_SESSION, &[&user.0, &id]).await?.as_ref().map(session))
}

/// Returns the statements of this file that are composed at run time.
pub fn composed_statements() -> impl Iterator<Item = &'static str> {
    let single = [&*COUNT_SESSIONS, &*FIND_OWN_SESSION, &*LOCK_SESSION];
    LIST_SESSIONS.iter().chain(single).map(String::as_str)
}

fn session(row: &Row) -> UserSession {
    let row = SessionRow::from_row(row);
    UserSession {
        number: row.number,
        id: row.id,
        device: Device { user_agent: row.user_agent, address: row.address },
        created_at: row.created_at,
        rotated_at: row.rotated_at,
        expires_at: row.expires_at,
    }
}
