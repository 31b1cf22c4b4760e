//! One module for each tag.
pub mod auth;
pub mod catalog;
pub mod health;
pub mod users;
