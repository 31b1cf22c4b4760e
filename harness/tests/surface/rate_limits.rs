//! Every operation is counted as its `x-rate-limit` says.

use agora_api::OPERATIONS;
use agora_harness::{Actor, Scenario, TestResponse, examples};
use serde_json::json;

fn is_told(response: &TestResponse) -> bool {
    ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]
        .iter()
        .all(|name| !response.header(name).is_empty())
}

#[tokio::test]
async fn every_operation_is_counted_as_the_contract_says() {
    let scenario = Scenario::start(&[]).await;
    let one = ["RATE_LIMIT_ANONYMOUS", "RATE_LIMIT_USER", "RATE_LIMIT_CREDENTIALS"].map(|name| (name, "1"));
    let strict = scenario.app.replica_with(&one).await;
    let client = |actor: Actor| match actor {
        Actor::Anonymous => strict.anonymous(),
        actor => strict.anonymous().with_token(&scenario.person(actor).access),
    };
    // Spends the only request of the minute, of each kind.
    for actor in Actor::ALL {
        let first = client(actor).get("/api/v1/products/1").await;
        assert!(first.status == 200 && is_told(&first), "{actor:?}: {}", first.status);
    }
    let guess = json!({"username": "johnd", "password": "not-the-password"});
    let first = strict.anonymous().post("/api/v1/auth/login").json(&guess).await;
    assert!(first.status == 401 && is_told(&first), "{}", first.status);

    let (mut counted, mut wrong) = (0, Vec::new());
    for operation in OPERATIONS {
        let actor = Actor::allowed(operation).unwrap_or(Actor::Anonymous);
        let response = examples::of_operation(operation).swap_remove(0).call(&client(actor)).await;
        let is_kept = match operation.rate_limit {
            "none" => response.status != 429 && response.header("x-ratelimit-limit").is_empty(),
            _ => response.status == 429 && is_told(&response) && !response.header("retry-after").is_empty(),
        };
        counted += usize::from(operation.rate_limit != "none");
        if !is_kept {
            wrong.push(format!("{} ({}): {}", operation.id, operation.rate_limit, response.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(counted >= 80, "{counted}");
}
