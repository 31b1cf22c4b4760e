//! Carts: what users are about to order. Anybody signed in makes their own; its owner and staff change one, and hand it
//! over only as staff. Who may read carts depends on whether the directory is open.

mod cart;
mod handlers;
mod model;
mod queries;
mod seed;

pub use queries::delete_carts_of_user;
pub use seed::{SeedCart, seed};
