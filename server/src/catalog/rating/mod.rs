//! What people think of a product: one rating a person, from 0 to 5. Whoever changes a rating locks its product first, so
//! that the product's sum and number change with it, and nobody's is lost. The lock is a statement of its own: the one that
//! changes must begin after it, or it would hold a constraint against a row that is old by then.

pub(super) mod queries;

use crate::auth::Principal;
use crate::catalog::model::Rating;
use crate::catalog::product::unknown;
use crate::error::Error;
use crate::platform::db::Transaction;
use crate::platform::key::Key;

/// The rating of a product, as one person sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Summary {
    pub(super) product_id: i64,
    pub(super) rating: Rating,
    /// Their own.
    pub(super) own: Option<i16>,
}

/// Sets one's own rating.
pub(super) async fn rate(
    tx: &Transaction,
    key: Key,
    rater: &Principal,
    value: i16,
) -> Result<Summary, Error> {
    let product = queries::lock_rating(tx, key).await?.ok_or_else(|| unknown(key))?;
    queries::set_rating(tx, product, rater.id, value).await?.ok_or_else(|| unknown(key))
}

/// Holds a product's rating, until the transaction ends.
pub(super) async fn hold(tx: &Transaction, key: Key, rater: &Principal) -> Result<Summary, Error> {
    queries::lock_rating(tx, key).await?.ok_or_else(|| unknown(key))?;
    // Another statement, so that it sees what those who held it before have done.
    queries::find_rating(tx, key, Some(rater.id)).await?.ok_or_else(|| unknown(key))
}

/// Takes one's own rating of a product back that is held.
pub(super) async fn take_back(tx: &Transaction, held: &Summary, rater: &Principal) -> Result<Summary, Error> {
    let gone = queries::delete_rating(tx, held.product_id, rater.id).await?;
    gone.ok_or_else(|| Error::UnknownId("You have not rated this product", held.product_id.to_string()))
}
