//! Product search by words and by owner.

use agora_api::models::{Product, ProductPage};
use agora_harness::{TestApp, TestResponse};
use reqwest::Url;
use serde_json::json;

const PRODUCTS: &str = "/api/v1/products";

fn ids(response: &TestResponse) -> Vec<i64> {
    response.body_at::<ProductPage>(200).results.iter().map(|product| product.id).collect()
}

/// Returns the target of the list with these parameters, form-encoded.
fn list(parameters: &[(&str, &str)]) -> String {
    let url = Url::parse_with_params("http://x/api/v1/products", parameters).expect("a URL");
    format!("{PRODUCTS}?{}", url.query().unwrap_or_default())
}

fn target(uri: &str) -> &str {
    &uri[uri.find("/api/").expect("a path of the API")..]
}

async fn found(app: &TestApp, search: &str) -> Vec<i64> {
    ids(&app.anonymous().get(&list(&[("search", search), ("limit", "100")])).await)
}

/// Creates products with these titles and returns their ids.
async fn created(app: &TestApp, titles: &[&str]) -> Vec<i64> {
    let user = app.user().await;
    let mut ids = Vec::new();
    for title in titles {
        let body =
            json!({"title": title, "description": "zebra", "price": 1, "image": "", "categories": [2]});
        ids.push(user.post(PRODUCTS).json(&body).await.body_at::<Product>(201).id);
    }
    ids
}

#[tokio::test]
async fn words_are_found_in_title_and_description_newest_first() {
    let app = TestApp::start().await;
    let new = created(&app, &["Quilted Anorak", "Umber anorak, quilted", "Quilt"]).await;
    assert_eq!(found(&app, "anorak").await, [new[1], new[0]]);
    assert_eq!(found(&app, "ANORAK quilted").await, [new[1], new[0]]);
    assert_eq!(found(&app, "quilt").await, [new[2], new[1], new[0]], "the last word is a beginning");
    assert_eq!(found(&app, "quilt anorak").await, [0_i64; 0], "the others are whole");
    assert_eq!(found(&app, "zebra").await, [new[2], new[1], new[0]]);
    assert_eq!(found(&app, "\"quilted anorak\"").await, [new[0]]);
    assert_eq!(found(&app, "anorak -umber").await, [new[0]]);
    assert_eq!(found(&app, "umber or quilt ").await, [new[2], new[1], new[0]]);
    assert_eq!(found(&app, "quilt or umber").await, [new[2], new[1]]);
    assert_eq!(found(&app, "nothing like it").await, [0_i64; 0]);
}

#[tokio::test]
async fn a_minus_negates_only_directly_before_a_word() {
    let app = TestApp::start().await;
    let new = created(&app, &["Anorak - umber", "Anorak -- quilted", "Anorak"]).await;
    for (search, expected) in [
        ("anorak - umber", vec![new[0]]),
        ("anorak -- quilted", vec![new[1]]),
        ("- anorak", vec![new[2], new[1], new[0]]),
        ("anorak -", vec![new[2], new[1], new[0]]),
        ("anorak -umber", vec![new[2], new[1]]),
        ("-umber anorak", vec![new[2], new[1]]),
    ] {
        assert_eq!(found(&app, search).await, expected, "{search}");
    }
}

#[tokio::test]
async fn a_search_follows_changes_at_once() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let id = created(&app, &["Anorak"]).await[0];
    let path = format!("{PRODUCTS}/{id}");
    let count = async |search: &str| {
        let response = app.anonymous().get(&list(&[("search", search)])).await;
        (response.header("x-total-count").to_owned(), ids(&response).len())
    };
    assert_eq!(count("anorak").await, ("1".to_owned(), 1));
    assert_eq!(user.patch(&path).json(&json!({"title": "Parka"})).await.status, 200);
    assert_eq!(count("anorak").await, ("0".to_owned(), 0));
    assert_eq!(count("parka").await, ("1".to_owned(), 1));
    // Written directly to the database, as by another replica.
    let behind = "insert into products (uuid, title, description, price, owner_id)
        values (gen_random_uuid(), 'parka', 'x', 1, 1)";
    app.database.client().batch_execute(behind).await.expect("runs");
    assert_eq!(count("parka").await, ("2".to_owned(), 2));
    assert_eq!(user.delete(&path).await.status, 204);
    assert_eq!(count("parka").await, ("1".to_owned(), 1));
}

#[tokio::test]
async fn odd_searches_are_never_an_error() {
    let app = TestApp::start().await;
    created(&app, &["Red/blue t-shirt's 3.0 (new_one)", "日本語 кириллица naïve"]).await;
    for text in [
        "'",
        "\"",
        "\"a",
        "a\"",
        "\\",
        "&",
        "|",
        "!",
        "a & b",
        "a |",
        "!(a",
        "(((",
        "a:*",
        ":*",
        "a:b",
        "<->",
        "a <-> b",
        "-",
        "--",
        "- a",
        "-a -b",
        "or",
        "or or",
        "and",
        "a or",
        "%",
        "_",
        "*",
        "?!.,;",
        "\u{1}\u{7f}",
        "\u{202e}",
        "🌱",
        "🌱🌱 x",
        "²",
        "Ⅷ",
        "ि",
        "\u{ad}",
        "'; drop table products; --",
        "{}",
        "[]",
        "$1",
        "\t\n\r",
        "ſ",
        "İ",
    ] {
        let response = app.anonymous().get(&list(&[("search", text)])).await;
        assert_eq!(response.status, 200, "{text:?}: {}", response.text());
    }
    for text in ["x".repeat(200), "a ".repeat(100), "-a ".repeat(66), "\"".repeat(200), "🌱".repeat(200)] {
        assert_eq!(app.anonymous().get(&list(&[("search", &text)])).await.status, 200, "{text}");
    }
    for query in [
        "search=%00",
        "search=a%00b",
        "search=%ff",
        &format!("search={}", "x".repeat(201)),
        "search=a&search=b",
    ] {
        assert_eq!(app.anonymous().get(&format!("{PRODUCTS}?{query}")).await.status, 400, "{query}");
    }
    assert_eq!(found(&app, "?!.").await, [0_i64; 0], "no words, nothing found");
    for blank in ["", " ", "\t"] {
        assert_eq!(found(&app, blank).await.len(), 22, "no search at all");
    }
    for text in ["blue", "t-shirt", "T shirt", "shirt's", "3.0", "new_one", "new one", "red/blue", "(red"] {
        assert_eq!(found(&app, text).await.first(), Some(&21), "{text}");
    }
    for text in ["日本", "日本語", "кирилл", "naïve"] {
        assert_eq!(found(&app, text).await, [22], "{text}");
    }
}

#[tokio::test]
async fn a_search_is_walked_by_page_and_by_cursor_to_its_end_and_back() {
    let app = TestApp::start().await;
    let mut new =
        created(&app, &["anorak 1", "anorak 2", "anorak 3", "anorak 4", "anorak 5", "anorak 6", "anorak 7"])
            .await;
    new.reverse();
    let (mut seen, mut before) = (Vec::new(), Vec::new());
    let mut at = list(&[("search", "anorak"), ("limit", "3"), ("cursor", "start")]);
    loop {
        let response = app.anonymous().get(&at).await;
        let page: ProductPage = response.body_at(200);
        assert_eq!((page.count, page.previous.is_some()), (7, !seen.is_empty()));
        before.push(ids(&response));
        seen.extend(ids(&response));
        let Some(next) = page.next else { break };
        at = target(&next).to_owned();
    }
    assert_eq!(seen, new);
    let last: ProductPage = app.anonymous().get(&at).await.body_at(200);
    let back = app.anonymous().get(target(&last.previous.expect("a page before"))).await;
    assert_eq!(ids(&back), before[1]);
    let stolen = at.replace("anorak", "zebra");
    assert_eq!(app.anonymous().get(&stolen).await.status, 400, "a cursor is good for its own search");
    let second = app.anonymous().get(&list(&[("search", "anorak"), ("limit", "3"), ("page", "2")])).await;
    assert_eq!(ids(&second), before[1]);
    let page: ProductPage = second.body_at(200);
    assert!(page.next.is_some_and(|next| next.contains("search=anorak") && next.contains("page=3")));
    assert!(page.previous.is_some_and(|previous| previous.contains("page=1")));
    let end = app.anonymous().get(&list(&[("search", "anorak"), ("limit", "3"), ("page", "9")])).await;
    assert_eq!((ids(&end).len(), end.header("x-total-count")), (0, "7"));
}

#[tokio::test]
async fn a_search_goes_together_with_category_and_owner() {
    let app = TestApp::start().await;
    let new = created(&app, &["anorak"]).await;
    let both = |category: &str| list(&[("search", "anorak"), ("category", category)]);
    assert_eq!(ids(&app.anonymous().get(&both("jewelery")).await), new);
    for category in ["electronics", "unknown"] {
        let response = app.anonymous().get(&both(category)).await;
        assert_eq!((ids(&response).len(), response.header("x-total-count")), (0, "0"));
    }
    let of = |owner: &str| list(&[("search", "anorak"), ("owner", owner)]);
    assert_eq!(ids(&app.anonymous().get(&of("johnd")).await), new);
    assert_eq!(ids(&app.anonymous().get(&of("mor_2314")).await).len(), 0);
}

#[tokio::test]
async fn a_users_products_are_listed_by_id_uuid_and_name() {
    let app = TestApp::start().await;
    let uuid = app.database.client().query_one("select uuid::text from users where id = 1", &[]).await;
    let uuid: String = uuid.expect("runs").get(0);
    for owner in ["1", "johnd", "JohnD", &uuid] {
        let response = app.anonymous().get(&list(&[("owner", owner)])).await;
        assert_eq!((ids(&response), response.header("x-total-count")), (vec![1, 11], "2"), "{owner}");
    }
    for owner in ["999", "nobody", "0198c0de-0000-7000-8000-000000000999", "99999999999999999999", "'"] {
        assert_eq!(ids(&app.anonymous().get(&list(&[("owner", owner)])).await).len(), 0, "{owner}");
    }
    let first = app.anonymous().get(&list(&[("owner", "1"), ("limit", "1"), ("cursor", "start")])).await;
    let next = first.body_at::<ProductPage>(200).next.expect("one more");
    let second = app.anonymous().get(target(&next)).await;
    assert_eq!(ids(&second), [11]);
    let back = second.body_at::<ProductPage>(200).previous.expect("one before");
    assert_eq!(ids(&app.anonymous().get(target(&back)).await), [1]);
    assert_eq!(ids(&app.anonymous().get(&list(&[("owner", "1"), ("category", "jewelery")])).await).len(), 0);
}

#[tokio::test]
async fn a_search_reads_its_index() {
    let app = TestApp::start().await;
    let many = "insert into products (uuid, title, description, price, owner_id)
        select gen_random_uuid(), 'thing ' || n, 'one of many', 1, 1 from generate_series(1, 20000) as n";
    // Vacuum merges the new rows into the index. Until then they are in its pending list, which adds to the cost.
    for statement in [many, "vacuum analyze products", "set enable_seqscan = off"] {
        app.database.client().batch_execute(statement).await.expect("runs");
    }
    assert_eq!(found(&app, "thing 12345").await.len(), 1);
    let all = app.anonymous().get(&list(&[("search", "thing")])).await;
    assert_eq!(all.header("x-total-count-estimated"), "true");
    let plan = "explain select id from products
        where search @@ websearch_to_tsquery('simple', '12345') and is_listed";
    let plan = app.database.client().query(plan, &[]).await.expect("runs");
    let plan: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
    assert!(plan.join("\n").contains("products_search_idx"), "{plan:?}");
}
