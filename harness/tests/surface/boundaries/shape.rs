//! Rules for sizes, names and style of the code.

use std::collections::BTreeSet;

use agora_harness::spec::MESSAGE_WORDS;

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
        sentence: "Hand-written Rust is in crates/, server/ and harness/ only.",
        breaches: rust_has_its_places,
    },
    Rule {
        id: "B38",
        sentence: "Tests do not sleep: they wait for what they expect, or move the clock of the sandbox.",
        breaches: tests_do_not_sleep,
    },
    Rule {
        id: "B39",
        sentence: "Validation messages begin with must, unknown, invalid or missing.",
        breaches: messages_say_what_must_hold,
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

/// Returns the functions in code: name, first line, number of lines.
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
    let places = ["crates", "server", "harness"];
    let folders = tree.sources.iter().map(|source| source.path.split('/').next().unwrap_or_default());
    let strange: BTreeSet<&str> = folders.filter(|folder| !places.contains(folder)).collect();
    strange.into_iter().map(str::to_owned).collect()
}

fn tests_do_not_sleep(tree: &Tree) -> Vec<String> {
    let sleeping = pattern(r"\bsleep(_until)?\s*\(|\b(thread|time)::sleep\b");
    let tests = tree.sources.iter().filter(|source| source.path.starts_with("harness/tests/"));
    tests.flat_map(|source| source.lines(&sleeping)).collect()
}

/// Returns the string literals with a space in calls that create a violation, and in functions that word the messages
/// of keywords.
fn messages(source: &Source) -> Vec<&(usize, String)> {
    let call =
        pattern(r#"\b((Violation::new|Error::field|Self::field|self\.report)\s*\(|violation\s*\(\s*"")"#);
    let mut lines = BTreeSet::new();
    for found in call.find_iter(&source.parts.code) {
        let first = 1 + source.parts.code[..found.start()].matches('\n').count();
        let length = closing(&source.parts.code[found.end()..]);
        let inner = &source.parts.code[found.end()..found.end() + length];
        lines.extend(first..=first + inner.matches('\n').count());
    }
    if source.path == "crates/runtime/src/violation.rs" {
        let wording = ["message", "at_least", "at_most", "unknown"];
        let all = functions(&source.parts.code).into_iter();
        for (_, first, count) in all.filter(|(name, ..)| wording.contains(&name.as_str())) {
            lines.extend(first..first + count);
        }
    }
    let strings = source.parts.strings.iter();
    strings.filter(|(line, text)| lines.contains(line) && text.contains(' ')).collect()
}

/// Returns the length of a call's arguments, up to the closing parenthesis.
fn closing(arguments: &str) -> usize {
    let mut depth = 1_i32;
    let end = arguments.char_indices().find(|(_, c)| {
        depth += i32::from(*c == '(') - i32::from(*c == ')');
        depth == 0
    });
    end.map_or(arguments.len(), |(at, _)| at)
}

fn messages_say_what_must_hold(tree: &Tree) -> Vec<String> {
    let is_product =
        |source: &&Source| ["crates/runtime/", "server/"].iter().any(|it| source.path.starts_with(it));
    let is_plain = |text: &str| MESSAGE_WORDS.iter().any(|word| text.starts_with(&format!("{word} ")));
    let odd = |source: &Source| {
        let odd = messages(source).into_iter().filter(|(_, text)| !is_plain(text));
        odd.map(|(line, text)| format!("{}:{line}: {text}", source.path)).collect::<Vec<_>>()
    };
    tree.sources.iter().filter(is_product).flat_map(odd).collect()
}

#[test]
fn messages_are_found_in_calls_and_in_the_wording_of_keywords() {
    let tree = Tree::read();
    let found: Vec<&str> = tree.sources.iter().flat_map(messages).map(|(_, text)| text.as_str()).collect();
    for message in ["must be at least {limit}", "must not look like a UUID", "must be a cursor of this list"]
    {
        assert!(found.contains(&message), "{found:#?}");
    }
}

#[test]
fn functions_are_counted_with_their_inner_braces() {
    let code = "trait A { fn a(&self) -> [u8; 2]; }\nfn b() {\n    if x { y }\n}\n";
    assert_eq!(functions(code), [("a".to_owned(), 1, 1), ("b".to_owned(), 2, 3)]);
}
