//! Rules for the files under `spec/`: their places and their references. The files are read as text, line by line.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::Value;

use super::Rule;
use super::document::{METHODS, Spec, items, members, unless};
use super::operations::is_like;
use super::repository::File;

pub(crate) const RULES: &[Rule] = &[
    Rule { id: "R1", breaches: files_have_their_places },
    Rule { id: "R2", breaches: folders_are_tags },
    Rule { id: "R3", breaches: the_root_is_a_table_of_contents },
    Rule { id: "R4", breaches: keys_are_words },
    Rule { id: "R5", breaches: path_items_have_methods_only },
    Rule { id: "R6", breaches: references_keep_their_direction },
    Rule { id: "R7", breaches: everything_is_used },
    Rule { id: "R77", breaches: what_is_implied_is_not_repeated },
    Rule { id: "R8", breaches: references_stand_alone },
    Rule { id: "R9", breaches: text_is_tidy },
];

const ROOT: &str = "spec/openapi.yaml";
const SHARED: [&str; 4] = ["parameters.yaml", "headers.yaml", "responses.yaml", "schemas.yaml"];

/// Returns the folder below `spec/` that contains a file (empty for the root), and the file's name.
fn room(file: &File) -> (&str, &str) {
    let path = file.path.strip_prefix("spec/").unwrap_or(&file.path);
    path.rsplit_once('/').unwrap_or(("", path))
}

fn files_have_their_places(spec: &Spec) -> Vec<String> {
    let is_kept = |file: &File| match room(file) {
        ("", name) => name == "openapi.yaml",
        ("shared", name) => SHARED.contains(&name),
        (folder, name) => !folder.contains('/') && ["paths.yaml", "schemas.yaml"].contains(&name),
    };
    spec.files.iter().filter(|file| !is_kept(file)).map(|file| file.path.clone()).collect()
}

fn folders_are_tags(spec: &Spec) -> Vec<String> {
    let folders: BTreeSet<&str> = spec.files.iter().map(|file| room(file).0).collect();
    let folders: BTreeSet<&str> =
        folders.into_iter().filter(|folder| !["", "shared"].contains(folder)).collect();
    let tags: BTreeSet<&str> = items(&spec.document["tags"]).filter_map(|tag| tag["name"].as_str()).collect();
    folders.symmetric_difference(&tags).map(|name| format!("{name} is a folder or a tag, not both")).collect()
}

/// Returns the lines of a top-level section of the root file.
fn section<'a>(spec: &'a Spec, name: &str) -> Vec<&'a str> {
    let root = spec.files.iter().find(|file| file.path == ROOT);
    let lines = root.map_or("", |file| file.text.as_str()).lines();
    let after = lines.skip_while(|line| *line != format!("{name}:")).skip(1);
    after.take_while(|line| line.starts_with(' ') || line.is_empty()).collect()
}

/// Returns the paths of the root file in order, each with the folder and the key to which it refers.
fn contents(spec: &Spec) -> Vec<(String, String, String)> {
    let reference = Regex::new(r"^    \$ref: ([a-z_]+)/paths\.yaml#/(\w+)$").expect("the pattern compiles");
    let mut found = Vec::new();
    for pair in section(spec, "paths").chunks(2) {
        let path = pair[0].trim().trim_end_matches(':').to_owned();
        let target = pair.get(1).and_then(|line| reference.captures(line));
        let part = |index: usize| target.as_ref().map_or("", |target| &target[index]).to_owned();
        found.push((path, part(1), part(2)));
    }
    found
}

fn the_root_is_a_table_of_contents(spec: &Spec) -> Vec<String> {
    let contents = contents(spec);
    let mut breaches = unless(!contents.is_empty(), "it has no paths");
    for pair in contents.windows(2) {
        breaches.extend(unless(pair[0].0 < pair[1].0, format!("{} stands before {}", pair[0].0, pair[1].0)));
    }
    for (path, folder, _) in &contents {
        let tags: BTreeSet<&str> = members(&spec.document["paths"][path.as_str()])
            .filter_map(|(_, operation)| operation["tags"][0].as_str())
            .collect();
        let is_kept = tags == BTreeSet::from([folder.as_str()]);
        breaches
            .extend(unless(is_kept, format!("{path} refers to {folder:?}, its operations have {tags:?}")));
    }
    let own = section(spec, "components").into_iter().filter(|line| is_like("  [A-Za-z]+:.*", line));
    let own = own.filter(|line| *line != "  securitySchemes:");
    breaches.extend(own.map(|line| format!("components has {}", line.trim())));
    breaches
}

fn keys_are_words(spec: &Spec) -> Vec<String> {
    let contents = contents(spec);
    let above =
        |path: &str| path.strip_suffix('}').and_then(|path| Some(path.rsplit_once("/{")?.0.to_owned()));
    let collections: BTreeMap<&str, &str> =
        contents.iter().map(|(path, _, key)| (path.as_str(), key.trim_end_matches("_collection"))).collect();
    let mut breaches = Vec::new();
    for (path, _, key) in &contents {
        breaches.extend(unless(is_like("[a-z]+(_[a-z0-9]+)*", key), format!("{path} has the key {key:?}")));
        let nouns = above(path).and_then(|path| collections.get(path.as_str()).copied());
        let item = nouns.map(|nouns| format!("{nouns}_item"));
        let is_item = item.as_ref().map_or(!key.ends_with("_item"), |item| item == key);
        breaches.extend(unless(is_item, format!("{path} is {key}, and should be {item:?}")));
        let has_items = contents.iter().any(|(other, ..)| above(other).as_ref() == Some(path));
        let is_collection = key.ends_with("_collection") == has_items;
        breaches.extend(unless(is_collection, format!("{path} is {key}, and is a collection: {has_items}")));
    }
    breaches
}

fn path_items_have_methods_only(spec: &Spec) -> Vec<String> {
    let is_method = |key: &str| METHODS.iter().any(|(method, _)| *method == key);
    let mut breaches = Vec::new();
    for file in spec.files.iter().filter(|file| room(file).1 == "paths.yaml") {
        let keys = file.text.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(':'));
        let strange = keys.map(|(key, _)| key).filter(|key| is_like("[$A-Za-z-]+", key) && !is_method(key));
        breaches.extend(strange.map(|key| format!("{} has {key}", file.path)));
    }
    for (path, item) in members(&spec.document["paths"]) {
        let strange = members(item).filter(|(key, _)| !is_method(key));
        breaches.extend(strange.map(|(key, _)| format!("{path} has {key}")));
    }
    breaches
}

/// Returns the targets of `$ref` and of mappings in a file: the other file (empty for the file itself) and the key.
fn references(file: &File) -> Vec<(String, String)> {
    // A target that begins with a dollar is an expression of a link, which points into a response.
    let reference = Regex::new(r"(\$?[\w./-]*)#/(\w+)").expect("the pattern compiles");
    let code = file.text.lines().filter(|line| !line.trim_start().starts_with('#'));
    code.flat_map(|line| {
        reference.captures_iter(line).map(|found| (found[1].to_owned(), found[2].to_owned()))
    })
    .filter(|(target, _)| !target.starts_with('$'))
    .collect()
}

fn references_keep_their_direction(spec: &Spec) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in &spec.files {
        let allowed = match room(file) {
            ("", _) => "[a-z_]+/paths.yaml",
            ("shared", _) => "|(parameters|headers|schemas).yaml",
            (_, "schemas.yaml") => r"|\.\./[a-z_]+/schemas.yaml",
            _ => r"schemas.yaml|\.\./shared/[a-z]+.yaml|\.\./[a-z_]+/schemas.yaml",
        };
        let strange = references(file).into_iter().filter(|(target, _)| !is_like(allowed, target));
        breaches.extend(strange.map(|(target, key)| format!("{} refers to {target}#/{key}", file.path)));
    }
    breaches
}

/// Returns the path of the file to which a reference points.
fn target_file(file: &File, target: &str) -> String {
    let (folder, _) = room(file);
    match (target, target.strip_prefix("../"), folder) {
        ("", ..) => file.path.clone(),
        (_, Some(path), _) => format!("spec/{path}"),
        (_, None, "") => format!("spec/{target}"),
        (_, None, folder) => format!("spec/{folder}/{target}"),
    }
}

fn everything_is_used(spec: &Spec) -> Vec<String> {
    let mut used = BTreeSet::new();
    for file in &spec.files {
        used.extend(references(file).into_iter().map(|(target, key)| (target_file(file, &target), key)));
    }
    let mut breaches = Vec::new();
    for file in spec.files.iter().filter(|file| file.path != ROOT) {
        let keys = file.text.lines().filter(|line| !line.starts_with([' ', '#', '-', '}', ']']));
        let keys = keys.filter_map(|line| Some(line.split_once(':')?.0.to_owned()));
        let is_implied = |key: &str| {
            ["responses.yaml", "headers.yaml"].contains(&room(file).1) && spec.implied.contains(&quoted(key))
        };
        let unused = keys.filter(|key| !used.contains(&(file.path.clone(), key.clone())) && !is_implied(key));
        breaches.extend(unused.map(|key| format!("{}: {key}", file.path)));
    }
    let text = spec.document.to_string();
    let security = |value: &Value| items(&value["security"]).cloned().collect::<Vec<_>>();
    let asked: Vec<Value> = spec
        .entries()
        .iter()
        .flat_map(|entry| security(entry.text))
        .chain(security(&spec.document))
        .collect();
    // The bundle inlines parameters and responses where they are used. The check of the source files covers them.
    let kept = |section: &str| !["parameters", "responses"].contains(&section);
    for (section, components) in members(&spec.document["components"]).filter(|(section, _)| kept(section)) {
        for (name, _) in members(components) {
            let is_used = text.contains(&format!("\"#/components/{section}/{name}\""))
                || (section == "securitySchemes"
                    && asked.iter().any(|alternative| alternative.get(name).is_some()));
            breaches.extend(unless(is_used, format!("components.{section}.{name}")));
        }
    }
    breaches
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn what_is_implied_is_not_repeated(spec: &Spec) -> Vec<String> {
    // Also responses of operations for which they are not implied. The bundler refuses the others.
    const OWN: [&str; 3] = ["Conflict", "NotFound", "Unauthorized"];
    let paths = spec.files.iter().filter(|file| room(file).1 == "paths.yaml");
    let repeated = |file: &File| {
        let shared = references(file).into_iter().filter(|(target, _)| {
            ["../shared/responses.yaml", "../shared/headers.yaml"].contains(&target.as_str())
        });
        let implied =
            shared.filter(|(_, key)| spec.implied.contains(&quoted(key)) && !OWN.contains(&key.as_str()));
        implied.map(|(_, key)| format!("{}: {key}", file.path)).collect::<Vec<_>>()
    };
    paths.flat_map(repeated).collect()
}

/// Returns the column of the first key of a line, after the dash of a list item.
fn column(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '-']).len()
}

fn is_item(line: &str) -> bool {
    line.trim_start().starts_with('-')
}

fn references_stand_alone(spec: &Spec) -> Vec<String> {
    let in_flow = Regex::new(r"\{[^{}]*,\s*\$ref|\$ref:[^{},]*,\s*\w").expect("the pattern compiles");
    let mut breaches = Vec::new();
    for file in &spec.files {
        let lines: Vec<&str> = file.text.lines().filter(|line| !line.trim().is_empty()).collect();
        for (index, line) in lines.iter().enumerate() {
            let is_block = line.trim_start_matches([' ', '-']).starts_with("$ref:");
            let (own, begins) = (column(line), is_item(line));
            let next = lines[index + 1..].iter().find(|other| column(other) <= own);
            let last = lines[..index].iter().rev().find(|other| column(other) <= own);
            let has_sibling = next.is_some_and(|next| column(next) == own && !is_item(next))
                || (!begins && last.is_some_and(|last| column(last) == own));
            if (is_block && has_sibling) || in_flow.is_match(line) {
                breaches.push(format!("{}: {}", file.path, line.trim()));
            }
        }
    }
    breaches
}

fn text_is_tidy(spec: &Spec) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in &spec.files {
        let is_untidy = |line: &&str| {
            let indent = line.len() - line.trim_start_matches(' ').len();
            line.contains('\t') || line.ends_with([' ', '\r']) || indent % 2 == 1
        };
        let untidy = file.text.split('\n').filter(is_untidy);
        breaches.extend(untidy.map(|line| format!("{}: {line:?}", file.path)));
        let ends = file.text.ends_with('\n') && !file.text.ends_with("\n\n");
        breaches.extend(unless(ends, format!("{} does not end in one line break", file.path)));
    }
    breaches
}
