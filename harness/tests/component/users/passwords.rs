//! Passwords in writes to users: a new password ends sessions, and no password is stored in readable form.

use agora_api::models::Login;
use agora_harness::{Call, Setting, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

use super::{USERS, ada, login, with};

const OTHER_SIGNING_KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIHwVAG31YV8eclzvHc72+q0sh1FCTdCm0ex2FCRfbgK2
-----END PRIVATE KEY-----";

/// Returns a body for `johnd` that is valid for `PUT` and `PATCH`.
fn johnd(password: &str) -> Value {
    json!({"email": "john@gmail.com", "username": "johnd", "password": password})
}

async fn sign_in(app: &TestApp, password: &str) -> Login {
    login(app, "johnd", password).await.body_at(200)
}

/// Returns the statuses of requests with a session's access token and with its refresh token.
async fn state(app: &TestApp, session: &Login) -> (u16, u16) {
    let me = app.anonymous().with_token(&session.access).get("/api/v1/auth/me").await;
    let refresh = json!({"refresh": session.refresh});
    let refreshed = app.anonymous().post("/api/v1/auth/refresh").json(&refresh).await;
    (me.status.as_u16(), refreshed.status.as_u16())
}

#[tokio::test]
async fn a_new_password_ends_all_sessions_of_the_user_whoever_sets_it() {
    let app = TestApp::start().await;
    let (staff, bystander) = (app.staff().await, app.other_user().await);
    let mut old = "m38rmF$".to_owned();
    for (turn, method) in [Method::PUT, Method::PATCH, Method::PUT, Method::PATCH].into_iter().enumerate() {
        let (one, two) = (sign_in(&app, &old).await, sign_in(&app, &old).await);
        let new = format!("a-new-secret-{turn}");
        let own = app.anonymous().with_token(&one.access);
        let call = if turn < 2 {
            own.call(method.clone(), "/api/v1/users/1")
        } else {
            staff.call(method.clone(), "/api/v1/users/johnd")
        };
        let body = with(johnd(&new), &json!({"old_password": old}));
        assert_eq!(call.json(&body).await.status, 200, "{method}");
        let live = "select count(*) from sessions where user_id = 1 and revoked_at is null";
        assert_eq!(app.database.count(live).await, 0, "{method}");
        assert_eq!((state(&app, &one).await, state(&app, &two).await), ((401, 401), (401, 401)), "{method}");
        assert_eq!(login(&app, "johnd", &old).await.status, 401);
        old = new;
    }
    let why = "select count(*) from sessions where user_id = 1 and revoked_for = 'password'";
    assert_eq!(app.database.count(why).await, 10, "and of the session and the API key of the dataset");
    assert_eq!(state(&app, &sign_in(&app, &old).await).await, (200, 200));
    for other in [staff.get("/api/v1/auth/me"), bystander.get("/api/v1/auth/me")] {
        assert_eq!(other.await.status, 200, "nobody else is signed out");
    }
}

#[tokio::test]
async fn the_same_password_ends_nothing() {
    const PASSWORD: &str = "long-enough-to-choose";
    let app = TestApp::start().await;
    let staff = app.staff().await;
    assert_eq!(staff.patch("/api/v1/users/1").json(&json!({"password": PASSWORD})).await.status, 200);
    let session = sign_in(&app, PASSWORD).await;
    let own = app.anonymous().with_token(&session.access);
    let hash = "select hashtextextended(password_hash, 0) from users where id = 1";
    let before = app.database.count(hash).await;
    for method in [Method::PUT, Method::PATCH] {
        for call in
            [own.call(method.clone(), "/api/v1/users/1"), staff.call(method.clone(), "/api/v1/users/johnd")]
        {
            assert_eq!(call.json(&johnd(PASSWORD)).await.status, 200, "{method}");
        }
        let live = "select count(*) from sessions where user_id = 1 and revoked_at is null";
        assert_eq!(app.database.count(live).await, 1, "{method}");
        assert_eq!(app.database.count(hash).await, before, "{method}");
    }
    assert_eq!(state(&app, &session).await, (200, 200));
}

#[tokio::test]
async fn a_change_that_is_refused_ends_nothing() {
    let app = TestApp::start().await;
    let session = sign_in(&app, "m38rmF$").await;
    let own = app.anonymous().with_token(&session.access);
    for method in [Method::PUT, Method::PATCH] {
        let taken =
            with(johnd("another-good-secret"), &json!({"username": "mor_2314", "old_password": "m38rmF$"}));
        let response = own.call(method.clone(), "/api/v1/users/1").json(&taken).await;
        assert_eq!(response.status, 409, "{method}");
        let stale = own.call(method, "/api/v1/users/1").header("if-match", "\"x\"");
        let body = with(johnd("another-good-secret"), &json!({"old_password": "m38rmF$"}));
        assert_eq!(stale.json(&body).await.status, 412);
    }
    assert_eq!(state(&app, &session).await, (200, 200));
    assert_eq!(login(&app, "johnd", "m38rmF$").await.status, 200);
}

#[tokio::test]
async fn a_new_password_is_not_the_user_name() {
    let app = TestApp::start().await;
    let user = app.other_user().await;
    let rule = async |call: Call, field: &str| {
        let problem = call.await.problem_at(400);
        problem.error.details["fields"][field][0]["rule"].as_str().map(str::to_owned)
    };
    let changed = json!({"old_password": "83r5^_", "new_password": "Mor_2314"});
    assert_eq!(
        rule(user.post("/api/v1/auth/password").json(&changed), "new_password").await.as_deref(),
        Some("username")
    );
    let staff = app.staff().await;
    let same = json!({"password": "mor_2314"});
    assert_eq!(
        rule(staff.patch("/api/v1/users/2").json(&same), "password").await.as_deref(),
        Some("username")
    );
    let both = json!({"username": "morrison", "password": "MORRISON"});
    assert_eq!(
        rule(staff.patch("/api/v1/users/2").json(&both), "password").await.as_deref(),
        Some("username")
    );
    let renamed = json!({"username": "morrison", "password": "mor_2314"});
    assert_eq!(staff.patch("/api/v1/users/2").json(&renamed).await.status, 200, "the name that was");
}

#[tokio::test]
async fn stored_requests_and_responses_reveal_no_password() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    for (method, target) in
        [(Method::POST, USERS), (Method::PUT, "/api/v1/users/13"), (Method::PATCH, "/api/v1/users/13")]
    {
        let body = with(ada(), &json!({"password": "never-to-be-seen"}));
        let call = staff.call(method.clone(), target).header("idempotency-key", method.as_str()).json(&body);
        assert!(call.await.status.is_success(), "{method}");
    }
    let reported = "select count(*) from idempotency_keys \
                where convert_from(body, 'UTF8') || headers::text || key ~ 'never-to-be-seen|argon2|password'";
    assert_eq!(app.database.count("select count(*) from idempotency_keys").await, 3);
    assert_eq!(app.database.count(reported).await, 0);
}

/// Returns the fingerprint that a server with these settings stores for a fixed request.
async fn fingerprint(app: &TestApp, settings: &[Setting]) -> Vec<u8> {
    let server = app.replica_with(settings).await;
    let user = server.user().await;
    let body = with(ada(), &json!({"password": "never-to-be-seen"}));
    let call = user.post(USERS).header("idempotency-key", "k1").json(&body);
    assert!([201, 409].contains(&call.await.status.as_u16()));
    let taken = "delete from idempotency_keys returning fingerprint";
    app.database.client().query_one(taken, &[]).await.expect("one key").get(0)
}

#[tokio::test]
async fn a_stored_fingerprint_is_nothing_without_the_servers_secret() {
    let app = TestApp::start().await;
    let first = fingerprint(&app, &[]).await;
    assert_eq!(first.len(), 32);
    assert_eq!(fingerprint(&app, &[]).await, first, "replicas know a request again");
    let other = fingerprint(&app, &[("JWT_PRIVATE_KEY", OTHER_SIGNING_KEY)]).await;
    assert_ne!(other, first, "a plain hash is the same for everybody");
}

#[tokio::test]
async fn changes_of_a_password_at_once_are_made_one_after_the_other() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..6 {
        // Half of the requests repeat the password that is stored when they begin.
        let password = if number % 2 == 0 { "kev02937@" } else { "another-secret" };
        let body = json!({"password": password, "location": format!("Place {number}")});
        calls.spawn(staff.patch("/api/v1/users/3").json(&body).until_served());
    }
    for response in calls.join_all().await {
        assert_eq!(response.status, 200, "{}", response.text());
    }
}
