//! Creating, updating and deleting users.

use agora_api::models::{ProblemCode, User};
use agora_harness::{Call, TestApp};
use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

use super::{DIGEST, USERS, ada, all, created, login, path, signed_in, with};

const WRITES: [Method; 3] = [Method::PUT, Method::PATCH, Method::DELETE];

/// Adds the body that the method needs to a call.
fn filled(method: &Method, call: Call) -> Call {
    match *method {
        Method::PUT => call.json(
            &json!({"email": "taken.over@example.com", "old_password": "m38rmF$", "username": "taken_over"}),
        ),
        Method::PATCH => call.json(&json!({"password": "a-stolen-account", "old_password": "m38rmF$"})),
        _ => call,
    }
}

#[tokio::test]
async fn a_user_is_made_read_replaced_patched_and_deleted() {
    let app = TestApp::start().await;
    let maker = app.user().await;
    let response = maker.post(USERS).json(&ada()).await;
    let user: User = response.body_at(201);
    assert_eq!(response.header("location"), path(&user));
    assert_json_snapshot!("user_made", response.json(), {".uuid" => "[uuid]", ".created_at" => "[time]"});
    assert_eq!(app.anonymous().get(&path(&user)).await.body, response.body);
    let own = signed_in(&app, "ada", "a-long-enough-secret").await;
    let patched = own
        .patch("/api/v1/users/ADA")
        .json(&json!({"location": "London", "name": {"lastname": "Lovelace"}, "address": {"number": 13}}))
        .await;
    assert_json_snapshot!("user_patched", patched.json(), {".uuid" => "[uuid]", ".created_at" => "[time]", ".updated_at" => "[time]"});
    assert_eq!(app.anonymous().get(&path(&user)).await.header("etag"), patched.header("etag"));
    let untouched = own.patch(&path(&user)).json(&json!({})).await;
    assert_eq!(untouched.body, patched.body);
    let replaced =
        own.put(&path(&user)).json(&json!({"email": "ada@example.org", "old_password": "a-long-enough-secret", "username": "countess"})).await;
    let after: User = replaced.body_at(200);
    assert_eq!(
        (after.username.as_str(), after.location, after.phone.as_deref()),
        ("countess", None, Some(""))
    );
    assert_eq!(replaced.json()["address"]["number"], 13, "what is absent of the addresses stays");
    assert_eq!(login(&app, "countess", "a-long-enough-secret").await.status, 200, "and so does the password");
    assert_eq!(own.delete(&path(&user)).await.status, 204);
    assert_eq!(own.delete(&path(&user)).await.status, 401, "their sessions end with them");
    assert_eq!(app.anonymous().get(&path(&user)).await.status, 404);
}

#[tokio::test]
async fn the_least_that_makes_a_user_is_email_name_and_password() {
    let app = TestApp::start().await;
    let body = json!({"email": "b@example.com", "username": "b", "password": "a-long-enough-secret"});
    let user = created(&app.user().await, &body).await;
    assert_eq!((user.address, user.phone.as_deref()), (Some(None), Some("")));
    let own = signed_in(&app, "b@example.com", "a-long-enough-secret").await;
    let partial =
        own.patch("/api/v1/users/b").json(&json!({"address": {"city": "mesa"}})).await.problem_at(400);
    assert_json_snapshot!("partial_first_address", partial.error.details);
    let address = json!({"city": "mesa", "street": "vally view ln", "number": 1342, "zipcode": "96378-0245"});
    let whole = own.patch("/api/v1/users/b").json(&json!({"address": address})).await;
    assert_eq!(whole.body_at::<Value>(200)["address"]["geolocation"], Value::Null);
}

#[tokio::test]
async fn a_changed_password_is_the_one_that_signs_in() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let response = user
        .patch("/api/v1/users/1")
        .json(&json!({"password": "another-good-secret", "old_password": "m38rmF$"}))
        .await;
    assert_eq!(response.status, 200);
    assert!(!response.text().contains("secret"));
    assert_eq!(login(&app, "johnd", "m38rmF$").await.status, 401);
    assert_eq!(login(&app, "johnd", "another-good-secret").await.status, 200);
    let hash = "select count(*) from users where id = 1 and password_hash like '$argon2id$%'";
    assert_eq!(app.database.count(hash).await, 1);
}

#[tokio::test]
async fn s6_users_are_not_written_by_the_public() {
    let app = TestApp::start().await;
    let other = app.other_user().await;
    let before = app.database.count(DIGEST).await;
    assert_eq!(app.anonymous().post(USERS).json(&ada()).await.status, 401);
    for method in WRITES {
        for target in ["/api/v1/users/1", "/api/v1/users/johnd", "/api/users/1/"] {
            let anonymous = filled(&method, app.anonymous().call(method.clone(), target)).await;
            assert_eq!(anonymous.status, 401, "{method} {target}");
            let stranger = filled(&method, other.call(method.clone(), target)).await;
            assert_eq!(stranger.status, 403, "{method} {target}");
        }
        let hidden = filled(&method, other.call(method.clone(), "/api/v1/users/admin")).await;
        assert_eq!(hidden.status, 404, "{method}: they may not know of the admin");
        let nobody = filled(&method, other.call(method.clone(), "/api/v1/users/999")).await;
        assert_eq!(nobody.status, 404, "{method}");
    }
    assert_eq!(app.database.count(DIGEST).await, before);
}

#[tokio::test]
async fn staff_change_users_and_admins_everybody_but_staff_no_staff() {
    let app = TestApp::start().await;
    let (staff, admin) = (app.staff().await, app.admin().await);
    let before = app.database.count(DIGEST).await;
    for method in WRITES {
        let response = filled(&method, staff.call(method.clone(), "/api/v1/users/admin")).await;
        assert_eq!(response.status, 403, "{method}");
    }
    assert_eq!(app.database.count(DIGEST).await, before);
    let phone = json!({"phone": "1"});
    assert_eq!(staff.patch("/api/v1/users/1").json(&phone).await.status, 200);
    assert_eq!(staff.patch("/api/v1/users/staff").json(&phone).await.status, 200, "themselves");
    assert_eq!(admin.patch("/api/v1/users/staff").json(&phone).await.status, 200);
    assert_eq!(admin.patch("/api/v1/users/1").json(&phone).await.status, 200);
    assert_eq!(staff.delete("/api/v1/users/1").await.status, 204);
    assert_eq!(admin.delete("/api/v1/users/staff").await.status, 204);
}

#[tokio::test]
async fn with_registration_closed_staff_alone_make_users() {
    let app = TestApp::start_with(&[("REGISTRATION_OPEN", "off")]).await;
    assert_eq!(app.user().await.post(USERS).json(&ada()).await.status, 403);
    assert_eq!(app.anonymous().post(USERS).json(&ada()).await.status, 401);
    created(&app.staff().await, &ada()).await;
    let second = with(ada(), &json!({"username": "b", "email": "b@example.com"}));
    created(&app.admin().await, &second).await;
}

#[tokio::test]
async fn s5_a_taken_user_name_or_address_is_reported_by_field() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mine = created(&user, &ada()).await;
    let staff = app.staff().await;
    let before = app.database.count(DIGEST).await;
    for (username, email, fields) in [
        ("JohnD", "new@example.com", vec!["username"]),
        ("newcomer", "JOHN@gmail.com", vec!["email"]),
        ("johnd", "morrison@gmail.com", vec!["email", "username"]),
        ("Admin", "new@example.com", vec!["username"]),
    ] {
        let taken = json!({"username": username, "email": email});
        for call in [
            user.post(USERS).json(&with(ada(), &taken)),
            staff.put(&path(&mine)).json(&taken),
            staff.patch(&path(&mine)).json(&taken),
        ] {
            let problem = call.await.problem_at(409);
            assert_eq!(problem.error.code, ProblemCode::Conflict);
            let reported = problem.error.details["fields"].as_object().expect("fields");
            assert_eq!(reported.keys().map(String::as_str).collect::<Vec<_>>(), fields, "{taken}");
        }
    }
    assert_eq!(app.database.count(DIGEST).await, before);
    let both = user.post(USERS).json(&with(ada(), &json!({"username": "ADA"}))).await;
    assert_json_snapshot!("both_taken", both.json(), {".request_id" => "[id]"});
    let same = staff.patch(&path(&mine)).json(&json!({"username": "aDa", "email": "ADA@EXAMPLE.COM"})).await;
    assert_eq!(same.body_at::<User>(200).username, "aDa", "one's own name in another case is no conflict");
}

#[tokio::test]
async fn s5_invalid_values_are_reported_and_nothing_is_written() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let before = app.database.count(DIGEST).await;
    let place = |field: &str, value: Value| {
        let mut address = ada()["address"].clone();
        address[field] = value;
        json!({"address": address})
    };
    let uuid = "01980000-0000-7000-8000-000000000000";
    for (odd, field, rule) in [
        (json!({"username": "x".repeat(151)}), "username", "maxLength"),
        (json!({"username": ""}), "username", "minLength"),
        (json!({"username": "a/b"}), "username", "pattern"),
        (json!({"username": "a@b"}), "username", "pattern"),
        (json!({"username": "12345"}), "username", "digits"),
        (json!({"username": uuid}), "username", "uuid"),
        (json!({"username": "Me"}), "username", "reserved"),
        (json!({"username": null}), "username", "type"),
        (json!({"email": "nowhere"}), "email", "format"),
        (json!({"email": format!("{}@example.com", "x".repeat(255))}), "email", "maxLength"),
        (json!({"password": "short"}), "password", "minLength"),
        (json!({"password": "x".repeat(129)}), "password", "maxLength"),
        (json!({"password": "Password123"}), "password", "common"),
        (json!({"password": "        "}), "password", "blank"),
        (json!({"name": {"firstname": "x".repeat(151), "lastname": ""}}), "name.firstname", "maxLength"),
        (json!({"name": {"firstname": "a\u{0}", "lastname": ""}}), "name.firstname", "nul"),
        (json!({"name": {"firstname": "a", "lastname": "b", "middle": "c"}}), "name.middle", "unknown"),
        (json!({"phone": "1".repeat(33)}), "phone", "maxLength"),
        (json!({"location": "x".repeat(101)}), "location", "maxLength"),
        (json!({"avatar_url": "javascript:alert(1)"}), "avatar_url", "pattern"),
        (place("number", json!(1e30)), "address.number", "maximum"),
        (place("number", json!(-1)), "address.number", "minimum"),
        (place("number", json!(9_223_372_036_854_775_807_i64)), "address.number", "maximum"),
        (place("city", json!(" ")), "address.city", "format"),
        (place("geolocation", json!({"lat": "91", "long": "0"})), "address.geolocation.lat", "pattern"),
        (place("geolocation", json!({"lat": 1, "long": "0"})), "address.geolocation.lat", "type"),
        (json!({"role": "admin"}), "role", "unknown"),
        (json!({"disabled_at": null}), "disabled_at", "unknown"),
    ] {
        let calls = [
            user.post(USERS).json(&with(ada(), &odd)),
            user.put("/api/v1/users/1").json(&with(ada(), &odd)),
            user.patch("/api/v1/users/1").json(&odd),
        ];
        for call in calls {
            let problem = call.await.problem_at(400);
            assert_eq!(
                problem.error.details["fields"][field][0]["rule"], rule,
                "{odd}: {:?}",
                problem.error.details
            );
        }
    }
    assert_eq!(user.post(USERS).text(r#"{"username":"\ud800"}"#).await.status, 400);
    let two = user.post(USERS).json(&with(ada(), &json!({"username": "7", "password": "iloveyou"}))).await;
    assert_json_snapshot!("choices_refused", two.problem_at(400).error.details);
    assert_eq!(app.database.count(DIGEST).await, before);
}

#[tokio::test]
async fn many_at_once_make_a_user_once() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let calls: Vec<_> = (0..24)
        .map(|n| {
            let name = if n % 2 == 0 { "Twice" } else { "twice" };
            let email = format!("twice{n}@example.com");
            let call = user.post(USERS).json(&with(ada(), &json!({"username": name, "email": email})));
            tokio::spawn(async move { call.until_served().await.status.as_u16() })
        })
        .collect();
    let statuses = all(calls).await;
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 201 | 409)), "{statuses:?}");
    assert_eq!(app.database.count("select count(*) from users where lower(username) = 'twice'").await, 1);
}

#[tokio::test]
async fn a_stale_etag_changes_nothing() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let etag = user.get("/api/v1/users/1").await.header("etag").to_owned();
    let moved = user.patch("/api/v1/users/me/addresses/1").json(&json!({"number": 1})).await;
    assert_eq!(moved.status, 200, "the user shows this address, and so has changed");
    for method in WRITES {
        let call = filled(&method, user.call(method.clone(), "/api/v1/users/1")).header("if-match", &etag);
        assert_eq!(call.await.status, 412, "{method}");
    }
    let etag = user.get("/api/v1/users/1").await.header("etag").to_owned();
    let calls: Vec<_> = (0..40)
        .map(|n| {
            let body = json!({"address": {"number": 100 + n}});
            let call = user.patch("/api/v1/users/1").header("if-match", &etag).json(&body);
            tokio::spawn(async move { call.until_served().await.status.as_u16() })
        })
        .collect();
    let statuses = all(calls).await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 39, "{statuses:?}");
}

#[tokio::test]
async fn a_retry_with_its_key_makes_one_user() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let call = || user.post(USERS).header("idempotency-key", "ada-1").json(&ada());
    let (first, second) = (call().await, call().await);
    assert_eq!((first.status.as_u16(), second.header("idempotency-replayed")), (201, "true"));
    assert_eq!(first.body, second.body);
    let other =
        user.post(USERS).header("idempotency-key", "ada-1").json(&with(ada(), &json!({"phone": "1"})));
    assert_eq!(other.await.status, 422);
}
