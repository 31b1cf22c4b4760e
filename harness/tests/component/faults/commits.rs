//! A connection that is cut anywhere in a write, also in the midst of its commit.

use agora_harness::{Answer, Call, Client, Mode, TestApp, User};
use serde_json::json;

use super::{Instant, STALE, proxied};

/// The last bytes of a write are its commit and the word that it is done; there every other byte is tried, and some more
/// since ids have not all the same length.
const COMMIT: u64 = 40;
const MORE: u64 = 12;
/// Before them, so many places are.
const PLACES: u64 = 12;

fn write(user: &Client<User>, name: &str) -> Call {
    let key = name.replace(' ', "-");
    user.post("/api/v1/categories").json(&json!({"name": name})).header("idempotency-key", &key)
}

/// The answer to a request that is tried again until it is settled.
async fn settled(user: &Client<User>, name: &str) -> Answer {
    let deadline = Instant::now() + STALE;
    loop {
        let answer = write(user, name).await;
        if answer.status == 201 {
            return answer;
        }
        let status = answer.status.as_u16();
        assert!([409, 503].contains(&status), "{name}: {status} {}", answer.text());
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
    // The feed of ended sessions takes the same connection now and then: the least is a write alone.
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
        // Of the same length as the measured ones.
        let name = format!("cuts {bytes:05}");
        // On a connection that knows the statements, as the measured ones were.
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
        assert_eq!(user.post("/api/v1/carts").json(&warm).until_served().await.status, 201);
        proxy.set(Mode::CutAfter(bytes)).await;
        let cart = json!({"products": [{"productId": 1, "quantity": 1}, {"productId": 2, "quantity": 1}]});
        let status = user.post("/api/v1/carts").json(&cart).await.status.as_u16();
        assert!([201, 503].contains(&status), "{bytes}: {status}");
        proxy.set(Mode::Pass).await;
    }
    // Those of the dataset aside, a cart has its one line or its two.
    let halves = "select count(*) from carts where id > 7 and (
        select coalesce(array_agg(product_id order by product_id), '{}') from cart_lines where cart_id = carts.id
    ) not in ('{3}', '{1,2}')";
    assert_eq!(app.database.count(halves).await, 0);
}
