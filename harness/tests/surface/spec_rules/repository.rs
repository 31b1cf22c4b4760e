//! The working tree as texts, for the rules of the spec and the boundaries of the code.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// A file of the working tree.
#[derive(Clone)]
pub(crate) struct File {
    /// Path from the root, with slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// Creates a file that is not in the tree.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}

/// Returns the root: the value of `AGORA_REPOSITORY`, or else the first folder above this crate that has the spec.
pub(crate) fn repository() -> PathBuf {
    if let Some(root) = env::var_os("AGORA_REPOSITORY") {
        return root.into();
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().find(|folder| folder.join("spec/openapi.yaml").is_file());
    root.expect("a folder above the harness has spec/openapi.yaml").to_owned()
}

/// Returns the text of a file.
pub(crate) fn text(path: &str) -> String {
    fs::read_to_string(repository().join(path))
        .unwrap_or_else(|error| panic!("{path} cannot be read: {error}"))
}

/// Returns the files below a folder that have one of these endings, sorted by path. A missing folder has none. Hidden
/// folders and build output are skipped.
pub(crate) fn files(folder: &str, endings: &[&str]) -> Vec<File> {
    let mut found = Vec::new();
    collect(&repository(), folder, endings, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(root: &Path, folder: &str, endings: &[&str], found: &mut Vec<File>) {
    let Ok(entries) = fs::read_dir(root.join(folder)) else {
        return;
    };
    for entry in entries {
        let entry = entry.expect("an entry of a folder can be read");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let kind = entry.file_type().expect("an entry of a folder has a type");
        if kind.is_dir() && !name.starts_with('.') && !["target", "node_modules"].contains(&name.as_str()) {
            collect(root, &path, endings, found);
        } else if kind.is_file() && endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(File { text: text(&path), path });
        }
    }
}
