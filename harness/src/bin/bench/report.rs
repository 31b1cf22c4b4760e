//! The figures of a run as a table: medians over rounds, their spread, and the ratio to the bare handler.

use std::fmt::Write as _;
use std::time::Duration;

use crate::load::Seen;
use crate::usage::as_f64;

/// How much more CPU the server may use than the bare handler.
pub const BOUND: f64 = 1.4;

/// What one round of one row cost.
pub struct Round {
    /// CPU of the server, microseconds a request.
    pub server: f64,
    /// CPU of all of PostgreSQL, microseconds a request.
    pub database: f64,
    /// What the clients saw.
    pub seen: Seen,
}

/// One row: an operation at a server.
pub struct Row {
    /// The operation.
    pub operation: &'static str,
    /// The server and its setting.
    pub server: &'static str,
    /// Whether the bound is for it.
    pub is_bounded: bool,
    /// Its rounds, of which the nth stand side by side.
    pub rounds: Vec<Round>,
}

/// Memory of one server.
pub struct Memory {
    /// The server and its setting.
    pub server: &'static str,
    /// MiB before the first round.
    pub before: f64,
    /// MiB after the last.
    pub after: f64,
    /// Requests in between.
    pub requests: usize,
}

impl Row {
    fn each(&self, of: impl Fn(&Round) -> f64) -> Vec<f64> {
        self.rounds.iter().map(of).collect()
    }

    /// The rounds' ratios: what disturbs the machine disturbs both of a round, more or less.
    fn ratios(&self, bare: &Self) -> Vec<f64> {
        self.rounds.iter().zip(&bare.rounds).map(|(own, bare)| own.server / bare.server).collect()
    }

    /// A percentile of all latencies, in microseconds.
    fn latency(&self, percent: usize) -> u128 {
        let mut all: Vec<Duration> =
            self.rounds.iter().flat_map(|round| round.seen.latencies.clone()).collect();
        all.sort_unstable();
        let last = all.len().saturating_sub(1);
        all.get(all.len() * percent / 100).or_else(|| all.get(last)).map_or(0, Duration::as_micros)
    }

    fn rate(&self) -> f64 {
        let of = |round: &Round| as_f64(round.seen.latencies.len() as u64) / round.seen.elapsed.as_secs_f64();
        median(self.each(of))
    }
}

/// The median, and between what the values lie.
fn spread(values: Vec<f64>, decimals: usize) -> String {
    let least = values.iter().copied().fold(f64::MAX, f64::min);
    let most = values.iter().copied().fold(0.0, f64::max);
    format!("{:.decimals$} ({least:.decimals$} to {most:.decimals$})", median(values))
}

/// The middle value.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let upper = values.get(values.len() / 2).copied().unwrap_or_default();
    if values.len() % 2 == 1 {
        return upper;
    }
    let lower = values.get((values.len() / 2).saturating_sub(1)).copied().unwrap_or_default();
    f64::midpoint(lower, upper)
}

/// The report. The first row of an operation is the bare handler's.
pub fn render(circumstances: &str, rows: &[Row], memory: &[Memory]) -> String {
    let mut text = format!("# What the layers cost\n\n{circumstances}\n\n");
    text.push_str("| operation | server | CPU µs a request (least to most) | ratio | ");
    text.push_str("PostgreSQL CPU µs | p50 µs | p99 µs | requests a second |\n");
    text.push_str("|---|---|---:|---:|---:|---:|---:|---:|\n");
    for row in rows {
        // Its own ratio is 1, so the bare row needs no case of its own.
        let bare = rows.iter().find(|other| other.operation == row.operation).unwrap_or(row);
        let ratios = row.ratios(bare);
        let is_over = row.is_bounded && median(ratios.clone()) > BOUND;
        let _ = writeln!(
            text,
            "| {} | {} | {} | {}{} | {} | {} | {} | {:.0} |",
            row.operation,
            row.server,
            spread(row.each(|round| round.server), 1),
            spread(ratios, 2),
            if is_over { " OVER" } else { "" },
            spread(row.each(|round| round.database), 1),
            row.latency(50),
            row.latency(99),
            row.rate(),
        );
    }
    let _ = writeln!(text, "\nBound: {BOUND} times the bare handler, for the rows \"all layers\".\n");
    text.push_str("| server | memory before, MiB | after, MiB | requests |\n|---|---:|---:|---:|\n");
    for Memory { server, before, after, requests } in memory {
        let _ = writeln!(text, "| {server} | {before:.1} | {after:.1} | {requests} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(server: &'static str, costs: &[f64]) -> Row {
        let seen = || Seen { latencies: vec![Duration::from_micros(7)], elapsed: Duration::from_millis(1) };
        let round = |cost: &f64| Round { server: *cost, database: 1.0, seen: seen() };
        Row { operation: "a", server, is_bounded: true, rounds: costs.iter().map(round).collect() }
    }

    #[test]
    fn ratios_are_of_pairs_and_the_bound_is_told() {
        let bare = row("bare", &[10.0, 20.0, 10.0]);
        assert!((median(row("own", &[15.0, 30.0, 11.0]).ratios(&bare)) - 1.5).abs() < 1e-9);
        let told = render("", &[bare, row("own", &[15.0, 30.0, 11.0])], &[]);
        assert!(told.contains("| a | own | 15.0 (11.0 to 30.0) | 1.50 (1.10 to 1.50) OVER |"), "{told}");
        assert!(told.contains("| a | bare | 10.0 (10.0 to 20.0) | 1.00 (1.00 to 1.00) |"), "{told}");
    }

    #[test]
    fn medians_are_in_the_middle() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(vec![4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-9);
    }
}
