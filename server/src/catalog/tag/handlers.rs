//! The operations of the tag `tags`.

use agora_api::apis::tags::{self as api, Tags};
use agora_api::models;
use agora_runtime::{ResourceId, is_visible};
use futures_util::future::try_join;
use uuid::Uuid;

use crate::app::App;
use crate::catalog::model::Tag;
use crate::catalog::tag::{self, Fields, queries};
use crate::error::Error;
use crate::identity::Principal;
use crate::platform::http::request::RequestContext;
use crate::platform::pagination::Total;

impl Tags for App {
    async fn list_tags(
        &self,
        context: &RequestContext<Option<Principal>>,
        query: api::ListTagsQuery,
    ) -> Result<api::ListTagsResponse, Error> {
        let search = query.search.as_deref().filter(|text| is_visible(text));
        let name = search.map_or_else(|| "tags".to_owned(), |text| format!("tags like {text}"));
        let list = self.pager.list(context, &query, name)?;
        let db = self.database().connection().await?;
        if let Some(text) = search {
            let (rows, total) = queries::search_tags(&db, text, list.keyset()).await?;
            let total = Total::from_count(total);
            return Ok(list.array(rows, total, |found| found.place, |found| to_api_tag(found.tag)));
        }
        let count = list.count(|| queries::count_tags(&db));
        let (rows, total) = try_join(queries::list_tags(&db, list.keyset()), count).await?;
        Ok(list.array(rows, total, |tag| tag.id, to_api_tag))
    }

    async fn create_tag(
        &self,
        context: &RequestContext<Principal>,
        body: models::TagCreate,
    ) -> Result<api::CreateTagResponse, Error> {
        let fields =
            Fields { name: &body.name, description: body.description.as_deref().unwrap_or_default() };
        let work = |tx| async move {
            let created = tag::create(&tx, self.new_id(), fields).await?;
            let location = Some(format!("/api/v1/tags/{}", created.uuid));
            Ok(api::CreateTagResponse::Status201 { body: to_api_tag(created), location })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn get_tag(
        &self,
        _: &RequestContext<Option<Principal>>,
        id: Uuid,
    ) -> Result<api::GetTagResponse, Error> {
        let db = self.database().connection().await?;
        let found = queries::find_tag(&db, id).await?.ok_or_else(|| tag::unknown(id))?;
        Ok(api::GetTagResponse::Status200 { body: to_api_tag(found) })
    }

    async fn replace_tag(
        &self,
        context: &RequestContext<Principal>,
        id: Uuid,
        body: models::TagReplace,
    ) -> Result<api::ReplaceTagResponse, Error> {
        let fields =
            Fields { name: &body.name, description: body.description.as_deref().unwrap_or_default() };
        let work = |tx| async move {
            let locked = tag::lock_for_update(&tx, id).await?.require_match(context, to_api_tag)?;
            let body = to_api_tag(tag::change(&tx, locked, fields).await?);
            Ok(api::ReplaceTagResponse::Status200 { body })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn patch_tag(
        &self,
        context: &RequestContext<Principal>,
        id: Uuid,
        body: models::TagPatch,
    ) -> Result<api::PatchTagResponse, Error> {
        let models::TagPatch { name, description } = &body;
        let work = |tx| async move {
            let locked = tag::lock_for_update(&tx, id).await?.require_match(context, to_api_tag)?;
            let stored = locked.clone();
            let fields = Fields {
                name: name.as_deref().unwrap_or(&stored.name),
                description: description.as_deref().unwrap_or(&stored.description),
            };
            let body = to_api_tag(tag::change(&tx, locked, fields).await?);
            Ok(api::PatchTagResponse::Status200 { body })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn delete_tag(
        &self,
        context: &RequestContext<Principal>,
        id: Uuid,
    ) -> Result<api::DeleteTagResponse, Error> {
        let work = |tx| async move {
            let locked = tag::lock_for_update(&tx, id).await?.require_match(context, to_api_tag)?;
            tag::remove(&tx, &locked).await?;
            Ok(api::DeleteTagResponse::Status204 {})
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn add_product_tag(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
        id: Uuid,
    ) -> Result<api::AddProductTagResponse, Error> {
        let work = |tx| async move {
            tag::add_to_product(&tx, key, id, &context.caller).await?;
            Ok(api::AddProductTagResponse::Status204 {})
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn delete_product_tag(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
        id: Uuid,
    ) -> Result<api::DeleteProductTagResponse, Error> {
        let work = |tx| async move {
            tag::remove_from_product(&tx, key, id, &context.caller).await?;
            Ok(api::DeleteProductTagResponse::Status204 {})
        };
        self.writes.write_idempotent(context, work).await
    }
}

fn to_api_tag(tag: Tag) -> models::Tag {
    models::Tag {
        id: tag.uuid,
        name: tag.name,
        description: tag.description,
        created_at: tag.created_at.into(),
        updated_at: tag.updated_at.map(Into::into),
    }
}
