//! One module for each tag.
pub mod torture;
