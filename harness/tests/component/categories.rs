//! Categories: created by any user, changed by their owner and by staff.

use agora_api::models::{Category, ProblemCode, Product};
use agora_harness::{Client, TestApp};
use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

const CATEGORIES: &str = "/api/v1/categories";

async fn created<A>(client: &Client<A>, name: &str) -> Category {
    client.post(CATEGORIES).json(&json!({"name": name})).await.body_at(201)
}

fn path(category: &Category) -> String {
    format!("{CATEGORIES}/{}", category.id)
}

#[tokio::test]
async fn the_dataset_has_four() {
    let app = TestApp::start().await;
    let response = app.anonymous().get("/api/categories/").await;
    assert_json_snapshot!("categories", response.json());
    assert_eq!(response.header("x-total-count"), "4");
    let second = app.anonymous().get("/api/v1/categories?page=2&limit=3").await;
    assert_eq!(second.body_at::<Vec<Category>>(200).len(), 1);
    assert_eq!(
        second.header("link"),
        format!("<{}/api/v1/categories?limit=3&page=1>; rel=\"prev\"", app.base)
    );
}

#[tokio::test]
async fn a_category_is_made_read_replaced_patched_and_deleted() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let response = user.post(CATEGORIES).json(&json!({"name": "garden"})).await;
    let category: Category = response.body_at(201);
    assert_eq!(response.header("location"), path(&category));
    assert_json_snapshot!("category_made", response.json(), {".uuid" => "[uuid]", ".created_at" => "[time]"});
    let read = app.anonymous().get(&path(&category)).await;
    assert_eq!(read.body, response.body);
    let by_uuid = app.anonymous().get(&format!("{CATEGORIES}/{}", category.uuid)).await;
    assert_eq!(by_uuid.body, response.body);
    let replaced = user.put(&path(&category)).json(&json!({"name": "garden <b>&</b> 🌱"})).await;
    let after: Category = replaced.body_at(200);
    assert_eq!(after.name, "garden <b>&</b> 🌱");
    assert!(after.updated_at.is_some_and(|at| at > after.created_at));
    let patched = user.patch(&path(&category)).json(&json!({"name": "balcony"})).await;
    assert_eq!(patched.body_at::<Category>(200).name, "balcony");
    let untouched = user.patch(&path(&category)).json(&json!({})).await;
    assert_eq!(untouched.body, patched.body);
    assert_eq!(app.anonymous().get(&path(&category)).await.header("etag"), untouched.header("etag"));
    assert_eq!(user.delete(&path(&category)).await.status, 204);
    assert_eq!(user.delete(&path(&category)).await.status, 404);
    assert_eq!(app.anonymous().get(&path(&category)).await.status, 404);
    assert_eq!(app.anonymous().get(CATEGORIES).await.body_at::<Vec<Category>>(200).len(), 4);
}

#[tokio::test]
async fn products_of_a_deleted_category_only_lose_the_relation() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    assert_eq!(staff.delete("/api/v1/categories/3").await.status, 204);
    let product: Product = app.anonymous().get("/api/v1/products/9").await.body_at(200);
    assert_eq!((product.category, product.categories.len()), (None, 0));
    let list: Value = app.anonymous().get("/api/v1/products?category=electronics").await.body_at(200);
    assert_eq!(list["count"], 0);
    created(&staff, "electronics").await;
}

#[tokio::test]
async fn only_its_maker_and_staff_change_a_category() {
    let app = TestApp::start().await;
    let (maker, other, staff, admin) =
        (app.user().await, app.other_user().await, app.staff().await, app.admin().await);
    let category = created(&maker, "garden").await;
    let body = json!({"name": "stolen"});
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let call = |client: agora_harness::Call| {
            if method == Method::DELETE { client } else { client.json(&body) }
        };
        assert_eq!(call(app.anonymous().call(method.clone(), &path(&category))).await.status, 401);
        assert_eq!(call(other.call(method.clone(), &path(&category))).await.status, 403);
        let of_the_shop = call(other.call(method.clone(), "/api/v1/categories/1")).await;
        assert_eq!(of_the_shop.status, 403);
    }
    assert_eq!(app.anonymous().get(&path(&category)).await.json()["name"], "garden");
    assert_eq!(staff.patch(&path(&category)).json(&json!({"name": "by staff"})).await.status, 200);
    assert_eq!(admin.patch(&path(&category)).json(&json!({"name": "by admin"})).await.status, 200);
    assert_eq!(maker.delete(&path(&category)).await.status, 204);
}

#[tokio::test]
async fn an_anonymous_write_is_401_before_any_fault_of_the_body() {
    let app = TestApp::start().await;
    let before = app.database.count("select count(*) from categories").await;
    for body in ["{", r#"{"name":""}"#, r#"{"name":"a","name":"b"}"#, ""] {
        let response = app.anonymous().post("/api/v1/categories?odd=1").text(body).await;
        assert_eq!(response.status, 401, "{body}");
    }
    let wrong_type = app.anonymous().post(CATEGORIES).header("content-type", "text/plain").body("x").await;
    assert_eq!(wrong_type.status, 401);
    assert_eq!(app.database.count("select count(*) from categories").await, before);
}

#[tokio::test]
async fn violations_of_a_body_are_reported_together_and_nothing_is_written() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let digest =
        "select hashtextextended(string_agg(category::text, ',' order by id), 0) from categories as category";
    let before = app.database.count(digest).await;
    let two = user
        .post(CATEGORIES)
        .json(&json!({"name": "x".repeat(101), "id": 7, "colour": null}))
        .await
        .problem_at(400);
    assert_eq!(two.error.code, ProblemCode::ValidationError);
    assert_json_snapshot!("body_faults", two.error.details);
    for (body, field, rule) in [
        (r#"{"name":"a\u0000b"}"#, "name", "nul"),
        (r#"{"name":"a","name":"b"}"#, "name", "duplicate"),
        (r#"{"name":""}"#, "name", "minLength"),
        (r#"{"name":"  "}"#, "name", "format"),
        (r#"{"name":null}"#, "name", "type"),
        (r#"{"name":7}"#, "name", "type"),
        (r"{}", "name", "required"),
        (r"[]", "body", "type"),
        (r#"{"name":"a"} x"#, "body", "syntax"),
        ("", "body", "required"),
        ("\u{feff}{}", "name", "required"),
    ] {
        let problem = user.post(CATEGORIES).text(body).await.problem_at(400);
        assert_eq!(problem.error.details["fields"][field][0]["rule"], rule, "{body}");
    }
    assert_eq!(user.post(CATEGORIES).text(r#"{"name":"\ud800"}"#).await.status, 400);
    let deep = format!("{{\"name\":{}", "[".repeat(10_000));
    assert_eq!(user.post(CATEGORIES).text(deep).await.status, 400);
    assert_eq!(app.database.count(digest).await, before);
    assert_eq!(
        user.post(CATEGORIES).json(&json!({"name": "é".repeat(100)})).await.status,
        201,
        "characters, not bytes"
    );
}

#[tokio::test]
async fn a_name_is_one() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let category = created(&user, "garden").await;
    let again = user.post(CATEGORIES).json(&json!({"name": "electronics"})).await;
    assert_eq!(again.status, 409);
    assert_json_snapshot!("name_taken", again.json(), {".request_id" => "[id]"});
    for method in [Method::PUT, Method::PATCH] {
        let renamed = user.call(method, &path(&category)).json(&json!({"name": "electronics"})).await;
        assert_eq!(renamed.status, 409);
    }
    assert_eq!(user.delete(&path(&category)).await.status, 204);
    created(&user, "garden").await;
}

#[tokio::test]
async fn a_hundred_at_once_make_a_name_once() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let call = user.post(CATEGORIES).json(&json!({"name": "one of a kind"}));
            tokio::spawn(async move { call.until_served().await.status.as_u16() })
        })
        .collect();
    let statuses = all(calls).await;
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 99, "{statuses:?}");
}

#[tokio::test]
async fn of_many_renames_at_once_to_one_name_one_is_made() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut calls = Vec::new();
    for index in 0..30 {
        let category = created(&user, &format!("shelf {index}")).await;
        let call = user.patch(&path(&category)).json(&json!({"name": "The Shelf"}));
        calls.push(async move { call.until_served().await.status.as_u16() });
    }
    let statuses = all(calls.into_iter().map(tokio::spawn).collect()).await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 29, "{statuses:?}");
    assert_eq!(
        app.database.count("select count(*) from categories where lower(name) = 'the shelf'").await,
        1
    );
}

#[tokio::test]
async fn a_stale_etag_changes_nothing() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let category = created(&user, "garden").await;
    let etag = app.anonymous().get(&path(&category)).await.header("etag").to_owned();
    let rename = |name: &str, etag: &str| {
        user.patch(&path(&category)).header("if-match", etag).json(&json!({"name": name}))
    };
    let first = rename("balcony", &etag).await;
    assert_eq!(first.status, 200);
    let stale = rename("cellar", &etag).await;
    assert_json_snapshot!("stale", stale.json(), {".request_id" => "[id]", ".instance" => "[path]"});
    assert_eq!(stale.status, 412);
    assert_eq!(
        user.put(&path(&category)).header("if-match", &etag).json(&json!({"name": "cellar"})).await.status,
        412
    );
    assert_eq!(user.delete(&path(&category)).header("if-match", &etag).await.status, 412);
    let weak = format!("W/{}", first.header("etag"));
    assert_eq!(rename("cellar", &weak).await.status, 412);
    assert_eq!(app.anonymous().get(&path(&category)).await.json()["name"], "balcony");
    assert_eq!(rename("cellar", first.header("etag")).await.status, 200);
    assert_eq!(rename("attic", "*").await.status, 200);
    assert_eq!(user.delete("/api/v1/categories/999").header("if-match", "*").await.status, 404);
}

#[tokio::test]
async fn of_a_hundred_changes_with_one_etag_one_is_made() {
    let app = TestApp::start().await;
    let user = app.user().await;
    // On a fast machine a hundred may follow each other so closely that none of a single round meets another.
    for round in 0..5 {
        let category = created(&user, &format!("garden of round {round}")).await;
        let etag = app.anonymous().get(&path(&category)).await.header("etag").to_owned();
        let calls: Vec<_> = (0..100)
            .map(|n| {
                let body = json!({"name": format!("garden {n} of round {round}")});
                let call = user.patch(&path(&category)).header("if-match", &etag).json(&body);
                tokio::spawn(async move { call.until_served().await.status.as_u16() })
            })
            .collect();
        let statuses = all(calls).await;
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 99, "{statuses:?}");
    }
}

#[tokio::test]
async fn counts_follow_writes_at_once() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let count = async || app.anonymous().get(CATEGORIES).await.header("x-total-count").to_owned();
    assert_eq!(count().await, "4");
    let category = created(&user, "garden").await;
    assert_eq!(count().await, "5");
    assert_eq!(user.delete(&path(&category)).await.status, 204);
    assert_eq!(count().await, "4");
    // Written directly to the database, as by another replica: signed-in callers never see a cached count.
    let behind = "insert into categories (uuid, name) values (gen_random_uuid(), 'of another replica')";
    app.database.client().batch_execute(behind).await.expect("runs");
    assert_eq!(user.get(CATEGORIES).await.header("x-total-count"), "5");
}

async fn all(calls: Vec<tokio::task::JoinHandle<u16>>) -> Vec<u16> {
    let mut statuses = Vec::new();
    for call in calls {
        statuses.push(call.await.expect("answers"));
    }
    statuses
}
