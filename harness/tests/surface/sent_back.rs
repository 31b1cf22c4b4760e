//! Checks that clients can send back what they read. Every PUT and PATCH accepts what the GET of its path returns, and
//! refuses other values of members that only the server assigns.

use agora_api::OPERATIONS;
use agora_harness::examples::{self, Example};
use agora_harness::spec::resolved;
use agora_harness::{Actor, Scenario};
use agora_runtime::Operation;
use serde_json::{Value, json};

/// An operation that changes a resource, and the GET that reads it.
struct Change {
    operation: &'static Operation,
    actor: Actor,
    example: Example,
    read: Example,
}

/// Returns the operations that change what a GET of the same path returns.
fn changes() -> impl Iterator<Item = Change> {
    OPERATIONS.iter().filter(|operation| ["PUT", "PATCH"].contains(&operation.method)).filter_map(
        |operation| {
            let read = OPERATIONS.iter().find(|read| read.method == "GET" && read.path == operation.path)?;
            let actor = Actor::allowed(operation)?;
            let example = examples::of_operation(operation).swap_remove(0);
            example.body.as_ref()?;
            let read = Example { path: example.path.clone(), ..examples::of_operation(read).swap_remove(0) };
            Some(Change { operation, actor, example, read })
        },
    )
}

impl Change {
    /// Creates what the change needs.
    async fn prepared(self, scenario: &Scenario) -> Self {
        let example = scenario.prepare(&self.example, self.actor).await;
        let read = Example { path: example.path.clone(), ..self.read };
        Self { example, read, ..self }
    }

    /// Returns the request with another body.
    fn with(&self, value: Value) -> Example {
        let mut example = self.example.clone();
        example.body.as_mut().expect("it has one").value = value;
        example
    }

    /// Returns the members that only the server assigns.
    fn owned(&self) -> Vec<&'static str> {
        let schema = resolved(self.example.body.as_ref().expect("it has one").schema);
        let properties = schema["properties"].as_object().into_iter().flatten();
        properties
            .filter(|(_, schema)| schema["x-same-as-stored"] == true)
            .map(|(name, _)| name.as_str())
            .collect()
    }
}

/// Returns a copy of a read resource with some members replaced.
fn merged(read: &Value, with: &Value) -> Value {
    let mut merged = read.clone();
    for (name, value) in with.as_object().into_iter().flatten() {
        merged[name] = value.clone();
    }
    merged
}

/// Returns values that must be refused in place of the given one: another value, and null. In place of null it is a
/// time.
fn others(value: &Value) -> Vec<Value> {
    let other = match value {
        Value::Number(number) => json!(number.as_i64().expect("a whole number") + 1),
        Value::String(text) if text.len() == 36 => json!("0198c0de-0000-7000-8000-000000000999"),
        Value::String(text) if text.ends_with('Z') => json!("2001-01-01T00:00:00Z"),
        // Of the same length, which the schema bounds.
        Value::String(text) => json!("x".repeat(text.chars().count())),
        Value::Null => return vec![json!("2001-01-01T00:00:00Z")],
        Value::Array(_) => json!([]),
        _ => json!({}),
    };
    vec![other, Value::Null]
}

#[tokio::test]
async fn what_was_read_is_taken_back_and_changes_nothing() {
    let scenario = Scenario::start(&[]).await;
    let whole = scenario.versions().await;
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for change in changes() {
        let id = change.operation.id;
        let change = change.prepared(&scenario).await;
        let token = scenario.token(change.actor, "read write").await;
        let read = scenario.send(&change.read, change.actor, token.as_deref()).await;
        assert_eq!(read.status, 200, "{id}: {}", read.text());
        let before = scenario.versions().await;
        let same = scenario.send(&change.with(read.json()), change.actor, token.as_deref()).await;
        if same.status != 200 || same.json() != read.json() {
            wrong.push(format!("{id} does not take back {}: {}", read.text(), same.text()));
        }
        if scenario.versions().await != before {
            wrong.push(format!("{id} changes something"));
        }
        // The same body, with the changes of the example.
        let example = &change.example.body.as_ref().expect("it has one").value;
        let changed = change.with(merged(&read.json(), example));
        let changed = scenario.send(&changed, change.actor, token.as_deref()).await;
        if changed.status != 200 || changed.json() == read.json() {
            wrong.push(format!("{id} with a change: {}", changed.text()));
        }
        scenario.rewind(&whole).await;
        seen += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 12, "there were {seen} operations");
}

#[tokio::test]
async fn another_value_of_what_the_server_owns_is_refused_by_its_name() {
    let scenario = Scenario::start(&[]).await;
    let whole = scenario.versions().await;
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for change in changes() {
        let id = change.operation.id;
        let change = change.prepared(&scenario).await;
        let token = scenario.token(change.actor, "read write").await;
        let read = scenario.send(&change.read, change.actor, token.as_deref()).await.json();
        let before = scenario.versions().await;
        // Includes a change, so that there is something to write.
        let example = merged(&read, &change.example.body.as_ref().expect("it has one").value);
        for name in change.owned() {
            for other in others(&read[name]) {
                let sent = change.with(merged(&example, &json!({name: other})));
                let response = scenario.send(&sent, change.actor, token.as_deref()).await;
                let fields = &response.json()["error"]["details"]["fields"];
                // Null violates `type` if the member is never null.
                let is_reported = ["stored", "type"].iter().any(|rule| fields[name][0]["rule"] == *rule)
                    && (other.is_null() || fields[name][0]["rule"] == "stored");
                if response.status != 400
                    || !is_reported
                    || fields.as_object().is_none_or(|fields| fields.len() != 1)
                {
                    wrong.push(format!("{id} takes {other} for {name}: {}", response.text()));
                }
                seen += 1;
            }
        }
        if scenario.versions().await != before {
            wrong.push(format!("{id} leaves a trace"));
        }
        scenario.rewind(&whole).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 50, "{seen} values were tried");
}
