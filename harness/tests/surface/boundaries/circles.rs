//! Rule for circles: the parts of a folder build on each other in one direction.

use std::collections::{BTreeMap, BTreeSet};

use super::Rule;
use super::paths::beginning_with;
use super::sources::{Source, Tree};

pub(crate) const RULES: &[Rule] = &[Rule {
    id: "B40",
    sentence: "The files and subfolders of a folder do not import each other in a circle (tests and the programs of harness/tools aside).",
    breaches: imports_form_no_circle,
}];

/// A module: the names from the root of its crate.
type Module = Vec<String>;
/// Imports between the parts of one folder.
type Imports = BTreeMap<String, BTreeSet<String>>;

/// Returns the folder of a source's crate, and its module in the crate.
fn place(source: &Source) -> (String, Module) {
    let segments: Vec<&str> = source.path.split('/').collect();
    let of_tests = |segment: &&str| ["src", "tests", "bin"].contains(segment);
    let last = segments.iter().rposition(of_tests).unwrap_or(0);
    // A test or a program is a crate of its own, in a folder or a file.
    let root = if segments[last] == "src" { last + 1 } else { last + 2 };
    let root = root.min(segments.len());
    let mut module: Module =
        segments[root..].iter().map(|name| name.trim_end_matches(".rs").to_owned()).collect();
    if module.last().is_some_and(|name| ["mod", "lib", "main"].contains(&name.as_str())) {
        module.pop();
    }
    let first = segments[..root].join("/");
    (first.trim_end_matches(".rs").to_owned(), module)
}

/// Returns the code of a source before its unit tests.
fn code(source: &Source) -> &str {
    source.parts.code.find("mod tests {").map_or(&source.parts.code, |end| &source.parts.code[..end])
}

/// Returns the modules that a module imports, as paths from the root of its crate.
fn imported(source: &Source, module: &Module) -> Vec<Module> {
    let own = beginning_with(code(source), "crate").into_iter().map(|(_, path)| path);
    let above = &module[..module.len().saturating_sub(1)];
    let beside = beginning_with(code(source), "super").into_iter().map(|(_, path)| [above, &path].concat());
    own.chain(beside).collect()
}

/// Returns what is left of a graph without the parts that are in no circle.
fn circles(mut imports: Imports) -> Imports {
    loop {
        let all: BTreeSet<String> = imports.values().flatten().cloned().collect();
        let is_between = |name: &str, targets: &BTreeSet<String>| {
            all.contains(name) && targets.iter().any(|target| imports.contains_key(target))
        };
        let kept: Imports = imports
            .iter()
            .filter(|(name, targets)| is_between(name, targets))
            .map(|(name, targets)| {
                (name.clone(), targets.iter().filter(|it| imports.contains_key(*it)).cloned().collect())
            })
            .collect();
        if kept == imports {
            return imports;
        }
        imports = kept;
    }
}

fn imports_form_no_circle(tree: &Tree) -> Vec<String> {
    let is_held = |source: &&Source| source.stem() != "tests" && !source.path.starts_with("harness/tools/");
    let sources: Vec<_> = tree.sources.iter().filter(is_held).collect();
    let places: Vec<_> = sources.iter().map(|source| place(source)).collect();
    let known: BTreeSet<&(String, Module)> = places.iter().collect();
    let mut folders: BTreeMap<String, Imports> = BTreeMap::new();
    for (source, (root, module)) in sources.iter().zip(&places) {
        for mut target in imported(source, module) {
            while !target.is_empty() && !known.contains(&(root.clone(), target.clone())) {
                target.pop();
            }
            let shared = module.iter().zip(&target).take_while(|(one, other)| one == other).count();
            if let (Some(from), Some(to)) = (module.get(shared), target.get(shared)) {
                let folder = format!("{root}/{}", module[..shared].join("/"));
                folders.entry(folder).or_default().entry(from.clone()).or_default().insert(to.clone());
            }
        }
    }
    let found = folders.into_iter().map(|(folder, imports)| (folder, circles(imports)));
    let breaches = found.filter(|(_, left)| !left.is_empty());
    breaches.map(|(folder, left)| format!("{folder}: {left:?}")).collect()
}
