//! The record of a run. Each process has one file, with one line for each fact, written when it is first seen. The
//! record contains no bodies, headers or credentials.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::{Exchange, Fact};

/// Environment variable with the folder of the record. If unset, nothing is recorded.
pub const VARIABLE: &str = "HARNESS_RECORD";

struct Record {
    file: File,
    seen: HashSet<Fact>,
}

static RECORD: LazyLock<Option<Mutex<Record>>> = LazyLock::new(|| {
    let folder = std::env::var_os(VARIABLE)?;
    fs::create_dir_all(&folder).expect("the folder of the record can be made");
    let name = Path::new(&folder).join(format!("{}.jsonl", std::process::id()));
    let file = OpenOptions::new().create(true).append(true).open(name).expect("a record can be opened");
    Some(Mutex::new(Record { file, seen: HashSet::new() }))
});

/// Records the facts that this exchange is the first to show.
pub(crate) fn note(exchange: &Exchange<'_>) {
    let Some(record) = &*RECORD else { return };
    let mut record = record.lock().unwrap_or_else(PoisonError::into_inner);
    let mut lines = String::new();
    for fact in exchange.facts() {
        if !record.seen.contains(&fact) {
            lines.push_str(&serde_json::to_string(&fact).expect("a fact can be written"));
            lines.push('\n');
            record.seen.insert(fact);
        }
    }
    // A single write, so that a killed process leaves only complete lines.
    record.file.write_all(lines.as_bytes()).expect("the record can be written");
}
