//! Black-box tests that the server conforms to the contract. A run has one PostgreSQL cluster with a migrated and
//! seeded template database ([`stack`]). A test clones the template, starts a server on the clone at a free port
//! ([`TestApp`]) and sends HTTP requests as one of the actors. Every response is checked against the contract.

pub mod access;
mod actor;
mod app;
mod client;
pub mod coverage;
mod database;
mod ending;
pub mod examples;
pub mod kinds;
mod log;
pub mod memory;
mod program;
mod proxy;
pub mod raw;
pub mod rows;
mod scenario;
pub mod spec;
pub mod sql;
pub mod stack;
mod token_forge;

pub use actor::Actor;
pub use app::{PRODUCTION, Setting, TestApp};
pub use client::{Admin, Anonymous, Call, Client, Staff, TestResponse, User};
pub use database::{Database, TEMPLATE, VARIABLE as DATABASE_VARIABLE};
pub use ending::ended;
pub use program::Program;
pub use proxy::{Mode, Proxy};
pub use scenario::{Person, Scenario};
pub use token_forge::TokenForge;
