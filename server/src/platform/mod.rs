//! Infrastructure shared by all domains: the database, the write boundary, pagination, conditional requests, problem
//! responses, cryptography, telemetry and the listener. It does not depend on the domains.

pub mod clock;
pub mod crypto;
pub mod db;
pub mod detached;
pub mod events;
pub mod http;
pub mod migrate;
pub mod pagination;
pub mod private;
pub mod telemetry;
pub mod text;
pub mod writes;
