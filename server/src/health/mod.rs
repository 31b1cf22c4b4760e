//! Whether the process lives, and whether it can do its work.

mod handlers;
mod queries;

pub use queries::find_migration;
