//! Reads of one cart and of lists, with an open and with a closed user directory.

use agora_api::models::Cart;
use agora_harness::{TestApp, TestResponse};
use insta::assert_json_snapshot;
use serde_json::json;

use super::{CARTS, created, path, read};

const CLOSED: [agora_harness::Setting; 1] = [("OPEN_DIRECTORY", "off")];

fn ids(response: &TestResponse) -> Vec<i64> {
    response.body_at::<Vec<Cart>>(200).iter().map(|cart| cart.id).collect()
}

#[tokio::test]
async fn the_dataset_has_seven_and_two_are_of_user_one() {
    let app = TestApp::start().await;
    let all = app.anonymous().get("/api/carts/").await;
    assert_json_snapshot!("carts", all.json());
    assert_eq!(all.header("x-total-count"), "7");
    for target in [
        "/api/carts/users/1/",
        "/api/v1/carts?userId=1",
        "/api/v1/carts?user_id=1",
        "/api/v1/carts?userId=1&user_id=1",
    ] {
        let response = app.anonymous().get(target).await;
        assert_eq!((ids(&response), response.header("x-total-count")), (vec![1, 2], "2"), "{target}");
    }
    assert_eq!(ids(&app.anonymous().get("/api/v1/carts?userId=999").await), Vec::<i64>::new());
    let next: Cart = created(&app.user().await).await;
    assert_eq!(next.id, 9, "the sequence goes on behind the dataset");
}

#[tokio::test]
async fn one_cart_is_the_same_bytes_by_id_and_by_uuid() {
    let app = TestApp::start().await;
    let first = app.anonymous().get("/api/v1/carts/2").await;
    assert_json_snapshot!("cart", first.json());
    let by_uuid = format!("{CARTS}/{}", first.body_at::<Cart>(200).uuid);
    for target in ["/api/carts/2/", "/v1/carts/2", &by_uuid] {
        let response = app.anonymous().get(target).await;
        assert_eq!(
            (&response.body, response.header("etag")),
            (&first.body, first.header("etag")),
            "{target}"
        );
    }
}

#[tokio::test]
async fn what_the_caller_has_is_304() {
    let app = TestApp::start().await;
    for target in ["/api/v1/carts", "/api/v1/carts/1", "/api/v1/carts/users/1"] {
        let etag = app.anonymous().get(target).await.header("etag").to_owned();
        let again = app.anonymous().get(target).header("if-none-match", &etag).await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{target}");
    }
}

#[tokio::test]
async fn carts_and_users_that_are_not_there_are_404_with_their_id() {
    let app = TestApp::start().await;
    for target in ["/api/v1/carts/999", "/api/v1/carts/users/999"] {
        let problem = app.anonymous().get(target).await.problem_at(404);
        assert_eq!(json!(problem.error.details), json!({"id": "999"}), "{target}");
    }
    let uuid = "0198c0de-0000-7000-8000-000000000999";
    for target in [format!("{CARTS}/{uuid}"), format!("{CARTS}/users/{uuid}")] {
        let problem = app.anonymous().get(&target).await.problem_at(404);
        assert_eq!(json!(problem.error.details), json!({"id": uuid}));
    }
    let response = app.anonymous().get("/api/v1/carts/999").await;
    assert_json_snapshot!("unknown_cart", response.json(), {".request_id" => "[id]"});
    let gone = "update users set deleted_at = app_now() where id = 1";
    app.database.client().batch_execute(gone).await.expect("runs");
    assert_eq!(app.anonymous().get("/api/v1/carts/users/1").await.status, 404);
}

/// Regression test: `userId=abc` returned 500 in a predecessor of this system.
#[tokio::test]
async fn odd_parameters_are_400_and_named() {
    let app = TestApp::start().await;
    for (query, field) in [
        ("userId=abc", "userId"),
        ("user_id=abc", "userId"),
        ("userId=", "userId"),
        ("userId=1.5", "userId"),
        ("userId=99999999999999999999", "userId"),
        ("userId=%00", "userId"),
        ("userId=1&userId=1", "userId"),
        ("userId=1&user_id=2", "user_id"),
        ("page=0", "page"),
        ("limit=101", "limit"),
        ("page=101&limit=100", "page"),
        ("cursor=x", "cursor"),
        ("page=1&cursor=start", "cursor"),
        ("sort=id", "sort"),
    ] {
        let problem = app.anonymous().get(&format!("{CARTS}?{query}")).await.problem_at(400);
        let fields: Vec<_> =
            problem.error.details["fields"].as_object().expect("fields").keys().cloned().collect();
        assert_eq!(fields, [field], "{query}");
    }
    for id in ["abc", "0", "01", "-1", "1.5", "99999999999999999999", "%00", "%ff", "1%20"] {
        for target in [format!("{CARTS}/{id}"), format!("{CARTS}/users/{id}")] {
            assert_eq!(app.anonymous().get(&target).await.status, 400, "{target}");
        }
    }
    for far in ["-1", "0", "9223372036854775807", "-9223372036854775808"] {
        assert!(ids(&app.anonymous().get(&format!("{CARTS}?userId={far}")).await).is_empty(), "{far}");
    }
}

#[tokio::test]
async fn pages_link_to_their_neighbours() {
    let app = TestApp::start().await;
    let second = app.anonymous().get("/api/v1/carts?page=2&limit=3").await;
    assert_eq!(ids(&second), [4, 5, 6]);
    let link = |page| format!("{}/api/v1/carts?limit=3&page={page}", app.base);
    assert_eq!(second.header("link"), format!("<{}>; rel=\"next\", <{}>; rel=\"prev\"", link(3), link(1)));
    assert_eq!(ids(&app.anonymous().get("/api/v1/carts?page=3&limit=3").await), [7]);
    let beyond = app.anonymous().get("/api/v1/carts?page=9&limit=3").await;
    assert_eq!((ids(&beyond).len(), beyond.header("x-total-count")), (0, "7"));
    let own = app.anonymous().get("/api/v1/carts/users/1?limit=1&page=2").await;
    assert_eq!((ids(&own), own.header("x-total-count")), (vec![2], "2"));
    assert!(own.header("link").contains("page=1") && !own.header("link").contains("next"));
}

#[tokio::test]
async fn counts_follow_writes_at_once() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let counts = async || {
        let all = app.anonymous().get(CARTS).await.header("x-total-count").to_owned();
        (all, app.anonymous().get("/api/v1/carts/users/1").await.header("x-total-count").to_owned())
    };
    assert_eq!(counts().await, ("7".to_owned(), "2".to_owned()));
    let cart = created(&user).await;
    assert_eq!(counts().await, ("8".to_owned(), "3".to_owned()));
    assert_eq!(user.delete(&path(&cart)).await.status, 204);
    assert_eq!(counts().await, ("7".to_owned(), "2".to_owned()));
}

#[tokio::test]
async fn where_the_directory_is_closed_lists_show_ones_own_and_staff_everything() {
    let app = TestApp::start_with(&CLOSED).await;
    let (user, other) = (app.user().await, app.other_user().await);
    let (staff, admin) = (app.staff().await, app.admin().await);
    let nobodys = app.anonymous().get(CARTS).await;
    assert_eq!((ids(&nobodys).len(), nobodys.header("x-total-count")), (0, "0"));
    let own = user.get(CARTS).await;
    assert_eq!((ids(&own), own.header("x-total-count")), (vec![1, 2], "2"));
    assert_eq!(ids(&other.get(CARTS).await), [3]);
    assert_eq!(ids(&user.get("/api/v1/carts?userId=1").await), [1, 2]);
    assert!(ids(&user.get("/api/v1/carts?userId=2").await).is_empty());
    assert!(ids(&app.anonymous().get("/api/v1/carts?userId=1").await).is_empty());
    for any in [staff.get(CARTS).await, admin.get(CARTS).await] {
        assert_eq!((ids(&any).len(), any.header("x-total-count")), (7, "7"));
    }
    assert_eq!(ids(&staff.get("/api/v1/carts?userId=2").await), [3]);
}

#[tokio::test]
async fn where_the_directory_is_closed_others_carts_are_not_there() {
    let app = TestApp::start_with(&CLOSED).await;
    let (user, staff) = (app.user().await, app.staff().await);
    for (target, is_own) in [
        ("/api/v1/carts/1", true),
        ("/api/v1/carts/3", false),
        ("/api/v1/carts/users/1", true),
        ("/api/v1/carts/users/2", false),
    ] {
        assert_eq!(app.anonymous().get(target).await.status, 404, "{target}");
        let expected = if is_own { 200 } else { 404 };
        assert_eq!(user.get(target).await.status, expected, "{target}");
        assert_eq!(staff.get(target).await.status, 200, "{target}");
    }
    let others = user.get("/api/v1/carts/3").await.problem_at(404);
    let nobodys = user.get("/api/v1/carts/999").await.problem_at(404);
    assert_eq!((&others.detail, others.status), (&nobodys.detail, nobodys.status));
    for (target, status) in [("/api/v1/carts/3", 404), ("/api/v1/carts/1", 200)] {
        assert_eq!(user.patch(target).json(&json!({"date": "2026-02-01"})).await.status, status);
        assert_eq!(user.put(target).json(&json!({"products": []})).await.status, status);
    }
    assert_eq!(user.delete("/api/v1/carts/3").await.status, 404);
    assert_eq!(user.delete("/api/v1/carts/1").await.status, 204);
    assert_eq!(staff.delete("/api/v1/carts/3").await.status, 204);
}

#[tokio::test]
async fn a_deleted_cart_is_gone_from_every_answer() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let uuid = read(&app, "/api/v1/carts/1").await.uuid;
    assert_eq!(user.delete("/api/v1/carts/1").await.status, 204);
    assert_eq!(user.delete("/api/v1/carts/1").await.status, 404);
    for target in ["/api/v1/carts/1".to_owned(), format!("{CARTS}/{uuid}")] {
        assert_eq!(user.get(&target).await.status, 404);
        assert_eq!(user.patch(&target).json(&json!({})).await.status, 404);
        assert_eq!(user.put(&target).json(&json!({"products": []})).await.status, 404);
    }
    assert_eq!(ids(&app.anonymous().get("/api/v1/carts/users/1").await), [2]);
    assert_eq!(ids(&app.anonymous().get(CARTS).await), [2, 3, 4, 5, 6, 7]);
    assert_eq!(app.database.count("select count(*) from carts where deleted_at is not null").await, 1);
}
