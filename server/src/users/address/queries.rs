//! SQL of the addresses.

use std::sync::LazyLock;

use agora_runtime::ResourceId;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::identity::UserId;
use crate::platform::db::{Connection, DbError, Row, Transaction, row};
use crate::platform::pagination::Keyset;
use crate::users::address::model::{Address, AddressFields, Geolocation};

row!(ADDRESS_COLUMNS of AddressRow {
    id: i64,
    uuid: Uuid,
    city: String,
    street: String,
    number: i64,
    zipcode: String,
    lat: Option<String>,
    long: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: Option<DateTime<Utc>>,
});

static LIST_ADDRESSES: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- users.list_addresses
select {ADDRESS_COLUMNS}
from addresses
where id = any(array(
    (
        select id
        from addresses
        where not $2 and user_id = $1 and id > $3 and deleted_at is null
        order by id
        limit $4 offset $5
    )
    union all
    (
        select id
        from addresses
        where $2 and user_id = $1 and id < $3 and deleted_at is null
        order by id desc
        limit $4
    )
))
order by case when $2 then -id else id end"
    )
});

/// Lists the addresses of a user by ID in the direction of the page.
pub(in crate::users) async fn list_addresses(
    db: &Connection,
    owner: UserId,
    keyset: Keyset,
) -> Result<Vec<Address>, DbError> {
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let rows = db.query(&LIST_ADDRESSES, &[&owner.0, &is_backward, &edge, &rows, &offset]).await?;
    Ok(rows.iter().map(address).collect())
}

const COUNT_ADDRESSES: &str = r"-- users.count_addresses
select count(*)
from (select from addresses where user_id = $1 and deleted_at is null limit 10001) as reached";

/// Counts the addresses of a user. 10,001 means more than 10,000.
pub(in crate::users) async fn count_addresses(db: &Connection, owner: UserId) -> Result<i64, DbError> {
    Ok(db.query_opt(COUNT_ADDRESSES, &[&owner.0]).await?.map_or(0, |row| row.get(0)))
}

const LOCK_OWNER: &str = r"-- users.lock_owner
select id
from users
where id = $1
    and deleted_at is null
for no key update";

static FIND_ADDRESS: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- users.find_address
select {ADDRESS_COLUMNS}
from addresses
where user_id = $1
    and id = coalesce($2, (select id from addresses where uuid = $3))
    and deleted_at is null"
    )
});

/// Returns an address of a user.
pub(in crate::users) async fn find_address(
    db: &Connection,
    owner: UserId,
    key: ResourceId,
) -> Result<Option<Address>, DbError> {
    let (id, uuid) = key.parameters();
    Ok(db.query_opt(&FIND_ADDRESS, &[&owner.0, &id, &uuid]).await?.as_ref().map(address))
}

/// Locks a user and returns one of their addresses.
pub(super) async fn lock_address(
    tx: &Transaction,
    owner: UserId,
    key: ResourceId,
) -> Result<Option<Address>, DbError> {
    let (id, uuid) = key.parameters();
    let rows =
        tx.query_in_order(&[(LOCK_OWNER, &[&owner.0]), (&FIND_ADDRESS, &[&owner.0, &id, &uuid])]).await?;
    Ok(rows.last().and_then(|found| found.first()).map(address))
}

static INSERT_ADDRESS: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- users.insert_address
insert into addresses (
    user_id,
    uuid,
    city,
    street,
    number,
    zipcode,
    lat,
    long
)
select id, $2, $3, $4, $5, $6, $7, $8
from users
where id = $1
    and deleted_at is null
returning {ADDRESS_COLUMNS}"
    )
});

/// Creates an address of a user, if the user exists.
pub(super) async fn insert_address(
    tx: &Transaction,
    uuid: Uuid,
    owner: UserId,
    fields: &AddressFields,
) -> Result<Option<Address>, DbError> {
    let (lat, long) = degrees(fields);
    let created = tx
        .query_opt(
            &INSERT_ADDRESS,
            &[
                &owner.0,
                &uuid,
                &fields.city,
                &fields.street,
                &i64::from(fields.number),
                &fields.zipcode,
                &lat,
                &long,
            ],
        )
        .await?;
    Ok(created.as_ref().map(address))
}

const UPDATE_ADDRESS: &str = r"-- users.update_address
update addresses
set city = $2,
    street = $3,
    number = $4,
    zipcode = $5,
    lat = $6,
    long = $7,
    updated_at = app_now()
where id = $1
    and deleted_at is null
returning updated_at";

/// Updates an address and returns the time of the change.
pub(super) async fn update_address(
    tx: &Transaction,
    id: i64,
    fields: &AddressFields,
) -> Result<Option<DateTime<Utc>>, DbError> {
    let (lat, long) = degrees(fields);
    let number = i64::from(fields.number);
    let changed = tx
        .query_opt(
            UPDATE_ADDRESS,
            &[&id, &fields.city, &fields.street, &number, &fields.zipcode, &lat, &long],
        )
        .await?;
    Ok(changed.map(|row| row.get(0)))
}

const DELETE_ADDRESS: &str = r"-- users.delete_address
update addresses
set deleted_at = app_now()
where id = $1
    and deleted_at is null";

/// Deletes an address.
pub(super) async fn delete_address(tx: &Transaction, id: i64) -> Result<(), DbError> {
    tx.execute(DELETE_ADDRESS, &[&id]).await.map(drop)
}

fn degrees(fields: &AddressFields) -> (Option<&str>, Option<&str>) {
    fields.geolocation.as_ref().map(|at| (at.lat.as_str(), at.long.as_str())).unzip()
}

fn address(row: &Row) -> Address {
    let row = AddressRow::from_row(row);
    Address {
        id: row.id,
        uuid: row.uuid,
        fields: AddressFields {
            city: row.city,
            street: row.street,
            number: u32::try_from(row.number).unwrap_or_default(),
            zipcode: row.zipcode,
            geolocation: row.lat.zip(row.long).map(|(lat, long)| Geolocation { lat, long }),
        },
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
