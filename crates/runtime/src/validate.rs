//! Admission of requests: authenticates and authorizes, reads the bounded body, checks every part and extracts the
//! arguments. Also turns the outcome of a handler into a response.

use std::future::Future;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use http::request::Parts;
use http::{Extensions, Response};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::body;
use crate::context::{FromPrincipal, RequestContext};
use crate::contract::{BodyCheck, Contract, violations};
use crate::decode::decode;
use crate::operation::Operation;
use crate::parameters;
use crate::rejection::Rejection;
use crate::response::ApiResponse;
use crate::stored::SameAsStored;
use crate::violation::{Location, Violation, Violations};

/// Maximum number of JSON values in a body. The size in bytes alone does not bound the cost of a body.
const MAX_VALUES: usize = 10_000;

/// Hooks that the server adds to the generated code: authentication and the form of error responses.
pub trait Hooks: Clone + Send + Sync + 'static {
    /// Who an authenticated caller is.
    type Principal: Send + Sync;
    /// What the server records about a request when it arrives, before it is routed.
    type Arrival: Send + Sync;
    /// The server's error.
    type Error: Send;

    /// The compiled contract.
    fn contract(&self) -> &Contract;

    /// Returns the maximum time for the body of a request to arrive.
    fn body_deadline(&self) -> Duration;

    /// Takes what the server recorded when the request arrived.
    fn arrival(&self, extensions: &mut Extensions) -> Option<Self::Arrival>;

    /// Returns the response to a request of which nothing was recorded. That is a bug of the server.
    fn unrecorded(&self) -> Response<Body>;

    /// Authenticates the caller and checks that they may call this operation. Runs before the body is read and before
    /// the contract checks the request. Returns `None` for an anonymous caller.
    fn authenticate(
        &self,
        operation: &'static Operation,
        parts: &Parts,
    ) -> impl Future<Output = Result<Option<Self::Principal>, Self::Error>> + Send;

    /// Returns the error for an anonymous caller of an operation that is not public.
    fn unauthenticated(&self) -> Self::Error;

    /// Returns the response to a request that the contract rejects.
    fn reject(&self, arrival: &Self::Arrival, rejection: Rejection) -> Response<Body>;

    /// Returns the response to a request that the server rejects.
    fn error(&self, arrival: &Self::Arrival, error: Self::Error) -> Response<Body>;
}

/// The reason why a handler returned no response.
pub enum Failure<E> {
    /// The contract rejected the request.
    Rejected(Rejection),
    /// The handler failed.
    Handler(E),
}

impl<E> From<Rejection> for Failure<E> {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

/// The checked parts of a request as JSON, deserialized into Rust types one by one.
#[derive(Default)]
pub struct Input {
    path: Map<String, Value>,
    query: Map<String, Value>,
    header: Map<String, Value>,
    body: Option<Value>,
}

impl Input {
    /// Takes a path parameter.
    ///
    /// # Errors
    /// Returns a rejection if the value satisfies the contract but does not fit the Rust type.
    pub fn path<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, Rejection> {
        take(Location::Path, name, self.path.remove(name).unwrap_or(Value::Null))
    }

    /// Takes a header parameter.
    ///
    /// # Errors
    /// As for [`Input::path`].
    pub fn header<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, Rejection> {
        take(Location::Header, name, self.header.remove(name).unwrap_or(Value::Null))
    }

    /// Takes all query parameters.
    ///
    /// # Errors
    /// As for [`Input::path`].
    pub fn query<T: DeserializeOwned>(&mut self) -> Result<T, Rejection> {
        take(Location::Query, "query", Value::Object(std::mem::take(&mut self.query)))
    }

    /// Takes the body. A missing body is read as null.
    ///
    /// # Errors
    /// As for [`Input::path`].
    pub fn body<T: DeserializeOwned>(&mut self) -> Result<T, Rejection> {
        take(Location::Body, "body", self.body.take().unwrap_or(Value::Null))
    }
}

fn take<T: DeserializeOwned>(location: Location, name: &str, value: Value) -> Result<T, Rejection> {
    serde_json::from_value(value)
        .map_err(|_| Rejection::Faults(Violation::new(location, name, "type", "must be in range").into()))
}

/// Admits a request or returns the response that rejects it. The caller is checked first, then the header fields and
/// the size of the body, then all parts together.
///
/// # Errors
/// Returns the response to a rejected request.
pub async fn validate_request<H: Hooks, C: FromPrincipal<H::Principal>>(
    hooks: &H,
    operation: &'static Operation,
    request: Request,
) -> Result<(RequestContext<C, H::Arrival>, Input), Response<Body>> {
    let (mut parts, body) = request.into_parts();
    let arrival =
        hooks.arrival(&mut parts.extensions).ok_or_else(|| tag_operation(operation, hooks.unrecorded()))?;
    let authenticated = hooks.authenticate(operation, &parts).await;
    let caller = authenticated
        .and_then(|principal| C::from_principal(principal).ok_or_else(|| hooks.unauthenticated()))
        .map_err(|error| tag_operation(operation, hooks.error(&arrival, error)))?;
    match check(hooks, operation, &mut parts, body).await {
        Ok(Checked { input, body, same_as_stored }) => {
            Ok((RequestContext { operation, caller, arrival, parts, body, same_as_stored }, input))
        }
        Err(rejection) => Err(tag_operation(operation, hooks.reject(&arrival, rejection))),
    }
}

/// Turns the outcome of a handler into the response.
pub fn into_response<H: Hooks, C, A: ApiResponse>(
    hooks: &H,
    context: &RequestContext<C, H::Arrival>,
    outcome: Result<A, Failure<H::Error>>,
) -> Response<Body> {
    let response = match outcome {
        Ok(response) => response.into_response(),
        Err(Failure::Rejected(rejection)) => hooks.reject(&context.arrival, rejection),
        Err(Failure::Handler(error)) => hooks.error(&context.arrival, error),
    };
    tag_operation(context.operation, response)
}

/// Tags a response with its operation, for the layers outside.
fn tag_operation(operation: &'static Operation, mut response: Response<Body>) -> Response<Body> {
    response.extensions_mut().insert(operation);
    response
}

/// The outcome of the checks of a valid request.
#[derive(Default)]
struct Checked {
    input: Input,
    body: Bytes,
    same_as_stored: Option<SameAsStored>,
}

async fn check<H: Hooks>(
    hooks: &H,
    operation: &'static Operation,
    parts: &mut Parts,
    body: Body,
) -> Result<Checked, Rejection> {
    let checks = hooks.contract().checks_for(operation);
    if checks.is_lenient {
        return Ok(Checked::default());
    }
    let bytes = match &checks.body {
        Some(check) => {
            body::read(&check.media_type, operation.body_limit, parts, body, hooks.body_deadline()).await?
        }
        None => Bytes::new(),
    };
    let mut found = Violations::default();
    let path = match &checks.path {
        Some(_) => parameters::read_path(&checks.parameters, parts, &mut found).await,
        None => Map::new(),
    };
    let query = parameters::read_form(
        &checks.parameters,
        Location::Query,
        parts.uri.query().unwrap_or_default(),
        &mut found,
    );
    let header = match &checks.header {
        Some(_) => parameters::read_headers(&checks.parameters, &parts.headers, &mut found),
        None => Map::new(),
    };
    parameters::unknown_conditions(operation, &checks.parameters, &parts.headers, &mut found);
    let mut checked = |validator, location, object: Map<String, Value>| {
        let tree = Value::Object(object);
        found.extend(violations(validator, location, &tree));
        if let Value::Object(object) = tree { object } else { Map::new() }
    };
    let path = checks.path.as_ref().map(|validator| checked(validator, Location::Path, path));
    let query = checked(&checks.query, Location::Query, query);
    let header = checks.header.as_ref().map(|validator| checked(validator, Location::Header, header));
    let path = path.unwrap_or_default();
    let mut body = checks.body.as_ref().and_then(|check| body_tree(check, &bytes, &path, &mut found));
    if found.is_empty() {
        let members = body.as_mut().and_then(Value::as_object_mut);
        let same_as_stored = match (&checks.body, members) {
            (Some(check), Some(members)) => SameAsStored::take(&check.same_as_stored, members),
            _ => None,
        };
        let input = Input { path, query, header: header.unwrap_or_default(), body };
        Ok(Checked { input, body: bytes, same_as_stored })
    } else {
        Err(Rejection::Faults(found))
    }
}

fn body_tree(
    check: &BodyCheck,
    bytes: &Bytes,
    path: &Map<String, Value>,
    found: &mut Violations,
) -> Option<Value> {
    if bytes.is_empty() {
        if check.required {
            found.push(Violation::new(Location::Body, "body", "required", "must be provided"));
        }
        return None;
    }
    let tree = match &check.form {
        None => decode(bytes, MAX_VALUES),
        Some(members) => form(members, bytes),
    };
    match tree {
        Ok(tree) => {
            check.find_violations(&tree, path, found);
            Some(tree)
        }
        Err(violations) => {
            found.extend(violations);
            None
        }
    }
}

/// Reads a form, of which the members have types like parameters.
fn form(members: &[parameters::Parameter], bytes: &[u8]) -> Result<Value, Violations> {
    let mut violations = Violations::default();
    let Ok(raw) = std::str::from_utf8(bytes) else {
        violations.push(Violation::new(Location::Body, "body", "syntax", "must be percent-encoded UTF-8"));
        return Err(violations);
    };
    let members = parameters::read_form(members, Location::Body, raw, &mut violations);
    if violations.is_empty() { Ok(Value::Object(members)) } else { Err(violations) }
}
