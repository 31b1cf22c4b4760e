//! Coverage as text: totals, then the missing facts by operation.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use agora_api::OPERATIONS;
use agora_harness::coverage::{Fact, Form, Outcome, Subject};

use crate::figures::{KINDS, counts, share};
use crate::gaps::Gaps;
use crate::merge::{Coverage, Seen};

/// Formats a share as a readable percentage.
pub fn percent(part: usize, all: usize) -> String {
    let share = share(part, all);
    format!("{}.{:02} %", share / 100, share % 100)
}

/// Formats a fact without its operation.
pub fn words(what: &Subject) -> String {
    let reported = |outcome: &Outcome| if *outcome == Outcome::Kept { "kept" } else { "broken" };
    match what {
        Subject::Called => "never called".to_owned(),
        Subject::Status(status) => status.to_string(),
        Subject::Parameter { place, outcome } => format!("{place} {}", reported(outcome)),
        Subject::Keyword { place, word, outcome } => format!("{place} {word} {}", reported(outcome)),
        Subject::Bound { place, word, outcome: Outcome::Kept } => format!("{place} at {word}"),
        Subject::Bound { place, word, outcome: Outcome::Broken } => format!("{place} beyond {word}"),
        Subject::Code { status, code } => format!("{status} {code}"),
        Subject::Sent { place, form } => format!("{place} {}", formed(*form)),
        Subject::Answered { status, place, form } => format!("{status} {place} {}", formed(*form)),
        Subject::Header { status, name } => format!("{status} header {name}"),
        Subject::Pair { first, second } => format!("query {first} with {second}"),
    }
}

fn formed(form: Form) -> &'static str {
    match form {
        Form::Value => "value",
        Form::Null => "null",
        Form::Absent => "absent",
    }
}

/// Renders one line per kind.
pub fn totals(coverage: &Coverage) -> String {
    let counts = counts(coverage.facts.iter());
    let mut text = format!("{:<20} {:>7} {:>7} {:>9} {:>11}\n", "", "known", "tests", "", "with fuzz");
    for kind in KINDS {
        let count = counts.get(kind).copied().unwrap_or_default();
        let (tests, any) = (percent(count.tests, count.all), percent(count.any, count.all));
        let _ = writeln!(
            text,
            "{:<20} {:>7} {:>7} {tests:>9} {any:>11}",
            kind.replace('_', " "),
            count.all,
            count.tests
        );
    }
    text
}

/// Renders the totals and all missing facts.
pub fn whole(coverage: &Coverage) -> String {
    let mut text = totals(coverage);
    for (title, is_reported) in [("Seen nowhere", Seen::Nowhere), ("Seen by fuzz runs only", Seen::Fuzz)] {
        let facts = coverage.facts.iter().filter(|(_, seen)| **seen == is_reported).map(|(fact, _)| fact);
        let _ = write!(text, "\n{title}\n{}", by_operation(facts));
    }
    text
}

/// Renders the number of gaps by reason.
pub fn reasons(gaps: &Gaps) -> String {
    let mut text = String::from("\nGaps by reason\n");
    for (count, reason) in gaps.reasons() {
        let _ = writeln!(text, "{count:>7} {reason}");
    }
    text
}

/// Renders a list below a title, or nothing if it is empty.
pub fn listed(title: &str, facts: &[String]) -> String {
    if facts.is_empty() { String::new() } else { format!("\n{title}:\n  {}\n", facts.join("\n  ")) }
}

/// Formats a fact as one line of the file of gaps.
pub fn line(fact: &Fact) -> String {
    format!("{} {}", fact.operation, words(&fact.what))
}

fn by_operation<'a>(facts: impl Iterator<Item = &'a Fact>) -> String {
    let mut groups: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for fact in facts {
        groups.entry(&fact.operation).or_default().push(words(&fact.what));
    }
    let mut text = String::new();
    for operation in OPERATIONS {
        for line in groups.get(operation.id).into_iter().flatten() {
            let _ = writeln!(text, "  {:<28} {line}", operation.id);
        }
    }
    text
}
