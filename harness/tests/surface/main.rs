//! The whole contract against the whole server.

mod actors;
mod boundaries;
mod budgets;
mod routes;
mod spec_rules;
mod statements;
mod torture;
