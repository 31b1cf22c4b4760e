//! The operations of the tag `docs`. Their routes are hand-written, because generated responses are always JSON.

use agora_api::apis::docs::{
    Docs, GET_DOCS, GET_DOCS_SCRIPT, GET_PROBLEM_PAGE, GET_SCHEMA, GET_SCHEMA_JSON, GET_START_PAGE,
};
use agora_runtime::{Failure, Operation, callers, into_response, validate_request};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use http::request::Parts;
use http::{HeaderValue, Response, header};

use crate::app::App;
use crate::docs::{pages, problems};
use crate::error::Error;
use crate::identity::Principal;
use crate::platform::http::coding::Coding;
use crate::platform::http::conditional::Version;

/// Browsers cache the script for a week. It changes only with the version of `ReDoc`, and any version
/// can show the document.
const SCRIPT_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=604800");

impl Docs for App {}

/// GET /api/schema
pub async fn get_schema(State(app): State<App>, request: Request) -> Response<Body> {
    respond(&app, &GET_SCHEMA, request, |_| fixed("application/yaml", app.document.yaml.clone())).await
}

/// GET /api/schema.json
pub async fn get_schema_json(State(app): State<App>, request: Request) -> Response<Body> {
    respond(&app, &GET_SCHEMA_JSON, request, |_| fixed("application/json", app.document.json.clone())).await
}

/// GET /api/docs
pub async fn get_docs(State(app): State<App>, request: Request) -> Response<Body> {
    let text = pages::docs(&app.front.prefix);
    respond(&app, &GET_DOCS, request, |_| page(text.into(), pages::DOCS_POLICY)).await
}

/// GET /api/docs/redoc.js
pub async fn get_docs_script(State(app): State<App>, request: Request) -> Response<Body> {
    respond(&app, &GET_DOCS_SCRIPT, request, script).await
}

/// GET /
pub async fn get_start_page(State(app): State<App>, request: Request) -> Response<Body> {
    let text = pages::start(&app.front.prefix, app.is_sandbox());
    respond(&app, &GET_START_PAGE, request, |_| page(text.into(), pages::START_POLICY)).await
}

/// GET /problems/{problem}
pub async fn get_problem_page(State(app): State<App>, request: Request) -> Response<Body> {
    match validate_request::<_, callers::Public<Principal>>(&app, &GET_PROBLEM_PAGE, request).await {
        Ok((context, mut input)) => {
            let outcome = input.path::<String>("problem").map_err(Failure::Rejected).and_then(|slug| {
                let text = problems::page(&app.front.prefix, &slug);
                text.map(|text| page(text.into(), pages::START_POLICY))
                    .ok_or(Failure::Handler(Error::UnknownId("No problem has this type", slug)))
            });
            into_response(&app, &context, outcome)
        }
        Err(refusal) => refusal,
    }
}

/// Validates a request like the generated routes, and responds to it.
async fn respond(
    app: &App,
    operation: &'static Operation,
    request: Request,
    make: impl FnOnce(&Parts) -> Response<Body>,
) -> Response<Body> {
    match validate_request::<_, callers::Public<Principal>>(app, operation, request).await {
        Ok((context, _)) => into_response(app, &context, Ok(make(&context.parts))),
        Err(refusal) => refusal,
    }
}

fn with_type(media_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

fn fixed(media_type: &'static str, bytes: Bytes) -> Response<Body> {
    with_type(media_type, Body::from(bytes))
}

fn page(text: Body, policy: &'static str) -> Response<Body> {
    let mut response = with_type("text/html; charset=utf-8", text);
    let policy = HeaderValue::from_static(policy);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// Responds with the compressed script as embedded in the binary, or unpacked for a client that does not accept gzip. Every
/// browser does. The `ETag` is computed from the compressed bytes, so that it needs no unpacking.
fn script(request: &Parts) -> Response<Body> {
    const MEDIA_TYPE: &str = "text/javascript; charset=utf-8";
    let is_packed = Coding::negotiate(&request.headers, &[Coding::Gzip]) == Coding::Gzip;
    let bytes = if is_packed { pages::SCRIPT_PACKED } else { pages::SCRIPT.as_slice() };
    let mut response = fixed(MEDIA_TYPE, Bytes::from_static(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, SCRIPT_CACHE);
    if let Some(etag) = Version::from_body(pages::SCRIPT_PACKED).etag(Coding::Identity) {
        headers.insert(header::ETAG, etag);
    }
    if is_packed {
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}
