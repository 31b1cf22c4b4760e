//! Carts of products. Any signed-in user may create their own. The owner and staff may change a cart, and only staff
//! may transfer it to another user. Read access depends on whether the directory is open.

mod cart;
mod handlers;
mod model;
mod queries;
mod seed;

pub use cart::delete_with_user;
pub use seed::{SeedCart, seed};
