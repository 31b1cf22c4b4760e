//! What is sold, how it is sorted, found and rated: categories and products, which any signed-in user may make.

mod category;
mod handlers;
mod model;
mod places;
mod product;
mod queries;
mod rating;
mod search;
mod seed;

pub use queries::find_missing_products;
pub use seed::{SeedCategory, SeedProduct, seed};
