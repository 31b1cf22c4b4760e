//! How a request is admitted: authenticate and authorize, read the body whole and bounded, check every part, take the
//! arguments out; and how its outcome leaves.

use std::future::Future;

use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use http::Response;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::body;
use crate::contract::{BodyCheck, Contract, faults};
use crate::decode::decode;
use crate::fault::{Fault, Faults, Place};
use crate::operation::Operation;
use crate::parameters;

/// So many values a body may have: what it costs is not told by its size alone.
const MAX_VALUES: usize = 10_000;

/// What the server adds to the generated code: who is calling, and how refusals look.
pub trait Hooks: Clone + Send + Sync + 'static {
    /// Who is calling, as far as the operation asks.
    type Caller: Send;
    /// The server's error.
    type Error: Send;

    /// The compiled contract.
    fn contract(&self) -> &Contract;

    /// Who is calling, and may they call this operation at all? Runs before anything of the request is read.
    fn authenticate(
        &self,
        operation: &'static Operation,
        parts: &Parts,
    ) -> impl Future<Output = Result<Self::Caller, Self::Error>> + Send;

    /// The answer to a request that the contract refuses.
    fn reject(&self, operation: &'static Operation, parts: &Parts, rejection: Rejection) -> Response<Body>;

    /// The answer to a request that the server refuses.
    fn error(&self, operation: &'static Operation, parts: &Parts, error: Self::Error) -> Response<Body>;
}

/// The body as it was sent, left in the request's extensions for those who compare requests.
#[derive(Clone, Debug)]
pub struct RawBody(pub Bytes);

/// Why the contract refuses a request.
#[derive(Debug)]
pub enum Rejection {
    /// What is wrong with its parts.
    Faults(Faults),
    /// The body has another media type than this.
    MediaType(String),
    /// The body is compressed.
    Coding,
    /// The body is larger than this many bytes.
    TooLarge(usize),
    /// The body broke off.
    Unread,
    /// The body did not arrive in time.
    Late,
}

/// Why there is no answer of the handler.
pub enum Failure<E> {
    /// The contract refused the request.
    Rejected(Rejection),
    /// The handler failed.
    Handler(E),
}

impl<E> From<Rejection> for Failure<E> {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

/// A request that may be handled.
pub struct Admitted<C> {
    /// Method, target, headers, extensions.
    pub parts: Parts,
    /// Who is calling.
    pub caller: C,
    /// The checked parts, for the handler's arguments.
    pub input: Input,
}

/// The checked parts of a request as JSON, taken into Rust types one by one.
#[derive(Default)]
pub struct Input {
    path: Map<String, Value>,
    query: Map<String, Value>,
    header: Map<String, Value>,
    body: Option<Value>,
}

impl Input {
    /// A path parameter.
    ///
    /// # Errors
    /// When the value is within the contract but not within the Rust type.
    pub fn path<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, Rejection> {
        take(Place::Path, name, self.path.remove(name).unwrap_or(Value::Null))
    }

    /// A header parameter.
    ///
    /// # Errors
    /// As for [`Input::path`].
    pub fn header<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, Rejection> {
        take(Place::Header, name, self.header.remove(name).unwrap_or(Value::Null))
    }

    /// All query parameters.
    ///
    /// # Errors
    /// As for [`Input::path`].
    pub fn query<T: DeserializeOwned>(&mut self) -> Result<T, Rejection> {
        take(Place::Query, "query", Value::Object(std::mem::take(&mut self.query)))
    }

    /// The body; null stands for one that was not sent.
    ///
    /// # Errors
    /// As for [`Input::path`].
    pub fn body<T: DeserializeOwned>(&mut self) -> Result<T, Rejection> {
        take(Place::Body, "body", self.body.take().unwrap_or(Value::Null))
    }
}

fn take<T: DeserializeOwned>(place: Place, name: &str, value: Value) -> Result<T, Rejection> {
    serde_json::from_value(value).map_err(|_| {
        Rejection::Faults(Fault::new(place, name, "type", "has a value that is out of range").into())
    })
}

/// Lets a request in, or answers it: first who is calling, then what is said of the body and its size, then the faults of
/// all parts together.
///
/// # Errors
/// The answer to a request that is not let in.
pub async fn admit<H: Hooks>(
    hooks: &H,
    operation: &'static Operation,
    request: Request,
) -> Result<Admitted<H::Caller>, Response<Body>> {
    let (mut parts, body) = request.into_parts();
    let caller = match hooks.authenticate(operation, &parts).await {
        Ok(caller) => caller,
        Err(error) => return Err(marked(operation, hooks.error(operation, &parts, error))),
    };
    match check(hooks.contract(), operation, &mut parts, body).await {
        Ok(input) => Ok(Admitted { parts, caller, input }),
        Err(rejection) => Err(marked(operation, hooks.reject(operation, &parts, rejection))),
    }
}

/// Turns the outcome of a handler into the response.
pub fn finish<H: Hooks, A: Answer>(
    hooks: &H,
    operation: &'static Operation,
    parts: &Parts,
    outcome: Result<A, Failure<H::Error>>,
) -> Response<Body> {
    let response = match outcome {
        Ok(answer) => answer.into_response(),
        Err(Failure::Rejected(rejection)) => hooks.reject(operation, parts, rejection),
        Err(Failure::Handler(error)) => hooks.error(operation, parts, error),
    };
    marked(operation, response)
}

/// Tells the layers outside which operation this is the answer of.
fn marked(operation: &'static Operation, mut response: Response<Body>) -> Response<Body> {
    response.extensions_mut().insert(operation);
    response
}

async fn check(
    contract: &Contract,
    operation: &'static Operation,
    parts: &mut Parts,
    body: Body,
) -> Result<Input, Rejection> {
    let checks = contract.of(operation);
    if checks.is_lenient {
        return Ok(Input::default());
    }
    let bytes = match &checks.body {
        Some(check) => body::read(&check.media_type, operation.body_limit, parts, body).await?,
        None => Bytes::new(),
    };
    let mut found = Faults::default();
    let path = match &checks.path {
        Some(_) => parameters::path(&checks.parameters, parts, &mut found).await,
        None => Map::new(),
    };
    let query = parameters::query(&checks.parameters, parts.uri.query().unwrap_or_default(), &mut found);
    let header = match &checks.header {
        Some(_) => parameters::header(&checks.parameters, &parts.headers, &mut found),
        None => Map::new(),
    };
    parameters::unknown_conditions(operation, &checks.parameters, &parts.headers, &mut found);
    let mut checked = |validator, place, object: Map<String, Value>| {
        let tree = Value::Object(object);
        found.extend(faults(validator, place, &tree));
        if let Value::Object(object) = tree { object } else { Map::new() }
    };
    let path = checks.path.as_ref().map(|validator| checked(validator, Place::Path, path));
    let query = checked(&checks.query, Place::Query, query);
    let header = checks.header.as_ref().map(|validator| checked(validator, Place::Header, header));
    let path = path.unwrap_or_default();
    let body = checks.body.as_ref().and_then(|check| body_tree(check, &bytes, &path, &mut found));
    if found.is_empty() {
        if checks.body.is_some() {
            parts.extensions.insert(RawBody(bytes));
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
    found: &mut Faults,
) -> Option<Value> {
    if bytes.is_empty() {
        if check.required {
            found.push(Fault::new(Place::Body, "body", "required", "is required"));
        }
        return None;
    }
    match decode(bytes, MAX_VALUES) {
        Ok(tree) => {
            check.find_faults(&tree, path, found);
            Some(tree)
        }
        Err(faults) => {
            found.extend(faults);
            None
        }
    }
}
