//! The context of a request: what a handler may know of it beyond its parameters and its body.

use bytes::Bytes;
use http::request::Parts;

use crate::operation::Operation;
use crate::stored::SameAsStored;

/// A request that passed authentication and the checks of the contract. `C` is the caller: the principal, or an option
/// of it if the operation is public. `A` is what the server recorded when the request arrived.
#[derive(Debug)]
pub struct RequestContext<C, A> {
    /// The operation that is called.
    pub operation: &'static Operation,
    /// The caller.
    pub caller: C,
    /// What the server recorded when the request arrived.
    pub arrival: A,
    /// Method, target and headers, as routed.
    pub parts: Parts,
    /// The body as sent, for code that compares requests. Empty if the operation takes none.
    pub body: Bytes,
    /// The members of the body that have to repeat the stored values.
    pub same_as_stored: Option<SameAsStored>,
}

/// A type of callers, made from the principal `P` of the request if there is one.
pub trait FromPrincipal<P>: Sized {
    /// Returns the caller, or `None` if the caller must not be anonymous but is.
    fn from_principal(principal: Option<P>) -> Option<Self>;
}

impl<P> FromPrincipal<P> for P {
    fn from_principal(principal: Option<P>) -> Option<Self> {
        principal
    }
}

impl<P> FromPrincipal<P> for Option<P> {
    fn from_principal(principal: Option<P>) -> Option<Self> {
        Some(principal)
    }
}

/// The type of the caller for each access level (`x-authz.who`). The generated traits choose it by the level's name.
pub mod callers {
    /// Anyone: a principal only if credentials were sent.
    pub type Public<P> = Option<P>;
    /// A signed-in person.
    pub type User<P> = P;
    /// A registered OAuth client.
    pub type Client<P> = P;
    /// The owner of the resource, staff or an admin.
    pub type Owner<P> = P;
    /// Staff or an admin.
    pub type Staff<P> = P;
    /// An admin.
    pub type Admin<P> = P;
}
