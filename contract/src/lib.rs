//! The runtime of the generated server code.
//!
//! The generated crates contain everything that differs by operation: a trait for each tag, wire types and a route
//! table. This crate is written by hand and contains the shared part: the order of admission (authenticate, then read,
//! then check), the strict JSON reader, the coercion of parameters, and the compiled contract. Its validators check
//! requests in the server and responses in the tests.

mod admit;
mod answer;
mod answers;
mod body;
mod compiler;
mod contract;
mod decode;
mod fault;
pub mod fields;
mod operation;
mod parameters;
mod schema;
mod stored;
mod text;
mod wire;

pub use admit::{Admitted, Failure, Hooks, Input, RawBody, Rejection, admit, finish};
pub use answer::{Answer, Reply};
pub use answers::Answers;
pub use contract::{CompileError, Contract, Format, Requirement};
pub use fault::{FIELD_SIZE, Fault, Faults, Place};
pub use operation::{Idempotency, Operation, Who};
pub use stored::{STORED, STORED_MESSAGE, SameAsStored};
pub use text::is_visible;
pub use wire::{DecimalNumber, IdOrObject, Timestamp, double_option};
