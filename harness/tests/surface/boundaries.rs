//! Rules for the boundaries of the code: imports, the places of SQL and routes, and sizes. The sources are read as
//! text, so that a report quotes the rule's sentence. Each rule is a function from the tree to its breaches. `broken`
//! plants a breach for every rule.

mod broken;
mod circles;
mod code;
mod imports;
mod paths;
mod queries;
mod routes;
mod shape;
mod sources;

use sources::Tree;

/// A rule, with the function that finds its breaches.
pub(crate) struct Rule {
    id: &'static str,
    sentence: &'static str,
    breaches: fn(&Tree) -> Vec<String>,
}

const GROUPS: &[&[Rule]] = &[imports::RULES, circles::RULES, queries::RULES, routes::RULES, shape::RULES];

/// Fails with all breaches of all rules of a group.
fn hold(rules: &[Rule]) {
    let tree = Tree::read();
    let mut report = String::new();
    for rule in rules {
        let breaches = (rule.breaches)(&tree);
        if !breaches.is_empty() {
            report.push_str(&format!("\n{} {}\n    {}\n", rule.id, rule.sentence, breaches.join("\n    ")));
        }
    }
    assert!(report.is_empty(), "the code crosses its boundaries:\n{report}");
}

#[test]
fn modules_import_only_what_they_may() {
    hold(imports::RULES);
    hold(circles::RULES);
}

#[test]
fn sql_stands_in_queries_under_its_own_label() {
    hold(queries::RULES);
}

#[test]
fn routes_come_from_the_contract() {
    hold(routes::RULES);
}

#[test]
fn code_keeps_its_size_and_its_words() {
    hold(shape::RULES);
}
