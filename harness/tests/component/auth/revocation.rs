//! Time until a replica refuses a credential that another one has ended.

use std::sync::Arc;
use std::time::{Duration, Instant};

use agora_api::models::{CreatedApiKey, Registration, SessionPage};
use agora_harness::TestApp;
use serde_json::json;
use tokio::task::JoinSet;

/// Ways to end a credential.
const WAYS: [&str; 8] = [
    "logout",
    "logout-all",
    "session deleted",
    "password",
    "role",
    "disabled",
    "user deleted",
    "key deleted",
];
/// Users at a time.
const AT_ONCE: usize = 8;
const ME: &str = "/api/v1/auth/me";
const SECRET: &str = "a-long-enough-secret";

/// Creates a user and a credential, ends it on one server, and returns the time until the other one refuses it.
async fn ended(app: Arc<TestApp>, replica: Arc<TestApp>, way: &'static str, name: String) -> Duration {
    let body = json!({"username": name, "email": format!("{name}@example.com"), "password": SECRET});
    let registered: Registration =
        app.anonymous().post("/api/v1/auth/register").json(&body).until_served().await.body_at(201);
    let user = app.anonymous().with_token(&registered.access);
    let (target, credential) = if way == "key deleted" {
        let body = json!({"name": "Key", "scopes": ["bag:read"]});
        let key: CreatedApiKey = user.post("/api/v1/api-keys").json(&body).until_served().await.body_at(201);
        ("/api/v1/bag", (format!("/api/v1/api-keys/{}", key.id), key.secret))
    } else {
        (ME, (String::new(), registered.access.clone()))
    };
    let (path, secret) = credential;
    let other = replica.anonymous().with_token(&secret);
    assert_eq!(other.get(target).until_served().await.status, 200, "{way}");
    let sql = |change: &str| format!("update users set {change} where username = '{name}'");
    let response = match way {
        "logout" => user.post("/api/v1/auth/logout").json(&json!({"refresh": registered.refresh})),
        "logout-all" => user.post("/api/v1/auth/logout-all"),
        "session deleted" => {
            let page: SessionPage = user.get("/api/v1/auth/sessions").until_served().await.body_at(200);
            user.delete(&format!("/api/v1/auth/sessions/{}", page.data[0].id))
        }
        "password" => {
            let body = json!({"old_password": SECRET, "new_password": "another-long-secret"});
            user.post("/api/v1/auth/password").json(&body)
        }
        "key deleted" => user.delete(&path),
        "user deleted" => user.delete(&format!("/api/v1/users/{name}")),
        "role" => {
            app.database.client().batch_execute(&sql("role = 'staff'")).await.expect("runs");
            user.get("/health/live")
        }
        _ => {
            app.database.client().batch_execute(&sql("disabled_at = app_now()")).await.expect("runs");
            user.get("/health/live")
        }
    };
    let response = response.until_served().await;
    assert!(response.status.is_success(), "{way}: {}", response.text());
    let ended = Instant::now();
    while other.get(target).await.status != 401 {
        assert!(ended.elapsed() < Duration::from_secs(30), "{way}: it goes on");
    }
    ended.elapsed()
}

/// Ends so many credentials in each way, and prints the longest times in seconds.
async fn longest(tries: usize) {
    let app = Arc::new(TestApp::start().await);
    let replica = Arc::new(app.replica().await);
    let mut longest = json!({});
    for (place, way) in WAYS.into_iter().enumerate() {
        let (mut running, mut most) = (JoinSet::new(), Duration::ZERO);
        for number in 0..tries {
            while running.len() >= AT_ONCE {
                most = most.max(running.join_next().await.expect("one is left").expect("no panic"));
            }
            let name = format!("w{place}n{number}");
            running.spawn(ended(Arc::clone(&app), Arc::clone(&replica), way, name));
        }
        most = running.join_all().await.into_iter().max().unwrap_or_default().max(most);
        longest[way] = json!(most.as_secs_f64());
    }
    eprintln!("seconds until the replica refuses, the longest of {tries}: {longest}");
}

#[tokio::test]
async fn whatever_ends_a_credential_is_known_to_every_replica() {
    longest(1).await;
}

#[tokio::test]
#[ignore = "takes minutes; run by ./justw test-large"]
async fn the_ends_of_many_credentials_are_known_to_every_replica() {
    longest(100).await;
}
