//! What each operation promises, seen from outside: one file a tag.

mod auth;
mod carts;
mod catalog;
mod conditions;
mod docs;
mod faults;
mod health;
mod production;
mod protocol;
mod registry;
mod sandbox;
mod users;
