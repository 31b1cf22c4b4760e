//! The people registry: valid ids and phone numbers, errors for invalid ones, and the view for its earlier users.

mod aliases;
mod changes;
mod faults;
mod reading;
mod values;
mod view;

use agora_api::models::{Problem, RegistryUser};
use agora_harness::{Client, TestApp, TestResponse};
use reqwest::Method;
use serde_json::{Value, json};

const USERS: &str = "/api/v1/registry/users";

fn noa() -> Value {
    json!({"id": "123456782", "name": "Noa Levi", "phone": "+97286377916", "address": "Herzl 1, Beer Sheva"})
}

/// Returns the body with one member set.
fn with(mut body: Value, member: &str, value: impl Into<Value>) -> Value {
    body[member] = value.into();
    body
}

/// Returns the body without one member.
fn without(mut body: Value, member: &str) -> Value {
    body.as_object_mut().expect("an object").remove(member);
    body
}

fn path(id: &str) -> String {
    format!("{USERS}/{id}")
}

async fn entered<A>(client: &Client<A>, id: &str) -> RegistryUser {
    client.post(USERS).json(&with(noa(), "id", id)).await.body_at(201)
}

/// Returns a digest of all records; it differs after any change to any record.
async fn digest(app: &TestApp) -> i64 {
    let sql = "select hashtextextended(coalesce(string_agg(person::text, ',' order by id), ''), 0)
        from registry_users as person";
    app.database.count(sql).await
}

#[tokio::test]
async fn a_registry_that_is_off_is_as_unknown_as_any_path() {
    let app = TestApp::start_with(&[("REGISTRY_ENABLED", "off")]).await;
    let production = TestApp::start_production(&[]).await;
    for app in [&app, &production] {
        for path in
            [USERS, "/api/v1/registry/users/ids", "/api/v1/registry/users/123456782", "/metadata/api/users"]
        {
            for method in
                [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::HEAD]
            {
                let reported = |response: TestResponse| {
                    let mut headers: Vec<String> = response.headers.keys().map(ToString::to_string).collect();
                    headers.sort();
                    let body: Option<Value> = serde_json::from_slice(&response.body).ok();
                    (response.status, headers, body.map(|body| body["detail"].clone()))
                };
                let call = |path: &str| app.anonymous().call(method.clone(), path);
                let (hidden, unknown) = (call(path).await, call("/api/v1/nothing/users").await);
                assert_eq!(reported(hidden), reported(unknown), "{method} {path}");
            }
        }
    }
    let token = app.user().await.token().expect("signed in").to_owned();
    assert_eq!(app.anonymous().with_token(&token).get(USERS).await.status, 404);
    assert_eq!(
        TestApp::start().await.user().await.get(USERS).await.status,
        200,
        "or else this test could not fail"
    );
}

/// Returns the field and the rule of each violation, ordered by field.
fn rules(problem: &Problem) -> Vec<(String, String)> {
    let fields = problem.error.details["fields"].as_object().expect("fields");
    let reported = fields.iter().flat_map(|(field, faults)| {
        faults
            .as_array()
            .expect("faults")
            .iter()
            .map(|fault| (field.clone(), fault["rule"].as_str().expect("a rule").to_owned()))
    });
    let mut reported: Vec<_> = reported.collect();
    reported.sort();
    reported
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(field, rule)| ((*field).to_owned(), (*rule).to_owned())).collect()
}
