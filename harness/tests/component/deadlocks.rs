//! Deadlocks: PostgreSQL aborts one of two transactions that wait for each other. A write that is aborted runs again, and
//! its client does not notice.

use std::time::Duration;

use agora_api::models::Product;
use agora_harness::{Database, TestApp};
use serde_json::json;

/// The server looks for a deadlock before the other transaction does, and so is the one that is aborted.
const PATIENT: &str = "set deadlock_timeout = '1min'";

#[tokio::test]
async fn a_write_that_loses_a_deadlock_runs_again() {
    for key in [None, Some("k1")] {
        let app = TestApp::start().await;
        let user = app.user().await;
        let chair =
            json!({"title": "Chair", "description": "Wood", "price": 5, "image": "", "categories": [1]});
        let chair: Product = user.post("/api/v1/products").json(&chair).await.body_at(201);

        let other = Database::from_url(app.database.url()).await;
        let hold = format!("{PATIENT}; begin; select from categories where id = 2 for update");
        other.client().batch_execute(&hold).await.expect("runs");
        let change = user
            .patch(&format!("/api/v1/products/{}", chair.id))
            .json(&json!({"title": "Stool", "categories": [2]}));
        let change = key.into_iter().fold(change, |call, key| call.header("idempotency-key", key));
        let change = tokio::spawn(change.into_future());
        let waits = "select count(*) from pg_stat_activity where datname = current_database()
            and wait_event_type = 'Lock' and query like '%catalog.update_product%'";
        while app.database.count(waits).await == 0 {
            assert!(!change.is_finished(), "the change did not wait for the category");
            tokio::task::yield_now().await;
        }
        // The change has locked the product. This returns only when its transaction is aborted.
        let cross = format!("select from products where id = {} for update", chair.id);
        other.client().batch_execute(&cross).await.expect("the other transaction goes on");
        other.client().batch_execute("commit").await.expect("runs");

        let changed = tokio::time::timeout(Duration::from_secs(20), change).await.expect("in time");
        let changed: Product = changed.expect("responds").body_at(200);
        assert_eq!((changed.title.as_str(), changed.categories[0].id), ("Stool", 2), "{key:?}");
        let stored = format!("select count(*) from product_categories where product_id = {}", chair.id);
        assert_eq!(app.database.count(&stored).await, 1, "{key:?}");
    }
}

#[tokio::test]
async fn a_reset_that_loses_a_deadlock_runs_again() {
    let app = TestApp::start().await;
    let other = Database::from_url(app.database.url()).await;
    let hold = format!("{PATIENT}; begin; select from users where id = 1 for update");
    other.client().batch_execute(&hold).await.expect("runs");
    let reset = tokio::spawn(app.anonymous().post("/__sandbox/reset").into_future());
    let waits = "select count(*) from pg_stat_activity where datname = current_database()
        and wait_event_type = 'Lock' and query like '%seed.empty_tables%'";
    while app.database.count(waits).await == 0 {
        assert!(!reset.is_finished(), "the reset did not wait for the users");
        tokio::task::yield_now().await;
    }
    // The reset has locked the categories, whose name comes first. This returns only when its transaction is aborted.
    other
        .client()
        .batch_execute("select from categories; commit")
        .await
        .expect("the other transaction goes on");
    let reset = tokio::time::timeout(Duration::from_secs(20), reset).await.expect("in time");
    assert_eq!(reset.expect("responds").status, 204);
}
