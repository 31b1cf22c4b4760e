//! SQL of the registry.

use tokio_postgres::Row;

use crate::platform::db::{Connection, DbError, Transaction};
use crate::platform::pagination::Keyset;
use crate::registry::model::{Change, Draft, Record};

const LIST_RECORDS: &str = r"-- registry.list_records
select
    person.id,
    person.israeli_id,
    person.name,
    person.phone,
    person.address
from registry_users as person
where person.id = any(array(
    (
        select id
        from registry_users
        where not $1 and id > $2 and deleted_at is null
        order by id
        limit $3 offset $4
    )
    union all
    (
        select id
        from registry_users
        where $1 and id < $2 and deleted_at is null
        order by id desc
        limit $3
    )
))
order by case when $1 then -person.id else person.id end";

/// Lists records in the order of creation, in the direction of the page.
pub(super) async fn list_records(db: &Connection, keyset: Keyset) -> Result<Vec<Record>, DbError> {
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let rows = db.query(LIST_RECORDS, &[&is_backward, &edge, &rows, &offset]).await?;
    Ok(rows.iter().map(record).collect())
}

const LIST_ISRAELI_IDS: &str = r"-- registry.list_israeli_ids
(
    select id, israeli_id
    from registry_users
    where not $1 and id > $2 and deleted_at is null
    order by id
    limit $3 offset $4
)
union all
(
    select id, israeli_id
    from registry_users
    where $1 and id < $2 and deleted_at is null
    order by id desc
    limit $3
)";

/// Lists the row number and Israeli ID of each record, in the order of [`list_records`].
pub(super) async fn list_israeli_ids(db: &Connection, keyset: Keyset) -> Result<Vec<(i64, String)>, DbError> {
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let rows = db.query(LIST_ISRAELI_IDS, &[&is_backward, &edge, &rows, &offset]).await?;
    Ok(rows.iter().map(|row| (row.get("id"), row.get("israeli_id"))).collect())
}

const COUNT_RECORDS: &str = r"-- registry.count_records
select case
    when counted.count <= 10000 then counted.count
    else greatest(counted.count, (select reltuples::bigint from pg_class where oid = 'registry_users'::regclass))
end
from (select count(*) from (select from registry_users where deleted_at is null limit 10001) as reached) as counted";

/// Counts the records. The count is an estimate beyond 10,000.
pub(super) async fn count_records(db: &Connection) -> Result<i64, DbError> {
    Ok(db.query_opt(COUNT_RECORDS, &[]).await?.map_or(0, |row| row.get(0)))
}

const FIND_RECORD: &str = r"-- registry.find_record
select
    id,
    israeli_id,
    name,
    phone,
    address
from registry_users
where israeli_id = $1
    and deleted_at is null";

/// Returns a record.
pub(super) async fn find_record(db: &Connection, israeli_id: &str) -> Result<Option<Record>, DbError> {
    Ok(db.query_opt(FIND_RECORD, &[&israeli_id]).await?.as_ref().map(record))
}

const LOCK_RECORD: &str = r"-- registry.lock_record
select
    id,
    israeli_id,
    name,
    phone,
    address
from registry_users
where israeli_id = $1
    and deleted_at is null
for update";

/// Locks a record until the transaction ends.
pub(super) async fn lock_record(tx: &Transaction, israeli_id: &str) -> Result<Option<Record>, DbError> {
    Ok(tx.query_opt(LOCK_RECORD, &[&israeli_id]).await?.as_ref().map(record))
}

const INSERT_RECORD: &str = r"-- registry.insert_record
insert into registry_users (israeli_id, name, phone, address)
values ($1, $2, $3, $4)
returning
    id,
    israeli_id,
    name,
    phone,
    address";

/// Creates a record.
pub(super) async fn insert_record(tx: &Transaction, draft: &Draft) -> Result<Option<Record>, DbError> {
    let Draft { israeli_id, name, phone, address } = draft;
    Ok(tx.query_opt(INSERT_RECORD, &[israeli_id, name, phone, address]).await?.as_ref().map(record))
}

const UPDATE_RECORD: &str = r"-- registry.update_record
update registry_users
set name = coalesce($2, name),
    phone = coalesce($3, phone),
    address = coalesce($4, address),
    updated_at = app_now()
where id = $1
    and deleted_at is null
returning
    id,
    israeli_id,
    name,
    phone,
    address";

/// Changes a record.
pub(super) async fn update_record(
    tx: &Transaction,
    row: i64,
    change: &Change,
) -> Result<Option<Record>, DbError> {
    let Change { name, phone, address } = change;
    Ok(tx.query_opt(UPDATE_RECORD, &[&row, name, phone, address]).await?.as_ref().map(record))
}

const DELETE_RECORD: &str = r"-- registry.delete_record
update registry_users
set deleted_at = app_now()
where id = $1
    and deleted_at is null";

/// Deletes a record.
pub(super) async fn delete_record(tx: &Transaction, row: i64) -> Result<(), DbError> {
    tx.execute(DELETE_RECORD, &[&row]).await.map(drop)
}

fn record(row: &Row) -> Record {
    Record {
        row: row.get("id"),
        israeli_id: row.get("israeli_id"),
        name: row.get("name"),
        phone: row.get("phone"),
        address: row.get("address"),
    }
}
