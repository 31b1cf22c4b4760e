//! Cursor pagination while the list changes.

use std::collections::BTreeMap;

use agora_api::models::ProductPage;
use agora_harness::{Client, Staff, TestApp};

#[tokio::test]
async fn a_walk_sees_each_product_once_while_others_come_and_go() {
    walked_under_change(1_000, 100).await;
}

#[tokio::test]
#[ignore = "takes minutes; run by ./justw test-large"]
async fn a_walk_sees_each_of_ten_thousand_once_while_a_thousand_others_come_and_go() {
    walked_under_change(10_000, 1_000).await;
}

/// Walks over `staying` products while `passing` others are deleted and as many are created.
async fn walked_under_change(staying: usize, passing: usize) {
    let app = TestApp::start().await;
    // Every eleventh product is deleted, so that the gaps are spread over the whole walk.
    let insert = format!(
        "insert into products (uuid, title, description, price, owner_id)
         select gen_random_uuid(), case when n % 11 = 0 then 'going' else 'staying' end, '', 1, 1
         from generate_series(1, {}) as n",
        staying + passing
    );
    app.database.client().batch_execute(&insert).await.expect("runs");
    let going = "select array_agg(id order by md5(id::text)) from products where title = 'going'";
    let going: Vec<i64> = app.database.client().query_one(going, &[]).await.expect("runs").get(0);
    assert_eq!(going.len(), passing);
    let staff = app.staff().await;
    let changing = tokio::spawn(async move { change(&staff, &going).await });
    // One walk is shorter than the change, so walks are repeated until the change is complete.
    loop {
        let seen = walk(&app).await;
        let twice: Vec<_> = seen.iter().filter(|(_, (_, times))| *times > 1).collect();
        assert!(twice.is_empty(), "{twice:?}");
        assert_eq!(seen.values().filter(|(title, _)| title == "staying").count(), staying);
        if changing.is_finished() {
            break;
        }
    }
    changing.await.expect("all came and went");
    let left = app.anonymous().get("/api/v1/products?search=going&limit=1").await;
    assert_eq!(left.body_at::<ProductPage>(200).count, 0, "all of them went");
}

/// Returns title and number of sightings of each product in a walk, by id.
async fn walk(app: &TestApp) -> BTreeMap<i64, (String, usize)> {
    let mut seen = BTreeMap::new();
    let mut target = "/api/v1/products?limit=20&cursor=start".to_owned();
    loop {
        let page: ProductPage = app.anonymous().get(&target).until_served().await.body_at(200);
        for product in page.results {
            seen.entry(product.id).or_insert((product.title, 0)).1 += 1;
        }
        let Some(next) = page.next else { return seen };
        target = next[next.find("/api/").expect("a path of the API")..].to_owned();
    }
}

async fn change(staff: &Client<Staff>, going: &[i64]) {
    let coming = serde_json::json!({"title": "coming", "description": "new", "price": 1, "image": ""});
    for id in going {
        assert_eq!(staff.post("/api/v1/products").json(&coming).until_served().await.status, 201);
        assert_eq!(staff.delete(&format!("/api/v1/products/{id}")).until_served().await.status, 204);
    }
}
