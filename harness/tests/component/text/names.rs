//! Names and passwords: equal in all spelling variants, with visible characters, and without deceptive ones.

use agora_harness::TestApp;
use serde_json::{Value, json};

const CATEGORIES: &str = "/api/v1/categories";

async fn category(app: &TestApp, name: &str) -> u16 {
    app.user().await.post(CATEGORIES).json(&json!({"name": name})).await.status.as_u16()
}

#[tokio::test]
async fn a_category_is_one_whatever_its_spelling_and_is_found_by_any() {
    let app = TestApp::start().await;
    assert_eq!(category(&app, "Café \u{fb01}ne").await, 201);
    for same in [
        "cafe\u{301} fine",
        "CAFÉ FINE",
        "café  fine",
        " café\u{a0}fine",
        "ｃafé fi\u{ad}ne",
        "caf\u{e9} fine\u{200b}",
    ] {
        assert_eq!(category(&app, same).await, 409, "{same:?}");
    }
    assert_eq!(category(&app, "cafe fine").await, 201, "accents count");
    let product = json!({"title": "x", "description": "x", "price": 1, "image": "", "categories": [5]});
    assert_eq!(app.user().await.post("/api/v1/products").json(&product).await.status, 201);
    for name in ["Caf%C3%A9%20%EF%AC%81ne", "CAFE%CC%81+FINE", "caf%C3%A9%C2%A0fine"] {
        for search in ["", "&search=x"] {
            let found = app.anonymous().get(&format!("/api/v1/products?category={name}{search}")).await;
            assert_eq!(found.json()["count"], 1, "{name}{search}");
        }
    }
}

#[tokio::test]
async fn text_is_composed_on_arrival() {
    let app = TestApp::start().await;
    let created = app.user().await.post(CATEGORIES).json(&json!({"name": "cafe\u{301}"})).await;
    assert_eq!(created.json()["name"], "caf\u{e9}");
    let stored = "select count(*) from categories where name = U&'caf\\00e9'";
    assert_eq!(app.database.count(stored).await, 1);
}

#[tokio::test]
async fn an_address_is_one_whatever_its_spelling_and_signs_in_by_any() {
    let app = TestApp::start().await;
    let register = |name: &str, email: &str, password: &str| {
        let body = json!({"username": name, "email": email, "password": password});
        app.anonymous().post("/api/v1/auth/register").json(&body)
    };
    assert_eq!(register("ada", "Remy@example.com", "caf\u{e9} cr\u{e8}me").await.status, 201);
    for same in ["remy@example.com", "REMY@EXAMPLE.COM"] {
        assert_eq!(register("other", same, "a-long-enough-secret").await.status, 409, "{same}");
        for password in ["caf\u{e9} cr\u{e8}me", "cafe\u{301} cre\u{300}me", "caf\u{e9}\u{a0}cr\u{e8}me"] {
            let login = json!({"username": same, "password": password});
            assert_eq!(
                app.anonymous().post("/api/v1/auth/login").json(&login).await.status,
                200,
                "{same} {password}"
            );
        }
        let wide =
            json!({"username": "\u{ff52}emy@ex\u{ad}ample.com", "password": "cafe\u{301} cre\u{300}me"});
        assert_eq!(app.anonymous().post("/api/v1/auth/login").json(&wide).await.status, 200);
        let login = json!({"username": same, "password": "cafe creme"});
        assert_eq!(app.anonymous().post("/api/v1/auth/login").json(&login).await.status, 401);
    }
}

#[tokio::test]
async fn what_shows_nothing_is_blank() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for blank in [" ", "\u{200b}", "\u{ad}\u{a0}", "\u{3164}", "\u{2800}", "\u{202e}"] {
        let refused = |body: &Value, field: &str| {
            let rules = &body["error"]["details"]["fields"][field];
            assert_eq!(rules[0]["rule"], "format", "{blank:?}: {body}");
            assert!(
                rules[0]["message"]
                    .as_str()
                    .is_some_and(|message| message.starts_with("must contain a visible character"))
            );
        };
        refused(&user.post(CATEGORIES).json(&json!({"name": blank})).await.json(), "name");
        let product = json!({"title": blank, "description": "x", "price": 1, "image": ""});
        refused(&user.post("/api/v1/products").json(&product).await.json(), "title");
        let list = app
            .anonymous()
            .get(&format!(
                "/api/v1/products?search={}",
                blank.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>()
            ))
            .await;
        assert_eq!(list.json()["count"], 20, "{blank:?}");
    }
}

#[tokio::test]
async fn names_hold_nothing_that_deceives_and_titles_anything() {
    let app = TestApp::start().await;
    for name in
        ["gar\u{202e}den", "gar\u{2066}den", "gar\nden", "gar\u{85}den", "garden\u{e0041}", "gar\u{206e}den"]
    {
        assert_eq!(category(&app, name).await, 400, "{name:?}");
        let person = json!({"name": {"firstname": name, "lastname": ""}});
        assert_eq!(app.user().await.patch("/api/v1/users/johnd").json(&person).await.status, 400, "{name:?}");
        let product = json!({"title": name, "description": name, "price": 1, "image": ""});
        let created = app.user().await.post("/api/v1/products").json(&product).await;
        assert_eq!((created.status.as_u16(), &created.json()["title"]), (201, &json!(name)));
    }
    for name in ["می\u{200c}خواهم", "\u{200f}גינה", "👩\u{200d}🚀"] {
        assert_eq!(category(&app, name).await, 201, "{name:?}");
    }
}
