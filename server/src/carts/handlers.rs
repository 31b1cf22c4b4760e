//! The operations of the tag `carts`.

use agora_api::apis::carts::{self as api, Carts};
use agora_api::models;
use agora_runtime::{PageResponse, ResourceId, UserRef};
use futures_util::future::try_join;

use crate::app::App;
use crate::carts::cart::{self, Writer};
use crate::carts::model::{self, Cart, Changes, Line, Readable};
use crate::carts::queries;
use crate::error::Error;
use crate::identity::{Principal, UserId};
use crate::platform::db::{Connection, Transaction};
use crate::platform::http::request::RequestContext;
use crate::platform::pagination::{List, Total};
use crate::users;

impl Carts for App {
    async fn list_carts(
        &self,
        context: &RequestContext<Option<Principal>>,
        query: api::ListCartsQuery,
    ) -> Result<api::ListCartsResponse, Error> {
        let wanted = query.user_id.map(UserId);
        let name = wanted.map_or_else(|| "carts".to_owned(), |user| format!("carts of {}", user.0));
        let list = self.pager.list(context, &query, name)?;
        let readable = Readable::to(context.caller.as_ref(), self.open_directory).narrowed(wanted);
        let db = self.database().connection().await?;
        listed(&db, readable, &list).await
    }

    async fn list_user_carts(
        &self,
        context: &RequestContext<Option<Principal>>,
        key: ResourceId,
        query: api::ListUserCartsQuery,
    ) -> Result<api::ListUserCartsResponse, Error> {
        let list = self.pager.list(context, &query, format!("carts of {key}"))?;
        let readable = Readable::to(context.caller.as_ref(), self.open_directory);
        let db = self.database().connection().await?;
        // A user that is not visible at /users/{user} is not visible here either.
        let user = users::find_visible_id(&db, &UserRef::from(key), context.caller.as_ref()).await?;
        let user = user.filter(|user| readable.includes(*user));
        let user = user.ok_or_else(|| Error::UnknownId("No user has this ID", key.to_string()))?;
        listed(&db, Readable::Of(user), &list).await
    }

    async fn create_cart(
        &self,
        context: &RequestContext<Principal>,
        body: models::CartCreate,
    ) -> Result<api::CreateCartResponse, Error> {
        let principal = &context.caller;
        let changes = contents(body.user_id, body.date.as_deref(), body.products.unwrap_or_default())?;
        let changes = &changes;
        let work = |tx| async move {
            let created = cart::create(&tx, self.new_id(), changes, principal).await?;
            let location = Some(format!("/api/v1/carts/{}", created.id));
            Ok(api::CreateCartResponse::Status201 { body: to_api_cart(created), location })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn get_cart(
        &self,
        context: &RequestContext<Option<Principal>>,
        key: ResourceId,
    ) -> Result<api::GetCartResponse, Error> {
        let readable = Readable::to(context.caller.as_ref(), self.open_directory);
        let db = self.database().connection().await?;
        let found = queries::find_cart(&db, key).await?.filter(|cart| readable.includes(cart.user_id));
        let found = found.ok_or_else(|| cart::unknown(key))?;
        Ok(api::GetCartResponse::Status200 { body: to_api_cart(found) })
    }

    async fn replace_cart(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
        body: models::CartReplace,
    ) -> Result<api::ReplaceCartResponse, Error> {
        let writer = writer(self, context);
        let contents = contents(body.user_id, body.date.as_deref(), body.products)?;
        let changes = &Changes { is_emptied: true, ..contents };
        let work = |tx| async move {
            let body = changed(&tx, context, key, changes, writer).await?;
            Ok(api::ReplaceCartResponse::Status200 { body })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn patch_cart(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
        body: models::CartPatch,
    ) -> Result<api::PatchCartResponse, Error> {
        let writer = writer(self, context);
        let changes = &Changes {
            update: model::latest(lines(body.update.unwrap_or_default()))?,
            remove: body.remove.unwrap_or_default(),
            ..contents(body.user_id, body.date.as_deref(), body.add.unwrap_or_default())?
        };
        let work = |tx| async move {
            let body = changed(&tx, context, key, changes, writer).await?;
            Ok(api::PatchCartResponse::Status200 { body })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn delete_cart(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
    ) -> Result<api::DeleteCartResponse, Error> {
        let writer = writer(self, context);
        let work = |tx| async move {
            let locked = cart::lock_for_update(&tx, key, &Changes::default(), writer)
                .await?
                .require_match(context, to_api_cart)?;
            cart::remove(&tx, &locked).await?;
            Ok(api::DeleteCartResponse::Status204 {})
        };
        self.writes.write_idempotent(context, work).await
    }
}

/// Returns a page of the carts that the caller may read.
async fn listed<R: PageResponse<Body = Vec<models::Cart>>>(
    db: &Connection,
    readable: Readable,
    list: &List<'_, Option<Principal>>,
) -> Result<R, Error> {
    let rows = async |owner| {
        let count = || async move {
            match owner {
                None => queries::count_carts(db).await,
                Some(owner) => queries::count_carts_of_user(db, owner).await,
            }
        };
        try_join(queries::list_carts(db, owner, list.keyset()), list.count(count)).await
    };
    let (rows, total) = match readable {
        Readable::All => rows(None).await?,
        Readable::Of(owner) => rows(Some(owner)).await?,
        Readable::None => (Vec::new(), Total::from_count(0)),
    };
    Ok(list.array(rows, total, |cart| cart.id, to_api_cart))
}

fn writer<'a>(app: &App, context: &'a RequestContext<Principal>) -> Writer<'a> {
    let principal = &context.caller;
    Writer { principal, readable: Readable::to(Some(principal), app.open_directory) }
}

/// Converts the products of a body to changes of a cart.
fn contents(
    user_id: Option<i64>,
    date: Option<&str>,
    products: Vec<models::CartLine>,
) -> Result<Changes, Error> {
    Ok(Changes {
        add: model::summed(lines(products))?,
        date: date.map(model::day).transpose()?,
        user_id: user_id.map(UserId),
        ..Changes::default()
    })
}

/// Locks a cart, checks `If-Match` and changes the cart.
async fn changed(
    tx: &Transaction,
    context: &RequestContext<Principal>,
    key: ResourceId,
    changes: &Changes,
    writer: Writer<'_>,
) -> Result<models::Cart, Error> {
    let locked =
        cart::lock_for_update(tx, key, changes, writer).await?.require_match(context, to_api_cart)?;
    cart::change(tx, locked, changes).await.map(to_api_cart)
}

fn lines(lines: Vec<models::CartLine>) -> impl Iterator<Item = Line> {
    lines.into_iter().map(|line| Line { product_id: line.product_id, quantity: line.quantity })
}

fn to_api_cart(cart: Cart) -> models::Cart {
    let line = |line: Line| models::CartLine { product_id: line.product_id, quantity: line.quantity };
    models::Cart {
        id: cart.id,
        uuid: cart.uuid,
        user_id: cart.user_id.0,
        date: cart.date.to_string(),
        products: cart.lines.into_iter().map(line).collect(),
        created_at: cart.created_at.into(),
        updated_at: cart.updated_at.map(Into::into),
    }
}
