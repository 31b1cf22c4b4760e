//! Checks that the router serves exactly the contract.

use std::collections::BTreeSet;

use agora_api::OPERATIONS;
use agora_harness::TestApp;
use reqwest::Method;

const METHODS: [Method; 7] =
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE, Method::HEAD];

/// Returns a path of the contract with its parameters filled in.
fn filled(template: &str) -> String {
    template
        .split('/')
        .map(|part| if part.starts_with('{') { "999999" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

fn methods_of(path: &str) -> BTreeSet<&'static str> {
    let mut methods: BTreeSet<_> = OPERATIONS
        .iter()
        .filter(|operation| operation.path == path)
        .map(|operation| operation.method)
        .collect();
    if methods.contains("GET") {
        methods.insert("HEAD");
    }
    methods
}

#[tokio::test]
async fn every_method_of_every_path_is_served_or_refused_as_the_contract_says() {
    let app = TestApp::start().await;
    let paths: BTreeSet<&str> = OPERATIONS.iter().map(|operation| operation.path).collect();
    for path in paths {
        let expected = methods_of(path);
        for method in METHODS {
            let response = app.anonymous().call(method.clone(), &filled(path)).await;
            if expected.contains(method.as_str()) {
                assert_ne!(response.status, 405, "{method} {path} is not served");
            } else {
                assert_eq!(response.status, 405, "{method} {path} is not in the contract");
                let allowed: BTreeSet<&str> = response.header("allow").split(", ").collect();
                assert_eq!(allowed, expected, "Allow of {path}");
            }
        }
    }
}

#[tokio::test]
async fn every_operation_that_is_not_public_refuses_anonymous_callers() {
    let app = TestApp::start().await;
    for operation in OPERATIONS.iter().filter(|operation| operation.who != agora_runtime::Access::Public) {
        let method: Method = operation.method.parse().expect("a method");
        let response = app.anonymous().call(method, &filled(operation.path)).text("{ this is not JSON").await;
        assert_eq!(response.status, 401, "{}", operation.id);
        assert!(!response.header("www-authenticate").is_empty());
    }
}
