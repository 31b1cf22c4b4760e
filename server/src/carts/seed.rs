//! The dataset's carts.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::platform::db::{DbError, Transaction};

/// A cart of the dataset.
#[derive(Clone, Debug)]
pub struct SeedCart {
    /// ID in the dataset.
    pub id: i64,
    /// UUID in the dataset.
    pub uuid: Uuid,
    /// ID of the owner.
    pub user_id: i64,
    /// The date of the cart.
    pub date: NaiveDate,
    /// `true` for an open bag.
    pub is_bag: bool,
    /// Product and quantity of each line.
    pub lines: Vec<(i64, i64)>,
}

// A bag is as new as the sandbox: an old one would be abandoned at once.
const SEED: &str = r"-- carts.seed
with given as (
    insert into carts (id, uuid, user_id, date, created_at, updated_at, kind, state)
    select
        given.id,
        given.uuid,
        given.user_id,
        given.date,
        $5::timestamptz,
        case when given.is_bag then app_now() end,
        case when given.is_bag then 'bag' else 'cart' end,
        case when given.is_bag then 'OPEN' end
    from unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::date[], $9::boolean[])
        as given (id, uuid, user_id, date, is_bag)
    on conflict do nothing
    returning id
)
insert into cart_lines (cart_id, product_id, quantity)
select line.cart_id, line.product_id, line.quantity
from unnest($6::bigint[], $7::bigint[], $8::bigint[]) with ordinality
    as line (cart_id, product_id, quantity, place)
join given on given.id = line.cart_id
order by line.place";

/// Inserts the missing carts of the dataset. Carts that were changed or deleted since are left alone.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn seed(tx: &Transaction, carts: &[SeedCart], created_at: DateTime<Utc>) -> Result<(), DbError> {
    let ids: Vec<i64> = carts.iter().map(|cart| cart.id).collect();
    let uuids: Vec<Uuid> = carts.iter().map(|cart| cart.uuid).collect();
    let owners: Vec<i64> = carts.iter().map(|cart| cart.user_id).collect();
    let dates: Vec<NaiveDate> = carts.iter().map(|cart| cart.date).collect();
    let kinds: Vec<bool> = carts.iter().map(|cart| cart.is_bag).collect();
    let lines = || carts.iter().flat_map(|cart| cart.lines.iter().map(|line| (cart.id, *line)));
    let cart_ids: Vec<i64> = lines().map(|(cart, _)| cart).collect();
    let (products, quantities): (Vec<i64>, Vec<i64>) = lines().map(|(_, line)| line).unzip();
    tx.execute(SEED, &[&ids, &uuids, &owners, &dates, &created_at, &cart_ids, &products, &quantities, &kinds])
        .await
        .map(drop)
}
