//! SQL of the users.

use chrono::{DateTime, Utc};
use tokio_postgres::Row;

use crate::platform::db::{Connection, DbError, Transaction};
use crate::users::model::{Account, Role, SeedUser, UserId};

const FIND_BY_LOGIN: &str = r"-- users.find_by_login
select id, uuid, username, role, password_hash
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

fn account(row: &Row) -> Option<Account> {
    Some(Account {
        id: UserId(row.get("id")),
        uuid: row.get("uuid"),
        username: row.get("username"),
        role: Role::named(row.get("role"))?,
        password_hash: row.get("password_hash"),
    })
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
