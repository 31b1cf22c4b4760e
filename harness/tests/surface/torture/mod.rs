//! Tests of generated code. The contract in spec/torture has every construct that generators are known to mishandle,
//! and each test is named after one of them. The tests cover the templates and the runtime in crates/runtime/. The server is
//! a small one, made for these tests.

mod bodies;
mod parameters;
mod probe;
mod responses;
mod security;
mod server;
mod values;

use agora_runtime::{Access, Contract, Idempotency, Operation};
use serde_json::{Value, json};

#[tokio::test]
async fn an_operation_that_is_written_by_hand_is_in_the_table_and_has_no_route() {
    let by_hand = &agora_torture::apis::torture::GET_HANDWRITTEN;
    assert!(agora_torture::OPERATIONS.iter().any(|known| known.id == by_hand.id));
    assert_eq!((by_hand.path, by_hand.rate_limit), ("/handwritten", "none"));
    assert_eq!(server::CONTRACT.security(by_hand), &[] as &[Vec<_>], "the contract knows it");
    let response = probe::Probe::start()
        .await
        .raw("GET /handwritten HTTP/1.1\r\nHost: torture\r\nConnection: close\r\n\r\n")
        .await;
    assert!(response.starts_with("HTTP/1.1 404 "), "{response}");
}

#[test]
fn a_body_that_the_runtime_does_not_read_does_not_compile() {
    let mut document: Value = serde_json::from_str(agora_torture::CONTRACT_JSON).expect("is JSON");
    let content = &mut document["paths"]["/text"]["post"]["requestBody"]["content"];
    *content = json!({"text/csv": content["application/json"]});
    let error =
        Contract::compile(&document.to_string(), agora_torture::OPERATIONS, &[]).err().expect("is refused");
    assert!(error.to_string().starts_with("the body of create_text is text/csv"), "{error}");
}

#[test]
fn the_table_of_operations_says_what_the_contract_says() {
    let by_id =
        |id: &str| agora_torture::OPERATIONS.iter().find(|known| known.id == id).expect("is in the table");
    assert_eq!(agora_torture::OPERATIONS.len(), 15);
    for operation in agora_torture::OPERATIONS {
        assert_eq!(operation.tag, "torture");
        let is_get = operation.method == "GET";
        assert!(!is_get || operation.idempotency == Idempotency::None, "{}", operation.id);
        let has_default_limit = operation.body_limit == Operation::BODY_LIMIT;
        let has_own = ["create_bounds", "create_form"].contains(&operation.id);
        assert_eq!(has_default_limit, !has_own, "{}", operation.id);
    }
    let text = by_id("create_text");
    assert_eq!((text.method, text.path, text.who, text.scope), ("POST", "/text", Access::User, "read"));
    assert_eq!(
        (text.idempotency, text.rate_limit, text.sql_round_trips),
        (Idempotency::Accepted, "public", 0)
    );
    assert_eq!((text.deprecated, text.sunset), (false, ""));
    let payment = by_id("create_payment");
    assert_eq!(
        (payment.who, payment.scope, payment.idempotency),
        (Access::Staff, "write", Idempotency::Required)
    );
    assert_eq!((payment.rate_limit, payment.sql_round_trips), ("write", 3));
    assert_eq!(by_id("patch_nested").idempotency, Idempotency::None);
    assert_eq!(by_id("get_optional_security").who, Access::Public);
    assert_eq!(by_id("create_bounds").body_limit, 2048);
    let old = by_id("get_client_errors");
    assert_eq!((old.deprecated, old.sunset), (true, "Sun, 06 Nov 2033 08:49:37 GMT"));
}
