//! Coverage as a self-contained HTML page: totals, missing facts, then one table per tag.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use agora_api::OPERATIONS;
use agora_harness::coverage::{Fact, Outcome, Subject};
use agora_runtime::Operation;

use crate::figures::{Count, KINDS, counts};
use crate::gaps::Gaps;
use crate::merge::{Coverage, Seen};
use crate::text::{line, percent, words};

const STYLE: &str = include_str!("page.css");

/// Returns the CSS class and the sign of a source, so that the page does not rely on colour alone.
fn mark(seen: Seen) -> (&'static str, &'static str) {
    match seen {
        Seen::Tests => ("tests", "✓"),
        Seen::Fuzz => ("fuzz", "~"),
        Seen::Nowhere => ("nowhere", "✗"),
    }
}

/// Renders the page.
pub fn html(coverage: &Coverage, gaps: &Gaps) -> String {
    let tags = tags();
    let links: String = tags.iter().map(|(tag, _)| format!("<a href=\"#{tag}\">{tag}</a>")).collect();
    let tables: String = tags.iter().map(|(tag, operations)| table(coverage, tag, operations)).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Coverage of the contract</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <h1>Coverage of the contract</h1>\n\
         <p class=\"quiet\">What was asked of the server, and held against the contract. A value is kept by a request \
         that was accepted with it, and broken by one that was refused for it.</p>\n\
         <p>{} {} {}</p>\n{}\n<nav><a href=\"#missing\">missing</a>{links}</nav>\n{}\n{tables}</body>\n</html>\n",
        chip(Seen::Tests, "by tests"),
        chip(Seen::Fuzz, "by fuzz runs only"),
        chip(Seen::Nowhere, "not at all"),
        tiles(coverage),
        missing(coverage, gaps),
    )
}

fn chip(seen: Seen, text: &str) -> String {
    let (class, sign) = mark(seen);
    format!("<span class=\"mark {class}\">{sign} {}</span>", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Returns the tags in alphabetical order, each with its operations.
fn tags() -> Vec<(&'static str, Vec<&'static Operation>)> {
    let mut tags: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
    for operation in OPERATIONS {
        tags.entry(operation.tag).or_default().push(operation);
    }
    tags.into_iter().collect()
}

fn tiles(coverage: &Coverage) -> String {
    let counts = counts(coverage.facts.iter());
    let tile = |kind: &&str| {
        let Count { all, tests, any } = counts.get(*kind).copied().unwrap_or_default();
        format!(
            "<div class=\"tile\">{}<b>{}</b>\
             <div class=\"bar\"><i style=\"width:{:.2}%\"></i><i style=\"width:{:.2}%\"></i></div>\
             <span class=\"quiet\">{tests} of {all}; {} with fuzz</span></div>\n",
            kind.replace('_', " "),
            percent(tests, all),
            width(tests, all),
            width(any - tests, all),
            percent(any, all),
        )
    };
    format!("<div class=\"tiles\">\n{}</div>", KINDS.iter().map(tile).collect::<String>())
}

#[expect(clippy::cast_precision_loss, reason = "counts of facts are far below 2 to the 52nd")]
fn width(part: usize, all: usize) -> f64 {
    if all == 0 { 0.0 } else { part as f64 * 100.0 / all as f64 }
}

fn missing(coverage: &Coverage, gaps: &Gaps) -> String {
    let mut rows = String::new();
    for operation in OPERATIONS {
        let mut by_reason: BTreeMap<&str, String> = BTreeMap::new();
        for (fact, seen) in facts_of(coverage, operation).filter(|(_, seen)| **seen != Seen::Tests) {
            by_reason.entry(gaps.reason(&line(fact))).or_default().push_str(&chip(*seen, &words(&fact.what)));
        }
        for (reason, chips) in by_reason {
            let _ = writeln!(
                rows,
                "<tr><td>{}</td><td>{chips}</td><td>{}</td></tr>",
                name(operation),
                escaped(reason)
            );
        }
    }
    if rows.is_empty() {
        return "<h2 id=\"missing\">Missing</h2>\n<p>Nothing.</p>".to_owned();
    }
    format!(
        "<h2 id=\"missing\">Missing</h2>\n<div class=\"scroll\"><table>\n\
         <thead><tr><th>Operation</th><th>Shown by no test</th><th>Reason</th></tr></thead>\n<tbody>\n{rows}</tbody></table></div>"
    )
}

fn facts_of<'a>(coverage: &'a Coverage, operation: &Operation) -> impl Iterator<Item = (&'a Fact, &'a Seen)> {
    coverage.facts.iter().filter(move |(fact, _)| fact.operation == operation.id)
}

fn name(operation: &Operation) -> String {
    format!(
        "<code><span class=\"method\">{}</span>{}</code><br><span class=\"quiet\">{}</span>",
        operation.method,
        escaped(operation.path),
        operation.id
    )
}

fn table(coverage: &Coverage, tag: &str, operations: &[&Operation]) -> String {
    let rows: String = operations.iter().map(|operation| row(coverage, operation)).collect();
    format!(
        "<h2 id=\"{tag}\">{tag}</h2>\n<div class=\"scroll\"><table>\n\
         <thead><tr><th>Operation</th><th>Statuses</th><th>Parameters</th><th>Keywords</th></tr></thead>\n\
         <tbody>\n{rows}</tbody></table></div>\n"
    )
}

fn row(coverage: &Coverage, operation: &Operation) -> String {
    let mut statuses = String::new();
    let (mut parameters, mut keywords) = (Outcomes::new(), Outcomes::new());
    for (fact, seen) in facts_of(coverage, operation) {
        match &fact.what {
            // The table of missing facts names those of the other kinds.
            Subject::Called
            | Subject::Code { .. }
            | Subject::Bound { .. }
            | Subject::Sent { .. }
            | Subject::Answered { .. }
            | Subject::Header { .. }
            | Subject::Pair { .. } => {}
            Subject::Status(status) => statuses.push_str(&chip(*seen, &status.to_string())),
            Subject::Parameter { place, outcome } => {
                parameters.entry(place.clone()).or_default().insert(*outcome, *seen);
            }
            Subject::Keyword { place, word, outcome } => {
                keywords.entry(format!("{place} {word}")).or_default().insert(*outcome, *seen);
            }
        }
    }
    format!(
        "<tr><td>{}</td><td>{statuses}</td><td>{}</td><td>{}</td></tr>\n",
        name(operation),
        folded(&parameters),
        folded(&keywords),
    )
}

/// Outcomes of values, grouped by their subject.
type Outcomes = BTreeMap<String, BTreeMap<Outcome, Seen>>;

fn outcomes(of: &Outcomes) -> String {
    let mut rows = String::new();
    for (name, seen) in of {
        let cell = |outcome: Outcome, word: &str| {
            seen.get(&outcome).map_or_else(String::new, |seen| chip(*seen, word))
        };
        let (kept, broken) = (cell(Outcome::Kept, "kept"), cell(Outcome::Broken, "broken"));
        let _ =
            write!(rows, "<tr><td><code>{}</code></td><td>{kept}</td><td>{broken}</td></tr>", escaped(name));
    }
    format!("<table>{rows}</table>")
}

/// Renders the number of facts per mark, with an expandable list of them.
fn folded(of: &Outcomes) -> String {
    let all: Vec<Seen> = of.values().flat_map(|seen| seen.values().copied()).collect();
    let chips = [Seen::Tests, Seen::Fuzz, Seen::Nowhere].map(|wanted| {
        let count = all.iter().filter(|seen| **seen == wanted).count();
        if count == 0 { String::new() } else { chip(wanted, &count.to_string()) }
    });
    if all.is_empty() {
        return "–".to_owned();
    }
    format!("<details><summary>{}</summary>{}</details>", chips.concat(), outcomes(of))
}
