//! The operations of the tag `catalog`.

use agora_api::apis::catalog::{self as api, Catalog};
use agora_api::models;
use agora_runtime::DecimalNumber;
use futures_util::future::{join, try_join};

use crate::app::App;
use crate::auth::Principal;
use crate::catalog::model::{Category, Change, Draft, Product, Rating};
use crate::catalog::rating::Summary;
use crate::catalog::search::Filter;
use crate::catalog::sent_categories::{SentCategories, each_once};
use crate::catalog::{category, product, queries, rating, search};
use crate::error::Error;
use crate::platform::conditional::require_match;
use crate::platform::db::Transaction;
use crate::platform::pagination::{PageRequest, Total};
use crate::platform::request::RequestContext;
use crate::platform::resource_id::ResourceId;

/// Default page size of plain arrays.
const ARRAY_LIMIT: i64 = 100;
/// Default page size of products.
const PAGE_LIMIT: i64 = 10;

impl Catalog for App {
    async fn list_categories(
        &self,
        context: &RequestContext<Option<Principal>>,
        query: api::ListCategoriesQuery,
    ) -> Result<api::ListCategoriesResponse, Error> {
        let window = PageRequest::read(
            query.page,
            query.limit,
            query.cursor.as_deref(),
            ARRAY_LIMIT,
            self.cursors(),
            "categories",
        )?;
        let db = self.database().connection().await?;
        let count =
            self.counts().get("categories", context.caller.is_none(), || queries::count_categories(&db));
        let (rows, total) = try_join(queries::list_categories(&db, window.keyset()), count).await?;
        let page = window.page(rows);
        let links = page.links(self.origin(), context, Some((self.cursors(), "categories")), |row| row.id);
        Ok(api::ListCategoriesResponse::Status200 {
            body: page.rows.iter().map(to_api_category).collect(),
            link: links.header(),
            x_total_count: total.header(),
            x_total_count_estimated: total.estimated(),
        })
    }

    async fn create_category(
        &self,
        context: &RequestContext<Principal>,
        body: models::CategoryCreate,
    ) -> Result<api::CreateCategoryResponse, Error> {
        let principal = &context.caller;
        let work = |tx| async move {
            let created = category::create(&tx, self.new_id(), &body.name, principal).await?;
            let location = Some(format!("/api/v1/categories/{}", created.id));
            Ok(api::CreateCategoryResponse::Status201 { body: to_api_category(&created), location })
        };
        self.writes().write_idempotent(context, work).await
    }

    async fn get_category(
        &self,
        _: &RequestContext<Option<Principal>>,
        category: String,
    ) -> Result<api::GetCategoryResponse, Error> {
        let db = self.database().connection().await?;
        let key = key(&category)?;
        let found = queries::find_category(&db, key).await?.ok_or_else(|| category::unknown(key))?;
        Ok(api::GetCategoryResponse::Status200 { body: to_api_category(&found) })
    }

    async fn replace_category(
        &self,
        context: &RequestContext<Principal>,
        category: String,
        body: models::CategoryReplace,
    ) -> Result<api::ReplaceCategoryResponse, Error> {
        let (principal, key) = (&context.caller, key(&category)?);
        let work = |tx| async move {
            let locked = category::lock_for_update(&tx, key, principal).await?;
            require_match(context, &to_api_category(&locked))?;
            let changed = category::rename(&tx, locked, &body.name).await?;
            Ok(api::ReplaceCategoryResponse::Status200 { body: to_api_category(&changed) })
        };
        self.writes().write_idempotent(context, work).await
    }

    async fn patch_category(
        &self,
        context: &RequestContext<Principal>,
        category: String,
        body: models::CategoryPatch,
    ) -> Result<api::PatchCategoryResponse, Error> {
        let (principal, key) = (&context.caller, key(&category)?);
        let work = |tx| async move {
            let locked = category::lock_for_update(&tx, key, principal).await?;
            require_match(context, &to_api_category(&locked))?;
            let changed = match &body.name {
                Some(name) => category::rename(&tx, locked, name).await?,
                None => locked,
            };
            Ok(api::PatchCategoryResponse::Status200 { body: to_api_category(&changed) })
        };
        self.writes().write_idempotent(context, work).await
    }

    async fn delete_category(
        &self,
        context: &RequestContext<Principal>,
        category: String,
    ) -> Result<api::DeleteCategoryResponse, Error> {
        let (principal, key) = (&context.caller, key(&category)?);
        let work = |tx| async move {
            let locked = category::lock_for_update(&tx, key, principal).await?;
            require_match(context, &to_api_category(&locked))?;
            category::remove(&tx, &locked).await?;
            Ok(api::DeleteCategoryResponse::Status204 {})
        };
        self.writes().write_idempotent(context, work).await
    }

    async fn list_products(
        &self,
        context: &RequestContext<Option<Principal>>,
        query: api::ListProductsQuery,
    ) -> Result<api::ListProductsResponse, Error> {
        let filter = Filter::read(query.category.as_deref(), query.search.as_deref(), query.owner.as_deref());
        let list = filter.list();
        let window = PageRequest::read(
            query.page,
            query.limit,
            query.cursor.as_deref(),
            PAGE_LIMIT,
            self.cursors(),
            &list,
        )?
        .ordered(filter.order());
        let db = self.database().connection().await?;
        // Both queries are sent before either returns, so they share one round trip.
        let (rows, total) = if filter.is_search() {
            let count = search::queries::count_found_products(&db, &filter);
            let rows = search::queries::search_products(&db, &filter, window.keyset());
            try_join(rows, count).await.map(|(rows, count)| (rows, Total::from_count(count)))?
        } else {
            let count = || queries::count_products(&db, filter.category);
            let count = self.counts().get(&list, context.caller.is_none(), count);
            try_join(queries::list_products(&db, filter.category, window.keyset()), count).await?
        };
        let page = window.page(rows);
        let links = page.links(self.origin(), context, Some((self.cursors(), &list)), |row| row.id);
        let link = links.header();
        let results = page.rows.into_iter().map(to_api_product).collect();
        Ok(api::ListProductsResponse::Status200 {
            body: models::ProductPage {
                count: total.count,
                next: links.next,
                previous: links.previous,
                results,
            },
            link,
            x_total_count: total.header(),
            x_total_count_estimated: total.estimated(),
        })
    }

    async fn list_products_by_categories(
        &self,
        context: &RequestContext<Option<Principal>>,
        query: api::ListProductsByCategoriesQuery,
    ) -> Result<api::ListProductsByCategoriesResponse, Error> {
        let ids = each_once(query.category_ids.unwrap_or_default());
        let list = format!("products by {ids:?}");
        let window = PageRequest::read(
            query.page,
            query.limit,
            query.cursor.as_deref(),
            ARRAY_LIMIT,
            self.cursors(),
            &list,
        )?;
        if ids.is_empty() {
            let total = Total::from_count(0);
            return Ok(api::ListProductsByCategoriesResponse::Status200 {
                body: Vec::new(),
                link: None,
                x_total_count: total.header(),
                x_total_count_estimated: None,
            });
        }
        let db = self.database().connection().await?;
        let missing = queries::find_missing_categories(&db, &ids);
        let rows = queries::list_products_by_categories(&db, &ids, window.keyset());
        let count = self
            .counts()
            .get(&list, context.caller.is_none(), || queries::count_products_by_categories(&db, &ids));
        let (missing, (rows, total)) = join(missing, join(rows, count)).await;
        let missing = missing?;
        if !missing.is_empty() {
            return Err(category::missing(&missing));
        }
        let (page, total) = (window.page(rows?), total?);
        let links = page.links(self.origin(), context, Some((self.cursors(), &list)), |row| row.id);
        Ok(api::ListProductsByCategoriesResponse::Status200 {
            body: page.rows.into_iter().map(to_api_product).collect(),
            link: links.header(),
            x_total_count: total.header(),
            x_total_count_estimated: total.estimated(),
        })
    }

    async fn get_product(
        &self,
        _: &RequestContext<Option<Principal>>,
        product: String,
    ) -> Result<api::GetProductResponse, Error> {
        let db = self.database().connection().await?;
        let key = key(&product)?;
        let found = queries::find_product(&db, key).await?.ok_or_else(|| product::unknown(key))?;
        Ok(api::GetProductResponse::Status200 { body: to_api_product(found) })
    }

    async fn create_product(
        &self,
        context: &RequestContext<Principal>,
        body: models::ProductCreate,
    ) -> Result<api::CreateProductResponse, Error> {
        let principal = &context.caller;
        let models::ProductCreate { title, description, price, image, categories, category_ids } = body;
        let sent = SentCategories::read(categories, category_ids)?;
        let categories = sent.ids.clone().unwrap_or_default();
        let draft = Draft { title, description, price: price.0, image, categories };
        let work = |tx| async move {
            let created = product::create(&tx, self.new_id(), &draft, principal).await?;
            sent.require_names(&created)?;
            let location = Some(format!("/api/v1/products/{}", created.id));
            Ok(api::CreateProductResponse::Status201 { body: to_api_product(created), location })
        };
        self.writes().write_idempotent(context, work).await
    }

    async fn replace_product(
        &self,
        context: &RequestContext<Principal>,
        product: String,
        body: models::ProductReplace,
    ) -> Result<api::ReplaceProductResponse, Error> {
        let (principal, key) = (&context.caller, key(&product)?);
        let models::ProductReplace { title, description, price, image, categories, category_ids } = body;
        let sent = SentCategories::read(categories, category_ids)?;
        let categories = sent.ids.clone().unwrap_or_default();
        let change = Change::from(Draft { title, description, price: price.0, image, categories });
        let work = |tx| async move {
            let body = changed(&tx, context, key, principal, (&change, &sent)).await?;
            Ok(api::ReplaceProductResponse::Status200 { body })
        };
        self.writes().write_idempotent(context, work).await
    }

    async fn patch_product(
        &self,
        context: &RequestContext<Principal>,
        product: String,
        body: models::ProductPatch,
    ) -> Result<api::PatchProductResponse, Error> {
        let (principal, key) = (&context.caller, key(&product)?);
        let models::ProductPatch { title, description, price, image, categories, category_ids } = body;
        let sent = SentCategories::read(categories, category_ids)?;
        let categories = sent.ids.clone();
        let change = Change { title, description, price: price.map(|price| price.0), image, categories };
        let work = |tx| async move {
            let body = changed(&tx, context, key, principal, (&change, &sent)).await?;
            Ok(api::PatchProductResponse::Status200 { body })
        };
        self.writes().write_idempotent(context, work).await
    }

    async fn delete_product(
        &self,
        context: &RequestContext<Principal>,
        product: String,
    ) -> Result<api::DeleteProductResponse, Error> {
        let (principal, key) = (&context.caller, key(&product)?);
        let work = |tx| async move {
            let locked = product::lock_for_update(&tx, key, principal).await?;
            require_match(context, &to_api_product(locked.clone()))?;
            product::remove(&tx, &locked).await?;
            Ok(api::DeleteProductResponse::Status204 {})
        };
        self.writes().write_idempotent(context, work).await
    }

    async fn get_product_rating(
        &self,
        context: &RequestContext<Option<Principal>>,
        product: String,
    ) -> Result<api::GetProductRatingResponse, Error> {
        let reader = context.caller.as_ref().map(|principal| principal.id);
        let db = self.database().connection().await?;
        let key = key(&product)?;
        let found = rating::queries::find_rating(&db, key, reader).await?;
        let found = found.ok_or_else(|| product::unknown(key))?;
        Ok(api::GetProductRatingResponse::Status200 { body: to_api_rating_summary(&found) })
    }

    async fn rate_product(
        &self,
        context: &RequestContext<Principal>,
        product: String,
        body: models::ProductRate,
    ) -> Result<api::RateProductResponse, Error> {
        let (principal, key) = (&context.caller, key(&product)?);
        let value =
            i16::try_from(body.value).map_err(|_| Error::field("value", "maximum", "must be at most 5"))?;
        let work = |tx| async move {
            let summary = rating::rate(&tx, key, principal, value).await?;
            let location = Some(format!("/api/v1/products/{}/rating", summary.product_id));
            Ok(api::RateProductResponse::Status201 { body: to_api_rating_summary(&summary), location })
        };
        self.writes().write_idempotent(context, work).await
    }

    async fn delete_product_rating(
        &self,
        context: &RequestContext<Principal>,
        product: String,
    ) -> Result<api::DeleteProductRatingResponse, Error> {
        let (principal, key) = (&context.caller, key(&product)?);
        let work = |tx| async move {
            let locked = rating::lock_for_update(&tx, key, principal).await?;
            require_match(context, &to_api_rating_summary(&locked))?;
            let summary = rating::take_back(&tx, &locked, principal).await?;
            Ok(api::DeleteProductRatingResponse::Status200 { body: to_api_rating_summary(&summary) })
        };
        self.writes().write_idempotent(context, work).await
    }
}

/// Changes a product if it matches the client's precondition.
async fn changed(
    tx: &Transaction,
    context: &RequestContext<Principal>,
    key: ResourceId,
    principal: &Principal,
    (change, sent): (&Change, &SentCategories),
) -> Result<models::Product, Error> {
    let locked = product::lock_for_update(tx, key, principal).await?;
    require_match(context, &to_api_product(locked.clone()))?;
    let changed = product::change(tx, locked, change).await?;
    sent.require_names(&changed)?;
    Ok(to_api_product(changed))
}

fn key(text: &str) -> Result<ResourceId, Error> {
    text.parse()
}

fn to_api_category(category: &Category) -> models::Category {
    models::Category {
        id: category.id,
        uuid: category.uuid,
        name: category.name.clone(),
        created_at: category.created_at.into(),
        updated_at: category.updated_at.map(Into::into),
    }
}

fn to_api_product(product: Product) -> models::Product {
    models::Product {
        id: product.id,
        uuid: product.uuid,
        title: product.title,
        description: product.description,
        price: DecimalNumber(product.price),
        image: product.image,
        category: product.categories.first().map(|(_, name)| name.clone()),
        categories: product
            .categories
            .into_iter()
            .map(|(id, name)| models::ProductCategory { id, name })
            .collect(),
        rating: to_api_product_rating(product.rating),
        owner: product.owner.map(|(id, username)| models::ProductOwner { id: id.0, username }),
        created_at: product.created_at.into(),
        updated_at: product.updated_at.map(Into::into),
    }
}

fn to_api_product_rating(rating: Rating) -> models::ProductRating {
    models::ProductRating { rate: rating.rate(), count: rating.count }
}

fn to_api_rating_summary(summary: &Summary) -> models::RatingSummary {
    models::RatingSummary {
        product_id: summary.product_id,
        rating: to_api_product_rating(summary.rating),
        user_rating: summary.own.map(i32::from),
    }
}
