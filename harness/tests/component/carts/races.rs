//! Concurrent cart requests: no update is lost, and no reader sees a partial write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use agora_api::models::Cart;
use agora_harness::{Client, TestApp, TestResponse, User};
use serde_json::{Value, json};

use super::{created, line, lines, path, read};

/// Retries a `PATCH` until it is not refused with 503, which guarantees that nothing was done.
async fn patched(client: &Client<User>, path: &str, body: &Value) -> TestResponse {
    client.patch(path).json(body).until_served().await
}

#[tokio::test]
async fn a_hundred_adds_at_once_are_a_hundred() {
    let app = TestApp::start().await;
    let user = Arc::new(app.user().await);
    let cart = created(&user).await;
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let (user, path) = (Arc::clone(&user), path(&cart));
            tokio::spawn(async move {
                let response = patched(&user, &path, &json!({"add": [line(7, 1)]})).await;
                response.body_at::<Cart>(200).products.last().map(|line| line.quantity)
            })
        })
        .collect();
    let mut seen = Vec::new();
    for call in calls {
        seen.extend(call.await.expect("answers"));
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=100).collect::<Vec<i64>>(), "each was told what it made");
    assert_eq!(lines(&read(&app, &path(&cart)).await), [(1, 2), (2, 3), (7, 100)]);
}

#[tokio::test]
async fn adds_of_several_products_in_any_order_do_not_lock_each_other_out() {
    let app = TestApp::start().await;
    let user = Arc::new(app.user().await);
    let cart = created(&user).await;
    let calls: Vec<_> = (0..40)
        .map(|n| {
            let (user, path) = (Arc::clone(&user), path(&cart));
            let products = if n % 2 == 0 { [3, 4, 5] } else { [5, 4, 3] };
            let body = json!({"add": products.map(|product| line(product, 1))});
            tokio::spawn(async move { patched(&user, &path, &body).await.status.as_u16() })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.expect("answers"), 200);
    }
    let mut after = lines(&read(&app, &path(&cart)).await);
    after.sort_unstable();
    assert_eq!(after, [(1, 2), (2, 3), (3, 40), (4, 40), (5, 40)]);
}

#[tokio::test]
async fn an_add_and_a_removal_at_once_are_never_seen_half() {
    let app = TestApp::start().await;
    let user = Arc::new(app.user().await);
    let cart = created(&user).await;
    let path = path(&cart);
    let is_over = Arc::new(AtomicBool::new(false));
    let watching = {
        let (user, path, is_over) = (Arc::clone(&user), path.clone(), Arc::clone(&is_over));
        tokio::spawn(async move {
            let mut halves = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let response = user.get(&path).await;
                if response.status != 503 {
                    halves.extend(half(&response.body_at(200)));
                }
            }
            halves
        })
    };
    let together = json!([line(8, 1), line(9, 1)]);
    let calls: Vec<_> = (0..60)
        .map(|n| {
            let (user, path) = (Arc::clone(&user), path.clone());
            let body = if n % 2 == 0 { json!({"add": together}) } else { json!({"remove": [8, 9]}) };
            tokio::spawn(async move { patched(&user, &path, &body).await })
        })
        .collect();
    let mut halves = Vec::new();
    for call in calls {
        halves.extend(half(&call.await.expect("answers").body_at(200)));
    }
    is_over.store(true, Ordering::Relaxed);
    halves.extend(watching.await.expect("answers"));
    halves.extend(half(&read(&app, &path).await));
    assert!(halves.is_empty(), "{halves:?}");
}

/// Returns the lines of a cart in which products 8 and 9 differ in quantity, a sign of a partial write.
fn half(cart: &Cart) -> Option<Vec<(i64, i64)>> {
    let lines = lines(cart);
    let of = |product| lines.iter().find(|(id, _)| *id == product).map(|(_, quantity)| *quantity);
    (of(8) != of(9)).then_some(lines)
}

#[tokio::test]
async fn of_changes_with_one_etag_one_is_made() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let cart = created(&user).await;
    let etag = app.anonymous().get(&path(&cart)).await.header("etag").to_owned();
    let calls: Vec<_> = (0..40)
        .map(|_| {
            let call = user.patch(&path(&cart)).header("if-match", &etag);
            let call = call.json(&json!({"add": [line(7, 1)]}));
            tokio::spawn(async move { call.until_served().await.status.as_u16() })
        })
        .collect();
    let mut created = 0;
    for call in calls {
        match call.await.expect("answers") {
            200 => created += 1,
            412 => {}
            other => panic!("{other}"),
        }
    }
    assert_eq!(created, 1);
    assert_eq!(lines(&read(&app, &path(&cart)).await), [(1, 2), (2, 3), (7, 1)]);
}
