//! Checks that hidden resources of other users are indistinguishable from missing ones. Every slot of path, query and
//! body that identifies a resource is filled with another user's id and with an unused one. The responses must be
//! equal.

use agora_api::OPERATIONS;
use agora_harness::access;
use agora_harness::examples::{self, Example};
use agora_harness::kinds::{self, Kind};
use agora_harness::spec::{self, authz, parameters};
use agora_harness::{Actor, Scenario, TestResponse};
use agora_runtime::Access;
use serde_json::Value;
use uuid::Uuid;

/// An unused id. Unused UUIDs are generated.
const NOTHING: &str = "987654321";

/// A request with one id to fill in.
struct Slot {
    name: String,
    kind: &'static Kind,
    fill: Box<dyn Fn(&str) -> Example>,
}

fn slots(example: &Example) -> Vec<Slot> {
    let mut found = Vec::new();
    for name in kinds::slots(example.operation) {
        if let Some(kind) = kinds::of_path(example.operation, name) {
            let (example, name) = (example.clone(), name.to_owned());
            let fill = move |id: &str| {
                let mut filled = example.clone();
                filled.path.insert(name.clone(), id.to_owned());
                filled
            };
            found.push(Slot { name: format!("the path of {}", fill("").name), kind, fill: Box::new(fill) });
        }
    }
    // All that a public operation lists is public, whatever its filter, unless the directory can hide it.
    let is_public = example.operation.who == Access::Public && authz(example.operation)["closed"] != "owner";
    let filters = parameters(example.operation).filter(|parameter| parameter["in"] == "query" && !is_public);
    for parameter in filters {
        let name = parameter["name"].as_str().unwrap_or_default();
        if let Some(kind) = kinds::owned(parameter) {
            let example = example.clone();
            let fill =
                move |id: &str| Example { query: vec![(name.to_owned(), id.to_owned())], ..example.clone() };
            found.push(Slot { name: format!("{name} of {}", fill("").name), kind, fill: Box::new(fill) });
        }
    }
    if let Some(body) = &example.body {
        in_body(body.schema, &body.value, "", example, &mut found);
    }
    found
}

/// Collects the slots of a body: all members of its schema that identify a resource, even those that the example
/// omits.
fn in_body(schema: &'static Value, value: &Value, at: &str, example: &Example, found: &mut Vec<Slot>) {
    let schema = spec::resolved(schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let (parent, pointer) = (at.to_owned(), format!("{at}/{name}"));
        if let Some(kind) = kinds::owned(property) {
            let example = example.clone();
            let fill = move |id: &str| {
                let mut filled = example.clone();
                let object = filled.body.as_mut().and_then(|body| body.value.pointer_mut(&parent));
                object.expect("is there")[name] = examples::id_value(property, id);
                filled
            };
            found.push(Slot { name: format!("{pointer} of {}", fill("1").name), kind, fill: Box::new(fill) });
        } else if let Some(value) = value.get(name) {
            in_body(property, value, &pointer, example, found);
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        in_body(&schema["items"], item, &format!("{at}/{index}"), example, found);
    }
}

/// Returns the id and UUID of a resource that belongs to another user.
async fn anothers(scenario: &Scenario, kind: &Kind) -> [String; 2] {
    let Kind { table, owner, .. } = kind;
    let uuid = if kind.names().contains("uuid") { "uuid" } else { "id" };
    let sql = format!(
        "select id::text, {uuid}::text from {table} as thing
        where {owner} is distinct from $1 and to_jsonb(thing) ->> 'deleted_at' is null order by id limit 1"
    );
    let row = scenario.app.database.client().query_one(&sql, &[&scenario.person(Actor::Owner).id]).await;
    let row = row.unwrap_or_else(|error| panic!("the dataset has no {table} of others: {error}"));
    [row.get(0), row.get(1)]
}

/// Returns the status and body of a response, without the id and without members that identify the request.
fn reported(response: &TestResponse, id: &str) -> String {
    let mut body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
    for member in ["request_id", "instance"] {
        body.as_object_mut().map(|body| body.remove(member));
    }
    format!("{} {}", response.status, body.to_string().replace(id, "ID"))
}

#[tokio::test]
async fn what_another_hides_is_answered_as_what_is_not_there() {
    let scenario = Scenario::start(&[("OPEN_DIRECTORY", "off")]).await;
    let whole = scenario.versions().await;
    let (mut compared, mut wrong) = (0, Vec::new());
    for operation in OPERATIONS {
        for slot in slots(&examples::of_operation(operation).swap_remove(0)) {
            if access::is_visible(slot.kind, Actor::Other, true) {
                continue;
            }
            for theirs in &anothers(&scenario, slot.kind).await {
                let is_uuid = Uuid::parse_str(theirs).is_ok();
                let nothing = &if is_uuid { Uuid::now_v7().to_string() } else { NOTHING.to_owned() };
                let hidden = scenario.send_as(&(slot.fill)(theirs), Actor::Owner).await;
                let missing = scenario.send_as(&(slot.fill)(nothing), Actor::Owner).await;
                let (hidden, missing) = (reported(&hidden, theirs), reported(&missing, nothing));
                if hidden != missing {
                    wrong.push(format!("{}: {hidden}, and {missing} for what is not there", slot.name));
                }
                compared += 1;
                scenario.rewind(&whole).await;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 0, "nothing is hidden from anybody");
}
