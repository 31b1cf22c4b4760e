//! The operations of the tag `docs`. Their routes are written by hand, because the generator's answers are JSON.

use agora_api::apis::docs::{Docs, GET_DOCS, GET_DOCS_SCRIPT, GET_SCHEMA, GET_SCHEMA_JSON, GET_START_PAGE};
use agora_api::{DOCUMENT_JSON, DOCUMENT_YAML};
use agora_contract::{Admitted, Operation, admit, finish};
use axum::body::Body;
use axum::extract::{Request, State};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Response, header};

use crate::app::App;
use crate::docs::pages;

/// Browsers keep the script for a week: it changes with a new version of it only, and any version reads our document.
const SCRIPT_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=604800");

impl Docs for App {}

/// GET /api/schema
pub async fn get_schema(State(app): State<App>, request: Request) -> Response<Body> {
    answer(&app, &GET_SCHEMA, request, |_| fixed("application/yaml", DOCUMENT_YAML.as_bytes())).await
}

/// GET /api/schema.json
pub async fn get_schema_json(State(app): State<App>, request: Request) -> Response<Body> {
    answer(&app, &GET_SCHEMA_JSON, request, |_| fixed("application/json", DOCUMENT_JSON.as_bytes())).await
}

/// GET /api/docs
pub async fn get_docs(State(app): State<App>, request: Request) -> Response<Body> {
    answer(&app, &GET_DOCS, request, |_| page(pages::DOCS.into(), pages::DOCS_POLICY)).await
}

/// GET /api/docs/redoc.js
pub async fn get_docs_script(State(app): State<App>, request: Request) -> Response<Body> {
    answer(&app, &GET_DOCS_SCRIPT, request, script).await
}

/// GET /
pub async fn get_start_page(State(app): State<App>, request: Request) -> Response<Body> {
    let text = pages::start(app.is_sandbox());
    answer(&app, &GET_START_PAGE, request, |_| page(text.into(), pages::START_POLICY)).await
}

/// Lets a request in as the generated routes do, and answers it.
async fn answer(
    app: &App,
    operation: &'static Operation,
    request: Request,
    make: impl FnOnce(&Parts) -> Response<Body>,
) -> Response<Body> {
    match admit(app, operation, request).await {
        Ok(Admitted { parts, .. }) => finish(app, operation, &parts, Ok(make(&parts))),
        Err(refusal) => refusal,
    }
}

fn with_type(media_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

fn fixed(media_type: &'static str, bytes: &'static [u8]) -> Response<Body> {
    with_type(media_type, Body::from(bytes))
}

fn page(text: Body, policy: &'static str) -> Response<Body> {
    let mut response = with_type("text/html; charset=utf-8", text);
    let policy = HeaderValue::from_static(policy);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// The script as it lies in the binary, compressed, for who takes it so: every browser does.
fn script(request: &Parts) -> Response<Body> {
    const MEDIA_TYPE: &str = "text/javascript; charset=utf-8";
    let is_packed = takes_gzip(&request.headers);
    let bytes = if is_packed { pages::SCRIPT_PACKED } else { pages::SCRIPT.as_slice() };
    let mut response = fixed(MEDIA_TYPE, bytes);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, SCRIPT_CACHE);
    headers.insert(header::VARY, HeaderValue::from(HeaderName::from_static("accept-encoding")));
    if is_packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|one| {
        let (coding, weight) = one.split_once(';').unwrap_or((one, ""));
        let weight = weight.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>);
        coding.trim().eq_ignore_ascii_case("gzip") && weight.is_ok_and(|weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_who_takes_it_only() {
        for (accepted, expected) in [
            ("gzip, deflate, br, zstd", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("br", false),
            ("identity", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            assert_eq!(takes_gzip(&headers), expected, "{accepted}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
