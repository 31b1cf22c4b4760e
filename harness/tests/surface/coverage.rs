//! Checks the coverage of every operation of the contract. An actor of the harness may call it, its requests have
//! examples and snapshots, and a component test of its tag calls it. Gaps are listed by operation.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::catch_unwind;

use agora_api::OPERATIONS;
use agora_harness::{Actor, examples, spec};
use agora_runtime::Operation;
use regex::Regex;

use super::examples::snapshots;
use super::spec_rules::repository::{File, files};

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of this file compiles")
}

/// Returns the sources of a tag's component tests as one text.
fn component_tests(sources: &[File], tag: &str) -> String {
    let (file, folder) = (format!("{tag}.rs"), format!("{tag}/"));
    let of_tag = sources.iter().filter_map(|source| {
        let path = source.path.strip_prefix("harness/tests/component/")?;
        (path == file || path.starts_with(&folder)).then_some(source.text.as_str())
    });
    of_tag.collect::<Vec<_>>().join("\n")
}

/// Returns the operations that a source can call, from its literal paths and the methods that it uses.
fn called(source: &str) -> BTreeSet<&'static str> {
    let constants = pattern(r#"const ([A-Z_]+): &str =\s*"(/[^"]*)""#);
    let constants: BTreeMap<&str, &str> = constants
        .captures_iter(source)
        .map(|found| found.extract())
        .map(|(_, [name, path])| (name, path))
        .collect();
    let texts = pattern(r#""((?:/|\{[A-Z_]+\}/)[^"\s]*)""#);
    let mut paths: BTreeSet<String> = constants.values().map(|path| (*path).to_owned()).collect();
    for (_, [text]) in texts.captures_iter(source).map(|found| found.extract()) {
        let whole = constants
            .iter()
            .fold(text.to_owned(), |text, (name, path)| text.replace(&format!("{{{name}}}"), path));
        paths.insert(pattern(r"\{[^}]*\}").replace_all(&whole, "1").into_owned());
    }
    let methods = ["get", "post", "put", "patch", "delete"].map(|method| (method, method.to_uppercase()));
    let used = methods.iter().filter(|(method, upper)| {
        source.contains(&format!(".{method}(")) || source.contains(&format!("Method::{upper}"))
    });
    let used: Vec<&String> = used.map(|(_, upper)| upper).collect();
    let calls = paths.iter().flat_map(|path| used.iter().map(move |method| spec::operation(method, path)));
    calls.flatten().map(|operation| operation.id).collect()
}

/// Returns the gaps in the coverage of an operation.
fn gaps(operation: &'static Operation, snapshots: &BTreeSet<String>, called: &BTreeSet<&str>) -> Vec<String> {
    let mut gaps = Vec::new();
    let mut lacks =
        |what: &str| gaps.push(format!("{} ({} {}): {what}", operation.id, operation.method, operation.path));
    if Actor::allowed(operation).is_none() {
        lacks("nobody of the harness may call it");
    }
    match catch_unwind(|| examples::of_operation(operation)) {
        Err(_) => lacks("its parameters or its body have no example"),
        Ok(examples) => {
            for example in examples.iter().filter(|example| !snapshots.contains(&example.name)) {
                lacks(&format!("its example {} has no snapshot", example.name));
            }
        }
    }
    if !called.contains(operation.id) {
        lacks(&format!("no component test of {} calls it", operation.tag));
    }
    gaps
}

#[test]
fn every_operation_has_authorization_example_snapshot_and_component_test() {
    let (snapshots, sources) = (snapshots(), files("harness/tests/component", &[".rs"]));
    let tags: BTreeSet<&str> = OPERATIONS.iter().map(|operation| operation.tag).collect();
    let called: BTreeMap<&str, BTreeSet<&str>> =
        tags.into_iter().map(|tag| (tag, called(&component_tests(&sources, tag)))).collect();
    let gaps: Vec<String> =
        OPERATIONS.iter().flat_map(|operation| gaps(operation, &snapshots, &called[operation.tag])).collect();
    assert!(gaps.is_empty(), "not covered:\n{}", gaps.join("\n"));
}

#[test]
fn an_operation_that_no_source_calls_would_be_named() {
    let source = r#"const CARTS: &str = "/api/v1/carts";
        user.get(&format!("{CARTS}/{id}")).await; user.post(CARTS).await; user.call(Method::PATCH, "/api/carts/7?a=b")"#;
    let found = called(source);
    assert!(["get_cart", "create_cart", "patch_cart"].iter().all(|id| found.contains(id)), "{found:?}");
    assert!(!found.contains("delete_cart") && !found.contains("list_user_carts"), "{found:?}");
}
