//! One module per tag.
pub mod torture;
