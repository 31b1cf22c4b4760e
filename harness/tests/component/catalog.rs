//! The catalog: categories, products, ratings and search.

mod categories;
mod idempotency;
mod products;
mod ratings;
mod search;
mod sent_back;
mod walks;
mod writes;
