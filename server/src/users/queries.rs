//! SQL of users.

use std::sync::LazyLock;

use agora_runtime::UserRef;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::identity::{Role, UserId};
use crate::platform::db::{Connection, DbError, Transaction, total};
use crate::platform::pagination::Keyset;
use crate::users::columns::{USER_COLUMNS, user};
use crate::users::model::{NewUser, PasswordChange, Taken, User};

static LIST_USERS: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- users.list_users
select {USER_COLUMNS}
from user_view
where id = any(array(
    (
        select id
        from users
        where not $1 and id > $2 and role = 'user' and deleted_at is null
        order by id
        limit $3 offset $4
    )
    union all
    (
        select id
        from users
        where $1 and id < $2 and role = 'user' and deleted_at is null
        order by id desc
        limit $3
    )
))
order by case when $1 then -id else id end"
    )
});

/// Lists users by ID in the direction of the page, without staff and admins.
pub(super) async fn list_users(db: &Connection, keyset: Keyset) -> Result<Vec<User>, DbError> {
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let rows = db.query(&LIST_USERS, &[&is_backward, &edge, &rows, &offset]).await?;
    Ok(rows.iter().filter_map(user).collect())
}

const COUNT_USERS: &str = r"-- users.count_users
select case
    when counted.count <= 10000 then counted.count
    else greatest(counted.count, (select reltuples::bigint from pg_class where oid = 'users'::regclass))
end
from (
    select count(*)
    from (select from users where role = 'user' and deleted_at is null limit 10001) as reached
) as counted";

/// Counts the listed users. The count is an estimate beyond 10,000.
pub(super) async fn count_users(db: &Connection) -> Result<i64, DbError> {
    db.query_opt(COUNT_USERS, &[]).await.map(total)
}

static FIND_USER: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- users.find_user
select {USER_COLUMNS}
from user_view
where id = coalesce(
    $1,
    (select id from users where uuid = $2),
    (select id from users where normal_form(username) = normal_form($3) and deleted_at is null)
)
    and deleted_at is null"
    )
});

/// Returns a user.
pub(super) async fn find_user(db: &Connection, key: &UserRef) -> Result<Option<User>, DbError> {
    let (id, uuid, name) = key.parameters();
    Ok(db.query_opt(&FIND_USER, &[&id, &uuid, &name]).await?.as_ref().and_then(user))
}

const FIND_PASSWORD_HASH: &str = r"-- users.find_password_hash
select password_hash
from users
where id = coalesce(
    $1,
    (select id from users where uuid = $2),
    (select id from users where normal_form(username) = normal_form($3) and deleted_at is null)
)
    and deleted_at is null";

/// Returns the password hash of a user.
pub(super) async fn find_password_hash(db: &Connection, key: &UserRef) -> Result<Option<String>, DbError> {
    let (id, uuid, name) = key.parameters();
    Ok(db.query_opt(FIND_PASSWORD_HASH, &[&id, &uuid, &name]).await?.map(|row| row.get(0)))
}

const LOCK_USER: &str = r"-- users.lock_user
select id
from users
where id = coalesce(
    $1,
    (select id from users where uuid = $2),
    (select id from users where normal_form(username) = normal_form($3) and deleted_at is null)
)
    and deleted_at is null
for no key update";

/// Locks a user and returns them. The user is read only after the lock was acquired, so that the address is as recent
/// as the lock.
pub(super) async fn lock_user(tx: &Transaction, key: &UserRef) -> Result<Option<User>, DbError> {
    let (id, uuid, name) = key.parameters();
    let rows =
        tx.query_in_order(&[(LOCK_USER, &[&id, &uuid, &name]), (&FIND_USER, &[&id, &uuid, &name])]).await?;
    Ok(rows.last().and_then(|found| found.first()).and_then(user))
}

const FIND_TAKEN: &str = r"-- users.find_taken
select
    coalesce(bool_or(normal_form(username) = normal_form($1)), false) as username,
    coalesce(bool_or(normal_form(email) = normal_form($2)), false) as email
from users
where (normal_form(username) = normal_form($1) or normal_form(email) = normal_form($2))
    and id is distinct from $3";

/// Returns which of a user name and an e-mail address other users have, or had before they were deleted.
pub(super) async fn find_taken(
    tx: &Transaction,
    username: &str,
    email: &str,
    but_for: Option<UserId>,
) -> Result<Taken, DbError> {
    let but_for = but_for.map(|id| id.0);
    let found = tx.query_opt(FIND_TAKEN, &[&username, &email, &but_for]).await?;
    Ok(found
        .map_or_else(Taken::default, |row| Taken { username: row.get("username"), email: row.get("email") }))
}

const INSERT_USER: &str = r"-- users.insert_user
insert into users (
    uuid,
    username,
    email,
    password_hash,
    first_name,
    last_name,
    phone,
    location,
    avatar_url
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict do nothing
returning id, created_at";

/// Creates a user. Returns `None` if the user name or e-mail address is taken.
pub(super) async fn insert_user(
    tx: &Transaction,
    uuid: Uuid,
    new: &NewUser,
) -> Result<Option<User>, DbError> {
    let created = tx
        .query_opt(
            INSERT_USER,
            &[
                &uuid,
                &new.username,
                &new.email,
                &new.password_hash,
                &new.first_name,
                &new.last_name,
                &new.phone,
                &new.location,
                &new.avatar_url,
            ],
        )
        .await?;
    Ok(created.map(|row| User {
        id: UserId(row.get("id")),
        uuid,
        username: new.username.clone(),
        email: new.email.clone(),
        role: Role::User,
        first_name: new.first_name.clone(),
        last_name: new.last_name.clone(),
        phone: new.phone.clone(),
        location: new.location.clone(),
        avatar_url: new.avatar_url.clone(),
        address: None,
        created_at: row.get("created_at"),
        updated_at: None,
    }))
}

const UPDATE_USER: &str = r"-- users.update_user
update users
set username = $2,
    email = $3,
    password_hash = coalesce($4, password_hash),
    first_name = $5,
    last_name = $6,
    phone = $7,
    location = $8,
    avatar_url = $9,
    updated_at = app_now()
where id = $1
    and ($10::text is null or password_hash = $10)
    and deleted_at is null
returning updated_at";

/// Updates a locked user and returns the time of the change. Returns `None` if the password is no longer the one that
/// was checked.
pub(super) async fn update_user(
    tx: &Transaction,
    user: &User,
    password: &PasswordChange,
    confirmed: Option<&str>,
) -> Result<Option<DateTime<Utc>>, DbError> {
    let (expected, password_hash) = password.hashes();
    let expected = confirmed.or(expected);
    let changed = tx
        .query_opt(
            UPDATE_USER,
            &[
                &user.id.0,
                &user.username,
                &user.email,
                &password_hash,
                &user.first_name,
                &user.last_name,
                &user.phone,
                &user.location,
                &user.avatar_url,
                &expected,
            ],
        )
        .await?;
    Ok(changed.map(|row| row.get(0)))
}

const DELETE_USER: &str = r"-- users.delete_user
with gone as (
    update users
    set deleted_at = app_now()
    where id = $1
        and deleted_at is null
    returning id
),
unfollowed as (
    delete from follows
    using gone
    where follows.follower_id = gone.id or follows.followed_id = gone.id
)
update addresses
set deleted_at = app_now()
from gone
where addresses.user_id = gone.id
    and addresses.deleted_at is null";

/// Deletes a user, their addresses and their follows.
pub(super) async fn delete_user(tx: &Transaction, id: UserId) -> Result<(), DbError> {
    tx.execute(DELETE_USER, &[&id.0]).await.map(drop)
}
