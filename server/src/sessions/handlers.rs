//! The operations of the tag `sessions`.

use agora_api::apis::sessions::{self as api, Sessions};
use agora_api::models;
use futures_util::future::try_join;
use uuid::Uuid;

use crate::app::App;
use crate::credentials::{self, UserSession};
use crate::error::Error;
use crate::identity::Principal;
use crate::platform::http::request::RequestContext;
use crate::platform::pagination::{Links, Order, Total};

impl Sessions for App {
    async fn list_sessions(
        &self,
        context: &RequestContext<Principal>,
        query: api::ListSessionsQuery,
    ) -> Result<api::ListSessionsResponse, Error> {
        let user = context.caller.id;
        let list = self.pager.list(context, &query, format!("sessions of {}", user.0))?;
        let list = list.ordered(Order::NewestFirst);
        let db = self.database().connection().await?;
        let rows = credentials::list_sessions(&db, user, list.keyset());
        let (rows, count) = try_join(rows, credentials::count_sessions(&db, user)).await?;
        let total = Total::from_count(count);
        Ok(list.page(
            rows,
            total,
            |session| session.number,
            |rows, Links { next, previous }| models::SessionPage {
                data: rows.into_iter().map(|session| to_api_session(session, &context.caller)).collect(),
                meta: models::PageMeta { next, prev: previous, total: total.count },
            },
        ))
    }

    async fn get_session(
        &self,
        context: &RequestContext<Principal>,
        id: Uuid,
    ) -> Result<api::GetSessionResponse, Error> {
        let db = self.database().connection().await?;
        let found = credentials::find_own_session(&db, context.caller.id, id).await?;
        let found = found.ok_or_else(|| credentials::unknown_session(id))?;
        Ok(api::GetSessionResponse::Status200 { body: to_api_session(found, &context.caller) })
    }

    async fn delete_session(
        &self,
        context: &RequestContext<Principal>,
        id: Uuid,
    ) -> Result<api::DeleteSessionResponse, Error> {
        let work = |tx| async move {
            let locked = credentials::lock_session(&tx, context.caller.id, id).await?;
            let shown = |session| to_api_session(session, &context.caller);
            credentials::end_session(&tx, &locked.require_match(context, shown)?).await
        };
        self.writes.write(context, work).await?;
        self.revocations.record_local(&[id]);
        Ok(api::DeleteSessionResponse::Status204 {})
    }
}

fn to_api_session(session: UserSession, caller: &Principal) -> models::Session {
    models::Session {
        id: session.id,
        user_agent: session.device.user_agent,
        address: session.device.address.map(|address| address.to_string()),
        created_at: session.created_at.into(),
        last_used_at: session.rotated_at.unwrap_or(session.created_at).into(),
        expires_at: session.expires_at.into(),
        is_current: session.id == caller.session,
    }
}
