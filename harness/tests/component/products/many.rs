//! Lists of many products: whichever way the server takes to a page, the page is that of a plain query.

use std::time::{Duration, Instant};

use agora_api::models::ProductPage;
use agora_harness::{TestApp, TestResponse};
use reqwest::Url;

/// Deadline for the server to read the statistics, with headroom for a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// Number of rows up to which a filtered list is counted exactly.
const EXACT: usize = 1_000;

/// Adds 30,000 products. Their words are on all, a fifth, a hundredth, three, and none of them together; on those that
/// were created first; and on so many of those that a search does not collect them.
const MANY: &str = "
    insert into products (uuid, title, description, price, owner_id)
    select gen_random_uuid(),
        concat_ws(' ', 'ordinary', case when n % 5 = 0 then 'frequent' end, case when n % 5 = 1 then 'usual' end,
            case when n % 100 = 7 then 'seldom' end, case when n % 10000 = 1234 then 'unique' end,
            case when n < 3000 then 'older' end, case when n < 15000 then 'ancient' end),
        '', 1, 1 + n % 2
    from generate_series(1, 30000) as n;
    insert into product_categories (product_id, category_id)
    select id, case when id % 3000 = 0 then 2 else 3 end from products where id > 20 and id % 10 = 0;";

const WORDS: &[&str] = &[
    "",
    "ordinary",
    "frequent",
    "seldom",
    "unique",
    "frequent usual",
    "seldom ordinary",
    "older",
    "ancient",
    "ordinary older",
    "nothing",
    "frequent -seldom",
    "seldom or unique",
];

/// Returns the query of PostgreSQL for words: the last one is a prefix.
fn query(words: &str) -> String {
    match words {
        "frequent -seldom" => "'frequent' & !'seldom'".to_owned(),
        "seldom or unique" => "'seldom' | 'unique':*".to_owned(),
        words => {
            let words: Vec<String> = words.split(' ').map(|word| format!("'{word}'")).collect();
            format!("{}:*", words.join(" & "))
        }
    }
}

/// Filters of one list.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    words: &'static str,
    category: Option<&'static str>,
    owner: Option<&'static str>,
}

impl Wanted {
    fn target(self, more: &[(&str, &str)]) -> String {
        let filters = [("search", Some(self.words).filter(|words| !words.is_empty()))];
        let filters = filters.into_iter().chain([("category", self.category), ("owner", self.owner)]);
        let filters = filters.filter_map(|(name, value)| Some((name, value?)));
        let url = Url::parse_with_params("http://x/", filters.chain(more.iter().copied())).expect("a URL");
        format!("/api/v1/products?{}", url.query().unwrap_or_default())
    }

    /// Returns the ids of the whole list, by a query without any cleverness.
    async fn ids(self, app: &TestApp) -> Vec<i64> {
        let mut sql = "select id from products where deleted_at is null".to_owned();
        if !self.words.is_empty() {
            sql += &format!(" and search @@ $${}$$::tsquery", query(self.words));
        }
        if let Some(category) = self.category {
            sql += &format!(
                " and id in (select product_id from product_categories join categories on id = category_id \
                 where name = '{category}')"
            );
        }
        if let Some(owner) = self.owner {
            sql += &format!(" and owner_id = (select id from users where '{owner}' in (id::text, username))");
        }
        sql += if self.words.is_empty() { " order by id" } else { " order by id desc" };
        let rows = app.database.client().query(&sql, &[]).await.expect("runs");
        rows.iter().map(|row| row.get(0)).collect()
    }
}

fn ids(response: &TestResponse) -> Vec<i64> {
    response.body_at::<ProductPage>(200).results.iter().map(|product| product.id).collect()
}

fn slice(all: &[i64], from: usize, count: usize) -> &[i64] {
    let from = from.min(all.len());
    &all[from..(from + count).min(all.len())]
}

async fn compare(app: &TestApp, wanted: Wanted) {
    let all = wanted.ids(app).await;
    let client = app.anonymous();
    for (page, limit) in [("1", 10), ("3", 7)] {
        let size = limit.to_string();
        let response = client.get(&wanted.target(&[("page", page), ("limit", &size)])).await;
        let from = (page.parse::<usize>().expect("a number") - 1) * limit;
        assert_eq!(ids(&response), slice(&all, from, limit), "page {page} of {wanted:?}");
        let total: usize = response.header("x-total-count").parse().expect("a count");
        let is_whole = wanted.words.is_empty() && wanted.category.is_none() && wanted.owner.is_none();
        if all.len() <= EXACT || is_whole && all.len() <= 10_000 {
            assert_eq!((total, response.header("x-total-count-estimated")), (all.len(), ""), "{wanted:?}");
        } else {
            assert_eq!(response.header("x-total-count-estimated"), "true", "{wanted:?}");
            assert!(total > EXACT, "{wanted:?}: {total}");
        }
    }
    let first = client.get(&wanted.target(&[("cursor", "start"), ("limit", "4")])).await;
    assert_eq!(ids(&first), slice(&all, 0, 4), "{wanted:?}");
    let Some(next) = first.body_at::<ProductPage>(200).next else { return };
    let next = client.get(&next[next.find("/api/").expect("a path")..]).await;
    assert_eq!(ids(&next), slice(&all, 4, 4), "{wanted:?}");
    let back = next.body_at::<ProductPage>(200).previous.expect("there is one before");
    let back = client.get(&back[back.find("/api/").expect("a path")..]).await;
    assert_eq!(ids(&back), slice(&all, 0, 4), "{wanted:?}");
}

async fn compare_all(app: &TestApp) {
    for words in WORDS {
        for category in [None, Some("electronics"), Some("jewelery")] {
            for owner in [None, Some("1"), Some("mor_2314")] {
                compare(app, Wanted { words, category, owner }).await;
            }
        }
    }
}

#[tokio::test]
async fn every_list_of_many_products_is_that_of_a_plain_query() {
    let app = TestApp::start().await;
    app.database.client().batch_execute(MANY).await.expect("runs");
    // Nothing is known of the products yet: they are not analyzed.
    compare_all(&app).await;
    app.database.client().batch_execute("vacuum analyze").await.expect("runs");
    let app = app.restart().await;
    let deadline = Instant::now() + PATIENCE;
    let mut polls = tokio::time::interval(Duration::from_millis(50));
    // The first search makes the server read the statistics. With them it expects more matches than it would collect.
    loop {
        polls.tick().await;
        let common = Wanted { words: "ordinary", category: None, owner: None };
        let response = app.anonymous().get(&common.target(&[])).await;
        if response.header("x-total-count").parse::<u32>().is_ok_and(|count| count > 20_000) {
            break;
        }
        assert!(
            Instant::now() < deadline,
            "the statistics are not read: {}",
            response.header("x-total-count")
        );
    }
    compare_all(&app).await;
    // The statistics are of the past now.
    let few = "update products set deleted_at = app_now() where owner_id = 2 and id > 100";
    app.database.client().batch_execute(few).await.expect("runs");
    compare(&app, Wanted { words: "", category: None, owner: Some("mor_2314") }).await;
}
