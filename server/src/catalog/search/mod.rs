//! Lists of products: all of them, or by category, owner and words.

mod find;
mod model;
mod queries;
mod searches;
mod statistics;

pub(super) use find::{Found, find_products};
pub(super) use model::Filter;
pub(super) use queries::composed;
pub use searches::Searches;
