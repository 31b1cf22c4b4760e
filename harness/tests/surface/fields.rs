//! Checks that clients cannot set values that only the server assigns: ids, owners, roles, times. All columns of all
//! tables and all members of the operation's responses are put into every object of every body. Each must be refused
//! by its name.

use agora_api::OPERATIONS;
use agora_harness::access::Decision;
use agora_harness::examples;
use agora_harness::spec;
use agora_harness::spec::of_document;
use agora_harness::{Actor, Scenario};
use agora_runtime::{Operation, Violations};
use serde_json::{Value, json};

use super::matrix::fault;

/// Collects the objects of an example, each as a pointer and its schema.
fn objects(schema: &'static Value, value: &Value, at: &str, found: &mut Vec<(String, &'static Value)>) {
    let schema = spec::resolved(schema);
    let schema = if schema["allOf"].is_array() { spec::resolved(&schema["allOf"][0]) } else { schema };
    match value {
        Value::Object(members) => {
            // A map accepts any name.
            if !schema["additionalProperties"].is_object() {
                found.push((at.to_owned(), schema));
            }
            for (name, value) in members {
                objects(&schema["properties"][name.as_str()], value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                objects(&schema["items"], item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Returns names of values that only the server assigns: columns of its tables, and members of the operation's
/// responses.
async fn servers_own(scenario: &Scenario, operation: &Operation) -> Vec<String> {
    let columns =
        "select distinct column_name::text from information_schema.columns where table_schema = 'public'";
    let rows = scenario.app.database.client().query(columns, &[]).await.expect("the statement runs");
    let mut names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let responses = of_document(operation)["responses"].as_object().into_iter().flatten();
    for (_, response) in responses.filter(|(status, _)| status.starts_with('2')) {
        let schema = spec::resolved(&spec::resolved(response)["content"]["application/json"]["schema"]);
        names.extend(schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
    }
    names.sort();
    names.dedup();
    names
}

/// Returns `true` if the schema has the member. `sent_back` covers members that may only repeat the stored value.
fn is_known(schema: &Value, name: &str) -> bool {
    !schema["properties"][name].is_null()
}

#[tokio::test]
async fn fields_that_are_the_servers_are_refused_in_every_body() {
    let scenario = Scenario::start(&[]).await;
    let mut wrong = Vec::new();
    for operation in OPERATIONS {
        let (Some(actor), example) =
            (Actor::allowed(operation), examples::of_operation(operation).swap_remove(0))
        else {
            continue;
        };
        let Some(body) = example.body.as_ref().filter(|body| body.media_type == "application/json") else {
            continue;
        };
        let names = servers_own(&scenario, operation).await;
        let mut found = Vec::new();
        objects(body.schema, &body.value, "", &mut found);
        let mut fields = Vec::new();
        for (at, schema) in &found {
            let foreign = names.iter().filter(|name| !is_known(schema, name));
            fields.extend(foreign.map(|name| (at, name)));
        }
        let token = scenario.token(actor, operation.scope).await;
        // The maximum number of violations that a response reports.
        for fields in fields.chunks(Violations::MAX) {
            let mut example = example.clone();
            for (at, name) in fields {
                let object = example.body.as_mut().and_then(|body| body.value.pointer_mut(at));
                object.expect("is there")[name.as_str()] = json!(1);
            }
            let before = scenario.versions().await;
            let response = scenario.send(&example, actor, token.as_deref()).await;
            wrong.extend(fault(
                operation.id,
                Decision::Refused(400),
                &response,
                &before,
                &scenario.versions().await,
            ));
            if response.status == 400 {
                let reported = &response.json()["error"]["details"]["fields"];
                let dotted = |(at, name): &(&String, &String)| {
                    format!("{at}/{name}").trim_start_matches('/').replace('/', ".")
                };
                let taken = fields.iter().map(dotted).filter(|name| reported[name][0]["rule"] != "unknown");
                wrong.extend(taken.map(|name| format!("{}: takes {name}", operation.id)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
