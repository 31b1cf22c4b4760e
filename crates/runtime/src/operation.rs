//! Properties of the contract's operations, as static data.

/// The access level of an operation (`x-authz.who`). Each level includes those after it, down to [`Access::Admin`].
/// A [`Access::Owner`] operation is for the owner of the resource, staff and admins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Access {
    /// Anyone. Credentials are optional, but invalid ones are rejected.
    Public,
    /// Any signed-in person.
    User,
    /// A registered OAuth client.
    Client,
    /// The owner of the resource, staff and admins.
    Owner,
    /// Staff and admins.
    Staff,
    /// Admins.
    Admin,
}

/// The treatment of the header `Idempotency-Key` by an operation (`x-idempotency`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Idempotency {
    /// The header is ignored.
    None,
    /// The header is optional.
    Accepted,
    /// A request without the header is rejected.
    Required,
}

/// An operation of the contract. The generated code declares a static for each.
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
    /// `x-sunset`: the removal date of a deprecated operation as an HTTP date, empty if unknown.
    pub sunset: &'static str,
    /// `x-authz.who`.
    pub who: Access,
    /// `x-authz.scope`: `read` or `write`.
    pub scope: &'static str,
    /// `x-idempotency`; [`Idempotency::None`] for methods that do not take a key.
    pub idempotency: Idempotency,
    /// `x-rate-limit`: the class of rate limits that applies.
    pub rate_limit: &'static str,
    /// `x-budget.sql_round_trips`: maximum number of round trips to the database.
    pub sql_round_trips: u32,
    /// `x-body-limit` in bytes.
    pub body_limit: usize,
    /// `x-page.default`: number of items on a page unless `limit` says otherwise. 0 for operations that list nothing.
    pub page_size: u32,
}

impl Operation {
    /// Default limit of a body in bytes: 1 MiB.
    pub const BODY_LIMIT: usize = 1024 * 1024;
}

impl Access {
    /// Parses `x-authz.who`.
    ///
    /// # Panics
    /// Panics on any other word. The statics are evaluated at compile time, so this is a build error.
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
    /// Parses `x-idempotency` for an operation of this method. Only POST, PUT and PATCH take keys.
    ///
    /// # Panics
    /// Panics on any other word. The statics are evaluated at compile time, so this is a build error.
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
