//! HTTP: the listener and its connections, the client behind proxies, conditional requests and codings, problem responses,
//! and what is recorded about a request.

mod coded_bodies;
pub mod coding;
pub mod conditional;
pub mod forwarded;
pub mod host;
pub mod http_service;
pub mod listener;
pub mod problem;
pub mod rate_limit;
pub mod request;

/// The header of API keys that are not sent as a bearer token.
pub const API_KEY: http::HeaderName = http::HeaderName::from_static("x-api-key");
