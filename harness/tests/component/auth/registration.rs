//! Registration: creates an account and its first session; user names and e-mail addresses are unique.

use agora_api::models::{Me, Registration};
use agora_harness::{Call, TestApp};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

fn register(app: &TestApp, body: &Value) -> Call {
    app.anonymous().post("/api/v1/auth/register").json(body)
}

fn ada() -> Value {
    json!({"username": "ada", "email": "ada@example.com", "password": "a-long-enough-secret", "first_name": "Ada"})
}

#[tokio::test]
async fn a_registered_user_is_signed_in_and_can_sign_in_again() {
    let app = TestApp::start().await;
    let response = register(&app, &ada()).await;
    let registration: Registration = response.body_at(201);
    assert_eq!(response.header("location"), format!("/api/v1/users/{}", registration.id));
    assert_json_snapshot!("registered", response.json(), {".uuid" => "[uuid]", ".access" => "[token]", ".refresh" => "[token]"});
    let me: Me = app.anonymous().with_token(&registration.access).get("/api/v1/auth/me").await.body_at(200);
    assert_eq!((me.username.as_str(), me.first_name.as_str()), ("ada", "Ada"));
    let login = json!({"username": "ADA@example.com", "password": "a-long-enough-secret"});
    assert_eq!(app.anonymous().post("/api/v1/auth/login").json(&login).await.status, 200);
    let refresh = json!({"refresh": registration.refresh});
    assert_eq!(app.anonymous().post("/api/v1/auth/refresh").json(&refresh).await.status, 200);
}

#[tokio::test]
async fn names_and_addresses_are_one_whatever_their_case() {
    let app = TestApp::start().await;
    let both = json!({"username": "JOHND", "email": "John@Gmail.com", "password": "a-long-enough-secret"});
    let taken = register(&app, &both).await;
    assert_eq!(taken.status, 409);
    assert_json_snapshot!("registration_taken", taken.json()["error"]["details"]);
}

#[tokio::test]
async fn names_that_paths_need_and_common_passwords_are_refused_together() {
    let app = TestApp::start().await;
    let before = app.database.count("select count(*) from users").await;
    let odd = json!({"username": "me", "email": "me@example.com", "password": "password1"});
    let problem = register(&app, &odd).await.problem_at(400);
    assert_json_snapshot!("registration_refused", problem.error.details);
    for (field, value) in
        [("username", "123"), ("password", "short"), ("email", "nobody"), ("role", "admin"), ("id", "1")]
    {
        let mut body = ada();
        body[field] = value.into();
        assert_eq!(register(&app, &body).await.status, 400, "{field}");
    }
    assert_eq!(app.database.count("select count(*) from users").await, before);
}

#[tokio::test]
async fn a_password_is_neither_blank_nor_the_user_name_nor_a_common_one_in_disguise() {
    let app = TestApp::start().await;
    let before = app.database.count("select count(*) from users").await;
    for (password, rule) in [
        ("        ", "blank"),
        ("\u{3000}\u{a0} \u{2003}\u{2009}    ", "blank"),
        ("\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}", "blank"),
        ("adabyron", "username"),
        ("AdaByron", "username"),
        (" adabyron ", "username"),
        ("\u{ff41}dabyron", "username"),
        ("Password1", "common"),
        ("\u{ff50}assword1", "common"),
        ("password1 ", "common"),
    ] {
        let body = json!({"username": "adabyron", "email": "ada@example.com", "password": password});
        let problem = register(&app, &body).await.problem_at(400);
        assert_eq!(problem.error.details["fields"]["password"][0]["rule"], rule, "{password:?}");
    }
    assert_eq!(app.database.count("select count(*) from users").await, before);
    let fine = json!({"username": "adabyron", "email": "ada@example.com", "password": "adabyron and more"});
    assert_eq!(register(&app, &fine).await.status, 201);
}

#[tokio::test]
async fn closed_registration_is_as_unknown_as_any_path() {
    let app = TestApp::start_with(&[("REGISTRATION_OPEN", "off")]).await;
    assert_eq!(
        register(&app, &ada()).await.problem_at(404).detail,
        app.anonymous().get("/nothing").await.problem_at(404).detail
    );
}

#[tokio::test]
async fn a_hundred_at_once_make_a_name_once() {
    let app = TestApp::start().await;
    let calls: Vec<_> = (0..100)
        .map(|n| {
            let body = json!({"username": "ada", "email": format!("ada{n}@example.com"), "password": "a-long-enough-secret"});
            let call = register(&app, &body);
            tokio::spawn(async move { call.until_served().await.status.as_u16() })
        })
        .collect();
    let mut statuses = Vec::new();
    for call in calls {
        statuses.push(call.await.expect("answers"));
    }
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 99, "{statuses:?}");
    assert_eq!(app.database.count("select count(*) from users where username = 'ada'").await, 1);
}
