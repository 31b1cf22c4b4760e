//! The operations of the tag `products`.

use agora_api::apis::products::{self as api, Products};
use agora_api::models::{self, ProductStateTransition as Transition};
use agora_runtime::{DecimalNumber, ResourceId, UserRef};
use futures_util::future::{join, try_join};

use crate::app::App;
use crate::catalog::model::{Change, Draft, First, Product, Rating, State};
use crate::catalog::rating::{Summary, UserRating};
use crate::catalog::search::{Facets, Filter, Selection, Sort, StateFilter};
use crate::catalog::sorting::{Sorted, each_once};
use crate::catalog::{category, product, queries, rating, search};
use crate::error::Error;
use crate::identity::{Principal, UserId};
use crate::platform::db::Transaction;
use crate::platform::http::request::RequestContext;
use crate::platform::pagination::{Edge, Links, Total};
use crate::users;

/// The ID of no user.
const NOBODY: UserId = UserId(0);

impl Products for App {
    async fn list_products(
        &self,
        context: &RequestContext<Option<Principal>>,
        query: api::ListProductsQuery,
    ) -> Result<api::ListProductsResponse, Error> {
        let api::ListProductsQuery { category, tag, search, owner, .. } = &query;
        let filter = read_filter(
            [category, tag, search, owner],
            query.state.map(|state| from_api_state(state, context.caller.as_ref())),
            [query.min_price, query.max_price],
            query.sort,
        );
        if filter.lacks_words() {
            return Err(Error::field("search", "required", "must be provided to sort by `relevance`"));
        }
        let list = self.pager.list(context, &query, filter.list())?.ordered(filter.order());
        let searches = self.states.get::<search::Searches>();
        let statistics = searches.and_then(|searches| searches.statistics(&self.monitor));
        let cached = (!filter.is_search()).then(|| list.look_up_count());
        let known = cached.and_then(|lookup| lookup.total);
        let _slot = match searches {
            Some(searches) if filter.is_costly() => Some(searches.slot().await?),
            _ => None,
        };
        let db = self.database().connection().await?;
        let statistics = statistics.as_deref();
        let (rows, total) = if filter.is_sorted() {
            let page = (list.keyset(), list.key());
            let search::Sorted { rows, total } =
                search::find_sorted(&db, &filter, page, known, statistics).await?;
            (rows, total)
        } else {
            let found = search::find_products(&db, &filter, list.keyset(), known, statistics).await?;
            let placed = |product: Product| {
                let edge = Edge::from(product.id);
                (product, edge)
            };
            (found.rows.into_iter().map(placed).collect(), found.total)
        };
        if let Some(lookup) = cached {
            list.keep_count(lookup, total);
        }
        Ok(list.page(
            rows,
            total,
            |(_, edge)| edge.clone(),
            |rows, Links { next, previous }| {
                let results = rows.into_iter().map(|(product, _)| to_api_product(product)).collect();
                models::ProductPage { count: total.count, next, previous, results }
            },
        ))
    }

    async fn get_product_facets(
        &self,
        context: &RequestContext<Option<Principal>>,
        query: api::GetProductFacetsQuery,
    ) -> Result<api::GetProductFacetsResponse, Error> {
        let api::GetProductFacetsQuery { category, tag, search, owner, .. } = &query;
        let filter = read_filter(
            [category, tag, search, owner],
            query.state.map(|state| from_api_state(state, context.caller.as_ref())),
            [query.min_price, query.max_price],
            None,
        );
        let searches = self.states.get::<search::Searches>();
        let statistics = searches.and_then(|searches| searches.statistics(&self.monitor));
        let _slot = match searches {
            Some(searches) => Some(searches.slot_of_facets().await?),
            None => None,
        };
        let db = self.database().connection().await?;
        let facets = search::count_facets(&db, &filter, statistics.as_deref()).await?;
        Ok(api::GetProductFacetsResponse::Status200 { body: to_api_facets(facets) })
    }

    async fn list_user_products(
        &self,
        context: &RequestContext<Option<Principal>>,
        key: UserRef,
        query: api::ListUserProductsQuery,
    ) -> Result<api::ListUserProductsResponse, Error> {
        let filter = Filter::of_user(key.clone());
        let list = self.pager.list(context, &query, format!("store of {key}"))?;
        let searches = self.states.get::<search::Searches>();
        let statistics = searches.and_then(|searches| searches.statistics(&self.monitor));
        let db = self.database().connection().await?;
        let user = users::find_visible_id(&db, &key, context.caller.as_ref());
        let found = search::find_products(&db, &filter, list.keyset(), None, statistics.as_deref());
        let (user, found) = try_join(user, found).await?;
        user.ok_or_else(|| users::unknown(&key))?;
        let search::Found { rows, total } = found;
        Ok(list.array(rows, total, |product| product.id, to_api_product))
    }

    async fn list_products_by_categories(
        &self,
        context: &RequestContext<Option<Principal>>,
        query: api::ListProductsByCategoriesQuery,
    ) -> Result<api::ListProductsByCategoriesResponse, Error> {
        let ids = each_once(query.category_ids.iter().flatten().copied());
        let list = self.pager.list(context, &query, format!("products by {ids:?}"))?;
        if ids.is_empty() {
            return Ok(list.array(Vec::new(), Total::from_count(0), |product| product.id, to_api_product));
        }
        let db = self.database().connection().await?;
        let missing = category::queries::find_missing_categories(&db, &ids);
        let rows = queries::list_products_by_categories(&db, &ids, list.keyset());
        let lookup = list.look_up_count();
        let count = async {
            match lookup.total {
                Some(total) => Ok(total),
                None => {
                    queries::count_products_by_categories(&db, &ids).await.map(Total::from_filtered_count)
                }
            }
        };
        let (missing, (rows, total)) = join(missing, join(rows, count)).await;
        let (missing, total) = (missing?, total?);
        if !missing.is_empty() {
            return Err(category::missing(&missing));
        }
        list.keep_count(lookup, total);
        Ok(list.array(rows?, total, |product| product.id, to_api_product))
    }

    async fn get_product(
        &self,
        context: &RequestContext<Option<Principal>>,
        key: ResourceId,
    ) -> Result<api::GetProductResponse, Error> {
        let db = self.database().connection().await?;
        let found = queries::find_product(&db, key).await?;
        let found = found.filter(|product| product.is_visible_to(context.caller.as_ref()));
        let found = found.ok_or_else(|| product::unknown(key))?;
        Ok(api::GetProductResponse::Status200 { body: to_api_product(found) })
    }

    async fn create_product(
        &self,
        context: &RequestContext<Principal>,
        body: models::ProductCreate,
    ) -> Result<api::CreateProductResponse, Error> {
        let principal = &context.caller;
        let models::ProductCreate {
            title,
            description,
            price,
            image,
            categories,
            category_ids,
            tags,
            stock,
            state,
        } = body;
        let first = First {
            state: match state {
                Some(models::ProductFirstState::FirstDraft) => State::Draft,
                Some(models::ProductFirstState::FirstActive) | None => State::Active,
            },
            available: stock.map_or(0, |stock| stock.available),
        };
        let sent = Sorted::read(categories, category_ids, tags)?;
        let (categories, tags) =
            (sent.categories.clone().unwrap_or_default(), sent.tags.clone().unwrap_or_default());
        let draft = &Draft { title, description, price: price.0, image, categories, tags };
        let sent = &sent;
        let work = |tx| async move {
            let created = product::create(&tx, self.new_id(), draft, first, principal).await?;
            sent.require_names(&created)?;
            let location = Some(format!("/api/v1/products/{}", created.id));
            Ok(api::CreateProductResponse::Status201 { body: to_api_product(created), location })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn replace_product(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
        body: models::ProductReplace,
    ) -> Result<api::ReplaceProductResponse, Error> {
        let models::ProductReplace { title, description, price, image, categories, category_ids, tags } =
            body;
        let sent = Sorted::read(categories, category_ids, tags)?;
        let (categories, tags) =
            (sent.categories.clone().unwrap_or_default(), sent.tags.clone().unwrap_or_default());
        let change = &Change::from(Draft { title, description, price: price.0, image, categories, tags });
        let sent = &sent;
        let work = |tx| async move {
            let body = changed(&tx, context, key, (change, sent)).await?;
            Ok(api::ReplaceProductResponse::Status200 { body })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn patch_product(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
        body: models::ProductPatch,
    ) -> Result<api::PatchProductResponse, Error> {
        let models::ProductPatch { title, description, price, image, categories, category_ids, tags } = body;
        let sent = Sorted::read(categories, category_ids, tags)?;
        let (categories, tags) = (sent.categories.clone(), sent.tags.clone());
        let change =
            &Change { title, description, price: price.map(|price| price.0), image, categories, tags };
        let sent = &sent;
        let work = |tx| async move {
            let body = changed(&tx, context, key, (change, sent)).await?;
            Ok(api::PatchProductResponse::Status200 { body })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn delete_product(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
    ) -> Result<api::DeleteProductResponse, Error> {
        let principal = &context.caller;
        let work = |tx| async move {
            let locked = product::lock_for_update(&tx, key, principal, &[])
                .await?
                .require_match(context, to_api_product)?;
            product::remove(&tx, &locked).await?;
            Ok(api::DeleteProductResponse::Status204 {})
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn publish_product(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
    ) -> Result<api::PublishProductResponse, Error> {
        let work = |tx| async move {
            let body = transitioned(&tx, context, key, Transition::Publish).await?;
            Ok(api::PublishProductResponse::Status200 { body })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn archive_product(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
    ) -> Result<api::ArchiveProductResponse, Error> {
        let work = |tx| async move {
            let body = transitioned(&tx, context, key, Transition::Archive).await?;
            Ok(api::ArchiveProductResponse::Status200 { body })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn get_product_rating(
        &self,
        context: &RequestContext<Option<Principal>>,
        key: ResourceId,
    ) -> Result<api::GetProductRatingResponse, Error> {
        let db = self.database().connection().await?;
        let found = rating::queries::find_rating(&db, key, context.caller.as_ref()).await?;
        let found = found.ok_or_else(|| product::unknown(key))?;
        Ok(api::GetProductRatingResponse::Status200 { body: to_api_rating_summary(found) })
    }

    async fn list_product_ratings(
        &self,
        context: &RequestContext<Option<Principal>>,
        key: ResourceId,
        query: api::ListProductRatingsQuery,
    ) -> Result<api::ListProductRatingsResponse, Error> {
        let list = self.pager.list(context, &query, format!("ratings of {key}"))?;
        let db = self.database().connection().await?;
        let product = rating::queries::find_rating(&db, key, context.caller.as_ref());
        let rows = rating::queries::list_ratings(&db, key, list.keyset());
        let (product, rows) = try_join(product, rows).await?;
        // The product keeps the number of its ratings.
        let total = Total::from_count(product.ok_or_else(|| product::unknown(key))?.rating.count);
        Ok(list.array(rows, total, |rating| rating.user_id.0, to_api_user_rating))
    }

    async fn rate_product(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
        body: models::ProductRate,
    ) -> Result<api::RateProductResponse, Error> {
        let principal = &context.caller;
        let value =
            i16::try_from(body.value).map_err(|_| Error::field("value", "maximum", "must be at most 5"))?;
        let work = |tx| async move {
            let summary = rating::rate(&tx, key, principal, value).await?;
            let location = Some(format!("/api/v1/products/{}/rating", summary.product_id));
            Ok(api::RateProductResponse::Status201 { body: to_api_rating_summary(summary), location })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn delete_product_rating(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
    ) -> Result<api::DeleteProductRatingResponse, Error> {
        let principal = &context.caller;
        let work = |tx| async move {
            let locked = rating::lock_for_update(&tx, key, principal)
                .await?
                .require_match(context, to_api_rating_summary)?;
            let summary = rating::take_back(&tx, &locked, principal).await?;
            Ok(api::DeleteProductRatingResponse::Status200 { body: to_api_rating_summary(summary) })
        };
        self.writes.write_idempotent(context, work).await
    }
}

/// Locks a product and changes its state.
async fn transitioned(
    tx: &Transaction,
    context: &RequestContext<Principal>,
    key: ResourceId,
    transition: Transition,
) -> Result<models::Product, Error> {
    let locked = product::lock_for_update(tx, key, &context.caller, &[])
        .await?
        .require_match(context, to_api_product)?;
    product::change_state(tx, locked, transition.edge(), refusal(transition)).await.map(to_api_product)
}

/// Returns the detail of the 409 in states in which a transition does not begin.
fn refusal(transition: Transition) -> &'static str {
    match transition {
        Transition::Publish => "Only a draft or an archived product can be published",
        Transition::Archive => "Only an active product can be archived",
    }
}

/// Changes a product if it matches the client's precondition.
async fn changed(
    tx: &Transaction,
    context: &RequestContext<Principal>,
    key: ResourceId,
    (change, sent): (&Change, &Sorted),
) -> Result<models::Product, Error> {
    let tags = change.tags.as_deref().unwrap_or_default();
    let locked = product::lock_for_update(tx, key, &context.caller, tags)
        .await?
        .require_match(context, to_api_product)?;
    let changed = product::change(tx, locked, change).await?;
    sent.require_names(&changed)?;
    Ok(to_api_product(changed))
}

fn read_filter<'a>(
    [category, tag, search, owner]: [&'a Option<String>; 4],
    state: Option<StateFilter>,
    [min_price, max_price]: [Option<DecimalNumber>; 2],
    sort: Option<models::ProductSort>,
) -> Filter<'a> {
    Filter::read(Selection {
        category: category.as_deref(),
        tag: tag.as_deref(),
        search: search.as_deref(),
        owner: owner.as_deref(),
        state,
        min_price: min_price.map(|price| price.0),
        max_price: max_price.map(|price| price.0),
        sort: sort.map(from_api_sort),
    })
}

/// Converts a state to the filter for this caller, who may know of others' drafts and archived products only as staff.
fn from_api_state(state: models::ProductState, caller: Option<&Principal>) -> StateFilter {
    let unlisted = |state| StateFilter::Unlisted {
        state,
        owner: match caller {
            Some(caller) if caller.may_change(None) => None,
            Some(caller) => Some(caller.id),
            None => Some(NOBODY),
        },
    };
    match state {
        models::ProductState::ProductActive => StateFilter::SoldOut(false),
        models::ProductState::ProductSoldOut => StateFilter::SoldOut(true),
        models::ProductState::ProductDraft => unlisted(State::Draft),
        models::ProductState::ProductArchived => unlisted(State::Archived),
    }
}

fn from_api_sort(sort: models::ProductSort) -> Sort {
    match sort {
        models::ProductSort::SortNewest => Sort::Newest,
        models::ProductSort::SortPrice => Sort::Price { is_descending: false },
        models::ProductSort::SortPriceDescending => Sort::Price { is_descending: true },
        models::ProductSort::SortTitle => Sort::Title { is_descending: false },
        models::ProductSort::SortTitleDescending => Sort::Title { is_descending: true },
        models::ProductSort::SortRating => Sort::Rating,
        models::ProductSort::SortRelevance => Sort::Relevance,
    }
}

fn to_api_facets(facets: Facets) -> models::ProductFacets {
    let Facets { total, categories, tags, prices } = facets;
    let category = |(id, name, count)| models::CategoryFacet { id, name, count };
    let tag = |(id, name, count)| models::TagFacet { id, name, count };
    let price = |(min, max, count): (_, Option<_>, _)| models::PriceFacet {
        min: DecimalNumber(min),
        max: max.map(DecimalNumber),
        count,
    };
    models::ProductFacets {
        total: total.count,
        is_estimated: total.is_estimate,
        categories: categories.into_iter().map(category).collect(),
        tags: tags.into_iter().map(tag).collect(),
        prices: prices.into_iter().map(price).collect(),
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
        tags: product.tags.into_iter().map(|(id, name)| models::ProductTag { id, name }).collect(),
        rating: to_api_product_rating(product.rating),
        stock: models::ProductStock { available: product.stock.available, reserved: product.stock.reserved },
        state: match product.state {
            State::Draft => models::ProductState::ProductDraft,
            State::Active if product.stock.available == 0 => models::ProductState::ProductSoldOut,
            State::Active => models::ProductState::ProductActive,
            State::Archived => models::ProductState::ProductArchived,
        },
        owner: product.owner.map(|(id, username)| models::ProductOwner { id: id.0, username }),
        created_at: product.created_at.into(),
        updated_at: product.updated_at.map(Into::into),
    }
}

fn to_api_product_rating(rating: Rating) -> models::ProductRating {
    models::ProductRating { rate: rating.rate(), count: rating.count }
}

fn to_api_user_rating(rating: UserRating) -> models::UserRating {
    models::UserRating {
        user_id: rating.user_id.0,
        username: rating.username,
        value: i32::from(rating.value),
        created_at: rating.created_at.into(),
        updated_at: rating.updated_at.map(Into::into),
    }
}

fn to_api_rating_summary(summary: Summary) -> models::RatingSummary {
    models::RatingSummary {
        product_id: summary.product_id,
        rating: to_api_product_rating(summary.rating),
        user_rating: summary.own.map(i32::from),
    }
}
