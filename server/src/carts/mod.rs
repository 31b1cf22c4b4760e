//! Carts of products. Any signed-in user may create their own. The owner and staff may change a cart, and only staff
//! may transfer it to another user. Read access depends on whether the directory is open. A bag is a cart of another kind,
//! which only its user sees, and orders as a whole.

mod bag;
mod cart;
mod handlers;
mod model;
mod queries;
mod seed;

pub use bag::{
    Bag, BagItem, BagLine, abandon_bags, close_bag, delete_bag, find_bag, lock_bag, lock_item, remove_item,
    set_quantity,
};
pub use cart::delete_with_user;
pub use seed::{SeedCart, seed};
