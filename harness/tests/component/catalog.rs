//! The catalog: categories and products, read, written, rated and found.

mod categories;
mod idempotency;
mod products;
mod ratings;
mod search;
mod walks;
mod writes;
