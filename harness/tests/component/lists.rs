//! Rules that all lists share, such as cursors of plain arrays beyond the last page number.

use std::collections::BTreeSet;

use agora_harness::{Client, Staff, TestApp, TestResponse};
use serde_json::Value;

/// All plain arrays of the API that have at least one row in the dataset.
const ARRAYS: [&str; 8] = [
    "/api/v1/categories",
    "/api/v1/users",
    "/api/v1/users/me/addresses",
    "/api/v1/carts",
    "/api/v1/carts/users/1",
    "/api/v1/carts?userId=1",
    "/api/v1/products/by-categories?categoryIds=1,3",
    "/api/v1/registry/users",
];

/// Returns the target of a relation in the `Link` header.
pub fn link(response: &TestResponse, relation: &str) -> Option<String> {
    let header = response.headers.get("link")?.to_str().expect("is text");
    let end = format!(">; rel=\"{relation}\"");
    let target = header.split(", ").find_map(|one| one.strip_suffix(&end))?;
    Some(target[target.find("/api/").expect("a path of the API")..].to_owned())
}

fn rows(response: &TestResponse) -> Vec<Value> {
    response.body_at(200)
}

async fn with_records(app: &TestApp) -> Client<Staff> {
    let staff = app.staff().await;
    for (id, name) in [("18", "one"), ("26", "two"), ("34", "three")] {
        let body = serde_json::json!({"id": format!("{id:0>9}"), "name": name, "phone": "+16502530000", "address": "a"});
        assert_eq!(staff.post("/api/v1/registry/users").json(&body).await.status, 201, "{id}");
    }
    let address = serde_json::json!({"city": "mesa", "street": "main", "number": 1, "zipcode": "1"});
    for _ in 0..3 {
        assert_eq!(staff.post("/api/v1/users/me/addresses").json(&address).await.status, 201);
    }
    staff
}

#[tokio::test]
async fn every_array_is_walked_by_cursor_forth_and_back() {
    let app = TestApp::start().await;
    let client = with_records(&app).await;
    for array in ARRAYS {
        let whole = rows(&client.get(array).await);
        assert!(whole.len() > 1, "{array} has too few rows for a walk");
        let separator = if array.contains('?') { '&' } else { '?' };
        let mut target = format!("{array}{separator}limit=1&cursor=start");
        let mut seen = Vec::new();
        let last = loop {
            let response = client.get(&target).await;
            seen.extend(rows(&response));
            match link(&response, "next") {
                Some(next) => target = next,
                None => break response,
            }
        };
        assert_eq!(seen, whole, "{array}");
        let mut back = vec![whole.last().cloned().expect("a row")];
        let mut previous = link(&last, "prev");
        while let Some(target) = previous {
            let response = client.get(&target).await;
            back.extend(rows(&response));
            previous = link(&response, "prev");
        }
        back.reverse();
        assert_eq!(back, whole, "{array}, backwards");
    }
}

#[tokio::test]
async fn page_numbers_lead_on_by_cursor_where_they_end() {
    let app = TestApp::start().await;
    let more = "insert into categories (uuid, name)
        select gen_random_uuid(), 'more ' || n from generate_series(1, 10001) as n";
    app.database.client().batch_execute(more).await.expect("runs");
    let mut target = "/api/v1/categories?page=99".to_owned();
    let mut ids = BTreeSet::new();
    loop {
        let response = app.anonymous().get(&target).await;
        for row in rows(&response) {
            assert!(ids.insert(row["id"].as_i64()), "{row} is there twice");
        }
        let Some(next) = link(&response, "next") else { break };
        target = next;
    }
    assert_eq!(ids.len(), 10_005 - 9_800);
}

#[tokio::test]
async fn a_cursor_of_one_array_is_refused_by_another() {
    let app = TestApp::start().await;
    let next = link(&app.anonymous().get("/api/v1/categories?limit=1&cursor=start").await, "next");
    let cursor = next.expect("there are more").split_once("cursor=").expect("a cursor").1.to_owned();
    for array in ["/api/v1/users", "/api/v1/carts"] {
        let response = app.anonymous().get(&format!("{array}?cursor={cursor}")).await;
        assert_eq!(response.status, 400, "{array}");
    }
}

#[tokio::test]
async fn filters_that_a_form_sends_empty_are_none() {
    let app = TestApp::start().await;
    let all = app.anonymous().get("/api/v1/products").await;
    for query in ["category=", "owner=", "search=", "category=%20&owner=&search=%20"] {
        let response = app.anonymous().get(&format!("/api/v1/products?{query}")).await;
        assert_eq!(response.json()["results"], all.json()["results"], "{query}");
        assert_eq!(response.json()["count"], 20, "{query}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_named_by_the_id_that_was_sent() {
    let app = TestApp::start().await;
    let client = app.staff().await;
    let unknown = "0198c0de-0000-7000-8000-000000000999";
    let items = [
        "/api/v1/products/{}",
        "/api/v1/products/{}/rating",
        "/api/v1/categories/{}",
        "/api/v1/carts/{}",
        "/api/v1/carts/users/{}",
        "/api/v1/users/{}",
        "/api/v1/users/me/addresses/{}",
    ];
    for item in items {
        for id in ["999", "1000000000", "999999999999999999", unknown] {
            let path = item.replace("{}", id);
            let problem = client.get(&path).await.problem_at(404);
            assert_eq!(serde_json::json!(problem.error.details), serde_json::json!({"id": id}), "{path}");
        }
    }
    for (path, id) in
        [("/api/v1/users/nobody_here", "nobody_here"), ("/api/v1/registry/users/000000018", "000000018")]
    {
        let problem = client.get(path).await.problem_at(404);
        assert_eq!(serde_json::json!(problem.error.details), serde_json::json!({"id": id}), "{path}");
    }
    let digits = "9".repeat(30);
    let problem = client.get(&format!("/api/v1/users/{digits}")).await.problem_at(404);
    assert_eq!(serde_json::json!(problem.error.details), serde_json::json!({"id": digits}));
}
