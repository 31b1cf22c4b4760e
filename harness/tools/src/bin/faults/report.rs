//! Results of a run, next to the promised limits.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::server::End;

/// Maximum duration of a request, whatever the state of the database.
const REQUEST: Duration = Duration::from_secs(2);
/// Maximum time from PostgreSQL's first accepted connection to an acknowledged write, for release builds.
const HEALED: Duration = Duration::from_millis(250);
/// Maximum time from the end of the black hole to an acknowledged write.
const GIVEN_UP: Duration = Duration::from_secs(5);

/// The figures of a run.
#[derive(Default)]
pub struct Report {
    kills: u32,
    rate: u32,
    /// Number of writes started.
    pub begun: u64,
    /// Number of writes acknowledged to clients.
    pub acknowledged: u64,
    /// Number of acknowledged writes that an earlier attempt had already applied.
    pub replayed: u64,
    /// Number of responses by status; 0 stands for no response.
    pub responses: BTreeMap<u16, u64>,
    /// Acknowledged writes missing from the database.
    pub lost: u64,
    /// Writes applied more than once.
    pub doubled: u64,
    /// Writes applied only in part.
    pub halves: u64,
    /// Descriptions of unexpected responses.
    pub odd: Vec<String>,
    /// Times from PostgreSQL's first accepted connection to an acknowledged write, one per kill.
    pub database_back: Vec<Duration>,
    /// Times from the kill of the server to a write acknowledged by the next one.
    pub server_back: Vec<Duration>,
    /// Duration of the slowest request while PostgreSQL was killed.
    pub slowest_without_database: Duration,
    /// Duration of the slowest request in the black hole.
    pub slowest_in_hole: Duration,
    /// Time from the end of the black hole to an acknowledged write.
    pub hole_back: Duration,
    /// Results of the two orderly shutdowns of the server: under writes, and without.
    pub ends: Vec<End>,
}

impl Report {
    /// Creates an empty report.
    pub fn new(kills: u32, rate: u32) -> Self {
        Self { kills, rate, ..Self::default() }
    }

    /// Returns `true` if the run kept every promised limit.
    pub fn is_good(&self) -> bool {
        self.rows().iter().all(|row| row.is_kept)
    }

    fn rows(&self) -> Vec<Row> {
        let none = |name, count: u64| Row::new(name, count.to_string(), "0", count == 0);
        let within = |name, took: Duration, promised: &'static str, most: Duration| {
            Row::new(name, format!("{} ms", took.as_millis()), promised, took <= most)
        };
        let figure = |name, value: String| Row::new(name, value, "", true);
        let longest = |times: &[Duration]| times.iter().max().copied().unwrap_or_default();
        let healed = within(
            "PostgreSQL accepts to first 2xx, largest",
            longest(&self.database_back),
            "250 ms, of a release build",
            HEALED,
        );
        let healed = Row { is_kept: healed.is_kept || cfg!(debug_assertions), ..healed };
        let mut rows = vec![
            figure("kill -9 of PostgreSQL, of the server", format!("{} + {}", self.kills, self.kills)),
            figure("writes begun", format!("{}, {} a second", self.begun, self.rate)),
            Row::new(
                "writes acknowledged",
                format!("{} ({} by replay)", self.acknowledged, self.replayed),
                "all",
                self.acknowledged == self.begun,
            ),
            none("acknowledged writes lost", self.lost),
            none("writes done twice", self.doubled),
            none("writes done by half", self.halves),
            none("answers that must not be", self.odd.len() as u64),
            healed,
            within(
                "request while PostgreSQL is killed, largest",
                self.slowest_without_database,
                "2000 ms",
                REQUEST,
            ),
            figure(
                "server killed to first 2xx of the next, largest",
                format!("{} ms", longest(&self.server_back).as_millis()),
            ),
            within("request in the black hole, largest", self.slowest_in_hole, "2000 ms", REQUEST),
            within("end of the black hole to first 2xx", self.hole_back, "5000 ms", GIVEN_UP),
        ];
        for end in &self.ends {
            let reported = format!("{} after {} ms", end.status, end.took.as_millis());
            rows.push(Row::new("SIGTERM", reported, "exit status: 0", end.status.success()));
        }
        rows
    }
}

/// A figure and its promised limit.
struct Row {
    name: &'static str,
    seen: String,
    promised: &'static str,
    is_kept: bool,
}

impl Row {
    fn new(name: &'static str, seen: String, promised: &'static str, is_kept: bool) -> Self {
        Self { name, seen, promised, is_kept }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "| what | seen | promised | |\n|---|---|---|---|")?;
        for Row { name, seen, promised, is_kept } in self.rows() {
            writeln!(
                formatter,
                "| {name} | {seen} | {promised} | {} |",
                if is_kept { "" } else { "BROKEN" }
            )?;
        }
        let responses: Vec<String> = self
            .responses
            .iter()
            .map(|(status, count)| match status {
                0 => format!("none {count}"),
                status => format!("{status} {count}"),
            })
            .collect();
        writeln!(formatter, "\nAnswers by status: {}.", responses.join(", "))?;
        for odd in self.odd.iter().take(20) {
            writeln!(formatter, "{odd}")?;
        }
        Ok(())
    }
}
