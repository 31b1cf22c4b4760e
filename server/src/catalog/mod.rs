//! The catalog: categories, tags, products, search, ratings and stock. Any signed-in user may create
//! categories and products; staff manage the tags.

mod category;
mod columns;
mod handlers;
mod model;
mod product;
mod queries;
mod rating;
mod search;
mod seed;
mod sorting;
mod stock;
mod tag;

pub use queries::find_unlisted_products;
pub use search::Searches;
pub use seed::{SeedCategory, SeedProduct, SeedTag, seed};

/// Returns the statements that are composed at run time, for tests and benchmarks of all statements.
pub fn composed_statements() -> impl Iterator<Item = &'static str> {
    queries::composed().chain(search::composed())
}
