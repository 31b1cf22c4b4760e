//! Lists of orders and of their events.

use agora_api::models::{OrderEventPage, OrderPage};
use agora_harness::TestApp;
use insta::assert_json_snapshot;
use uuid::Uuid;

use super::{ORDERS, cancel, placed};

fn ids(page: &OrderPage) -> Vec<Uuid> {
    page.data.iter().map(|order| order.id).collect()
}

/// Returns the target of an absolute link.
fn target(link: &str) -> &str {
    &link[link.find("/api/").expect("a path")..]
}

#[tokio::test]
async fn orders_are_listed_newest_first_in_pages() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    let mut placed_ids = Vec::new();
    for quantity in 1..=4 {
        placed_ids.insert(0, placed(&buyer, &[(9, quantity)]).await.id);
    }
    let all: OrderPage = buyer.get(ORDERS).await.body_at(200);
    assert_eq!(ids(&all)[..4], placed_ids);
    assert_eq!((all.data.len(), all.meta.total), (5, 5));
    let first: OrderPage = buyer.get(&format!("{ORDERS}?limit=3&cursor=start")).await.body_at(200);
    assert_eq!(ids(&first), ids(&all)[..3]);
    let next = first.meta.next.clone().expect("a further page");
    let second: OrderPage = buyer.get(target(&next)).await.body_at(200);
    assert_eq!((ids(&second), second.meta.next), (ids(&all)[3..].to_vec(), None));
    let back = second.meta.prev.expect("an earlier page");
    assert_eq!(ids(&buyer.get(target(&back)).await.body_at(200)), ids(&first));
    let third: OrderPage = buyer.get(&format!("{ORDERS}?limit=2&page=3")).await.body_at(200);
    assert_eq!(ids(&third), ids(&all)[4..]);
    let last: OrderPage = buyer.get(&format!("{ORDERS}?limit=1&page=10000")).await.body_at(200);
    assert_eq!(last.data, []);
    assert_json_snapshot!("accepted", buyer.get(&format!("{ORDERS}?filter[state]=ACCEPTED")).await.json());
}

#[tokio::test]
async fn orders_are_filtered_by_state_and_role() {
    let app = TestApp::start().await;
    let (buyer, seller) = (app.user().await, app.other_user().await);
    // User 2 sells products 2 and 12.
    let open = placed(&buyer, &[(2, 1)]).await;
    let cancelled = placed(&buyer, &[(12, 1)]).await;
    assert_eq!(cancel(&buyer, &cancelled).await.status, 200);
    // The time of this order is over, and it is not swept yet: the sweep fails.
    let late = placed(&buyer, &[(2, 1), (12, 1)]).await;
    let script = format!(
        "create function refuse() returns trigger language plpgsql as $$ begin raise 'no sweep'; end $$;
        create trigger refuse before update of state on orders for each row when (new.state = 'NOT_CONFIRMED')
        execute function refuse();
        update orders set expires_at = app_now() where uuid = '{}'",
        late.id
    );
    app.database.client().batch_execute(&script).await.expect("runs");
    for (client, role) in [
        (&buyer.with_token(buyer.token().expect("a token")), "buyer"),
        (&seller.with_token(seller.token().expect("a token")), "seller"),
    ] {
        for (state, expected) in [
            ("PENDING_CONFIRMATION", vec![open.id]),
            ("CANCELLED", vec![cancelled.id]),
            ("NOT_CONFIRMED", vec![late.id]),
            ("REJECTED", vec![]),
        ] {
            let target = format!("{ORDERS}?filter[state]={state}&filter[role]={role}");
            let page: OrderPage = client.get(&target).await.body_at(200);
            assert_eq!(ids(&page), expected, "{target}");
            assert_eq!(page.meta.total, i64::try_from(expected.len()).expect("few"), "{target}");
            let walk: OrderPage = client.get(&format!("{target}&cursor=start")).await.body_at(200);
            assert_eq!(ids(&walk), expected, "{target}");
        }
    }
    for query in ["filter[state]=LOST", "filter[role]=staff", "state=ACCEPTED", "filter=ACCEPTED"] {
        assert_eq!(buyer.get(&format!("{ORDERS}?{query}")).await.status, 400, "{query}");
    }
    let encoded: OrderPage = buyer.get(&format!("{ORDERS}?filter%5Bstate%5D=CANCELLED")).await.body_at(200);
    assert_eq!(ids(&encoded), [cancelled.id]);
}

#[tokio::test]
async fn the_history_of_an_order_is_read_in_pages() {
    let app = TestApp::start().await;
    let buyer = app.user().await;
    let order = placed(&buyer, &[(9, 1)]).await;
    assert_eq!(cancel(&buyer, &order).await.status, 200);
    let history = format!("{ORDERS}/{}/history", order.id);
    let versions = |page: &OrderEventPage| page.data.iter().map(|event| event.version).collect::<Vec<_>>();
    let first: OrderEventPage = buyer.get(&format!("{history}?limit=1&cursor=start")).await.body_at(200);
    let next = first.meta.next.clone().expect("a further page");
    let second: OrderEventPage = buyer.get(target(&next)).await.body_at(200);
    assert_eq!((versions(&first), versions(&second)), (vec![1], vec![2]));
    let back = second.meta.prev.expect("an earlier page");
    assert_eq!(versions(&buyer.get(target(&back)).await.body_at(200)), [1]);
    let second: OrderEventPage = buyer.get(&format!("{history}?limit=1&page=2")).await.body_at(200);
    assert_eq!(versions(&second), [2]);
    let last: OrderEventPage = buyer.get(&format!("{history}?limit=1&page=10000")).await.body_at(200);
    assert_eq!(last.data, []);
    let target = "/api/v1/orders/019b8d7d-f1c0-7800-8000-000000000001/history";
    assert_json_snapshot!("history", buyer.get(target).await.json());
}
