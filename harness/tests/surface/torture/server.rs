//! A minimal server of the torture contract. It authenticates requests exactly as the contract's `security` requires,
//! returns what it understood, and sends every refusal as a problem. A layer around it records whether a body was
//! touched, so that the probes can check the order of events.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use agora_runtime::{
    Access, ApiResponse, Contract, Hooks, Operation, Rejection, RequestContext, Requirement, ResponseChecks,
    Violation,
};
use agora_torture::apis::torture as api;
use agora_torture::models::{Bounds, Done, Form, ListsSeen, NestedPatch, NestedSeen, Payment, Text};
use axum::body::Body;
use axum::extract::Request;
use axum::middleware;
use http::request::Parts;
use http::{Extensions, HeaderMap, Response, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};

/// The torture contract, compiled once for all tests.
pub(super) static CONTRACT: LazyLock<Contract> = LazyLock::new(|| {
    Contract::compile(agora_torture::CONTRACT_JSON, agora_torture::OPERATIONS, &[])
        .expect("the torture contract compiles")
});

/// The checker of its responses.
pub(super) static ANSWERS: LazyLock<ResponseChecks> = LazyLock::new(|| {
    ResponseChecks::compile(agora_torture::CONTRACT_JSON, agora_torture::OPERATIONS, &[])
        .expect("the torture contract compiles")
});

/// Header that makes a handler deviate from its usual behavior.
pub(super) const ACT: &str = "x-act";

/// Serves the torture contract on a free port until the test's runtime ends.
pub(super) async fn serve() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let router = agora_torture::router().layer(middleware::map_request(watched)).with_state(Server);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Set when a byte of the request's body has been read.
#[derive(Clone, Default)]
struct Touched(Arc<AtomicBool>);

async fn watched(request: Request) -> Request {
    let touched = Touched::default();
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(touched.clone());
    let body = body.map_frame(move |frame| {
        touched.0.store(true, Ordering::SeqCst);
        frame
    });
    Request::from_parts(parts, Body::new(body))
}

#[derive(Clone)]
struct Server;

/// The context of a request to this server.
type Context<C> = RequestContext<C, Touched>;

/// The requirements that a caller's credentials met.
struct Caller(Vec<Requirement>);

enum Refusal {
    Unauthorized,
    Teapot,
}

impl Hooks for Server {
    type Principal = Caller;
    type Arrival = Touched;
    type Error = Refusal;

    fn contract(&self) -> &Contract {
        &CONTRACT
    }

    fn body_deadline(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn arrival(&self, extensions: &mut Extensions) -> Option<Touched> {
        extensions.remove()
    }

    fn unrecorded(&self) -> Response<Body> {
        panic!("the layer records every request")
    }

    fn unauthenticated(&self) -> Refusal {
        Refusal::Unauthorized
    }

    async fn authenticate(
        &self,
        operation: &'static Operation,
        parts: &Parts,
    ) -> Result<Option<Caller>, Refusal> {
        let alternatives = self.contract().security(operation);
        let met = alternatives
            .iter()
            .find(|all| !all.is_empty() && all.iter().all(|one| meets(&parts.headers, one)));
        let is_optional = alternatives.iter().any(Vec::is_empty) && !has_credentials(&parts.headers);
        match met {
            Some(all) => Ok(Some(Caller(all.clone()))),
            None if alternatives.is_empty() || is_optional => {
                Ok((operation.who != Access::Public).then(|| Caller(Vec::new())))
            }
            None => Err(Refusal::Unauthorized),
        }
    }

    fn reject(&self, touched: &Touched, rejection: Rejection) -> Response<Body> {
        match rejection {
            Rejection::Faults(faults) => problem(touched, StatusCode::BAD_REQUEST, faults.as_slice()),
            Rejection::MediaType(_) | Rejection::Coding => {
                problem(touched, StatusCode::UNSUPPORTED_MEDIA_TYPE, &[])
            }
            Rejection::TooLarge(_) => problem(touched, StatusCode::PAYLOAD_TOO_LARGE, &[]),
            Rejection::Unread => problem(touched, StatusCode::BAD_REQUEST, &[]),
            Rejection::Late => problem(touched, StatusCode::REQUEST_TIMEOUT, &[]),
        }
    }

    fn error(&self, touched: &Touched, error: Refusal) -> Response<Body> {
        match error {
            Refusal::Unauthorized => problem(touched, StatusCode::UNAUTHORIZED, &[]),
            Refusal::Teapot => problem(touched, StatusCode::IM_A_TEAPOT, &[]),
        }
    }
}

fn has_credentials(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION) || headers.contains_key("x-api-key")
}

fn meets(headers: &HeaderMap, requirement: &Requirement) -> bool {
    let sent = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = sent("authorization").and_then(|value| value.strip_prefix("Bearer "));
    match requirement.scheme.as_str() {
        "bearer" => bearer == Some("good"),
        "key" => sent("x-api-key") == Some("good"),
        // A token of the torture server is the list of its scopes.
        "oauth" => bearer.is_some_and(|locked| {
            requirement.scopes.iter().all(|scope| locked.split('+').any(|one| one == scope))
        }),
        _ => false,
    }
}

fn problem(touched: &Touched, status: StatusCode, faults: &[Violation]) -> Response<Body> {
    let fields = faults.iter().map(|fault| {
        let place = format!("{:?}", fault.location).to_lowercase();
        json!({"in": place, "field": fault.field, "rule": fault.rule, "message": fault.message})
    });
    let touched = touched.0.load(Ordering::SeqCst);
    let body = json!({
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "details": {"fields": fields.collect::<Vec<Value>>()},
        "body_was_touched": touched,
    });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/problem+json"));
    response
}

/// Returns the behavior that the header [`ACT`] requests.
fn act(request: &Parts) -> &str {
    request.headers.get(ACT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

const DONE: Done = Done { done: true };

impl api::Torture for Server {
    async fn create_bounds(
        &self,
        _: &Context<Caller>,
        body: Bounds,
    ) -> Result<api::CreateBoundsResponse, Refusal> {
        Ok(api::CreateBoundsResponse::Status200 { body })
    }

    async fn create_form(&self, _: &Context<Caller>, body: Form) -> Result<api::CreateFormResponse, Refusal> {
        Ok(api::CreateFormResponse::Status200 { body })
    }

    async fn create_guarded(
        &self,
        _: &Context<Caller>,
        _: Text,
    ) -> Result<api::CreateGuardedResponse, Refusal> {
        Ok(api::CreateGuardedResponse::Status200 { body: DONE })
    }

    async fn create_optional_body(
        &self,
        _: &Context<Caller>,
        body: Option<Text>,
    ) -> Result<api::CreateOptionalBodyResponse, Refusal> {
        Ok(api::CreateOptionalBodyResponse::Status200 { body: Done { done: body.is_some() } })
    }

    async fn create_payment(
        &self,
        _: &Context<Caller>,
        body: Payment,
    ) -> Result<api::CreatePaymentResponse, Refusal> {
        Ok(api::CreatePaymentResponse::Status200 { body })
    }

    async fn create_text(&self, _: &Context<Caller>, body: Text) -> Result<api::CreateTextResponse, Refusal> {
        Ok(api::CreateTextResponse::Status201 { body })
    }

    async fn get_client_errors(
        &self,
        context: &Context<Caller>,
    ) -> Result<api::GetClientErrorsResponse, Refusal> {
        match act(&context.parts) {
            "fail" => Err(Refusal::Teapot),
            _ => Ok(api::GetClientErrorsResponse::Status200 { body: DONE }),
        }
    }

    async fn get_combined_security(
        &self,
        context: &Context<Caller>,
    ) -> Result<api::GetCombinedSecurityResponse, Refusal> {
        Ok(api::GetCombinedSecurityResponse::Status200 { body: Done { done: context.caller.0.len() == 2 } })
    }

    async fn get_default_only(
        &self,
        context: &Context<Caller>,
    ) -> Result<api::GetDefaultOnlyResponse, Refusal> {
        match act(&context.parts) {
            "fail" => Err(Refusal::Teapot),
            "raw" => {
                Ok(api::GetDefaultOnlyResponse::raw(problem(&context.arrival, StatusCode::CONFLICT, &[])))
            }
            _ => Ok(api::GetDefaultOnlyResponse::Status204 {}),
        }
    }

    async fn get_headers(
        &self,
        context: &Context<Caller>,
        id: uuid::Uuid,
        x_trace: uuid::Uuid,
        x_times: Option<u32>,
    ) -> Result<api::GetHeadersResponse, Refusal> {
        let x_times = x_times.map(|times| i32::try_from(times).expect("the contract says int32"));
        match act(&context.parts) {
            "trace" => Ok(api::GetHeadersResponse::Status202 { x_echo: Some(x_trace) }),
            "bare" => Ok(api::GetHeadersResponse::Status202 { x_echo: None }),
            _ => Ok(api::GetHeadersResponse::Status200 { body: DONE, x_echo: Some(id), x_times }),
        }
    }

    async fn get_oauth2_only(
        &self,
        context: &Context<Caller>,
    ) -> Result<api::GetOauth2OnlyResponse, Refusal> {
        let done = context.caller.0.iter().any(|met| met.scopes == ["things:read"]);
        Ok(api::GetOauth2OnlyResponse::Status200 { body: Done { done } })
    }

    async fn get_optional_security(
        &self,
        context: &Context<Option<Caller>>,
    ) -> Result<api::GetOptionalSecurityResponse, Refusal> {
        Ok(api::GetOptionalSecurityResponse::Status200 { body: Done { done: context.caller.is_some() } })
    }

    async fn list_lists(
        &self,
        _: &Context<Caller>,
        query: api::ListListsQuery,
    ) -> Result<api::ListListsResponse, Refusal> {
        let colour = query.filter_status;
        let body = ListsSeen {
            ids: query.ids,
            tags: query.tag,
            colour: colour.map(|colour| format!("{colour:?}")),
            size: query.size,
            flag: query.flag,
            ratio: query.ratio,
            since: query.since,
            limit: query.limit.map(|limit| i32::try_from(limit).expect("the contract says int32")),
            r_type: query.r#type,
        };
        Ok(api::ListListsResponse::Status200 { body })
    }

    async fn patch_nested(
        &self,
        _: &Context<Caller>,
        _: api::PatchNestedQuery,
        body: NestedPatch,
    ) -> Result<api::PatchNestedResponse, Refusal> {
        let reported = |member: Option<Option<String>>| match member {
            None => "absent".to_owned(),
            Some(None) => "null".to_owned(),
            Some(Some(text)) => text,
        };
        let place =
            body.place.map(|place| place.map(|place| format!("{} {}", place.city, reported(place.zip))));
        let count = body
            .places
            .map_or(-1, |places| i32::try_from(places.len()).expect("the contract says two at most"));
        let body = NestedSeen {
            name: reported(body.name.map(Some)),
            note: reported(body.note),
            place: reported(place),
            places: count,
        };
        Ok(api::PatchNestedResponse::Status200 { body })
    }
}
