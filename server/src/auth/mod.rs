//! Credentials: a password is exchanged for a signed token, and a token tells who is calling. Whether that caller may
//! call an operation at all is decided here, from what the contract says of it; whether they may touch this very thing is
//! the domain's own affair.

mod authenticate;
mod handlers;
mod model;
mod queries;
mod refresh;
mod revocations;
mod sessions;
mod tokens;

pub use authenticate::authenticate;
pub use model::{Caller, Principal, Reason};
pub use refresh::RefreshTokens;
pub use revocations::Revocations;
pub use sessions::{end_everybodys, end_with, remove_ended};
pub use tokens::Tokens;
