//! Sizes, words and habits.

use std::collections::BTreeSet;

use super::Rule;
use super::sources::{Source, Tree, pattern};

pub(crate) const RULES: &[Rule] = &[
    Rule { id: "B31", sentence: "No hand-written file has more than 600 lines.", breaches: files_are_short },
    Rule { id: "B32", sentence: "No function has more than 80 lines.", breaches: functions_are_short },
    Rule {
        id: "B33",
        sentence: "A file begins with a paragraph, `//!`, that says what it is.",
        breaches: files_say_what_they_are,
    },
    Rule {
        id: "B34",
        sentence: "Lints are met by `#[expect(..., reason = ...)]`, not by `#[allow]`.",
        breaches: lints_are_expected,
    },
    Rule {
        id: "B35",
        sentence: "Nothing is left to do: no todo!, unimplemented! or dbg!.",
        breaches: nothing_is_left_to_do,
    },
    Rule {
        id: "B36",
        sentence: "Modules are named by what they hold: none is utils, helpers, common, manager or service.",
        breaches: modules_have_names,
    },
    Rule {
        id: "B37",
        sentence: "Hand-written Rust is in cluster/, contract/, server/ and harness/ only.",
        breaches: rust_has_its_places,
    },
    Rule {
        id: "B38",
        sentence: "Tests do not sleep: they wait for what they expect, or move the clock of the sandbox.",
        breaches: tests_do_not_sleep,
    },
];

const LINES_OF_A_FILE: usize = 600;
const LINES_OF_A_FUNCTION: usize = 80;

fn files_are_short(tree: &Tree) -> Vec<String> {
    let sources = tree.sources.iter().map(|source| (&source.path, &source.text));
    let all = sources.chain(tree.scripts.iter().map(|file| (&file.path, &file.text)));
    let sized = all.map(|(path, text)| (path, text.lines().count()));
    sized
        .filter(|(_, lines)| *lines > LINES_OF_A_FILE)
        .map(|(path, lines)| format!("{path}: {lines}"))
        .collect()
}

/// The functions of code: name, first line, number of lines.
fn functions(code: &str) -> Vec<(String, usize, usize)> {
    let name = pattern(r"\bfn\s+(\w+)");
    let mut found = Vec::new();
    for function in name.captures_iter(code) {
        let start = function.get(0).map_or(0, |whole| whole.start());
        let (mut braces, mut brackets) = (0_i32, 0_i32);
        for (at, c) in code[start..].char_indices() {
            match c {
                '{' => braces += 1,
                '}' => braces -= 1,
                '(' | '[' => brackets += 1,
                ')' | ']' => brackets -= 1,
                _ => {}
            }
            let is_declaration = c == ';' && braces == 0 && brackets == 0;
            if (c == '}' && braces == 0) || braces < 0 || is_declaration {
                let lines = 1 + code[start..=start + at].matches('\n').count();
                found.push((function[1].to_owned(), 1 + code[..start].matches('\n').count(), lines));
                break;
            }
        }
    }
    found
}

fn functions_are_short(tree: &Tree) -> Vec<String> {
    let long = |source: &Source| {
        let all = functions(&source.parts.code).into_iter();
        let long = all.filter(|(_, _, lines)| *lines > LINES_OF_A_FUNCTION);
        long.map(|(name, line, lines)| format!("{}:{line}: {name} has {lines}", source.path))
            .collect::<Vec<_>>()
    };
    tree.sources.iter().flat_map(long).collect()
}

fn files_say_what_they_are(tree: &Tree) -> Vec<String> {
    let mute = tree.sources.iter().filter(|source| !source.text.starts_with("//! "));
    mute.map(|source| source.path.clone()).collect()
}

fn of_all(tree: &Tree, text: &str) -> Vec<String> {
    let pattern = pattern(text);
    tree.sources.iter().flat_map(|source| source.lines(&pattern)).collect()
}

fn lints_are_expected(tree: &Tree) -> Vec<String> {
    of_all(tree, r"#!?\[\s*(cfg_attr\(.*,\s*)?allow\s*\(")
}

fn nothing_is_left_to_do(tree: &Tree) -> Vec<String> {
    of_all(tree, r"\b(todo|unimplemented|dbg)!")
}

fn modules_have_names(tree: &Tree) -> Vec<String> {
    let hollow = "utils?|helpers?|common|managers?|services?";
    let in_path = pattern(&format!(r"(^|/)({hollow})(\.rs|/)"));
    let files = tree.sources.iter().filter(|source| in_path.is_match(&source.path));
    let mut breaches: Vec<String> = files.map(|source| source.path.clone()).collect();
    breaches.extend(of_all(tree, &format!(r"\bmod\s+({hollow})\b")));
    breaches
}

fn rust_has_its_places(tree: &Tree) -> Vec<String> {
    let places = ["cluster", "contract", "server", "harness"];
    let folders = tree.sources.iter().map(|source| source.path.split('/').next().unwrap_or_default());
    let strange: BTreeSet<&str> = folders.filter(|folder| !places.contains(folder)).collect();
    strange.into_iter().map(str::to_owned).collect()
}

fn tests_do_not_sleep(tree: &Tree) -> Vec<String> {
    let sleeping = pattern(r"\bsleep(_until)?\s*\(|\b(thread|time)::sleep\b");
    let tests = tree.sources.iter().filter(|source| source.path.starts_with("harness/tests/"));
    tests.flat_map(|source| source.lines(&sleeping)).collect()
}

#[test]
fn functions_are_counted_with_their_inner_braces() {
    let code = "trait A { fn a(&self) -> [u8; 2]; }\nfn b() {\n    if x { y }\n}\n";
    assert_eq!(functions(code), [("a".to_owned(), 1, 1), ("b".to_owned(), 2, 3)]);
}
