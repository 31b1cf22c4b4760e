//! The dataset's orders.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::platform::db::{DbError, Transaction};

/// An accepted order of the dataset.
#[derive(Clone, Debug)]
pub struct SeedOrder {
    /// UUID in the dataset.
    pub uuid: Uuid,
    /// ID of the buyer.
    pub buyer_id: i64,
    /// Products.
    pub lines: Vec<SeedOrderLine>,
}

/// A product of an order of the dataset.
#[derive(Clone, Debug)]
pub struct SeedOrderLine {
    /// ID of the product.
    pub product_id: i64,
    /// Title of the product.
    pub title: String,
    /// Price of one unit.
    pub price: Decimal,
    /// Number of units.
    pub quantity: i64,
    /// ID of the seller.
    pub seller_id: i64,
    /// UUIDs of the movements: supplied, reserved and sold.
    pub movements: [Uuid; 3],
}

// The sold units are supplied beforehand, so that the stock of the dataset is what it was.
const SEED: &str = r"-- orders.seed
with given as materialized (
    select
        line.uuid,
        line.buyer_id,
        line.product_id,
        line.title,
        line.price,
        line.quantity,
        line.seller_id,
        line.supplied,
        line.reserved,
        line.sold
    from unnest(
        $1::uuid[],
        $2::bigint[],
        $3::bigint[],
        $4::text[],
        $5::numeric[],
        $6::bigint[],
        $7::bigint[],
        $8::uuid[],
        $9::uuid[],
        $10::uuid[]
    ) as line (uuid, buyer_id, product_id, title, price, quantity, seller_id, supplied, reserved, sold)
),
made as (
    insert into orders (uuid, buyer_id, state, currency, total, units, version, expires_at, created_at, updated_at)
    select
        uuid,
        buyer_id,
        'ACCEPTED',
        $11,
        sum(price * quantity),
        sum(quantity),
        3,
        $12::timestamptz + interval '5 minutes',
        $12,
        $12::timestamptz + interval '2 minutes'
    from given
    group by uuid, buyer_id
    order by uuid
    on conflict do nothing
    returning
        id,
        uuid,
        buyer_id
),
lines as (
    insert into order_lines (order_id, product_id, seller_id, title, price, quantity)
    select
        made.id,
        given.product_id,
        given.seller_id,
        given.title,
        given.price,
        given.quantity
    from made
    join given on given.uuid = made.uuid
),
sellers as (
    insert into order_sellers (seller_id, order_id, state)
    select distinct given.seller_id, made.id, 'ACCEPTED'
    from made
    join given on given.uuid = made.uuid
),
events as (
    insert into order_events (order_id, version, state, user_id, created_at)
    select
        made.id,
        event.version,
        event.state,
        case when event.version < 3 then made.buyer_id end,
        $12::timestamptz + (event.version - 1) * interval '1 minute'
    from made
    cross join (values (1, 'PENDING_CONFIRMATION'), (2, 'CONFIRMED'), (3, 'ACCEPTED')) as event (version, state)
),
payments as (
    insert into payments (order_id, method, phase, due_at, created_at)
    select made.id, 'card', 'ACCEPTED', $12, $12
    from made
),
units as (
    update stock
    set sold = stock.sold + given.quantity,
        supplied = stock.supplied + given.quantity
    from made
    join given on given.uuid = made.uuid
    where stock.product_id = given.product_id
)
insert into stock_movements (uuid, product_id, kind, quantity, order_id, user_id, created_at)
select
    movement.uuid,
    given.product_id,
    movement.kind,
    given.quantity,
    case when movement.kind <> 'SUPPLIED' then given.uuid end,
    case movement.kind when 'RESERVED' then given.buyer_id end,
    $12
from made
join given on given.uuid = made.uuid
cross join lateral (
    values (1, given.supplied, 'SUPPLIED'), (2, given.reserved, 'RESERVED'), (3, given.sold, 'SOLD')
) as movement (place, uuid, kind)
order by given.uuid, given.product_id, movement.place";

/// Inserts the missing orders of the dataset. Each product is in at most one of them.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn seed(
    tx: &Transaction,
    orders: &[SeedOrder],
    currency: &str,
    created_at: DateTime<Utc>,
) -> Result<(), DbError> {
    let lines = || orders.iter().flat_map(|order| order.lines.iter().map(move |line| (order, line)));
    let uuids: Vec<Uuid> = lines().map(|(order, _)| order.uuid).collect();
    let buyers: Vec<i64> = lines().map(|(order, _)| order.buyer_id).collect();
    let products: Vec<i64> = lines().map(|(_, line)| line.product_id).collect();
    let titles: Vec<&str> = lines().map(|(_, line)| line.title.as_str()).collect();
    let prices: Vec<Decimal> = lines().map(|(_, line)| line.price).collect();
    let quantities: Vec<i64> = lines().map(|(_, line)| line.quantity).collect();
    let sellers: Vec<i64> = lines().map(|(_, line)| line.seller_id).collect();
    let [supplied, reserved, sold] =
        [0, 1, 2].map(|place| lines().map(|(_, line)| line.movements[place]).collect::<Vec<Uuid>>());
    tx.execute(
        SEED,
        &[
            &uuids,
            &buyers,
            &products,
            &titles,
            &prices,
            &quantities,
            &sellers,
            &supplied,
            &reserved,
            &sold,
            &currency,
            &created_at,
        ],
    )
    .await
    .map(drop)
}
