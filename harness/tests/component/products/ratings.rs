//! Ratings: at most one per user and product, reflected at once in the product's sum and count.

use agora_api::models::{Credentials, Login, Product, UserRating};
use agora_harness::{TestApp, TestResponse};
use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

const RATING: &str = "/api/v1/products/9/rating";
const RATINGS: &str = "/api/v1/products/9/ratings";
/// Query for the number of products with totals that differ from their ratings.
const DRIFT: &str = "select count(*)
    from products as product
    cross join lateral (
        select coalesce(sum(value), 0) as sum, count(*) as count
        from product_ratings
        where product_id = product.id
    ) as rated
    where product.rating_sum <> rated.sum or product.rating_count <> rated.count";

fn summary(response: &TestResponse) -> (f64, i64, Value) {
    let body = response.json();
    let rate = body["rating"]["rate"].as_f64().expect("a rate");
    (rate, body["rating"]["count"].as_i64().expect("a count"), body["userRating"].clone())
}

#[tokio::test]
async fn a_rating_is_set_changed_and_taken_back() {
    let app = TestApp::start().await;
    let (user, other) = (app.user().await, app.other_user().await);
    assert_json_snapshot!("rating_of_nobody", app.anonymous().get("/api/products/9/rating/").await.json());
    let first = user.post(RATING).json(&json!({"value": 5})).await;
    assert_eq!((first.status.as_u16(), first.header("location")), (201, RATING));
    assert_json_snapshot!("rating_set", first.json());
    assert_eq!(summary(&other.post(RATING).json(&json!({"value": 0})).await), (2.5, 2, json!(0)));
    let changed = user.post(RATING).json(&json!({"value": 4})).await;
    assert_eq!((changed.status.as_u16(), summary(&changed)), (201, (2.0, 2, json!(4))));
    assert_eq!(summary(&user.get(RATING).await), (2.0, 2, json!(4)));
    assert_eq!(summary(&app.anonymous().get(RATING).await), (2.0, 2, Value::Null));
    assert_eq!(summary(&app.staff().await.get(RATING).await), (2.0, 2, Value::Null));
    let back = user.delete(RATING).await;
    assert_eq!((back.status.as_u16(), summary(&back)), (200, (0.0, 1, Value::Null)));
    assert_eq!(user.delete(RATING).await.status, 404);
    assert_eq!(summary(&user.get(RATING).await), (0.0, 1, Value::Null));
    let again = user.post(RATING).json(&json!({"value": 3})).await;
    assert_eq!(summary(&again), (1.5, 2, json!(3)));
    assert_eq!(app.database.count(DRIFT).await, 0);
}

#[tokio::test]
async fn product_and_lists_show_a_rating_at_once() {
    let app = TestApp::start().await;
    let lists = [
        "/api/v1/products?limit=100",
        "/api/v1/products?category=electronics",
        "/api/v1/products?search=portable",
        "/api/v1/products?owner=9",
        "/api/v1/products/by-categories?categoryIds=3",
    ];
    let shown = async || {
        let mut rates = Vec::new();
        for list in lists {
            let body = app.anonymous().get(list).await.json();
            let products = if body.is_array() { &body } else { &body["results"] };
            let product = products.as_array().expect("a list").iter().find(|one| one["id"] == 9);
            rates.push(product.expect("the product is in the list")["rating"].clone());
        }
        let one: Product = app.anonymous().get("/api/v1/products/9").await.body_at(200);
        rates.push(serde_json::to_value(one.rating).expect("JSON"));
        rates
    };
    // Read first, so that a cache, if there were one, would be filled by now.
    let before = shown().await;
    assert!(before.iter().all(|rating| rating["count"] == 0), "{before:?}");
    let etag = app.anonymous().get("/api/v1/products/9").await.header("etag").to_owned();
    assert_eq!(app.user().await.post(RATING).json(&json!({"value": 4})).await.status, 201);
    let after = shown().await;
    assert!(after.iter().all(|rating| rating["count"] == 1 && rating["rate"] == 4.0), "{after:?}");
    let known = app.anonymous().get("/api/v1/products/9").header("if-none-match", &etag).await;
    assert_eq!(known.status, 200, "what a client has is stale");
}

#[tokio::test]
async fn odd_ratings_are_refused() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for (body, field, rule) in [
        (r#"{"value":6}"#, "value", "maximum"),
        (r#"{"value":-1}"#, "value", "minimum"),
        (r#"{"value":4.5}"#, "value", "type"),
        (r#"{"value":"4"}"#, "value", "type"),
        (r#"{"value":null}"#, "value", "type"),
        (r#"{"value":1e300}"#, "value", "maximum"),
        (r"{}", "value", "required"),
        (r#"{"value":1,"userId":2}"#, "userId", "unknown"),
        (r#"{"value":1,"value":2}"#, "value", "duplicate"),
    ] {
        let problem = user.post(RATING).text(body).await.problem_at(400);
        let faults = problem.error.details["fields"][field].as_array().expect("faults").clone();
        assert!(faults.iter().any(|fault| fault["rule"] == rule), "{body}: {faults:?}");
    }
    assert_eq!(
        user.post(RATING).text(r#"{"value":4.0}"#).await.status,
        201,
        "a whole number, however written"
    );
    for path in
        ["/api/v1/products/999/rating", "/api/v1/products/0198c0de-0000-7000-8000-000000000999/rating"]
    {
        assert_eq!(app.anonymous().get(path).await.status, 404);
        assert_eq!(user.post(path).json(&json!({"value": 1})).await.status, 404);
        assert_eq!(user.delete(path).await.status, 404);
    }
    assert_eq!(user.get("/api/v1/products/x/rating").await.status, 400);
    for method in [Method::POST, Method::DELETE] {
        let nobody = app.anonymous().call(method, RATING).text(r#"{"value":1}"#).await;
        assert_eq!(nobody.status, 401);
    }
    assert_eq!(app.database.count("select count(*) from product_ratings").await, 1);
    assert_eq!(app.staff().await.delete("/api/v1/products/9").await.status, 204);
    assert_eq!(app.anonymous().get(RATING).await.status, 404);
    assert_eq!(user.post(RATING).json(&json!({"value": 1})).await.status, 404);
    assert_eq!(user.delete(RATING).await.status, 404);
}

#[tokio::test]
async fn a_rating_has_an_etag_of_each_reader() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let etag = user.post(RATING).json(&json!({"value": 1})).await;
    assert_eq!(etag.status, 201);
    let etag = user.get(RATING).await.header("etag").to_owned();
    assert_ne!(etag, app.anonymous().get(RATING).await.header("etag"));
    assert_eq!(user.get(RATING).header("if-none-match", &etag).await.status, 304);
    assert_eq!(app.other_user().await.post(RATING).json(&json!({"value": 1})).await.status, 201);
    assert_eq!(user.delete(RATING).header("if-match", &etag).await.status, 412);
    let now = user.get(RATING).await.header("etag").to_owned();
    assert_eq!(user.delete(RATING).header("if-match", &now).await.status, 200);
}

#[tokio::test]
async fn a_key_rates_once_and_is_replayed() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let keyed = |value: i32| user.post(RATING).header("idempotency-key", "k1").json(&json!({"value": value}));
    let first = keyed(2).await;
    assert_eq!(user.post(RATING).json(&json!({"value": 5})).await.status, 201);
    let again = keyed(2).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(summary(&user.get(RATING).await).2, 5, "a replay changes nothing");
    assert_eq!(keyed(3).await.status, 422);
}

#[tokio::test]
async fn a_hundred_raters_at_once_lose_nothing() {
    let app = TestApp::start().await;
    let many = "insert into users (uuid, username, email, password_hash)
        select gen_random_uuid(), 'rater' || n, 'rater' || n || '@agora.example', password_hash
        from users, generate_series(1, 100) as n
        where username = 'johnd'";
    app.database.client().batch_execute(many).await.expect("runs");
    let mut raters = Vec::new();
    for n in 1..=100 {
        let body = Credentials { username: format!("rater{n}"), password: "m38rmF$".to_owned() };
        let login: Login = app.anonymous().post("/api/v1/auth/login").json(&body).await.body_at(200);
        raters.push(app.anonymous().with_token(&login.access));
    }
    // All users concurrently rate and rate again; one in five then deletes the rating.
    let calls: Vec<_> = (0_i64..)
        .zip(raters)
        .map(|(n, rater)| {
            tokio::spawn(async move {
                for value in [(n + 3) % 6, n % 6] {
                    let response = rater.post(RATING).json(&json!({"value": value})).until_served().await;
                    assert_eq!(response.status, 201, "{}", response.text());
                }
                if n % 5 == 0 {
                    assert_eq!(rater.delete(RATING).until_served().await.status, 200);
                    let response = rater.post(RATING).json(&json!({"value": n % 6})).until_served().await;
                    assert_eq!(response.status, 201, "{}", response.text());
                }
            })
        })
        .collect();
    for call in calls {
        call.await.expect("is served");
    }
    let sum: i64 = (0..100).map(|n| n % 6).sum();
    assert_eq!(app.database.count("select rating_count from products where id = 9").await, 100);
    assert_eq!(app.database.count("select rating_sum from products where id = 9").await, sum);
    assert_eq!(app.database.count(DRIFT).await, 0);
    assert_eq!(summary(&app.anonymous().get(RATING).await).1, 100);
}

#[tokio::test]
async fn one_person_at_many_places_has_one_rating() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let calls: Vec<_> = (0..60)
        .map(|n| {
            let user = app.anonymous().with_token(user.token().expect("signed in"));
            tokio::spawn(async move {
                let call = match n % 3 {
                    0 => user.delete(RATING),
                    _ => user.post(RATING).json(&json!({"value": n % 6})),
                };
                call.until_served().await.status.as_u16()
            })
        })
        .collect();
    for call in calls {
        let status = call.await.expect("answers");
        assert!([200, 201, 404].contains(&status), "{status}");
    }
    assert_eq!(app.database.count(DRIFT).await, 0);
    assert!(app.database.count("select rating_count from products where id = 9").await <= 1);
}

#[tokio::test]
async fn ratings_are_listed_by_user_and_end_with_their_account_or_their_product() {
    let app = TestApp::start().await;
    let (user, other, staff) = (app.user().await, app.other_user().await, app.staff().await);
    let nobody = app.anonymous();
    let ratings = async |target: &str| nobody.get(target).await.body_at::<Vec<UserRating>>(200);
    assert!(ratings(RATINGS).await.is_empty());
    for (value, client) in [(5, &user), (1, &other)] {
        assert_eq!(client.post(RATING).json(&json!({"value": value})).await.status, 201);
    }
    let listed = nobody.get(RATINGS).await;
    assert_json_snapshot!("ratings", listed.json(), {"[].created_at" => "[time]"});
    assert_eq!(listed.header("x-total-count"), "2");
    let product: Product = nobody.get("/api/v1/products/9").await.body_at(200);
    assert_eq!(ratings(&format!("/api/v1/products/{}/ratings", product.uuid)).await.len(), 2);

    assert_eq!(user.post(RATING).json(&json!({"value": 2})).await.status, 201);
    let first = nobody.get(&format!("{RATINGS}?limit=1&cursor=start")).await;
    let page: Vec<UserRating> = first.body_at(200);
    assert_eq!((page.len(), page[0].value, page[0].updated_at.is_some()), (1, 2, true));
    assert!(first.header("link").contains("rel=\"next\""), "{}", first.header("link"));

    let other_id = ratings(RATINGS).await[1].user_id;
    assert_eq!(staff.delete(&format!("/api/v1/users/{other_id}")).await.status, 204);
    let left = ratings(RATINGS).await;
    assert_eq!((left[1].user_id, left[1].username.as_deref(), left[1].value), (other_id, None, 1));

    assert_eq!(staff.delete("/api/v1/products/9").await.status, 204);
    assert_eq!(nobody.get(RATINGS).await.status, 404);
    assert_eq!(nobody.get("/api/v1/products/999/ratings").await.status, 404);
}
