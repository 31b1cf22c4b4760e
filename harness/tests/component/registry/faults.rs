//! Invalid requests: all violations are reported together, and nothing is written.

use agora_api::models::{ProblemCode, RegistryUser};
use agora_harness::TestApp;
use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

use super::{USERS, digest, entered, noa, pairs, path, rules, with, without};

#[tokio::test]
async fn all_violations_are_reported_together_including_check_digit_and_phone() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let body = json!({"id": "123456789", "name": " ", "phone": "+972501234567", "address": "x".repeat(256), "age": 7});
    let problem = user.post(USERS).json(&body).await.problem_at(400);
    assert_eq!(problem.error.code, ProblemCode::ValidationError);
    assert_json_snapshot!("all_faults", problem.error.details);
    let reported = [("address", "type"), ("id", "format"), ("name", "required"), ("phone", "format")];
    let body = json!({"id": "123456789", "phone": "+972501234567", "address": null});
    let problem = user.post(USERS).json(&body).await.problem_at(400);
    assert_eq!(rules(&problem), pairs(&reported));
    assert_eq!(app.database.count("select count(*) from registry_users").await, 0);
}

#[tokio::test]
async fn a_change_reports_all_violations_including_an_id_unlike_the_paths() {
    let app = TestApp::start().await;
    let user = app.user().await;
    entered(&user, "123456782").await;
    let before = digest(&app).await;
    for method in [Method::PUT, Method::PATCH] {
        let change = |body: Value| user.call(method.clone(), &path("123456782")).json(&body);
        let body = json!({"id": "00018", "name": "", "phone": "+972501234567", "address": "x"});
        let problem = change(body).await.problem_at(400);
        let reported = [("id", "path"), ("name", "minLength"), ("phone", "format")];
        assert_eq!(rules(&problem), pairs(&reported), "{method}");
        for id in ["000018", "0123456782", "123456789"] {
            let problem = change(with(noa(), "id", id)).await.problem_at(400);
            assert!(rules(&problem).contains(&("id".to_owned(), "path".to_owned())), "{id}");
        }
    }
    assert_eq!(digest(&app).await, before);
    let unknown = user.put(&path("00018")).json(&noa()).await;
    assert_eq!(unknown.status, 400, "the body before existence");
}

#[tokio::test]
async fn every_member_is_a_text_that_is_there_once() {
    let app = TestApp::start().await;
    let user = app.user().await;
    entered(&user, "00018").await;
    let before = digest(&app).await;
    for member in ["id", "name", "phone", "address"] {
        for value in [json!(null), json!(123_456_782), json!(true), json!(["00018"]), json!({})] {
            let problem = user.post(USERS).json(&with(noa(), member, value.clone())).await.problem_at(400);
            assert_eq!(rules(&problem), pairs(&[(member, "type")]), "{member}: {value}");
            let problem =
                user.patch(&path("00018")).json(&json!({member: value.clone()})).await.problem_at(400);
            assert_eq!(problem.error.details["fields"][member][0]["rule"], "type", "{member}: {value}");
        }
        let problem = user.post(USERS).json(&without(noa(), member)).await.problem_at(400);
        assert_eq!(rules(&problem), pairs(&[(member, "required")]));
        let rest = without(with(noa(), "id", "00018"), member);
        let replaced = user.put(&path("00018")).json(&rest).await;
        assert_eq!(replaced.status.as_u16(), if member == "id" { 200 } else { 400 }, "{member}");
        let twice = noa().to_string().replacen('{', &format!("{{\"{member}\":\"00018\","), 1);
        let problem = user.post(USERS).text(twice).await.problem_at(400);
        assert_eq!(problem.error.details["fields"][member][0]["rule"], "duplicate");
        for odd in ["\\u0000", "a\\u0000b", "\\ud800", "\\udc00x"] {
            let text = noa().to_string();
            let good = noa()[member].to_string();
            let body = text.replace(&good, &format!("\"{odd}\""));
            assert_ne!(body, text);
            assert_eq!(user.post(USERS).text(body).await.status, 400, "{member}: {odd}");
        }
    }
    assert_eq!(app.database.count("select count(*) from registry_users").await, 1);
    assert_eq!(digest(&app).await, before, "replaced by what is stored, without an id in the body");
}

#[tokio::test]
async fn bodies_that_are_no_record_are_refused() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for body in ["", "{", "[]", "null", "\"00018\"", "7", "{} {}", "\u{feff}{}"] {
        assert_eq!(user.post(USERS).text(body).await.status, 400, "{body:?}");
    }
    let form = user.post(USERS).header("content-type", "application/x-www-form-urlencoded").body("id=00018");
    assert_eq!(form.await.status, 415);
    assert_eq!(user.post(USERS).text(" ".repeat(1024 * 1024 + 1)).await.status, 413);
    let long = with(noa(), "phone", format!("+{}", "1".repeat(15_000)));
    assert_eq!(user.post(USERS).json(&long).await.status, 400);
    assert_eq!(user.get(&format!("{USERS}?odd=1")).await.status, 400);
    assert_eq!(user.get(&format!("{USERS}?page=0")).await.status, 400);
    assert_eq!(user.get(&format!("{USERS}/ids?limit=101")).await.status, 400);
}

#[tokio::test]
async fn a_path_has_five_to_nine_plain_digits() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for id in [
        "0018",
        "1234567820",
        "abcde",
        "%20123456782",
        "123456782%0A",
        "%D9%A0%D9%A0%D9%A0%D9%A1%D9%A8",
        "idss",
        "%00",
        "%FF",
    ] {
        assert_eq!(user.get(&path(id)).await.status, 400, "{id}");
        assert_eq!(user.delete(&path(id)).await.status, 400, "{id}");
        assert_eq!(user.patch(&path(id)).json(&json!({})).await.status, 400, "{id}");
    }
    for id in ["00018", "123456789"] {
        assert_eq!(user.get(&path(id)).await.status, 404, "{id}");
        assert_eq!(user.delete(&path(id)).await.status, 404, "{id}");
        assert_eq!(user.patch(&path(id)).json(&json!({})).await.status, 404, "{id}");
        assert_eq!(user.put(&path(id)).json(&without(noa(), "id")).await.status, 404, "{id}");
    }
}

#[tokio::test]
async fn an_id_is_entered_once() {
    let app = TestApp::start().await;
    let (user, other) = (app.user().await, app.other_user().await);
    entered(&user, "123456782").await;
    let again = other.post(USERS).json(&with(noa(), "name", "Somebody else")).await;
    assert_eq!(again.status, 409);
    assert_json_snapshot!("id_taken", again.json(), {".request_id" => "[id]"});
    assert_eq!(user.get(&path("123456782")).await.json(), noa());
    assert_eq!(entered(&user, "00018").await.id, "00018");
    assert_eq!(entered(&user, "000018").await.id, "000018", "another id");
}

#[tokio::test]
async fn of_fifty_at_once_one_enters_an_id() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let calls: Vec<_> = (0..50)
        .map(|n| {
            let call = user.post(USERS).json(&with(noa(), "name", format!("Noa {n}")));
            tokio::spawn(async move { call.until_served().await.status.as_u16() })
        })
        .collect();
    let mut statuses = Vec::new();
    for call in calls {
        statuses.push(call.await.expect("answers"));
    }
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 49, "{statuses:?}");
    assert_eq!(app.database.count("select count(*) from registry_users").await, 1);
}

#[tokio::test]
async fn anonymous_callers_neither_read_nor_write() {
    let app = TestApp::start().await;
    entered(&app.user().await, "123456782").await;
    let before = digest(&app).await;
    let anonymous = app.anonymous();
    for target in [USERS.to_owned(), format!("{USERS}/ids"), path("123456782"), path("odd")] {
        assert_eq!(anonymous.get(&target).await.status, 401, "{target}");
    }
    assert_eq!(anonymous.post(USERS).text("{").await.status, 401);
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        assert_eq!(anonymous.call(method, &path("123456782")).text("{").await.status, 401);
    }
    assert_eq!(digest(&app).await, before);
}

#[tokio::test]
async fn any_signed_in_user_keeps_all_of_it() {
    let app = TestApp::start().await;
    entered(&app.user().await, "123456782").await;
    let other = app.other_user().await;
    assert_eq!(other.get(&path("123456782")).await.json(), noa());
    let record: RegistryUser =
        other.patch(&path("123456782")).json(&json!({"name": "Noa Katz"})).await.body_at(200);
    assert_eq!(record.name, "Noa Katz");
    assert_eq!(app.staff().await.delete(&path("123456782")).await.status, 204);
}
