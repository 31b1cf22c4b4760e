//! SQL of follows.

use std::sync::LazyLock;

use agora_runtime::UserRef;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::identity::UserId;
use crate::platform::db::{Connection, DbError, Row, Transaction, row, total};
use crate::platform::pagination::Keyset;
use crate::users::follow::{Follow, Side};

row!(FOLLOW_COLUMNS of FollowRow {
    follow_id: i64,
    user_id: i64,
    uuid: Uuid,
    username: String,
    location: Option<String>,
    avatar_url: Option<String>,
    followed_at: DateTime<Utc>,
});

// The users are locked, so that neither is deleted meanwhile: their follows are deleted with them.
const INSERT_FOLLOW: &str = r"-- users.insert_follow
with users_held as materialized (
    select id
    from users
    where id = any(array[$1, $2]::bigint[])
        and deleted_at is null
    order by id
    for share
),
made as (
    insert into follows (follower_id, followed_id)
    select $1, $2
    where (select count(*) from users_held) = 2
    on conflict on constraint follows_key do nothing
)
select count(*)
from users_held";

/// Makes one user follow another one, if they do not yet. Returns `false` if one of them was deleted.
pub(super) async fn insert_follow(
    tx: &Transaction,
    follower: UserId,
    followed: UserId,
) -> Result<bool, DbError> {
    Ok(tx.query_opt(INSERT_FOLLOW, &[&follower.0, &followed.0]).await.map(total)? == 2)
}

const DELETE_FOLLOW: &str = r"-- users.delete_follow
delete from follows
where follower_id = $1
    and followed_id = $2";

/// Makes one user stop following another one. Returns `false` if they did not follow them.
pub(super) async fn delete_follow(
    tx: &Transaction,
    follower: UserId,
    followed: UserId,
) -> Result<bool, DbError> {
    Ok(tx.execute(DELETE_FOLLOW, &[&follower.0, &followed.0]).await? > 0)
}

/// Returns the columns with the one who lists and with those who are listed.
fn columns(side: Side) -> (&'static str, &'static str) {
    match side {
        Side::Followers => ("followed_id", "follower_id"),
        Side::Followed => ("follower_id", "followed_id"),
    }
}

/// Returns the follows of one side in SQL, but for those of staff and admins. With `limit`, the users are looked up one by one.
fn rows(side: Side) -> String {
    let (own, other) = columns(side);
    format!(
        "follows as follow
        cross join lateral (
            select id, uuid, username, location, avatar_url
            from users
            where id = follow.{other} and deleted_at is null and role = 'user'
            limit 1
        ) as person
        where follow.{own} = coalesce(
            $1,
            (select id from users where uuid = $2),
            (select id from users where normal_form(username) = normal_form($3) and deleted_at is null)
        )"
    )
}

fn list(side: Side) -> String {
    let rows = rows(side);
    format!(
        "-- users.list_follows
select {FOLLOW_COLUMNS}
from (
    (
        select
            follow.id as follow_id,
            person.id as user_id,
            person.uuid,
            person.username,
            person.location,
            person.avatar_url,
            follow.created_at as followed_at
        from {rows} and not $4 and follow.id > $5
        order by follow.id
        limit $6
    )
    union all
    (
        select
            follow.id as follow_id,
            person.id as user_id,
            person.uuid,
            person.username,
            person.location,
            person.avatar_url,
            follow.created_at as followed_at
        from {rows} and $4 and follow.id < $5
        order by follow.id desc
        limit $6 offset $7
    )
) as page
order by case when $4 then -follow_id else follow_id end"
    )
}

fn count(side: Side) -> String {
    let rows = rows(side);
    format!(
        "-- users.count_follows
select count(*)
from (
    select from {rows}
    order by follow.id
    limit 10001
) as reached"
    )
}

static LIST_FOLLOWERS: LazyLock<String> = LazyLock::new(|| list(Side::Followers));
static LIST_FOLLOWED: LazyLock<String> = LazyLock::new(|| list(Side::Followed));
static COUNT_FOLLOWERS: LazyLock<String> = LazyLock::new(|| count(Side::Followers));
static COUNT_FOLLOWED: LazyLock<String> = LazyLock::new(|| count(Side::Followed));

/// Lists one side of the follows of a user, latest first, in the direction of the page.
pub(super) async fn list_follows(
    db: &Connection,
    key: &UserRef,
    side: Side,
    keyset: Keyset,
) -> Result<Vec<Follow>, DbError> {
    let (id, uuid, name) = key.parameters();
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let statement = match side {
        Side::Followers => &*LIST_FOLLOWERS,
        Side::Followed => &*LIST_FOLLOWED,
    };
    let rows = db.query(statement, &[&id, &uuid, &name, &is_backward, &edge, &rows, &offset]).await?;
    Ok(rows.iter().map(follow).collect())
}

/// Counts one side of the follows of a user. More than 10,000 means at least as many.
pub(super) async fn count_follows(db: &Connection, key: &UserRef, side: Side) -> Result<i64, DbError> {
    let (id, uuid, name) = key.parameters();
    let statement = match side {
        Side::Followers => &*COUNT_FOLLOWERS,
        Side::Followed => &*COUNT_FOLLOWED,
    };
    db.query_opt(statement, &[&id, &uuid, &name]).await.map(total)
}

/// Returns the statements that are composed at run time.
pub(in crate::users) fn composed() -> impl Iterator<Item = &'static str> {
    [&*LIST_FOLLOWERS, &*LIST_FOLLOWED, &*COUNT_FOLLOWERS, &*COUNT_FOLLOWED].into_iter().map(String::as_str)
}

fn follow(row: &Row) -> Follow {
    let row = FollowRow::from_row(row);
    Follow {
        id: row.follow_id,
        user_id: UserId(row.user_id),
        uuid: row.uuid,
        username: row.username,
        location: row.location,
        avatar_url: row.avatar_url,
        created_at: row.followed_at,
    }
}
