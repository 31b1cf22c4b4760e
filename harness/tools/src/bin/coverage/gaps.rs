//! The gaps: a file with every fact that no test shows, and the reason. It may only shrink, but for facts of new operations
//! that no test can show.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::merge::{Coverage, Seen};
use crate::text::line;

/// The reason of a gap that nobody has given.
const UNGIVEN: &str = "not tested yet";

const HEAD: &str = "# The facts of the contract that no test shows, below the reason. Lines may only be removed: cover a new fact by a test.
# A new operation may have facts below a reason why no test can show them.
# './justw coverage' checks this file, './justw coverage-gate --shrink' removes the lines that tests cover by now.
";

/// Facts that no test shows, each with the reason.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Gaps(BTreeMap<String, String>);

/// The comparison of a run with the file.
pub struct Difference {
    /// Facts that no test shows and that the file does not list.
    pub new: Vec<String>,
    /// Facts of the file that a test shows by now, or that are no longer in the contract.
    pub closed: Vec<String>,
}

impl Gaps {
    /// Parses the text of the file: a line `## REASON` applies to the facts below.
    pub fn parse(text: &str) -> Self {
        let (mut reason, mut gaps) = (UNGIVEN, BTreeMap::new());
        for line in text.lines() {
            if let Some(given) = line.strip_prefix("## ") {
                reason = given;
            } else if !line.trim().is_empty() && !line.starts_with('#') {
                gaps.insert(line.to_owned(), reason.to_owned());
            }
        }
        Self(gaps)
    }

    /// Reads the file. Without one there are no gaps.
    pub fn read(path: &Path) -> Result<Self, String> {
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(format!("{}: {error}", path.display())),
        }
    }

    /// Reads the file and the contract as they are on another branch. Returns `None` if there is no such file.
    pub fn of_base(base: &str, path: &Path) -> Result<Option<(Self, String)>, String> {
        let ancestor = Command::new("git").args(["merge-base", base, "HEAD"]).output();
        let ancestor = ancestor.map_err(|error| format!("git: {error}"))?;
        if !ancestor.status.success() {
            return Err(format!("'{base}' and HEAD have no known commit in common: fetch the base branch"));
        }
        let ancestor = String::from_utf8_lossy(&ancestor.stdout).trim().to_owned();
        let show = |path: &str| -> Result<Option<String>, String> {
            let shown = Command::new("git").args(["show", &format!("{ancestor}:{path}")]).output();
            let shown = shown.map_err(|error| format!("git: {error}"))?;
            Ok(shown.status.success().then(|| String::from_utf8_lossy(&shown.stdout).into_owned()))
        };
        let contract = show("generated/contract.json")?.unwrap_or_default();
        Ok(show(&path.display().to_string())?.map(|text| (Self::parse(&text), contract)))
    }

    /// Returns the facts that only this file lists, but for those of operations that the contract of the base does not have
    /// and that stand below a reason of the base.
    pub fn beyond(&self, base: &Self, contract: &str) -> Vec<String> {
        let is_permitted = |fact: &str, reason: &String| {
            let operation = fact.split(' ').next().unwrap_or_default();
            let is_new = !contract.contains(&format!("\"operationId\": \"{operation}\""));
            is_new && reason != UNGIVEN && base.0.values().any(|known| known == reason)
        };
        let added = self.0.iter().filter(|(fact, _)| !base.0.contains_key(*fact));
        added.filter(|(fact, reason)| !is_permitted(fact, reason)).map(|(fact, _)| fact.clone()).collect()
    }

    /// Returns the reason of a gap.
    pub fn reason(&self, fact: &str) -> &str {
        self.0.get(fact).map_or(UNGIVEN, String::as_str)
    }

    /// Compares the file with what tests have shown.
    pub fn difference(&self, coverage: &Coverage) -> Difference {
        let missing: Vec<String> = missing(coverage).collect();
        Difference {
            new: missing.iter().filter(|fact| !self.0.contains_key(*fact)).cloned().collect(),
            closed: self.0.keys().filter(|fact| !missing.contains(fact)).cloned().collect(),
        }
    }

    /// Returns the text of the file without the closed facts; `with` are facts to add.
    pub fn rewritten(&self, without: &[String], with: &[String]) -> String {
        let mut by_reason: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
        let kept = self.0.iter().filter(|(fact, _)| !without.contains(fact));
        for (fact, reason) in kept.map(|(fact, reason)| (fact, reason.as_str())) {
            by_reason.entry(reason).or_default().push(fact);
        }
        by_reason.entry(UNGIVEN).or_default().extend(with);
        let mut text = HEAD.to_owned();
        for (reason, mut facts) in by_reason.into_iter().filter(|(_, facts)| !facts.is_empty()) {
            facts.sort();
            let _ = writeln!(text, "\n## {reason}");
            for fact in facts {
                let _ = writeln!(text, "{fact}");
            }
        }
        text
    }

    /// Returns the number of gaps by reason.
    pub fn reasons(&self) -> Vec<(usize, &str)> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for reason in self.0.values() {
            *counts.entry(reason).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().map(|(reason, count)| (count, reason)).collect();
        counts.sort_by(|one, other| other.cmp(one));
        counts
    }
}

/// Returns the facts that no test shows.
pub fn missing(coverage: &Coverage) -> impl Iterator<Item = String> {
    coverage.facts.iter().filter(|(_, seen)| **seen != Seen::Tests).map(|(fact, _)| line(fact))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_below_a_reason_have_it_and_may_only_be_removed() {
        let text = "# head\n\n## the seed has none\nget_x 200 body.a null\nget_x 200 body.b null\n\n## slow\nget_y 503\n";
        let gaps = Gaps::parse(text);
        assert_eq!(gaps.reason("get_x 200 body.b null"), "the seed has none");
        assert_eq!(gaps.reasons(), [(2, "the seed has none"), (1, "slow")]);
        let fewer = Gaps::parse(&gaps.rewritten(&["get_y 503".to_owned()], &[]));
        assert_eq!(fewer.reasons(), [(2, "the seed has none")]);
        assert!(fewer.beyond(&gaps, "").is_empty());
        assert_eq!(gaps.beyond(&fewer, ""), ["get_y 503"], "its reason is new");
        let more = Gaps::parse(&fewer.rewritten(&[], &["get_z 404".to_owned()]));
        assert_eq!(more.reason("get_z 404"), UNGIVEN);
        assert_eq!(more.beyond(&more, ""), [""; 0]);
        assert_eq!(more.beyond(&fewer, ""), ["get_z 404"], "nobody has given a reason");
        let known = Gaps::parse(&format!("{text}get_z 404\n"));
        assert_eq!(known.beyond(&gaps, ""), [""; 0], "the operation is new");
        assert_eq!(known.beyond(&gaps, "\"operationId\": \"get_z\""), ["get_z 404"]);
    }
}
