//! Account takeover: an access token is not enough to change password or e-mail address; the old password is needed.

use agora_harness::{Call, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

use super::{DIGEST, login, with};

const JOHND: &str = "/api/v1/users/1";

fn johnd() -> Value {
    json!({"email": "john@gmail.com", "username": "johnd"})
}

#[tokio::test]
async fn a_stolen_access_token_changes_neither_password_nor_address() {
    let app = TestApp::start().await;
    let thief = app.user().await;
    let before = app.database.count(DIGEST).await;
    let takeovers = [
        json!({"password": "a-stolen-account"}),
        json!({"email": "thief@example.com"}),
        json!({"email": "thief@example.com", "password": "a-stolen-account"}),
        json!({"email": "thief@example.com", "old_password": "guessed"}),
        json!({"password": "a-stolen-account", "old_password": "guessed"}),
        json!({"phone": "1", "old_password": "guessed"}),
    ];
    for takeover in &takeovers {
        for method in [Method::PATCH, Method::PUT] {
            for path in [JOHND, "/api/v1/users/johnd"] {
                let response =
                    thief.call(method.clone(), path).json(&with(johnd(), takeover)).until_served().await;
                let problem = response.problem_at(400);
                assert_eq!(problem.error.details["fields"]["old_password"][0]["rule"], "match", "{takeover}");
            }
        }
    }
    assert_eq!(app.database.count(DIGEST).await, before);
    assert_eq!(login(&app, "johnd", "m38rmF$").await.status, 200);
}

#[tokio::test]
async fn whoever_knows_the_old_password_changes_both_and_the_same_values_need_none() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let same = json!({"email": "john@gmail.com", "password": "m38rmF$-as-it-was", "phone": "1"});
    let set = json!({"password": "m38rmF$-as-it-was", "old_password": "m38rmF$"});
    assert_eq!(user.patch(JOHND).json(&set).await.status, 200);
    let own = super::signed_in(&app, "johnd", "m38rmF$-as-it-was").await;
    let send = |call: Call, body: &Value| call.json(&with(johnd(), body));
    assert_eq!(send(own.patch(JOHND), &same).await.status, 200);
    assert_eq!(send(own.put(JOHND), &same).await.status, 200);
    let moved = json!({"email": "john@example.org", "old_password": "m38rmF$-as-it-was"});
    assert_eq!(send(own.patch(JOHND), &moved).await.json()["email"], "john@example.org");
    assert_eq!(send(own.put(JOHND), &json!({"old_password": "m38rmF$-as-it-was"})).await.status, 200);
}

#[tokio::test]
async fn staff_help_others_without_their_password_and_confirm_changes_of_themselves() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    let help = json!({"email": "john@example.org", "password": "a-helping-hand"});
    assert_eq!(staff.patch(JOHND).json(&help).await.status, 200);
    assert_eq!(login(&app, "john@example.org", "a-helping-hand").await.status, 200);
    let own = json!({"email": "staff@example.org"});
    assert_eq!(staff.patch("/api/v1/users/staff").json(&own).await.status, 400);
    let confirmed = with(own, &json!({"old_password": "agora-staff-1"}));
    assert_eq!(staff.patch("/api/v1/users/staff").json(&confirmed).await.status, 200);
}
