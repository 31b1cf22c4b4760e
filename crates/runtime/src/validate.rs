//! Admission of requests: authenticates and authorizes, reads the bounded body, checks every part and extracts the
//! arguments. Also turns the outcome of a handler into a response.

use std::future::Future;

use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use http::Response;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::body;
use crate::contract::{BodyCheck, Contract, violations};
use crate::decode::decode;
use crate::operation::Operation;
use crate::parameters;
use crate::response::ApiResponse;
use crate::stored::SameAsStored;
use crate::violation::{Location, Violation, Violations};

/// Maximum number of JSON values in a body. The size in bytes alone does not bound the cost of a body.
const MAX_VALUES: usize = 10_000;

/// Hooks that the server adds to the generated code: authentication and the form of error responses.
pub trait Hooks: Clone + Send + Sync + 'static {
    /// The authenticated caller, to the extent that the operation requires one.
    type Caller: Send;
    /// The server's error.
    type Error: Send;

    /// The compiled contract.
    fn contract(&self) -> &Contract;

    /// Authenticates the caller and checks that they may call this operation. Runs before the body is read and before
    /// the contract checks the request.
    fn authenticate(
        &self,
        operation: &'static Operation,
        parts: &Parts,
    ) -> impl Future<Output = Result<Self::Caller, Self::Error>> + Send;

    /// Returns the response to a request that the contract rejects.
    fn reject(&self, operation: &'static Operation, parts: &Parts, rejection: Rejection) -> Response<Body>;

    /// Returns the response to a request that the server rejects.
    fn error(&self, operation: &'static Operation, parts: &Parts, error: Self::Error) -> Response<Body>;
}

/// The body as sent, stored in the request's extensions for code that compares requests.
#[derive(Clone, Debug)]
pub struct RawBody(pub Bytes);

/// The reason why the contract rejects a request.
#[derive(Debug)]
pub enum Rejection {
    /// The path, query, header fields or body are invalid.
    Faults(Violations),
    /// The media type of the body is not the expected one, which is given here.
    MediaType(String),
    /// The body is compressed.
    Coding,
    /// The body is larger than this many bytes.
    TooLarge(usize),
    /// The body ended prematurely.
    Unread,
    /// The body did not arrive in time.
    Late,
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

/// A request that passed authentication and the checks of the contract.
pub struct ValidatedRequest<C> {
    /// Method, target, headers, extensions.
    pub parts: Parts,
    /// The authenticated caller.
    pub caller: C,
    /// The checked parts, for the handler's arguments.
    pub input: Input,
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
pub async fn validate_request<H: Hooks>(
    hooks: &H,
    operation: &'static Operation,
    request: Request,
) -> Result<ValidatedRequest<H::Caller>, Response<Body>> {
    let (mut parts, body) = request.into_parts();
    let caller = match hooks.authenticate(operation, &parts).await {
        Ok(caller) => caller,
        Err(error) => return Err(tag_operation(operation, hooks.error(operation, &parts, error))),
    };
    match check(hooks.contract(), operation, &mut parts, body).await {
        Ok(input) => Ok(ValidatedRequest { parts, caller, input }),
        Err(rejection) => Err(tag_operation(operation, hooks.reject(operation, &parts, rejection))),
    }
}

/// Turns the outcome of a handler into the response.
pub fn into_response<H: Hooks, A: ApiResponse>(
    hooks: &H,
    operation: &'static Operation,
    parts: &Parts,
    outcome: Result<A, Failure<H::Error>>,
) -> Response<Body> {
    let response = match outcome {
        Ok(response) => response.into_response(),
        Err(Failure::Rejected(rejection)) => hooks.reject(operation, parts, rejection),
        Err(Failure::Handler(error)) => hooks.error(operation, parts, error),
    };
    tag_operation(operation, response)
}

/// Tags a response with its operation, for the layers outside.
fn tag_operation(operation: &'static Operation, mut response: Response<Body>) -> Response<Body> {
    response.extensions_mut().insert(operation);
    response
}

async fn check(
    contract: &Contract,
    operation: &'static Operation,
    parts: &mut Parts,
    body: Body,
) -> Result<Input, Rejection> {
    let checks = contract.checks_for(operation);
    if checks.is_lenient {
        return Ok(Input::default());
    }
    let bytes = match &checks.body {
        Some(check) => body::read(&check.media_type, operation.body_limit, parts, body).await?,
        None => Bytes::new(),
    };
    let mut found = Violations::default();
    let path = match &checks.path {
        Some(_) => parameters::read_path(&checks.parameters, parts, &mut found).await,
        None => Map::new(),
    };
    let query = parameters::read_query(&checks.parameters, parts.uri.query().unwrap_or_default(), &mut found);
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
        if let Some(check) = &checks.body {
            parts.extensions.insert(RawBody(bytes));
            let members = body.as_mut().and_then(Value::as_object_mut);
            if let Some(repeated) = members.and_then(|body| SameAsStored::take(&check.same_as_stored, body)) {
                parts.extensions.insert(repeated);
            }
        }
        Ok(Input { path, query, header: header.unwrap_or_default(), body })
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
    match decode(bytes, MAX_VALUES) {
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
