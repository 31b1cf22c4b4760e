//! Sign-in: a correct password returns a token, and all failures look the same.

use agora_api::models;
use agora_harness::TestApp;
use insta::assert_json_snapshot;
use serde_json::json;

const LOGIN: &str = "/api/v1/auth/login";

#[tokio::test]
async fn a_user_of_the_dataset_signs_in_by_name_or_address_in_any_case() {
    let app = TestApp::start().await;
    for username in ["johnd", "JohnD", "john@gmail.com", "JOHN@gmail.com"] {
        let response =
            app.anonymous().post(LOGIN).json(&json!({"username": username, "password": "m38rmF$"})).await;
        assert_json_snapshot!("login", response.json(), {".access" => "[token]", ".refresh" => "[token]"});
        assert_eq!(response.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn the_demo_logins_bear_their_roles() {
    let app = TestApp::start().await;
    for (username, password, role) in
        [("admin", "agora-admin-1", models::Role::Admin), ("staff", "agora-staff-1", models::Role::Staff)]
    {
        let body = json!({"username": username, "password": password});
        let login: models::Login = app.anonymous().post(LOGIN).json(&body).await.body_at(200);
        assert_eq!(login.user.role, role);
    }
}

#[tokio::test]
async fn an_unknown_user_and_a_wrong_password_look_alike() {
    let app = TestApp::start().await;
    let mut seen = Vec::new();
    for username in ["johnd", "nobody-of-this-name"] {
        let response =
            app.anonymous().post(LOGIN).json(&json!({"username": username, "password": "wrong"})).await;
        let mut problem = response.json();
        assert_eq!(response.status, 401);
        problem["request_id"] = "[id]".into();
        seen.push((problem, response.header("www-authenticate").to_owned()));
    }
    assert_eq!(seen[0], seen[1]);
    assert_json_snapshot!("wrong_password", seen[0].0);
}

#[tokio::test]
async fn whoever_it_is_a_sign_in_costs_one_hash() {
    const HASHES: &str = "agora_password_hashes_total";
    let app = TestApp::start_with(&[("AGORA_METRICS_BIND", "127.0.0.1:0")]).await;
    let away = "update users set disabled_at = app_now() where username = 'david_r'; \
                update users set deleted_at = app_now() where username = 'kate_h'";
    app.database.client().batch_execute(away).await.expect("runs");
    for (username, password) in [
        ("johnd", "m38rmF$"),
        ("johnd", "wrong"),
        ("nobody-of-this-name", "wrong"),
        ("nobody@example.com", "m38rmF$"),
        ("david_r", "wrong"),
        ("kate_h", "kfejk@*_"),
    ] {
        for path in [LOGIN, "/api/v1/token"] {
            let before = app.counter(HASHES).await;
            app.anonymous().post(path).json(&json!({"username": username, "password": password})).await;
            assert_eq!(app.counter(HASHES).await, before + 1, "{username} {path}");
        }
    }
}

#[tokio::test]
async fn responses_about_credentials_are_not_cached() {
    let app = TestApp::start().await;
    let nobody = app.anonymous();
    let johnd = json!({"username": "johnd", "password": "m38rmF$"});
    let ada = json!({"username": "ada", "email": "ada@example.com", "password": "a-long-enough-secret"});
    let mut responses = Vec::new();
    for (path, body) in [
        ("/api/v1/auth/register", &ada),
        (LOGIN, &johnd),
        ("/api/v1/token", &johnd),
        (LOGIN, &json!({"username": "johnd", "password": "wrong"})),
        ("/api/v1/auth/refresh", &json!({"refresh": "x"})),
        (LOGIN, &json!({})),
    ] {
        responses.push((path, nobody.post(path).json(body).await));
    }
    let login: models::Login = responses[1].1.body_at(200);
    let own = nobody.with_token(&login.access);
    let mut refresh = login.refresh;
    for path in ["/api/v1/auth/refresh", "/api/v1/token/refresh"] {
        let response = nobody.post(path).json(&json!({"refresh": refresh})).await;
        refresh = response.body_at::<models::TokenPair>(200).refresh;
        responses.push((path, response));
    }
    let change = json!({"old_password": "m38rmF$", "new_password": "a-long-enough-secret"});
    responses.push(("/api/v1/auth/me", own.get("/api/v1/auth/me").await));
    responses.push(("password", own.post("/api/v1/auth/password").json(&change).await));
    responses.push(("logout", nobody.post("/api/v1/auth/logout").json(&json!({"refresh": refresh})).await));
    for (path, response) in responses {
        assert_eq!(response.header("cache-control"), "no-store", "{path} {}", response.status);
    }
    let private = app.other_user().await.get("/api/v1/users/1").await;
    assert_eq!(private.header("cache-control"), "private, no-cache, no-transform");
    assert_eq!(nobody.get("/api/v1/users/1").await.header("cache-control"), "no-cache, no-transform");
}

#[tokio::test]
async fn disabled_and_deleted_users_do_not_sign_in() {
    let app = TestApp::start().await;
    for column in ["disabled_at", "deleted_at"] {
        let gone = format!("update users set {column} = app_now() where username = 'johnd'");
        app.database.client().batch_execute(&gone).await.expect("runs");
        let body = json!({"username": "johnd", "password": "m38rmF$"});
        assert_eq!(app.anonymous().post(LOGIN).json(&body).await.status, 401, "{column}");
        let back = format!("update users set {column} = null where username = 'johnd'");
        app.database.client().batch_execute(&back).await.expect("runs");
    }
}

#[tokio::test]
async fn bad_credentials_of_the_header_do_not_keep_anybody_from_signing_in() {
    let app = TestApp::start().await;
    let body = json!({"username": "johnd", "password": "m38rmF$"});
    let response = app.anonymous().with_token("expired.or.forged").post(LOGIN).json(&body).await;
    assert_eq!(response.status, 200);
}

#[tokio::test]
async fn all_violations_are_reported_together_without_values() {
    let app = TestApp::start().await;
    let secret = "s3cret-that-must-not-come-back".repeat(10);
    let response =
        app.anonymous().post(LOGIN).json(&json!({"username": 7, "password": secret, "role": "admin"})).await;
    let problem = response.json();
    assert_eq!(response.status, 400);
    assert!(!response.text().contains("s3cret"));
    assert_json_snapshot!("login_faults", problem["error"]["details"]);
}

#[tokio::test]
async fn a_bad_token_is_401_on_public_operations_too() {
    let app = TestApp::start().await;
    let token = app.user().await.token().expect("signed in").to_owned();
    let altered = token.replacen("eyJ", "eyI", 1);
    for bad in ["nonsense", "", altered.as_str()] {
        let response = app.anonymous().with_token(bad).get("/api/v1/products/1").await;
        assert_eq!(response.status, 401, "{bad}");
        assert!(response.header("www-authenticate").contains("invalid_token"), "{bad}");
    }
    assert_eq!(app.anonymous().with_token(&token).get("/api/v1/products/1").await.status, 200);
}

#[tokio::test]
async fn a_storm_of_logins_leaves_reads_alone_and_ends_well() {
    let app = TestApp::start().await;
    let body = json!({"username": "johnd", "password": "m38rmF$"});
    // Warms up the connection pool, so that a slow first connection is not mistaken for overload.
    let reads = (0..8).map(|_| app.anonymous().get("/api/v1/products/1").until_served());
    for read in reads.map(tokio::spawn).collect::<Vec<_>>() {
        read.await.expect("answers");
    }
    let storm: Vec<_> = (0..120)
        .map(|_| {
            let call = app.anonymous().post(LOGIN).json(&body);
            tokio::spawn(async move { call.await.status.as_u16() })
        })
        .collect();
    assert_eq!(app.anonymous().get("/api/v1/products/1").await.status, 200);
    let mut statuses = Vec::new();
    for login in storm {
        statuses.push(login.await.expect("answers"));
    }
    assert!(statuses.iter().all(|status| matches!(status, 200 | 503)), "{statuses:?}");
    let afterwards = app.anonymous().post(LOGIN).json(&body).until_served().await;
    assert_eq!(afterwards.status, 200, "{statuses:?}");
}
