//! Conditional requests (RFC 9110, section 13) for all resources.

use agora_api::models::ProblemCode;
use agora_harness::{TestApp, TestResponse};
use reqwest::Method;
use serde_json::json;

const CATEGORY: &str = "/api/v1/categories/3";

#[tokio::test]
async fn lines_of_a_condition_are_one_list() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    let etag = staff.get(CATEGORY).await.header("etag").to_owned();
    let known =
        app.anonymous().get(CATEGORY).header("if-none-match", "\"a\", \"b\"").header("if-none-match", &etag);
    assert_eq!(known.await.status, 304);
    let rename = |first: &str, second: &str| {
        let call = staff.patch(CATEGORY).header("if-match", first).header("if-match", second);
        call.json(&json!({"name": "gadgets"}))
    };
    assert_eq!(rename("\"a\"", "\"b\"").await.status, 412);
    assert_eq!(rename("\"a\"", &etag).await.status, 200);
}

#[tokio::test]
async fn a_star_within_quotes_is_a_letter_of_a_tag() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    assert_eq!(app.anonymous().get(CATEGORY).header("if-none-match", "\"x,*,y\"").await.status, 200);
    assert_eq!(staff.delete(CATEGORY).header("if-match", "\"a,*,b\"").await.status, 412);
    assert_eq!(staff.get(CATEGORY).await.status, 200);
}

#[tokio::test]
async fn a_malformed_condition_is_refused_before_anything_is_done() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    let etag = staff.get(CATEGORY).await.header("etag").to_owned();
    for malformed in ["\"x\", *", "*, \"x\"", "x", "\"x", ",", etag.trim_matches('"')] {
        let read = app.anonymous().get(CATEGORY).header("if-none-match", malformed).await;
        let change = staff.delete(CATEGORY).header("if-match", malformed).await;
        for (response, field) in [(read, "If-None-Match"), (change, "If-Match")] {
            let problem = response.problem_at(400);
            assert_eq!(problem.error.code, ProblemCode::ValidationError, "{malformed}");
            let reported = &response.json()["error"]["details"]["fields"][field][0];
            assert_eq!(reported["rule"], "pattern", "{malformed}: {}", response.text());
        }
    }
    let twice = staff.delete(CATEGORY).header("if-match", "*").header("if-match", &etag).await;
    assert_eq!(twice.status, 400);
    assert_eq!(staff.get(CATEGORY).await.header("etag"), etag);
}

/// `Accept-Encoding` of the request, `Content-Encoding` of the response, and suffix of the `ETag`.
const CODINGS: [(&str, &str, &str); 3] =
    [("identity", "", ""), ("gzip", "gzip", "-gzip"), ("br, gzip", "br", "-br")];

/// Returns `true` if `Vary` lists `Accept-Encoding`.
fn varies(response: &TestResponse) -> bool {
    response
        .headers
        .get_all("vary")
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| value.contains("accept-encoding")))
}

#[tokio::test]
async fn each_coding_has_a_tag_of_its_own_and_all_of_them_name_one_version() {
    let app = TestApp::start().await;
    let targets = [
        CATEGORY,
        "/api/v1/products/1",
        "/api/v1/products?limit=20",
        "/api/schema",
        "/.well-known/jwks.json",
    ];
    for target in targets {
        let plain = app.anonymous().get(target).await;
        let version = plain.header("etag").trim_matches('"').to_owned();
        let ask = |accepted: &str| app.anonymous().get(target).header("accept-encoding", accepted);
        for (accepted, coding, suffix) in CODINGS {
            let response = ask(accepted).await;
            assert_eq!(
                (response.status.as_u16(), response.header("content-encoding")),
                (200, coding),
                "{target}"
            );
            assert_eq!(response.header("etag"), format!("\"{version}{suffix}\""), "{target} {accepted}");
            assert_eq!(response.header("content-length"), response.coded.len().to_string());
            assert!(varies(&response) && response.body == plain.body, "{target} {accepted}");
            for (_, _, other) in CODINGS {
                for tag in [format!("\"{version}{other}\""), format!("W/\"{version}{other}\"")] {
                    let known = ask(accepted).header("if-none-match", &tag).await;
                    assert_eq!(
                        (known.status.as_u16(), known.coded.len()),
                        (304, 0),
                        "{target} {accepted} {tag}"
                    );
                    assert_eq!(
                        known.header("etag"),
                        tag.trim_start_matches("W/"),
                        "the tag of what the client has"
                    );
                    assert!(varies(&known));
                }
            }
            let any = ask(accepted).header("if-none-match", "*").await;
            assert_eq!((any.status.as_u16(), any.header("etag")), (304, response.header("etag")));
        }
    }
}

#[tokio::test]
async fn whatever_coding_a_client_has_read_it_may_change_what_it_has_seen() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    for (at, (accepted, coding, _)) in CODINGS.into_iter().enumerate() {
        let read = staff.get(CATEGORY).header("accept-encoding", accepted).await;
        let rename = |tag: &str| {
            let call = staff.patch(CATEGORY).header("accept-encoding", accepted).header("if-match", tag);
            call.json(&json!({"name": format!("gadgets {at}")}))
        };
        let changed = rename(read.header("etag")).await;
        assert_eq!(
            (changed.status.as_u16(), changed.header("content-encoding")),
            (200, coding),
            "{}",
            changed.text()
        );
        assert_eq!(rename(read.header("etag")).await.status, 412, "it is another version now");
        let now = staff.get(CATEGORY).header("accept-encoding", accepted).await;
        assert_eq!(now.header("etag"), changed.header("etag"));
    }
}

#[tokio::test]
async fn a_weak_tag_is_good_for_reading_only_and_the_412_names_the_cause() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    let etag = staff.get(CATEGORY).await.header("etag").to_owned();
    let weak = format!("W/{etag}");
    assert_eq!(app.anonymous().get(CATEGORY).header("if-none-match", &weak).await.status, 304);
    for call in [staff.delete(CATEGORY), app.anonymous().get(CATEGORY)] {
        let detail = call.header("if-match", &weak).await.problem_at(412).detail;
        assert!(
            detail.contains("weak") && detail.contains("Proxies") && detail.contains("compress"),
            "{detail}"
        );
    }
    let stale = staff.delete(CATEGORY).header("if-match", "\"x\"").await.problem_at(412).detail;
    assert!(!stale.contains("weak") && stale.contains("read the resource again"), "{stale}");
    let both = staff.delete(CATEGORY).header("if-match", &format!("{weak}, {etag}")).await;
    assert_eq!(both.status, 204, "{}", both.text());
}

#[tokio::test]
async fn conditions_are_held_in_their_order_and_after_all_other_checks() {
    let app = TestApp::start().await;
    let staff = app.staff().await;
    let etag = staff.get(CATEGORY).await.header("etag").to_owned();
    let read = |wanted: &str, unwanted: &str| {
        app.anonymous().get(CATEGORY).header("if-match", wanted).header("if-none-match", unwanted)
    };
    assert_eq!(read(&etag, "\"x\"").await.status, 200);
    assert_eq!(read("*", &etag).await.status, 304);
    assert_eq!(read("\"x\"", &etag).await.status, 412, "If-Match comes first");
    let change = |wanted: &str, unwanted: &str, name: &str| {
        let call = staff.patch(CATEGORY).header("if-match", wanted).header("if-none-match", unwanted);
        call.json(&json!({"name": name}))
    };
    let unchanged = change(&etag, &format!("W/{etag}"), "gadgets").await;
    assert!(unchanged.problem_at(412).detail.contains("If-None-Match"), "{}", unchanged.text());
    assert_eq!(change(&etag, "\"x\"", "").await.status, 400, "the body comes first");
    let missing = "/api/v1/categories/999";
    for call in [app.anonymous().get(missing), staff.delete(missing), staff.patch(missing).json(&json!({}))] {
        assert_eq!(call.header("if-match", "*").await.status, 404, "what is not there comes first");
    }
    let user = app.user().await;
    assert_eq!(user.delete(CATEGORY).header("if-match", "\"x\"").await.status, 403);
    assert_eq!(change(&etag, "\"x\"", "gadgets").await.status, 200);
}

#[tokio::test]
async fn what_has_a_tag_is_compressed_from_the_smallest_on_and_other_things_when_they_are_large() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let coded = |response: &TestResponse| response.header("content-encoding").to_owned();
    assert_eq!(
        coded(&app.anonymous().get("/api/v1/products/1/rating").header("accept-encoding", "gzip").await),
        "gzip"
    );
    assert_eq!(coded(&user.get("/api/v1/auth/me").header("accept-encoding", "gzip").await), "");
    assert_eq!(
        coded(&app.anonymous().get("/api/v1/products/999").header("accept-encoding", "gzip").await),
        ""
    );
    let add = |number: i32| {
        user.post("/api/v1/users/me/addresses")
            .json(&json!({"city": "x", "street": "y", "number": number, "zipcode": "z"}))
    };
    for number in 0..9 {
        assert_eq!(add(number).await.status, 201);
    }
    let list = user.get("/api/v1/users/me/addresses").header("accept-encoding", "gzip").await;
    assert_eq!((coded(&list).as_str(), list.header("etag")), ("gzip", ""));
    assert!(list.coded.len() * 2 < list.body.len() && varies(&list));
}

#[tokio::test]
async fn head_has_the_headers_of_get_in_every_coding() {
    let app = TestApp::start().await;
    for target in [CATEGORY, "/api/v1/products?limit=20", "/api/docs/redoc.js", "/api/v1/products/999"] {
        for (accepted, ..) in CODINGS {
            for (name, value) in [("accept", "*/*"), ("if-none-match", "*"), ("if-match", "\"x\"")] {
                let call = |method| app.anonymous().call(method, target).header("accept-encoding", accepted);
                let get = call(Method::GET).header(name, value).await;
                let head = call(Method::HEAD).header(name, value).await;
                assert_eq!(head.status, get.status, "{target} {accepted} {name}");
                let own = ["date", "x-request-id"];
                let fields = |response: &TestResponse| {
                    let mut headers = response.headers.clone();
                    own.iter().for_each(|name| drop(headers.remove(*name)));
                    headers
                };
                if get.status.is_success() || get.status == 304 {
                    assert_eq!(fields(&head), fields(&get), "{target} {accepted} {name}");
                }
                assert!(head.coded.is_empty());
            }
        }
    }
}
