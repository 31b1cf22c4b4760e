//! Agora: a contract-first marketplace backend. [`serve()`] runs the whole server, for the binary and the test harness.

mod aliases;
mod app;
mod auth;
mod carts;
mod catalog;
mod config;
mod credentials;
mod docs;
mod document;
mod error;
mod health;
mod identity;
mod keys;
mod orders;
mod platform;
mod registry;
mod router;
pub mod sandbox;
mod seed;
mod serve;
mod sessions;
mod users;

pub use config::{Config, ConfigError, LogFormat, PaymentProvider, Profile, settings_help};
pub use platform::telemetry::{log_panics, start_logging, start_logging_to};
pub use platform::text::{normal_form, search_form};
pub use serve::{
    Listeners, Removed, ServeError, check, clean_up, create_admin, flush, migrate, rotate_keys, seed, serve,
};
pub use users::NewAdmin;

/// Returns the statements that are composed at run time, for tests and benchmarks of all statements.
pub fn composed_statements() -> impl Iterator<Item = &'static str> {
    catalog::composed_statements()
        .chain(orders::composed_statements())
        .chain(users::composed_statements())
        .chain(credentials::composed_statements())
}
