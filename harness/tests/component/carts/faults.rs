//! Refused cart requests: their error responses, and that they change nothing.

use agora_harness::TestApp;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::{CARTS, created, digest, line, lines, path, read};

/// Returns a body with these lines for each operation.
fn with_lines(lines: &Value) -> [(&'static str, Value); 4] {
    [
        ("POST", json!({"products": lines})),
        ("PUT", json!({"products": lines})),
        ("PATCH", json!({"add": lines, "remove": [1]})),
        ("PATCH", json!({"update": lines, "date": "2026-01-01"})),
    ]
}

async fn send(
    app: &TestApp,
    token: &str,
    method: &str,
    path: &str,
    body: &Value,
) -> agora_harness::TestResponse {
    let target = if method == "POST" { CARTS } else { path };
    let client = app.anonymous().with_token(token);
    client.call(method.parse().expect("a method"), target).json(body).await
}

/// Regression test: a predecessor of this system silently ignored bad quantities.
#[tokio::test]
async fn bad_quantities_are_reported_and_change_nothing() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let token = user.token().expect("signed in");
    let cart = created(&user).await;
    let before = digest(&app).await;
    for quantity in [-5, 0, -3_000_000_000, i64::MIN] {
        for (method, body) in with_lines(&json!([line(3, 1), line(1, quantity)])) {
            let problem = send(&app, token, method, &path(&cart), &body).await.problem_at(400);
            assert_eq!(problem.detail, "Invalid quantity", "{method}");
            assert_eq!(json!(problem.error.details), line(1, quantity), "{method}");
        }
    }
    assert_eq!(digest(&app).await, before);
    let response = user.patch(&path(&cart)).json(&json!({"add": [line(1, -5)]})).await;
    assert_json_snapshot!("invalid_quantity", response.json(), {".request_id" => "[id]"});
}

#[tokio::test]
async fn unknown_products_are_all_reported_and_change_nothing() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let token = user.token().expect("signed in");
    let gone = "update products set deleted_at = app_now() where id = 20";
    app.database.client().batch_execute(gone).await.expect("runs");
    let cart = created(&user).await;
    let before = digest(&app).await;
    let unknown = json!([line(3, 1), line(999, 1), line(20, 1), line(0, 1), line(i64::MAX, 1), line(999, 1)]);
    for (method, body) in with_lines(&unknown) {
        let problem = send(&app, token, method, &path(&cart), &body).await.problem_at(400);
        assert_eq!(json!(problem.error.details), json!({"missing": [0, 20, 999, i64::MAX]}), "{method}");
    }
    let both = json!({"add": [line(998, 1)], "update": [line(999, 1)]});
    let problem = user.patch(&path(&cart)).json(&both).await.problem_at(400);
    assert_eq!(json!(problem.error.details), json!({"missing": [998, 999]}));
    assert_eq!(digest(&app).await, before);
}

#[tokio::test]
async fn violations_of_a_body_are_reported_by_location() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let before = digest(&app).await;
    let many: Vec<Value> = (0..101).map(|_| line(1, 1)).collect();
    for (body, field) in [
        (json!({"products": null}), "products"),
        (json!({"products": {}}), "products"),
        (json!({"products": many}), "products"),
        (json!({"products": [1]}), "products.0"),
        (json!({"products": [line(1, 1_000_001)]}), "products.0.quantity"),
        (json!({"products": [{"productId": 1}]}), "products.0.quantity"),
        (json!({"products": [{"productId": 1, "quantity": "2"}]}), "products.0.quantity"),
        (json!({"products": [{"productId": 1, "quantity": 1.5}]}), "products.0.quantity"),
        (json!({"products": [{"productId": 1, "quantity": 1e300}]}), "products.0.quantity"),
        (json!({"products": [{"productId": "1", "quantity": 1}]}), "products.0.productId"),
        (json!({"products": [{"productId": u64::MAX, "quantity": 1}]}), "products.0.productId"),
        (json!({"products": [{"productId": 1, "quantity": 1, "id": 1}]}), "products.0.id"),
        (json!({"products": [line(1, 1_000_000), line(1, 1)]}), "quantity"),
        (json!({"products": [], "userId": "1"}), "userId"),
        (json!({"products": [], "userId": null}), "userId"),
        (json!({"products": [], "id": 1}), "id"),
        (json!({"products": [], "date": null}), "date"),
        (json!({"products": [], "date": "02.03.2020"}), "date"),
        (json!({"products": [], "date": "2021-02-29"}), "date"),
        (json!({"products": [], "date": "2020-01-01T25:00:00Z"}), "date"),
        (json!({"products": [], "date": "9999-12-31T23:00:00-02:00"}), "date"),
        (json!({"products": [], "date": "20201-01-01"}), "date"),
    ] {
        let problem = user.post(CARTS).json(&body).await.problem_at(400);
        let fields: Vec<_> = problem.error.details["fields"]
            .as_object()
            .unwrap_or_else(|| panic!("{body}: {:?}", problem.error.details))
            .keys()
            .cloned()
            .collect();
        assert_eq!(fields, [field], "{body}");
    }
    for (body, status) in [
        (r#"{"products":[],"date":"2020-01-01\u0000"}"#, 400),
        (r#"{"products":[],"products":[]}"#, 400),
        (r#"{"products":[],"date":"\ud800"}"#, 400),
        (r#"{"products":[{"productId":1,"quantity":1e999}]}"#, 400),
        (r#"{"remove":["1"]}"#, 400),
        ("[]", 400),
        ("", 400),
    ] {
        assert_eq!(user.post(CARTS).text(body).await.status, status, "{body}");
        assert_eq!(user.put("/api/v1/carts/1").text(body).await.status, status, "{body}");
        assert_eq!(user.patch("/api/v1/carts/1").text(body).await.status, status, "{body}");
    }
    let typed = user.post(CARTS).header("content-type", "text/plain").body("{}").await;
    assert_eq!(typed.status, 415);
    assert_eq!(user.post(CARTS).text(" ".repeat(1024 * 1024 + 1)).await.status, 413);
    assert_eq!(digest(&app).await, before);
}

#[tokio::test]
async fn too_much_of_one_product_is_409_and_changes_nothing() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let cart = created(&user).await;
    let most = json!({"update": [line(1, 1_000_000)]});
    assert_eq!(user.patch(&path(&cart)).json(&most).await.status, 200);
    let before = digest(&app).await;
    let more = json!({"remove": [2], "date": "2026-01-01", "add": [line(3, 1), line(1, 1)]});
    let response = user.patch(&path(&cart)).json(&more).await;
    assert_eq!(response.status, 409);
    assert_json_snapshot!("too_much", response.json(), {".request_id" => "[id]"});
    assert_eq!(digest(&app).await, before);
}

#[tokio::test]
async fn more_than_a_hundred_products_are_409_and_change_nothing() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let many = "insert into products (uuid, title, description, price, owner_id)
        select gen_random_uuid(), 'thing ' || n, 'one of many', 1, 1 from generate_series(21, 121) as n";
    app.database.client().batch_execute(many).await.expect("runs");
    let all: Vec<Value> = (1..=100).map(|id| line(id, 1)).collect();
    let cart = user.post(CARTS).json(&json!({"products": all})).await.body_at(201);
    let before = digest(&app).await;
    let one_more = json!({"add": [line(101, 1)]});
    assert_eq!(user.patch(&path(&cart)).json(&one_more).await.status, 409);
    assert_eq!(digest(&app).await, before);
    let instead = json!({"add": [line(101, 1)], "remove": [1]});
    let changed = user.patch(&path(&cart)).json(&instead).await;
    assert_eq!(lines(&changed.body_at(200)).len(), 100);
    assert_eq!(lines(&read(&app, &path(&cart)).await).last(), Some(&(101, 1)));
}
