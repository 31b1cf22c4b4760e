//! Tests of conditional requests (RFC 9110, section 13), for operations that support conditions and for all others.

use agora_api::OPERATIONS;
use agora_harness::examples::{self, Example};
use agora_harness::spec;
use agora_harness::spec::of_document;
use agora_harness::{Actor, Scenario};
use agora_runtime::fields::EntityTags;
use http::HeaderValue;
use regex::Regex;

use super::statuses::{listing, other, with_header};

#[tokio::test]
async fn what_the_caller_has_is_304_with_all_fields_of_the_200_but_those_of_its_bytes() {
    let scenario = Scenario::start(&[]).await;
    let mut wrong = Vec::new();
    for (operation, actor, mut example) in listing("304") {
        if of_document(operation)["responses"]["200"]["headers"].get("Link").is_some() {
            // A page of one item has neighbours, and therefore links that could get lost.
            example.query = vec![("limit".to_owned(), "1".to_owned())];
        }
        let example = scenario.prepare(&example, actor).await;
        for coding in ["identity", "gzip", "br"] {
            let coded = with_header(&example, "accept-encoding", coding);
            let first = scenario.send_as(&coded, actor).await;
            let again =
                scenario.send_as(&with_header(&coded, "if-none-match", first.header("etag")), actor).await;
            wrong.extend(other(operation, 304, &again));
            let of_bytes = ["content-encoding", "content-length", "content-type", "date", "x-request-id"];
            let fields = first.headers.iter().filter(|(name, _)| !of_bytes.contains(&name.as_str()));
            let lost = fields
                .filter(|(name, value)| !again.headers.get_all(*name).iter().any(|kept| kept == *value));
            wrong.extend(lost.map(|(name, _)| format!("{}: {coding}: 304 has another {name}", operation.id)));
            if !again.headers.contains_key("date") || again.headers.contains_key("content-encoding") {
                wrong.push(format!("{}: {coding}: {:?}", operation.id, again.headers));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn who_knows_a_thing_as_it_is_reads_it_again() {
    let scenario = Scenario::start(&[]).await;
    let mut wrong = Vec::new();
    for (operation, actor, example) in listing("304") {
        let example = scenario.prepare(&example, actor).await;
        let first = scenario.send_as(&example, actor).await;
        let again = scenario.send_as(&with_header(&example, "if-match", first.header("etag")), actor).await;
        wrong.extend(other(operation, 200, &again));
        if again.body != first.body {
            wrong.push(format!("{}: another body", operation.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn who_has_read_a_thing_as_it_is_may_change_it() {
    let scenario = Scenario::start(&[]).await;
    let whole = scenario.versions().await;
    let mut wrong = Vec::new();
    let changes = listing("412").filter(|(operation, ..)| operation.method != "GET");
    for (operation, actor, example) in changes {
        let read = OPERATIONS.iter().find(|known| known.method == "GET" && known.path == operation.path);
        let Some(read) = read else { continue };
        let example = scenario.prepare(&example, actor).await;
        let read = Example { path: example.path.clone(), ..examples::of_operation(read).swap_remove(0) };
        let read = scenario.send_as(&read, actor).await;
        let refused = with_header(&example, "if-none-match", read.header("etag"));
        wrong.extend(other(operation, 412, &scenario.send_as(&refused, actor).await));
        let met =
            with_header(&with_header(&example, "if-none-match", "\"x\""), "if-match", read.header("etag"));
        let response = scenario.send_as(&met, actor).await;
        if !response.status.is_success() {
            wrong.push(format!("{}: {}: {}", operation.id, response.status, response.text()));
        }
        scenario.rewind(&whole).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn who_meant_another_version_gets_412_and_changes_nothing() {
    let scenario = Scenario::start(&[]).await;
    let whole = scenario.versions().await;
    let mut wrong = Vec::new();
    for (operation, actor, example) in listing("412") {
        let example = scenario.prepare(&example, actor).await;
        let token = scenario.token(actor, operation.scope).await;
        let before = scenario.versions().await;
        let mut refused = vec![with_header(&example, "if-match", "\"0\", W/\"1\"")];
        if operation.method != "GET" {
            refused.push(with_header(&example, "if-none-match", "*"));
        }
        for refused in refused {
            wrong.extend(other(operation, 412, &scenario.send(&refused, actor, token.as_deref()).await));
        }
        if scenario.versions().await != before {
            wrong.push(format!("{} leaves a trace", operation.id));
        }
        scenario.rewind(&whole).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_condition_that_an_operation_does_not_have_is_refused_before_anything_is_done() {
    let scenario = Scenario::start(&[]).await;
    let mut wrong = Vec::new();
    for operation in OPERATIONS {
        let Some(actor) = Actor::allowed(operation) else { continue };
        let example = examples::of_operation(operation).swap_remove(0);
        let token = scenario.token(actor, operation.scope).await;
        let before = scenario.versions().await;
        if examples::is_lenient(operation) {
            continue;
        }
        let has = |name| spec::parameters(operation).any(|parameter| parameter["name"] == name);
        let mut conditions = vec![];
        if operation.method != "GET" {
            conditions.push(("If-Unmodified-Since", "Fri, 01 Jan 2027 00:00:00 GMT"));
        }
        if !has("If-Match") {
            conditions.extend([("If-Match", "*"), ("If-Match", "\"x\""), ("If-None-Match", "*")]);
            if operation.method != "GET" {
                conditions.push(("If-None-Match", "\"x\""));
            }
        }
        for (name, value) in conditions {
            let response = scenario.send(&with_header(&example, name, value), actor, token.as_deref()).await;
            let reported = response.status == 400
                && response.json()["error"]["details"]["fields"][name][0]["rule"] == "unknown";
            if !reported {
                wrong.push(format!(
                    "{}: {name}: {value}: {}: {}",
                    operation.id,
                    response.status,
                    response.text()
                ));
            }
        }
        if scenario.versions().await != before {
            wrong.push(format!("{} leaves a trace", operation.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns all texts of up to five letters of an alphabet.
fn texts(alphabet: &[char]) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut last = all.clone();
    for _ in 0..5 {
        let longer =
            last.iter().flat_map(|text| alphabet.iter().map(move |letter| format!("{text}{letter}")));
        last = longer.collect();
        all.extend_from_slice(&last);
    }
    all
}

#[test]
fn the_contract_describes_the_conditions_that_the_server_reads() {
    let operation =
        OPERATIONS.iter().find(|operation| operation.id == "delete_category").expect("it is there");
    for name in ["If-Match", "If-None-Match"] {
        let parameter = spec::parameters(operation).find(|parameter| parameter["name"] == name);
        let pattern =
            parameter.expect("it has both")["schema"]["pattern"].as_str().expect("it has a pattern");
        let pattern = Regex::new(pattern).expect("compiles");
        for text in texts(&['"', ',', '*', 'W', '/', ' ', '\t']) {
            let value = HeaderValue::from_str(&text).expect("a field value");
            let is_read = matches!(EntityTags::read([&value]), Ok(Some(_)));
            assert_eq!(is_read, pattern.is_match(&text), "{name}: {text:?}");
        }
    }
}
