//! Inputs of the boundary rules: hand-written Rust, migrations, and the routes that the spec marks as hand-written.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::Value;

use super::code::{self, Parts};
use crate::spec_rules::repository::{self, File};

/// A hand-written Rust file.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) parts: Parts,
}

/// The parts of the working tree that the rules read.
#[derive(Clone, Default)]
pub(crate) struct Tree {
    /// Rust files, except for generated ones.
    pub(crate) sources: Vec<Source>,
    /// Migrations and scripts.
    pub(crate) scripts: Vec<File>,
    /// Paths of the spec with `x-handwritten`.
    pub(crate) handwritten: BTreeSet<String>,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), parts: code::parts(text) }
    }

    /// Returns the module of the server to which the file belongs: a folder, or a file beside `lib.rs`.
    pub(crate) fn module(&self) -> Option<&str> {
        let inner = self.path.strip_prefix("server/src/")?;
        Some(inner.split('/').next()?.trim_end_matches(".rs"))
    }

    /// Returns the file name without folder and extension.
    pub(crate) fn stem(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs")
    }

    /// Returns the lines of code that match, formatted as breaches.
    pub(crate) fn lines(&self, pattern: &Regex) -> Vec<String> {
        let lines = (1..).zip(self.parts.code.lines()).zip(self.text.lines());
        let broken = lines.filter(|((_, code), _)| pattern.is_match(code));
        broken.map(|((number, _), text)| format!("{}:{number}: {}", self.path, text.trim())).collect()
    }
}

impl Tree {
    pub(crate) fn read() -> Self {
        let files = repository::files("", &[".rs"]).into_iter();
        let own = files.filter(|file| !file.path.starts_with("generated/"));
        let scripts = repository::files("", &[".sql", ".py", ".sh"]).into_iter();
        Self {
            sources: own.map(|file| Source::new(&file.path, &file.text)).collect(),
            scripts: scripts.filter(|file| !file.path.starts_with("generated/")).collect(),
            handwritten: handwritten(&repository::text("generated/contract.json")),
        }
    }

    /// Returns the sources of the server.
    pub(crate) fn server(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|source| source.module().is_some())
    }

    pub(crate) fn migrations(&self) -> impl Iterator<Item = &File> {
        self.scripts.iter().filter(|file| file.path.starts_with("migrations/"))
    }

    /// Returns the modules of the server that are folders, each with the names of its files and subfolders.
    pub(crate) fn rooms(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut rooms: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for source in self.server() {
            let inner = source.path.strip_prefix("server/src/").unwrap_or_default();
            if let Some((module, room)) = inner.split_once('/') {
                let room = room.split('/').next().unwrap_or_default().trim_end_matches(".rs");
                rooms.entry(module).or_default().insert(room);
            }
        }
        rooms
    }
}

/// Returns the paths that have an operation with `x-handwritten: true`.
fn handwritten(document: &str) -> BTreeSet<String> {
    let document: Value = serde_json::from_str(document).expect("generated/contract.json is JSON");
    let paths = document["paths"].as_object().expect("the document has paths");
    let by_hand = |item: &Value| {
        item.as_object().is_some_and(|operations| operations.values().any(|one| one["x-handwritten"] == true))
    };
    paths.iter().filter(|(_, item)| by_hand(item)).map(|(path, _)| path.clone()).collect()
}

/// Compiles a pattern of the rules.
pub(crate) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of the rules compiles")
}
