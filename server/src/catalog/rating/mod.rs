//! Ratings of products: at most one for each user, from 0 to 5.
//!
//! A change of a rating locks its product first. The sum and the number of ratings then change with it, and no rating
//! is lost. The lock is a separate statement: the change must begin after it, or it would check a constraint against an
//! outdated row.

pub(super) mod queries;

use agora_runtime::ResourceId;
use chrono::{DateTime, Utc};

use crate::catalog::model::Rating;
use crate::catalog::product::unknown;
use crate::error::Error;
use crate::identity::{Principal, UserId};
use crate::platform::db::Transaction;
use crate::platform::http::conditional::Locked;

/// The rating of a product as one user sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Summary {
    pub(super) product_id: i64,
    pub(super) rating: Rating,
    /// The user's own rating.
    pub(super) own: Option<i16>,
}

/// A user's rating of a product.
#[derive(Clone, Debug)]
pub(super) struct UserRating {
    pub(super) user_id: UserId,
    /// `None` if the account is deleted.
    pub(super) username: Option<String>,
    pub(super) value: i16,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: Option<DateTime<Utc>>,
}

/// Sets the user's own rating.
pub(super) async fn rate(
    tx: &Transaction,
    key: ResourceId,
    rater: &Principal,
    value: i16,
) -> Result<Summary, Error> {
    let product = queries::lock_rating(tx, key, rater).await?.ok_or_else(|| unknown(key))?;
    queries::set_rating(tx, product, rater.id, value).await?.ok_or_else(|| unknown(key))
}

/// Locks the rating of a product until the transaction ends.
pub(super) async fn lock_for_update(
    tx: &Transaction,
    key: ResourceId,
    rater: &Principal,
) -> Result<Locked<Summary>, Error> {
    queries::lock_rating(tx, key, rater).await?.ok_or_else(|| unknown(key))?;
    // A separate statement, so that it sees the changes of earlier lock holders.
    let found = queries::find_rating(tx, key, Some(rater)).await?;
    found.map(Locked::new).ok_or_else(|| unknown(key))
}

/// Deletes the user's own rating of a locked product.
pub(super) async fn take_back(
    tx: &Transaction,
    locked: &Summary,
    rater: &Principal,
) -> Result<Summary, Error> {
    let gone = queries::delete_rating(tx, locked.product_id, rater.id).await?;
    gone.ok_or_else(|| Error::UnknownId("You have not rated this product", locked.product_id.to_string()))
}
