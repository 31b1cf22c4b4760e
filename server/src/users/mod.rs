//! Users: their accounts, profiles and addresses. Other modules refer to a user by ID. The role of a user determines
//! their rights.

mod account;
mod address;
mod admin;
mod columns;
mod follow;
mod handlers;
mod login;
mod model;
mod queries;

pub use account::{create, unknown};
pub use address::{SeedAddress, seed_addresses};
pub use admin::{NewAdmin, create_admin};
pub use follow::seed_follows;
pub use login::queries::{
    find_account, find_by_login, find_id, find_visible_id, list_hashes_of, seed, update_password,
};
pub use model::{Account, NewUser, SeedUser, check_choices, check_password};

/// Returns the statements that are composed at run time, for tests and benchmarks of all statements.
pub fn composed_statements() -> impl Iterator<Item = &'static str> {
    follow::composed()
}
