//! Lists of products: all of them, or by category, owner and words.

mod find;
mod model;
mod queries;
mod searches;
mod sorted;
mod statistics;

pub(super) use find::{Found, find_products};
pub(super) use model::{Filter, Selection, Sort, StateFilter};
pub use searches::Searches;
pub(super) use sorted::{Facets, Sorted, count_facets, find_sorted};

/// Returns the statements that are composed at run time.
pub(super) fn composed() -> impl Iterator<Item = &'static str> {
    queries::composed().chain(sorted::composed())
}
