//! Checks that every list of the contract refuses positions that it cannot have, and is walked by its own cursors.

use agora_api::OPERATIONS;
use agora_harness::{Actor, Scenario, examples};

use super::statuses::other;

/// Returns the rule that a response names for a query parameter.
fn rule(response: &agora_harness::TestResponse, parameter: &str) -> String {
    response.json()["error"]["details"]["fields"][parameter][0]["rule"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn every_list_names_the_rule_that_a_position_breaks_and_begins_a_walk() {
    let scenario = Scenario::start(&[]).await;
    let mut wrong = Vec::new();
    let lists: Vec<_> = OPERATIONS.iter().filter(|operation| operation.page_size > 0).collect();
    assert!(lists.len() >= 10, "{}", lists.len());
    for operation in lists {
        let actor = Actor::allowed(operation).expect("somebody may list");
        let plain = examples::of_operation(operation).swap_remove(0);
        let asked = async |query: &[(&str, &str)]| {
            let mut example = plain.clone();
            example.query.retain(|(name, _)| !["page", "limit", "cursor"].contains(&name.as_str()));
            example.query.extend(query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            scenario.send_as(&example, actor).await
        };
        for (query, parameter, expected) in [
            (&[("page", "101"), ("limit", "100")][..], "page", "reach"),
            (&[("page", "1"), ("cursor", "start")], "cursor", "exclusive"),
            (&[("cursor", "c3RhcnQ")], "cursor", "forged"),
        ] {
            let refused = asked(query).await;
            wrong.extend(other(operation, 400, &refused));
            if rule(&refused, parameter) != expected {
                wrong.push(format!("{}: {query:?}: {}", operation.id, refused.text()));
            }
        }
        wrong.extend(other(operation, 200, &asked(&[("cursor", "start"), ("limit", "1")]).await));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
