//! Agora: a marketplace backend whose contract is written first. [`serve`] is the whole server; the binary and the test
//! harness start it alike.

mod app;
mod auth;
mod catalog;
mod config;
mod error;
mod health;
mod platform;
mod router;
pub mod sandbox;
mod seed;
mod serve;
mod users;

pub use config::{Config, ConfigError, LogFormat, Profile};
pub use platform::telemetry::start_logging;
pub use serve::{ServeError, bind, migrate, seed, serve};
