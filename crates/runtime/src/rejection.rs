//! Reasons why the contract rejects a request.

use crate::violation::Violations;

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
