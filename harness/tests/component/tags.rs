//! Tags: staff manage them, owners give them to products, and everyone finds products by them.

use agora_api::models::{Product, ProductPage, Tag};
use agora_harness::{TestApp, TestResponse};
use serde_json::{Value, json};

const TAGS: &str = "/api/v1/tags";
const PRODUCTS: &str = "/api/v1/products";
const TRAVEL: &str = "019b8d7d-f1c0-7700-8000-000000000001";
const EVERYDAY: &str = "019b8d7d-f1c0-7700-8000-000000000002";

async fn tag(app: &TestApp, name: &str) -> Tag {
    app.staff().await.post(TAGS).json(&json!({"name": name})).await.body_at(201)
}

fn names(response: &TestResponse) -> Vec<String> {
    let tags: Vec<Tag> = response.body_at(200);
    tags.into_iter().map(|tag| tag.name).collect()
}

async fn found(app: &TestApp, query: &str) -> Vec<i64> {
    let page: ProductPage = app.anonymous().get(&format!("{PRODUCTS}?limit=100&{query}")).await.body_at(200);
    page.results.into_iter().map(|product| product.id).collect()
}

#[tokio::test]
async fn staff_manage_tags() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    let made = tag(&app, "Garden").await;
    let path = format!("{TAGS}/{}", made.id);
    assert_eq!((made.description.as_str(), made.updated_at), ("", None));
    assert_eq!(app.anonymous().get(&path).await.body_at::<Tag>(200), made);
    let body = json!({"name": "garden", "description": "x"});
    let replaced: Tag = staff.put(&path).json(&body).await.body_at(200);
    assert_eq!((&*replaced.name, &*replaced.description), ("garden", "x"));
    let same: Tag = staff.put(&path).json(&body).await.body_at(200);
    assert_eq!(same, replaced, "the same values leave the time of change");
    let patched: Tag = staff.patch(&path).json(&json!({"description": "y"})).await.body_at(200);
    assert_eq!((&*patched.name, &*patched.description), ("garden", "y"));
    for name in ["TRAVEL", "travel", "ｔｒａｖｅｌ"] {
        assert_eq!(staff.post(TAGS).json(&json!({"name": name})).await.status, 409, "{name}");
        assert_eq!(staff.patch(&path).json(&json!({"name": name})).await.status, 409, "{name}");
    }
    for call in [
        app.user().await.post(TAGS).json(&body),
        app.user().await.put(&path).json(&body),
        app.user().await.patch(&path).json(&body),
        app.user().await.delete(&path),
    ] {
        assert_eq!(call.await.status, 403);
    }
    assert_eq!(staff.delete(&path).await.status, 204);
    assert_eq!(staff.delete(&path).await.status, 404);
    assert_eq!(app.anonymous().get(&path).await.status, 404);
    assert_eq!(tag(&app, "garden").await.name, "garden", "the name is free again");
}

#[tokio::test]
async fn a_name_is_completed_by_its_beginning_then_by_similarity() {
    let app = TestApp::start().await;
    for name in ["gift wrap", "gif", "Gifts for him", "shift", "Größe", "50% off", "under_score"] {
        tag(&app, name).await;
    }
    let like = async |text: &str| names(&app.anonymous().get(&format!("{TAGS}?search={text}")).await);
    assert_eq!(like("gift").await, ["gift wrap", "gifts", "Gifts for him", "gif"]);
    assert_eq!(like("GIFTS").await[..2], ["gifts", "Gifts for him"], "the whole name comes first");
    assert_eq!(like("trvel").await, ["travel"], "a typing error");
    assert_eq!(like("GRÖSSE").await, ["Größe"]);
    assert_eq!(like("50%25").await, ["50% off"]);
    assert_eq!(like("under_").await, ["under_score"]);
    assert_eq!(like("%25").await, [""; 0]);
    assert_eq!(like("qqqq").await, [""; 0]);
    assert_eq!(like("%20").await.len(), 12, "a blank value has no effect");
    let page = app.anonymous().get(&format!("{TAGS}?search=gift&limit=2&page=2")).await;
    assert_eq!(
        (names(&page), page.header("x-total-count")),
        (vec!["Gifts for him".to_owned(), "gif".to_owned()], "4")
    );
    let first = app.anonymous().get(&format!("{TAGS}?search=gift&limit=3&cursor=start")).await;
    let link = first.header("link");
    let next = &link[link.find("/api/").expect("a path")..link.find('>').expect("an end")];
    assert_eq!(names(&app.anonymous().get(next).await), ["gif"]);
}

#[tokio::test]
async fn owners_tag_their_products_and_everyone_finds_them() {
    let app = TestApp::start().await;
    let owner = app.user().await;
    assert_eq!(found(&app, "tag=Travel").await, [1]);
    assert_eq!(found(&app, "tag=everyday").await, [2, 4, 18, 20]);
    assert_eq!(found(&app, "search=everyday").await, [20, 18, 4, 2], "words of tags are searched");
    let path = format!("{PRODUCTS}/1/tags/{EVERYDAY}");
    for _ in 0..2 {
        assert_eq!(owner.put(&path).await.status, 204, "a second time changes nothing");
    }
    assert_eq!(found(&app, "tag=everyday").await, [1, 2, 4, 18, 20]);
    assert_eq!(found(&app, "search=everyday travel").await, [1]);
    let read: Product = app.anonymous().get("/api/v1/products/1").await.body_at(200);
    assert!(read.updated_at.is_some());
    let tags: Vec<&str> = read.tags.iter().map(|tag| &*tag.name).collect();
    assert_eq!(tags, ["travel", "everyday"]);
    assert_eq!(app.other_user().await.put(&path).await.status, 403);
    assert_eq!(app.other_user().await.delete(&path).await.status, 403);
    let nothing = "0198c0de-0000-7000-8000-000000000799";
    assert_eq!(owner.put(&format!("{PRODUCTS}/1/tags/{nothing}")).await.status, 404);
    assert_eq!(owner.put(&format!("{PRODUCTS}/999/tags/{EVERYDAY}")).await.status, 404);
    assert_eq!(app.staff().await.delete(&path).await.status, 204);
    assert_eq!(owner.delete(&path).await.status, 404);
    assert_eq!(found(&app, "search=everyday").await, [20, 18, 4, 2]);
    // With other filters, and with a count.
    assert_eq!(found(&app, "tag=everyday&category=men's clothing").await, [2, 4]);
    assert_eq!(found(&app, "tag=everyday&owner=2").await, [2]);
    assert_eq!(found(&app, "tag=everyday&owner=2&category=men's clothing&search=slim").await, [2]);
    assert_eq!(found(&app, "tag=everyday&search=slim").await, [4, 2]);
    assert_eq!(found(&app, "tag=unknown").await, [0_i64; 0]);
    assert_eq!(found(&app, "tag=%20").await.len(), 20, "a blank value has no effect");
    let counted = app.anonymous().get(&format!("{PRODUCTS}?tag=everyday&limit=1")).await;
    assert_eq!(counted.header("x-total-count"), "4");
}

#[tokio::test]
async fn the_words_of_a_product_follow_its_tags() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    let made = tag(&app, "zibeline").await;
    let (path, relation) = (format!("{TAGS}/{}", made.id), format!("{PRODUCTS}/3/tags/{}", made.id));
    assert_eq!(staff.put(&relation).await.status, 204);
    assert_eq!(found(&app, "search=zibeline").await, [3]);
    let before: Product = app.anonymous().get("/api/v1/products/3").await.body_at(200);
    assert_eq!(staff.patch(&path).json(&json!({"name": "velvet"})).await.status, 200);
    assert_eq!((found(&app, "search=zibeline").await, found(&app, "search=velvet").await), (vec![], vec![3]));
    let after: Product = app.anonymous().get("/api/v1/products/3").await.body_at(200);
    assert_eq!(after.updated_at, before.updated_at, "the product itself did not change");
    assert_eq!(staff.delete(&path).await.status, 204);
    assert_eq!((found(&app, "search=velvet").await, found(&app, "tag=velvet").await), (vec![], vec![]));
    let read: Product = app.anonymous().get("/api/v1/products/3").await.body_at(200);
    assert!(read.tags.iter().all(|tag| tag.id != made.id));
    // Written directly to the database, as by another program.
    let behind = format!("insert into product_tags select 5, id from tags where uuid = '{TRAVEL}'");
    app.database.client().batch_execute(&behind).await.expect("runs");
    assert_eq!(found(&app, "search=travel -drive").await, [5, 1]);
}

#[tokio::test]
async fn products_are_created_and_changed_with_their_tags() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let body = json!({"title": "Chair", "description": "x", "price": 1, "image": ""});
    let with = |tags: Value| {
        let mut body = body.clone();
        body["tags"] = tags;
        body
    };
    let ids = |product: &Product| product.tags.iter().map(|tag| tag.id.to_string()).collect::<Vec<_>>();
    let made: Product = user.post(PRODUCTS).json(&with(json!([EVERYDAY, TRAVEL, TRAVEL]))).await.body_at(201);
    assert_eq!(ids(&made), [TRAVEL, EVERYDAY]);
    let path = format!("{PRODUCTS}/{}", made.id);
    assert_eq!(app.anonymous().get(&path).await.body_at::<Product>(200), made);
    assert_eq!(found(&app, "search=travel chair").await, [made.id]);
    let nothing = "0198c0de-0000-7000-8000-000000000799";
    for call in [user.post(PRODUCTS), user.put(&path), user.patch(&path)] {
        let refused = call.json(&with(json!([TRAVEL, nothing]))).await.problem_at(400);
        assert_eq!(refused.error.details["missing"], json!([nothing]));
    }
    let kept: Product = user.patch(&path).json(&json!({"price": 2})).await.body_at(200);
    assert_eq!(ids(&kept), [TRAVEL, EVERYDAY], "absent members are unchanged");
    assert_eq!(app.anonymous().get(&path).await.body_at::<Product>(200), kept);
    let object = json!({"tags": [{"id": TRAVEL, "name": "travel"}]});
    let patched: Product = user.patch(&path).json(&object).await.body_at(200);
    assert_eq!(ids(&patched), [TRAVEL]);
    assert_eq!(found(&app, "search=everyday").await, [20, 18, 4, 2]);
    let renamed = json!({"tags": [{"id": TRAVEL, "name": "journeys"}]});
    let refused = user.patch(&path).json(&renamed).await.problem_at(400);
    assert_eq!(refused.error.details["fields"]["tags.0.name"][0]["rule"], "stored");
    for call in [user.post(PRODUCTS), user.put(&path)] {
        let refused = call.json(&with(renamed["tags"].clone())).await.problem_at(400);
        assert_eq!(refused.error.details["fields"]["tags.0.name"][0]["rule"], "stored");
    }
    let replaced: Product = user.put(&path).json(&body).await.body_at(200);
    assert_eq!(replaced.tags, []);
    assert_eq!(user.delete(&path).await.status, 204);
    assert_eq!(found(&app, "tag=travel").await, [1]);
}

#[tokio::test]
async fn a_product_has_at_most_a_hundred_tags() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let many = "insert into tags (uuid, name) select gen_random_uuid(), 'tag ' || n from generate_series(1, 99) as n;
        insert into product_tags select 1, id from tags where name like 'tag %'";
    app.database.client().batch_execute(many).await.expect("runs");
    assert_eq!(user.put(&format!("{PRODUCTS}/1/tags/{TRAVEL}")).await.status, 204, "it has this one");
    let refused = user.put(&format!("{PRODUCTS}/1/tags/{EVERYDAY}")).await.problem_at(409);
    assert_eq!(refused.error.details["limit"], 100);
}

#[tokio::test]
async fn names_are_right_and_nothing_deadlocks_when_tags_and_products_change_at_once() {
    let app = TestApp::start().await;
    let (owner, staff) = (app.user().await, app.staff().await);
    let mut calls = tokio::task::JoinSet::new();
    for round in 0..8 {
        let name = if round % 2 == 0 { "journeys" } else { "travel" };
        calls.spawn(staff.patch(&format!("{TAGS}/{TRAVEL}")).json(&json!({"name": name})).until_recovered());
        let tags = if round % 2 == 0 { json!([TRAVEL, EVERYDAY]) } else { json!([EVERYDAY]) };
        for product in [1, 11] {
            let path = format!("{PRODUCTS}/{product}");
            calls.spawn(owner.patch(&path).json(&json!({"tags": tags})).until_recovered());
            calls.spawn(owner.put(&format!("{path}/tags/{TRAVEL}")).until_recovered());
            let turn = if round % 2 == 0 { "archive" } else { "publish" };
            calls.spawn(owner.post(&format!("{path}/{turn}")).until_recovered());
        }
    }
    for response in calls.join_all().await {
        assert!([200, 204].contains(&response.status.as_u16()), "{}", response.text());
    }
    let name = app.anonymous().get(&format!("{TAGS}/{TRAVEL}")).await.body_at::<Tag>(200).name;
    for product in [1, 11] {
        let read: Product = owner.get(&format!("{PRODUCTS}/{product}")).await.body_at(200);
        let tag = read.tags.iter().find(|tag| tag.id.to_string() == TRAVEL);
        assert!(tag.is_none_or(|tag| tag.name == name), "{:?}, and it is called {name}", read.tags);
    }
    let outdated = "select count(*) from products where tag_uuids <> array(
        select tags.uuid from product_tags join tags on tags.id = tag_id where product_id = products.id order by tags.id
    ) or tag_names <> array(
        select tags.name from product_tags join tags on tags.id = tag_id where product_id = products.id order by tags.id
    )";
    assert_eq!(app.database.count(outdated).await, 0);
}

#[tokio::test]
async fn a_tag_is_sent_back_as_it_was_read() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    let path = format!("{TAGS}/{TRAVEL}");
    let changed: Tag = staff.patch(&path).json(&json!({"description": "x"})).await.body_at(200);
    let read = app.anonymous().get(&path).await.json();
    assert_eq!(read, json!(changed));
    for call in [staff.put(&path), staff.patch(&path)] {
        assert_eq!(call.json(&read).await.json(), read);
    }
    let listed: Vec<Tag> = app.anonymous().get(TAGS).await.body_at(200);
    assert!(listed.contains(&changed));
    let mut other = read.clone();
    other["name"] = json!("everyday");
    assert_eq!(staff.put(&path).json(&other).await.status, 409);
    let last = app.anonymous().get(&format!("{TAGS}?page=10000&limit=1")).await;
    assert_eq!(names(&last), [""; 0]);
}

#[tokio::test]
async fn a_retry_of_a_write_of_tags_has_the_first_response() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    let (body, path) = (json!({"name": "garden"}), format!("{TAGS}/{TRAVEL}"));
    let relation = format!("{PRODUCTS}/1/tags/{EVERYDAY}");
    for (key, call) in [
        ("create", staff.post(TAGS).json(&body)),
        ("replace", staff.put(&path).json(&json!({"name": "journeys"}))),
        ("patch", staff.patch(&path).json(&json!({"name": "ways"}))),
        ("relation", staff.put(&relation)),
        ("archive", staff.post("/api/v1/products/3/archive")),
        ("publish", staff.post("/api/v1/products/3/publish")),
        ("stock", staff.put("/api/v1/products/3/stock").json(&json!({"available": 5}))),
        ("delta", staff.patch("/api/v1/products/3/stock").json(&json!({"delta": 5}))),
    ] {
        let call = call.header("idempotency-key", key);
        let retry = call.again();
        let (first, second) = (call.await, retry.await);
        assert!(first.status.is_success(), "{key}: {}", first.text());
        assert_eq!((second.status, &second.body), (first.status, &first.body), "{key}");
        assert_eq!(second.header("idempotency-replayed"), "true", "{key}");
    }
    let units = app.database.count("select available from stock where product_id = 3").await;
    assert_eq!(units, 10, "a retry adds nothing");
}
