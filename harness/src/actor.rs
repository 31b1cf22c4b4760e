//! The callers of the tests.

use agora_runtime::{Access, Operation};

/// The kind of caller of an operation.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Actor {
    /// A client without credentials.
    Anonymous,
    /// The user that owns the resources of the examples.
    Owner,
    /// A user that owns none of these resources.
    Other,
    /// A staff user.
    Staff,
    /// An admin.
    Admin,
}

impl Actor {
    /// All actors.
    pub const ALL: [Self; 5] = [Self::Anonymous, Self::Owner, Self::Other, Self::Staff, Self::Admin];

    /// Returns an actor that may call the operation, or `None` if only OAuth clients may: none of the actors is one.
    #[must_use]
    pub fn allowed(operation: &Operation) -> Option<Self> {
        match operation.who {
            Access::Public => Some(Self::Anonymous),
            Access::User | Access::Owner => Some(Self::Owner),
            Access::Staff => Some(Self::Staff),
            Access::Admin => Some(Self::Admin),
            Access::Client => None,
        }
    }
}
