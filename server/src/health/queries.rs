//! SQL of the health checks.

use crate::platform::db::{Connection, DbError};

const FIND_MIGRATION: &str = r"-- health.find_migration
select coalesce(max(version), 0)::bigint
from refinery_schema_history";

/// Returns the version of the last applied migration.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn find_migration(db: &Connection) -> Result<i64, DbError> {
    Ok(db.query_opt(FIND_MIGRATION, &[]).await?.map_or(0, |row| row.get(0)))
}
