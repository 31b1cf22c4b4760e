//! Connections that are cut at any byte of a write, including its commit.

use agora_harness::{Call, Client, Mode, TestApp, TestResponse, User};
use serde_json::json;

use super::{Instant, STALE, proxied};

/// Number of bytes at the end of a write that are its commit and the confirmation. Every other byte is tried there.
/// `MORE` bytes are added, since ids differ in length.
const COMMIT: u64 = 40;
const MORE: u64 = 12;
/// Number of cuts that are tried before the commit.
const PLACES: u64 = 12;

fn write(user: &Client<User>, name: &str) -> Call {
    let key = name.replace(' ', "-");
    user.post("/api/v1/categories").json(&json!({"name": name})).header("idempotency-key", &key)
}

/// Retries a request until it is 201, and returns that response.
async fn settled(user: &Client<User>, name: &str) -> TestResponse {
    let deadline = Instant::now() + STALE;
    loop {
        let response = write(user, name).await;
        if response.status == 201 {
            return response;
        }
        let status = response.status.as_u16();
        assert!([409, 503].contains(&status), "{name}: {status} {}", response.text());
        assert!(Instant::now() < deadline, "{name} is never settled");
    }
}

async fn there(app: &TestApp, name: &str) -> i64 {
    app.database.count(&format!("select count(*) from categories where name = '{name}'")).await
}

#[tokio::test]
async fn a_write_that_is_cut_is_there_or_not_and_its_key_settles_which() {
    let (app, proxy) = proxied("1").await;
    let user = app.user().await;
    settled(&user, "first").await;
    // The feed of ended sessions sometimes uses the same connection: the minimum is a write alone.
    let mut whole = u64::MAX;
    for turn in 0..5 {
        let before = proxy.bytes();
        settled(&user, &format!("seen {turn:05}")).await;
        whole = whole.min(proxy.bytes() - before);
    }
    let early = (0..PLACES).map(|place| place * (whole - COMMIT) / PLACES);
    let late = (whole - COMMIT..=whole + MORE).step_by(2);
    let (mut done, mut undone) = (0, 0);
    for bytes in early.chain(late) {
        // The name has the same length as those that were measured.
        let name = format!("cuts {bytes:05}");
        // Prepares the statements on this connection, as in the measured writes.
        settled(&user, &format!("warm {bytes:05}")).await;
        proxy.set(Mode::CutAfter(bytes)).await;
        let status = write(&user, &name).await.status.as_u16();
        proxy.set(Mode::Pass).await;
        let again = settled(&user, &name).await;
        let was_done = again.header("idempotency-replayed") == "true";
        match status {
            201 => assert!(was_done, "{name} was told and is not there"),
            503 if was_done => done += 1,
            503 => undone += 1,
            _ => panic!("{name}: {status}"),
        }
        assert_eq!(there(&app, &name).await, 1, "{name}");
    }
    assert!(done > 0, "no cut came after a commit");
    assert!(undone > PLACES / 2, "no cut came before a commit");
    let open = "select count(*) from idempotency_keys where status is null";
    assert_eq!(app.database.count(open).await, 0);
}

#[tokio::test]
async fn a_write_without_a_key_that_is_cut_is_whole_or_not_there() {
    let (app, proxy) = proxied("1").await;
    let user = app.user().await;
    for bytes in (0..1200).step_by(60) {
        let warm = json!({"products": [{"productId": 3, "quantity": 1}]});
        assert_eq!(user.post("/api/v1/carts").json(&warm).until_recovered().await.status, 201);
        proxy.set(Mode::CutAfter(bytes)).await;
        let cart = json!({"products": [{"productId": 1, "quantity": 1}, {"productId": 2, "quantity": 1}]});
        let status = user.post("/api/v1/carts").json(&cart).await.status.as_u16();
        assert!([201, 503].contains(&status), "{bytes}: {status}");
        proxy.set(Mode::Pass).await;
    }
    // Apart from the dataset, a cart has either its one line or both of its lines.
    let halves = "select count(*) from carts where id > 8 and (
        select coalesce(array_agg(product_id order by product_id), '{}') from cart_lines where cart_id = carts.id
    ) not in ('{3}', '{1,2}')";
    assert_eq!(app.database.count(halves).await, 0);
}
