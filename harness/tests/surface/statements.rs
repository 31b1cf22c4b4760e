//! Checks that every statement of the server prepares on a migrated database, in the role that runs it.

use std::fs;
use std::path::{Path, PathBuf};

use agora_harness::Database;
use agora_harness::spec::repository;
use agora_harness::sql::with_columns;

/// A statement and its source file.
struct Statement {
    place: PathBuf,
    label: String,
    sql: String,
}

/// Returns the raw strings of a source that begin with a label.
fn statements(place: &Path, source: &str) -> Vec<Statement> {
    let openings = source.match_indices("r\"-- ").map(|(at, _)| at + 2);
    openings
        .map(|at| {
            let sql = source[at..].split('"').next().unwrap_or_default().to_owned();
            let label = sql.lines().next().unwrap_or_default().trim_start_matches("-- ").to_owned();
            Statement { place: place.to_owned(), label, sql }
        })
        .collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[tokio::test]
async fn every_statement_prepares_as_the_role_that_runs_it() {
    let mut places = Vec::new();
    sources(&repository().join("server/src"), &mut places);
    let texts: Vec<String> =
        places.iter().map(|place| fs::read_to_string(place).expect("a readable source")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let all: Vec<Statement> =
        places.iter().zip(&texts).flat_map(|(place, text)| statements(place, text)).collect();
    assert!(all.len() >= 15, "only {} statements were found", all.len());
    let database = Database::create().await;
    let app = database.client_as_app().await;
    let mut broken = Vec::new();
    for statement in &all {
        if let Err(error) = app.prepare(&with_columns(&statement.sql, &texts)).await {
            broken.push(format!("{} ({}): {error:?}", statement.label, statement.place.display()));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_typo_would_be_seen() {
    let found = statements(
        Path::new("x.rs"),
        "const A: &str = r\"-- a.b\nselct 1\";\nconst B: &str = r\"-- c.d\nselect 2\";",
    );
    let labels: Vec<&str> = found.iter().map(|statement| statement.label.as_str()).collect();
    assert_eq!(labels, ["a.b", "c.d"]);
    assert_eq!(found[0].sql, "-- a.b\nselct 1");
}
