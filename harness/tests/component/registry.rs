//! The people registry: which ids and phones are good, what is told of bad ones, and the view that its earlier users
//! look at it by.

mod aliases;
mod changes;
mod faults;
mod reading;
mod values;
mod view;

use agora_api::models::{Problem, RegistryUser};
use agora_harness::{Client, TestApp};
use serde_json::{Value, json};

const USERS: &str = "/api/v1/registry/users";

fn noa() -> Value {
    json!({"id": "123456782", "name": "Noa Levi", "phone": "+97286377916", "address": "Herzl 1, Beer Sheva"})
}

/// A body with one member set.
fn with(mut body: Value, member: &str, value: impl Into<Value>) -> Value {
    body[member] = value.into();
    body
}

/// A body without one member.
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

/// A number that is another one as soon as anything of any record is.
async fn digest(app: &TestApp) -> i64 {
    let sql = "select hashtextextended(coalesce(string_agg(person::text, ',' order by id), ''), 0)
        from registry_users as person";
    app.database.count(sql).await
}

/// Field and rule of each fault, in the order of fields.
fn rules(problem: &Problem) -> Vec<(String, String)> {
    let fields = problem.error.details["fields"].as_object().expect("fields");
    let told = fields.iter().flat_map(|(field, faults)| {
        faults
            .as_array()
            .expect("faults")
            .iter()
            .map(|fault| (field.clone(), fault["rule"].as_str().expect("a rule").to_owned()))
    });
    let mut told: Vec<_> = told.collect();
    told.sort();
    told
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(field, rule)| ((*field).to_owned(), (*rule).to_owned())).collect()
}
