//! The operations of the tag `carts`.

use agora_api::apis::carts::{self as api, Carts};
use agora_api::models;
use futures_util::future::try_join;

use crate::app::App;
use crate::auth::Principal;
use crate::carts::cart::{self, Writer};
use crate::carts::model::{self, Cart, Changes, Line, Readable};
use crate::carts::queries;
use crate::error::Error;
use crate::platform::conditional::require_match;
use crate::platform::db::{Connection, Transaction};
use crate::platform::pagination::{Links, PageRequest, Total};
use crate::platform::request::RequestContext;
use crate::platform::resource_id::ResourceId;
use crate::users::{self, UserId};

/// Default page size.
const ARRAY_LIMIT: i64 = 100;

impl Carts for App {
    async fn list_carts(
        &self,
        context: &RequestContext<Option<Principal>>,
        query: api::ListCartsQuery,
    ) -> Result<api::ListCartsResponse, Error> {
        let wanted = query.user_id.map(UserId);
        let list = wanted.map_or_else(|| "carts".to_owned(), |user| format!("carts of {}", user.0));
        let window = PageRequest::read(
            query.page,
            query.limit,
            query.cursor.as_deref(),
            ARRAY_LIMIT,
            self.cursors(),
            &list,
        )?;
        let readable = Readable::to(context.caller.as_ref(), self.open_directory()).narrowed(wanted);
        let db = self.database().connection().await?;
        let Listed { body, links, total } = listed(self, context, &db, readable, (window, &list)).await?;
        Ok(api::ListCartsResponse::Status200 {
            body,
            link: links.header(),
            x_total_count: total.header(),
            x_total_count_estimated: total.estimated(),
        })
    }

    async fn list_user_carts(
        &self,
        context: &RequestContext<Option<Principal>>,
        user_id: String,
        query: api::ListUserCartsQuery,
    ) -> Result<api::ListUserCartsResponse, Error> {
        let key: ResourceId = user_id.parse()?;
        let list = format!("carts of {key}");
        let window = PageRequest::read(
            query.page,
            query.limit,
            query.cursor.as_deref(),
            ARRAY_LIMIT,
            self.cursors(),
            &list,
        )?;
        let readable = Readable::to(context.caller.as_ref(), self.open_directory());
        let db = self.database().connection().await?;
        // A user that is not visible at /users/{user} is not visible here either.
        let user = users::find_visible_id(&db, key, context.caller.as_ref()).await?;
        let user = user.filter(|user| readable.includes(*user));
        let user = user.ok_or_else(|| Error::UnknownId("No user has this ID", key.to_string()))?;
        let Listed { body, links, total } =
            listed(self, context, &db, Readable::Of(user), (window, &list)).await?;
        Ok(api::ListUserCartsResponse::Status200 {
            body,
            link: links.header(),
            x_total_count: total.header(),
            x_total_count_estimated: total.estimated(),
        })
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
        self.writes().write_idempotent(context, work).await
    }

    async fn get_cart(
        &self,
        context: &RequestContext<Option<Principal>>,
        cart: String,
    ) -> Result<api::GetCartResponse, Error> {
        let key: ResourceId = cart.parse()?;
        let readable = Readable::to(context.caller.as_ref(), self.open_directory());
        let db = self.database().connection().await?;
        let found = queries::find_cart(&db, key).await?.filter(|cart| readable.includes(cart.user_id));
        let found = found.ok_or_else(|| cart::unknown(key))?;
        Ok(api::GetCartResponse::Status200 { body: to_api_cart(found) })
    }

    async fn replace_cart(
        &self,
        context: &RequestContext<Principal>,
        cart: String,
        body: models::CartReplace,
    ) -> Result<api::ReplaceCartResponse, Error> {
        let (writer, key) = (writer(self, context), cart.parse()?);
        let contents = contents(body.user_id, body.date.as_deref(), body.products)?;
        let changes = &Changes { is_emptied: true, ..contents };
        let work = |tx| async move {
            let body = changed(&tx, context, key, changes, writer).await?;
            Ok(api::ReplaceCartResponse::Status200 { body })
        };
        self.writes().write_idempotent(context, work).await
    }

    async fn patch_cart(
        &self,
        context: &RequestContext<Principal>,
        cart: String,
        body: models::CartPatch,
    ) -> Result<api::PatchCartResponse, Error> {
        let (writer, key) = (writer(self, context), cart.parse()?);
        let changes = &Changes {
            update: model::latest(lines(body.update.unwrap_or_default()))?,
            remove: body.remove.unwrap_or_default(),
            ..contents(body.user_id, body.date.as_deref(), body.add.unwrap_or_default())?
        };
        let work = |tx| async move {
            let body = changed(&tx, context, key, changes, writer).await?;
            Ok(api::PatchCartResponse::Status200 { body })
        };
        self.writes().write_idempotent(context, work).await
    }

    async fn delete_cart(
        &self,
        context: &RequestContext<Principal>,
        cart: String,
    ) -> Result<api::DeleteCartResponse, Error> {
        let (writer, key) = (writer(self, context), cart.parse()?);
        let work = |tx| async move {
            let locked = cart::lock_for_update(&tx, key, &Changes::default(), writer).await?;
            require_match(context, &to_api_cart(locked.clone()))?;
            cart::remove(&tx, &locked).await?;
            Ok(api::DeleteCartResponse::Status204 {})
        };
        self.writes().write_idempotent(context, work).await
    }
}

/// A page of carts and the data of its headers.
struct Listed {
    body: Vec<models::Cart>,
    links: Links,
    total: Total,
}

async fn listed(
    app: &App,
    context: &RequestContext<Option<Principal>>,
    db: &Connection,
    readable: Readable,
    (window, list): (PageRequest, &str),
) -> Result<Listed, Error> {
    let rows = async |owner| {
        let rows = queries::list_carts(db, owner, window.keyset());
        let is_anonymous = context.caller.is_none();
        match owner {
            None => {
                try_join(rows, app.counts().get("carts", is_anonymous, || queries::count_carts(db))).await
            }
            Some(owner) => {
                let list = format!("carts of {}", owner.0);
                let count = || queries::count_carts_of_user(db, owner);
                try_join(rows, app.counts().get(&list, is_anonymous, count)).await
            }
        }
    };
    let (rows, total) = match readable {
        Readable::All => rows(None).await?,
        Readable::Of(owner) => rows(Some(owner)).await?,
        Readable::None => (Vec::new(), Total::from_count(0)),
    };
    let page = window.page(rows);
    let links = page.links(app.origin(), context, Some((app.cursors(), list)), |row| row.id);
    Ok(Listed { body: page.rows.into_iter().map(to_api_cart).collect(), links, total })
}

fn writer<'a>(app: &App, context: &'a RequestContext<Principal>) -> Writer<'a> {
    let principal = &context.caller;
    Writer { principal, readable: Readable::to(Some(principal), app.open_directory()) }
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
    let locked = cart::lock_for_update(tx, key, changes, writer).await?;
    require_match(context, &to_api_cart(locked.clone()))?;
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
