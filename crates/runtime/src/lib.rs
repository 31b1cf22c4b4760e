//! The runtime of the generated server code.
//!
//! The generated crates contain everything that differs by operation: a trait for each tag, wire types and a route
//! table. This crate is written by hand and contains the shared part: the order of admission (authenticate, then read,
//! then check), the strict JSON reader, the coercion of parameters, and the compiled contract. Its validators check
//! requests in the server and responses in the tests.

mod body;
mod compiler;
mod context;
mod contract;
mod decode;
mod document;
pub mod fields;
mod identifiers;
mod operation;
mod page;
mod parameters;
mod rejection;
mod response;
mod response_checks;
mod schema;
mod state_machine;
mod stored;
mod text;
mod validate;
mod violation;
mod wire;

pub use compiler::Format;
pub use context::{FromPrincipal, RequestContext, callers};
pub use contract::{Contract, Requirement};
pub use document::CompileError;
pub use identifiers::{ResourceId, UserRef};
pub use operation::{Access, Idempotency, Operation};
pub use page::{PageHeaders, PageParameters, PageQuery, PageResponse};
pub use rejection::Rejection;
pub use response::{ApiResponse, ResponseBuilder};
pub use response_checks::ResponseChecks;
pub use state_machine::Transition;
pub use stored::{STORED, STORED_MESSAGE, SameAsStored};
pub use text::is_visible;
pub use validate::{Failure, Hooks, Input, into_response, validate_request};
pub use violation::{FIELD_SIZE, Location, Violation, Violations};
pub use wire::{DecimalNumber, IdOrObject, Timestamp, double_option};
