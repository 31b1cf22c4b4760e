//! SQL of the users.

use agora_runtime::{ResourceId, UserRef};
use chrono::{DateTime, Utc};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::identity::{Principal, Role, UserId};
use crate::platform::db::{Connection, DbError, Transaction};
use crate::platform::pagination::Keyset;
use crate::users::address::{self, Address};
use crate::users::model::{self, Account, NewUser, PasswordChange, SeedUser, Taken, User};

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
where (normal_form(username) = normal_form($1) or normal_form(email) = normal_form($1))
    and disabled_at is null
    and deleted_at is null";

/// Returns the account of a user name or e-mail address, ignoring case.
///
/// # Errors
/// Returns an error if the database fails.
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

/// Returns the account of a user ID.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn find_account(db: &Connection, id: UserId) -> Result<Option<Account>, DbError> {
    Ok(db.query_opt(FIND_ACCOUNT, &[&id.0]).await?.as_ref().and_then(account))
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
where id = coalesce($1, (select id from users where uuid = $2))
    and deleted_at is null";

/// Returns the ID of a user, if they exist and are visible to the caller.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn find_visible_id(
    db: &Connection,
    key: ResourceId,
    caller: Option<&Principal>,
) -> Result<Option<UserId>, DbError> {
    let (id, uuid) = key.parameters();
    let row = db.query_opt(FIND_ROLE, &[&id, &uuid]).await?;
    Ok(row.and_then(|row| {
        let (id, role) = (UserId(row.get("id")), Role::named(row.get("role"))?);
        model::is_visible(id, role, caller).then_some(id)
    }))
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
where username = any($1)
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
pub(super) async fn make_admin(tx: &Transaction, id: UserId) -> Result<(), DbError> {
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

const LIST_USERS: &str = r"-- users.list_users
with page as materialized (
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
)
select
    person.id,
    person.uuid,
    person.username,
    person.email,
    person.role,
    person.first_name,
    person.last_name,
    person.phone,
    person.location,
    person.avatar_url,
    person.created_at,
    person.updated_at,
    address.id as address_id,
    address.uuid as address_uuid,
    address.city,
    address.street,
    address.number,
    address.zipcode,
    address.lat,
    address.long,
    address.created_at as address_created_at,
    address.updated_at as address_updated_at
from page
join users as person on person.id = page.id
left join lateral (
    select
        id,
        uuid,
        city,
        street,
        number,
        zipcode,
        lat,
        long,
        created_at,
        updated_at
    from addresses
    where user_id = person.id
        and deleted_at is null
    order by id
    limit 1
) as address on true
order by case when $1 then -person.id else person.id end";

/// Lists users by ID in the direction of the page, without staff and admins.
pub(super) async fn list_users(db: &Connection, keyset: Keyset) -> Result<Vec<User>, DbError> {
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let rows = db.query(LIST_USERS, &[&is_backward, &edge, &rows, &offset]).await?;
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
    Ok(db.query_opt(COUNT_USERS, &[]).await?.map_or(0, |row| row.get(0)))
}

const FIND_USER: &str = r"-- users.find_user
select
    person.id,
    person.uuid,
    person.username,
    person.email,
    person.role,
    person.first_name,
    person.last_name,
    person.phone,
    person.location,
    person.avatar_url,
    person.created_at,
    person.updated_at,
    address.id as address_id,
    address.uuid as address_uuid,
    address.city,
    address.street,
    address.number,
    address.zipcode,
    address.lat,
    address.long,
    address.created_at as address_created_at,
    address.updated_at as address_updated_at
from users as person
left join lateral (
    select
        id,
        uuid,
        city,
        street,
        number,
        zipcode,
        lat,
        long,
        created_at,
        updated_at
    from addresses
    where user_id = person.id
        and deleted_at is null
    order by id
    limit 1
) as address on true
where person.id = coalesce(
    $1,
    (select id from users where uuid = $2),
    (select id from users where normal_form(username) = normal_form($3) and deleted_at is null)
)
    and person.deleted_at is null";

/// Returns a user.
pub(super) async fn find_user(db: &Connection, key: &UserRef) -> Result<Option<User>, DbError> {
    let (id, uuid, name) = key.parameters();
    Ok(db.query_opt(FIND_USER, &[&id, &uuid, &name]).await?.as_ref().and_then(user))
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
        tx.query_in_order(&[(LOCK_USER, &[&id, &uuid, &name]), (FIND_USER, &[&id, &uuid, &name])]).await?;
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
)
update addresses
set deleted_at = app_now()
from gone
where addresses.user_id = gone.id
    and addresses.deleted_at is null";

/// Deletes a user and their addresses.
pub(super) async fn delete_user(tx: &Transaction, id: UserId) -> Result<(), DbError> {
    tx.execute(DELETE_USER, &[&id.0]).await.map(drop)
}

fn user(row: &Row) -> Option<User> {
    Some(User {
        id: UserId(row.get("id")),
        uuid: row.get("uuid"),
        username: row.get("username"),
        email: row.get("email"),
        role: Role::named(row.get("role"))?,
        first_name: row.get("first_name"),
        last_name: row.get("last_name"),
        phone: row.get("phone"),
        location: row.get("location"),
        avatar_url: row.get("avatar_url"),
        address: row.get::<_, Option<i64>>("address_id").map(|id| first_address(row, id)),
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
    })
}

fn first_address(row: &Row, id: i64) -> Address {
    Address {
        id,
        uuid: row.get("address_uuid"),
        fields: address::fields(row),
        created_at: row.get("address_created_at"),
        updated_at: row.get("address_updated_at"),
    }
}
