//! What each operation promises, seen from outside: one file a tag.

mod auth;
mod carts;
mod catalog;
mod health;
mod protocol;
mod users;
