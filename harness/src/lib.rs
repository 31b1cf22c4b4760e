//! Black-box proof that server and contract agree. A run has one PostgreSQL cluster with a migrated and seeded template
//! ([`stack`]); a test clones it, serves from the clone on a free port ([`TestApp`]), and talks to it over HTTP as one of
//! the actors. Every answer that a client sees is held against the contract.

mod app;
mod client;
pub mod coverage;
mod database;
mod ending;
pub mod examples;
pub mod kinds;
pub mod memory;
mod mint;
mod program;
mod proxy;
pub mod raw;
pub mod rows;
mod scene;
pub mod spec;
pub mod stack;

pub use app::{PRODUCTION, Setting, TestApp};
pub use client::{Admin, Anonymous, Answer, Call, Client, Staff, User};
pub use database::{Database, VARIABLE as DATABASE_VARIABLE};
pub use ending::ended;
pub use mint::Mint;
pub use program::Program;
pub use proxy::{Mode, Proxy};
pub use scene::{Actor, Person, Scene, is_of_owner};
