//! Products are updated with the body that was read, and with every way to name their categories.

use agora_api::models::Product;
use agora_harness::{Client, TestApp};
use serde_json::{Value, json};

const PRODUCTS: &str = "/api/v1/products";
/// Query for a digest of all products and their categories.
const DIGEST: &str = "select hashtextextended(
    (select string_agg(product::text, ',' order by id) from products as product)
    || (select string_agg(relation::text, ',' order by product_id, category_id) from product_categories as relation),
    0)";

fn chair(categories: &Value) -> Value {
    let mut body = json!({"title": "Garden chair", "description": "Folds flat", "price": 39.9, "image": ""});
    for (name, value) in categories.as_object().expect("members") {
        body[name] = value.clone();
    }
    body
}

fn ids(product: &Product) -> Vec<i64> {
    product.categories.iter().map(|category| category.id).collect()
}

fn rule<'a>(problem: &'a Value, field: &str) -> &'a Value {
    &problem["error"]["details"]["fields"][field][0]["rule"]
}

/// Sends a product unchanged with `PUT` and `PATCH`, then with another title.
async fn is_taken_back<A>(client: &Client<A>, path: &str, title: &str) {
    let read = client.get(path).await;
    for call in [client.put(path), client.patch(path)] {
        let same = call.json(&read.json()).await;
        assert_eq!((same.status.as_u16(), same.text()), (200, read.text()), "{title}");
    }
    let mut changed = read.json();
    changed["title"] = json!(title);
    let after = client.put(path).json(&changed).await;
    assert_eq!(after.status, 200, "{}", after.text());
    changed["updated_at"] = after.json()["updated_at"].clone();
    assert_eq!(after.json(), changed);
}

#[tokio::test]
async fn a_product_is_changed_as_it_was_read_whatever_it_has() {
    let app = TestApp::start().await;
    let (user, other) = (app.user().await, app.other_user().await);
    let created: Product = user.post(PRODUCTS).json(&chair(&json!({}))).await.body_at(201);
    let path = format!("{PRODUCTS}/{}", created.id);
    is_taken_back(&user, &path, "without category, rating and change").await;
    assert_eq!(user.patch(&path).json(&json!({"categoryIds": [1, 3]})).await.status, 200);
    assert_eq!(user.post(&format!("{path}/rating")).json(&json!({"value": 5})).await.status, 201);
    assert_eq!(other.post(&format!("{path}/rating")).json(&json!({"value": 4})).await.status, 201);
    is_taken_back(&user, &path, "with all of them").await;
    app.database
        .client()
        .batch_execute("update users set deleted_at = app_now() where id = 1")
        .await
        .expect("runs");
    is_taken_back(&app.staff().await, &path, "without an owner").await;
}

#[tokio::test]
async fn numbers_and_moments_may_be_written_another_way() {
    let app = TestApp::start().await;
    let (user, other) = (app.user().await, app.other_user().await);
    let created: Product = user.post(PRODUCTS).json(&chair(&json!({}))).await.body_at(201);
    let path = format!("{PRODUCTS}/{}", created.id);
    assert_eq!(user.post(&format!("{path}/rating")).json(&json!({"value": 5})).await.status, 201);
    assert_eq!(other.post(&format!("{path}/rating")).json(&json!({"value": 4})).await.status, 201);
    app.database
        .client()
        .execute("update products set created_at = '2026-01-05T09:30:00.5Z' where id = $1", &[&created.id])
        .await
        .expect("runs");
    let uuid = created.uuid.to_string().to_uppercase();
    let patch = |rate: &str, at: &str| {
        user.patch(&path).text(format!(
            r#"{{"id": {}.0, "uuid": "{uuid}", "rating": {{"count": 2, "rate": {rate}}}, "created_at": "{at}"}}"#,
            created.id
        ))
    };
    for (rate, at) in [
        ("4.5", "2026-01-05T09:30:00.500000Z"),
        ("4.50", "2026-01-05T09:30:00.5Z"),
        ("45e-1", "2026-01-05T12:00:00.50+02:30"),
    ] {
        let response = patch(rate, at).await;
        assert_eq!(response.status, 200, "{rate} {at}: {}", response.text());
    }
    let response = patch("4.51", "2026-01-05T09:30:00.501Z").await;
    let problem = response.json();
    assert_eq!(response.status, 400, "{problem}");
    assert_eq!(
        (rule(&problem, "rating"), rule(&problem, "created_at")),
        (&json!("stored"), &json!("stored"))
    );
    assert_eq!(problem["detail"], "2 violations, listed in `error.details.fields`");
}

#[tokio::test]
async fn categories_are_ids_or_objects_and_have_another_name() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let created: Product = user.post(PRODUCTS).json(&chair(&json!({"categories": [2]}))).await.body_at(201);
    let path = format!("{PRODUCTS}/{}", created.id);
    let (first, third) =
        (json!({"id": 1, "name": "men's clothing"}), json!({"id": 3, "name": "electronics"}));
    for (members, expected) in [
        (json!({"categoryIds": [3, 1, 3]}), vec![1, 3]),
        (json!({"categories": [third, first]}), vec![1, 3]),
        (json!({"categories": [{"id": 3}, 3, third]}), vec![3]),
        (json!({"categories": [first, 3], "categoryIds": [3, 1]}), vec![1, 3]),
        (json!({"categories": [], "categoryIds": []}), vec![]),
    ] {
        let created: Product = user.post(PRODUCTS).json(&chair(&members)).await.body_at(201);
        assert_eq!(ids(&created), expected, "{members}");
        for call in [user.put(&path).json(&chair(&members)), user.patch(&path).json(&members)] {
            assert_eq!(user.patch(&path).json(&json!({"categories": [2]})).await.status, 200);
            assert_eq!(ids(&call.await.body_at(200)), expected, "{members}");
        }
    }
    let after: Product = user.put(&path).json(&chair(&json!({}))).await.body_at(200);
    assert!(after.categories.is_empty());
}

#[tokio::test]
async fn what_says_otherwise_of_categories_is_told_and_nothing_is_written() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let created: Product = user.post(PRODUCTS).json(&chair(&json!({"categories": [2]}))).await.body_at(201);
    let path = format!("{PRODUCTS}/{}", created.id);
    let before = app.database.count(DIGEST).await;
    for (members, field, broken) in [
        (json!({"categories": [1], "categoryIds": [3]}), "categoryIds", "exclusive"),
        (json!({"categories": [], "categoryIds": [3]}), "categoryIds", "exclusive"),
        (json!({"categories": [1, {"id": 3, "name": "garden"}]}), "categories.1.name", "stored"),
        (json!({"categories": [{"id": 2, "name": "Jewelery"}]}), "categories.0.name", "stored"),
        (json!({"categories": [{"id": 1, "name": null}]}), "categories.0.name", "type"),
        (json!({"categories": [{"id": "1"}]}), "categories.0.id", "type"),
        (json!({"categories": [{"name": "electronics"}]}), "categories.0.id", "required"),
        (json!({"categories": [{"id": 1, "colour": 1}]}), "categories.0.colour", "unknown"),
        (json!({"categories": ["1"]}), "categories.0", "type"),
        (json!({"categoryIds": [{"id": 1}]}), "categoryIds.0", "type"),
        (json!({"categoryIds": null}), "categoryIds", "type"),
    ] {
        for call in [
            user.post(PRODUCTS).json(&chair(&members)),
            user.put(&path).json(&chair(&members)),
            user.patch(&path).json(&members),
        ] {
            let response = call.await;
            let problem = response.json();
            assert_eq!(response.status, 400, "{members}: {problem}");
            assert_eq!(rule(&problem, field), broken, "{members}: {problem}");
        }
    }
    let missing = json!({"categories": [{"id": 999}], "categoryIds": [999]});
    let problem = user.patch(&path).json(&missing).await.problem_at(400);
    assert_eq!(problem.error.details["missing"], json!([999]));
    assert_eq!(app.database.count(DIGEST).await, before);
}

#[tokio::test]
async fn conditions_and_keys_come_before_what_is_sent_back() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let created = user.post(PRODUCTS).json(&chair(&json!({"categories": [2]}))).await;
    let path = created.header("location").to_owned();
    let read = user.get(&path).await;
    let mut body = read.json();
    body["title"] = json!("Armchair");
    let keyed = || user.put(&path).header("idempotency-key", "k").json(&body);
    let first = keyed().await;
    assert_eq!(first.status, 200, "{}", first.text());
    let again = keyed().await;
    assert_eq!((again.status.as_u16(), &again.body), (200, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    // The version that was read is stale now.
    let late = user.put(&path).json(&body).await;
    assert_eq!((late.status.as_u16(), rule(&late.json(), "updated_at")), (400, &json!("stored")));
    assert_eq!(late.json()["detail"], "updated_at must equal the stored value, or be left out");
    let stale = user.put(&path).header("if-match", read.header("etag")).json(&body).await;
    assert_eq!(stale.status, 412, "{}", stale.text());
    // Callers without write access learn nothing about it.
    let other = app.other_user().await;
    assert_eq!(other.put(&path).json(&body).await.status, 403);
    body.as_object_mut().expect("an object").remove("updated_at");
    assert_eq!(user.put(&path).json(&body).await.status, 200);
}
