//! Checks that every statement of the server prepares on a migrated database, in the role that runs it.

use std::fs;
use std::path::{Path, PathBuf};

use agora_harness::Database;
use agora_harness::spec::repository;
use agora_harness::sql::{declared_columns, with_columns};
use tokio_postgres::types::Type;

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

/// Returns the Rust types that read a column of a row type. A type that no row type has yet has none.
fn rust_types(column: &Type) -> &'static [&'static str] {
    match *column {
        Type::BOOL => &["bool"],
        Type::INT2 => &["i16"],
        Type::INT4 => &["i32"],
        Type::INT8 => &["i64"],
        Type::TEXT | Type::VARCHAR => &["String"],
        Type::UUID => &["Uuid"],
        Type::NUMERIC => &["Decimal"],
        Type::DATE => &["NaiveDate"],
        Type::TIMESTAMPTZ => &["DateTime<Utc>"],
        Type::INT8_ARRAY => &["Vec<i64>"],
        Type::TEXT_ARRAY => &["Vec<String>"],
        _ => &[],
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
        let place = format!("{} ({})", statement.label, statement.place.display());
        match app.prepare(&with_columns(&statement.sql, &texts)).await {
            Err(error) => broken.push(format!("{place}: {error:?}")),
            Ok(prepared) => {
                let declared = declared_columns(&statement.sql, &texts).unwrap_or_default();
                for ((name, rust), column) in declared.into_iter().zip(prepared.columns()) {
                    let plain = rust.strip_prefix("Option<").map_or(rust, |inner| &inner[..inner.len() - 1]);
                    if !rust_types(column.type_()).contains(&plain) {
                        broken.push(format!(
                            "{place}: {name} is {rust}, and {} in the database",
                            column.type_()
                        ));
                    }
                }
            }
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
