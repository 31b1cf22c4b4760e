//! The operations of the tag `categories`.

use agora_api::apis::categories::{self as api, Categories};
use agora_api::models;
use agora_runtime::ResourceId;
use futures_util::future::try_join;

use crate::app::App;
use crate::catalog::category::{self, queries};
use crate::catalog::model::Category;
use crate::error::Error;
use crate::identity::Principal;
use crate::platform::http::request::RequestContext;

impl Categories for App {
    async fn list_categories(
        &self,
        context: &RequestContext<Option<Principal>>,
        query: api::ListCategoriesQuery,
    ) -> Result<api::ListCategoriesResponse, Error> {
        let list = self.pager.list(context, &query, "categories")?;
        let db = self.database().connection().await?;
        let count = list.count(|| queries::count_categories(&db));
        let (rows, total) = try_join(queries::list_categories(&db, list.keyset()), count).await?;
        Ok(list.array(rows, total, |category| category.id, to_api_category))
    }

    async fn create_category(
        &self,
        context: &RequestContext<Principal>,
        body: models::CategoryCreate,
    ) -> Result<api::CreateCategoryResponse, Error> {
        let (principal, name) = (&context.caller, &body.name);
        let work = |tx| async move {
            let created = category::create(&tx, self.new_id(), name, principal).await?;
            let location = Some(format!("/api/v1/categories/{}", created.id));
            Ok(api::CreateCategoryResponse::Status201 { body: to_api_category(created), location })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn get_category(
        &self,
        _: &RequestContext<Option<Principal>>,
        key: ResourceId,
    ) -> Result<api::GetCategoryResponse, Error> {
        let db = self.database().connection().await?;
        let found = queries::find_category(&db, key).await?.ok_or_else(|| category::unknown(key))?;
        Ok(api::GetCategoryResponse::Status200 { body: to_api_category(found) })
    }

    async fn replace_category(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
        body: models::CategoryReplace,
    ) -> Result<api::ReplaceCategoryResponse, Error> {
        let (principal, name) = (&context.caller, &body.name);
        let work = |tx| async move {
            let locked = category::lock_for_update(&tx, key, principal)
                .await?
                .require_match(context, to_api_category)?;
            let changed = category::rename(&tx, locked, name).await?;
            Ok(api::ReplaceCategoryResponse::Status200 { body: to_api_category(changed) })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn patch_category(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
        body: models::CategoryPatch,
    ) -> Result<api::PatchCategoryResponse, Error> {
        let (principal, name) = (&context.caller, body.name.as_deref());
        let work = |tx| async move {
            let locked = category::lock_for_update(&tx, key, principal)
                .await?
                .require_match(context, to_api_category)?;
            let changed = match name {
                Some(name) => category::rename(&tx, locked, name).await?,
                None => locked,
            };
            Ok(api::PatchCategoryResponse::Status200 { body: to_api_category(changed) })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn delete_category(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
    ) -> Result<api::DeleteCategoryResponse, Error> {
        let principal = &context.caller;
        let work = |tx| async move {
            let locked = category::lock_for_update(&tx, key, principal)
                .await?
                .require_match(context, to_api_category)?;
            category::remove(&tx, &locked).await?;
            Ok(api::DeleteCategoryResponse::Status204 {})
        };
        self.writes.write_idempotent(context, work).await
    }
}

fn to_api_category(category: Category) -> models::Category {
    models::Category {
        id: category.id,
        uuid: category.uuid,
        name: category.name,
        created_at: category.created_at.into(),
        updated_at: category.updated_at.map(Into::into),
    }
}
