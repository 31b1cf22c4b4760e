//! The figures of a run as Markdown: medians over rounds, their spread, the ratio to the bare handler, and exceeded
//! bounds.

use std::fmt::Write as _;
use std::time::Duration;

use crate::measure::{LINES, SERVERS};
use crate::operations::Operation;
use crate::statistics::{median, percentile, spread};
use crate::storm::{Seen, Storm};
use crate::walk::{self, Walk};

/// Maximum ratio of the server's CPU time for a read to that of the bare handler.
pub const READ_BOUND: f64 = 1.3;
/// Maximum factor by which a storm of sign-ins may raise the p99 latency of a product read.
pub const STORM_BOUND: f64 = 2.0;
/// Maximum ratio of the cost of a page deep in a list to that of the first page.
pub const WALK_BOUND: f64 = 1.3;
/// Resident memory that the server must stay below, in MiB.
pub const MEMORY_BOUND: f64 = 64.0;

/// The cost of one round of one row.
pub struct Round {
    /// CPU time of the server in microseconds per request; `None` for pgbench.
    pub server: Option<f64>,
    /// CPU time of all PostgreSQL processes, in microseconds per request.
    pub database: f64,
    /// Duration of each request; empty for pgbench.
    pub latencies: Vec<Duration>,
    /// Requests per second.
    pub rate: f64,
}

/// The measurements of one operation at one server.
pub struct Row {
    /// The operation.
    pub operation: &'static str,
    /// The server and its setting.
    pub server: &'static str,
    /// Set when the bound applies to the row.
    pub is_bounded: bool,
    /// The reason why the row has no rounds.
    pub why_not: Option<&'static str>,
    /// Measured rounds; rounds of the same number are comparable across rows.
    pub rounds: Vec<Round>,
}

/// Memory of one server.
pub struct Memory {
    /// The server and its setting.
    pub server: &'static str,
    /// Set when the bound applies to the server.
    pub is_bounded: bool,
    /// Resident MiB after the first requests.
    pub before: f64,
    /// Resident MiB at the end.
    pub after: f64,
    /// Number of requests in between.
    pub requests: usize,
}

/// The results of a run.
pub struct Report {
    /// Description of the measurement setup.
    pub circumstances: String,
    /// The rows; the first of an operation is the bare handler's.
    pub rows: Vec<Row>,
    /// Database round trips per request; `None` if they cannot be counted.
    pub round_trips: Option<Vec<(Operation, u64)>>,
    /// The storm, if requested.
    pub storm: Option<Storm>,
    /// Memory of the servers; empty unless requested.
    pub memory: Vec<Memory>,
    /// The page deep in a list, if requested.
    pub walk: Option<Walk>,
}

impl Row {
    /// Returns the CPU time of the server in each round.
    pub fn server_costs(&self) -> Vec<f64> {
        self.rounds.iter().filter_map(|round| round.server).collect()
    }

    /// Returns the CPU time of PostgreSQL in each round.
    pub fn database_costs(&self) -> Vec<f64> {
        self.rounds.iter().map(|round| round.database).collect()
    }

    /// Returns the ratio to the bare handler in each round. A disturbance of the machine affects both about equally.
    fn ratios(&self, bare: &Self) -> Vec<f64> {
        let pairs = self.server_costs().into_iter().zip(bare.server_costs());
        pairs.map(|(own, bare)| own / bare).collect()
    }

    fn is_over(&self, bare: &Self) -> bool {
        self.is_bounded && median(&self.ratios(bare)) > READ_BOUND
    }

    fn line(&self, bare: &Self) -> String {
        let head = format!("| {} | {}", self.operation, self.server);
        if let Some(why_not) = self.why_not {
            return format!("{head}: {why_not} | | | | | | |");
        }
        let database = spread(&self.database_costs(), 1);
        let rate = median(&self.rounds.iter().map(|round| round.rate).collect::<Vec<_>>());
        if self.server_costs().is_empty() {
            return format!("{head} | | | {database} | | | {rate:.0} |");
        }
        let over = if self.is_over(bare) { " OVER" } else { "" };
        let latency =
            |percent| percentile(self.rounds.iter().flat_map(|round| &round.latencies), percent).as_micros();
        format!(
            "{head} | {} | {}{over} | {database} | {} | {} | {rate:.0} |",
            spread(&self.server_costs(), 1),
            spread(&self.ratios(bare), 2),
            latency(50),
            latency(99),
        )
    }
}

impl Report {
    /// Renders the report as Markdown.
    pub fn render(&self) -> String {
        let mut text = format!("# What the server costs\n\n{}\n", self.circumstances);
        if !self.rows.is_empty() {
            text.push_str(&self.rendered_rows());
        }
        if !self.memory.is_empty() {
            text.push_str(&self.rendered_memory());
        }
        if let Some(storm) = &self.storm {
            text.push_str(&rendered_storm(storm));
        }
        if let Some(walk) = &self.walk {
            text.push_str(&rendered_walk(walk));
        }
        text
    }

    /// Returns one line for each figure above its bound.
    pub fn over(&self) -> Vec<String> {
        let rows = self.rows.iter().filter(|row| row.is_over(self.bare(row)));
        let mut over: Vec<String> = rows
            .map(|row| format!("{} costs more than {READ_BOUND} times the bare handler", row.operation))
            .collect();
        if self.storm.as_ref().is_some_and(|storm| storm.ratios().0 > STORM_BOUND) {
            over.push(format!("a storm of sign-ins raises p99 more than {STORM_BOUND} times"));
        }
        if self.walk.as_ref().is_some_and(|walk| median(&walk.ratios()) > WALK_BOUND) {
            over.push(format!("page {} costs more than {WALK_BOUND} times the first", walk::PAGE));
        }
        let memory = self.memory.iter().filter(|memory| memory.is_bounded && memory.after >= MEMORY_BOUND);
        over.extend(memory.map(|memory| format!("{} takes {MEMORY_BOUND} MiB or more", memory.server)));
        over
    }

    /// Returns the bare handler's row of the same operation. Its ratio to itself is 1, so it needs no special case.
    fn bare<'a>(&'a self, row: &'a Row) -> &'a Row {
        self.rows.iter().find(|other| other.operation == row.operation).unwrap_or(row)
    }

    fn rendered_rows(&self) -> String {
        let mut text = String::from("\n| operation | server | CPU µs a request (least to most) | ratio | ");
        text.push_str("PostgreSQL CPU µs | p50 µs | p99 µs | requests a second |\n");
        text.push_str("|---|---|---:|---:|---:|---:|---:|---:|\n");
        for row in &self.rows {
            let _ = writeln!(text, "{}", row.line(self.bare(row)));
        }
        let _ = writeln!(
            text,
            "\nBound: {READ_BOUND} times the bare handler, for reads by \"{}\".",
            SERVERS[LINES]
        );
        if let Some(round_trips) = &self.round_trips {
            let each = round_trips.iter().map(|(operation, count)| format!("{} {count}", operation.name()));
            let each = each.collect::<Vec<_>>().join(", ");
            let _ = writeln!(text, "\nSQL round trips a request, counted on the wire: {each}.");
        }
        text
    }

    fn rendered_memory(&self) -> String {
        let mut text =
            String::from("\n## Memory\n\n| server | resident before, MiB | after, MiB | requests |\n");
        text.push_str("|---|---:|---:|---:|\n");
        for Memory { server, is_bounded, before, after, requests } in &self.memory {
            let over = if *is_bounded && *after >= MEMORY_BOUND { " OVER" } else { "" };
            let _ = writeln!(text, "| {server} | {before:.1} | {after:.1}{over} | {requests} |");
        }
        let _ = writeln!(text, "\nBound: below {MEMORY_BOUND} MiB, for \"{}\".", SERVERS[LINES]);
        text
    }
}

fn rendered_storm(storm: &Storm) -> String {
    let (clients, rate) = (storm.weather.clients, storm.weather.rate);
    let mut text = format!(
        "\n## A storm of sign-ins\n\n{} at {rate} requests a second, latency from the moment when each was due. In a storm \
         {clients} clients sign in at once, again when they are in, and after Retry-After when they are refused.\n\n",
        Operation::Product.name()
    );
    text.push_str("| | p50 µs | p99 µs | requests | not 200 | CPUs used by the server | its threads waited, ms a second | ");
    text.push_str("somebody waited for a CPU, % of the time |\n|---|---:|---:|---:|---:|---:|---:|---:|\n");
    for (name, seen) in [("idle", &storm.idle), ("storm", &storm.stormy)] {
        let _ = writeln!(text, "{}", storm_line(name, seen));
    }
    let (ratio, pairs) = storm.ratios();
    let over = if ratio > STORM_BOUND { " OVER" } else { "" };
    let statuses = storm.statuses.iter().map(|(status, count)| format!("{count} by {status}"));
    let _ = writeln!(
        text,
        "\np99 in the storm: {ratio:.2}{over} times the idle one (pairs of windows: {}); bound {STORM_BOUND}. Sign-ins answered: {}. \
         Resident memory of the server after it: {:.1} MiB.",
        spread(&pairs, 2),
        statuses.collect::<Vec<_>>().join(", "),
        storm.memory
    );
    text
}

fn rendered_walk(walk: &Walk) -> String {
    let over = if median(&walk.ratios()) > WALK_BOUND { " OVER" } else { "" };
    format!(
        "\n## A page deep in a list\n\nPage {} of 10 products, by cursor: {} µs CPU of server and PostgreSQL together, the \
         first page {}: {}{over} times as much; bound {WALK_BOUND}.\n",
        walk::PAGE,
        spread(&walk.deep, 1),
        spread(&walk.first, 1),
        spread(&walk.ratios(), 2),
    )
}

fn storm_line(name: &str, seen: &Seen) -> String {
    let requests: usize = seen.latencies.iter().map(Vec::len).sum();
    let elapsed = seen.elapsed.as_secs_f64();
    let pressure = seen
        .pressure
        .map_or_else(String::new, |pressure| format!("{:.1}", pressure.as_secs_f64() * 100.0 / elapsed));
    format!(
        "| {name} | {} | {} | {requests} | {} | {:.2} | {:.1} | {pressure} |",
        seen.latency(50).as_micros(),
        seen.latency(99).as_micros(),
        seen.refused,
        seen.server / 1e6 / elapsed,
        seen.server_waited / 1e3 / elapsed,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(server: &'static str, costs: &[f64]) -> Row {
        let latencies = || vec![Duration::from_micros(7)];
        let round =
            |cost: &f64| Round { server: Some(*cost), database: 1.0, latencies: latencies(), rate: 1000.0 };
        let rounds = costs.iter().map(round).collect();
        Row { operation: "a", server, is_bounded: true, why_not: None, rounds }
    }

    fn report(rows: Vec<Row>, memory: Vec<Memory>) -> Report {
        Report { circumstances: String::new(), rows, round_trips: None, storm: None, memory, walk: None }
    }

    #[test]
    fn ratios_are_of_pairs_and_the_bound_is_reported() {
        let report =
            report(vec![row("bare", &[10.0, 20.0, 10.0]), row("own", &[15.0, 30.0, 11.0])], Vec::new());
        let reported = report.render();
        assert!(
            reported.contains("| a | own | 15.0 (11.0 to 30.0) | 1.50 (1.10 to 1.50) OVER |"),
            "{reported}"
        );
        assert!(reported.contains("| a | bare | 10.0 (10.0 to 20.0) | 1.00 (1.00 to 1.00) |"), "{reported}");
        assert_eq!(report.over().len(), 1);
    }

    #[test]
    fn the_database_alone_has_no_ratio_and_may_be_missing() {
        let mut alone = row("pgbench", &[1.0]);
        alone.rounds[0].server = None;
        let missing = Row { why_not: Some("pgbench is not installed"), ..row("pgbench", &[]) };
        let report = report(vec![row("bare", &[10.0]), alone, missing], Vec::new());
        let reported = report.render();
        assert!(reported.contains("| a | pgbench | | | 1.0 (1.0 to 1.0) | | | 1000 |"), "{reported}");
        assert!(reported.contains("| a | pgbench: pgbench is not installed | |"), "{reported}");
        assert!(report.over().is_empty());
    }

    #[test]
    fn a_deep_page_is_held_to_the_first() {
        let of = |deep| Report {
            walk: Some(Walk { first: vec![10.0], deep: vec![deep] }),
            ..report(Vec::new(), Vec::new())
        };
        assert!(of(13.0).over().is_empty());
        assert_eq!(of(13.1).over().len(), 1);
        assert!(of(13.1).render().contains("1.31 (1.31 to 1.31) OVER"));
    }

    #[test]
    fn memory_has_a_bound_where_it_is_meant() {
        let of = |is_bounded, after| Memory { server: "s", is_bounded, before: 1.0, after, requests: 5 };
        let report = report(Vec::new(), vec![of(false, 65.0), of(true, 63.9), of(true, 64.0)]);
        assert!(report.render().contains("| s | 1.0 | 64.0 OVER | 5 |"));
        assert_eq!(report.over().len(), 1);
    }
}
