//! The dataset of the sandbox: the data of the FakeStore API with descriptions of our own.
//!
//! Ids, UUIDs and times are fixed. Responses are therefore the same bytes in every sandbox, also after a reset.

mod queries;

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use futures_util::future::{join, try_join_all};
use rust_decimal::Decimal;
use serde::Deserialize;
use uuid::Uuid;

use crate::carts::{self, SeedCart};
use crate::catalog::{self, SeedCategory, SeedProduct, SeedTag};
use crate::credentials::{self, SeedApiKey, SeedSession};
use crate::error::Error;
use crate::identity::Role;
use crate::orders::{self, SeedOrder, SeedOrderLine};
use crate::platform::crypto;
use crate::platform::crypto::passwords::PasswordHashing;
use crate::platform::db::wait_budget;
use crate::platform::db::{Database, Transaction};
use crate::platform::writes::in_transaction;
use crate::users::{self, SeedAddress, SeedUser};

use queries::KnownHash;

/// A login of the sandbox in addition to the dataset's users.
pub struct DemoLogin {
    pub username: &'static str,
    /// Published password.
    pub password: &'static str,
    role: Role,
    id: i64,
}

/// Logins of the sandbox for staff and admin.
pub const DEMO_LOGINS: [DemoLogin; 2] = [
    DemoLogin { username: "admin", password: "agora-admin-1", role: Role::Admin, id: 11 },
    DemoLogin { username: "staff", password: "agora-staff-1", role: Role::Staff, id: 12 },
];

/// User name and password of the dataset's first user, shown as the example login.
pub const DATASET_LOGIN: (&str, &str) = ("johnd", "m38rmF$");

/// Currency of the dataset's prices.
const CURRENCY: &str = "USD";

/// Deadline of a reset. It rewrites every table, which on a slow disk takes longer than other requests may.
const RESET_DEADLINE: Duration = Duration::from_secs(10);

/// Kinds of objects with a fixed UUID.
#[derive(Clone, Copy)]
enum Kind {
    User = 1,
    Product = 2,
    Category = 3,
    Address = 4,
    Cart = 5,
    Movement = 6,
    Tag = 7,
    Order = 8,
    ApiKey = 9,
    Session = 10,
}

#[derive(Deserialize)]
struct Dataset {
    categories: Vec<Category>,
    tags: Vec<Tag>,
    products: Vec<Product>,
    users: Vec<User>,
    addresses: Vec<Address>,
    carts: Vec<Cart>,
    orders: Vec<Order>,
    bags: Vec<Cart>,
    follows: Vec<Follow>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Follow {
    follower_id: i64,
    followed_id: i64,
}

#[derive(Deserialize)]
struct Category {
    id: i64,
    name: String,
}

#[derive(Deserialize)]
struct Tag {
    id: i64,
    name: String,
    description: String,
}

#[derive(Deserialize)]
struct Product {
    id: i64,
    title: String,
    description: String,
    price: Decimal,
    image: String,
    categories: Vec<String>,
    tags: Vec<String>,
}

#[derive(Deserialize)]
struct User {
    id: i64,
    firstname: String,
    lastname: String,
    email: String,
    username: String,
    password: String,
    phone: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Address {
    user_id: i64,
    city: String,
    street: String,
    number: i64,
    zipcode: String,
    geolocation: Geolocation,
}

#[derive(Deserialize)]
struct Geolocation {
    lat: String,
    long: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cart {
    id: i64,
    user_id: i64,
    date: NaiveDate,
    products: Vec<CartLine>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CartLine {
    product_id: i64,
    quantity: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    id: i64,
    user_id: i64,
    products: Vec<CartLine>,
}

/// Rows of the dataset, ready to insert.
struct Rows {
    users: Vec<SeedUser>,
    categories: Vec<SeedCategory>,
    tags: Vec<SeedTag>,
    products: Vec<SeedProduct>,
    addresses: Vec<SeedAddress>,
    carts: Vec<SeedCart>,
    orders: Vec<SeedOrder>,
    /// Follower and followed user.
    follows: Vec<(i64, i64)>,
    /// Password hashes by user name, both stored and new ones.
    hashes: HashMap<String, KnownHash>,
}

impl Rows {
    /// Builds the rows. Hashes a password only if no hash of it is stored.
    async fn of_dataset(database: &Database) -> Result<Self, Error> {
        let dataset: Dataset = serde_json::from_str(include_str!("dataset.json"))
            .map_err(|error| Error::Internal(error.to_string()))?;
        let known = queries::list_hashes(&database.connection().await?).await?;
        let addresses = addresses(dataset.addresses);
        let (users, hashes) = users_with_hashes(dataset.users, &known).await?;
        let products = products(dataset.products, &dataset.categories, &dataset.tags);
        Ok(Self {
            users,
            categories: categories(&dataset.categories),
            orders: orders(&dataset.orders, &products),
            products,
            tags: tags(dataset.tags),
            addresses,
            carts: carts(&dataset.carts, false).chain(carts(&dataset.bags, true)).collect(),
            follows: dataset.follows.iter().map(|follow| (follow.follower_id, follow.followed_id)).collect(),
            hashes,
        })
    }

    /// Inserts the missing rows through the modules that own the tables. Ids are given, so sequences are raised last.
    ///
    /// The dataset is no change that anybody waits for: its events are deleted in the same transaction. There is no switch
    /// that stops the triggers.
    async fn write(&self, tx: &Transaction) -> Result<(), Error> {
        let created_at = created_at();
        users::seed(tx, &self.users, created_at).await?;
        users::seed_addresses(tx, &self.addresses, created_at).await?;
        users::seed_follows(tx, &self.follows, created_at).await?;
        catalog::seed(tx, (&self.categories, &self.tags), &self.products, created_at).await?;
        carts::seed(tx, &self.carts, created_at).await?;
        orders::seed(tx, &self.orders, CURRENCY, created_at).await?;
        let keys = [1, 2].map(|user_id| SeedApiKey {
            uuid: uuid(Kind::ApiKey, user_id),
            user_id,
            name: "Example",
            scope: "products:read",
        });
        let sessions = [1, 2].map(|user_id| SeedSession { uuid: uuid(Kind::Session, user_id), user_id });
        // Sent together.
        let keys = credentials::seed_api_keys(tx, &keys, created_at);
        let (keys, sessions) = join(keys, credentials::seed_sessions(tx, &sessions, created_at)).await;
        keys?;
        sessions?;
        // Sent together.
        let (removed, raised) = join(queries::remove_events(tx), queries::raise_sequences(tx)).await;
        removed?;
        Ok(raised?)
    }
}

/// Returns the user names of accounts that still have their published password: users of the dataset and demo logins.
///
/// # Errors
/// When the database fails.
pub async fn find_published_logins(
    database: &Database,
    passwords: &PasswordHashing,
) -> Result<Vec<String>, Error> {
    let dataset: Dataset = serde_json::from_str(include_str!("dataset.json"))
        .map_err(|error| Error::Internal(error.to_string()))?;
    let mut published: HashMap<&str, &str> =
        dataset.users.iter().map(|user| (&*user.username, &*user.password)).collect();
    published.extend(DEMO_LOGINS.iter().map(|login| (login.username, login.password)));
    let usernames: Vec<&str> = published.keys().copied().collect();
    let hashes = users::list_hashes_of(&database.connection().await?, &usernames).await?;
    let mut found = Vec::new();
    for (username, hash) in hashes {
        let Some(password) = published.get(&*username) else { continue };
        if passwords.verify((*password).to_owned().into(), Some(hash)).await? {
            found.push(username);
        }
    }
    Ok(found)
}

/// Inserts the missing rows of the dataset in one transaction, and stores the hashes. Marks an empty database as a
/// sandbox's, which may be emptied later. `database` must connect as the owner of the schema.
///
/// # Errors
/// When the database fails.
pub async fn seed(database: &Database) -> Result<(), Error> {
    let rows = &Rows::of_dataset(database).await?;
    in_transaction(database, |tx| async move {
        queries::mark(&tx).await?;
        queries::keep_hashes(&tx, &rows.hashes).await?;
        rows.write(&tx).await
    })
    .await
}

/// Restores the dataset in one transaction. Deletes everything else, with the stored responses of `Idempotency-Key`s, and
/// ends every session.
///
/// Returns the id of the last session, or `None` if this is not a sandbox's database, which is left unchanged.
///
/// # Errors
/// When the database fails; nothing has changed then.
pub async fn reset(database: &Database) -> Result<Option<Uuid>, Error> {
    wait_budget::within(RESET_DEADLINE, reset_unbounded(database)).await
}

async fn reset_unbounded(database: &Database) -> Result<Option<Uuid>, Error> {
    let rows = &Rows::of_dataset(database).await?;
    in_transaction(database, |tx| async move {
        if !queries::empty_tables(&tx).await? {
            return Ok(None);
        }
        // Both are awaited: if the first fails, the second reports only that the transaction is aborted.
        let (written, last) = join(rows.write(&tx), credentials::end_all_sessions(&tx)).await;
        written?;
        Ok(Some(last?))
    })
    .await
}

/// Returns the fixed creation time of the dataset.
fn created_at() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 5, 9, 30, 0).single().unwrap_or_default()
}

/// Returns the fixed UUIDv7 of an object.
fn uuid(kind: Kind, id: i64) -> Uuid {
    let milliseconds = created_at().timestamp_millis().cast_unsigned();
    let mut random = [0; 10];
    random[0] = kind as u8;
    random[2..].copy_from_slice(&id.to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid()
}

fn categories(categories: &[Category]) -> Vec<SeedCategory> {
    let of = |category: &Category| SeedCategory {
        id: category.id,
        uuid: uuid(Kind::Category, category.id),
        name: category.name.clone(),
    };
    categories.iter().map(of).collect()
}

fn tags(tags: Vec<Tag>) -> Vec<SeedTag> {
    let of = |tag: Tag| SeedTag {
        id: tag.id,
        uuid: uuid(Kind::Tag, tag.id),
        name: tag.name,
        description: tag.description,
    };
    tags.into_iter().map(of).collect()
}

fn products(products: Vec<Product>, categories: &[Category], tags: &[Tag]) -> Vec<SeedProduct> {
    let id_of = |name: &str| {
        categories.iter().find(|category| category.name == name).map_or(0, |category| category.id)
    };
    let of = |product: Product| SeedProduct {
        id: product.id,
        uuid: uuid(Kind::Product, product.id),
        title: product.title,
        description: product.description,
        price: product.price,
        image: product.image,
        // The ten users of the dataset own the products in turn.
        owner_id: (product.id - 1) % 10 + 1,
        category_id: product.categories.first().map_or(0, |name| id_of(name)),
        tag_ids: tags.iter().filter(|tag| product.tags.contains(&tag.name)).map(|tag| tag.id).collect(),
        movement: uuid(Kind::Movement, product.id),
    };
    products.into_iter().map(of).collect()
}

/// Converts the addresses, numbered in their order.
fn addresses(addresses: Vec<Address>) -> Vec<SeedAddress> {
    let numbered = |(id, address): (i64, Address)| SeedAddress {
        id,
        uuid: uuid(Kind::Address, id),
        user_id: address.user_id,
        city: address.city,
        street: address.street,
        number: address.number,
        zipcode: address.zipcode,
        lat: address.geolocation.lat,
        long: address.geolocation.long,
    };
    (1..).zip(addresses).map(numbered).collect()
}

fn carts(carts: &[Cart], is_bag: bool) -> impl Iterator<Item = SeedCart> + '_ {
    let of = move |cart: &Cart| SeedCart {
        id: cart.id,
        uuid: uuid(Kind::Cart, cart.id),
        user_id: cart.user_id,
        date: cart.date,
        is_bag,
        lines: cart.products.iter().map(|line| (line.product_id, line.quantity)).collect(),
    };
    carts.iter().map(of)
}

fn orders(orders: &[Order], products: &[SeedProduct]) -> Vec<SeedOrder> {
    let line = |order: &Order, wanted: &CartLine| {
        let product = products.iter().find(|product| product.id == wanted.product_id)?;
        // The movements of the products themselves have the numbers below 100.
        let movement = |place: i64| uuid(Kind::Movement, order.id * 1000 + product.id * 10 + place);
        Some(SeedOrderLine {
            product_id: product.id,
            title: product.title.clone(),
            price: product.price,
            quantity: wanted.quantity,
            seller_id: product.owner_id,
            movements: [1, 2, 3].map(movement),
        })
    };
    let of = |order: &Order| SeedOrder {
        uuid: uuid(Kind::Order, order.id),
        buyer_id: order.user_id,
        lines: order.products.iter().filter_map(|wanted| line(order, wanted)).collect(),
    };
    orders.iter().map(of).collect()
}

/// Returns the dataset's users and the demo logins, and the hashes of their passwords.
///
/// Missing hashes are computed through the queue of sign-ins. All at once would take 19 MiB each, and the allocator
/// would keep the memory.
async fn users_with_hashes(
    users: Vec<User>,
    known: &HashMap<String, KnownHash>,
) -> Result<(Vec<SeedUser>, HashMap<String, KnownHash>), Error> {
    let passwords = PasswordHashing::new()?;
    let all = users.into_iter().map(of_dataset).chain(DEMO_LOGINS.iter().map(of_demo));
    let hashing = all.map(|(user, password)| {
        let digest = crypto::sha256(password.as_bytes()).to_vec();
        let kept = known.get(&user.username).filter(|kept| kept.digest == digest).cloned();
        let passwords = &passwords;
        async move {
            let known = match kept {
                Some(kept) => kept,
                None => KnownHash { digest, hash: passwords.hash(password.into()).await? },
            };
            Ok::<_, Error>((SeedUser { password_hash: known.hash.clone(), ..user }, known))
        }
    });
    let (mut seeded, mut hashes) = (Vec::new(), HashMap::new());
    for (user, known) in try_join_all(hashing).await? {
        hashes.insert(user.username.clone(), known);
        seeded.push(user);
    }
    Ok((seeded, hashes))
}

/// Converts a user of the dataset. Returns the row without its hash, and the password.
fn of_dataset(user: User) -> (SeedUser, String) {
    let seeded = SeedUser {
        id: user.id,
        uuid: uuid(Kind::User, user.id),
        username: user.username,
        email: user.email,
        password_hash: String::new(),
        role: Role::User,
        first_name: user.firstname,
        last_name: user.lastname,
        phone: user.phone,
    };
    (seeded, user.password)
}

/// Converts a demo login, like [`of_dataset`].
fn of_demo(login: &DemoLogin) -> (SeedUser, String) {
    let seeded = SeedUser {
        id: login.id,
        uuid: uuid(Kind::User, login.id),
        username: login.username.to_owned(),
        email: format!("{}@agora.example", login.username),
        password_hash: String::new(),
        role: login.role,
        first_name: login.username.to_owned(),
        last_name: "agora".to_owned(),
        phone: String::new(),
    };
    (seeded, login.password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dataset_is_whole() {
        let dataset: Dataset = serde_json::from_str(include_str!("dataset.json")).expect("reads");
        assert_eq!((dataset.categories.len(), dataset.products.len(), dataset.users.len()), (4, 20, 10));
        assert_eq!(dataset.carts.iter().filter(|cart| cart.user_id == 1).count(), 2);
        assert_eq!((dataset.carts.len(), dataset.bags.len()), (7, 1));
        let electronics =
            dataset.categories.iter().find(|category| category.name == "electronics").expect("is there").id;
        let products = products(dataset.products, &dataset.categories, &dataset.tags);
        assert_eq!(products.iter().filter(|product| product.category_id == electronics).count(), 6);
        assert!(products.iter().all(|product| product.category_id > 0 && !product.description.is_empty()));
        assert_eq!((products[0].owner_id, products[10].owner_id), (1, 1));
        let reported = |user: &User| (user.username.as_str(), user.password.as_str()) == DATASET_LOGIN;
        assert!(dataset.users.iter().any(reported));
    }

    #[test]
    fn uuids_of_the_dataset_never_change() {
        assert_eq!(uuid(Kind::Product, 1), uuid(Kind::Product, 1));
        assert_ne!(uuid(Kind::Product, 1), uuid(Kind::User, 1));
        assert_eq!(uuid(Kind::Product, 1).get_version_num(), 7);
    }
}
