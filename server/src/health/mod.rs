//! Health checks: liveness and readiness of the process.

mod handlers;
mod queries;

pub use queries::find_migration;
