//! SQL of the users.

use chrono::{DateTime, Utc};
use tokio_postgres::Row;

use crate::platform::db::{Connection, DbError, Transaction};
use crate::users::model::{Account, Role, SeedUser, UserId};

const FIND_BY_LOGIN: &str = r"-- users.find_by_login
select
    id,
    uuid,
    username,
    role,
    password_hash,
    email,
    first_name,
    last_name,
    phone
from users
where (lower(username) = lower($1) or lower(email) = lower($1))
    and disabled_at is null
    and deleted_at is null";

/// The account of a user name or an address, whatever its case.
///
/// # Errors
/// What the database says.
pub async fn find_by_login(db: &Connection, login: &str) -> Result<Option<Account>, DbError> {
    Ok(db.query_opt(FIND_BY_LOGIN, &[&login]).await?.as_ref().and_then(account))
}

const FIND_ACCOUNT: &str = r"-- users.find_account
select
    id,
    uuid,
    username,
    role,
    password_hash,
    email,
    first_name,
    last_name,
    phone
from users
where id = $1
    and disabled_at is null
    and deleted_at is null";

/// The account of an id.
///
/// # Errors
/// What the database says.
pub async fn find_account(db: &Connection, id: UserId) -> Result<Option<Account>, DbError> {
    Ok(db.query_opt(FIND_ACCOUNT, &[&id.0]).await?.as_ref().and_then(account))
}

fn account(row: &Row) -> Option<Account> {
    Some(Account {
        id: UserId(row.get("id")),
        uuid: row.get("uuid"),
        username: row.get("username"),
        role: Role::named(row.get("role"))?,
        password_hash: row.get("password_hash"),
        email: row.get("email"),
        first_name: row.get("first_name"),
        last_name: row.get("last_name"),
        phone: row.get("phone"),
    })
}

const UPDATE_PASSWORD: &str = r"-- users.update_password
update users
set password_hash = $3,
    updated_at = app_now()
where id = $1
    and password_hash = $2
    and disabled_at is null
    and deleted_at is null";

/// Sets a new password where the old one still is the one that was checked; tells whether it was.
///
/// # Errors
/// What the database says.
pub async fn update_password(
    db: &Connection,
    id: UserId,
    old_hash: &str,
    hash: &str,
) -> Result<bool, DbError> {
    Ok(db.execute(UPDATE_PASSWORD, &[&id.0, &old_hash, &hash]).await? == 1)
}

const SEED: &str = r"-- users.seed
with given as (
    insert into users (id, uuid, username, email, password_hash, role, first_name, last_name, phone, created_at)
    select given.*, $10::timestamptz
    from unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
        as given
    on conflict do nothing
    returning id
)
select setval(pg_get_serial_sequence('users', 'id'), greatest(
    (select coalesce(max(id), 1) from given),
    (select coalesce(max(id), 1) from users)
))";

/// Inserts the users of the dataset that are not there yet.
///
/// # Errors
/// What the database says.
pub async fn seed(tx: &Transaction, users: &[SeedUser], created_at: DateTime<Utc>) -> Result<(), DbError> {
    let column = |of: fn(&SeedUser) -> &str| users.iter().map(of).collect::<Vec<_>>();
    let ids: Vec<i64> = users.iter().map(|user| user.id).collect();
    let uuids: Vec<_> = users.iter().map(|user| user.uuid).collect();
    tx.query(
        SEED,
        &[
            &ids,
            &uuids,
            &column(|user| &user.username),
            &column(|user| &user.email),
            &column(|user| &user.password_hash),
            &column(|user| user.role.name()),
            &column(|user| &user.first_name),
            &column(|user| &user.last_name),
            &column(|user| &user.phone),
            &created_at,
        ],
    )
    .await
    .map(drop)
}
