//! The contract itself, and pages to read it: the document as YAML and JSON, `ReDoc`, and a page to start from. All of it
//! is in the binary, and no page asks another host. Routes are in `router.rs`, where the configuration wants them.

mod document;
mod handlers;
mod pages;
mod problems;

pub use document::Document;
pub use handlers::{
    get_docs, get_docs_script, get_problem_page, get_schema, get_schema_json, get_start_page,
};
