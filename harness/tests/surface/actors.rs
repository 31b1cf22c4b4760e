//! Every write tells the database who acts: looked at from within, by triggers on all tables, while each operation is
//! called with its own examples.

use std::collections::BTreeSet;

use agora_api::OPERATIONS;
use agora_api::models::Me;
use agora_contract::Operation;
use agora_harness::{Call, Client, Staff, TestApp};
use reqwest::Method;

use crate::budgets::{body, target};

/// Tries: the first may end the session that it is called in, or name what is not there.
const TIMES: usize = 20;

/// One statement of their own each, on nothing but the session that is begun, carried on or ended; nobody acts yet.
const SESSIONS: [&str; 5] =
    ["create_login", "create_logout", "create_refresh", "create_token", "create_token_refresh"];

const WATCH: &str = "
create table seen (place text, actor text, tenant text, request_id text);
create function see() returns trigger language plpgsql security definer set search_path = public as $$
begin
    insert into seen values (tg_table_name, current_setting('agora.actor', true),
        current_setting('agora.tenant', true), current_setting('agora.request_id', true));
    return null;
end
$$;
do $$
declare place regclass;
begin
    for place in select oid from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
        and relowner = 'agora_owner'::regrole
    loop
        execute format('create trigger see after insert or update or delete on %s for each row execute function see()', place);
    end loop;
end
$$";

/// What one write looked like from within: table, actor, tenant, request.
type Seen = BTreeSet<[String; 4]>;

async fn seen(app: &TestApp) -> Seen {
    let taken = "delete from seen returning place, coalesce(actor, ''), coalesce(tenant, ''), coalesce(request_id, '')";
    let rows = app.database.client().query(taken, &[]).await.expect("the statement runs");
    rows.iter().map(|row| [row.get(0), row.get(1), row.get(2), row.get(3)]).collect()
}

/// What the operation writes; none when it never succeeded.
async fn written(app: &TestApp, client: &mut Client<Staff>, operation: &Operation) -> Option<Seen> {
    let method: Method = operation.method.parse().expect("a method");
    for turn in 0..TIMES {
        let body = body(client, operation, turn).await;
        let call = client.call(method.clone(), &target(operation, turn)).header("x-request-id", operation.id);
        let call = call.header("idempotency-key", &format!("{}-{turn}", operation.id));
        let call = body.iter().fold(call, Call::json);
        seen(app).await;
        let answer = call.await;
        if answer.status.is_success() {
            return Some(seen(app).await);
        }
        if answer.status == 401 {
            *client = app.staff().await;
        }
    }
    None
}

#[tokio::test]
async fn every_write_says_who_acts_for_whom_and_in_which_request() {
    let app = TestApp::start().await;
    app.database.client().batch_execute(WATCH).await.expect("triggers can be made");
    let mut staff = app.staff().await;
    let me: Me = staff.get("/api/v1/auth/me").await.body_at(200);
    let mine = (format!("user:{}", me.id), me.uuid.to_string());
    let mut operations = OPERATIONS.to_vec();
    operations.retain(|operation| operation.method != "GET" && operation.tag != "sandbox");
    operations.sort_by_key(|operation| operation.method == "DELETE");
    let mut faults = Vec::new();
    for operation in operations {
        let Some(seen) = written(&app, &mut staff, operation).await.filter(|seen| !seen.is_empty()) else {
            faults.push(format!("{} wrote nothing with its examples", operation.id));
            continue;
        };
        let is_told = |[place, actor, tenant, request_id]: &[String; 4]| {
            if SESSIONS.contains(&operation.id) {
                return place == "sessions";
            }
            let by_whom = match operation.id {
                "create_registration" => actor == "nobody" && tenant.len() == 36,
                _ => (actor, tenant) == (&mine.0, &mine.1),
            };
            by_whom && request_id == operation.id
        };
        let untold = seen.iter().filter(|one| !is_told(one));
        faults.extend(untold.map(|one| format!("{}: {one:?}", operation.id)));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
