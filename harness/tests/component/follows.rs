//! Follows: who follows whom, and who may see it.

use agora_api::models::Follow;
use agora_harness::{Client, TestApp, TestResponse};
use serde_json::json;

use crate::lists::link;

const USERS: &str = "/api/v1/users";

fn names(response: &TestResponse) -> Vec<String> {
    response.body_at::<Vec<Follow>>(200).into_iter().map(|follow| follow.username).collect()
}

async fn followers<A>(client: &Client<A>, user: &str) -> TestResponse {
    client.get(&format!("{USERS}/{user}/followers")).await
}

async fn following<A>(client: &Client<A>, user: &str) -> TestResponse {
    client.get(&format!("{USERS}/{user}/following")).await
}

#[tokio::test]
async fn a_user_follows_and_unfollows_another_one() {
    let app = TestApp::start().await;
    let (user, anonymous) = (app.user().await, app.anonymous());
    let follow = format!("{USERS}/derek/follow");
    assert_eq!(names(&followers(&anonymous, "derek").await), [""; 0]);
    for _ in 0..2 {
        assert_eq!(user.put(&follow).await.status, 204);
    }
    let listed = followers(&anonymous, "derek").await;
    assert_eq!((names(&listed), listed.header("x-total-count")), (vec!["johnd".to_owned()], "1"));
    let of_user = following(&anonymous, "johnd").await;
    assert_eq!(names(&of_user), ["derek", "mor_2314"], "the latest comes first");
    assert_eq!(of_user.header("x-total-count"), "2");
    assert_eq!(user.delete(&follow).await.status, 204);
    assert_eq!(user.delete(&follow).await.status, 404);
    assert_eq!(names(&followers(&anonymous, "derek").await), [""; 0]);
    assert_eq!(names(&following(&anonymous, "johnd").await), ["mor_2314"]);
    assert_eq!(names(&followers(&anonymous, "mor_2314").await), ["johnd"], "the other side is unchanged");
    for replayed in ["", "true"] {
        let response = user.put(&follow).header("idempotency-key", "follow-1").await;
        assert_eq!((response.status.as_u16(), response.header("idempotency-replayed")), (204, replayed));
    }
}

#[tokio::test]
async fn follows_show_the_public_profile() {
    let app = TestApp::start().await;
    let profile = json!({"location": "London", "avatar_url": "https://example.com/john.png"});
    for (user, path) in [(app.user().await, "johnd"), (app.other_user().await, "mor_2314")] {
        assert_eq!(user.patch(&format!("{USERS}/{path}")).json(&profile).await.status, 200);
    }
    for path in ["johnd/following", "mor_2314/followers"] {
        let shown: Vec<Follow> = app.anonymous().get(&format!("{USERS}/{path}")).await.body_at(200);
        assert_eq!(shown[0].location.as_deref(), Some("London"), "{path}");
        assert_eq!(shown[0].avatar_url.as_deref(), Some("https://example.com/john.png"), "{path}");
    }
    let email = app.anonymous().get(&format!("{USERS}/johnd/followers")).await.text().contains('@');
    assert!(!email, "an address is not shown");
}

#[tokio::test]
async fn nobody_follows_themselves_or_whom_they_cannot_see() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for own in ["1", "johnd", "JOHND", "019b8d7d-f1c0-7100-8000-000000000001"] {
        assert_eq!(user.put(&format!("{USERS}/{own}/follow")).await.status, 409, "{own}");
    }
    for hidden in ["staff", "11", "999", "nobody"] {
        for call in [
            user.put(&format!("{USERS}/{hidden}/follow")),
            user.delete(&format!("{USERS}/{hidden}/follow")),
            user.get(&format!("{USERS}/{hidden}/followers")),
            user.get(&format!("{USERS}/{hidden}/following")),
            user.get(&format!("{USERS}/{hidden}/products")),
        ] {
            assert_eq!(call.await.status, 404, "{hidden}");
        }
    }
    assert_eq!(app.database.count("select count(*) from follows").await, 3);
}

#[tokio::test]
async fn staff_follow_without_being_seen() {
    let app = TestApp::start().await;
    let (staff, anonymous) = (app.staff().await, app.anonymous());
    assert_eq!(staff.put(&format!("{USERS}/derek/follow")).await.status, 204);
    let listed = followers(&anonymous, "derek").await;
    assert_eq!((names(&listed), listed.header("x-total-count")), (vec![], "0"));
    assert_eq!(names(&following(&staff, "staff").await), ["derek"]);
}

#[tokio::test]
async fn follows_end_with_the_account() {
    let app = TestApp::start().await;
    assert_eq!(app.user().await.delete(&format!("{USERS}/1")).await.status, 204);
    let anonymous = app.anonymous();
    assert_eq!(names(&followers(&anonymous, "mor_2314").await), [""; 0]);
    assert_eq!(names(&following(&anonymous, "mor_2314").await), [""; 0]);
    assert_eq!(app.database.count("select count(*) from follows").await, 0);
}

#[tokio::test]
async fn long_lists_of_followers_are_walked_by_page_and_cursor() {
    let app = TestApp::start().await;
    let many = "
        insert into users (uuid, email, username, password_hash)
        select gen_random_uuid(), 'u' || n || '@example.com', 'user' || n, '-' from generate_series(1, 25) as n;
        insert into follows (follower_id, followed_id)
        select id, 5 from users where username like 'user%' order by id";
    app.database.client().batch_execute(many).await.expect("runs");
    let client = app.anonymous();
    let expected: Vec<String> = (1..=25).rev().map(|n| format!("user{n}")).collect();
    let path = format!("{USERS}/5/followers");
    for side in ["followers", "following"] {
        let beyond = client.get(&format!("{USERS}/5/{side}?limit=1&page=10000")).await;
        assert_eq!(names(&beyond), [""; 0]);
    }
    assert_eq!(app.user().await.put(&format!("{USERS}/5/follow")).await.status, 204);
    let of_two = client.get(&format!("{USERS}/1/following?limit=1")).await;
    assert!(link(&of_two, "next").is_some());
    let same = client
        .get(&format!("{USERS}/1/following?limit=1"))
        .header("if-none-match", of_two.header("etag"))
        .await;
    assert!(same.status == 304 && link(&same, "next").is_some());
    assert_eq!(app.user().await.delete(&format!("{USERS}/5/follow")).await.status, 204);
    assert_eq!(names(&client.get(&format!("{path}?limit=10&page=3")).await), expected[20..]);
    let mut response = client.get(&format!("{path}?limit=10&cursor=start")).await;
    let mut walked = names(&response);
    while let Some(next) = link(&response, "next") {
        response = client.get(&next).await;
        walked.extend(names(&response));
    }
    assert_eq!(walked, expected);
    let previous = link(&response, "prev").expect("there is one before");
    assert_eq!(names(&client.get(&previous).await), expected[10..20]);
}

#[tokio::test]
async fn nobody_follows_a_user_who_is_deleted_meanwhile() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let delete = "begin; update users set deleted_at = app_now() where id = 5";
    app.database.client().batch_execute(delete).await.expect("runs");
    let call = tokio::spawn(user.put(&format!("{USERS}/5/follow")).into_future());
    let waiting = "select count(*) from pg_locks where not granted";
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while app.database.count(waiting).await == 0 {
        assert!(std::time::Instant::now() < deadline, "the request does not wait for the user");
    }
    app.database.client().batch_execute("commit").await.expect("runs");
    assert_eq!(call.await.expect("answers").status, 404);
    assert_eq!(app.database.count("select count(*) from follows where followed_id = 5").await, 0);
}
