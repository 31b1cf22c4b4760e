//! People: who they are and how they sign in. Other modules know a user by id; what a user may do is in their role.

mod model;
mod queries;

pub use model::{Role, SeedUser, UserId};
pub use queries::{find_by_login, seed};
