//! One module for each tag.
pub mod auth;
pub mod carts;
pub mod catalog;
pub mod health;
pub mod users;
