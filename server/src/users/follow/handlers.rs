//! The operations of the tag `follows`.

use agora_api::apis::follows::{self as api, Follows};
use agora_api::models;
use agora_runtime::{PageQuery, PageResponse, UserRef};
use futures_util::future::try_join3;

use crate::app::App;
use crate::error::Error;
use crate::identity::Principal;
use crate::platform::http::request::RequestContext;
use crate::platform::pagination::Order;
use crate::users::account::unknown;
use crate::users::follow::{self, Follow, Side, queries};
use crate::users::login::queries::find_visible_id;

impl Follows for App {
    async fn follow_user(
        &self,
        context: &RequestContext<Principal>,
        key: UserRef,
    ) -> Result<api::FollowUserResponse, Error> {
        let key = &key;
        let work = |tx| async move {
            follow::follow(&tx, key, &context.caller).await?;
            Ok(api::FollowUserResponse::Status204 {})
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn unfollow_user(
        &self,
        context: &RequestContext<Principal>,
        key: UserRef,
    ) -> Result<api::UnfollowUserResponse, Error> {
        let key = &key;
        let work = |tx| async move {
            follow::unfollow(&tx, key, &context.caller).await?;
            Ok(api::UnfollowUserResponse::Status204 {})
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn list_followers(
        &self,
        context: &RequestContext<Option<Principal>>,
        key: UserRef,
        query: api::ListFollowersQuery,
    ) -> Result<api::ListFollowersResponse, Error> {
        listed(self, context, &key, &query, Side::Followers).await
    }

    async fn list_following(
        &self,
        context: &RequestContext<Option<Principal>>,
        key: UserRef,
        query: api::ListFollowingQuery,
    ) -> Result<api::ListFollowingResponse, Error> {
        listed(self, context, &key, &query, Side::Followed).await
    }
}

/// Returns a page of one side of the follows of a user.
async fn listed<R: PageResponse<Body = Vec<models::Follow>>>(
    app: &App,
    context: &RequestContext<Option<Principal>>,
    key: &UserRef,
    query: &impl PageQuery,
    side: Side,
) -> Result<R, Error> {
    let list = app.pager.list(context, query, format!("{side:?} of {key}"))?.ordered(Order::NewestFirst);
    let db = app.database().connection().await?;
    let user = find_visible_id(&db, key, context.caller.as_ref());
    let rows = queries::list_follows(&db, key, side, list.keyset());
    let count = list.count(|| queries::count_follows(&db, key, side));
    let (user, rows, total) = try_join3(user, rows, count).await?;
    user.ok_or_else(|| unknown(key))?;
    Ok(list.array(rows, total, |follow| follow.id, to_api_follow))
}

fn to_api_follow(follow: Follow) -> models::Follow {
    models::Follow {
        id: follow.user_id.0,
        uuid: follow.uuid,
        username: follow.username,
        location: follow.location,
        avatar_url: follow.avatar_url,
        followed_at: follow.created_at.into(),
    }
}
