//! Coverage figures that may only rise: the share of each kind of fact that tests covered, in hundredths of a percent.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use agora_harness::coverage::{Fact, Outcome, Subject};

use crate::merge::{Coverage, Seen};

/// The kinds of facts, in report order.
pub const KINDS: [&str; 6] =
    ["operations", "statuses", "parameters_kept", "parameters_broken", "keywords_kept", "keywords_broken"];

/// Returns the kind of a fact.
pub fn kind(fact: &Fact) -> &'static str {
    match &fact.what {
        Subject::Called => "operations",
        Subject::Status(_) => "statuses",
        Subject::Parameter { outcome: Outcome::Kept, .. } => "parameters_kept",
        Subject::Parameter { outcome: Outcome::Broken, .. } => "parameters_broken",
        Subject::Keyword { outcome: Outcome::Kept, .. } => "keywords_kept",
        Subject::Keyword { outcome: Outcome::Broken, .. } => "keywords_broken",
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

/// Figures by kind.
#[derive(Debug, Eq, PartialEq)]
pub struct Figures(BTreeMap<String, usize>);

/// Result of comparing figures with those of the gate.
#[derive(Debug, Eq, PartialEq)]
pub enum Verdict {
    /// The kinds with figures below the gate.
    Lower(Vec<String>),
    /// All figures equal the gate.
    Same,
    /// No figure has fallen and some have risen.
    Higher,
}

impl Figures {
    /// Computes the figures of the tests.
    pub fn from_coverage(coverage: &Coverage) -> Self {
        let counts = counts(coverage.facts.iter());
        Self(counts.iter().map(|(kind, count)| ((*kind).to_owned(), share(count.tests, count.all))).collect())
    }

    /// Parses the figures of a file: one line per kind, with its name and its percentage.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::parse(&text)
            .map_err(|line| format!("{}: '{line}' is not a kind and its figure", path.display()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let figure = |line: &str| {
            let (kind, figure) = line.split_once(' ')?;
            let (whole, hundredths) = figure.trim().split_once('.').filter(|(_, part)| part.len() == 2)?;
            let figure = whole.parse::<usize>().ok()? * 100 + hundredths.parse::<usize>().ok()?;
            KINDS.contains(&kind).then(|| (kind.to_owned(), figure))
        };
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| figure(line).ok_or_else(|| line.to_owned())).collect::<Result<_, _>>().map(Self)
    }

    /// Returns the figure of a kind, or 0 if it is missing.
    pub fn get(&self, kind: &str) -> usize {
        self.0.get(kind).copied().unwrap_or_default()
    }

    /// Compares the figures with those of the gate; a kind missing from the gate counts as zero there.
    pub fn against(&self, gate: &Self) -> Verdict {
        let fallen: Vec<String> = KINDS
            .iter()
            .filter(|kind| self.get(kind) < gate.get(kind))
            .map(|kind| (*kind).to_owned())
            .collect();
        match (fallen.is_empty(), self == gate) {
            (false, _) => Verdict::Lower(fallen),
            (true, true) => Verdict::Same,
            (true, false) => Verdict::Higher,
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "# How much of the contract the tests exercise, in percent; these may only rise."
        )?;
        for kind in KINDS {
            let figure = self.get(kind);
            writeln!(formatter, "{kind} {}.{:02}", figure / 100, figure % 100)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falling_and_rising_figures_are_reported() {
        let gate = Figures::parse("# why\noperations 100.00\nstatuses 99.50\n").expect("figures");
        assert_eq!(gate.against(&gate), Verdict::Same);
        let lower = Figures::parse("operations 100.00\nstatuses 99.49\n").expect("figures");
        assert_eq!(lower.against(&gate), Verdict::Lower(vec!["statuses".to_owned()]));
        assert_eq!(gate.against(&lower), Verdict::Higher);
        assert_eq!(Figures::parse("operatoins 1.00"), Err("operatoins 1.00".to_owned()));
        assert_eq!((share(1999, 2000), share(2000, 2000), share(0, 0)), (9995, 10_000, 10_000));
    }
}
