//! Operations on carts. Each takes at most two round trips to the database, besides the `commit` of the write boundary.

use agora_runtime::ResourceId;
use futures_util::future::{BoxFuture, join3};
use futures_util::{FutureExt as _, TryFutureExt as _};
use serde_json::json;
use uuid::Uuid;

use crate::carts::model::{Cart, Changes, Line, MOST_OF_ONE, MOST_PRODUCTS, Readable};
use crate::carts::queries;
use crate::catalog;
use crate::error::Error;
use crate::identity::{Principal, UserId};
use crate::platform::db::{DbError, Transaction};
use crate::platform::http::conditional::Locked;
use crate::users;

/// The user who changes carts.
#[derive(Clone, Copy)]
pub(super) struct Writer<'a> {
    pub(super) principal: &'a Principal,
    /// The carts that the user may read. Other carts appear not to exist.
    pub(super) readable: Readable,
}

/// Returns the error for a cart that does not exist or is not visible to the caller.
pub(super) fn unknown(key: ResourceId) -> Error {
    Error::UnknownId("No cart has this ID", key.to_string())
}

/// Creates a cart from the lines that a change adds.
pub(super) async fn create(
    tx: &Transaction,
    uuid: Uuid,
    changes: &Changes,
    maker: &Principal,
) -> Result<Cart, Error> {
    let owner = changes.user_id.unwrap_or(maker.id);
    if !maker.may_change(Some(owner)) {
        return Err(Error::Forbidden("Only staff may create carts for other users"));
    }
    named_things(tx, changes, async { Ok(()) }, |()| &[]).await?;
    let created = queries::insert_cart(tx, uuid, owner, changes).await?;
    created.ok_or_else(|| Error::Internal("a cart was inserted and not returned".to_owned()))
}

/// Locks a cart until the transaction ends, after checking that the writer may make these changes.
pub(super) async fn lock_for_update(
    tx: &Transaction,
    key: ResourceId,
    changes: &Changes,
    writer: Writer<'_>,
) -> Result<Locked<Cart>, Error> {
    let locked = async {
        let locked = queries::lock_cart(tx, key).await?;
        let locked = locked.filter(|cart| may_know(writer, cart.user_id)).ok_or_else(|| unknown(key))?;
        if !writer.principal.may_change(Some(locked.user_id)) {
            return Err(Error::Forbidden("Only the owner or staff may change this cart"));
        }
        if changes.user_id.is_some_and(|user| !writer.principal.may_change(Some(user))) {
            return Err(Error::Forbidden("Only staff may transfer a cart"));
        }
        Ok(locked)
    };
    named_things(tx, changes, locked, |cart: &Cart| &cart.lines).await.map(Locked::new)
}

fn may_know(writer: Writer<'_>, owner: UserId) -> bool {
    writer.readable.includes(owner) || writer.principal.may_change(Some(owner))
}

/// Returns the result of `first`, if all products and the user that a change names exist. `lines` returns the current lines of
/// the cart, which may have products that were archived. All queries share one round trip. An error of `first` takes
/// precedence.
async fn named_things<T>(
    tx: &Transaction,
    changes: &Changes,
    first: impl Future<Output = Result<T, Error>>,
    lines: impl Fn(&T) -> &[Line],
) -> Result<T, Error> {
    let product_ids = changes.product_ids();
    let missing = async {
        match product_ids.is_empty() {
            true => Ok(Vec::new()),
            false => catalog::find_unlisted_products(tx, &product_ids).await,
        }
    };
    let is_user_there = async {
        match changes.user_id {
            None => Ok(true),
            Some(user) => users::find_id(tx, ResourceId::Id(user.0)).await.map(|found| found.is_some()),
        }
    };
    // Wait for all: if the first fails, the errors of the others say only that the transaction is aborted.
    let (first, missing, is_user_there) = join3(first, missing, is_user_there).await;
    let (first, missing, is_user_there) = (first?, missing?, is_user_there?);
    let is_kept = |product: i64| lines(&first).iter().any(|line| line.product_id == product);
    let missing = missing.into_iter().filter(|product| !(product.is_archived && is_kept(product.id)));
    let missing: Vec<i64> = missing.map(|product| product.id).collect();
    if !missing.is_empty() {
        let details = json!({"missing": missing});
        return Err(Error::Validation("Some product IDs do not exist".to_owned(), details));
    }
    if !is_user_there {
        return Err(Error::field("userId", "exists", "must be the ID of an existing user"));
    }
    Ok(first)
}

/// Changes a locked cart. A change that has no effect writes nothing, and the time of change is kept.
pub(super) async fn change(tx: &Transaction, locked: Cart, changes: &Changes) -> Result<Cart, Error> {
    if changes.is_empty_for(&locked) {
        return Ok(locked);
    }
    let changed = queries::change_cart(tx, locked.id, changes).await.map_err(too_many)?;
    let changed = changed.ok_or_else(|| Error::Internal("a cart that is held is gone".to_owned()))?;
    if changed.lines.len() > MOST_PRODUCTS {
        return Err(Error::Conflict(
            "A cart can have at most 100 products".to_owned(),
            json!({"limit": MOST_PRODUCTS}),
        ));
    }
    Ok(changed)
}

/// Deletes a locked cart.
pub(super) async fn remove(tx: &Transaction, locked: &Cart) -> Result<(), Error> {
    Ok(queries::delete_cart(tx, locked.id).await?)
}

/// Deletes the carts of a user who is deleted.
pub fn delete_with_user(tx: &Transaction, user: UserId) -> BoxFuture<'_, Result<(), Error>> {
    queries::delete_carts_of_user(tx, user).err_into().boxed()
}

fn too_many(error: DbError) -> Error {
    match error.constraint() {
        Some("cart_lines_quantity_check") => Error::Conflict(
            "A cart can have at most 1,000,000 of one product".to_owned(),
            json!({"limit": MOST_OF_ONE}),
        ),
        _ => error.into(),
    }
}
