//! The access that the contract grants: the decision that `x-authz` requires for each operation and caller. Nothing here
//! asks the server.

use agora_runtime::{Access, Operation};

use crate::actor::Actor;
use crate::client::TestResponse;
use crate::kinds::{self, Kind};
use crate::spec::authz;

/// The decision that the contract requires on a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Decision {
    /// The operation is performed.
    Allowed,
    /// The response has this status, and nothing changes.
    Refused(u16),
}

impl Decision {
    /// Returns `true` if a response is of this decision.
    #[must_use]
    pub fn fits(self, response: &TestResponse) -> bool {
        match self {
            Self::Allowed => response.status.is_success(),
            Self::Refused(status) => response.status == status,
        }
    }
}

/// Returns `true` if an operation is for the owner of the resource in its path, either alone or besides staff.
#[must_use]
pub fn is_of_owner(operation: &Operation) -> bool {
    operation.who == Access::Owner || authz(operation)["own"] == true
}

/// Returns the decision that `x-authz` requires for a caller. The resource belongs to [`Actor::Owner`]. One that the
/// caller may not know of is 404; a known one without access is 403. `is_closed` means that the directory is closed.
#[must_use]
pub fn decision(operation: &Operation, actor: Actor, is_closed: bool) -> Decision {
    let is_own = is_of_owner(operation) && operation.who == Access::User;
    let is_hidden = is_closed && authz(operation)["closed"] == "owner";
    match (operation.who, actor) {
        (Access::Public, Actor::Anonymous | Actor::Other) if is_hidden => Decision::Refused(404),
        (Access::Public, _) => Decision::Allowed,
        (_, Actor::Anonymous) => Decision::Refused(401),
        (Access::Client, _) => Decision::Refused(403),
        (Access::Admin, Actor::Admin) | (Access::Staff, Actor::Staff | Actor::Admin) => Decision::Allowed,
        (Access::Admin | Access::Staff, _) => Decision::Refused(403),
        (Access::User, Actor::Other | Actor::Staff | Actor::Admin) if is_own => Decision::Refused(404),
        (Access::Owner, Actor::Other) if authz(operation)["hidden"] == true => Decision::Refused(404),
        (Access::Owner, Actor::Other) => {
            let mut kinds = kinds::slots(operation).filter_map(|slot| kinds::of_path(operation, slot));
            Decision::Refused(if kinds.all(|kind| is_visible(kind, actor, is_closed)) { 403 } else { 404 })
        }
        (Access::User | Access::Owner, _) => Decision::Allowed,
    }
}

/// Returns `true` if the contract lets a caller read a resource that belongs to [`Actor::Owner`].
#[must_use]
pub fn is_visible(kind: &Kind, actor: Actor, is_closed: bool) -> bool {
    kinds::getter(kind.name).is_some_and(|getter| decision(getter, actor, is_closed) == Decision::Allowed)
}
