//! The outbox: events of changes, which triggers write in the transaction of the change. No relay publishes them yet, so that
//! this module only bounds the table.

use crate::platform::db::{Connection, DbError};

// Ids are taken in the order of time, so that the oldest events are found by the primary key.
const REMOVE_EXPIRED: &str = r"-- platform.remove_expired_events
delete from outbox
where id = any(array(select id from outbox order by id limit $1))
    and created_at <= (select app_now() - interval '7 days')";

/// Deletes those of the oldest `most` events that are older than 7 days, and returns their number.
///
/// # Errors
/// Returns the error of the database.
pub async fn remove_expired(db: &Connection, most: i32) -> Result<u64, DbError> {
    db.execute(REMOVE_EXPIRED, &[&i64::from(most)]).await
}
