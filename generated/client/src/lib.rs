//! Client of the contract "Agora" 0.1.0. Made by `just gen`; whatever is changed here is lost.
#![allow(clippy::all, rustdoc::bare_urls, rustdoc::invalid_html_tags, unused_imports)]

pub mod apis;
pub mod models;
