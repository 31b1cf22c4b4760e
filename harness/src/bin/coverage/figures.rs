//! The figures that may only rise: of each kind of fact, how much of it the tests have shown, in hundredths of a percent.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use agora_harness::coverage::{Fact, Outcome, What};

use crate::merge::{Coverage, Seen};

/// The kinds of facts, in the order in which they are told.
pub const KINDS: [&str; 6] =
    ["operations", "statuses", "parameters_kept", "parameters_broken", "keywords_kept", "keywords_broken"];

/// The kind of a fact.
pub fn kind(fact: &Fact) -> &'static str {
    match &fact.what {
        What::Called => "operations",
        What::Status(_) => "statuses",
        What::Parameter { outcome: Outcome::Kept, .. } => "parameters_kept",
        What::Parameter { outcome: Outcome::Broken, .. } => "parameters_broken",
        What::Keyword { outcome: Outcome::Kept, .. } => "keywords_kept",
        What::Keyword { outcome: Outcome::Broken, .. } => "keywords_broken",
    }
}

/// A kind's figures.
#[derive(Clone, Copy, Default)]
pub struct Count {
    /// What the contract allows.
    pub all: usize,
    /// What tests have shown.
    pub tests: usize,
    /// What tests or fuzz runs have shown.
    pub any: usize,
}

/// The figures of some facts.
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

/// A part in hundredths of a percent, rounded down: only all is 10000.
pub fn share(part: usize, all: usize) -> usize {
    (part * 10_000).checked_div(all).unwrap_or(10_000)
}

/// Figures by kind.
#[derive(Debug, Eq, PartialEq)]
pub struct Figures(BTreeMap<String, usize>);

/// How figures stand to those of the gate.
#[derive(Debug, Eq, PartialEq)]
pub enum Verdict {
    /// These have fallen.
    Lower(Vec<String>),
    /// All are the same.
    Same,
    /// None has fallen, some have risen.
    Higher,
}

impl Figures {
    /// The figures of the tests.
    pub fn of(coverage: &Coverage) -> Self {
        let counts = counts(coverage.facts.iter());
        Self(counts.iter().map(|(kind, count)| ((*kind).to_owned(), share(count.tests, count.all))).collect())
    }

    /// The figures of a file: a line a kind, its name and its percentage.
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

    /// A figure.
    pub fn get(&self, kind: &str) -> usize {
        self.0.get(kind).copied().unwrap_or_default()
    }

    /// How they stand to those of the gate; a kind that it does not name has none there.
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
    fn a_figure_that_falls_is_named_and_one_that_rises_is_told() {
        let gate = Figures::parse("# why\noperations 100.00\nstatuses 99.50\n").expect("figures");
        assert_eq!(gate.against(&gate), Verdict::Same);
        let lower = Figures::parse("operations 100.00\nstatuses 99.49\n").expect("figures");
        assert_eq!(lower.against(&gate), Verdict::Lower(vec!["statuses".to_owned()]));
        assert_eq!(gate.against(&lower), Verdict::Higher);
        assert_eq!(Figures::parse("operatoins 1.00"), Err("operatoins 1.00".to_owned()));
        assert_eq!((share(1999, 2000), share(2000, 2000), share(0, 0)), (9995, 10_000, 10_000));
    }
}
