//! The routes, all of which come from the contract, and the middleware around them in order.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use agora_runtime::{Contract, Hooks, Operation, Rejection};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use futures_util::future::{Either, lazy, ready};
use futures_util::{FutureExt as _, TryFutureExt as _};
use http::request::Parts;
use http::{Extensions, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use tower::{Service, ServiceBuilder, service_fn};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::aliases;
use crate::app::App;
use crate::auth;
use crate::config::{Config, PublicUrl};
use crate::docs;
use crate::error::Error;
use crate::identity::Principal;
use crate::platform::db::DB_DEADLINE;
use crate::platform::db::wait_budget;
use crate::platform::http::forwarded::{Peer, Scheme};
use crate::platform::http::http_service::HttpService;
use crate::platform::http::request::{Called, unrecorded};
use crate::platform::http::{API_KEY, conditional, host, problem, rate_limit};
use crate::platform::telemetry;

/// Maximum length of a request's path and query in bytes.
const TARGET_SIZE: usize = 8 * 1024;

/// Builds the complete HTTP service.
pub fn service(
    app: App,
    config: &Config,
) -> impl Service<http::Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
+ Clone
+ Send
+ 'static {
    let contract = Arc::clone(&app.contract);
    let detached = app.detached.clone();
    let routes = agora_api::router::<App>();
    let routes = if app.has_docs { with_docs(routes) } else { routes };
    let (switches, hidden) = (app.clone(), hidden_operations(&app));
    let front = app.front.clone();
    let prefix = Arc::clone(&front.prefix);
    let is_secure = config.public_url.as_ref().is_some_and(PublicUrl::is_secure);
    let routes = routes.fallback(unknown_route).method_not_allowed_fallback(unknown_method).with_state(app);
    // Outermost first: the first layer sees a request first and its response last. The layers wrap the router as one
    // service. `Router::layer` would box every route once per layer, and clone all of these boxes for each request.
    ServiceBuilder::new()
        // Before routing: assigns the request id, and rewrites paths of earlier systems to those of the contract.
        .layer_fn(move |inner| telemetry::layer(inner, front.clone(), operation_tag))
        .map_request(aliases::resolve)
        .layer_fn(move |inner| security_headers(inner, is_secure))
        .layer_fn(rate_limit::layer)
        .map_response(move |response| prefix_location(&prefix, response))
        .layer(cors(&config.cors_origins))
        .layer_fn(move |inner| detached.layer(inner))
        .layer_fn(limits_and_panics)
        .layer_fn(move |inner| options(inner, switches.clone()))
        .layer_fn(move |inner| conditional::layer(Arc::clone(&contract), inner))
        .layer_fn(move |routes| hide_operations(routes, hidden.clone()))
        .service(routes.into_service())
}

/// Adds the routes marked `x-handwritten` in the contract. With the documentation switched off, they respond 404.
fn with_docs(routes: Router<App>) -> Router<App> {
    routes
        .route("/", get(docs::get_start_page))
        .route("/api/docs", get(docs::get_docs))
        .route("/api/docs/redoc.js", get(docs::get_docs_script))
        .route("/api/schema", get(docs::get_schema))
        .route("/api/schema.json", get(docs::get_schema_json))
        .route("/problems/{problem}", get(docs::get_problem_page))
}

/// Builds the service of the metrics port, which responds to every path with the result of `render`.
pub fn metrics<F>(
    render: F,
) -> impl Service<http::Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
+ Clone
+ Send
+ 'static
where
    F: Fn() -> String + Clone + Send + Sync + 'static,
{
    let routes = Router::<()>::new().fallback(move || std::future::ready(render()));
    routes.into_service()
}

async fn unknown_route(request: Request) -> Response<Body> {
    respond(request.extensions(), &Error::UnknownPath)
}

/// Returns the response to a request that reaches no operation.
fn respond(extensions: &Extensions, error: &Error) -> Response<Body> {
    Called::from_extensions(extensions).map_or_else(unrecorded, |called| problem::response(error, &called))
}

/// Returns the path templates that are switched off. All but the documentation's are still routed, so they must be hidden.
fn hidden_operations(app: &App) -> Arc<[&'static str]> {
    let all = agora_api::OPERATIONS.iter();
    let mut paths: Vec<_> =
        all.filter(|operation| !app.serves(operation)).map(|operation| operation.path).collect();
    paths.dedup();
    paths.into()
}

/// Responds to paths that are switched off as to unknown ones, for every method.
fn hide_operations<I: HttpService>(mut inner: I, hidden: Arc<[&'static str]>) -> impl HttpService {
    service_fn(move |request: Request| {
        let path = request.uri().path();
        if hidden.iter().any(|template| is_of(template, path)) {
            return Either::Left(ready(Ok(respond(request.extensions(), &Error::UnknownPath))));
        }
        Either::Right(inner.call(request))
    })
}

/// Returns the id of the operation that a request calls, or `none`.
fn operation_tag(called: &Called) -> &'static str {
    let path = aliases::canonical(&called.path);
    let method = if called.method == Method::HEAD { "GET" } else { called.method.as_str() };
    let template = template_of(&path);
    let mut operations = agora_api::OPERATIONS.iter();
    let found = operations.find(|operation| operation.method == method && Some(operation.path) == template);
    found.map_or("none", |operation| operation.id)
}

async fn unknown_method(request: Request) -> Response<Body> {
    // The router would set Allow to all methods that it routes; this value has only those of the contract.
    let path = request.extensions().get::<axum::extract::MatchedPath>().map(|path| path.as_str().to_owned());
    let allow = methods_of(|operation| Some(operation.path) == path.as_deref());
    respond(request.extensions(), &Error::MethodNotAllowed(allow))
}

/// Rejects requests on connections beyond the limit of an address, over-long targets and invalid hosts. Turns panics into
/// 500, and bounds the wait for the database.
fn limits_and_panics<I: HttpService>(inner: I) -> impl HttpService {
    service_fn(move |request: Request| {
        let Some(called) = Called::from_extensions(request.extensions()) else {
            return Either::Left(ready(Ok(unrecorded())));
        };
        if request.extensions().get::<Peer>().is_some_and(|peer| !peer.has_place) {
            let refusal = Error::Busy("a client address exceeded its connection limit", 1);
            return Either::Left(ready(Ok(problem::response(&refusal, &called))));
        }
        if request.uri().path_and_query().is_some_and(|target| target.as_str().len() > TARGET_SIZE) {
            return Either::Left(ready(Ok(problem::response(&Error::UriTooLong(TARGET_SIZE), &called))));
        }
        let mut request = request;
        if let Err(why) = host::normalize_host(&mut request) {
            let refusal = Error::field("Host", "syntax", why);
            return Either::Left(ready(Ok(problem::response(&refusal, &called))));
        }
        // Cloned so that the call happens inside `catch_unwind`.
        let mut inner = inner.clone();
        let work = wait_budget::within(DB_DEADLINE, lazy(move |_| inner.call(request)).flatten());
        let panicked = || Error::Internal("a panic; the line before tells where".to_owned());
        Either::Right(
            AssertUnwindSafe(work).catch_unwind().map(move |response| {
                response.unwrap_or_else(|_| Ok(problem::response(&panicked(), &called)))
            }),
        )
    })
}

/// Adds security headers to every response. HSTS is sent only over https (RFC 6797, 7.2). `is_secure` applies where no
/// trusted proxy reports the scheme.
fn security_headers<I: HttpService>(mut inner: I, is_secure: bool) -> impl HttpService {
    const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");
    const FIXED: [(HeaderName, HeaderValue); 3] = [
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
        ),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    service_fn(move |request: Request| {
        let scheme = request.extensions().get::<Called>().and_then(|called| called.client.scheme);
        let is_secure = scheme.map_or(is_secure, |scheme| scheme == Scheme::Https);
        inner.call(request).map_ok(move |mut response| {
            let headers = response.headers_mut();
            for (name, value) in FIXED {
                headers.entry(name).or_insert(value);
            }
            if is_secure {
                headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
            }
            response
        })
    })
}

/// Adds the prefix of `PUBLIC_URL` to a `Location` that is an absolute path.
fn prefix_location(prefix: &str, mut response: Response<Body>) -> Response<Body> {
    if !prefix.is_empty()
        && let Some(location) = response.headers_mut().get_mut(header::LOCATION)
        && location.as_bytes().starts_with(b"/")
        && let Ok(outer) = HeaderValue::from_bytes(&[prefix.as_bytes(), location.as_bytes()].concat())
    {
        *location = outer;
    }
    response
}

/// Responds to OPTIONS with the methods of the path, or with all methods for `*` (RFC 9110, 9.3.7). Unknown paths are 404.
/// CORS preflights do not get here: their layer responds earlier.
fn options<I: HttpService>(mut inner: I, app: App) -> impl HttpService {
    service_fn(move |request: Request| {
        let called = request.extensions().get::<Called>().filter(|called| called.method == Method::OPTIONS);
        let Some(called) = called.cloned() else { return Either::Right(inner.call(request)) };
        let path = request.uri().path();
        let template = template_of(path);
        let is_chosen = |operation: &Operation| path == "*" || Some(operation.path) == template;
        let methods = methods_of(|operation| is_chosen(operation) && app.serves(operation));
        let response = match HeaderValue::from_str(&methods) {
            Ok(allow) if !methods.is_empty() => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::NO_CONTENT;
                response.headers_mut().insert(header::ALLOW, allow);
                response
            }
            _ => problem::response(&Error::UnknownPath, &called),
        };
        Either::Left(ready(Ok(response)))
    })
}

/// Returns the path template that the router chooses for a path. Of several matches, a fixed segment wins over a
/// parameter.
fn template_of(path: &str) -> Option<&'static str> {
    let templates = agora_api::OPERATIONS.iter().map(|operation| operation.path);
    templates
        .filter(|template| is_of(template, path))
        .min_by(|one, other| are_parameters(one).cmp(are_parameters(other)))
}

fn are_parameters(template: &str) -> impl Iterator<Item = bool> {
    template.split('/').map(|segment| segment.starts_with('{'))
}

/// Returns `true` if a path matches a path template of the contract.
fn is_of(template: &str, path: &str) -> bool {
    let (mut expected, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (expected.next(), given.next()) {
            (None, None) => return true,
            (Some(word), Some(part)) if word == part || (word.starts_with('{') && !part.is_empty()) => {}
            _ => return false,
        }
    }
}

/// Returns the methods of the chosen operations, in the format of `Allow`.
fn methods_of(is_chosen: impl Fn(&Operation) -> bool) -> String {
    let chosen = agora_api::OPERATIONS.iter().filter(|operation| is_chosen(operation));
    let mut methods: Vec<&str> = chosen.map(|operation| operation.method).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    methods.dedup();
    methods.join(", ")
}

/// Builds the CORS layer: any origin for `*`, otherwise the listed ones; never with credentials.
fn cors(origins: &[String]) -> CorsLayer {
    const EXPOSED: [HeaderName; 15] = [
        header::LINK,
        header::ETAG,
        header::LOCATION,
        header::ALLOW,
        header::RETRY_AFTER,
        header::WWW_AUTHENTICATE,
        HeaderName::from_static("deprecation"),
        HeaderName::from_static("sunset"),
        HeaderName::from_static("x-ratelimit-limit"),
        HeaderName::from_static("x-ratelimit-remaining"),
        HeaderName::from_static("x-ratelimit-reset"),
        HeaderName::from_static("x-total-count"),
        HeaderName::from_static("x-total-count-estimated"),
        HeaderName::from_static("x-request-id"),
        HeaderName::from_static("idempotency-replayed"),
    ];
    const ACCEPTED: [HeaderName; 11] = [
        header::AUTHORIZATION,
        API_KEY,
        header::CACHE_CONTROL,
        header::CONTENT_TYPE,
        HeaderName::from_static("traceparent"),
        HeaderName::from_static("tracestate"),
        HeaderName::from_static("x-requested-with"),
        header::IF_MATCH,
        header::IF_NONE_MATCH,
        HeaderName::from_static("idempotency-key"),
        HeaderName::from_static("x-request-id"),
    ];
    let allowed = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins.iter().filter_map(|origin| origin.parse::<HeaderValue>().ok()))
    };
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(ACCEPTED)
        .expose_headers(EXPOSED)
        .max_age(Duration::from_secs(3600))
}

impl Hooks for App {
    type Principal = Principal;
    type Arrival = Called;
    type Error = Error;

    fn contract(&self) -> &Contract {
        &self.contract
    }

    fn body_deadline(&self) -> Duration {
        self.receive
    }

    fn arrival(&self, extensions: &mut Extensions) -> Option<Called> {
        extensions.remove()
    }

    fn unrecorded(&self) -> Response<Body> {
        unrecorded()
    }

    async fn authenticate(
        &self,
        operation: &'static Operation,
        parts: &Parts,
    ) -> Result<Option<Principal>, Error> {
        auth::authenticate(self, operation, parts).await
    }

    fn unauthenticated(&self) -> Error {
        auth::MISSING
    }

    fn reject(&self, called: &Called, rejection: Rejection) -> Response<Body> {
        problem::response(&rejection.into(), called)
    }

    fn error(&self, called: &Called, error: Error) -> Response<Body> {
        problem::response(&error, called)
    }
}

#[cfg(test)]
mod tests {
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn panics_are_a_500_without_details() {
        async fn broken() {
            panic!("with a secret in it");
        }
        let router = limits_and_panics(Router::<()>::new().fallback(broken).into_service());
        let (_, request) = telemetry::normalize_request(
            &telemetry::Front::default(),
            http::Request::get("/").header(header::HOST, "x").body(Body::empty()).expect("a request"),
        );
        let response = router.oneshot(request).await.expect("is infallible");
        assert_eq!(response.status(), 500);
        let body = axum::body::to_bytes(response.into_body(), 4096).await.expect("is whole");
        let body = String::from_utf8_lossy(&body);
        assert!(body.contains("SERVER_ERROR") && !body.contains("secret"), "{body}");
    }
}
