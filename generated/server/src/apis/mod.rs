//! One module per tag.
pub mod auth;
pub mod carts;
pub mod catalog;
pub mod docs;
pub mod health;
pub mod registry;
pub mod sandbox;
pub mod users;
