//! The dataset's follows.

use chrono::{DateTime, Utc};

use crate::platform::db::{DbError, Transaction};

const SEED_FOLLOWS: &str = r"-- users.seed_follows
insert into follows (follower_id, followed_id, created_at)
select given.follower_id, given.followed_id, $3::timestamptz
from unnest($1::bigint[], $2::bigint[]) with ordinality as given (follower_id, followed_id, place)
where not exists (select from follows where follower_id = any($1))
order by given.place";

/// Inserts the follows of the dataset, given as follower and followed user, if none of these users follows anybody.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn seed_follows(
    tx: &Transaction,
    follows: &[(i64, i64)],
    created_at: DateTime<Utc>,
) -> Result<(), DbError> {
    let (followers, followed): (Vec<i64>, Vec<i64>) = follows.iter().copied().unzip();
    tx.execute(SEED_FOLLOWS, &[&followers, &followed, &created_at]).await.map(drop)
}
