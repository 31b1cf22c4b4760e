//! Facets: how many of the products that filters select have each category, tag and price.

use agora_api::models::ProductFacets;
use agora_harness::TestApp;
use serde_json::{Value, json};

const FACETS: &str = "/api/v1/products/facets";

async fn facets(app: &TestApp, query: &str) -> ProductFacets {
    app.anonymous().get(&format!("{FACETS}?{query}")).await.body_at(200)
}

fn categories(facets: &ProductFacets) -> Vec<(&str, i64)> {
    facets.categories.iter().map(|facet| (&*facet.name, facet.count)).collect()
}

fn tags(facets: &ProductFacets) -> Vec<(&str, i64)> {
    facets.tags.iter().map(|facet| (&*facet.name, facet.count)).collect()
}

#[tokio::test]
async fn facets_count_what_the_list_has() {
    let app = TestApp::start().await;
    let all = facets(&app, "").await;
    assert_eq!((all.total, all.is_estimated), (20, false));
    assert_eq!(
        categories(&all),
        [("electronics", 6), ("women's clothing", 6), ("men's clothing", 4), ("jewelery", 4)]
    );
    assert_eq!(all.prices.iter().map(|facet| facet.count).sum::<i64>(), 20, "each product has one price");
    for query in [
        "category=electronics",
        "tag=computing",
        "search=cotton",
        "owner=johnd",
        "min_price=100&max_price=700",
        "category=electronics&min_price=100",
        "state=SOLD_OUT",
        "state=ACTIVE",
        "category=nothing",
        "search=-cotton",
    ] {
        let found = facets(&app, query).await;
        let list = app.anonymous().get(&format!("/api/v1/products?limit=100&{query}")).await.json();
        assert_eq!(json!(found.total), list["count"], "{query}");
        let products = list["results"].as_array().expect("products");
        let having = |member: &str, name: &str| {
            let has = |product: &&Value| {
                product[member].as_array().into_iter().flatten().any(|item| item["name"] == name)
            };
            i64::try_from(products.iter().filter(has).count()).expect("few")
        };
        for (name, count) in categories(&found) {
            assert_eq!(count, having("categories", name), "{query}: {name}");
        }
        for (name, count) in tags(&found) {
            assert_eq!(count, having("tags", name), "{query}: {name}");
        }
        let listed = products.iter().filter(|product| product["categories"] != json!([])).count();
        assert_eq!(found.categories.iter().map(|facet| facet.count).sum::<i64>() as usize, listed, "{query}");
        for band in &found.prices {
            let range = match &band.max {
                Some(max) => format!("min_price={}&max_price={}", json!(band.min), json!(max)),
                None => format!("min_price={}", json!(band.min)),
            };
            let kept: Vec<&str> = query.split('&').filter(|part| !part.contains("_price=")).collect();
            let within = facets(&app, &format!("{}&{range}", kept.join("&"))).await;
            assert!(within.total >= band.count, "{query}: a band can be sent as filters: {range}");
        }
    }
}

#[tokio::test]
async fn facets_of_bands_are_their_lists() {
    let app = TestApp::start().await;
    for band in facets(&app, "").await.prices {
        let range = match &band.max {
            Some(max) => format!("min_price={}&max_price={}", json!(band.min), json!(max)),
            None => format!("min_price={}", json!(band.min)),
        };
        assert_eq!(facets(&app, &range).await.total, band.count, "{range}");
    }
}

#[tokio::test]
async fn facets_of_many_products_are_estimates_of_their_sum() {
    let app = TestApp::start().await;
    let many = "
        insert into products (uuid, title, description, price, owner_id)
        select gen_random_uuid(), 'thing', 'x', n % 2000, 1 from generate_series(1, 12000) as n;
        insert into product_categories (product_id, category_id) select id, 1 + id % 2 from products where id > 20;
        insert into tags (uuid, name) select gen_random_uuid(), 'tag ' || n from generate_series(1, 30) as n;
        insert into product_tags (product_id, tag_id)
        select products.id, tags.id from products, tags where products.id > 11900 and tags.id > 5;
        insert into categories (uuid, name) values (gen_random_uuid(), 'novelties');
        insert into product_categories (product_id, category_id)
        select products.id, categories.id from products, categories where products.id > 11520 and name = 'novelties';
        analyze";
    app.database.client().batch_execute(many).await.expect("runs");
    let app = app.restart().await;
    let all = facets(&app, "").await;
    assert!(all.is_estimated && all.total > 10_000, "{}", all.total);
    let of_category = |name: &str| {
        let found = all.categories.iter().find(|facet| facet.name == name).map(|facet| facet.count);
        found.unwrap_or_default()
    };
    let (one, other) = (of_category("men's clothing"), of_category("jewelery"));
    assert!((one - other).abs() < 300 && (4_500..7_000).contains(&one), "{one} and {other}");
    assert_eq!(all.tags.len(), 20, "the most frequent ones");
    assert!(
        (400..800).contains(&of_category("novelties")),
        "what is new is counted: {}",
        of_category("novelties")
    );
    let store = "/api/v1/users/johnd/products";
    let listed = app.anonymous().get(store).await;
    assert_eq!(listed.header("x-total-count-estimated"), "true", "a store is counted up to 1,000");
    let same = app.anonymous().get(store).header("if-none-match", listed.header("etag")).await;
    assert_eq!((same.status.as_u16(), same.header("x-total-count-estimated")), (304, "true"));
    let exact = facets(&app, "max_price=3").await;
    assert_eq!((exact.total, exact.is_estimated), (24, false));
}
