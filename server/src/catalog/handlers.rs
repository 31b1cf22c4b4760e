//! The operations of the tag `catalog`.

use agora_api::apis::catalog::{self as api, Catalog};
use agora_api::models;
use agora_contract::DecimalNumber;
use futures_util::future::{join, try_join};
use http::request::Parts;
use serde_json::json;

use crate::app::App;
use crate::auth::Caller;
use crate::catalog::model::{Category, Product};
use crate::catalog::{category, queries};
use crate::error::Error;
use crate::platform::conditional::require_match;
use crate::platform::key::Key;
use crate::platform::page::{Total, Window};

/// How many a page of a plain array has when nothing is said.
const ARRAY_LIMIT: i64 = 100;
/// How many a page of products has when nothing is said.
const PAGE_LIMIT: i64 = 10;

impl Catalog for App {
    async fn list_categories(
        &self,
        request: &Parts,
        caller: Caller,
        query: api::ListCategoriesQuery,
    ) -> Result<api::ListCategoriesResponse, Error> {
        let window = Window::read(query.page, query.limit, None, ARRAY_LIMIT, self.cursors(), "categories")?;
        let db = self.database().connection().await?;
        let count = self.counts().get("categories", caller.is_anonymous(), queries::count_categories(&db));
        let (rows, total) = try_join(queries::list_categories(&db, window.keyset()), count).await?;
        let page = window.page(rows);
        let links = page.links(self.origin(), request, None, |row| row.id);
        Ok(api::ListCategoriesResponse::Status200 {
            body: page.rows.iter().map(category_wire).collect(),
            link: links.header(),
            x_total_count: total.header(),
            x_total_count_estimated: total.estimated(),
        })
    }

    async fn create_category(
        &self,
        request: &Parts,
        caller: Caller,
        body: models::CategoryCreate,
    ) -> Result<api::CreateCategoryResponse, Error> {
        let principal = caller.principal()?;
        let verb = |tx| async move {
            let made = category::create(&tx, self.new_id(), &body.name, principal).await?;
            let location = Some(format!("/api/v1/categories/{}", made.id));
            Ok(api::CreateCategoryResponse::Status201 { body: category_wire(&made), location })
        };
        self.door().write(&api::CREATE_CATEGORY, request, &principal.actor(), verb).await
    }

    async fn get_category(
        &self,
        _: &Parts,
        _: Caller,
        category: String,
    ) -> Result<api::GetCategoryResponse, Error> {
        let db = self.database().connection().await?;
        let found = queries::find_category(&db, key(&category)?).await?;
        let found = found.ok_or(Error::NotFound("No category has this id"))?;
        Ok(api::GetCategoryResponse::Status200 { body: category_wire(&found) })
    }

    async fn replace_category(
        &self,
        request: &Parts,
        caller: Caller,
        category: String,
        body: models::CategoryReplace,
    ) -> Result<api::ReplaceCategoryResponse, Error> {
        let (principal, key) = (caller.principal()?, key(&category)?);
        let verb = |tx| async move {
            let held = category::hold(&tx, key, principal).await?;
            require_match(request, &category_wire(&held))?;
            let changed = category::rename(&tx, &held, &body.name).await?;
            Ok(api::ReplaceCategoryResponse::Status200 { body: category_wire(&changed) })
        };
        self.door().write(&api::REPLACE_CATEGORY, request, &principal.actor(), verb).await
    }

    async fn patch_category(
        &self,
        request: &Parts,
        caller: Caller,
        category: String,
        body: models::CategoryPatch,
    ) -> Result<api::PatchCategoryResponse, Error> {
        let (principal, key) = (caller.principal()?, key(&category)?);
        let verb = |tx| async move {
            let held = category::hold(&tx, key, principal).await?;
            require_match(request, &category_wire(&held))?;
            let changed = match &body.name {
                Some(name) => category::rename(&tx, &held, name).await?,
                None => held,
            };
            Ok(api::PatchCategoryResponse::Status200 { body: category_wire(&changed) })
        };
        self.door().write(&api::PATCH_CATEGORY, request, &principal.actor(), verb).await
    }

    async fn delete_category(
        &self,
        request: &Parts,
        caller: Caller,
        category: String,
    ) -> Result<api::DeleteCategoryResponse, Error> {
        let (principal, key) = (caller.principal()?, key(&category)?);
        let verb = |tx| async move {
            let held = category::hold(&tx, key, principal).await?;
            require_match(request, &category_wire(&held))?;
            category::remove(&tx, &held).await?;
            Ok(api::DeleteCategoryResponse::Status204 {})
        };
        self.door().write(&api::DELETE_CATEGORY, request, &principal.actor(), verb).await
    }

    async fn list_products(
        &self,
        request: &Parts,
        caller: Caller,
        query: api::ListProductsQuery,
    ) -> Result<api::ListProductsResponse, Error> {
        let category = query.category.as_deref();
        let list = category.map_or_else(|| "products".to_owned(), |name| format!("products of {name}"));
        let window = Window::read(
            query.page,
            query.limit,
            query.cursor.as_deref(),
            PAGE_LIMIT,
            self.cursors(),
            &list,
        )?;
        let db = self.database().connection().await?;
        let count = async {
            match category {
                Some(name) => queries::count_products_of_category(&db, name).await,
                None => queries::count_products(&db).await,
            }
        };
        let count = self.counts().get(&list, caller.is_anonymous(), count);
        // Both are on the wire before either is answered: one round trip.
        let (rows, total) = try_join(queries::list_products(&db, category, window.keyset()), count).await?;
        let page = window.page(rows);
        let links = page.links(self.origin(), request, Some((self.cursors(), &list)), |row| row.id);
        let link = links.header();
        let results = page.rows.into_iter().map(product_wire).collect();
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
        request: &Parts,
        caller: Caller,
        query: api::ListProductsByCategoriesQuery,
    ) -> Result<api::ListProductsByCategoriesResponse, Error> {
        let mut ids = query.category_ids.unwrap_or_default();
        ids.sort_unstable();
        ids.dedup();
        let list = format!("products by {ids:?}");
        let window = Window::read(query.page, query.limit, None, ARRAY_LIMIT, self.cursors(), &list)?;
        if ids.is_empty() {
            let total = Total::of(0);
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
        let count =
            self.counts().get(&list, caller.is_anonymous(), queries::count_products_by_categories(&db, &ids));
        let (missing, (rows, total)) = join(missing, join(rows, count)).await;
        let missing = missing?;
        if !missing.is_empty() {
            return Err(Error::Validation(
                "Some category IDs do not exist".to_owned(),
                json!({"missing": missing}),
            ));
        }
        let (page, total) = (window.page(rows?), total?);
        let links = page.links(self.origin(), request, None, |row| row.id);
        Ok(api::ListProductsByCategoriesResponse::Status200 {
            body: page.rows.into_iter().map(product_wire).collect(),
            link: links.header(),
            x_total_count: total.header(),
            x_total_count_estimated: total.estimated(),
        })
    }

    async fn get_product(
        &self,
        _: &Parts,
        _: Caller,
        product: String,
    ) -> Result<api::GetProductResponse, Error> {
        let db = self.database().connection().await?;
        let found = queries::find_product(&db, key(&product)?).await?;
        let found = found.ok_or(Error::NotFound("No product has this id"))?;
        Ok(api::GetProductResponse::Status200 { body: product_wire(found) })
    }
}

fn key(text: &str) -> Result<Key, Error> {
    text.parse()
}

fn category_wire(category: &Category) -> models::Category {
    models::Category {
        id: category.id,
        uuid: category.uuid,
        name: category.name.clone(),
        created_at: category.created_at,
        updated_at: category.updated_at,
    }
}

fn product_wire(product: Product) -> models::Product {
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
        rating: models::ProductRating { rate: product.rating.rate(), count: product.rating.count },
        owner: models::ProductOwner { id: product.owner.0.0, username: product.owner.1 },
        created_at: product.created_at,
        updated_at: product.updated_at,
    }
}
