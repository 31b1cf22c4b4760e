//! Tests of protocol errors, one of each class, and of body errors for every operation with a body. `routes` covers
//! methods.

use std::time::Duration;

use agora_api::OPERATIONS;
use agora_api::models::ProblemCode;
use agora_harness::{Actor, Scenario, TestResponse, examples, raw};

/// Deadline of an exchange: longer than any wait of the server, shorter than the limit of a test.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn unknown_paths_have_the_one_error_body() {
    let scenario = Scenario::start(&[]).await;
    let problem = scenario.client().get("/api/v1/nothing-of-the-contract").await.problem_at(404);
    assert_eq!(problem.error.code, ProblemCode::NotFound);
}

#[tokio::test]
async fn every_body_of_another_type_or_size_is_refused_before_it_is_read() {
    let scenario = Scenario::start(&[]).await;
    let before = scenario.versions().await;
    for operation in OPERATIONS {
        let example = examples::of_operation(operation).swap_remove(0);
        let (Some(actor), Some(_)) = (Actor::allowed(operation), &example.body) else { continue };
        let mut odd = example.clone();
        odd.body.iter_mut().for_each(|body| body.media_type = "application/x-nothing".to_owned());
        let person = (actor != Actor::Anonymous).then(|| scenario.person(actor).access.as_str());
        let refused = scenario.send(&odd, actor, person).await;
        assert_eq!(refused.status, 415, "{}: {}", operation.id, refused.text());
        let media_type = example.body.as_ref().map_or("", |body| body.media_type.as_str());
        let credential = person.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let head = format!(
            "{} {} HTTP/1.1\r\nHost: x\r\n{credential}Content-Type: {media_type}\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{{",
            operation.method,
            example.target(),
            operation.body_limit + 1
        );
        let seen = raw::exchange(scenario.app.address(), head.as_bytes(), PATIENCE)
            .await
            .expect("the server closes");
        let refused = TestResponse::read(operation.method, &example.target(), &seen);
        assert_eq!(refused.status, 413, "{}: {seen}", operation.id);
    }
    assert_eq!(scenario.versions().await, before, "a refused request leaves a trace");
}

#[tokio::test]
async fn a_target_beyond_its_bound_is_414_whatever_it_asks_for() {
    let scenario = Scenario::start(&[]).await;
    for operation in OPERATIONS.iter().filter(|operation| !examples::is_lenient(operation)) {
        let mut example = examples::of_operation(operation).swap_remove(0);
        example.query.push(("x".to_owned(), "y".repeat(8 * 1024)));
        let refused = example.call(scenario.client()).await;
        assert_eq!(refused.problem_at(414).error.code, ProblemCode::UriTooLong, "{}", operation.id);
    }
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_408_wherever_there_is_one() {
    let scenario = Scenario::start(&[("AGORA_RECEIVE_SECONDS", "2")]).await;
    let before = scenario.versions().await;
    let mut waiting = tokio::task::JoinSet::new();
    for operation in OPERATIONS {
        let example = examples::of_operation(operation).swap_remove(0);
        let (Some(actor), Some(body)) = (Actor::allowed(operation), &example.body) else { continue };
        let person = (actor != Actor::Anonymous).then(|| scenario.person(actor).access.as_str());
        let credential = person.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let (target, address) = (example.target(), scenario.app.address().to_owned());
        let head = format!(
            "{} {target} HTTP/1.1\r\nHost: x\r\n{credential}Content-Type: {}\r\nContent-Length: 9\r\n\r\n{{",
            operation.method, body.media_type
        );
        // All requests run at once, so that their waits overlap.
        waiting.spawn(async move {
            let seen = raw::exchange(&address, head.as_bytes(), PATIENCE).await.expect("the server closes");
            assert_eq!(
                TestResponse::read(operation.method, &target, &seen).status,
                408,
                "{}: {seen}",
                operation.id
            );
        });
    }
    assert!(waiting.len() > 20, "most operations that change something have a body");
    while let Some(seen) = waiting.join_next().await {
        seen.expect("it is refused");
    }
    assert_eq!(scenario.versions().await, before, "a refused request leaves a trace");
}
