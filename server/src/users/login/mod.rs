//! What signing in, and other modules, need of a user.

pub(super) mod queries;
