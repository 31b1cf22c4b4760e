//! The contract as YAML and JSON, and pages for people: `ReDoc`, a start page and the pages of problem types.
//!
//! All files are embedded in the binary, and no page loads anything from another host. `router.rs` adds the routes, where
//! the configuration enables them.

mod handlers;
mod pages;
mod problems;

pub use handlers::{
    get_docs, get_docs_script, get_problem_page, get_schema, get_schema_json, get_start_page,
};
