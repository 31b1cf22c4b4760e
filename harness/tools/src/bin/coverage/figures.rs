//! Coverage figures: the number of facts of each kind, and of those that tests and fuzz runs have covered.

use std::collections::BTreeMap;

use agora_harness::coverage::{Fact, Outcome, Subject};

use crate::merge::Seen;

/// The kinds of facts, in report order.
pub const KINDS: [&str; 13] = [
    "operations",
    "statuses",
    "codes",
    "headers",
    "response_members",
    "parameters_kept",
    "parameters_broken",
    "pairs",
    "members",
    "keywords_kept",
    "keywords_broken",
    "bounds_kept",
    "bounds_broken",
];

/// Returns the kind of a fact.
pub fn kind(fact: &Fact) -> &'static str {
    match &fact.what {
        Subject::Called => "operations",
        Subject::Status(_) => "statuses",
        Subject::Code { .. } => "codes",
        Subject::Header { .. } => "headers",
        Subject::Answered { .. } => "response_members",
        Subject::Parameter { outcome: Outcome::Kept, .. } => "parameters_kept",
        Subject::Parameter { outcome: Outcome::Broken, .. } => "parameters_broken",
        Subject::Pair { .. } => "pairs",
        Subject::Sent { .. } => "members",
        Subject::Keyword { outcome: Outcome::Kept, .. } => "keywords_kept",
        Subject::Keyword { outcome: Outcome::Broken, .. } => "keywords_broken",
        Subject::Bound { outcome: Outcome::Kept, .. } => "bounds_kept",
        Subject::Bound { outcome: Outcome::Broken, .. } => "bounds_broken",
    }
}

/// The figures of one kind.
#[derive(Clone, Copy, Default)]
pub struct Count {
    /// Number of facts that the contract allows.
    pub all: usize,
    /// Number of facts covered by tests.
    pub tests: usize,
    /// Number of facts covered by tests or fuzz runs.
    pub any: usize,
}

/// Counts facts by kind.
pub fn counts<'a>(facts: impl Iterator<Item = (&'a Fact, &'a Seen)>) -> BTreeMap<&'static str, Count> {
    let mut counts: BTreeMap<&'static str, Count> = BTreeMap::new();
    for (fact, seen) in facts {
        let count = counts.entry(kind(fact)).or_default();
        count.all += 1;
        count.tests += usize::from(*seen == Seen::Tests);
        count.any += usize::from(*seen != Seen::Nowhere);
    }
    counts
}

/// Returns a share in hundredths of a percent, rounded down: only full coverage is 10,000.
pub fn share(part: usize, all: usize) -> usize {
    (part * 10_000).checked_div(all).unwrap_or(10_000)
}
