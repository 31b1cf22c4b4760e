//! Reset of a sandbox to its dataset.

use std::time::{Duration, Instant};

use agora_api::models::{Category, Login, ProblemCode};
use agora_harness::{Client, TestApp, User};
use reqwest::StatusCode;
use serde_json::json;

mod clock;

const RESET: &str = "/__sandbox/reset";

/// Returns the public responses for the dataset, byte for byte, and a digest of its rows.
async fn seen(app: &TestApp) -> Vec<String> {
    let mut seen = Vec::new();
    for path in ["/api/v1/products?limit=100", "/api/v1/categories", "/api/v1/products/1"] {
        seen.push(app.anonymous().get(path).await.text());
    }
    let rows = "select string_agg(digest, ' ') from ( \
        select md5(string_agg(users::text, '|' order by id)) as digest from users \
        union all select md5(string_agg(categories::text, '|' order by id)) from categories \
        union all select md5(string_agg(products::text, '|' order by id)) from products \
        union all select md5(string_agg(relation::text, '|' order by product_id, category_id)) \
            from product_categories as relation) as digests";
    let row = app.database.client().query_one(rows, &[]).await.expect("the statement runs");
    seen.push(row.get(0));
    seen
}

async fn reset(app: &TestApp) -> StatusCode {
    app.anonymous().post(RESET).await.status
}

#[tokio::test]
async fn a_reset_puts_back_what_was_made_changed_and_deleted() {
    let app = TestApp::start().await;
    let before = seen(&app).await;
    let (user, staff) = (app.user().await, app.staff().await);
    let created: Category =
        user.post("/api/v1/categories").json(&json!({"name": "garden"})).await.body_at(201);
    assert_eq!(staff.patch("/api/v1/categories/1").json(&json!({"name": "changed"})).await.status, 200);
    assert_eq!(staff.delete("/api/v1/categories/2").await.status, 204);
    let by_hand = "update users set password_hash = 'x', deleted_at = app_now() where id = 2; \
                   delete from product_categories; update products set price = 0";
    app.database.client().batch_execute(by_hand).await.expect("runs");
    assert_ne!(seen(&app).await, before, "or else this test could not fail");
    assert_eq!(reset(&app).await, 204);
    assert_eq!(seen(&app).await, before);
    let again: Category =
        app.user().await.post("/api/v1/categories").json(&json!({"name": "garden"})).await.body_at(201);
    assert_eq!(again.id, created.id, "ids start again behind those of the dataset");
    assert_eq!(
        app.other_user().await.get("/api/v1/products/1").await.status,
        200,
        "everybody can sign in again"
    );
}

#[tokio::test]
async fn a_reset_is_the_same_any_number_of_times_at_once() {
    let app = TestApp::start().await;
    let before = seen(&app).await;
    let (first, second, third) = tokio::join!(reset(&app), reset(&app), reset(&app));
    for status in [first, second, third] {
        assert!([204, 503].contains(&status.as_u16()), "{status}");
    }
    assert_eq!(reset(&app).await, 204);
    assert_eq!(seen(&app).await, before);
}

#[tokio::test]
async fn a_reset_forgets_the_answers_to_keys() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let make = |user: &Client<User>| {
        user.post("/api/v1/categories").header("idempotency-key", "reset-1").json(&json!({"name": "garden"}))
    };
    assert_eq!(make(&user).await.header("idempotency-replayed"), "");
    assert_eq!(make(&user).await.header("idempotency-replayed"), "true");
    assert_eq!(reset(&app).await, 204);
    let again = make(&app.user().await).await;
    assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (201, ""));
}

#[tokio::test]
async fn concurrent_callers_see_the_whole_dataset_or_get_retry_after() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let reads = async {
        for _ in 0..60 {
            let response = app.anonymous().get("/api/v1/products?limit=100").await;
            match response.status.as_u16() {
                200 => assert_eq!(response.json()["results"].as_array().map(Vec::len), Some(20)),
                status => assert_eq!(status, 503, "{}", response.text()),
            }
        }
    };
    let writes = async {
        for number in 0..60 {
            let body = json!({"name": format!("garden {number}")});
            let response = user.post("/api/v1/categories").json(&body).await;
            // A reset also revokes the token: from then on the writer gets 401.
            assert!([201, 401, 503].contains(&response.status.as_u16()), "{}", response.text());
        }
    };
    let resets = async {
        let mut done = 0;
        for _ in 0..8 {
            let status = reset(&app).await;
            assert!([204, 503].contains(&status.as_u16()), "{status}");
            done += i32::from(status == 204);
        }
        done
    };
    let (done, (), ()) = tokio::join!(resets, reads, writes);
    assert!(done > 0, "no reset came through");
}

#[tokio::test]
async fn unlisted_tables_are_emptied_too_and_the_clock_is_put_back() {
    let app = TestApp::start().await;
    let created = "set role agora_owner; \
        create table later (id bigint generated always as identity primary key, user_id bigint references users (id)); \
        reset role; insert into later (user_id) values (1), (2); \
        update app_clock set clock_offset = interval '1 hour'";
    app.database.client().batch_execute(created).await.expect("runs");
    assert_eq!(reset(&app).await, 204);
    assert_eq!(app.database.count("select count(*) from later").await, 0);
    assert_eq!(app.database.count("insert into later (user_id) values (1) returning id").await, 1);
    let offset = "select extract(epoch from clock_offset)::bigint from app_clock";
    assert_eq!(app.database.count(offset).await, 0);
    assert_eq!(app.anonymous().get("/health/ready").await.status, 200, "the history of migrations is kept");
}

#[tokio::test]
async fn production_has_no_reset() {
    let app = TestApp::start_production(&[]).await;
    let before = seen(&app).await;
    let problem = app.anonymous().post(RESET).await.problem_at(404);
    assert_eq!(problem.error.code, ProblemCode::NotFound);
    assert_eq!(seen(&app).await, before);
}

#[tokio::test]
async fn a_database_that_no_sandbox_made_is_never_emptied() {
    let app = TestApp::start().await;
    app.database.client().batch_execute("delete from sandbox.marks").await.expect("runs");
    let before = seen(&app).await;
    assert_eq!(app.anonymous().post(RESET).await.problem_at(404).error.code, ProblemCode::NotFound);
    let role = app.database.client_as_app().await;
    let emptied: bool =
        role.query_one("select sandbox.empty_tables()", &[]).await.expect("may be called").get(0);
    assert!(!emptied);
    for forbidden in ["truncate products", "insert into sandbox.marks default values", "delete from products"]
    {
        assert!(role.batch_execute(forbidden).await.is_err(), "{forbidden}");
    }
    assert_eq!(seen(&app).await, before);
}

#[tokio::test]
async fn a_database_with_users_is_not_marked_by_seeding_it() {
    let app = TestApp::start().await;
    app.database.client().batch_execute("delete from sandbox.marks").await.expect("runs");
    let config = agora_harness::stack::config(app.database.url(), &[]).expect("is usable");
    agora::seed(&config).await.expect("seeds");
    assert_eq!(app.database.count("select count(*) from sandbox.marks").await, 0);
}

#[tokio::test]
async fn stock_that_was_taken_out_stays_out_when_the_sandbox_starts_again() {
    let app = TestApp::start().await;
    let owner = app.user().await;
    let empty = serde_json::json!({"available": 0});
    for product in [1, 11] {
        let path = format!("/api/v1/products/{product}/stock");
        assert_eq!(owner.put(&path).json(&empty).await.status, 200);
    }
    assert_eq!(owner.delete("/api/v1/products/11").await.status, 204);
    let config = agora_harness::stack::config(app.database.url(), &[]).expect("is usable");
    agora::seed(&config).await.expect("seeds");
    let stock = owner.get("/api/v1/products/1/stock").await.json();
    assert_eq!((&stock["available"], &stock["supplied"]), (&0.into(), &0.into()));
}

#[tokio::test]
async fn seeding_again_hashes_nothing_and_takes_no_id_back() {
    let app = TestApp::start().await;
    let hashes = "select ('x' || left(md5(string_agg(password_hash, '|' order by username)), 15))::bit(60)::bigint \
                  from sandbox.seeded_hashes";
    let before = app.database.count(hashes).await;
    let taken = app.database.count("select nextval(pg_get_serial_sequence('categories', 'id'))").await;
    let config = agora_harness::stack::config(app.database.url(), &[]).expect("is usable");
    agora::seed(&config).await.expect("seeds");
    assert_eq!(app.database.count(hashes).await, before, "a hash made anew has another salt");
    let next = app.database.count("select nextval(pg_get_serial_sequence('categories', 'id'))").await;
    assert_eq!(next, taken + 1);
}

/// Time for a reset to reach another replica.
const HEARD: Duration = Duration::from_secs(1);
/// Deadline for a reset to reach another replica, with headroom for a busy machine.
const HEARSAY: Duration = Duration::from_secs(10);

async fn sign_in(app: &TestApp) -> Login {
    let body = json!({"username": "johnd", "password": "m38rmF$"});
    app.anonymous().post("/api/v1/auth/login").json(&body).await.body_at(200)
}

async fn me(app: &TestApp, access: &str) -> u16 {
    app.anonymous().with_token(access).get("/api/v1/auth/me").await.status.as_u16()
}

async fn refreshed(app: &TestApp, refresh: &str) -> u16 {
    let body = json!({"refresh": refresh});
    app.anonymous().post("/api/v1/auth/refresh").json(&body).await.status.as_u16()
}

#[tokio::test]
async fn tokens_from_before_a_reset_are_void_also_after_a_restart() {
    let app = TestApp::start().await;
    let before = sign_in(&app).await;
    assert_eq!(me(&app, &before.access).await, 200);
    assert_eq!(reset(&app).await, 204);
    let after = sign_in(&app).await;
    assert_eq!((me(&app, &before.access).await, me(&app, &after.access).await), (401, 200));
    let app = app.restart().await;
    let deadline = Instant::now() + 2 * HEARD;
    // At first the server queries the database for each request, later its feed is current: the token is never valid.
    while Instant::now() < deadline {
        assert_eq!(me(&app, &before.access).await, 401);
    }
    assert_eq!(refreshed(&app, &before.refresh).await, 401);
    assert_eq!((me(&app, &after.access).await, refreshed(&app, &after.refresh).await), (200, 200));
}

#[tokio::test]
async fn another_replica_hears_of_a_reset() {
    let app = TestApp::start().await;
    let replica = app.replica().await;
    let before = sign_in(&replica).await;
    assert_eq!(me(&replica, &before.access).await, 200);
    assert_eq!(reset(&app).await, 204);
    let deadline = Instant::now() + HEARSAY;
    while me(&replica, &before.access).await != 401 {
        assert!(Instant::now() < deadline, "nothing was heard");
    }
    assert_eq!(refreshed(&replica, &before.refresh).await, 401);
    let after = sign_in(&replica).await;
    assert_eq!(me(&app, &after.access).await, 200);
}
