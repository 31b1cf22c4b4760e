//! Aliases for clients of the metadata server, which only need to change their base URL.

use agora_harness::TestApp;
use reqwest::Method;
use serde_json::{Value, json};

use super::{USERS, noa, with};

const METADATA: &str = "/metadata/api/users";

#[tokio::test]
async fn the_metadata_servers_paths_answer_the_same_bytes() {
    let app = TestApp::start().await;
    let user = app.user().await;
    assert_eq!(user.post(&format!("{METADATA}/")).json(&noa()).await.json(), noa());
    assert_eq!(user.post(METADATA).json(&with(noa(), "id", "00018")).await.status, 201);
    for rest in ["", "/ids", "/123456782", "/00018", "/ids?limit=1", "?page=2&limit=1"] {
        let own = user.get(&format!("{USERS}{rest}")).await;
        assert_eq!(own.status, 200, "{rest}");
        let (path, query) =
            rest.split_once('?').map_or((rest, String::new()), |(path, query)| (path, format!("?{query}")));
        for alias in [format!("{METADATA}{path}{query}"), format!("{METADATA}{path}/{query}")] {
            let response = user.get(&alias).await;
            assert_eq!((response.status, &response.body), (own.status, &own.body), "{alias}");
            assert_eq!(response.header("etag"), own.header("etag"), "{alias}");
        }
    }
    for end in ["", "/"] {
        let target = format!("{METADATA}/00018{end}");
        let record = with(noa(), "id", "00018");
        assert_eq!(user.put(&target).json(&with(record.clone(), "name", "N")).await.status, 200);
        assert_eq!(user.patch(&target).json(&json!({"name": "Noa Levi"})).await.json(), record);
    }
    assert_eq!(user.delete(&format!("{METADATA}/00018/")).await.status, 204);
    assert_eq!(user.delete(&format!("{METADATA}/123456782")).await.status, 204);
    assert_eq!(user.get(&format!("{METADATA}/")).await.json(), json!([]));
}

#[tokio::test]
async fn refusals_of_the_metadata_servers_paths_name_the_path_as_it_was_called() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let target = format!("{METADATA}/123456782/");
    let called = |problem: agora_api::models::Problem| problem.instance;
    assert_eq!(called(user.get(&target).await.problem_at(404)), target);
    assert_eq!(called(app.anonymous().get(&target).await.problem_at(401)), target);
    assert_eq!(called(user.post(&target).await.problem_at(405)), target);
    assert_eq!(called(user.patch(&target).text("{").await.problem_at(400)), target);
}

#[tokio::test]
async fn the_metadata_servers_token_opens_its_users() {
    let app = TestApp::start().await;
    for end in ["", "/"] {
        let login = json!({"username": "johnd", "password": "m38rmF$"});
        let token = format!("/metadata/api/token{end}");
        let pair: Value = app.anonymous().post(&token).json(&login).await.body_at(200);
        let keys: Vec<&String> = pair.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["access", "refresh"]);
        let users = format!("{METADATA}{end}");
        let opened = app.anonymous().with_token(pair["access"].as_str().expect("a token"));
        assert_eq!(opened.get(&users).await.json(), json!([]));
        let refresh = json!({"refresh": pair["refresh"]});
        let again: Value = app
            .anonymous()
            .post(&format!("/metadata/api/token/refresh{end}"))
            .json(&refresh)
            .await
            .body_at(200);
        let opened = app.anonymous().with_token(again["access"].as_str().expect("a token"));
        assert_eq!(opened.get(&users).await.json(), json!([]));
        let wrong = json!({"username": "johnd", "password": "wrong"});
        assert_eq!(app.anonymous().call(Method::POST, &token).json(&wrong).await.status, 401);
        let health: Value = app.anonymous().get(&format!("/metadata/api/health{end}")).await.body_at(200);
        assert_eq!(health, json!({"status": "ok"}));
    }
}
