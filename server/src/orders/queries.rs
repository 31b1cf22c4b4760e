//! SQL of orders. Rows are locked in one order: the buyer, then the stock and the products by ID.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::identity::UserId;
use crate::orders::model::{Event, Item, Line, Offer, Order, Reader, Rules, Side, State};
use crate::platform::db::{Connection, DbError, Params, Row, Transaction, row, total};
use crate::platform::pagination::Keyset;

row!(ORDER_COLUMNS of OrderRow {
    id: i64,
    uuid: Uuid,
    state: String,
    buyer_id: i64,
    currency: String,
    expires_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
    updated_at: Option<DateTime<Utc>>,
    product_ids: Vec<i64>,
    titles: Vec<String>,
    quantities: Vec<i64>,
    prices: Vec<Decimal>,
    seller_ids: Vec<i64>,
});

/// Columns of the lines that a reader may see, each as an array.
const LINES: &str = "
        array_agg(line.product_id order by line.product_id) as product_ids,
        array_agg(line.title order by line.product_id) as titles,
        array_agg(line.quantity order by line.product_id) as quantities,
        array_agg(line.price order by line.product_id) as prices,
        array_agg(line.seller_id order by line.product_id) as seller_ids";

const LOCK_BUYER: &str = r"-- orders.lock_buyer
select id
from users
where id = $1
    and deleted_at is null
for no key update";

// Title, price and the number of available units are those of the locked rows. Nothing is written unless all lines can be
// reserved: a refusal then needs no rollback.
const PLACE_ORDER: &str = r"-- orders.place_order
with moment as materialized (
    select app_now() as now
),
held as materialized (
    select
        stock.product_id,
        stock.available,
        product.title,
        product.price,
        product.owner_id as seller_id
    from stock
    join products as product on product.id = stock.product_id and product.is_listed
    where stock.product_id = any($3::bigint[])
    order by stock.product_id
    for no key update of stock
    for share of product
),
lines as materialized (
    select
        wanted.product_id,
        wanted.quantity,
        held.title,
        held.price,
        held.seller_id,
        held.available
    from unnest($3::bigint[], $4::bigint[]) as wanted (product_id, quantity)
    left join held on held.product_id = wanted.product_id
),
pending as materialized (
    select count(*) as orders, coalesce(sum(units), 0)::bigint as units
    from orders
    cross join moment
    where buyer_id = $2
        and state in ('PENDING_CONFIRMATION', 'CONFIRMED')
        and (state = 'CONFIRMED' or expires_at > moment.now)
),
made as (
    insert into orders (uuid, buyer_id, currency, total, units, expires_at, created_at)
    select
        $1,
        $2,
        $5,
        sum(lines.price * lines.quantity),
        sum(lines.quantity),
        moment.now + make_interval(secs => $6),
        moment.now
    from lines
    cross join moment
    cross join pending
    where exists (select from users where id = $2 and deleted_at is null)
    group by moment.now, pending.orders, pending.units
    having bool_and(coalesce(lines.available >= lines.quantity, false))
        and pending.orders < $7::bigint
        and pending.units + sum(lines.quantity) <= $8::bigint
    returning
        id,
        uuid,
        expires_at,
        created_at
),
sold as (
    insert into order_lines (order_id, product_id, seller_id, title, price, quantity)
    select
        made.id,
        lines.product_id,
        lines.seller_id,
        lines.title,
        lines.price,
        lines.quantity
    from made
    cross join lines
),
sellers as (
    insert into order_sellers (seller_id, order_id)
    select distinct lines.seller_id, made.id
    from made
    cross join lines
),
noted as (
    insert into order_events (order_id, version, state, user_id, created_at)
    select id, 1, 'PENDING_CONFIRMATION', $2, created_at
    from made
),
reserved as (
    update stock
    set available = stock.available - lines.quantity,
        reserved = stock.reserved + lines.quantity,
        updated_at = made.created_at
    from made
    cross join lines
    where stock.product_id = lines.product_id
),
moved as (
    insert into stock_movements (product_id, kind, quantity, order_id, user_id, created_at)
    select lines.product_id, 'RESERVED', lines.quantity, made.uuid, $2, made.created_at
    from made
    cross join lines
)
select
    lines.product_id,
    lines.title,
    lines.quantity,
    lines.price,
    lines.seller_id,
    lines.available,
    pending.orders as pending,
    pending.units,
    made.id,
    made.expires_at,
    made.created_at
from lines
cross join pending
left join made on true
order by lines.product_id";

/// The result of placing an order.
pub(super) struct Placed {
    /// The order, or `None` if nothing was written.
    pub(super) order: Option<Order>,
    /// The offers for the items, without those that nobody sells.
    pub(super) offers: Vec<Offer>,
    /// Number of the buyer's orders that are not accepted yet.
    pub(super) pending: i64,
    /// Number of units in these orders.
    pub(super) units: i64,
}

/// Locks the buyer, then reserves the units of all items and writes the order, or writes nothing. Items are merged and sorted.
pub(super) async fn place_order(
    tx: &Transaction,
    uuid: Uuid,
    buyer: UserId,
    items: &[Item],
    rules: &Rules,
) -> Result<Placed, DbError> {
    let (products, quantities) = columns(items);
    let Rules { currency, confirm_seconds, most_pending, most_units } = rules;
    // A statement of its own: the limits are then counted after the wait for the buyer's other orders.
    let order: Params<'_> =
        &[&uuid, &buyer.0, &products, &quantities, currency, confirm_seconds, most_pending, most_units];
    let mut responses = tx.query_in_order(&[(LOCK_BUYER, &[&buyer.0]), (PLACE_ORDER, order)]).await?;
    let rows = responses.pop().unwrap_or_default();
    let offers: Vec<Offer> = rows.iter().filter_map(offer).collect();
    let first = rows.first();
    let made = first.and_then(|row| Some((row.get::<_, Option<i64>>("id")?, row)));
    let order = made.map(|(id, row)| Order {
        id,
        uuid,
        state: State::PendingConfirmation,
        buyer_id: buyer,
        lines: offers.iter().map(|offer| offer.line.clone()).collect(),
        currency: currency.clone(),
        expires_at: row.get("expires_at"),
        created_at: row.get("created_at"),
        updated_at: None,
    });
    let number = |name| first.map_or(0, |row| row.get(name));
    Ok(Placed { order, offers, pending: number("pending"), units: number("units") })
}

const LIST_OFFERS: &str = r"-- orders.list_offers
select
    wanted.product_id,
    product.title,
    wanted.quantity,
    product.price,
    product.owner_id as seller_id,
    stock.available
from unnest($1::bigint[], $2::bigint[]) as wanted (product_id, quantity)
join products as product on product.id = wanted.product_id and product.is_listed
join stock on stock.product_id = wanted.product_id
order by wanted.product_id";

/// Lists the current offers for items, without those that nobody sells.
pub(super) async fn list_offers(db: &Connection, items: &[Item]) -> Result<Vec<Offer>, DbError> {
    let (products, quantities) = columns(items);
    let rows = db.query(LIST_OFFERS, &[&products, &quantities]).await?;
    Ok(rows.iter().filter_map(offer).collect())
}

static FIND_ORDER: LazyLock<String> = LazyLock::new(|| {
    format!(
        "-- orders.find_order
select {ORDER_COLUMNS}
from order_view
cross join lateral (
    select {LINES}
    from order_lines as line
    where line.order_id = order_view.id
        and ($3 or order_view.buyer_id = $2 or line.seller_id = $2)
    having count(*) > 0
) as content
where uuid = $1"
    )
});

/// Returns an order with the lines that the reader may see, or `None` if there are none.
pub(super) async fn find_order(db: &Connection, key: Uuid, reader: Reader) -> Result<Option<Order>, DbError> {
    let row = db.query_opt(&FIND_ORDER, &[&key, &reader.id.0, &reader.is_staff]).await?;
    Ok(row.as_ref().and_then(order))
}

/// Runs a change of an order, and reads the order afterwards in the same round trip. Returns `true` if the change has written
/// something, and the order with the lines that the reader may see.
pub(super) async fn find_changed_order(
    tx: &Transaction,
    change: (&'static str, Params<'_>),
    key: Uuid,
    Reader { id, is_staff }: Reader,
) -> Result<(bool, Option<Order>), DbError> {
    let mut responses = tx.query_in_order(&[change, (&FIND_ORDER, &[&key, &id.0, &is_staff])]).await?;
    let found = responses.pop().unwrap_or_default();
    let changed = responses.pop().unwrap_or_default();
    Ok((!changed.is_empty(), found.first().and_then(order)))
}

/// The statements that list orders: of buyers and of sellers, each without and with a state, from the oldest and from the
/// newest.
static LIST_ORDERS: LazyLock<[[[String; 2]; 2]; 2]> = LazyLock::new(|| {
    [("orders", "id", "buyer_id"), ("order_sellers", "order_id", "seller_id")].map(|(table, id, user)| {
        [false, true].map(|has_state| {
            [(">", ""), ("<", " desc")].map(|(compares, direction)| {
                let near = near((table, id, user), has_state, compares, direction);
                let whose = if user == "seller_id" { "line.seller_id = $1" } else { "true" };
                format!(
                    "-- orders.list_orders
select {ORDER_COLUMNS}
from order_view
cross join lateral (
    select {LINES}
    from order_lines as line
    where line.order_id = order_view.id and {whose}
) as content
where order_view.id = any(array(
    select id
    from {near}
    order by id{direction}
    limit $3 offset $4
))
order by order_view.id{direction}"
                )
            })
        })
    })
});

/// Returns the rows `found` of a statement: the orders of the user `$1` beyond the edge `$2`, or those that read as the state `$5`. A
/// pending order past its time reads as not confirmed.
fn near((table, id, user): (&str, &str, &str), has_state: bool, compares: &str, direction: &str) -> String {
    let of_user = format!("from {table} as mine where mine.{user} = $1 and mine.{id} {compares} $2");
    if !has_state {
        return format!("(select {id} as id {of_user}) as found");
    }
    let is_late = format!(
        "exists (select from orders where orders.id = mine.{id} and orders.expires_at <= (select app_now()))"
    );
    let first = format!("order by mine.{id}{direction} limit $3::bigint + $4::bigint");
    format!(
        "(
        (select {id} as id {of_user} and mine.state = $5 and not ($5 = 'PENDING_CONFIRMATION' and {is_late}) {first})
        union all
        (select {id} as id {of_user} and $5 = 'NOT_CONFIRMED' and mine.state = 'PENDING_CONFIRMATION' and {is_late} {first})
    ) as found"
    )
}

/// Lists the orders of a user, by age in the direction of the page.
pub(super) async fn list_orders(
    db: &Connection,
    user: UserId,
    side: Side,
    state: Option<State>,
    keyset: Keyset,
) -> Result<Vec<Order>, DbError> {
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let of_side = &LIST_ORDERS[usize::from(side == Side::Seller)];
    let rows = match state {
        None => {
            let statement = &of_side[0][usize::from(is_backward)];
            db.query(statement, &[&user.0, &edge, &rows, &offset]).await?
        }
        Some(state) => {
            let statement = &of_side[1][usize::from(is_backward)];
            db.query(statement, &[&user.0, &edge, &rows, &offset, &state.name()]).await?
        }
    };
    Ok(rows.iter().filter_map(order).collect())
}

/// The statements that count orders: of buyers and of sellers, each without and with a state.
static COUNT_ORDERS: LazyLock<[[String; 2]; 2]> = LazyLock::new(|| {
    [("orders", "id", "buyer_id"), ("order_sellers", "order_id", "seller_id")].map(|(table, id, user)| {
        [false, true].map(|has_state| {
            let near = near((table, id, user), has_state, ">", "");
            format!(
                "-- orders.count_orders
select count(*)
from (select from {near} limit $3::bigint + $4::bigint) as reached"
            )
        })
    })
});

/// Counts the orders of a user. 10,001 means more than 10,000.
pub(super) async fn count_orders(
    db: &Connection,
    user: UserId,
    side: Side,
    state: Option<State>,
) -> Result<i64, DbError> {
    const MOST: i64 = 10_001;
    let of_side = &COUNT_ORDERS[usize::from(side == Side::Seller)];
    let row = match state {
        None => db.query_opt(&of_side[0], &[&user.0, &0_i64, &MOST, &0_i64]).await?,
        Some(state) => db.query_opt(&of_side[1], &[&user.0, &0_i64, &MOST, &0_i64, &state.name()]).await?,
    };
    Ok(total(row))
}

/// Returns the statements of this file that are composed at run time.
pub(super) fn composed() -> impl Iterator<Item = &'static str> {
    let lists = LIST_ORDERS.iter().flatten().flatten();
    lists.chain(COUNT_ORDERS.iter().flatten()).chain([&*FIND_ORDER]).map(String::as_str)
}

row!(EVENT_COLUMNS of EventRow {
    version: i32,
    state: String,
    user_id: Option<i64>,
    created_at: DateTime<Utc>,
});

static LIST_EVENTS: LazyLock<String> = LazyLock::new(|| {
    format!(
        r"-- orders.list_events
select {EVENT_COLUMNS}
from order_events
where order_id = (select id from orders where uuid = $1)
    and case when $2 then version < $3::bigint else version > $3::bigint end
order by case when $2 then -version else version end
limit $4 offset $5"
    )
});

/// Lists the history of an order in the direction of the page. An order has at most four events.
pub(super) async fn list_events(db: &Connection, key: Uuid, keyset: Keyset) -> Result<Vec<Event>, DbError> {
    let Keyset { is_backward, edge, rows, offset } = keyset;
    let rows = db.query(&LIST_EVENTS, &[&key, &is_backward, &edge, &rows, &offset]).await?;
    Ok(rows.iter().filter_map(event).collect())
}

const COUNT_EVENTS: &str = r"-- orders.count_events
select count(*)
from order_events
where order_id = (select id from orders where uuid = $1)";

/// Counts the events of an order.
pub(super) async fn count_events(db: &Connection, key: Uuid) -> Result<i64, DbError> {
    db.query_opt(COUNT_EVENTS, &[&key]).await.map(total)
}

/// Converts items to the two columns that statements take.
fn columns(items: &[Item]) -> (Vec<i64>, Vec<i64>) {
    items.iter().map(|item| (item.product_id, item.quantity)).unzip()
}

/// Converts a row of an item, or returns `None` if nobody sells the product.
fn offer(row: &Row) -> Option<Offer> {
    Some(Offer {
        available: row.get::<_, Option<i64>>("available")?,
        line: Line {
            product_id: row.get("product_id"),
            title: row.get("title"),
            quantity: row.get("quantity"),
            price: row.get("price"),
            seller_id: UserId(row.get("seller_id")),
        },
    })
}

/// Converts a row, or returns `None` for a state that only a newer server knows.
fn order(row: &Row) -> Option<Order> {
    let row = OrderRow::from_row(row);
    let lines =
        row.product_ids.into_iter().zip(row.titles).zip(row.quantities).zip(row.prices).zip(row.seller_ids);
    let line = |((((product_id, title), quantity), price), seller_id)| Line {
        product_id,
        title,
        quantity,
        price,
        seller_id: UserId(seller_id),
    };
    Some(Order {
        id: row.id,
        uuid: row.uuid,
        state: State::named(&row.state)?,
        buyer_id: UserId(row.buyer_id),
        lines: lines.map(line).collect(),
        currency: row.currency,
        expires_at: row.expires_at,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

/// Converts a row, or returns `None` for a state that only a newer server knows.
fn event(row: &Row) -> Option<Event> {
    let row = EventRow::from_row(row);
    Some(Event {
        version: row.version,
        state: State::named(&row.state)?,
        user_id: row.user_id.map(UserId),
        created_at: row.created_at,
    })
}
