//! Users: their accounts, profiles and addresses. Other modules refer to a user by ID. The role of a user determines
//! their rights.

mod account;
mod address;
mod admin;
mod columns;
mod handlers;
mod login;
mod model;
mod queries;

pub use account::create;
pub use address::{SeedAddress, seed_addresses};
pub use admin::{NewAdmin, create_admin};
pub use login::queries::{
    find_account, find_by_login, find_id, find_visible_id, list_hashes_of, seed, update_password,
};
pub use model::{Account, NewUser, SeedUser, check_choices, check_password};
