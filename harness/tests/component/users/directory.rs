//! Reads of users, with an open and with a closed directory.

use agora_api::models::User;
use agora_harness::TestApp;
use insta::assert_json_snapshot;

use super::{USERS, ada, created};

const CLOSED: &[agora_harness::Setting] = &[("OPEN_DIRECTORY", "off")];

fn members(user: &serde_json::Value) -> Vec<&str> {
    let mut members: Vec<&str> = user.as_object().expect("an object").keys().map(String::as_str).collect();
    members.sort_unstable();
    members
}

const PUBLIC: [&str; 6] = ["avatar_url", "created_at", "id", "location", "username", "uuid"];

#[tokio::test]
async fn the_dataset_has_ten_users_in_the_shape_of_fakestore() {
    let app = TestApp::start().await;
    let response = app.anonymous().get("/api/users/").await;
    let users: Vec<User> = response.body_at(200);
    assert_eq!(users.iter().map(|user| user.id).collect::<Vec<_>>(), (1..=10).collect::<Vec<i64>>());
    assert_eq!(response.header("x-total-count"), "10");
    assert_json_snapshot!("user", app.anonymous().get("/api/users/1").await.json());
    for secret in ["password", "argon2", "m38rmF"] {
        assert!(!response.text().contains(secret), "{secret}");
    }
    let second = app.anonymous().get("/api/v1/users?page=2&limit=4").await;
    let ids: Vec<i64> = second.body_at::<Vec<User>>(200).iter().map(|user| user.id).collect();
    assert_eq!(ids, [5, 6, 7, 8]);
    let link = |page| format!("{}/api/v1/users?limit=4&page={page}", app.base);
    assert_eq!(second.header("link"), format!("<{}>; rel=\"next\", <{}>; rel=\"prev\"", link(3), link(1)));
    let beyond = app.anonymous().get("/api/v1/users?page=99&limit=4").await;
    assert!(beyond.body_at::<Vec<User>>(200).is_empty());
}

#[tokio::test]
async fn list_parameters_are_reported_by_name() {
    let app = TestApp::start().await;
    for (query, field) in [
        ("page=0", "page"),
        ("page=x", "page"),
        ("limit=101", "limit"),
        ("limit=1&limit=2", "limit"),
        ("page=5000&limit=100", "page"),
        ("cursor=x", "cursor"),
        ("page=1&cursor=start", "cursor"),
        ("role=admin", "role"),
    ] {
        let problem = app.anonymous().get(&format!("{USERS}?{query}")).await.problem_at(400);
        assert!(problem.error.details["fields"][field].is_array(), "{query}");
    }
}

#[tokio::test]
async fn a_user_is_found_by_id_uuid_and_name_whatever_its_case() {
    let app = TestApp::start().await;
    let by_id = app.anonymous().get("/api/v1/users/2").await;
    let user: User = by_id.body_at(200);
    for key in
        [user.uuid.to_string(), user.uuid.to_string().to_uppercase(), "mor_2314".into(), "MOR_2314".into()]
    {
        assert_eq!(app.anonymous().get(&format!("{USERS}/{key}")).await.body, by_id.body, "{key}");
    }
    let known = app.anonymous().get("/api/v1/users/2").header("if-none-match", by_id.header("etag")).await;
    assert_eq!(known.status, 304);
    for nobody in
        ["999", "0", "me", "99999999999999999999999", "01980000-0000-7000-8000-000000000000", "nobody"]
    {
        assert_eq!(app.anonymous().get(&format!("{USERS}/{nobody}")).await.status, 404, "{nobody}");
    }
    for wrong in ["-1", "a%00b", "a%2Fb", "%20", "%F0%9F%8C%B1", &"x".repeat(151)] {
        assert_eq!(app.anonymous().get(&format!("{USERS}/{wrong}")).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn staff_and_admins_are_known_to_themselves_and_to_staff_only() {
    for settings in [&[], CLOSED] {
        let app = TestApp::start_with(settings).await;
        let (user, staff, admin) = (app.user().await, app.staff().await, app.admin().await);
        for name in ["admin", "staff", "11", "12"] {
            let target = format!("{USERS}/{name}");
            assert_eq!(app.anonymous().get(&target).await.status, 404, "{name}");
            assert_eq!(user.get(&target).await.status, 404, "{name}");
            assert_eq!(staff.get(&target).await.status, 200, "{name}");
            assert_eq!(admin.get(&target).await.status, 200, "{name}");
        }
        for list in [user.get(USERS).await, staff.get(USERS).await] {
            let users: Vec<User> = list.body_at(200);
            assert!(users.iter().all(|user| !["admin", "staff"].contains(&user.username.as_str())));
            assert_eq!((users.len(), list.header("x-total-count")), (10, "10"));
        }
    }
}

#[tokio::test]
async fn a_closed_directory_shows_others_the_public_fields_only() {
    let app = TestApp::start_with(CLOSED).await;
    let (user, other, staff) = (app.user().await, app.other_user().await, app.staff().await);
    let seen = app.anonymous().get("/api/v1/users/1").await.json();
    assert_eq!(members(&seen), PUBLIC);
    assert_json_snapshot!("public_user", seen);
    assert_eq!(other.get("/api/v1/users/johnd").await.json(), seen);
    for whole in [user.get("/api/v1/users/1").await, staff.get("/api/v1/users/1").await] {
        assert_eq!(whole.json()["email"], "john@gmail.com");
        assert_eq!(whole.json()["address"]["city"], "kilcoole");
    }
    let list = app.anonymous().get(USERS).await.json();
    assert!(list.as_array().expect("a list").iter().all(|user| members(user) == PUBLIC));
    let mine = user.get(USERS).await.json();
    assert_eq!((&mine[0]["email"], &mine[1]["email"]), (&"john@gmail.com".into(), &serde_json::Value::Null));
    assert!(staff.get(USERS).await.json()[9]["email"].is_string());
    // The creator of another user does not see that user's e-mail address.
    assert_eq!(created(&user, &ada()).await.email, None);
}

#[tokio::test]
async fn a_deleted_user_is_nowhere_and_does_not_sign_in_and_what_they_sold_stays() {
    let app = TestApp::start().await;
    let user = app.user().await;
    assert_eq!(app.anonymous().get(USERS).await.header("x-total-count"), "10");
    assert_eq!(user.delete("/api/v1/users/johnd").await.status, 204);
    for key in ["1", "johnd"] {
        assert_eq!(app.anonymous().get(&format!("{USERS}/{key}")).await.status, 404);
        assert_eq!(app.staff().await.delete(&format!("{USERS}/{key}")).await.status, 404);
    }
    assert_eq!(app.anonymous().get(USERS).await.header("x-total-count"), "9");
    assert_eq!(super::login(&app, "johnd", "m38rmF$").await.status, 401);
    assert_eq!(super::login(&app, "john@gmail.com", "m38rmF$").await.status, 401);
    assert_eq!(app.anonymous().get("/api/v1/products/1").await.status, 200);
    // The token of the deleted user no longer changes anything.
    let late = user.post("/api/v1/users/me/addresses");
    let late = late.json(&serde_json::json!({"city": "a", "street": "b", "number": 1, "zipcode": "c"})).await;
    assert_eq!(late.status, 401);
    assert_eq!(
        app.database.count("select count(*) from addresses where user_id = 1 and deleted_at is null").await,
        0
    );
    // User name and e-mail address stay reserved: a new owner could be mistaken for the deleted user.
    let other = app.other_user().await;
    for (field, value) in [("username", "johnd"), ("email", "john@gmail.com")] {
        let body = super::with(ada(), &serde_json::json!({field: value}));
        let taken = other.post(USERS).json(&body).await;
        assert_eq!(taken.status, 409, "{field}");
        assert!(taken.json()["error"]["details"]["fields"][field].is_array(), "{}", taken.text());
    }
}
