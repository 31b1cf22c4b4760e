//! SQL of who may sign in, of their passwords, and of the dataset's users.

use std::sync::LazyLock;

use agora_runtime::{ResourceId, UserRef};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::identity::{Principal, Role, UserId};
use crate::platform::db::{Connection, DbError, Row, Transaction, row};
use crate::users::model::{self, Account, SeedUser};

row!(ACCOUNT_COLUMNS of AccountRow {
    id: i64,
    uuid: Uuid,
    username: String,
    role: String,
    password_hash: String,
    email: String,
    first_name: String,
    last_name: String,
    phone: String,
});

static FIND_BY_LOGIN: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- users.find_by_login
select {ACCOUNT_COLUMNS}
from users
where (normal_form(username) = normal_form($1) or normal_form(email) = normal_form($1))
    and disabled_at is null
    and deleted_at is null"
    )
});

/// Returns the account of a user name or e-mail address, ignoring case.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn find_by_login(db: &Connection, login: &str) -> Result<Option<Account>, DbError> {
    Ok(db.query_opt(&FIND_BY_LOGIN, &[&login]).await?.as_ref().and_then(account))
}

static FIND_ACCOUNT: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- users.find_account
select {ACCOUNT_COLUMNS}
from users
where id = $1
    and disabled_at is null
    and deleted_at is null"
    )
});

/// Returns the account of a user ID.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn find_account(db: &Connection, id: UserId) -> Result<Option<Account>, DbError> {
    Ok(db.query_opt(&FIND_ACCOUNT, &[&id.0]).await?.as_ref().and_then(account))
}

const FIND_ID: &str = r"-- users.find_id
select id
from users
where id = coalesce($1, (select id from users where uuid = $2))
    and deleted_at is null";

/// Returns the ID of a user, if they exist.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn find_id(db: &Connection, key: ResourceId) -> Result<Option<UserId>, DbError> {
    let (id, uuid) = key.parameters();
    Ok(db.query_opt(FIND_ID, &[&id, &uuid]).await?.map(|row| UserId(row.get(0))))
}

const FIND_ROLE: &str = r"-- users.find_role
select id, role
from users
where id = coalesce(
    $1,
    (select id from users where uuid = $2),
    (select id from users where normal_form(username) = normal_form($3) and deleted_at is null)
)
    and deleted_at is null";

/// Returns the ID of a user, if they exist and are visible to the caller.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn find_visible_id(
    db: &Connection,
    key: &UserRef,
    caller: Option<&Principal>,
) -> Result<Option<UserId>, DbError> {
    let (id, uuid, name) = key.parameters();
    let row = db.query_opt(FIND_ROLE, &[&id, &uuid, &name]).await?;
    Ok(row.and_then(|row| {
        let (id, role) = (UserId(row.get("id")), Role::named(row.get("role"))?);
        model::is_visible(id, role, caller).then_some(id)
    }))
}

fn account(row: &Row) -> Option<Account> {
    let row = AccountRow::from_row(row);
    Some(Account {
        id: UserId(row.id),
        uuid: row.uuid,
        username: row.username,
        role: Role::named(&row.role)?,
        password_hash: row.password_hash,
        email: row.email,
        first_name: row.first_name,
        last_name: row.last_name,
        phone: row.phone,
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

/// Sets a new password if the old one is still the one that was checked. Returns `false` if it is not.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn update_password(
    db: &Connection,
    id: UserId,
    old_hash: &str,
    hash: &str,
) -> Result<bool, DbError> {
    Ok(db.execute(UPDATE_PASSWORD, &[&id.0, &old_hash, &hash]).await? == 1)
}

const LIST_HASHES_OF: &str = r"-- users.list_hashes_of
select username, password_hash
from users
where normal_form(username) = any(array(select normal_form(name) from unnest($1::text[]) as name))
    and username = any($1)
    and disabled_at is null
    and deleted_at is null
order by username";

/// Returns the user names and password hashes of those users that may sign in.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn list_hashes_of(db: &Connection, usernames: &[&str]) -> Result<Vec<(String, String)>, DbError> {
    let rows = db.query(LIST_HASHES_OF, &[&usernames]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

const MAKE_ADMIN: &str = r"-- users.make_admin
update users
set role = 'admin'
where id = $1";

/// Grants a user the admin role.
pub(in crate::users) async fn make_admin(tx: &Transaction, id: UserId) -> Result<(), DbError> {
    tx.execute(MAKE_ADMIN, &[&id.0]).await.map(drop)
}

const SEED: &str = r"-- users.seed
insert into users (id, uuid, username, email, password_hash, role, first_name, last_name, phone, created_at)
select given.*, $10::timestamptz
from unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
    as given
on conflict do nothing";

/// Inserts the missing users of the dataset. Their IDs are fixed, so the sequence is not advanced.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn seed(tx: &Transaction, users: &[SeedUser], created_at: DateTime<Utc>) -> Result<(), DbError> {
    let column = |of: fn(&SeedUser) -> &str| users.iter().map(of).collect::<Vec<_>>();
    let ids: Vec<i64> = users.iter().map(|user| user.id).collect();
    let uuids: Vec<_> = users.iter().map(|user| user.uuid).collect();
    tx.execute(
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
