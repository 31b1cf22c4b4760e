//! Product writes: created by any user, changed by their owner and by staff.

use agora_api::models::{Category, Product};
use agora_harness::{Call, Client, TestApp};
use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

const PRODUCTS: &str = "/api/v1/products";
/// Query for a digest of all products and their categories.
const DIGEST: &str = "select hashtextextended(
    (select string_agg(product::text, ',' order by id) from products as product)
    || (select string_agg(relation::text, ',' order by product_id, category_id) from product_categories as relation),
    0)";

fn chair() -> Value {
    json!({
        "title": "Garden chair",
        "description": "Folds <b>flat</b> & stays outside 🌱",
        "price": 39.9,
        "image": "https://example.com/chair.png",
        "categories": [3, 1],
    })
}

/// Returns the body of the chair with one field replaced.
fn with(field: &str, value: Value) -> Value {
    let mut body = chair();
    body[field] = value;
    body
}

async fn created<A>(client: &Client<A>) -> Product {
    client.post(PRODUCTS).json(&chair()).await.body_at(201)
}

fn path(product: &Product) -> String {
    format!("{PRODUCTS}/{}", product.id)
}

#[tokio::test]
async fn a_product_is_made_read_replaced_patched_and_deleted() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let response = user.post("/api/products/").json(&chair()).await;
    let product: Product = response.body_at(201);
    assert_eq!(response.header("location"), path(&product));
    assert_json_snapshot!("product_made", response.json(), {".uuid" => "[uuid]", ".created_at" => "[time]"});
    for id in [product.id.to_string(), product.uuid.to_string()] {
        assert_eq!(app.anonymous().get(&format!("{PRODUCTS}/{id}")).await.body, response.body);
    }
    assert_eq!(app.anonymous().get(PRODUCTS).await.json()["count"], 21);
    let untouched = user.patch(&path(&product)).json(&json!({})).await;
    assert_eq!((untouched.status.as_u16(), &untouched.body), (200, &response.body));
    let bench =
        json!({"title": "Bench", "description": "Of oak", "price": "0", "image": "", "categories": [2, 2]});
    let replaced = user.put(&path(&product)).json(&bench).await;
    assert_eq!(replaced.status, 200, "{}", replaced.text());
    let now = replaced.json();
    assert_json_snapshot!("product_replaced", now, {".uuid" => "[uuid]", ".created_at" => "[time]", ".updated_at" => "[time]"});
    assert!(replaced.body_at::<Product>(200).updated_at.is_some_and(|at| at > product.created_at));
    let read = app.anonymous().get(&path(&product)).await;
    assert_eq!((&read.body, read.header("etag")), (&replaced.body, replaced.header("etag")));
    assert_eq!(user.delete(&path(&product)).await.status, 204);
    assert_eq!(user.delete(&path(&product)).await.status, 404);
    assert_eq!(user.put(&path(&product)).json(&chair()).await.status, 404);
    assert_eq!(app.anonymous().get(&path(&product)).await.status, 404);
    assert_eq!(app.anonymous().get(PRODUCTS).await.json()["count"], 20);
    let row = format!("select count(*) from products where id = {} and deleted_at is not null", product.id);
    assert_eq!(app.database.count(&row).await, 1, "it is kept, and hidden");
}

#[tokio::test]
async fn every_field_is_stored_by_put_and_by_patch() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let product = created(&user).await;
    let changes = [
        ("title", json!("T"), json!("T")),
        ("description", json!("D"), json!("D")),
        ("price", json!("12.34"), json!(12.34)),
        ("image", json!("/media/x.png"), json!("/media/x.png")),
        ("categories", json!([2]), json!([{"id": 2, "name": "jewelery"}])),
    ];
    for method in [Method::PATCH, Method::PUT] {
        for (field, sent, shown) in &changes {
            let reset: Value = user.put(&path(&product)).json(&chair()).await.body_at(200);
            let body = if method == Method::PUT { with(field, sent.clone()) } else { json!({*field: sent}) };
            let mut after: Value = user.call(method.clone(), &path(&product)).json(&body).await.body_at(200);
            assert_eq!(after, app.anonymous().get(&path(&product)).await.json());
            assert_eq!(after[field], *shown, "{method} {field}");
            // Everything else is unchanged.
            for derived in [*field, "category", "updated_at"] {
                after[derived] = reset[derived].clone();
            }
            assert_eq!(after, reset, "{method} {field}");
        }
    }
}

#[tokio::test]
async fn prices_are_exact_numbers_or_texts_of_two_decimals() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let product = created(&user).await;
    let send = |text: &str| user.patch(&path(&product)).text(format!("{{\"price\":{text}}}"));
    let stored = format!("select (price * 100)::bigint from products where id = {}", product.id);
    for (text, cents) in [
        ("0", 0),
        ("-0.0", 0),
        ("0.01", 1),
        ("0.07", 7),
        ("0.29", 29),
        ("1.1", 110),
        ("19.99", 1999),
        ("109.95", 10_995),
        ("5e1", 5000),
        ("64.0", 6400),
        ("1.10", 110),
        ("99999999.99", 9_999_999_999),
        ("99999999.98", 9_999_999_998),
        (r#""0""#, 0),
        (r#""109.95""#, 10_995),
        (r#""7.5""#, 750),
        (r#""99999999.99""#, 9_999_999_999),
    ] {
        let response = send(text).await;
        assert_eq!(response.status, 200, "{text}: {}", response.text());
        assert_eq!(app.database.count(&stored).await, cents, "{text}");
    }
    let before = app.database.count(DIGEST).await;
    for (text, rule) in [
        ("0.001", "multipleOf"),
        ("10.005", "multipleOf"),
        ("99999999.985", "multipleOf"),
        ("-0.01", "minimum"),
        ("99999999.999", "maximum"),
        ("100000000", "maximum"),
        ("1e300", "maximum"),
        (r#""1.234""#, "pattern"),
        (r#""-1""#, "pattern"),
        (r#""100000000""#, "pattern"),
        (r#""""#, "pattern"),
        (r#"" 1""#, "pattern"),
        (r#""1e3""#, "pattern"),
        (r#""NaN""#, "pattern"),
        (r#""١""#, "pattern"),
        (r#""1\n""#, "pattern"),
        ("null", "type"),
        ("true", "type"),
        ("[1]", "type"),
        ("{}", "type"),
    ] {
        let problem = send(text).await.problem_at(400);
        let rules = &problem.error.details["fields"]["price"];
        assert!(
            rules.as_array().expect("faults").iter().any(|fault| fault["rule"] == rule),
            "{text}: {rules}"
        );
    }
    assert_eq!(app.database.count(DIGEST).await, before);
}

#[tokio::test]
async fn violations_of_a_body_are_reported_together_and_nothing_is_written() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let product = created(&user).await;
    let before = app.database.count(DIGEST).await;
    let many = json!({
        "title": "x".repeat(256), "description": "", "price": -1, "image": "javascript:alert(1)",
        "categories": [1, 1], "id": 7, "owner": {"id": 2}, "rating": {"rate": 5, "count": 1}, "category": "garden",
    });
    let reported = user.post(PRODUCTS).json(&many).await.problem_at(400);
    assert_json_snapshot!("product_faults", reported.error.details);
    let nothing = user.post(PRODUCTS).json(&json!({})).await.problem_at(400);
    assert_json_snapshot!("product_fields_missing", nothing.error.details);
    for (field, value, rule) in [
        ("title", json!(""), "minLength"),
        ("title", json!(" \t"), "format"),
        ("title", json!("é".repeat(256)), "maxLength"),
        ("title", json!("a\0b"), "nul"),
        ("title", Value::Null, "type"),
        ("description", json!("x".repeat(20_001)), "maxLength"),
        ("description", Value::Null, "type"),
        ("image", json!("no uri"), "pattern"),
        ("image", json!(format!("https://{}", "x".repeat(2048))), "maxLength"),
        ("image", Value::Null, "type"),
        ("categories", Value::Null, "type"),
        ("categories", json!(3), "type"),
        ("categories", json!((1..=101).collect::<Vec<_>>()), "maxItems"),
        ("colour", json!(3), "unknown"),
    ] {
        for call in [user.post(PRODUCTS), user.put(&path(&product)), user.patch(&path(&product))] {
            let problem = call.json(&with(field, value.clone())).await.problem_at(400);
            assert_eq!(problem.error.details["fields"][field][0]["rule"], rule, "{field}");
        }
    }
    // Read-only fields are unknown when a product is created; in an update they must equal the stored values.
    for (field, value) in [
        ("rating", json!({"rate": 5, "count": 1})),
        ("owner", json!({"id": 2, "username": "x"})),
        ("id", json!(3)),
    ] {
        for (call, rule) in [
            (user.post(PRODUCTS), "unknown"),
            (user.put(&path(&product)), "stored"),
            (user.patch(&path(&product)), "stored"),
        ] {
            let problem = call.json(&with(field, value.clone())).await.problem_at(400);
            assert_eq!(problem.error.details["fields"][field][0]["rule"], rule, "{field}");
        }
    }
    for wrong in [json!("x"), json!(1.5), json!(9_223_372_036_854_775_808_u64)] {
        assert_eq!(user.post(PRODUCTS).json(&with("categories", json!([wrong]))).await.status, 400);
    }
    let broken =
        user.post(PRODUCTS).text(r#"{"title":"\ud800","description":"x","price":1,"image":""}"#).await;
    assert_eq!(broken.status, 400);
    assert_eq!(user.post(PRODUCTS).header("content-type", "text/plain").body("x").await.status, 415);
    assert_eq!(user.post(PRODUCTS).text(" ".repeat(1_048_577)).await.status, 413);
    assert_eq!(app.database.count(DIGEST).await, before);
}

#[tokio::test]
async fn the_longest_texts_of_all_scripts_are_stored() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let longest: String = (0..20_000_u32).filter_map(|n| char::from_u32(0x4e00 + n % 20_000)).collect();
    let words: String =
        (0..20_000).map(|n| if n % 5 == 4 { ' ' } else { char::from(b'a' + (n * n % 26) as u8) }).collect();
    for description in [longest, "🌱".repeat(20_000), "x".repeat(20_000), words] {
        let mut body = with("description", json!(description));
        body["title"] = json!("é".repeat(255));
        let product: Product = user.post(PRODUCTS).json(&body).await.body_at(201);
        assert_eq!((product.title.chars().count(), &product.description), (255, &description));
    }
}

#[tokio::test]
async fn unknown_categories_are_reported_and_nothing_is_written() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let product = created(&user).await;
    assert_eq!(app.staff().await.delete("/api/v1/categories/4").await.status, 204);
    let before = app.database.count(DIGEST).await;
    let body = with("categories", json!([999, 1, 4, -7]));
    for call in [
        user.post(PRODUCTS).json(&body),
        user.put(&path(&product)).json(&body),
        user.patch(&path(&product)).json(&json!({"title": "half", "categories": [999, 4, -7]})),
        user.patch(&path(&product)).header("idempotency-key", "k").json(&json!({"categories": [999, 4, -7]})),
    ] {
        let problem = call.await.problem_at(400);
        assert_eq!(problem.detail, "Some category IDs do not exist");
        assert_eq!(
            serde_json::to_value(&problem.error.details).expect("JSON"),
            json!({"missing": [-7, 4, 999]})
        );
    }
    assert_eq!(app.database.count(DIGEST).await, before);
}

#[tokio::test]
async fn categories_are_replaced_as_a_whole_and_left_when_absent() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let product = created(&user).await;
    let ids = |product: &Product| product.categories.iter().map(|category| category.id).collect::<Vec<_>>();
    assert_eq!((ids(&product), product.category.as_deref()), (vec![1, 3], Some("men's clothing")));
    for (body, expected) in [
        (json!({"title": "renamed"}), vec![1, 3]),
        (json!({"categories": [3, 2]}), vec![2, 3]),
        (json!({"categories": [3, 2]}), vec![2, 3]),
        (json!({"categories": []}), vec![]),
        (json!({"categories": [4]}), vec![4]),
    ] {
        let after: Product = user.patch(&path(&product)).json(&body).await.body_at(200);
        assert_eq!(ids(&after), expected, "{body}");
    }
    let listed = app.anonymous().get("/api/v1/products?category=women's%20clothing&limit=100").await.json();
    let listed = listed["results"].as_array().expect("a list").iter().any(|one| one["id"] == product.id);
    assert!(listed);
    let mut without = chair();
    without.as_object_mut().expect("an object").remove("categories");
    let after: Product = user.put(&path(&product)).json(&without).await.body_at(200);
    assert_eq!((ids(&after), after.category), (vec![], None));
}

#[tokio::test]
async fn only_its_owner_and_staff_change_a_product() {
    let app = TestApp::start().await;
    let (owner, other) = (app.user().await, app.other_user().await);
    let product = created(&owner).await;
    let before = app.database.count(DIGEST).await;
    let body = |method: &Method, call: Call| {
        if *method == Method::DELETE { call } else { call.json(&with("title", json!("stolen"))) }
    };
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let anonymous = body(&method, app.anonymous().call(method.clone(), &path(&product))).await;
        assert_eq!(anonymous.status, 401, "{method}");
        let stranger = body(&method, other.call(method.clone(), &path(&product))).await;
        assert_eq!(stranger.status, 403, "{method}");
        let nowhere = body(&method, other.call(method.clone(), "/api/v1/products/999")).await;
        assert_eq!(nowhere.status, 404, "{method}");
    }
    assert_eq!(app.anonymous().post(PRODUCTS).text("{").await.status, 401);
    assert_eq!(app.database.count(DIGEST).await, before);
    for (title, client) in [
        ("by staff", app.staff().await.token().map(str::to_owned)),
        ("by admin", app.admin().await.token().map(str::to_owned)),
    ] {
        let client = app.anonymous().with_token(&client.expect("signed in"));
        let after: Product = client.patch(&path(&product)).json(&json!({"title": title})).await.body_at(200);
        assert_eq!(after.title, title);
        assert_eq!(after.owner.map(|owner| owner.username).as_deref(), Some("johnd"));
    }
    assert_eq!(owner.delete(&path(&product)).await.status, 204);
    assert_eq!(app.staff().await.delete("/api/v1/products/20").await.status, 204);
}

#[tokio::test]
async fn a_stale_etag_changes_nothing() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let product = created(&user).await;
    let etag = app.anonymous().get(&path(&product)).await.header("etag").to_owned();
    let rename = |title: &str, etag: &str| {
        user.patch(&path(&product)).header("if-match", etag).json(&json!({"title": title}))
    };
    let first = rename("once", &etag).await;
    assert_eq!(first.status, 200);
    let before = app.database.count(DIGEST).await;
    assert_eq!(rename("twice", &etag).await.status, 412);
    assert_eq!(user.put(&path(&product)).header("if-match", &etag).json(&chair()).await.status, 412);
    assert_eq!(user.delete(&path(&product)).header("if-match", &etag).await.status, 412);
    assert_eq!(app.database.count(DIGEST).await, before);
    assert_eq!(rename("twice", first.header("etag")).await.status, 200);
    assert_eq!(user.delete(&path(&product)).header("if-match", "*").await.status, 204);
}

#[tokio::test]
async fn of_many_changes_with_one_etag_one_is_made() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let product = created(&user).await;
    let etag = app.anonymous().get(&path(&product)).await.header("etag").to_owned();
    let calls: Vec<_> = (0..40)
        .map(|n| {
            // Only the categories change: they are part of the comparison under the lock as well.
            let body = json!({"categories": [1 + n % 2]});
            let call = user.patch(&path(&product)).header("if-match", &etag).json(&body);
            tokio::spawn(async move { call.until_served().await.status.as_u16() })
        })
        .collect();
    let mut statuses = Vec::new();
    for call in calls {
        statuses.push(call.await.expect("answers"));
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 39, "{statuses:?}");
}

#[tokio::test]
async fn no_product_keeps_a_category_that_is_removed_at_the_same_time() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for round in 0..10 {
        let category: Category = user
            .post("/api/v1/categories")
            .json(&json!({"name": format!("short-lived {round}")}))
            .await
            .body_at(201);
        let body = with("categories", json!([category.id]));
        let category_path = format!("/api/v1/categories/{}", category.id);
        let (one, two, gone) = tokio::join!(
            user.post(PRODUCTS).json(&body).into_future(),
            user.post(PRODUCTS).json(&body).into_future(),
            user.delete(&category_path).into_future()
        );
        assert_eq!(gone.status, 204);
        for response in [one, two] {
            assert!(matches!(response.status.as_u16(), 201 | 400), "{}", response.text());
        }
        let kept = format!("select count(*) from product_categories where category_id = {}", category.id);
        assert_eq!(app.database.count(&kept).await, 0);
    }
}

#[tokio::test]
async fn a_key_makes_one_product() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let keyed = |body: &Value| user.post(PRODUCTS).header("idempotency-key", "k1").json(body);
    let first = keyed(&chair()).await;
    let again = keyed(&chair()).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16(), &again.body), (201, 201, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(keyed(&with("title", json!("other"))).await.status, 422);
    assert_eq!(app.database.count("select count(*) from products").await, 21);
}
