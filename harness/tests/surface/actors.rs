//! Checks that every write passes its actor to the database. Triggers on all tables record the actor while each
//! operation runs with its first example.

use std::collections::BTreeSet;

use agora_api::OPERATIONS;
use agora_harness::{Actor, Scenario, TestApp, examples};
use agora_runtime::Operation;

/// Operations that only start, renew or end a session, each in a single statement. They run without an actor.
const SESSIONS: [&str; 5] = ["log_in", "log_out", "obtain_token", "refresh_session", "refresh_token"];

const WATCH: &str = "
create table seen (place text, actor text, tenant text, request_id text);
create function see() returns trigger language plpgsql security definer set search_path = public as $$
begin
    insert into seen values (tg_table_name, current_setting('agora.actor', true),
        current_setting('agora.tenant', true), current_setting('agora.request_id', true));
    return null;
end
$$;";

/// Distinct writes as the trigger sees them: table, actor, tenant, request ID.
type Seen = BTreeSet<[String; 4]>;

async fn seen(app: &TestApp) -> Seen {
    let taken = "delete from seen returning place, coalesce(actor, ''), coalesce(tenant, ''), coalesce(request_id, '')";
    let rows = app.database.client().query(taken, &[]).await.expect("the statement runs");
    rows.iter().map(|row| [row.get(0), row.get(1), row.get(2), row.get(3)]).collect()
}

/// Calls an operation with its first example as `actor`, and returns its writes.
async fn written(scenario: &Scenario, actor: Actor, operation: &'static Operation) -> Seen {
    let example = examples::of_operation(operation).swap_remove(0);
    let mut example = scenario.prepare(&example, actor).await;
    let token = scenario.token(actor, operation.scope).await;
    seen(&scenario.app).await;
    let headers = [("x-request-id", operation.id), ("idempotency-key", operation.id)];
    example.headers.extend(headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let response = scenario.send(&example, actor, token.as_deref()).await;
    assert!(response.status.is_success(), "{}: {}", operation.id, response.text());
    seen(&scenario.app).await
}

#[tokio::test]
async fn every_write_records_its_actor_tenant_and_request() {
    let scenario = Scenario::start(&[]).await;
    let database = &scenario.app.database;
    database.client().batch_execute(WATCH).await.expect("a trigger can be made");
    let each = "for each row execute function see()";
    database.trigger_everywhere("after insert or update or delete", each).await;
    let whole = scenario.versions().await;
    let mut faults = Vec::new();
    let is_write = |operation: &&&Operation| {
        operation.method != "GET" && operation.tag != "sandbox" && operation.id != "preview_order"
    };
    let writes = OPERATIONS.iter().filter(is_write);
    for operation in writes {
        let Some(actor) = Actor::allowed(operation) else { continue };
        let written = written(&scenario, actor, operation).await;
        scenario.rewind(&whole).await;
        if written.is_empty() {
            faults.push(format!("{} wrote nothing with its examples", operation.id));
        }
        let is_reported = |[place, by, tenant, request_id]: &[String; 4]| {
            if SESSIONS.contains(&operation.id) {
                return place == "sessions";
            }
            let by_whom = if operation.id == "register_user" {
                by == "nobody" && tenant.len() == 36
            } else {
                let person = scenario.person(actor);
                (by, tenant) == (&format!("user:{}", person.id), &person.uuid.to_string())
            };
            by_whom && request_id == operation.id
        };
        let untold = written.iter().filter(|one| !is_reported(one));
        faults.extend(untold.map(|one| format!("{}: {one:?}", operation.id)));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
