//! Checks that hold for every operation of the contract: both forms of an id name the same resource, what is deleted is in
//! no list, a body may be as large as its limit, each pair of query parameters is understood, optional members may be left
//! out, values at a bound are taken, and nothing of a hidden person is in any response.

use std::collections::BTreeSet;

use agora_api::OPERATIONS;
use agora_harness::coverage::schema::parts;
use agora_harness::examples::{self, Example};
use agora_harness::spec::{of_document, parameters, resolved};
use agora_harness::{Actor, Scenario, TestApp, TestResponse, kinds};
use agora_runtime::Operation;
use serde_json::{Value, json};

use super::keywords::text_of;
use super::statuses::{other, with_header};

/// Returns each operation that an actor of the harness may call, with its plain example.
fn callable() -> impl Iterator<Item = (&'static Operation, Actor, Example)> {
    OPERATIONS.iter().copied().filter_map(|operation| {
        Some((operation, Actor::allowed(operation)?, examples::of_operation(operation).swap_remove(0)))
    })
}

/// Returns a body without the members that differ between two equal requests.
fn comparable(response: &TestResponse) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.retain(|name, _| {
                    !["request_id", "instance", "updated_at", "created_at"].contains(&name.as_str())
                });
                members.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    strip(&mut body);
    body
}

#[tokio::test]
async fn both_forms_of_an_id_name_the_same_resource_in_every_operation() {
    let scenario = Scenario::start(&[]).await;
    let whole = scenario.versions().await;
    let (mut compared, mut wrong) = (0, Vec::new());
    for (operation, actor, example) in callable() {
        for slot in kinds::slots(operation) {
            let Some(kind) = kinds::of_path(operation, slot) else { continue };
            let mut parameters = parameters(operation);
            let parameter = parameters.find(|parameter| parameter["name"] == slot);
            if parameter.is_some_and(|parameter| parameter["schema"]["format"] == "uuid") {
                // It has one form.
                continue;
            }
            let mut responses = Vec::new();
            for form in ["id", "uuid"] {
                let mut example = scenario.prepare(&example, actor).await;
                let sql = format!(
                    "select {form}::text from {} as thing where $1 in ({})",
                    kind.table,
                    kind.names()
                );
                let database = scenario.app.database.client();
                let row = database.query_one(&sql, &[&example.path[slot]]).await;
                example.path.insert(slot.to_owned(), row.expect("the example names a row").get(0));
                responses.push(scenario.send_as(&example, actor).await);
                scenario.rewind(&whole).await;
            }
            if responses[0].status != responses[1].status
                || comparable(&responses[0]) != comparable(&responses[1])
            {
                wrong.push(format!("{}: {}, and {}", operation.id, responses[0].text(), responses[1].text()));
            }
            if !responses[0].status.is_success() {
                wrong.push(format!("{}: {}", operation.id, responses[0].text()));
            }
            compared += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 20, "{compared}");
}

/// Collects the places where a response refers to a resource: as an item of its kind, or by a member with `x-ref`.
fn referring(
    schema: &'static Value,
    value: &Value,
    kind: &str,
    id: &Value,
    at: &str,
    found: &mut Vec<String>,
) {
    for part in parts(schema) {
        for (name, property) in part["properties"].as_object().into_iter().flatten() {
            let Some(member) = value.get(name) else { continue };
            let at = format!("{at}/{name}");
            let is_ref = parts(property).into_iter().any(|part| kinds::name_of(part) == Some(kind));
            if is_ref && member == id {
                found.push(at.clone());
            }
            referring(property, member, kind, id, &at, found);
        }
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            referring(&part["items"], item, kind, id, &format!("{at}/{index}"), found);
        }
    }
}

/// Returns the places of a list's response that show a resource.
fn shown(list: &'static Operation, response: &Value, kind: &str, id: &Value) -> Vec<String> {
    let schema = &of_document(list)["responses"]["200"]["content"]["application/json"]["schema"];
    let mut found = Vec::new();
    referring(schema, response, kind, id, "", &mut found);
    let is_of_kind = kinds::getter(kind)
        .and_then(|getter| getter.path.rsplit_once('/'))
        .is_some_and(|(collection, _)| list.path.starts_with(collection));
    let rows = [response, &response["results"], &response["data"]];
    let rows = rows.into_iter().find_map(Value::as_array).into_iter().flatten();
    let items = rows.enumerate().filter(|(_, item)| is_of_kind && (item["id"] == *id || *item == id));
    found.extend(items.map(|(index, _)| format!("/{index}")));
    found
}

#[tokio::test]
async fn what_is_deleted_is_found_nowhere() {
    let scenario = Scenario::start(&[]).await;
    let whole = scenario.versions().await;
    let lists: Vec<_> = callable().filter(|(operation, ..)| operation.page_size > 0).collect();
    let (mut seen_before, mut wrong) = (BTreeSet::new(), Vec::new());
    for (operation, actor, example) in callable().filter(|(operation, ..)| operation.method == "DELETE") {
        // A relation that ends leaves the resource of its path.
        let Some(slot) =
            operation.path.rsplit('/').next().and_then(|last| last.strip_prefix('{')?.strip_suffix('}'))
        else {
            continue;
        };
        let kind = kinds::name_of_path(operation, slot).expect("a slot of a path has a kind");
        let getter = kinds::getter(kind).expect("each kind is read by an operation");
        if getter.path != operation.path {
            continue;
        }
        let example = scenario.prepare(&example, actor).await;
        let read = Example { path: example.path.clone(), ..examples::of_operation(getter).swap_remove(0) };
        let id = scenario.send_as(&read, actor).await.json()["id"].clone();
        let listed = async |list: &(&'static Operation, Actor, Example)| {
            let (list, by, mut example) = (list.0, list.1, list.2.clone());
            example.query = vec![("limit".to_owned(), "100".to_owned())];
            let response = scenario.send_as(&example, by).await;
            // The lists of a resource's own parts end with it.
            if response.status == 404 { Vec::new() } else { shown(list, &response.json(), kind, &id) }
        };
        for list in &lists {
            if !listed(list).await.is_empty() {
                seen_before.insert(operation.id);
            }
        }
        let deleted = scenario.send_as(&example, actor).await;
        if !deleted.status.is_success() {
            wrong.push(format!("{}: {}", operation.id, deleted.text()));
        }
        wrong.extend(other(getter, 404, &scenario.send_as(&read, actor).await));
        for list in &lists {
            let places = listed(list).await;
            if !places.is_empty() {
                wrong.push(format!("{}: {} still shows it at {places:?}", operation.id, list.0.id));
            }
        }
        scenario.rewind(&whole).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen_before.len() >= 4, "only {seen_before:?} were listed before");
}

#[tokio::test]
async fn a_body_may_have_exactly_the_size_of_its_limit() {
    let scenario = Scenario::start(&[]).await;
    let whole = scenario.versions().await;
    let mut wrong = Vec::new();
    for (operation, actor, example) in callable() {
        if example.body.is_none() || !matches!(&example.body, Some(body) if body.media_type.ends_with("json"))
        {
            continue;
        }
        let example = scenario.prepare(&example, actor).await;
        let token = scenario.token(actor, operation.scope).await;
        // Blanks after a value are a part of the body.
        let padded = |size: usize| {
            let text = scenario.call(&example, actor, token.as_deref()).body_text();
            let blanks = " ".repeat(size - text.len());
            scenario
                .call(&Example { body: None, ..example.clone() }, actor, token.as_deref())
                .text(text + &blanks)
        };
        let over = padded(operation.body_limit + 1).await;
        wrong.extend(other(operation, 413, &over));
        let at = padded(operation.body_limit).await;
        if !at.status.is_success() {
            wrong.push(format!("{}: {} at its limit: {}", operation.id, at.status, at.text()));
        }
        scenario.rewind(&whole).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn each_pair_of_query_parameters_is_accepted_or_refused_as_exclusive() {
    let scenario = Scenario::start(&[]).await;
    let whole = scenario.versions().await;
    let mut wrong = Vec::new();
    for (operation, actor, plain) in callable() {
        let plain = scenario.prepare(&plain, actor).await;
        let queries: Vec<_> = parameters(operation).filter(|parameter| parameter["in"] == "query").collect();
        let value = |parameter: &'static Value| {
            let schema = resolved(&parameter["schema"]);
            let shown = parameter.get("example").or_else(|| schema.get("example"));
            // Only the first position of a list is known in advance.
            shown.map_or_else(
                || "start".to_owned(),
                |shown| match shown {
                    Value::Array(items) => {
                        items.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
                    }
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                },
            )
        };
        for (index, first) in queries.iter().enumerate() {
            for second in &queries[index + 1..] {
                let mut example = plain.clone();
                let pair = [first, second].map(|parameter| parameter["name"].as_str().unwrap_or_default());
                example.query = vec![(pair[0].to_owned(), value(first)), (pair[1].to_owned(), value(second))];
                let response = scenario.send_as(&example, actor).await;
                let fields = &response.json()["error"]["details"]["fields"];
                let is_exclusive = pair.iter().any(|name| fields[*name][0]["rule"] == "exclusive");
                let says_so = [first, second].iter().any(|parameter| {
                    let rules = resolved(&parameter["schema"])["x-semantic-rules"].as_array();
                    rules.is_some_and(|rules| rules.contains(&json!("exclusive")))
                });
                if !(response.status.is_success() || (is_exclusive && says_so)) {
                    wrong.push(format!("{}: {pair:?}: {}", operation.id, response.text()));
                }
            }
        }
        scenario.rewind(&whole).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Texts that only hidden people have, by the column of `users` and `addresses`.
const HIDDEN: &str = "
update users set first_name = 'Xqz+' || id, last_name = 'Xqz+' || id, email = 'xqz+' || id || '@mail.example',
    phone = 'Xqz+' || id;
update addresses set street = 'Xqz+' || id;";

#[tokio::test]
async fn nothing_of_a_hidden_person_is_in_any_response() {
    let app = TestApp::start_with(&[("OPEN_DIRECTORY", "off")]).await;
    app.database.client().batch_execute(HIDDEN).await.expect("runs");
    let scenario = Scenario::on(app).await;
    let whole = scenario.versions().await;
    let (mut seen, mut wrong) = (0, Vec::new());
    for actor in [Actor::Anonymous, Actor::Other] {
        let own = (actor == Actor::Other).then(|| format!("qz+{}", scenario.person(actor).id));
        for (operation, allowed, example) in callable() {
            let by = if operation.method == "GET" { actor } else { allowed };
            if by != actor {
                continue;
            }
            let example = scenario.prepare(&example, allowed).await;
            let response = scenario.send_as(&example, actor).await;
            let text = response.text();
            let names = text.match_indices("qz+").map(|(at, _)| &text[at..]);
            // The caller's own fields are not hidden from it.
            let is_own = |found: &&str| {
                own.as_ref().is_some_and(|own| {
                    found.starts_with(own.as_str())
                        && !found[own.len()..].starts_with(|next: char| next.is_ascii_digit())
                })
            };
            let leaked: Vec<&str> =
                names.filter(|found| !is_own(found)).map(|found| &found[..found.len().min(20)]).collect();
            if !leaked.is_empty() {
                wrong.push(format!("{} as {actor:?}: {leaked:?}", operation.id));
            }
            seen += 1;
            scenario.rewind(&whole).await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 30, "{seen}");
}

#[tokio::test]
async fn optional_members_may_be_left_out() {
    let scenario = Scenario::start(&[]).await;
    let whole = scenario.versions().await;
    let mut wrong = Vec::new();
    for (operation, actor, plain) in callable() {
        let Some(body) = plain.body.as_ref() else { continue };
        let schema = resolved(body.schema);
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let needs_one =
            schema["x-semantic-rules"].as_array().is_some_and(|rules| rules.contains(&json!("required")));
        let names: Vec<&String> =
            schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name).collect();
        for left_out in names.iter().filter(|name| !required.contains(&name.as_str())) {
            let mut fewer = plain.clone();
            let Some(members) = fewer.body.as_mut().and_then(|body| body.value.as_object_mut()) else {
                continue;
            };
            if members.remove(left_out.as_str()).is_none() || (needs_one && members.is_empty()) {
                continue;
            }
            let example = scenario.prepare(&fewer, actor).await;
            let response = scenario.send_as(&example, actor).await;
            // A member may be needed beside another one: then a rule of its own says so.
            let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
            let reported = &body["error"]["details"]["fields"][left_out.as_str()][0]["rule"];
            let rules = resolved(&schema["properties"][left_out.as_str()])["x-semantic-rules"].as_array();
            let is_needed = rules.is_some_and(|rules| rules.contains(reported));
            if !response.status.is_success() && !is_needed {
                wrong.push(format!("{} without {left_out}: {}", operation.id, response.text()));
            }
            scenario.rewind(&whole).await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns a value at a bound of a schema, or `None` if it has no such bound or no known form of text fits.
fn at_bound(schema: &Value, word: &str, given: &Value) -> Option<Value> {
    let size = || schema[word].as_u64().and_then(|size| usize::try_from(size).ok());
    match word {
        "minimum" | "maximum" => schema.get(word).cloned(),
        "minLength" | "maxLength" if schema["type"] == "string" => {
            text_of(schema, size()?).map(|text| json!(text))
        }
        "minItems" | "maxItems" => {
            let item = given.get(0)?.clone();
            Some(Value::Array(vec![item; size()?]))
        }
        _ => None,
    }
}

const BOUNDS: [&str; 6] = ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"];

/// A request with one value at a bound: the request, the field and the keyword.
type AtBound = (Example, String, &'static str);

/// Collects requests with one value of the body at a bound, nested ones too.
fn bounds_of_body(schema: &'static Value, at: &str, example: &Example, found: &mut Vec<AtBound>) {
    let given = example.body.as_ref().and_then(|body| body.value.pointer(at)).cloned().unwrap_or_default();
    for part in parts(schema) {
        for word in BOUNDS {
            let mut changed = example.clone();
            let place = changed.body.as_mut().and_then(|body| body.value.pointer_mut(at));
            if let (Some(value), Some(place)) = (at_bound(part, word, &given), place) {
                *place = value;
                found.push((changed, at.trim_start_matches('/').replace('/', "."), word));
            }
        }
        for (name, property) in part["properties"].as_object().into_iter().flatten() {
            let mut present = example.clone();
            let members = present
                .body
                .as_mut()
                .and_then(|body| body.value.pointer_mut(at))
                .and_then(Value::as_object_mut);
            let Some(members) = members else { continue };
            if !members.contains_key(name) {
                let shown = parts(property).into_iter().find_map(|part| part.get("example"));
                members.insert(name.clone(), shown.cloned().unwrap_or_default());
            }
            bounds_of_body(property, &format!("{at}/{name}"), &present, found);
        }
        if given.get(0).is_some() {
            bounds_of_body(&part["items"], &format!("{at}/0"), example, found);
        }
    }
}

/// Collects requests with one parameter at a bound. A condition lists the current entity tag beside a long other one.
fn bounds_of_parameters(example: &Example, etag: &str, found: &mut Vec<AtBound>) {
    for parameter in parameters(example.operation).filter(|parameter| parameter["in"] != "path") {
        let name = parameter["name"].as_str().unwrap_or_default();
        let schema = resolved(&parameter["schema"]);
        let shown = parameter.get("example").or_else(|| schema.get("example")).cloned().unwrap_or_default();
        for word in BOUNDS {
            let Some(value) = at_bound(schema, word, &shown) else { continue };
            let text = match &value {
                Value::Array(items) => items.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let changed = if parameter["in"] == "query" {
                Example { query: vec![(name.to_owned(), text)], ..example.clone() }
            } else {
                let is_match = name == "If-Match" && !etag.is_empty();
                let other = || format!("{etag},\"{}\"", "a".repeat(text.len() - etag.len() - 3));
                with_header(example, name, &if is_match { other() } else { text })
            };
            found.push((changed, name.to_owned(), word));
        }
    }
}

#[tokio::test]
async fn values_at_a_bound_are_not_refused_for_it() {
    let scenario = Scenario::start(&[]).await;
    let whole = scenario.versions().await;
    let (mut tried, mut wrong) = (0, Vec::new());
    for (operation, actor, plain) in callable().filter(|(operation, ..)| !examples::is_lenient(operation)) {
        let prepared = scenario.prepare(&plain, actor).await;
        let read = OPERATIONS.iter().find(|read| read.method == "GET" && read.path == operation.path);
        let mut etag = String::new();
        if let Some(read) = read {
            let read = Example { path: prepared.path.clone(), ..examples::of_operation(read).swap_remove(0) };
            scenario.send_as(&read, actor).await.header("etag").clone_into(&mut etag);
        }
        scenario.rewind(&whole).await;
        let mut cases = Vec::new();
        bounds_of_parameters(&plain, &etag, &mut cases);
        if let Some(body) = &plain.body {
            bounds_of_body(body.schema, "", &plain, &mut cases);
        }
        for (example, field, word) in cases {
            let example = scenario.prepare(&example, actor).await;
            let response = scenario.send_as(&example, actor).await;
            let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
            let rules = body["error"]["details"]["fields"][&field].as_array();
            let mut rules = rules.into_iter().flatten().filter_map(|violation| violation["rule"].as_str());
            if rules.any(|rule| rule == word) || response.status.is_server_error() {
                wrong.push(format!("{}: {field} at its {word}: {}", operation.id, response.text()));
            }
            tried += 1;
            scenario.rewind(&whole).await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried >= 150, "{tried}");
}

#[tokio::test]
async fn a_coded_body_is_refused_with_the_codings_that_are_read() {
    let scenario = Scenario::start(&[]).await;
    let mut wrong = Vec::new();
    for (operation, actor, example) in callable().filter(|(.., example)| example.body.is_some()) {
        let coded = with_header(&example, "content-encoding", "gzip");
        let response = scenario.send_as(&coded, actor).await;
        wrong.extend(other(operation, 415, &response));
        if response.header("accept-encoding") != "identity" {
            wrong.push(format!(
                "{}: Accept-Encoding is {:?}",
                operation.id,
                response.header("accept-encoding")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn security_headers_have_their_values_in_every_response() {
    let scenario = Scenario::start(&[]).await;
    let mut wrong = Vec::new();
    for (operation, actor, example) in callable().filter(|(operation, ..)| operation.method == "GET") {
        let unknown = with_header(&example, "accept", "*/*");
        for response in
            [scenario.send_as(&example, actor).await, scenario.send(&unknown, actor, Some("x")).await]
        {
            for (name, value) in [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")] {
                if response.header(name) != value {
                    wrong.push(format!("{}: {name} is {:?}", operation.id, response.header(name)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
