//! Sessions as their users see them: where they are signed in, and how they end one of them.

use std::time::{Duration, Instant};

use agora_api::models::{Login, ProblemCode, Session, SessionPage, TokenPair};
use agora_harness::{Anonymous, Client, TestApp};
use serde_json::json;

const SESSIONS: &str = "/api/v1/auth/sessions";
/// Maximum time until a replica refuses what another one has ended, with headroom for a busy machine.
const HEARSAY: Duration = Duration::from_secs(10);

/// Signs `johnd` in with this User-Agent.
async fn sign_in(app: &TestApp, user_agent: &str) -> Login {
    let body = json!({"username": "johnd", "password": "m38rmF$"});
    app.anonymous()
        .post("/api/v1/auth/login")
        .header("user-agent", user_agent)
        .json(&body)
        .until_served()
        .await
        .body_at(200)
}

fn bearing(app: &TestApp, access: &str) -> Client<Anonymous> {
    app.anonymous().with_token(access)
}

async fn list(client: &Client<Anonymous>) -> Vec<Session> {
    client.get(SESSIONS).await.body_at::<SessionPage>(200).data
}

fn path(session: &Session) -> String {
    format!("{SESSIONS}/{}", session.id)
}

#[tokio::test]
async fn users_see_where_they_are_signed_in() {
    let app = TestApp::start().await;
    let phone = sign_in(&app, "Phone/1").await;
    let desk = sign_in(&app, "Desk/1").await;
    let user = bearing(&app, &desk.access);
    let key = json!({"name": "Key", "scopes": ["bag:read"]});
    assert_eq!(user.post("/api/v1/api-keys").json(&key).await.status, 201);

    let sessions = list(&user).await;
    let shown = |session: &Session| (session.user_agent.clone(), session.address.clone(), session.is_current);
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
    let expected =
        [("Desk/1", "127.0.0.1", true), ("Phone/1", "127.0.0.1", false), (firefox, "192.0.2.1", false)].map(
            |(agent, address, is_current)| (Some(agent.to_owned()), Some(address.to_owned()), is_current),
        );
    assert_eq!(sessions.iter().map(shown).collect::<Vec<_>>(), expected, "API keys are not among them");
    assert_eq!(sessions[1].last_used_at, sessions[1].created_at);

    let response = app
        .anonymous()
        .post("/api/v1/auth/refresh")
        .header("user-agent", "Phone/2")
        .json(&json!({"refresh": phone.refresh}));
    let refreshed: TokenPair = response.await.body_at(200);
    let after: Session = user.get(&path(&sessions[1])).await.body_at(200);
    assert_eq!((after.user_agent.as_deref(), after.created_at), (Some("Phone/2"), sessions[1].created_at));
    assert!(after.last_used_at > sessions[1].last_used_at && after.expires_at > sessions[1].expires_at);
    // A repetition of the exchange, as after a lost response, changes nothing.
    let again = app.anonymous().post("/api/v1/auth/refresh").json(&json!({"refresh": phone.refresh}));
    assert_eq!(again.await.status, 200);
    assert_eq!(user.get(&path(&after)).await.body_at::<Session>(200), after);
    assert!(list(&bearing(&app, &refreshed.access)).await[1].is_current, "the same session as before");

    let page = user.get(&format!("{SESSIONS}?limit=1&page=2")).await;
    assert_eq!(page.header("x-total-count"), "3");
    let page: SessionPage = page.body_at(200);
    assert_eq!((page.data, page.meta.total), (vec![after], 3));
    assert!(page.meta.next.is_some() && page.meta.prev.is_some());
    let none: SessionPage = user.get(&format!("{SESSIONS}?limit=1&page=10000")).await.body_at(200);
    assert!(none.data.is_empty());
    // One that began before devices were noted.
    let forget = "update sessions set user_agent = null, address = null where user_agent = 'Phone/2'";
    app.database.client().batch_execute(forget).await.expect("runs");
    let unknown: Session = user.get(&path(&sessions[1])).await.body_at(200);
    assert_eq!((unknown.user_agent, unknown.address), (None, None));
    assert_eq!(list(&user).await[1].address, None);
}

#[tokio::test]
async fn a_session_is_ended_on_every_replica_and_no_other_one() {
    let app = TestApp::start().await;
    let replica = app.replica().await;
    let (phone, desk) = (sign_in(&app, "Phone").await, sign_in(&app, "Desk").await);
    let user = bearing(&app, &desk.access);
    let sessions = list(&user).await;
    assert_eq!(bearing(&replica, &phone.access).get("/api/v1/auth/me").await.status, 200);
    let [own, others] = [&sessions[0], &sessions[1]].map(path);
    assert_eq!(user.delete(&others).header("if-match", "\"x\"").await.status, 412);
    let tag = user.get(&others).await.header("etag").to_owned();
    assert_eq!(user.delete(&others).header("if-match", &tag).await.status, 204);
    let refused = bearing(&app, &phone.access).get("/api/v1/auth/me").await.problem_at(401);
    assert_eq!(refused.error.code, ProblemCode::TokenInvalid);
    let refresh = app.anonymous().post("/api/v1/auth/refresh").json(&json!({"refresh": phone.refresh}));
    assert_eq!(refresh.await.status, 401);
    let begun = Instant::now();
    while bearing(&replica, &phone.access).get("/api/v1/auth/me").await.status != 401 {
        assert!(begun.elapsed() < HEARSAY, "the replica goes on");
    }
    assert_eq!(user.delete(&others).await.problem_at(404).error.details["id"], json!(sessions[1].id));
    assert_eq!(user.get(&others).await.status, 404);
    assert_eq!(list(&user).await.len(), 2);
    assert_eq!(user.delete(&own).await.status, 204, "signs out");
    assert_eq!(user.get(SESSIONS).await.status, 401);
    let why = "select count(*) from sessions where user_id = 1 and revoked_for = 'logout'";
    assert_eq!(app.database.count(why).await, 2);
}

#[tokio::test]
async fn sessions_of_others_keys_and_the_past_do_not_exist() {
    let app = TestApp::start().await;
    let user = bearing(&app, &sign_in(&app, "Desk").await.access);
    let key = json!({"name": "Key", "scopes": ["bag:read"]});
    let key = user.post("/api/v1/api-keys").json(&key).await.json()["id"].as_str().map(str::to_owned);
    let of_key = format!("{SESSIONS}/{}", key.expect("an ID"));
    let of_another = path(&list(&bearing(&app, app.other_user().await.token().unwrap_or_default())).await[0]);
    for target in [&of_key, &of_another] {
        assert_eq!(user.get(target).await.status, 404, "{target}");
        assert_eq!(user.delete(target).await.status, 404, "{target}");
    }
    let step = json!({"advance_seconds": 2_000_000});
    assert_eq!(app.anonymous().post("/__sandbox/clock").json(&step).await.status, 200);
    let fresh = bearing(&app, &sign_in(&app, "Desk").await.access);
    let [now, before, _] = &list(&fresh).await[..] else { panic!("30 days have not passed") };
    assert!(now.created_at > before.created_at);
    let step = json!({"advance_seconds": 1_000_000});
    assert_eq!(app.anonymous().post("/__sandbox/clock").json(&step).await.status, 200);
    let fresh = bearing(&app, &sign_in(&app, "Desk").await.access);
    assert_eq!(list(&fresh).await.len(), 3, "the first one has expired");
    assert_eq!(fresh.get(&path(before)).await.status, 404);
}

#[tokio::test]
async fn the_address_is_that_of_the_client_behind_trusted_proxies() {
    for (proxies, expected) in [("127.0.0.1", "2001:db8::7"), ("192.0.2.9", "127.0.0.1")] {
        let app = TestApp::start_with(&[("TRUSTED_PROXIES", proxies)]).await;
        let body = json!({"username": "johnd", "password": "m38rmF$"});
        let call = app.anonymous().post("/api/v1/auth/login").header("x-forwarded-for", "2001:db8:0::7");
        let login: Login = call.json(&body).until_served().await.body_at(200);
        let sessions = list(&bearing(&app, &login.access)).await;
        assert_eq!(sessions[0].address.as_deref(), Some(expected));
    }
}
