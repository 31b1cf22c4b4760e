//! Search by title: every title finds its product.

use agora_api::models::{Product, ProductPage};
use agora_harness::{Proxy, TestApp};
use serde_json::json;

const PRODUCTS: &str = "/api/v1/products";

/// Words of seven scripts and more, composed and decomposed, with accents, ligatures, points and joiners.
const WORDS: [&str; 44] = [
    "Jacket",
    "éclair",
    "e\u{301}clair",
    "ÉCLAIR",
    "\u{fb01}sh",
    "STRASSE",
    "straße",
    "Łódź",
    "smørrebrød",
    "ＦＵＬＬ",
    "m²",
    "½",
    "3.5",
    "O'Neill",
    "İstanbul",
    "naïve",
    "Куртка",
    "йод",
    "ёлка",
    "Μπλούζα",
    "ΟΔΟΣ",
    "µF",
    "מעיל",
    "שָׁלוֹם",
    "צה״ל",
    "أحمد",
    "قميص",
    "می\u{200c}خواهم",
    "日本語",
    "がんばる",
    "か\u{3099}",
    "ｶﾞ",
    "衬衫",
    "한국",
    "\u{1112}\u{1161}\u{11ab}",
    "नमस्ते",
    "कि",
    "เสื้อ",
    "🌱",
    "👩\u{200d}🚀",
    "or",
    "OR",
    "and",
    "\u{1e030}",
];

/// Separators of words. A minus after a blank and directly before a word is omitted, since it excludes that word.
const BETWEEN: [&str; 38] = [
    " ",
    " ",
    " ",
    " - ",
    "-",
    " -- ",
    " \u{2013} ",
    "\u{2014}",
    "\u{2011}",
    "\u{a0}",
    "\u{a0}- ",
    "\u{3000}",
    "\u{202f}",
    " & ",
    "/",
    " \"",
    "\" ",
    "\"",
    " \u{201c}",
    "\u{201d} ",
    "\u{201e}",
    " \u{ab}",
    "\u{bb} ",
    "\u{2019}",
    "'",
    "% ",
    " 100% ",
    " (",
    ") ",
    ", ",
    ": ",
    "; ",
    "!",
    " + ",
    "|",
    "*",
    " <b>",
    "\\",
];

/// A random number generator with a fixed seed, the same in every run.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from((self.0 >> 32) % u64::from(bound)).expect("is below a bound of 32 bits")
    }

    fn one_of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(u32::try_from(texts.len()).expect("a short list")) as usize]
    }
}

/// Returns a title of several words, as a user could type it.
pub(super) fn title(dice: &mut Dice) -> String {
    let mut title = dice.one_of(&["", "", "\"", "- ", "¡", "“", "#", "  "]).to_owned();
    for _ in 0..=dice.below(7) {
        title.push_str(dice.one_of(&WORDS));
        title.push_str(dice.one_of(&BETWEEN));
    }
    title.push_str(dice.one_of(&WORDS));
    title.push_str(dice.one_of(&["", "", "", "!", "\"", " -", "™", "®", "%", "…", "\u{200b}", "\u{ad}"]));
    title
}

/// Returns titles with a number in front, which makes each unique.
fn titles(count: u32) -> Vec<String> {
    let mut dice = Dice::new(3);
    (0..count).map(|number| format!("n{number:05} {}", title(&mut dice))).collect()
}

/// Returns `true` if a search finds a product. A title with `or` also finds others, on several pages.
async fn finds(app: &TestApp, search: &str, id: i64) -> bool {
    let search = form_encoded(search);
    for page in 1.. {
        let response =
            app.anonymous().get(&format!("{PRODUCTS}?limit=100&page={page}&search={search}")).await;
        let found = response.body_at::<ProductPage>(200);
        if found.results.iter().any(|product| product.id == id) {
            return true;
        }
        if found.next.is_none() {
            break;
        }
    }
    false
}

fn form_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Returns the titles of all products that a search by title does not find.
async fn lost(app: &TestApp) -> Vec<String> {
    let all = "select id, title from products where deleted_at is null order by id";
    let mut lost = Vec::new();
    for row in app.database.client().query(all, &[]).await.expect("runs") {
        let title: &str = row.get("title");
        if !finds(app, title, row.get("id")).await {
            lost.push(title.to_owned());
        }
    }
    lost
}

/// Inserts products with these titles, unchanged, directly into the database.
async fn insert(app: &TestApp, titles: &[String]) {
    let insert = "insert into products (uuid, title, description, price, owner_id)
        select gen_random_uuid(), title, 'x', 1, 1 from unnest($1::text[]) as given (title)";
    app.database.client().execute(insert, &[&titles]).await.expect("runs");
    app.database.client().batch_execute("vacuum analyze products").await.expect("runs");
}

#[tokio::test]
async fn every_title_finds_its_product() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for title in titles(100) {
        let body = json!({"title": title, "description": "x", "price": 1, "image": ""});
        user.post(PRODUCTS).json(&body).await.body_at::<Product>(201);
    }
    insert(&app, &titles(200)).await;
    assert_eq!(lost(&app).await, Vec::<String>::new());
}

#[tokio::test]
async fn every_title_finds_its_product_in_production() {
    let app = TestApp::start_production(&[]).await;
    insert(&app, &titles(200)).await;
    assert_eq!(lost(&app).await, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "takes minutes; run by ./justw test-large"]
async fn every_one_of_10000_titles_finds_its_product_in_both_profiles() {
    // In small batches: the test checks correctness, not speed among many rows.
    for some in titles(10_000).chunks(500) {
        for app in [TestApp::start().await, TestApp::start_production(&[]).await] {
            insert(&app, some).await;
            assert_eq!(lost(&app).await, Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn a_search_knows_letters_in_every_form() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for (title, searches) in [
        ("Café ÉCLAIR", &["eclair", "cafe\u{301}", "CAFÉ éclair", "\"cafe eclair\""][..]),
        (
            "\u{201c}Gadget\u{201d}\u{a0}Pro\u{2011}Max",
            &["gadget", "pro max", "\u{201c}gadget pro\u{201d}", "Pro-Max"],
        ),
        ("so\u{ad}ft\u{200b}ware \u{200f}kit", &["software kit", "soft\u{200b}ware", "\u{200f}ki\u{ad}t"]),
        ("Ｗｉｄｅ \u{fb01}lter 47µF", &["wide filter 47\u{3bc}f"]),
        ("Łódź smørrebrød", &["lodz", "SMORREBROD"]),
    ] {
        let body = json!({"title": title, "description": "x", "price": 1, "image": ""});
        let id = user.post(PRODUCTS).json(&body).await.body_at::<Product>(201).id;
        for search in searches {
            assert!(finds(&app, search, id).await, "{search} in {title}");
        }
    }
    let body = json!({"title": "Pots 🌱", "description": "x", "price": 1, "image": ""});
    let id = user.post(PRODUCTS).json(&body).await.body_at::<Product>(201).id;
    assert!(finds(&app, "🌱", id).await);
    assert!(!finds(&app, "pots 🌲", id).await);
}

/// Returns the smallest number of round trips of a search. The first search prepares the statements.
async fn round_trips(app: &TestApp, proxy: &Proxy, search: &str) -> u64 {
    let mut least = u64::MAX;
    for _ in 0..20 {
        let before = proxy.round_trips();
        let response = app.anonymous().get(&format!("{PRODUCTS}?search={}", form_encoded(search))).await;
        response.body_at::<ProductPage>(200);
        least = least.min(proxy.round_trips() - before);
    }
    least
}

/// PostgreSQL raises a notice for each query without words, which would add a line to the log.
#[tokio::test]
async fn a_search_without_a_word_finds_nothing_and_asks_nothing_of_the_database() {
    let (app, proxy) = TestApp::start_counted().await;
    assert_eq!(round_trips(&app, &proxy, "jacket").await, 1);
    for search in ["?!", "\"\"", "- -", "'", "…"] {
        assert_eq!(round_trips(&app, &proxy, search).await, 0, "{search}");
        let response = app.anonymous().get(&format!("{PRODUCTS}?search={}", form_encoded(search))).await;
        let page: ProductPage = response.body_at(200);
        assert_eq!((page.count, page.results.len()), (0, 0), "{search}");
    }
}
