//! The runtime of the generated server code. The generated crates hold what differs from operation to operation: a
//! trait a tag, wire types, a route table. What is the same for all of them is here, written by hand: the order in which
//! a request is admitted (authenticate, then read, then check), the strict JSON reader, the coercion of parameters, and
//! the contract itself compiled into validators, which check requests in the server and answers in the tests.

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
mod text;
mod wire;

pub use admit::{Admitted, Failure, Hooks, Input, RawBody, Rejection, admit, finish};
pub use answer::{Answer, Reply};
pub use answers::Answers;
pub use contract::{CompileError, Contract, Format, Requirement};
pub use fault::{FIELD_SIZE, Fault, Faults, Place};
pub use operation::{Idempotency, Operation, Who};
pub use text::is_visible;
pub use wire::{DecimalNumber, Timestamp, double_option};
