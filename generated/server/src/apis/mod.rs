//! One module per tag.
pub mod addresses;
pub mod auth;
pub mod bag;
pub mod carts;
pub mod categories;
pub mod docs;
pub mod follows;
pub mod health;
pub mod keys;
pub mod orders;
pub mod products;
pub mod registry;
pub mod sandbox;
pub mod sessions;
pub mod stock;
pub mod tags;
pub mod users;
