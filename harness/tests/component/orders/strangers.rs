//! Orders of others: strangers, sellers and staff.

use agora_api::models::{Order, OrderPage};
use agora_harness::TestApp;

use super::{ORDERS, books_agree, cancel, confirm, path, placed, read};

#[tokio::test]
async fn orders_of_others_are_not_there() {
    let app = TestApp::start().await;
    let (buyer, stranger) = (app.user().await, app.other_user().await);
    let order = placed(&buyer, &[(9, 1)]).await;
    for response in [
        stranger.get(&path(&order)).await,
        stranger.get(&format!("{ORDERS}/{}/history", order.id)).await,
        confirm(&stranger, &order, "tok_visa").await,
        cancel(&stranger, &order).await,
        confirm(&app.staff().await, &order, "tok_visa").await,
    ] {
        assert_eq!(response.status, 404);
    }
    let theirs: OrderPage = stranger.get(ORDERS).await.body_at(200);
    assert!(theirs.data.iter().all(|theirs| theirs.id != order.id));
    for target in [path(&order), ORDERS.to_owned()] {
        assert_eq!(app.anonymous().get(&target).await.status, 401);
    }
    assert_eq!(read(&buyer, &order).await, order);
    // Staff see it, and may cancel it.
    let staff = app.staff().await;
    assert_eq!(read(&staff, &order).await, order);
    assert_eq!(cancel(&staff, &order).await.json()["state"], "CANCELLED");
    books_agree(&app).await;
}

#[tokio::test]
async fn a_seller_sees_only_the_own_lines() {
    let app = TestApp::start().await;
    let (seller, buyer) = (app.user().await, app.staff().await);
    // User 1 sells products 1 and 11, user 2 product 2.
    let order = placed(&buyer, &[(1, 1), (2, 3), (11, 2)]).await;
    let seen: Order = read(&seller, &order).await;
    assert_eq!(seen.lines.iter().map(|line| line.product_id).collect::<Vec<_>>(), [1, 11]);
    assert_eq!(seen.total, "327.95");
    let other: Order = read(&app.other_user().await, &order).await;
    assert_eq!((other.lines.len(), &*other.total), (1, "66.90"));
    let page: OrderPage = seller.get(&format!("{ORDERS}?filter[role]=seller")).await.body_at(200);
    assert_eq!(page.data, [seen]);
    assert_eq!(page.meta.total, 1);
    // A seller neither confirms nor cancels.
    assert_eq!(confirm(&seller, &order, "tok_visa").await.status, 404);
    assert_eq!(cancel(&seller, &order).await.status, 403);
    assert_eq!(seller.get(&format!("{ORDERS}/{}/history", order.id)).await.status, 200);
    // As a buyer, the seller has another list.
    let page: OrderPage = seller.get(&format!("{ORDERS}?filter[role]=buyer")).await.body_at(200);
    assert!(page.data.iter().all(|mine| mine.id != order.id && mine.buyer_id == 1));
}
