//! Component tests: the behaviour of the server through its public interface, grouped by topic.

mod auth;
mod carts;
mod catalog;
mod check;
mod conditions;
mod connections;
mod deletion;
mod docs;
mod dumps;
mod faults;
mod framing;
mod health;
mod housekeeping;
mod lists;
mod logs;
mod migrations;
mod outside;
mod poolers;
mod production;
mod protocol;
mod registry;
mod same_values;
mod sandbox;
mod text;
mod tls;
mod users;
