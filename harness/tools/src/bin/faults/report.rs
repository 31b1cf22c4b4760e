//! Results of a run, next to the promised limits.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::events::by_status;
use crate::verify::Comparison;

/// The figures of one fault.
#[derive(Default)]
pub struct Outcome {
    /// Name of the fault.
    pub fault: &'static str,
    /// Number of requests from the start of the fault until everything was served again.
    pub requests: u64,
    /// Number of those that failed, by status.
    pub failures: BTreeMap<u16, u64>,
    /// Time from the end of the fault to the end of the last failed request, or to the first served one.
    pub recovery: Duration,
    /// The ledger compared with the database.
    pub ledger: Comparison,
    /// Further figures, with their limits.
    pub rows: Vec<Row>,
    /// Descriptions of unexpected responses.
    pub odd: Vec<String>,
}

impl Outcome {
    fn is_good(&self) -> bool {
        let Comparison { lost, doubled, halves, .. } = self.ledger;
        lost + doubled + halves == 0 && self.odd.is_empty() && self.rows.iter().all(|row| row.is_kept)
    }
}

/// A figure and its promised limit.
pub struct Row {
    name: &'static str,
    seen: String,
    promised: String,
    is_kept: bool,
}

impl Row {
    /// Creates a figure that may be anything.
    pub fn figure(name: &'static str, seen: impl fmt::Display) -> Self {
        Self { name, seen: seen.to_string(), promised: String::new(), is_kept: true }
    }

    /// Creates a figure with a limit that is kept or not.
    pub fn promise(
        name: &'static str,
        seen: impl fmt::Display,
        promised: impl fmt::Display,
        is_kept: bool,
    ) -> Self {
        Self { name, seen: seen.to_string(), promised: promised.to_string(), is_kept }
    }

    /// Creates a duration with a limit.
    pub fn within(name: &'static str, took: Duration, most: Duration) -> Self {
        let shown = |time: Duration| format!("{} ms", time.as_millis());
        Self::promise(name, shown(took), shown(most), took <= most)
    }

    /// Drops the limit unless it was promised.
    pub fn only_if(self, is_promised: bool) -> Self {
        if is_promised { self } else { Self::figure(self.name, self.seen) }
    }

    /// Creates a duration with a limit that holds for release builds only.
    pub fn within_if_released(name: &'static str, took: Duration, most: Duration) -> Self {
        let row = Self::within(name, took, most);
        Self { is_kept: row.is_kept || cfg!(debug_assertions), ..row }
    }
}

/// The figures of a run.
#[derive(Default)]
pub struct Report {
    /// The faults that were injected.
    pub outcomes: Vec<Outcome>,
    /// The faults that this machine cannot have, with the remedy.
    pub skipped: Vec<(&'static str, String)>,
    /// The faults by name, each with the remedy if this machine cannot have it. If asked for, there is nothing else.
    pub list: Vec<(String, Option<String>)>,
    /// The faults whose scenario itself failed, with the reason.
    pub broken: Vec<(&'static str, String)>,
}

impl Report {
    /// Returns `true` if every promised limit was kept in each fault that could be injected.
    pub fn is_good(&self) -> bool {
        self.broken.is_empty() && self.outcomes.iter().all(Outcome::is_good)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (fault, obstacle) in &self.list {
            writeln!(formatter, "{fault:<22}{}", obstacle.as_deref().unwrap_or_default())?;
        }
        if !self.list.is_empty() {
            return Ok(());
        }
        for outcome in &self.outcomes {
            writeln!(formatter, "## {}\n\n| what | seen | promised | |\n|---|---|---|---|", outcome.fault)?;
            for Row { name, seen, promised, is_kept } in &outcome.rows {
                let word = if *is_kept { "" } else { "BROKEN" };
                writeln!(formatter, "| {name} | {seen} | {promised} | {word} |")?;
            }
            for odd in outcome.odd.iter().take(20) {
                writeln!(formatter, "BROKEN: {odd}")?;
            }
            writeln!(formatter)?;
        }
        writeln!(
            formatter,
            "| fault | requests | failed, by status | seconds to recover | acknowledged writes | lost | twice | in part | |\n\
             |---|---:|---|---:|---:|---:|---:|---:|---|"
        )?;
        for outcome in &self.outcomes {
            let Outcome { fault, requests, failures, recovery, ledger, .. } = outcome;
            let Comparison { acknowledged, lost, doubled, halves, .. } = ledger;
            let word = if outcome.is_good() { "" } else { "BROKEN" };
            writeln!(
                formatter,
                "| {fault} | {requests} | {} | {:.2} | {acknowledged} | {lost} | {doubled} | {halves} | {word} |",
                by_status(failures),
                recovery.as_secs_f64()
            )?;
        }
        for (fault, why) in &self.skipped {
            writeln!(formatter, "| {fault} | skipped: {why} | | | | | | | |")?;
        }
        for (fault, why) in &self.broken {
            writeln!(formatter, "| {fault} | failed: {why} | | | | | | | BROKEN |")?;
        }
        Ok(())
    }
}
