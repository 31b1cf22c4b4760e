//! Tests of statuses that a single request cannot provoke, for every operation that lists them. `matrix` covers
//! credentials, `protocol` covers bodies, and `conditions` covers conditional requests.

use agora_api::OPERATIONS;
use agora_harness::examples::{self, Example};
use agora_harness::rows::changed;
use agora_harness::spec::{self, of_document};
use agora_harness::{Actor, Database, Mode, Proxy, Scenario, TestApp, TestResponse};
use agora_runtime::Operation;
use uuid::Uuid;

/// An unused id. It is also a valid id of the people registry.
const NOTHING: &str = "987654324";

/// Makes writes fail by a trigger on every table while the only row of `failing` is true. The server does not know of
/// it.
const FAIL: &str = "
create table failing (is_on boolean not null);
insert into failing values (false);
create function fail() returns trigger language plpgsql security definer set search_path = public as $$
begin
    if (select is_on from failing) then
        raise exception 'planted: it fails in %', tg_table_name;
    end if;
    return null;
end
$$;";

/// Returns the operations that list a status, each with an authorized actor and an example. For a GET the example has
/// a parameter if possible, since without any it may not query the database.
pub(crate) fn listing(status: &str) -> impl Iterator<Item = (&'static Operation, Actor, Example)> {
    let lists = move |operation: &&&Operation| of_document(operation)["responses"].get(status).is_some();
    OPERATIONS.iter().filter(lists).copied().filter_map(|operation| {
        let mut examples = examples::of_operation(operation);
        let index = usize::from(operation.method == "GET" && examples.len() > 1);
        Some((operation, Actor::allowed(operation)?, examples.swap_remove(index)))
    })
}

/// Returns a description of a response that lacks the expected status.
pub(crate) fn other(operation: &Operation, status: u16, response: &TestResponse) -> Option<String> {
    (response.status != status).then(|| format!("{}: {}: {}", operation.id, response.status, response.text()))
}

async fn run(database: &Database, sql: &str) {
    database.client().batch_execute(sql).await.expect("the statement runs");
}

#[tokio::test]
async fn a_write_that_fails_in_the_database_is_500_and_leaves_no_trace() {
    let scenario = Scenario::start(&[]).await;
    run(&scenario.app.database, FAIL).await;
    let events = "after insert or update or delete or truncate";
    scenario.app.database.trigger_everywhere(events, "execute function fail()").await;
    let whole = scenario.versions().await;
    let mut wrong = Vec::new();
    for (operation, actor, example) in listing("500").filter(|(operation, ..)| !is_read(operation)) {
        let example = scenario.prepare(&example, actor).await;
        let token = scenario.token(actor, operation.scope).await;
        let before = scenario.versions().await;
        run(&scenario.app.database, "update failing set is_on = true").await;
        let response = scenario.send(&example, actor, token.as_deref()).await;
        run(&scenario.app.database, "update failing set is_on = false").await;
        wrong.extend(other(operation, 500, &response));
        if scenario.versions().await != before {
            wrong.push(format!("{} leaves a trace", operation.id));
        }
        scenario.rewind(&whole).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns `true` if an operation writes nothing, whatever its method.
fn is_read(operation: &Operation) -> bool {
    operation.method == "GET" || operation.id == "preview_order"
}

#[tokio::test]
async fn a_read_that_fails_in_the_database_is_500_and_says_nothing_of_it() {
    let scenario = Scenario::start(&[]).await;
    let mut calls = Vec::new();
    for (operation, actor, example) in listing("500").filter(|(operation, ..)| is_read(operation)) {
        calls.push((operation, actor, example, scenario.token(actor, operation.scope).await));
    }
    run(&scenario.app.database, "revoke select on all tables in schema public from public, agora_app").await;
    let mut wrong = Vec::new();
    for (operation, actor, example, token) in &calls {
        let response = scenario.send(example, *actor, token.as_deref()).await;
        wrong.extend(other(operation, 500, &response));
        if response.text().contains("permission") {
            wrong.push(format!("{} tells what the database said", operation.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_database_that_is_out_is_503_everywhere() {
    let database = Database::create().await;
    let proxy = Proxy::start(database.url());
    let app = TestApp::start_at(&proxy.url(database.url()), database, &[]).await;
    let scenario = Scenario::on(app).await;
    let mut calls = Vec::new();
    for (operation, actor, example) in listing("503") {
        let token = scenario.token(actor, operation.scope).await;
        calls.push((operation, scenario.call(&example, actor, token.as_deref())));
    }
    proxy.set(Mode::BlackHole).await;
    // All calls run at once, since each waits for the database until its deadline.
    let waiting =
        calls.into_iter().map(|(operation, call)| (operation, tokio::spawn(IntoFuture::into_future(call))));
    let mut wrong = Vec::new();
    for (operation, response) in waiting.collect::<Vec<_>>() {
        wrong.extend(other(operation, 503, &response.await.expect("it is answered")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_is_not_there_is_404_on_every_path_that_names_something() {
    let scenario = Scenario::start(&[]).await;
    let before = scenario.versions().await;
    let mut wrong = Vec::new();
    let named = listing("404").filter(|(_, _, example)| !example.path.is_empty());
    for (operation, actor, mut example) in named {
        for (name, id) in &mut example.path {
            let mut parameters = spec::parameters(operation);
            let parameter = parameters.find(|parameter| parameter["name"] == name.as_str());
            let is_uuid = parameter.is_some_and(|parameter| parameter["schema"]["format"] == "uuid");
            *id = if is_uuid { Uuid::now_v7().to_string() } else { NOTHING.to_owned() };
        }
        // A member of the body that repeats a path parameter must have the same value.
        for (name, id) in &example.path {
            let repeated = example.body.as_mut().and_then(|body| body.value.get_mut(name));
            repeated.into_iter().for_each(|member| *member = id.as_str().into());
        }
        let token = scenario.token(actor, operation.scope).await;
        wrong.extend(other(operation, 404, &scenario.send(&example, actor, token.as_deref()).await));
    }
    let changed = changed(&before, &scenario.versions().await);
    // A 404 is stored for its Idempotency-Key.
    let is_left = |table: &String| !["idempotency_keys", "sessions"].contains(&&**table);
    assert!(!changed.iter().any(is_left), "{changed:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_key_belongs_to_one_request_and_is_exclusive_while_it_runs() {
    let scenario = Scenario::start(&[]).await;
    let whole = scenario.versions().await;
    let mut wrong = Vec::new();
    for (operation, actor, example) in listing("422") {
        let example = scenario.prepare(&example, actor).await;
        let keyed = with_header(&example, "idempotency-key", operation.id);
        let token = scenario.token(actor, operation.scope).await;
        let key = "begin; insert into idempotency_keys (principal, key, fingerprint)
            select 'user:' || id, $key$KEY$key$, '' from users";
        run(&scenario.app.database, &key.replace("KEY", operation.id)).await;
        let running = scenario.send(&keyed, actor, token.as_deref()).await;
        run(&scenario.app.database, "rollback").await;
        wrong.extend(other(operation, 409, &running));
        if running.header("retry-after").is_empty() {
            wrong.push(format!("{}: nobody knows when to come again", operation.id));
        }
        let first = scenario.send(&keyed, actor, token.as_deref()).await;
        if !first.status.is_success() {
            wrong.push(format!("{}: {}: {}", operation.id, first.status, first.text()));
        }
        // An additional byte makes another request, even if its meaning is the same.
        let text = keyed.body.as_ref().map(|body| format!("{} ", body.value)).unwrap_or_default();
        let another = scenario.call(&without_body(&keyed), actor, token.as_deref());
        wrong.extend(other(operation, 422, &another.text(text).await));
        scenario.rewind(&whole).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

pub(crate) fn with_header(example: &Example, name: &str, value: &str) -> Example {
    let mut example = example.clone();
    example.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    example.headers.push((name.to_owned(), value.to_owned()));
    example
}

fn without_body(example: &Example) -> Example {
    Example { body: None, ..example.clone() }
}
