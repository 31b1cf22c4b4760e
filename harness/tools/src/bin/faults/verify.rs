//! Compares the database and the server's responses with the ledger.

use std::collections::BTreeMap;

use tokio_postgres::{Client, NoTls};

use crate::ledger::{ADDED_PRODUCT, Kind, NAME};
use crate::load::Load;
use crate::report::Report;

/// Selects the rows of categories: write number, id, and `true` if the write was applied completely. The next two
/// statements do the same for products and carts.
const CATEGORIES: &str =
    "select substr(name, length($1) + 1), id, true from categories where starts_with(name, $1)";
const PRODUCTS: &str = "select substr(title, length($1) + 1), id,
        (select count(*) from product_categories where product_id = products.id) = 2
    from products where starts_with(title, $1)";
const CARTS: &str = "select max(quantity)::text, carts.id,
        count(cart_id) = 2 and min(quantity) = max(quantity) or carts.id = any($2)
    from carts left join cart_lines on cart_id = carts.id
    where carts.id > $1 group by carts.id";
const ADDED: &str =
    "select coalesce(sum(quantity), 0)::bigint from cart_lines where cart_id = any($1) and product_id = $2";
const UNANSWERED: &str = "select count(*) from idempotency_keys where status is null";

/// Every 20th acknowledged write is read back through the server, too.
const SAMPLE: usize = 20;

/// Ids found in the database for one kind of write, by write number.
type There = BTreeMap<u64, Vec<i64>>;

/// Adds to the report the writes that were lost, applied twice, or applied in part.
pub async fn verify(url: &str, load: &Load, report: &mut Report) -> Result<(), String> {
    let connected = tokio_postgres::connect(url, NoTls).await;
    let (client, connection) = connected.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    report.begun = load.begun();
    let acknowledged = {
        let ledger = load.ledger();
        report.acknowledged = ledger.acknowledged.len() as u64;
        report.replayed = ledger.replayed;
        report.responses = ledger.responses.clone();
        report.odd.clone_from(&ledger.odd);
        ledger.acknowledged.clone()
    };
    for kind in [Kind::Category, Kind::Product, Kind::Cart] {
        let there = there(&client, kind, load, report).await?;
        let reported = acknowledged.iter().filter(|(number, _)| Kind::for_number(**number) == kind);
        let lost = reported.filter(|(number, id)| !there.get(number).is_some_and(|ids| ids.contains(id)));
        report.lost += lost.count() as u64;
        report.doubled += there.values().map(|ids| ids.len() as u64 - 1).sum::<u64>();
    }
    let reported =
        acknowledged.keys().filter(|number| Kind::for_number(**number) == Kind::Addition).count() as u64;
    let added = client.query_one(ADDED, &[&load.carts(), &ADDED_PRODUCT]).await;
    let added = added.map_err(|error| error.to_string())?.get::<_, i64>(0).cast_unsigned();
    report.lost += reported.saturating_sub(added);
    report.doubled += added.saturating_sub(reported);
    let open = client.query_one(UNANSWERED, &[]).await.map_err(|error| error.to_string())?;
    report.halves += open.get::<_, i64>(0).cast_unsigned();
    for (number, id) in acknowledged.iter().step_by(SAMPLE) {
        let target = match Kind::for_number(*number) {
            Kind::Category => format!("/api/v1/categories/{id}"),
            Kind::Product => format!("/api/v1/products/{id}"),
            Kind::Cart | Kind::Addition => format!("/api/v1/carts/{id}"),
        };
        let status = load.read(&target).await;
        if status != 200 {
            report.odd.push(format!("{target} was acknowledged, and now it is {status}"));
        }
    }
    Ok(())
}

async fn there(client: &Client, kind: Kind, load: &Load, report: &mut Report) -> Result<There, String> {
    // Shared carts are created after those of the dataset and before those of the writes.
    let first_cart = load.carts().first().copied().unwrap_or_default() - 1;
    let rows = match kind {
        Kind::Category => client.query(CATEGORIES, &[&NAME]).await,
        Kind::Product => client.query(PRODUCTS, &[&NAME]).await,
        Kind::Cart | Kind::Addition => client.query(CARTS, &[&first_cart, &load.carts()]).await,
    };
    let mut there = There::new();
    for row in rows.map_err(|error| error.to_string())? {
        let (number, id, is_whole): (Option<String>, i64, bool) = (row.get(0), row.get(1), row.get(2));
        report.halves += u64::from(!is_whole);
        let number = number.and_then(|number| number.parse().ok());
        if kind == Kind::Cart && load.carts().contains(&id) {
            continue;
        }
        there.entry(number.unwrap_or_default()).or_default().push(id);
    }
    Ok(there)
}
