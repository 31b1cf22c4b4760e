//! Looks up each acknowledged write in the database, by its own number.

use std::collections::BTreeMap;

use tokio_postgres::{Client, NoTls};

use crate::ledger::{Kind, NAME, is_keyed};
use crate::load::Load;

/// Selects the rows of categories: write number, id, and `true` if the write was applied completely. The next two
/// statements do the same for products and carts.
const CATEGORIES: &str =
    "select substr(name, length($1) + 1), id, true from categories where starts_with(name, $1)";
const PRODUCTS: &str = "select substr(title, length($1) + 1), id,
        (select count(*) from product_categories where product_id = products.id) = 2
    from products where starts_with(title, $1)";
const CARTS: &str = "select max(quantity)::text, carts.id,
        count(cart_id) = 2 and min(quantity) = max(quantity)
    from carts left join cart_lines on cart_id = carts.id
    where carts.id > $1 and carts.id <> all($2)
    group by carts.id";
const ADDED: &str = "select cart_id, product_id, quantity::bigint from cart_lines where cart_id = any($1)";
/// Selects the stored responses of keys: number, and status or null.
const KEYS: &str = "select substr(key, length('write-') + 1), status from idempotency_keys
    where starts_with(key, 'write-')";

/// Every 20th acknowledged write is read back through the server, too.
const SAMPLE: usize = 20;

/// Rows found in the database for one kind of write, by write number: the id, and `true` if it is complete.
type There = BTreeMap<u64, Vec<(i64, bool)>>;

/// The comparison of the database with the ledger.
#[derive(Default)]
pub struct Comparison {
    /// Number of writes started.
    pub begun: u64,
    /// Number of writes acknowledged to clients.
    pub acknowledged: u64,
    /// Number of acknowledged writes that an earlier attempt had already applied.
    pub replayed: u64,
    /// Number of writes without a key that got no acknowledgement, and of those that were applied all the same.
    pub unknown: (u64, u64),
    /// Acknowledged writes missing from the database.
    pub lost: u64,
    /// Writes applied more than once.
    pub doubled: u64,
    /// Writes applied only in part.
    pub halves: u64,
}

/// The database's content.
struct Found {
    created: BTreeMap<&'static str, There>,
    /// Quantities by index of the cart and product.
    added: BTreeMap<(usize, i64), u64>,
    /// Stored statuses by number of the write.
    keys: BTreeMap<u64, Option<i16>>,
}

impl Found {
    async fn read(client: &Client, load: &Load) -> Result<Self, tokio_postgres::Error> {
        // Shared carts are created after those of the dataset and before those of the writes.
        let first_cart = load.carts().first().copied().unwrap_or_default() - 1;
        let mut created = BTreeMap::new();
        for (name, rows) in [
            ("category", client.query(CATEGORIES, &[&NAME]).await?),
            ("product", client.query(PRODUCTS, &[&NAME]).await?),
            ("cart", client.query(CARTS, &[&first_cart, &load.carts()]).await?),
        ] {
            let there: &mut There = created.entry(name).or_default();
            for row in rows {
                let number: Option<String> = row.get(0);
                let number = number.and_then(|number| number.parse().ok()).unwrap_or_default();
                there.entry(number).or_default().push((row.get(1), row.get(2)));
            }
        }
        let mut added = BTreeMap::new();
        for row in client.query(ADDED, &[&load.carts()]).await? {
            let cart = load.carts().iter().position(|cart| *cart == row.get::<_, i64>(0)).unwrap_or_default();
            added.insert((cart, row.get(1)), row.get::<_, i64>(2).unsigned_abs());
        }
        let rows = client.query(KEYS, &[]).await?;
        let keys = rows.iter().filter_map(|row| Some((row.get::<_, &str>(0).parse().ok()?, row.get(1))));
        Ok(Self { created, added, keys: keys.collect() })
    }

    /// Returns how often a write was applied, and how often with the id that was acknowledged.
    fn times(&self, number: u64, id: Option<i64>) -> (u64, u64) {
        let name = match Kind::for_number(number) {
            Kind::Category => "category",
            Kind::Product => "product",
            Kind::Cart => "cart",
            Kind::Addition(cell) => {
                let quantity = self.added.get(&(cell.cart, cell.product)).copied().unwrap_or_default();
                let times = cell.times(quantity);
                return (times, times);
            }
        };
        let rows = self.created.get(name).and_then(|there| there.get(&number)).map_or(&[][..], Vec::as_slice);
        let same = rows.iter().filter(|(row, _)| id.is_none_or(|id| id == *row)).count();
        (rows.len() as u64, same as u64)
    }
}

/// Compares each write with the database, by itself.
pub async fn verify(url: &str, load: &Load) -> Result<Comparison, String> {
    let connected = tokio_postgres::connect(url, NoTls).await;
    let (client, connection) = connected.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    let found = Found::read(&client, load).await.map_err(|error| error.to_string())?;
    let (acknowledged, unknown, replayed) = {
        let ledger = load.ledger();
        (ledger.acknowledged.clone(), ledger.unknown.clone(), ledger.replayed)
    };
    let mut seen = Comparison {
        begun: load.begun(),
        acknowledged: acknowledged.len() as u64,
        replayed,
        ..Default::default()
    };
    for (number, id) in &acknowledged {
        let (all, same) = found.times(*number, Some(*id));
        // The key is stored in the transaction of the write.
        let has_key = !is_keyed(*number) || found.keys.get(number).is_some_and(Option::is_some);
        if same == 0 || !has_key {
            seen.lost += 1;
            load.report(format!(
                "write {number} was acknowledged as {id}, and is lost ({all} rows, key: {has_key})"
            ));
        }
    }
    for number in 1..=seen.begun {
        let (all, _) = found.times(number, None);
        seen.doubled += all.saturating_sub(1);
        if unknown.contains(&number) {
            seen.unknown.0 += 1;
            seen.unknown.1 += u64::from(all > 0);
        }
    }
    let rows = found.created.values().flat_map(BTreeMap::iter);
    seen.halves += rows.flat_map(|(_, rows)| rows).filter(|(_, is_whole)| !is_whole).count() as u64;
    seen.halves += found.keys.values().filter(|status| status.is_none()).count() as u64;
    // Rows without a number of this run belong to no write.
    seen.halves +=
        found.created.values().filter_map(|there| there.get(&0)).map(|rows| rows.len() as u64).sum::<u64>();
    for (number, id) in acknowledged.iter().step_by(SAMPLE) {
        let target = match Kind::for_number(*number) {
            Kind::Category => format!("/api/v1/categories/{id}"),
            Kind::Product => format!("/api/v1/products/{id}"),
            Kind::Cart | Kind::Addition(_) => format!("/api/v1/carts/{id}"),
        };
        let status = load.read(&target).await;
        if status != 200 {
            load.report(format!("{target} was acknowledged, and now it is {status}"));
        }
    }
    Ok(seen)
}
