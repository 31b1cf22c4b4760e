//! Product reads: lists by page, cursor and category, and single products.

use agora_api::models::{Product, ProductPage};
use agora_harness::{TestApp, TestResponse};
use insta::assert_json_snapshot;
use serde_json::json;
use std::collections::BTreeSet;

const PRODUCTS: &str = "/api/v1/products";
fn page(response: &TestResponse) -> ProductPage {
    response.body_at(200)
}

fn target(uri: &str) -> &str {
    let path = uri.find("/api/").expect("a path of the API");
    &uri[path..]
}

#[tokio::test]
async fn one_product_is_the_same_bytes_under_every_name_of_its_path() {
    let app = TestApp::start().await;
    let first = app.anonymous().get("/api/v1/products/1").await;
    assert_json_snapshot!("product", first.json());
    let uuid = first.json()["uuid"].as_str().expect("a uuid").to_owned();
    for path in [
        "/api/products/1/",
        "/api/products/1",
        "/v1/products/1",
        "/api/v1/products/1/",
        &format!("/api/v1/products/{uuid}"),
    ] {
        let response = app.anonymous().get(path).await;
        assert_eq!(response.body, first.body, "{path}");
        assert_eq!(response.header("etag"), first.header("etag"));
    }
}

#[tokio::test]
async fn products_that_are_not_there_are_404_and_odd_ids_400() {
    let app = TestApp::start().await;
    for id in ["999", "0198c0de-0000-7000-8000-000000000999"] {
        let response = app.anonymous().get(&format!("{PRODUCTS}/{id}")).await;
        assert_eq!(response.status, 404, "{id}");
    }
    for id in ["abc", "0", "01", "-1", "1.5", "99999999999999999999", "%00", "%ff", "1%20"] {
        let response = app.anonymous().get(&format!("{PRODUCTS}/{id}")).await;
        assert_eq!(response.status, 400, "{id}");
    }
    app.database
        .client()
        .batch_execute("update products set deleted_at = app_now() where id = 1")
        .await
        .expect("runs");
    assert_eq!(app.anonymous().get("/api/v1/products/1").await.status, 404);
    assert_eq!(page(&app.anonymous().get(PRODUCTS).await).count, 19);
}

#[tokio::test]
async fn the_list_has_twenty_products_and_six_in_electronics() {
    let app = TestApp::start().await;
    let all = app.anonymous().get(PRODUCTS).await;
    assert_eq!((page(&all).count, page(&all).results.len()), (20, 10));
    assert_eq!(all.header("x-total-count"), "20");
    let electronics = page(&app.anonymous().get("/api/products/?category=electronics").await);
    assert_eq!((electronics.count, electronics.results.len()), (6, 6));
    assert!(electronics.results.iter().all(|product| product.category.as_deref() == Some("electronics")));
    let unknown = page(&app.anonymous().get("/api/v1/products?category=unknown").await);
    assert_eq!((unknown.count, unknown.results.len()), (0, 0));
}

#[tokio::test]
async fn page_two_of_five_links_to_its_neighbours() {
    let app = TestApp::start().await;
    let response = app.anonymous().get("/api/v1/products?page=2&limit=5").await;
    let second = page(&response);
    let ids: Vec<i64> = second.results.iter().map(|product| product.id).collect();
    assert_eq!(ids, [6, 7, 8, 9, 10]);
    let link = |page| format!("{}/api/v1/products?limit=5&page={page}", app.base);
    assert_eq!((second.next, second.previous), (Some(link(3)), Some(link(1))));
    assert_eq!(response.header("link"), format!("<{}>; rel=\"next\", <{}>; rel=\"prev\"", link(3), link(1)));
    let last = app.anonymous().get("/api/v1/products?page=4&limit=5").await;
    assert_eq!(page(&last).next, None);
    let beyond = page(&app.anonymous().get("/api/v1/products?page=9&limit=5").await);
    assert_eq!((beyond.count, beyond.results.len(), beyond.next), (20, 0, None));
}

#[tokio::test]
async fn parameters_out_of_bounds_are_reported_by_name() {
    let app = TestApp::start().await;
    for (query, field) in [
        ("page=0", "page"),
        ("page=x", "page"),
        ("page=-1", "page"),
        ("limit=0", "limit"),
        ("limit=1000", "limit"),
        ("limit=", "limit"),
        ("page=5000&limit=100", "page"),
        ("page=1&page=2", "page"),
        ("page=1&cursor=start", "cursor"),
        ("cursor=forged", "cursor"),
        ("colour=red", "colour"),
        ("category=%00", "category"),
    ] {
        let problem = app.anonymous().get(&format!("{PRODUCTS}?{query}")).await.problem_at(400);
        let fields =
            problem.error.details["fields"].as_object().expect("fields").keys().cloned().collect::<Vec<_>>();
        assert_eq!(fields, [field], "{query}");
    }
    let two = app.anonymous().get("/api/v1/products?page=0&limit=0&colour=red").await.problem_at(400);
    assert_json_snapshot!("query_faults", two.error.details);
}

#[tokio::test]
async fn a_walk_by_cursor_sees_each_product_once_and_leads_back() {
    let app = TestApp::start().await;
    let mut target_now = "/api/v1/products?limit=7&cursor=start".to_owned();
    let (mut seen, mut before_last) = (Vec::new(), None);
    loop {
        let page = page(&app.anonymous().get(&target_now).await);
        seen.extend(page.results.iter().map(|product| product.id));
        let Some(next) = page.next else { break };
        before_last = Some(page.results.iter().map(|product| product.id).collect::<Vec<_>>());
        target_now = target(&next).to_owned();
    }
    assert_eq!(seen, (1..=20).collect::<Vec<i64>>());
    let last = page(&app.anonymous().get(&target_now).await);
    let back = page(&app.anonymous().get(target(&last.previous.expect("a page before"))).await);
    assert_eq!(Some(back.results.iter().map(|product| product.id).collect::<Vec<_>>()), before_last);
    assert!(back.next.is_some());
}

#[tokio::test]
async fn a_walk_by_cursor_keeps_its_filter_and_is_good_for_that_list_only() {
    let app = TestApp::start().await;
    let first =
        page(&app.anonymous().get("/api/v1/products?category=electronics&limit=4&cursor=start").await);
    let next = target(first.next.as_deref().expect("two more")).to_owned();
    let second = page(&app.anonymous().get(&next).await);
    let ids: Vec<i64> = first.results.iter().chain(&second.results).map(|product| product.id).collect();
    assert_eq!(ids.len(), 6);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 6);
    let stolen = next.replace("category=electronics", "category=jewelery");
    assert_eq!(app.anonymous().get(&stolen).await.status, 400);
}

#[tokio::test]
async fn products_by_categories_knows_three_cases() {
    let app = TestApp::start().await;
    let by = |query: &str| app.anonymous().get(&format!("/api/products/by-categories/{query}"));
    let both = by("?categoryIds=1,2").await;
    assert_eq!(both.body_at::<Vec<Product>>(200).len(), 8);
    assert_eq!(both.header("x-total-count"), "8");
    for spelling in ["?categoryIds=1&categoryIds=2", "?categoryIds=1&categoryIds=2,1", "?categoryIds=1%2C2"] {
        assert_eq!(by(spelling).await.body, both.body, "{spelling}");
    }
    for empty in ["", "?categoryIds="] {
        assert!(by(empty).await.body_at::<Vec<Product>>(200).is_empty());
    }
    let unknown = by("?categoryIds=1,999,998,999").await.problem_at(400);
    assert_eq!(unknown.detail, "Some category IDs do not exist");
    assert_eq!(
        serde_json::to_value(&unknown.error.details).expect("JSON"),
        serde_json::json!({"missing": [998, 999]})
    );
    for bad in ["?categoryIds=a,b", "?categoryIds=1,,2", "?categoryIds=1&limit=1&limit=2", "?categoryIds=1.5"]
    {
        assert_eq!(by(bad).await.status, 400, "{bad}");
    }
    let second = by("?categoryIds=1,2&limit=3&page=2").await;
    let ids: Vec<i64> = second.body_at::<Vec<Product>>(200).iter().map(|product| product.id).collect();
    assert_eq!(ids, [4, 5, 6]);
    assert!(second.header("link").contains("page=3") && second.header("link").contains("page=1"));
}

#[tokio::test]
async fn what_the_caller_has_is_304() {
    let app = TestApp::start().await;
    for target in [
        "/api/v1/products/1",
        "/api/v1/products?limit=3",
        "/api/v1/categories",
        "/api/v1/products/by-categories?categoryIds=1",
    ] {
        let first = app.anonymous().get(target).await;
        let etag = first.header("etag").to_owned();
        for known in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
            let again = app.anonymous().get(target).header("if-none-match", &known).await;
            assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{target} {known}");
            assert_eq!(again.header("etag"), etag);
        }
        assert_eq!(app.anonymous().get(target).header("if-none-match", "\"other\"").await.status, 200);
    }
}

#[tokio::test]
async fn beyond_ten_thousand_the_count_is_an_estimate_and_only_cursors_go_on() {
    let app = TestApp::start().await;
    let many = "insert into products (uuid, title, description, price, owner_id)
        select gen_random_uuid(), 'thing ' || n, 'one of many', 1, 1 from generate_series(1, 10100) as n;
        analyze products";
    app.database.client().batch_execute(many).await.expect("runs");
    let response = app.anonymous().get("/api/v1/products?page=100&limit=100").await;
    assert_eq!(response.header("x-total-count-estimated"), "true");
    let count = page(&response).count;
    assert!((10_001..=10_500).contains(&count), "{count}");
    let next = page(&response).next.expect("there are more");
    assert!(next.contains("cursor="), "{next}");
    let beyond = page(&app.anonymous().get(target(&next)).await);
    assert_eq!(beyond.results.len(), 100);
    assert_eq!(app.anonymous().get("/api/v1/products?page=101&limit=100").await.status, 400);
}

#[tokio::test]
async fn a_store_lists_the_products_of_its_user() {
    let app = TestApp::start().await;
    let (user, anonymous) = (app.user().await, app.anonymous());
    let store = "/api/v1/users/johnd/products";
    let ids = |response: &TestResponse| {
        let products: Vec<Product> = response.body_at(200);
        products.into_iter().map(|product| product.id).collect::<Vec<_>>()
    };
    let listed = anonymous.get(store).await;
    assert_eq!((ids(&listed), listed.header("x-total-count")), (vec![1, 11], "2"));
    assert_eq!(ids(&anonymous.get(&format!("{store}?limit=1&page=2")).await), [11]);
    assert_eq!(ids(&anonymous.get(&format!("{store}?limit=1&page=10000")).await), [0; 0]);
    let changed = user.patch("/api/v1/products/11").json(&json!({"title": "Bench"})).await;
    assert_eq!(changed.status, 200);
    let listed: Vec<Product> = anonymous.get(store).await.body_at(200);
    assert!(listed[1].title == "Bench" && listed[1].updated_at.is_some());
    assert_eq!(user.post("/api/v1/products/1/archive").await.status, 200);
    assert_eq!(ids(&anonymous.get(store).await), [11]);
    assert_eq!(ids(&user.get(store).await), [11], "the shelf is the same for all");
    let stock = json!({"available": 0});
    assert_eq!(user.put("/api/v1/products/11/stock").json(&stock).await.status, 200);
    assert_eq!(ids(&anonymous.get(store).await), [11], "a sold out product stays");
}
