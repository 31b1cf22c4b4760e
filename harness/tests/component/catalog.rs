//! The catalog: categories and products, read, written, rated and found.

mod categories;
mod idempotency;
mod products;
mod ratings;
mod search;
mod sent_back;
mod walks;
mod writes;
