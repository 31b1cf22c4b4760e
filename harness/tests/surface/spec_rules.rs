//! Checks the spec against `docs/api-style.md`, rule by rule. A rule is a function from the spec (the bundled document
//! and the texts under `spec/`) to its breaches. Its sentence exists only in the style guide and is printed with the
//! breaches. `broken` plants a breach for every rule, which proves that the rule works.

mod authorization;
mod broken;
mod conditions;
mod document;
mod examples;
mod fuzzing;
mod layout;
mod limits;
mod operations;
pub(crate) mod repository;
mod responses;
mod schemas;
mod walk;

use std::collections::BTreeMap;

use document::Spec;

/// A rule: its id in `docs/api-style.md`, and the function that finds its breaches.
pub(crate) struct Rule {
    id: &'static str,
    breaches: fn(&Spec) -> Vec<String>,
}

const GROUPS: &[&[Rule]] = &[
    layout::RULES,
    operations::RULES,
    limits::RULES,
    authorization::RULES,
    conditions::RULES,
    responses::RULES,
    schemas::RULES,
    examples::RULES,
    fuzzing::RULES,
];

/// Returns the sentences of the style guide by id, from lines of the form `- **R1** sentence`.
fn sentences() -> BTreeMap<String, String> {
    let guide = repository::text("docs/api-style.md");
    let rule = |line: &str| {
        let (id, sentence) = line.strip_prefix("- **")?.split_once("** ")?;
        Some((id.to_owned(), sentence.to_owned()))
    };
    guide.lines().filter_map(rule).collect()
}

/// Fails with all breaches of all rules of a group.
fn hold(rules: &[Rule]) {
    let (spec, sentences) = (Spec::read(), sentences());
    let mut report = String::new();
    for rule in rules {
        let breaches = (rule.breaches)(&spec);
        if !breaches.is_empty() {
            let sentence = sentences.get(rule.id).map_or("", String::as_str);
            report.push_str(&format!("\n{} {sentence}\n    {}\n", rule.id, breaches.join("\n    ")));
        }
    }
    assert!(report.is_empty(), "the spec breaks rules of docs/api-style.md:\n{report}");
}

#[test]
fn files_under_spec_are_laid_out_by_the_style_guide() {
    hold(layout::RULES);
}

#[test]
fn operations_are_named_and_described_by_the_style_guide() {
    hold(operations::RULES);
}

#[test]
fn bodies_are_as_large_as_their_schemas_let_them_be() {
    hold(limits::RULES);
}

#[test]
fn operations_say_who_may_call_them() {
    hold(authorization::RULES);
}

#[test]
fn retries_and_conditions_are_declared_where_they_work() {
    hold(conditions::RULES);
}

#[test]
fn operations_list_the_answers_that_they_can_give() {
    hold(responses::RULES);
}

#[test]
fn schemas_keep_to_what_the_generators_understand() {
    hold(schemas::RULES);
}

#[test]
fn examples_are_there_and_keep_their_schemas() {
    hold(examples::RULES);
}

#[test]
fn the_fuzz_run_finds_rules_and_links() {
    hold(fuzzing::RULES);
}

#[test]
fn style_guide_and_rules_name_each_other() {
    let locked: Vec<&str> = GROUPS.iter().flat_map(|group| group.iter().map(|rule| rule.id)).collect();
    let sentences = sentences();
    let unwritten: Vec<_> = locked.iter().filter(|id| !sentences.contains_key(**id)).collect();
    let by_review = |sentence: &str| sentence.ends_with("(review).");
    let unheld: Vec<_> = sentences
        .iter()
        .filter(|(id, sentence)| locked.contains(&id.as_str()) == by_review(sentence))
        .map(|(id, _)| id)
        .collect();
    assert!(unwritten.is_empty(), "docs/api-style.md has no sentence for {unwritten:?}");
    assert!(
        unheld.is_empty(),
        "a rule is held by a test or marked `(review)`, not both or neither: {unheld:?}"
    );
}
