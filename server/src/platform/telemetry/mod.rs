//! Telemetry: log lines, and metrics by operation and status.

mod lines;

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use agora_runtime::Operation;
use axum::body::Body;
use axum::extract::Request;
use futures_util::TryFutureExt as _;
use http::{HeaderValue, Method, Response, header};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::task::JoinHandle;
use tower::service_fn;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::{self, JsonFields};
use uuid::Uuid;

use crate::config::{Config, LogFormat};
use crate::platform::http::forwarded::TrustedProxies;
use crate::platform::http::http_service::HttpService;
use crate::platform::http::request::Called;
use lines::{REQUEST, WithRequest};

pub use lines::of_current_request;

/// Upper bounds of the latency histogram, in seconds.
const LATENCIES: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];

/// Targets that log parameter values at levels below `info`.
const LOGS_PARAMETER_VALUES: [&str; 1] = ["tokio_postgres"];
/// Status in the log and the metrics of a request with a client that disconnected before the response. nginx uses the
/// same.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// Starts logging on standard error, as configured. A second call in one process changes nothing.
pub fn start_logging(config: &Config) {
    start_logging_to(config, std::io::stderr().is_terminal(), std::io::stderr);
}

/// Starts logging to a writer. A second call in one process changes nothing.
pub fn start_logging_to<W>(config: &Config, is_terminal: bool, writer: W)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt().with_env_filter(filter(&config.log_level)).with_writer(writer);
    let lines = lines.with_ansi(is_terminal);
    let format = config.log_format;
    // Fails only if logging was started before, by a test in the same process.
    let _ = match format {
        LogFormat::Pretty => {
            let event = format::format().with_target(false).with_ansi(is_terminal);
            lines.event_format(WithRequest { event, format }).try_init()
        }
        LogFormat::Json => {
            let event = format::format().json().flatten_event(true);
            lines.fmt_fields(JsonFields::new()).event_format(WithRequest { event, format }).try_init()
        }
    };
}

/// Returns the filter of log lines. The database driver logs the values of parameters at `debug`: password hashes,
/// keys, addresses. They are never written.
fn filter(level: &str) -> EnvFilter {
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    LOGS_PARAMETER_VALUES
        .into_iter()
        .filter_map(|target| format!("{target}=info").parse().ok())
        .fold(filter, EnvFilter::add_directive)
}

/// Reports panics as log lines, like all other events.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, reason = panic.payload_as_str(), "a panic");
    }));
}

/// Starts collecting metrics, and the task that aggregates them. A second call in one process returns its own handle,
/// which stays empty.
#[must_use]
pub fn start_metrics(upkeep: Duration) -> (PrometheusHandle, JoinHandle<()>) {
    let builder = PrometheusBuilder::new();
    let matcher = Matcher::Full("agora_request_seconds".to_owned());
    let builder = match builder.set_buckets_for_metric(matcher, &LATENCIES) {
        Ok(builder) => builder,
        Err(_) => PrometheusBuilder::new(),
    };
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    let _ = metrics::set_global_recorder(recorder);
    let keeping = tokio::spawn(run_upkeep(handle.clone(), upkeep));
    (handle, keeping)
}

/// Aggregates measurements into buckets periodically, even without scrapes. Otherwise memory use would grow with every
/// request.
async fn run_upkeep(handle: PrometheusHandle, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    loop {
        ticks.tick().await;
        handle.run_upkeep();
    }
}

/// Proxies in front of this server.
#[derive(Clone, Debug, Default)]
pub struct Front {
    /// Trusted proxies.
    pub proxies: TrustedProxies,
    /// Path of `PUBLIC_URL`, which a proxy removes.
    pub prefix: Arc<str>,
}

/// Prepares a request for routing: assigns its id, and turns HEAD into GET (the listener omits the body). OPTIONS is turned into GET as well, unless it is a CORS preflight. Returns what it
/// recorded too, which is also in the extensions.
pub fn normalize_request<B>(front: &Front, mut request: http::Request<B>) -> (Called, http::Request<B>) {
    let request_id = match request.headers().get("x-request-id").and_then(|id| id.to_str().ok()) {
        Some(id) if is_sane(id) => id.into(),
        _ => (&*Uuid::now_v7().hyphenated().encode_lower(&mut Uuid::encode_buffer())).into(),
    };
    let (method, path) = (request.method().clone(), request.uri().path().into());
    let prefix = Arc::clone(&front.prefix);
    let mut extensions = std::mem::take(request.extensions_mut());
    let client = front.proxies.client(request.headers(), &mut extensions);
    *request.extensions_mut() = extensions;
    let called = Called { method, path, prefix, client, request_id };
    request.extensions_mut().insert(called.clone());
    if request.method() == Method::HEAD || (request.method() == Method::OPTIONS && !is_preflight(&request)) {
        *request.method_mut() = Method::GET;
    }
    (called, request)
}

fn is_preflight<B>(request: &http::Request<B>) -> bool {
    let headers = request.headers();
    headers.contains_key(header::ORIGIN) && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Returns `true` if a client's request id is short and uses a plain alphabet. Ids are written to logs and to the
/// database.
fn is_sane(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// The outermost layer: records each request, prepares it for routing, and counts, times and logs it. All log lines of a
/// request and its response carry its id. `operation` returns the operation of a request that ends without a response.
pub fn layer<I: HttpService>(
    mut inner: I,
    front: Front,
    operation: fn(&Called) -> &'static str,
) -> impl HttpService {
    service_fn(move |request: Request| {
        let (called, request) = normalize_request(&front, request);
        let started = Instant::now();
        let work = REQUEST.sync_scope(called.clone(), || inner.call(request));
        let work = REQUEST.scope(called.clone(), work);
        let unanswered = RequestInFlight { called: Some(called), started, operation };
        work.map_ok(move |response| unanswered.answered(response))
    })
}

/// A request without a response. If it is dropped, its client has disconnected.
struct RequestInFlight {
    called: Option<Called>,
    started: Instant,
    operation: fn(&Called) -> &'static str,
}

impl RequestInFlight {
    fn answered(mut self, mut response: Response<Body>) -> Response<Body> {
        if let Some(called) = self.called.take() {
            let operation =
                response.extensions().get::<&'static Operation>().map_or("none", |operation| operation.id);
            record(&called, self.started, operation, response.status().as_u16());
            if let Ok(id) = HeaderValue::from_str(&called.request_id) {
                response.headers_mut().insert("x-request-id", id);
            }
        }
        response
    }
}

impl Drop for RequestInFlight {
    fn drop(&mut self) {
        if let Some(called) = &self.called {
            record(called, self.started, (self.operation)(called), CLIENT_CLOSED_REQUEST);
        }
    }
}

fn record(called: &Called, started: Instant, operation: &'static str, status: u16) {
    let seconds = started.elapsed().as_secs_f64();
    metrics::counter!("agora_requests_total", "operation" => operation, "status" => status_label(status))
        .increment(1);
    metrics::histogram!("agora_request_seconds", "operation" => operation).record(seconds);
    let milliseconds = seconds * 1000.0;
    let Called { method, path, client, request_id, .. } = called;
    let client = client.address.map(tracing::field::display);
    tracing::info!(
        target: "agora::access",
        %method, %path, operation, status, milliseconds, client, %request_id
    );
}

/// Returns a status as a label value, without an allocation.
fn status_label(status: u16) -> &'static str {
    const KNOWN: [(u16, &str); 22] = [
        (200, "200"),
        (201, "201"),
        (202, "202"),
        (204, "204"),
        (304, "304"),
        (400, "400"),
        (401, "401"),
        (403, "403"),
        (404, "404"),
        (405, "405"),
        (408, "408"),
        (409, "409"),
        (412, "412"),
        (413, "413"),
        (414, "414"),
        (415, "415"),
        (422, "422"),
        (429, "429"),
        (CLIENT_CLOSED_REQUEST, "499"),
        (500, "500"),
        (501, "501"),
        (503, "503"),
    ];
    KNOWN.iter().find(|(code, _)| *code == status).map_or("other", |(_, label)| label)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[tokio::test]
    async fn metrics_are_aggregated_without_scrapes() {
        const SHORTLY: Duration = Duration::from_millis(1);
        let (handle, _) = start_metrics(SHORTLY);
        let measured = metrics::histogram!("agora_request_seconds", "operation" => "folded");
        let deadline = Instant::now() + Duration::from_secs(10);
        let mut polls = tokio::time::interval(SHORTLY);
        // Repeatedly, not only at the start.
        for count in 1..=3 {
            measured.record(0.01);
            // Rendering the metrics would aggregate them; the debug output shows the current buckets without doing so.
            while !format!("{handle:?}").contains(&format!("Histogram {{ count: {count},")) {
                assert!(Instant::now() < deadline, "it waits in memory: {handle:?}");
                polls.tick().await;
            }
        }
    }

    #[test]
    fn only_plain_request_ids_are_taken() {
        assert!(is_sane("0198c0de-0000-7000-8000-000000000001"));
        for odd in ["", "a b", "a'b", "a\"b", "é", &"x".repeat(129)] {
            assert!(!is_sane(odd), "{odd}");
        }
    }

    proptest! {
        #[test]
        fn request_ids_are_always_plain(sent in prop::collection::vec(any::<u8>(), 0..150)) {
            let mut request = http::Request::new(());
            if let Ok(value) = HeaderValue::from_bytes(&sent) {
                request.headers_mut().insert("x-request-id", value);
            }
            let id = normalize_request(&Front::default(), request).0.request_id;
            prop_assert!((1..=128).contains(&id.len()), "{}", id);
            prop_assert!(!id.contains(|letter: char| !letter.is_ascii_alphanumeric() && !"-_.".contains(letter)), "{}", id);
        }

        #[test]
        fn a_plain_id_is_taken_as_it_is(sent in "[A-Za-z0-9_.-]{1,128}") {
            let request = http::Request::builder().header("x-request-id", &sent).body(()).expect("a request");
            let (called, _) = normalize_request(&Front::default(), request);
            prop_assert_eq!(&*called.request_id, sent);
        }
    }
}
