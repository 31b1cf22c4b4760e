//! What the contract says of an operation, as static data.

/// Who may call an operation (`x-authz.who`). Each level includes those after it, down to [`Who::Admin`]; an
/// [`Who::Owner`] operation is for the owner of the thing, staff and admins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Who {
    /// Anybody; credentials are optional, and refused when they are bad.
    Public,
    /// Any signed-in person.
    User,
    /// A registered OAuth client.
    Client,
    /// The owner of the thing, staff, admins.
    Owner,
    /// Staff and admins.
    Staff,
    /// Admins.
    Admin,
}

/// What an operation does with the header `Idempotency-Key` (`x-idempotency`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Idempotency {
    /// The header means nothing here.
    None,
    /// Honoured when it is there.
    Accepted,
    /// A request without it is refused.
    Required,
}

/// One operation of the contract. The generated code makes a static of each.
#[derive(Debug)]
pub struct Operation {
    /// `operationId`, which is also the name of the handler.
    pub id: &'static str,
    /// Its one tag.
    pub tag: &'static str,
    /// The HTTP method, upper case.
    pub method: &'static str,
    /// The path template, as in the contract.
    pub path: &'static str,
    /// `deprecated` of the contract.
    pub deprecated: bool,
    /// `x-sunset`: when a deprecated operation goes (an HTTP date), empty when unknown.
    pub sunset: &'static str,
    /// `x-authz.who`.
    pub who: Who,
    /// `x-authz.scope`: `read` or `write`.
    pub scope: &'static str,
    /// `x-idempotency`; [`Idempotency::None`] for methods that cannot bear a key.
    pub idempotency: Idempotency,
    /// `x-rate-limit`: the class of limits that counts it.
    pub rate_limit: &'static str,
    /// `x-budget.sql_round_trips`: how many waits for the database it may cost.
    pub sql_round_trips: u32,
    /// `x-body-limit` in bytes.
    pub body_limit: usize,
}

impl Operation {
    /// The limit of a body in bytes where the operation names none: 1 MiB.
    pub const BODY_LIMIT: usize = 1024 * 1024;
}

impl Who {
    /// Reads `x-authz.who`.
    ///
    /// # Panics
    /// On any other word; the statics are made at compile time, so that is a build error.
    #[must_use]
    pub const fn named(name: &str) -> Self {
        match name.as_bytes() {
            b"public" => Self::Public,
            b"user" => Self::User,
            b"client" => Self::Client,
            b"owner" => Self::Owner,
            b"staff" => Self::Staff,
            b"admin" => Self::Admin,
            _ => panic!("x-authz.who is public, user, client, owner, staff or admin"),
        }
    }
}

impl Idempotency {
    /// Reads `x-idempotency` for an operation of this method: keys are for POST, PUT and PATCH only.
    ///
    /// # Panics
    /// On any other word; the statics are made at compile time, so that is a build error.
    #[must_use]
    pub const fn named(name: &str, method: &str) -> Self {
        match (name.as_bytes(), method.as_bytes()) {
            (b"none", _) | (_, b"GET" | b"DELETE" | b"HEAD" | b"OPTIONS") => Self::None,
            (b"accepted", _) => Self::Accepted,
            (b"required", _) => Self::Required,
            _ => panic!("x-idempotency is none, accepted or required"),
        }
    }
}
