//! SQL of the sandbox's clock.

use chrono::{DateTime, Utc};

use crate::platform::db::{Connection, DbError};

const ADVANCE_CLOCK: &str = r"-- sandbox.advance_clock
select is_advanced, offset_seconds, current_at
from sandbox.advance_clock($1, $2)";

/// The database's clock after a call.
pub(super) struct AdvancedClock {
    /// `false` if the offset would have exceeded its limit, so that nothing has changed.
    pub(super) is_advanced: bool,
    /// Seconds between the clock and the real time.
    pub(super) offset_seconds: i64,
    pub(super) current_at: DateTime<Utc>,
}

/// Moves the time of record forward, up to an offset of `most` seconds. Returns `None` if this is not a sandbox's database.
pub(super) async fn advance_clock(
    db: &Connection,
    seconds: i64,
    most: i64,
) -> Result<Option<AdvancedClock>, DbError> {
    let row = db.query_opt(ADVANCE_CLOCK, &[&seconds, &most]).await?;
    Ok(row.map(|row| AdvancedClock {
        is_advanced: row.get(0),
        offset_seconds: row.get(1),
        current_at: row.get(2),
    }))
}
