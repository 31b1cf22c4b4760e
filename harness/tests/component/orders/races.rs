//! Orders at once: no unit is sold twice, no lock stands in a circle, and each order ends in one state.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use agora_api::models::{Order, OrderState};
use agora_harness::{Anonymous, Client, Setting, TestApp};

use super::{books_agree, confirm, place, placed, read, units};

/// Without limits of a buyer.
const UNLIMITED: &[Setting] = &[("ORDER_MAX_PENDING", "65536"), ("ORDER_MAX_UNITS", "1000000000")];

/// Returns the clients of four buyers on several replicas.
async fn buyers(replicas: &[&TestApp]) -> Vec<Client<Anonymous>> {
    let first = replicas[0];
    let (user, other, staff, admin) =
        (first.user().await, first.other_user().await, first.staff().await, first.admin().await);
    let tokens = [user.token(), other.token(), staff.token(), admin.token()];
    let tokens: Vec<String> = tokens.into_iter().flatten().map(str::to_owned).collect();
    let of_replica =
        |app: &&TestApp| tokens.iter().map(|token| app.anonymous().with_token(token)).collect::<Vec<_>>();
    replicas.iter().flat_map(of_replica).collect()
}

/// Runs `count` calls, `width` at a time, each with its number and one of the clients. Returns their results.
async fn at_once<T, F>(
    clients: Vec<Client<Anonymous>>,
    count: usize,
    width: usize,
    call: impl Fn(usize, Client<Anonymous>) -> F + Send + Sync + 'static,
) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send,
{
    let (next, call) = (Arc::new(AtomicUsize::new(0)), Arc::new(call));
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..width {
        let (next, call) = (Arc::clone(&next), Arc::clone(&call));
        let client = &clients[worker % clients.len()];
        let client = client.with_token(client.token().unwrap_or_default());
        workers.spawn(async move {
            let mut results = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return results;
                }
                let client = client.with_token(client.token().unwrap_or_default());
                results.push(call(number, client).await);
            }
        });
    }
    workers.join_all().await.into_iter().flatten().collect()
}

/// Buys one unit of a product with 100 units, again and again.
async fn buys(count: usize, width: usize) {
    let app = TestApp::start_with(UNLIMITED).await;
    let (second, third) = (app.replica().await, app.replica().await);
    let clients = buyers(&[&app, &second, &third]).await;
    let call = |_, client: Client<Anonymous>| async move { place(&client, &[(9, 1)]).await.status.as_u16() };
    let statuses = at_once(clients, count, width, call).await;
    let of = |status| statuses.iter().filter(|it| **it == status).count();
    assert_eq!((of(201), of(409)), (100, count - 100), "{statuses:?}");
    assert_eq!(units(&app, 9).await, (0, 100));
    books_agree(&app).await;
}

#[tokio::test]
async fn of_buys_at_once_exactly_the_stock_succeeds() {
    buys(400, 40).await;
}

#[tokio::test]
#[ignore = "takes minutes; run by ./justw test-large"]
async fn of_ten_thousand_buys_exactly_the_stock_succeeds() {
    buys(10_000, 200).await;
}

/// Orders baskets of five of the twenty products in changing order.
async fn baskets(count: usize, width: usize) {
    let app = TestApp::start_with(UNLIMITED).await;
    let second = app.replica().await;
    let clients = buyers(&[&app, &second]).await;
    let call = |number: usize, client: Client<Anonymous>| async move {
        // A multiplier without a common divisor with 20 gives each basket five different products.
        let number = i64::try_from(number).unwrap_or_default();
        let (first, step) =
            (number * 13 % 20, [1, 3, 7, 9, 11, 13, 17, 19][usize::try_from(number % 8).unwrap_or(0)]);
        let items: Vec<(i64, i64)> = (0..5).map(|place| ((first + place * step) % 20 + 1, 1)).collect();
        place(&client, &items).await.status.as_u16()
    };
    let statuses = at_once(clients, count, width, call).await;
    assert!(statuses.iter().all(|status| [201, 409].contains(status)), "{statuses:?}");
    let sold = statuses.iter().filter(|status| **status == 201).count();
    let reserved = app.database.count("select sum(reserved)::bigint from stock").await;
    assert_eq!(reserved, i64::try_from(sold * 5).unwrap_or_default());
    books_agree(&app).await;
}

#[tokio::test]
async fn baskets_in_any_order_do_not_lock_each_other_out() {
    baskets(300, 32).await;
}

#[tokio::test]
#[ignore = "takes minutes; run by ./justw test-large"]
async fn five_thousand_baskets_do_not_lock_each_other_out() {
    baskets(5_000, 100).await;
}

/// Confirms orders while their time ends.
async fn confirmations(count: usize) {
    let app = TestApp::start_with(UNLIMITED).await;
    let second = app.replica().await;
    let clients = buyers(&[&app]).await;
    let supply = "update stock set available = 100000, supplied = 100000 + sold where product_id in (9, 10);
        update stock_movements set quantity = 100000 where product_id in (9, 10) and kind = 'SUPPLIED'";
    app.database.client().batch_execute(supply).await.expect("runs");
    let first = clients[0].with_token(clients[0].token().unwrap_or_default());
    let orders: Vec<Order> =
        at_once(vec![first], count, 16, |_, client| async move { placed(&client, &[(9, 1), (10, 2)]).await })
            .await;
    let confirmers = buyers(&[&app, &second]).await;
    // The times end one after the other, from now on.
    let spread = "update orders set expires_at = app_now() + (id % 200) * interval '10 milliseconds'
        where state = 'PENDING_CONFIRMATION'";
    app.database.client().batch_execute(spread).await.expect("runs");
    let of_buyer = vec![
        confirmers[0].with_token(confirmers[0].token().unwrap_or_default()),
        confirmers[4].with_token(confirmers[4].token().unwrap_or_default()),
    ];
    let shared = Arc::new(orders);
    let given = Arc::clone(&shared);
    let call = move |number: usize, client: Client<Anonymous>| {
        let orders = Arc::clone(&given);
        async move { (number, confirm(&client, &orders[number], "tok_visa").await.status.as_u16()) }
    };
    let statuses = at_once(of_buyer, count, 16, call).await;
    let deadline = std::time::Instant::now() + super::SOON * 3;
    let open = "select count(*) from orders where state in ('PENDING_CONFIRMATION', 'CONFIRMED')";
    while app.database.count(open).await > 0 {
        assert!(std::time::Instant::now() < deadline, "orders do not end");
    }
    let mut confirmed = 0;
    for (number, status) in &statuses {
        let state = read(&clients[0], &shared[*number]).await.state;
        let expected = if *status == 200 { OrderState::OrderAccepted } else { OrderState::OrderNotConfirmed };
        assert_eq!(state, expected, "{status}");
        confirmed += i64::from(*status == 200);
    }
    assert!(confirmed > 0 && confirmed < i64::try_from(count).unwrap_or_default(), "{confirmed} of {count}");
    let late = "select count(*) from order_events join orders on orders.id = order_id
        where order_events.state = 'CONFIRMED' and order_events.created_at > orders.expires_at and order_id > 2";
    assert_eq!(app.database.count(late).await, 0);
    assert_eq!(units(&app, 9).await, (100_000 - confirmed, 0));
    books_agree(&app).await;
}

#[tokio::test]
async fn of_confirmation_and_expiry_exactly_one_wins() {
    confirmations(150).await;
}

#[tokio::test]
#[ignore = "takes minutes; run by ./justw test-large"]
async fn ten_thousand_orders_end_in_one_state_each() {
    confirmations(10_000).await;
}
