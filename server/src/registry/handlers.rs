//! The operations of the tag `registry`.

use agora_api::apis::registry::{self as api, Registry};
use agora_api::models;
use futures_util::future::try_join;

use crate::app::App;
use crate::error::Error;
use crate::identity::Principal;
use crate::platform::db::Transaction;
use crate::platform::http::request::RequestContext;
use crate::platform::pagination::Total;
use crate::registry::model::{Change, Draft, Record, plain_phone};
use crate::registry::{queries, record};

impl Registry for App {
    async fn list_registry_users(
        &self,
        context: &RequestContext<Principal>,
        query: api::ListRegistryUsersQuery,
    ) -> Result<api::ListRegistryUsersResponse, Error> {
        let list = self.pager.list(context, &query, "registry")?;
        let db = self.database().connection().await?;
        let rows = queries::list_records(&db, list.keyset());
        let (rows, count) = try_join(rows, queries::count_records(&db)).await?;
        Ok(list.array(rows, Total::from_count(count), |record| record.row, to_api_registry_user))
    }

    async fn list_registry_user_ids(
        &self,
        context: &RequestContext<Principal>,
        query: api::ListRegistryUserIdsQuery,
    ) -> Result<api::ListRegistryUserIdsResponse, Error> {
        let list = self.pager.list(context, &query, "registry")?;
        let db = self.database().connection().await?;
        let rows = queries::list_israeli_ids(&db, list.keyset());
        let (rows, count) = try_join(rows, queries::count_records(&db)).await?;
        Ok(list.array(rows, Total::from_count(count), |(row, _)| *row, |(_, id)| id))
    }

    async fn create_registry_user(
        &self,
        context: &RequestContext<Principal>,
        body: models::RegistryUserCreate,
    ) -> Result<api::CreateRegistryUserResponse, Error> {
        let models::RegistryUserCreate { id, name, phone, address } = body;
        let draft = &Draft { israeli_id: id, name, phone: plain_phone(&phone), address };
        let work = |tx| async move {
            let created = record::create(&tx, draft).await?;
            let location = Some(format!("/api/v1/registry/users/{}", created.israeli_id));
            Ok(api::CreateRegistryUserResponse::Status201 { body: to_api_registry_user(created), location })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn get_registry_user(
        &self,
        _: &RequestContext<Principal>,
        id: String,
    ) -> Result<api::GetRegistryUserResponse, Error> {
        let db = self.database().connection().await?;
        let found = queries::find_record(&db, &id).await?.ok_or_else(|| record::unknown(&id))?;
        Ok(api::GetRegistryUserResponse::Status200 { body: to_api_registry_user(found) })
    }

    async fn replace_registry_user(
        &self,
        context: &RequestContext<Principal>,
        id: String,
        body: models::RegistryUserReplace,
    ) -> Result<api::ReplaceRegistryUserResponse, Error> {
        // The contract has checked that an ID in the body equals the one in the path.
        let models::RegistryUserReplace { id: _, name, phone, address } = body;
        let (id, change) =
            (&*id, &Change { name: Some(name), phone: Some(plain_phone(&phone)), address: Some(address) });
        let work = |tx| async move {
            let body = changed(&tx, context, id, change).await?;
            Ok(api::ReplaceRegistryUserResponse::Status200 { body })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn patch_registry_user(
        &self,
        context: &RequestContext<Principal>,
        id: String,
        body: models::RegistryUserPatch,
    ) -> Result<api::PatchRegistryUserResponse, Error> {
        let models::RegistryUserPatch { id: _, name, phone, address } = body;
        let (id, change) = (&*id, &Change { name, phone: phone.as_deref().map(plain_phone), address });
        let work = |tx| async move {
            let body = changed(&tx, context, id, change).await?;
            Ok(api::PatchRegistryUserResponse::Status200 { body })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn delete_registry_user(
        &self,
        context: &RequestContext<Principal>,
        id: String,
    ) -> Result<api::DeleteRegistryUserResponse, Error> {
        let id = &*id;
        let work = |tx| async move {
            let locked =
                record::lock_for_update(&tx, id).await?.require_match(context, to_api_registry_user)?;
            record::remove(&tx, &locked).await?;
            Ok(api::DeleteRegistryUserResponse::Status204 {})
        };
        self.writes.write_idempotent(context, work).await
    }
}

/// Changes a record if it matches the client's precondition.
async fn changed(
    tx: &Transaction,
    context: &RequestContext<Principal>,
    id: &str,
    change: &Change,
) -> Result<models::RegistryUser, Error> {
    let locked = record::lock_for_update(tx, id).await?.require_match(context, to_api_registry_user)?;
    record::change(tx, locked, change).await.map(to_api_registry_user)
}

fn to_api_registry_user(record: Record) -> models::RegistryUser {
    models::RegistryUser {
        id: record.israeli_id,
        name: record.name,
        phone: record.phone,
        address: record.address,
    }
}
