//! Users and their addresses: reads depend on the user directory; users and staff may write.

mod directory;
mod passwords;
mod sent_back;
mod takeover;
mod writes;

use agora_api::models::{Login, User};
use agora_harness::{Anonymous, Client, TestApp};
use serde_json::{Value, json};

const USERS: &str = "/api/v1/users";

/// Query for a digest of all users and addresses.
pub(crate) const DIGEST: &str = "select hashtextextended(
    (select string_agg(person::text, ',' order by id) from users as person)
    || (select string_agg(address::text, ',' order by id) from addresses as address), 0)";

fn ada() -> Value {
    json!({
        "email": "Ada@example.com",
        "username": "Ada",
        "password": "a-long-enough-secret",
        "name": {"firstname": "Ada", "lastname": "Byron <b>&</b> 🌱"},
        "address": {
            "city": "London",
            "street": "St James's Square",
            "number": 12,
            "zipcode": "SW1Y",
            "geolocation": {"lat": "51.5072", "long": "-0.1357"},
        },
        "phone": "+44 20 7946 0000",
    })
}

/// Returns the body with these members set.
fn with(mut body: Value, members: &Value) -> Value {
    for (name, value) in members.as_object().expect("members") {
        body[name] = value.clone();
    }
    body
}

fn path(user: &User) -> String {
    format!("{USERS}/{}", user.id)
}

async fn created<A>(client: &Client<A>, body: &Value) -> User {
    client.post(USERS).json(body).await.body_at(201)
}

async fn login(app: &TestApp, username: &str, password: &str) -> agora_harness::TestResponse {
    let body = json!({"username": username, "password": password});
    app.anonymous().post("/api/v1/auth/login").json(&body).await
}

pub(crate) async fn signed_in(app: &TestApp, username: &str, password: &str) -> Client<Anonymous> {
    let login: Login = login(app, username, password).await.body_at(200);
    app.anonymous().with_token(&login.access)
}

pub(crate) async fn all(calls: Vec<tokio::task::JoinHandle<u16>>) -> Vec<u16> {
    let mut statuses = Vec::new();
    for call in calls {
        statuses.push(call.await.expect("answers"));
    }
    statuses
}
