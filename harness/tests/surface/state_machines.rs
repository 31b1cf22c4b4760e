//! State machines of the contract: the server and the database have exactly their transitions. Every state is tried with
//! every transition, as every kind of caller.

use std::collections::BTreeSet;

use agora_api::OPERATIONS;
use agora_harness::access::{Decision, decision};
use agora_harness::{Actor, Scenario, examples, spec};
use serde_json::Value;

/// A machine: its schema, the table with the state, and the noun of its operations.
struct Machine {
    schema: &'static str,
    table: &'static str,
    noun: &'static str,
    /// ID of the row of the demonstration data that is tried.
    row: i64,
    /// `true` if a request has no ID: each caller has a row of their own, as long as it is in the first state.
    is_own: bool,
    /// Statements that make the row ready for every transition.
    ready: &'static str,
}

const MACHINES: &[Machine] = &[
    Machine { schema: "ProductState", table: "products", noun: "product", row: 1, is_own: false, ready: "" },
    Machine {
        schema: "OrderState",
        table: "orders",
        noun: "order",
        row: 1,
        is_own: false,
        ready: READY_ORDER,
    },
    Machine { schema: "BagState", table: "carts", noun: "bag", row: 8, is_own: true, ready: "" },
];

/// The order has time left, its units are reserved, and nothing has happened to it.
const READY_ORDER: &str = "
    delete from payments where order_id = 1;
    delete from order_events where order_id = 1 and version > 1;
    delete from stock_movements
    where kind in ('RELEASED', 'SOLD') and order_id = (select uuid from orders where id = 1);
    update orders set version = 1, expires_at = app_now() + interval '5 minutes' where id = 1;
    update stock set reserved = 100, sold = 100, supplied = available + 200
    where product_id in (select product_id from order_lines where order_id = 1);
";

fn machine(schema: &str) -> &'static Value {
    &spec::DOCUMENT["components"]["schemas"][schema]["x-state-machine"]
}

fn texts(value: &'static Value) -> impl Iterator<Item = &'static str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn transitions(schema: &str) -> impl Iterator<Item = &'static Value> {
    machine(schema)["transitions"].as_array().into_iter().flatten()
}

/// Returns the pairs of states that a machine connects.
fn pairs(schema: &str) -> BTreeSet<(&'static str, &'static str)> {
    let connected = |transition: &'static Value| {
        let to = transition["to"].as_str().expect("a state");
        texts(&transition["from"]).map(move |from| (from, to))
    };
    transitions(schema).flat_map(connected).collect()
}

/// Returns the states that are stored.
fn stored(schema: &str) -> BTreeSet<&'static str> {
    let derived = &machine(schema)["derived"];
    let all = texts(&spec::DOCUMENT["components"]["schemas"][schema]["enum"]);
    all.filter(|state| derived.get(state).is_none()).collect()
}

#[test]
fn every_machine_of_the_contract_is_tried() {
    let schemas = spec::DOCUMENT["components"]["schemas"].as_object().expect("schemas");
    let with_machine = schemas.iter().filter(|(_, schema)| schema.get("x-state-machine").is_some());
    let named: BTreeSet<&str> = with_machine.map(|(name, _)| name.as_str()).collect();
    assert_eq!(named, MACHINES.iter().map(|machine| machine.schema).collect());
    for Machine { schema, .. } in MACHINES {
        let states = stored(schema);
        let named = pairs(schema).into_iter().flat_map(|(from, to)| [from, to]);
        let named = named.chain(texts(&machine(schema)["initial"]));
        assert!(
            named.into_iter().all(|state| states.contains(state)),
            "{schema} names a state that is not stored"
        );
    }
}

#[tokio::test]
async fn the_database_has_the_transitions_of_the_contract_and_refuses_all_others() {
    let scenario = Scenario::start(&[]).await;
    let database = scenario.app.database.client();
    let rows = database.query("select machine, from_state, to_state from state_transitions", &[]).await;
    let rows = rows.expect("can be read");
    for machine @ Machine { schema, table, row, .. } in MACHINES {
        let of_machine = rows.iter().filter(|row| row.get::<_, String>(0) == *schema);
        let known: BTreeSet<(String, String)> = of_machine.map(|row| (row.get(1), row.get(2))).collect();
        let wanted = pairs(schema);
        let wanted_rows = wanted.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
        assert_eq!(known, wanted_rows, "{schema}");
        for from in stored(schema) {
            for to in stored(schema).into_iter().filter(|to| *to != from) {
                place(&scenario, machine, from).await;
                let moved = database
                    .batch_execute(&format!("update {table} set state = '{to}' where id = {row}"))
                    .await;
                let is_permitted = wanted.contains(&(from, to));
                assert_eq!(moved.is_ok(), is_permitted, "{schema}: {from} to {to}: {moved:?}");
                if let Err(error) = moved {
                    assert_eq!(
                        error.as_db_error().and_then(|error| error.constraint()),
                        Some("state_transition")
                    );
                }
            }
        }
    }
    assert_eq!(rows.len(), MACHINES.iter().map(|machine| pairs(machine.schema).len()).sum::<usize>());
}

/// Puts the row of a machine into a state, without triggers of the server.
async fn place(scenario: &Scenario, machine: &Machine, state: &str) {
    let Machine { table, row, ready, .. } = machine;
    let script = format!(
        "begin; alter table {table} disable trigger {table}_transition; \
         update {table} set state = '{state}' where id = {row}; \
         alter table {table} enable trigger {table}_transition; {ready} commit"
    );
    scenario.app.database.client().batch_execute(&script).await.expect("the state is set");
}

#[tokio::test]
async fn every_transition_is_tried_in_every_state_as_every_caller() {
    let scenario = Scenario::start(&[]).await;
    let mut tried = 0;
    for machine @ Machine { schema, noun, is_own, .. } in MACHINES {
        let hidden: BTreeSet<&str> = texts(&self::machine(schema)["hidden"]).collect();
        for transition in transitions(schema).filter(|transition| transition["who"] != "server") {
            let name = transition["name"].as_str().expect("a name");
            let id = format!("{name}_{noun}");
            let operation = OPERATIONS.iter().copied().find(|operation| operation.id == id);
            let operation = operation.unwrap_or_else(|| panic!("no operation is called {id}"));
            let example = examples::of_operation(operation).swap_remove(0);
            let to = transition["to"].as_str().expect("a state");
            for from in stored(schema) {
                for actor in [Actor::Anonymous, Actor::Other, Actor::Owner, Actor::Staff, Actor::Admin] {
                    place(&scenario, machine, from).await;
                    let response = scenario.send_as(&example, actor).await;
                    let is_connected = from == to || texts(&transition["from"]).any(|state| state == from);
                    let expected = match decision(operation, actor, false) {
                        Decision::Refused(403) if hidden.contains(from) => 404,
                        Decision::Refused(status) => status,
                        // It is made into something else, and only its owner has one.
                        Decision::Allowed
                            if *is_own && actor == Actor::Owner && from != to && is_connected =>
                        {
                            201
                        }
                        Decision::Allowed if *is_own => 409,
                        Decision::Allowed if is_connected => 200,
                        Decision::Allowed => 409,
                    };
                    assert_eq!(response.status, expected, "{id} in {from} as {actor:?}: {}", response.text());
                    if expected == 200 {
                        assert_eq!(response.json()["state"], to, "{id} in {from}");
                    }
                    if expected == 201 {
                        let state = "select count(*) from carts where id = 8 and state = 'ORDERED'";
                        assert_eq!(scenario.app.database.count(state).await, 1, "{id} in {from}");
                    }
                    tried += 1;
                }
            }
        }
    }
    // Products have three stored states and orders six, both with two transitions by callers; bags have three and one.
    assert_eq!(tried, ((3 + 6) * 2 + 3) * 5);
}
