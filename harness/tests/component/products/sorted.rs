//! Sorted and restricted lists: whichever way the server takes to a page, the page is that of a plain query.

use std::time::{Duration, Instant};

use agora_api::models::{Product, ProductPage, ProductState};
use agora_harness::{Client, TestApp, TestResponse};
use serde_json::json;

/// Deadline for the server to read the statistics, with headroom for a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// Number of rows up to which a filtered list is counted exactly.
const EXACT: usize = 1_000;
const PRODUCTS: &str = "/api/v1/products";

/// Adds 30,000 products. Prices repeat, and are highest in the one category; titles differ by accents and case.
const MANY: &str = "
    insert into products (uuid, title, description, price, owner_id, rating_sum, rating_count, state)
    select gen_random_uuid(),
        concat_ws(' ', (array['Émile', 'emil', 'Zebra', 'zèbre', '!?', 'Ant'])[1 + n % 6], 'ordinary', n % 977,
            case when n % 100 = 7 then 'seldom' end),
        case when n % 50 = 0 then 'frequent frequent seldom' else 'frequent' end,
        case when n % 10 = 0 then 500 + n % 400 else (n % 997) / 4.0 end, 1 + n % 3, n % 40, 8 + n % 9,
        case when n % 500 = 3 then 'DRAFT' when n % 500 = 4 then 'ARCHIVED' else 'ACTIVE' end
    from generate_series(1, 30000) as n;
    insert into product_categories (product_id, category_id, is_listed)
    select id, case when id % 10 = 0 then 3 else 2 end, state = 'ACTIVE' from products where id > 20;
    insert into product_tags (product_id, tag_id, is_listed)
    select id, 5, state = 'ACTIVE' from products where id > 20 and id % 7 = 0;
    update stock set available = 5, supplied = 5 where product_id > 20 and product_id % 11 <> 0;
    insert into stock_movements (product_id, kind, quantity)
    select product_id, 'SUPPLIED', 5 from stock where product_id > 20 and available > 0;";

const IN_CATEGORY: &str = "id in (select product_id from product_categories where category_id = 3)";
const WITH_TAG: &str = "id in (select product_id from product_tags where tag_id = 5)";
const SOLD_OUT: &str = "id in (select product_id from stock where available = 0)";

/// Filters as they are sent, and as plain conditions.
fn filters() -> Vec<(&'static str, String)> {
    [
        ("", "true".to_owned()),
        ("category=electronics", IN_CATEGORY.to_owned()),
        ("tag=computing", WITH_TAG.to_owned()),
        ("owner=johnd", "owner_id = 1".to_owned()),
        ("search=seldom", "search @@ 'seldom:*'".to_owned()),
        ("search=ordinary", "search @@ 'ordinary:*'".to_owned()),
        ("min_price=249&max_price=600.5", "price between 249 and 600.5".to_owned()),
        ("min_price=880", "price >= 880".to_owned()),
        ("max_price=0", "price <= 0".to_owned()),
        ("min_price=5&max_price=4", "false".to_owned()),
        ("state=SOLD_OUT", SOLD_OUT.to_owned()),
        ("state=ACTIVE", format!("not {SOLD_OUT}")),
        (
            "state=SOLD_OUT&category=electronics&max_price=700",
            format!("{SOLD_OUT} and {IN_CATEGORY} and price <= 700"),
        ),
        (
            "search=ordinary&tag=computing&min_price=100&owner=2",
            format!("search @@ 'ordinary:*' and {WITH_TAG} and price >= 100 and owner_id = 2"),
        ),
        ("category=nothing", "false".to_owned()),
    ]
    .into()
}

/// Orders as they are sent, and as plain ones.
const SORTS: &[(&str, &str)] = &[
    ("newest", "id desc"),
    ("price", "price, id"),
    ("-price", "price desc, id desc"),
    ("title", r#"left(search_form(title), 200) collate "C", id"#),
    ("-title", r#"left(search_form(title), 200) collate "C" desc, id desc"#),
    (
        "rating",
        "case when rating_count > 0 then rating_sum * 1000000 / rating_count else 0 end desc, id desc",
    ),
];

fn ids(response: &TestResponse) -> Vec<i64> {
    response.body_at::<ProductPage>(200).results.iter().map(|product| product.id).collect()
}

fn slice(all: &[i64], from: usize, count: usize) -> &[i64] {
    let from = from.min(all.len());
    &all[from..(from + count).min(all.len())]
}

async fn all(app: &TestApp, condition: &str, order: &str) -> Vec<i64> {
    let sql = format!("select id from products where is_listed and {condition} order by {order}");
    app.database.client().query(&sql, &[]).await.expect("runs").iter().map(|row| row.get(0)).collect()
}

/// Compares pages, counts and a walk by cursor, forwards and back.
async fn compare<A>(client: &Client<A>, target: &str, all: &[i64]) {
    for (page, limit) in [(1, 10), (3, 7)] {
        let response = client.get(&format!("{target}&page={page}&limit={limit}")).await;
        assert_eq!(ids(&response), slice(all, (page - 1) * limit, limit), "page {page} of {target}");
        let total: usize = response.header("x-total-count").parse().expect("a count");
        if all.len() <= EXACT {
            assert_eq!((total, response.header("x-total-count-estimated")), (all.len(), ""), "{target}");
        } else {
            assert!(total > EXACT && total <= 2 * all.len(), "{target}: {total} of {}", all.len());
            assert_eq!(response.header("x-total-count-estimated"), "true", "{target}");
        }
    }
    let first = client.get(&format!("{target}&cursor=start&limit=4")).await;
    assert_eq!(ids(&first), slice(all, 0, 4), "{target}");
    let Some(next) = first.body_at::<ProductPage>(200).next else { return };
    let next = client.get(&next[next.find("/api/").expect("a path")..]).await;
    assert_eq!(ids(&next), slice(all, 4, 4), "{target}");
    let back = next.body_at::<ProductPage>(200).previous.expect("there is one before");
    let back = client.get(&back[back.find("/api/").expect("a path")..]).await;
    assert_eq!(ids(&back), slice(all, 0, 4), "{target}");
}

async fn compare_all(app: &TestApp) {
    let client = app.anonymous();
    for (filter, condition) in filters() {
        for (sort, order) in SORTS {
            let all = all(app, &condition, order).await;
            compare(&client, &format!("{PRODUCTS}?{filter}&sort={sort}"), &all).await;
        }
        if !filter.starts_with("search") {
            let all = all(app, &condition, "id").await;
            compare(&client, &format!("{PRODUCTS}?{filter}"), &all).await;
        }
    }
}

#[tokio::test]
async fn every_sorted_list_is_that_of_a_plain_query() {
    let app = TestApp::start().await;
    app.database.client().batch_execute(MANY).await.expect("runs");
    // Nothing is known of the products yet: they are not analyzed.
    compare_all(&app).await;
    app.database.client().batch_execute("vacuum analyze").await.expect("runs");
    let app = app.restart().await;
    let deadline = Instant::now() + PATIENCE;
    let mut polls = tokio::time::interval(Duration::from_millis(50));
    // The first list makes the server read the statistics. With them it expects more matches than it would collect.
    loop {
        polls.tick().await;
        let response = app.anonymous().get(&format!("{PRODUCTS}?search=ordinary")).await;
        if response.header("x-total-count").parse::<u32>().is_ok_and(|count| count > 20_000) {
            break;
        }
        assert!(Instant::now() < deadline, "the statistics are not read");
    }
    compare_all(&app).await;
}

#[tokio::test]
async fn drafts_and_archived_products_are_listed_for_their_owner_and_staff() {
    let app = TestApp::start().await;
    let (owner, other, staff) = (app.user().await, app.other_user().await, app.staff().await);
    let made: Product = owner
        .post(PRODUCTS)
        .json(&json!({"title": "Bench", "description": "x", "price": 5, "image": "", "state": "DRAFT"}))
        .await
        .body_at(201);
    let archived = "/api/v1/products/1/archive";
    assert_eq!(owner.post(archived).await.status, 200);
    let drafts = format!("{PRODUCTS}?state=DRAFT");
    let shelved = format!("{PRODUCTS}?state=ARCHIVED");
    for (list, id, state) in
        [(&drafts, made.id, ProductState::ProductDraft), (&shelved, 1, ProductState::ProductArchived)]
    {
        for reader in [
            app.anonymous().with_token(owner.token().unwrap_or_default()),
            app.anonymous().with_token(staff.token().unwrap_or_default()),
        ] {
            let page: ProductPage = reader.get(list).await.body_at(200);
            let found: Vec<_> = page.results.iter().map(|product| (product.id, product.state)).collect();
            assert_eq!((found, page.count), (vec![(id, state)], 1), "{list}");
        }
        assert_eq!(ids(&other.get(list).await), [0; 0], "{list}");
        assert_eq!(ids(&app.anonymous().get(list).await), [0; 0], "{list}");
        assert_eq!(ids(&other.get(&format!("{list}&owner=johnd")).await), [0; 0], "{list}");
        assert_eq!(ids(&staff.get(&format!("{list}&owner=johnd")).await), [id], "{list}");
        assert_eq!(ids(&staff.get(&format!("{list}&owner=mor_2314")).await), [0; 0], "{list}");
        let facets = app.anonymous().get(&list.replace("?", "/facets?")).await.json();
        assert_eq!(facets["total"], 0, "{list}");
        assert_eq!(owner.get(&list.replace("?", "/facets?")).await.json()["total"], 1, "{list}");
    }
    assert_eq!(owner.delete(&format!("{PRODUCTS}/{}", made.id)).await.status, 204);
    assert_eq!(ids(&owner.get(&drafts).await), [0; 0], "a deleted draft is gone");
    let next = staff.get(&format!("{shelved}&cursor=start")).await;
    assert_eq!(ids(&next), [1]);
}

#[tokio::test]
async fn a_list_by_state_follows_the_stock() {
    let app = TestApp::start().await;
    let owner = app.user().await;
    let listed =
        async |state: &str| ids(&app.anonymous().get(&format!("{PRODUCTS}?limit=100&state={state}")).await);
    assert_eq!((listed("SOLD_OUT").await, listed("ACTIVE").await.len()), (vec![], 20));
    let stock = "/api/v1/products/1/stock";
    assert_eq!(owner.put(stock).json(&json!({"available": 0})).await.status, 200);
    assert_eq!((listed("SOLD_OUT").await, listed("ACTIVE").await.len()), (vec![1], 19));
    let made: Product = owner
        .post(PRODUCTS)
        .json(&json!({"title": "Bench", "description": "x", "price": 5, "image": ""}))
        .await
        .body_at(201);
    assert_eq!(listed("SOLD_OUT").await, [1, made.id], "a new product has no units");
    assert_eq!(owner.patch(stock).json(&json!({"delta": 1})).await.status, 200);
    assert_eq!(listed("SOLD_OUT").await, [made.id]);
    let differs = "select count(*) from (
        (select product_id from stock where available = 0 except select product_id from sold_out)
        union all
        (select product_id from sold_out except select product_id from stock where available = 0)
    ) as different";
    assert_eq!(app.database.count(differs).await, 0);
}

#[tokio::test]
async fn relevance_ranks_titles_and_tags_before_descriptions() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    let tag = staff.post("/api/v1/tags").json(&json!({"name": "gardening"})).await.json()["id"].clone();
    let make = async |title: &str, description: &str, tags: serde_json::Value| {
        let body = json!({"title": title, "description": description, "price": 1, "image": "", "tags": tags});
        staff.post(PRODUCTS).json(&body).await.body_at::<Product>(201).id
    };
    let described = make("Spade", "For gardening.", json!([])).await;
    let tagged = make("Rake", "Long.", json!([tag])).await;
    let titled = make("Gardening gloves", "Green.", json!([])).await;
    let newest = make("Hose", "Nothing but gardening in the description.", json!([])).await;
    let anonymous = app.anonymous();
    let by = async |sort: &str| ids(&anonymous.get(&format!("{PRODUCTS}?search=gardening{sort}")).await);
    assert_eq!(by("").await, [newest, titled, tagged, described], "newest first");
    assert_eq!(by("&sort=newest").await, by("").await);
    assert_eq!(by("&sort=relevance").await, [titled, tagged, newest, described]);
    let first =
        anonymous.get(&format!("{PRODUCTS}?search=gardening&sort=relevance&limit=1&cursor=start")).await;
    let mut walked = ids(&first);
    let mut next = first.body_at::<ProductPage>(200).next;
    while let Some(link) = next {
        let response = anonymous.get(&link[link.find("/api/").expect("a path")..]).await;
        walked.extend(ids(&response));
        next = response.body_at::<ProductPage>(200).next;
    }
    assert_eq!(walked, by("&sort=relevance").await);
    for without in ["sort=relevance", "sort=relevance&search=%20"] {
        let problem = anonymous.get(&format!("{PRODUCTS}?{without}")).await.problem_at(400);
        assert_eq!(problem.error.details["fields"]["search"][0]["rule"], "required", "{without}");
    }
    let excluded = anonymous.get(&format!("{PRODUCTS}?sort=relevance&search=-rake")).await;
    assert_eq!(ids(&excluded), [0; 0], "a search that only excludes finds nothing");
}

#[tokio::test]
async fn a_walk_by_price_neither_skips_nor_repeats_when_prices_change() {
    let app = TestApp::start().await;
    let anonymous = app.anonymous();
    let first = anonymous.get(&format!("{PRODUCTS}?sort=price&limit=5&cursor=start")).await;
    let seen = ids(&first);
    // The last product of the page becomes the most expensive one: the walk goes on from where it was.
    let raise = format!("update products set price = 99999999.99 where id = {}", seen[4]);
    app.database.client().batch_execute(&raise).await.expect("runs");
    let expected = all(&app, "true", "price, id").await;
    let next = first.body_at::<ProductPage>(200).next.expect("goes on");
    let next = anonymous.get(&next[next.find("/api/").expect("a path")..]).await;
    assert_eq!(ids(&next), slice(&expected, 4, 5));
    let other = next.body_at::<ProductPage>(200).next.expect("goes on").replace("sort=price", "sort=-price");
    let problem = anonymous.get(&other[other.find("/api/").expect("a path")..]).await.problem_at(400);
    assert_eq!(
        problem.error.details["fields"]["cursor"][0]["rule"], "forged",
        "a cursor belongs to one order"
    );
}

#[tokio::test]
async fn prices_are_compared_exactly() {
    let app = TestApp::start().await;
    let exact = async |query: &str| ids(&app.anonymous().get(&format!("{PRODUCTS}?{query}")).await);
    assert_eq!(exact("min_price=109.95&max_price=109.95").await, [1]);
    assert_eq!(exact("min_price=109.96&max_price=110").await, [0; 0]);
    assert_eq!(exact("min_price=999.99").await, [14]);
    for bad in
        ["min_price=-1", "min_price=1.001", "max_price=1e9", "min_price=NaN", "max_price=", "max_price=1,5"]
    {
        assert_eq!(app.anonymous().get(&format!("{PRODUCTS}?{bad}")).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn the_best_of_the_newest_matches_are_ranked_first() {
    let app = TestApp::start().await;
    let many = "
        insert into products (uuid, title, description, price, owner_id)
        select gen_random_uuid(), case when n in (1, 12000) then 'garden garden garden' else 'chair' end, 'garden', 1, 1
        from generate_series(1, 12000) as n";
    app.database.client().batch_execute(many).await.expect("runs");
    let response = app.anonymous().get(&format!("{PRODUCTS}?search=garden&sort=relevance&limit=2")).await;
    assert_eq!(ids(&response), [12_020, 12_019], "the oldest match is beyond the newest 10,000");
    assert_eq!(
        (response.header("x-total-count"), response.header("x-total-count-estimated")),
        ("12000", "true")
    );
}
