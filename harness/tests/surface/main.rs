//! Tests of the whole contract against the whole server.

mod actors;
mod boundaries;
mod budgets;
mod conditions;
mod coverage;
mod examples;
mod fields;
mod headers;
mod ids;
mod keywords;
mod lists;
mod matrix;
mod migrations;
mod migrations_check;
mod nets;
mod protocol;
mod published;
mod routes;
mod sent_back;
mod spec_rules;
mod state_machines;
mod statements;
mod statuses;
mod torture;
mod workflows;
mod worst;
