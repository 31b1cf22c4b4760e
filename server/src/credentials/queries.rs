//! SQL of the sessions.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::credentials::{Device, Reason, RefreshToken};
use crate::identity::{Principal, Role, UserId};
use crate::platform::db::{Connection, DbError, Params, Transaction};

// A reset that overtakes a sign-in makes it fail, since its session would already be over. The row lock on the user
// orders a sign-in and a concurrent change of password, role or account. Either the change ends the new session too, or
// the sign-in sees the change.
const INSERT_SESSION: &str = r"-- credentials.insert_session
insert into sessions (id, user_id, expires_at, user_agent, address)
select $1, users.id, app_now() + interval '30 days', $4, $5::inet
from users
cross join session_floor as state
where users.id = $2
    and state.floor < $1
    and users.password_hash = $3
    and users.disabled_at is null
    and users.deleted_at is null
for share of users
returning 1";

/// Begins a session if the user's password is still the one that was checked. Returns `false` if it is not.
pub async fn insert_session(
    db: &Connection,
    id: Uuid,
    user: UserId,
    password_hash: &str,
    device: &Device,
) -> Result<bool, DbError> {
    let values: Params<'_> = &[&id, &user.0, &password_hash, &device.user_agent, &device.address];
    Ok(db.query_opt(INSERT_SESSION, values).await?.is_some())
}

// A token is the current one, its predecessor or an older one. The predecessor is accepted within 60 seconds while its
// successor is unused, because the response may have been lost. Any other token is a sign of theft and ends the
// session. The update decides on the locked row.
const ROTATE_SESSION: &str = r"-- credentials.rotate_session
update sessions as session
set generation = case when session.generation = $2 then session.generation + 1 else session.generation end,
    rotated_at = case when session.generation = $2 then app_now() else session.rotated_at end,
    expires_at = case when session.generation = $2 then app_now() + interval '30 days' else session.expires_at end,
    user_agent = case when session.generation = $2 then $3 else session.user_agent end,
    address = case when session.generation = $2 then $4::inet else session.address end,
    revoked_at = case
        when session.generation = $2 then null
        when session.generation = $2 + 1 and session.rotated_at > app_now() - interval '60 seconds' then null
        else greatest(app_now(), session.rotated_at, session.created_at)
    end,
    revoked_for = case
        when session.generation = $2 then null
        when session.generation = $2 + 1 and session.rotated_at > app_now() - interval '60 seconds' then null
        else 'reuse'
    end
from users as person
where session.id = $1
    and session.revoked_at is null
    and session.expires_at > app_now()
    and person.id = session.user_id
    and person.disabled_at is null
    and person.deleted_at is null
returning
    session.generation,
    session.revoked_at is not null as is_reuse,
    person.id as user_id,
    person.uuid as user_uuid,
    person.role as user_role";

/// The outcome of the exchange of a refresh token.
pub enum Rotation {
    /// The next token and its owner.
    Rotated(RefreshToken, Principal),
    /// The token was already used, so its session has been ended.
    Reused,
    /// The session had already ended.
    Ended,
}

/// Exchanges a refresh token for the next one.
pub async fn rotate_session(
    db: &Connection,
    token: RefreshToken,
    device: &Device,
) -> Result<Rotation, DbError> {
    let values: Params<'_> = &[&token.session, &token.generation, &device.user_agent, &device.address];
    let Some(row) = db.query_opt(ROTATE_SESSION, values).await? else {
        return Ok(Rotation::Ended);
    };
    if row.get("is_reuse") {
        return Ok(Rotation::Reused);
    }
    let Some(role) = Role::named(row.get("user_role")) else {
        return Ok(Rotation::Ended);
    };
    let principal = Principal {
        id: UserId(row.get("user_id")),
        uuid: row.get("user_uuid"),
        role,
        session: token.session,
    };
    Ok(Rotation::Rotated(RefreshToken { generation: row.get("generation"), ..token }, principal))
}

// A session does not end before its last token was issued, even if the clock has stepped back. The token may be valid again
// when the clock is right, and its end is then still known.
const REVOKE_SESSION: &str = r"-- credentials.revoke_session
update sessions
set revoked_at = greatest(app_now(), rotated_at, created_at),
    revoked_for = $2
where id = $1
    and revoked_at is null";

/// Ends a session. A session that has already ended is left unchanged.
pub async fn revoke_session(db: &Connection, id: Uuid, reason: Reason) -> Result<(), DbError> {
    db.execute(REVOKE_SESSION, &[&id, &reason.name()]).await.map(drop)
}

/// Orders the ends of a user's sessions, and what creates another credential of the user.
pub(super) const LOCK_USER: &str = r"-- credentials.lock_user
select id
from users
where id = $1
for no key update";

const REVOKE_SESSIONS_OF_USER: &str = r"-- credentials.revoke_sessions_of_user
update sessions
set revoked_at = greatest(app_now(), rotated_at, created_at),
    revoked_for = $2
where user_id = $1
    and revoked_at is null
returning id";

/// Locks a user, ends all of their sessions and returns the IDs of these.
pub async fn revoke_sessions_of_user(
    tx: &Transaction,
    user: UserId,
    reason: Reason,
) -> Result<Vec<Uuid>, DbError> {
    let ended = tx
        .query_in_order(&[(LOCK_USER, &[&user.0]), (REVOKE_SESSIONS_OF_USER, &[&user.0, &reason.name()])])
        .await?;
    Ok(ended.last().into_iter().flatten().map(|row| row.get(0)).collect())
}

// If the clock has stepped back, the newest known end is in the future. Sessions that end now are found all the same.
const FIND_NEWS: &str = r"-- credentials.find_news
select
    state.floor,
    session.id,
    session.revoked_at,
    (select app_now()) as now
from session_floor as state
left join sessions as session
    on session.revoked_at > least(
        coalesce($1::timestamptz, (select app_now() - interval '16 minutes')),
        (select app_now() - interval '10 seconds')
    )";

/// An update for a replica: the database's time, and the sessions that have ended.
pub(super) struct RevocationDelta {
    pub(super) now: DateTime<Utc>,
    /// All sessions up to and including this one have ended.
    pub(super) revoked_through: Uuid,
    /// Further ended sessions, with the time of their end.
    pub(super) ended: Vec<(Uuid, DateTime<Utc>)>,
}

/// Returns the sessions that ended after `since`. Without it, returns those that a valid access token may still name.
pub(super) async fn find_revocations(
    db: &Connection,
    since: Option<DateTime<Utc>>,
) -> Result<RevocationDelta, DbError> {
    let rows = db.query(FIND_NEWS, &[&since]).await?;
    let ended = rows.iter().filter_map(|row| Some((row.get::<_, Option<Uuid>>(1)?, row.get(2)))).collect();
    // The table of the floor has one row.
    let state = rows.first();
    Ok(RevocationDelta {
        now: state.map_or_else(Utc::now, |row| row.get(3)),
        revoked_through: state.map_or(Uuid::nil(), |row| row.get(0)),
        ended,
    })
}

const RAISE_FLOOR: &str = r"-- credentials.raise_session_floor
update session_floor
set floor = greatest(floor, $1)";

/// Permanently ends all sessions up to and including `last`.
pub(super) async fn raise_revoked_through(db: &Connection, last: Uuid) -> Result<(), DbError> {
    db.execute(RAISE_FLOOR, &[&last]).await.map(drop)
}

const FIND_IS_LIVE: &str = r"-- credentials.find_is_live
select revoked_at is null
from sessions
where id = $1";

/// Returns `true` if the session exists and has not been ended.
pub(super) async fn find_is_live(db: &Connection, id: Uuid) -> Result<bool, DbError> {
    Ok(db.query_opt(FIND_IS_LIVE, &[&id]).await?.is_some_and(|row| row.get(0)))
}

const REMOVE_ENDED_SESSIONS: &str = r"-- credentials.remove_ended_sessions
select last, removed
from remove_ended_sessions($1, $2)";

/// Examines at most `most` sessions after `after` and removes those that ended more than a day ago. Returns the last
/// examined session and the number of removed ones.
pub async fn remove_ended(db: &Connection, after: Uuid, most: i32) -> Result<(Option<Uuid>, u64), DbError> {
    let row = db.query_opt(REMOVE_ENDED_SESSIONS, &[&after, &most]).await?;
    Ok(row.map_or((None, 0), |row| (row.get(0), row.get::<_, i64>(1).unsigned_abs())))
}
