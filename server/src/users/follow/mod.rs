//! Followers of users. Everyone who can see a user can follow them.

pub(super) mod handlers;
mod queries;
mod seed;

pub(super) use queries::composed;
pub use seed::seed_follows;

use agora_runtime::UserRef;
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use crate::error::Error;
use crate::identity::{Principal, UserId};
use crate::platform::db::Transaction;
use crate::users::account::unknown;
use crate::users::login::queries::find_visible_id;

/// A user who follows, or is followed.
#[derive(Clone, Debug)]
pub(super) struct Follow {
    /// Number of the relation. Later ones are greater.
    pub(super) id: i64,
    pub(super) user_id: UserId,
    pub(super) uuid: Uuid,
    pub(super) username: String,
    pub(super) location: Option<String>,
    pub(super) avatar_url: Option<String>,
    pub(super) created_at: DateTime<Utc>,
}

/// The side of the users that a list returns.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Side {
    Followers,
    Followed,
}

/// Makes the caller follow a user.
pub(super) async fn follow(tx: &Transaction, key: &UserRef, caller: &Principal) -> Result<(), Error> {
    let user = find_visible_id(tx, key, Some(caller)).await?.ok_or_else(|| unknown(key))?;
    if user == caller.id {
        return Err(Error::Conflict("You cannot follow yourself".to_owned(), json!({"id": key.to_string()})));
    }
    match queries::insert_follow(tx, caller.id, user).await? {
        true => Ok(()),
        false => Err(unknown(key)),
    }
}

/// Makes the caller stop following a user.
pub(super) async fn unfollow(tx: &Transaction, key: &UserRef, caller: &Principal) -> Result<(), Error> {
    let user = find_visible_id(tx, key, Some(caller)).await?.ok_or_else(|| unknown(key))?;
    match queries::delete_follow(tx, caller.id, user).await? {
        true => Ok(()),
        false => Err(Error::UnknownId("You do not follow this user", key.to_string())),
    }
}
