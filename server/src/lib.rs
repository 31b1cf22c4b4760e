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
mod platform;
mod registry;
mod router;
pub mod sandbox;
mod seed;
mod serve;
mod users;

pub use catalog::composed_statements;
pub use config::{Config, ConfigError, LogFormat, Profile, settings_help};
pub use platform::telemetry::{log_panics, start_logging, start_logging_to};
pub use platform::text::{normal_form, search_form};
pub use serve::{Listeners, Removed, ServeError, check, clean_up, create_admin, flush, migrate, seed, serve};
pub use users::NewAdmin;
