//! Infrastructure shared by all domains: the database, the write boundary, pagination, conditional requests, problem
//! responses, cryptography, telemetry and the listener. It does not depend on the domains.

pub mod alias;
pub mod clock;
pub mod coding;
pub mod conditional;
pub mod connect;
pub mod crypto;
pub mod db;
pub mod detached;
pub mod forwarded;
pub mod host;
pub mod http_service;
pub mod idempotency;
pub mod listener;
pub mod migrate;
pub mod pagination;
pub mod passwords;
pub mod problem;
pub mod request;
pub mod telemetry;
pub mod text;
pub mod wait_budget;
pub mod write;
