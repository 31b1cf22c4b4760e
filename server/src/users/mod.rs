//! People: who they are and how they sign in. Other modules know a user by id; what a user may do is in their role.

mod model;
mod queries;

pub use model::{Account, Role, SeedUser, UserId, check_password};
pub use queries::{find_account, find_by_login, seed, update_password};
