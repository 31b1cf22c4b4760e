//! Checks that no operation makes more round trips to the database than its `x-budget` allows. Round trips are counted
//! on the wire, with statements prepared. Each operation is called with its first example until it keeps its budget or
//! has no attempts left.

use agora_api::OPERATIONS;
use agora_harness::{Actor, Proxy, Scenario, TestApp, examples};
use agora_runtime::Operation;

/// Maximum attempts per operation. The first ones prepare the statements.
const TIMES: usize = 20;

/// Returns the least number of round trips of a successful call, or `None` if no call succeeds.
async fn cost(scenario: &Scenario, proxy: &Proxy, operation: &'static Operation) -> Option<u64> {
    let (actor, example) = (Actor::allowed(operation)?, examples::of_operation(operation).swap_remove(0));
    let whole = scenario.versions().await;
    let mut least = None;
    for _ in 0..TIMES {
        let example = scenario.prepare(&example, actor).await;
        let token = scenario.token(actor, operation.scope).await;
        let before = proxy.round_trips();
        let response = scenario.send(&example, actor, token.as_deref()).await;
        let spent = proxy.round_trips() - before;
        scenario.rewind(&whole).await;
        if response.status.is_success() {
            least = Some(least.map_or(spent, |least: u64| least.min(spent)));
            if spent <= u64::from(operation.sql_round_trips) {
                break;
            }
        }
    }
    least
}

#[tokio::test]
async fn no_operation_waits_for_the_database_more_often_than_it_may() {
    let (app, proxy) = TestApp::start_counted().await;
    let scenario = Scenario::on(app).await;
    let (mut over, mut unseen) = (Vec::new(), Vec::new());
    for operation in OPERATIONS {
        match cost(&scenario, &proxy, operation).await {
            Some(spent) if spent > u64::from(operation.sql_round_trips) => {
                over.push(format!("{}: {spent}, and may {}", operation.id, operation.sql_round_trips));
            }
            Some(_) => {}
            None => unseen.push(operation.id),
        }
    }
    assert!(over.is_empty(), "{over:#?}");
    assert!(unseen.is_empty(), "never succeeded with their examples: {unseen:?}");
}
