//! Rate limits: how many requests a minute addresses and users may send, and what they are told.

use std::collections::BTreeMap;

use agora_api::models::{CreatedApiKey, ProblemCode};
use agora_harness::{Anonymous, Client, Setting, TestApp, TestResponse};
use serde_json::json;
use tokio::task::JoinSet;

const PRODUCT: &str = "/api/v1/products/1";
/// A limit that is reached at once. A further request becomes possible only after 12 s.
const FIVE: &str = "5";

async fn limited(settings: &[Setting]) -> TestApp {
    TestApp::start_with(settings).await
}

/// Sends requests one after the other, and returns the number of those that were not refused for their number.
async fn served(turns: usize, call: impl Fn() -> agora_harness::Call) -> usize {
    let mut served = 0;
    for _ in 0..turns {
        served += usize::from(call().await.status != 429);
    }
    served
}

/// Returns limit, remaining requests, and seconds until the reset.
fn standing(response: &TestResponse) -> [u32; 3] {
    ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]
        .map(|name| response.header(name).parse().unwrap_or(u32::MAX))
}

fn from(client: &Client<Anonymous>, address: &str) -> agora_harness::Call {
    client.get(PRODUCT).header("x-forwarded-for", address)
}

#[tokio::test]
async fn of_a_thousand_requests_at_once_as_many_are_served_as_the_limit_says() {
    let app = limited(&[("RATE_LIMIT_ANONYMOUS", FIVE)]).await;
    let mut calls = JoinSet::new();
    for _ in 0..1000 {
        // Answered from memory, so that only the limit can refuse.
        calls.spawn(app.anonymous().get("/api/v1/products/by-categories").into_future());
    }
    let mut statuses = BTreeMap::<u16, usize>::new();
    for response in calls.join_all().await {
        *statuses.entry(response.status.as_u16()).or_default() += 1;
    }
    assert_eq!(statuses, BTreeMap::from([(200, 5), (429, 995)]));
}

#[tokio::test]
async fn clients_are_told_their_limit_and_when_to_come_again() {
    let app = limited(&[("RATE_LIMIT_ANONYMOUS", FIVE)]).await;
    let client = app.anonymous();
    for remaining in (0..5).rev() {
        let response = client.get(PRODUCT).await;
        assert_eq!(
            (response.status.as_u16(), standing(&response)),
            (200, [5, remaining, 12 * (5 - remaining)])
        );
    }
    for target in [PRODUCT, "/api/v1/products/999999", "/api/v1/products?limit=x"] {
        let refused = client.get(target).await;
        assert_eq!(standing(&refused), [5, 0, 60], "{target}");
        let seconds: u32 = refused.header("retry-after").parse().expect("seconds");
        assert!((1..=12).contains(&seconds), "{seconds}");
        assert_eq!(refused.problem_at(429).error.code, ProblemCode::RateLimited);
    }
    // What is not counted has no standing, and still is served.
    for target in
        ["/health/live", "/health/ready", "/api/v1/health", "/.well-known/jwks.json", "/api/schema.json"]
    {
        let response = client.get(target).await;
        assert_eq!((response.status.as_u16(), response.header("x-ratelimit-limit")), (200, ""), "{target}");
    }
    let unchanged = app.user().await.get(PRODUCT).header("if-none-match", "*").await;
    assert_eq!(
        (unchanged.status.as_u16(), standing(&unchanged)[0]),
        (304, 1_000_000),
        "users have another limit"
    );
}

#[tokio::test]
async fn users_have_one_limit_for_all_of_their_credentials() {
    let app = limited(&[("RATE_LIMIT_USER", FIVE), ("RATE_LIMIT_ANONYMOUS", FIVE)]).await;
    let (user, other) = (app.user().await, app.other_user().await);
    let key = json!({"name": "Key", "scopes": ["products:read"]});
    let key: CreatedApiKey = user.post("/api/v1/api-keys").json(&key).await.body_at(201);
    assert_eq!(served(2, || user.get(PRODUCT)).await, 2);
    let second = app.user().await;
    assert_eq!(served(2, || second.get(PRODUCT)).await, 2);
    let by_key = || app.anonymous().get(PRODUCT).header("x-api-key", &key.secret);
    assert_eq!(served(3, by_key).await, 1, "5 in all");
    assert_eq!(user.get("/api/v1/auth/me").await.status, 429);
    assert_eq!(user.post("/api/v1/tags").json(&json!({"name": "x"})).await.status, 429, "not 403");
    assert_eq!(served(7, || other.get(PRODUCT)).await, 5, "another user is not affected");
    let anonymous = served(7, || app.anonymous().get(PRODUCT)).await;
    assert_eq!(anonymous, 4, "nor is the address of both, but for the look-up of the key");
    let replica = app.replica_with(&[("RATE_LIMIT_USER", FIVE)]).await;
    let token = user.token().expect("signed in");
    assert_eq!(
        replica.anonymous().with_token(token).get(PRODUCT).await.status,
        200,
        "each server counts by itself"
    );
}

#[tokio::test]
async fn invalid_credentials_count_for_the_address() {
    let app = limited(&[("RATE_LIMIT_ANONYMOUS", FIVE)]).await;
    let user = app.user().await;
    let guess = |number: usize| app.anonymous().with_token(&format!("guess.{number}.x"));
    for number in 0..5 {
        assert_eq!(guess(number).get("/api/v1/orders").await.status, 401);
    }
    assert_eq!(guess(5).get("/api/v1/orders").await.status, 429);
    assert_eq!(app.anonymous().get("/api/v1/orders").await.status, 429);
    assert_eq!(user.get("/api/v1/orders").await.status, 200, "behind the same address");
}

#[tokio::test]
async fn guesses_of_passwords_end_before_a_hash_and_a_query() {
    let app = limited(&[("RATE_LIMIT_CREDENTIALS", FIVE)]).await;
    let guess = |name: &str| json!({"username": name, "password": "not-the-password"});
    let sign_in = |body| app.anonymous().post("/api/v1/auth/login").json(&body);
    for _ in 0..2 {
        assert_eq!(sign_in(guess("johnd")).await.status, 401);
        let refresh = app.anonymous().post("/api/v1/auth/refresh").json(&json!({"refresh": "x"}));
        assert_eq!(refresh.await.status, 401);
    }
    assert_eq!(sign_in(guess("johnd")).await.status, 401);
    let right = json!({"username": "mor_2314", "password": "83r5^_"});
    let refused = sign_in(right).await;
    assert_eq!((refused.status.as_u16(), refused.header("cache-control")), (429, "no-store"));
    assert_eq!(served(9, || app.anonymous().get(PRODUCT)).await, 9, "reads are counted apart");
}

#[tokio::test]
async fn guesses_of_the_current_password_are_counted_wherever_it_is_sent() {
    let app = limited(&[("RATE_LIMIT_CREDENTIALS", FIVE)]).await;
    let replica = app.replica_with(&[("RATE_LIMIT_CREDENTIALS", "1")]).await;
    let token = app.user().await.token().unwrap_or_default().to_owned();
    let user = replica.anonymous().with_token(&token);
    let guess = |old: &str| json!({"old_password": old, "password": "a-new-long-secret"});
    assert_eq!(user.patch("/api/v1/users/1").json(&guess("wrong")).await.status, 400);
    let refused = user.patch("/api/v1/users/1").json(&guess("m38rmF$")).await;
    assert_eq!((refused.status.as_u16(), standing(&refused)[0]), (429, 1));
    assert_eq!(user.patch("/api/v1/users/1").json(&json!({"phone": "1"})).await.status, 200);
}

#[tokio::test]
async fn keys_that_must_be_looked_up_are_counted_before() {
    let (app, proxy) = TestApp::start_counted().await;
    let user = app.user().await;
    let key = json!({"name": "Key", "scopes": ["products:read"]});
    let key: CreatedApiKey = user.post("/api/v1/api-keys").json(&key).await.body_at(201);
    let url = proxy.url(app.database.url());
    let database = agora_harness::Database::from_url(app.database.url()).await;
    let strict =
        TestApp::start_at(&url, database, &[("RATE_LIMIT_ANONYMOUS", FIVE), ("RATE_LIMIT_USER", "9")]).await;
    let signed = key.secret[..key.secret.len() - 9].to_owned();
    let made_up = |number: u32| {
        let signed = format!("{}{number:03}", &signed[..signed.len() - 3]);
        let key = format!("{signed}_{:08x}", crc32fast::hash(signed.as_bytes()));
        strict.anonymous().get(PRODUCT).header("x-api-key", &key)
    };
    let by_key = |target: &str| strict.anonymous().with_token(&key.secret).get(target);
    let valid = by_key(PRODUCT).await;
    assert_eq!(
        (valid.status.as_u16(), standing(&valid)[..2].to_vec()),
        (200, vec![9, 8]),
        "it is its user's"
    );
    let useless = by_key("/api/v1/auth/me").await;
    assert_eq!(
        (useless.status.as_u16(), standing(&useless)[..2].to_vec()),
        (403, vec![9, 7]),
        "as where it is of no use"
    );
    for number in 0..4 {
        assert_eq!(made_up(number).await.status, 401);
    }
    let mut least = u64::MAX;
    for number in 4..14 {
        let before = proxy.round_trips();
        assert_eq!(made_up(number).await.status, 429);
        least = least.min(proxy.round_trips() - before);
    }
    assert_eq!(least, 0, "nothing is looked up for a client that has no request left");
    assert_eq!(by_key(PRODUCT).await.status, 200, "what is remembered is not looked up");
}

#[tokio::test]
async fn addresses_count_only_as_trusted_proxies_tell_them() {
    let trusted = limited(&[("RATE_LIMIT_ANONYMOUS", FIVE), ("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let client = trusted.anonymous();
    let of_one_network = ["2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:1:ffff::3"];
    let mut turn = of_one_network.iter().cycle();
    let mut all = 0;
    for _ in 0..9 {
        all += usize::from(from(&client, turn.next().expect("endless")).await.status == 200);
    }
    assert_eq!(all, 5, "a /64 is one client");
    assert_eq!(from(&client, "2001:db8:0:2::1").await.status, 200);
    assert_eq!(served(7, || from(&client, "192.0.2.1")).await, 5);
    assert_eq!(served(7, || from(&client, "192.0.2.2")).await, 5);
    let direct = limited(&[("RATE_LIMIT_ANONYMOUS", FIVE)]).await;
    let mut all = 0;
    for number in 0..9 {
        all += usize::from(from(&direct.anonymous(), &format!("192.0.2.{number}")).await.status == 200);
    }
    assert_eq!(all, 5, "whoever a client says that it is");
}
