//! The catalog: categories read and written, products read.

mod categories;
mod idempotency;
mod products;
