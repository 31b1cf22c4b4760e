//! Tests of the published document: the contract without pages and sandbox operations, with its references kept.

use std::collections::BTreeSet;

use agora_harness::spec::DOCUMENT;
use serde_json::Value;

/// Inlines parameters and responses where they are used, as the whole contract does.
fn inlined(value: &Value, document: &Value) -> Value {
    let is_inlined = |target: &&str| {
        ["#/components/parameters/", "#/components/responses/"].iter().any(|start| target.starts_with(start))
    };
    match value {
        Value::Array(items) => items.iter().map(|item| inlined(item, document)).collect(),
        Value::Object(members) => match value["$ref"].as_str().filter(is_inlined) {
            Some(target) => {
                inlined(document.pointer(&target[1..]).expect("the reference leads somewhere"), document)
            }
            None => members.iter().map(|(name, member)| (name.clone(), inlined(member, document))).collect(),
        },
        other => other.clone(),
    }
}

/// Collects the references in a value, including those of discriminators.
fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(members) => {
            let mapped = value["mapping"].as_object().into_iter().flat_map(|mapping| mapping.values());
            found.extend(mapped.chain(members.get("$ref")).filter_map(Value::as_str));
            members.values().for_each(|member| references(member, found));
        }
        _ => {}
    }
}

fn published() -> Value {
    serde_json::from_str(agora_api::DOCUMENT_JSON).expect("what is published is JSON")
}

#[test]
fn what_is_published_is_the_contract_without_pages_and_sandbox() {
    let (published, whole) = (published(), &*DOCUMENT);
    let is_hidden = |name: &Value| {
        let mut tags = whole["tags"].as_array().into_iter().flatten();
        tags.any(|tag| tag["name"] == *name && tag["x-published"] == false)
    };
    assert!(["docs", "sandbox"].iter().all(|tag| is_hidden(&(*tag).into())) && !is_hidden(&"auth".into()));
    let mut paths = whole["paths"].clone();
    for item in paths.as_object_mut().expect("the document has paths").values_mut() {
        item.as_object_mut().expect("a path item").retain(|_, operation| !is_hidden(&operation["tags"][0]));
    }
    paths.as_object_mut().expect("an object").retain(|_, item| item != &serde_json::json!({}));
    assert_eq!(inlined(&published["paths"], &published), paths);
    for (name, schema) in published["components"]["schemas"].as_object().expect("there are schemas") {
        assert_eq!(*schema, whole["components"]["schemas"][name], "{name}");
    }
    for part in ["openapi", "info", "servers", "security", "x-semantic-rules"] {
        assert_eq!(published[part], whole[part], "{part}");
    }
}

#[test]
fn every_reference_of_what_is_published_leads_somewhere_and_every_component_is_used() {
    let published = published();
    let mut found = BTreeSet::new();
    references(&published, &mut found);
    let dead: Vec<_> = found.iter().filter(|target| published.pointer(&target[1..]).is_none()).collect();
    assert!(dead.is_empty(), "{dead:?}");
    for section in ["schemas", "parameters", "headers", "responses"] {
        for name in published["components"][section].as_object().expect("there are components").keys() {
            let target = format!("#/components/{section}/{name}");
            assert!(found.contains(target.as_str()), "nothing uses {target}");
        }
    }
}

/// Shared responses are defined once, since clients generate a type for each copy.
#[test]
fn what_is_published_repeats_no_shared_answer() {
    let published = published();
    let text = agora_api::DOCUMENT_JSON;
    assert!(text.len() < agora_api::OPERATIONS.len() * 5_500, "{} bytes", text.len());
    let responses = published["paths"].as_object().expect("paths").values().flat_map(|item| {
        item.as_object()
            .expect("a path item")
            .values()
            .flat_map(|operation| operation["responses"].as_object().expect("answers").iter())
    });
    let problems =
        responses.filter(|(_, response)| response["content"].get("application/problem+json").is_some());
    let copied: Vec<&String> = problems.map(|(status, _)| status).collect();
    assert!(copied.is_empty(), "{copied:?} are written out");
}
