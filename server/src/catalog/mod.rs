//! What is sold, and how it is sorted: categories, which any signed-in user may make, and products.

mod category;
mod handlers;
mod model;
mod queries;
mod seed;

pub use queries::find_missing_products;
pub use seed::{SeedCategory, SeedProduct, seed};
