//! The OpenAPI document and its documentation pages.

use agora_api::models::ProblemCode;
use agora_api::{DOCUMENT_JSON, DOCUMENT_YAML};
use agora_harness::spec::DOCUMENT;
use agora_harness::{TestApp, TestResponse};

const PATHS: [&str; 5] = ["/", "/api/docs", "/api/docs/redoc.js", "/api/schema", "/api/schema.json"];
const PAGES: [&str; 2] = ["/", "/api/docs"];

/// Returns the references of a page: the values of its attributes `href`, `src` and `spec-url`.
fn references(page: &TestResponse) -> Vec<String> {
    let text = page.text();
    let values = ["href=\"", "src=\"", "spec-url=\""].into_iter().flat_map(|start| {
        text.split(start)
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    });
    values.collect()
}

#[tokio::test]
async fn the_schema_is_the_document_byte_for_byte() {
    let app = TestApp::start().await;
    for (path, media_type, document) in [
        ("/api/schema", "application/yaml", DOCUMENT_YAML),
        ("/api/schema.json", "application/json", DOCUMENT_JSON),
    ] {
        for path in [path.to_owned(), format!("{path}/")] {
            let response = app.anonymous().get(&path).await;
            assert_eq!(
                (response.status.as_u16(), response.header("content-type")),
                (200, media_type),
                "{path}"
            );
            assert!(response.body == document.as_bytes(), "{path} is another document");
        }
    }
}

#[tokio::test]
async fn pages_refer_to_what_this_server_has_and_to_nothing_else() {
    let app = TestApp::start().await;
    for path in PAGES {
        let page = app.anonymous().get(path).await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(!page.text().contains("//"), "{path} names a host");
        let references = references(&page);
        assert!(references.len() >= 3, "{references:?}");
        for reference in references.iter().filter(|reference| *reference != "data:,") {
            assert_eq!(app.anonymous().get(reference).await.status, 200, "{path} refers to {reference}");
        }
    }
}

#[tokio::test]
async fn pages_say_what_a_browser_may_load() {
    let app = TestApp::start().await;
    let of_docs = app.anonymous().get("/api/docs").await.header("content-security-policy").to_owned();
    for rule in
        ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "worker-src blob:", "img-src data:"]
    {
        assert!(of_docs.split("; ").any(|one| one == rule), "{of_docs} lacks {rule}");
    }
    let of_start = app.anonymous().get("/").await.header("content-security-policy").to_owned();
    assert!(of_start.starts_with("default-src 'none';") && !of_start.contains("script"), "{of_start}");
    let of_schema = app.anonymous().get("/api/schema").await.header("content-security-policy").to_owned();
    assert_eq!(of_schema, "default-src 'none'; frame-ancestors 'none'", "only pages need more");
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again() {
    let app = TestApp::start().await;
    for path in PATHS {
        let first = app.anonymous().get(path).await;
        let etag = first.header("etag");
        assert!(!etag.is_empty(), "{path}");
        let again = app.anonymous().get(path).header("if-none-match", etag).await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{path}");
        assert_eq!(again.header("cache-control"), first.header("cache-control"));
        let other =
            app.anonymous().get(path).header("if-none-match", "\"00000000000000000000000000000000\"").await;
        assert_eq!(other.status, 200, "{path}");
    }
}

#[tokio::test]
async fn the_script_is_compressed_already_and_kept_for_long() {
    let app = TestApp::start().await;
    let plain = app.anonymous().get("/api/docs/redoc.js").await;
    assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", "accept-encoding"));
    assert!(plain.text().contains("Redoc"));
    let packed = app.anonymous().get("/api/docs/redoc.js").header("accept-encoding", "gzip, br").await;
    assert_eq!((packed.header("content-encoding"), packed.header("vary")), ("gzip", "accept-encoding"));
    assert!(packed.coded.starts_with(&[0x1f, 0x8b]) && packed.coded.len() * 3 < plain.coded.len());
    assert_eq!(packed.body, plain.body);
    assert_ne!(packed.header("etag"), plain.header("etag"), "other bytes, another strong validator");
    for response in [plain, packed] {
        assert_eq!(response.header("cache-control"), "public, max-age=604800");
        assert_eq!(response.header("content-type"), "text/javascript; charset=utf-8");
    }
}

#[tokio::test]
async fn documentation_answers_whatever_credentials_come_along() {
    let app = TestApp::start().await;
    for path in PATHS {
        assert_eq!(app.anonymous().with_token("nonsense").get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_query_parameter_is_one_too_many() {
    let app = TestApp::start().await;
    for path in PATHS {
        let problem = app.anonymous().get(&format!("{path}?verbose=1")).await.problem_at(400);
        assert_eq!(problem.error.details["fields"]["verbose"][0]["rule"], "unknown", "{path}");
    }
}

#[tokio::test]
async fn documentation_that_is_off_is_unknown() {
    let app = TestApp::start_with(&[("API_DOCS_ENABLED", "false")]).await;
    for path in PATHS {
        let problem = app.anonymous().get(path).await.problem_at(404);
        assert_eq!(problem.error.code, ProblemCode::NotFound, "{path}");
        let wrong = app.anonymous().delete(path).await.problem_at(404);
        assert_eq!(wrong.error.code, ProblemCode::NotFound, "{path}");
    }
}

#[tokio::test]
async fn production_has_documentation_only_where_enabled_and_shows_no_logins() {
    let app = TestApp::start_production(&[]).await;
    let options = app.anonymous().call(reqwest::Method::OPTIONS, "/api/docs").await;
    assert_eq!(options.status, 404, "they are as unknown to OPTIONS");
    for path in PATHS {
        assert_eq!(app.anonymous().get(path).await.status, 404, "{path}");
    }
    let app = TestApp::start_production(&[("API_DOCS_ENABLED", "true")]).await;
    let page = app.anonymous().get("/").await;
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("agora-admin-1") && !page.text().contains("johnd"), "{}", page.text());
    let sandbox = TestApp::start().await;
    assert!(
        sandbox.anonymous().get("/").await.text().contains("agora-admin-1"),
        "or else this test could not fail"
    );
}

/// Checks the page that the `type` of a problem links to.
#[tokio::test]
async fn every_kind_of_problem_has_a_page() {
    let app = TestApp::start().await;
    let codes = DOCUMENT["components"]["schemas"]["ProblemCode"]["enum"].as_array().expect("the codes");
    for code in codes.iter().filter_map(serde_json::Value::as_str) {
        let page = app.anonymous().get(&format!("/problems/{}", code.to_lowercase().replace('_', "-"))).await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(page.text().contains(code) && !page.text().contains("{{"), "{code}");
    }
    let refused = app.anonymous().get("/api/v1/products/1?odd=1").await.problem_at(400);
    assert_eq!(app.anonymous().get(&refused.r_type).await.status, 200);
    assert_eq!(app.anonymous().get("/problems/of-nobody").await.status, 404);
}

/// Clients that read only `error` get the same message as clients that read `detail`.
#[tokio::test]
async fn the_message_of_an_error_is_its_detail_and_names_the_field() {
    let app = TestApp::start().await;
    let one = app.anonymous().get("/api/v1/products/1?odd=1").await.problem_at(400);
    assert_eq!((&*one.detail, &one.error.message), ("odd: unknown parameter", &one.detail));
    let two = app.anonymous().get("/api/v1/products/1?odd=1&even=2").await.problem_at(400);
    assert_eq!(
        (&*two.detail, &two.error.message),
        ("2 violations, listed in `error.details.fields`", &two.detail)
    );
    let unknown = app.anonymous().get("/api/v1/products/999").await.problem_at(404);
    assert_eq!(unknown.error.message, unknown.detail);
    assert_ne!(unknown.title, unknown.detail);
}
