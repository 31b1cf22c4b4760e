//! Checks that every statement of the server prepares on a migrated database, in the role that runs it, and that no
//! statement reads a whole table that grows.

use std::fs;
use std::path::{Path, PathBuf};

use agora_harness::Database;
use agora_harness::spec::repository;
use agora_harness::sql::{declared_columns, with_columns};
use serde_json::Value;
use tokio_postgres::error::SqlState;
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
        Type::NUMERIC_ARRAY => &["Vec<Decimal>"],
        Type::INT8_ARRAY => &["Vec<i64>"],
        Type::TEXT_ARRAY => &["Vec<String>"],
        Type::UUID_ARRAY => &["Vec<Uuid>"],
        _ => &[],
    }
}

/// Returns the sources of the server with their paths.
fn server_sources() -> Vec<(PathBuf, String)> {
    let mut places = Vec::new();
    sources(&repository().join("server/src"), &mut places);
    let text = |place: &PathBuf| fs::read_to_string(place).expect("a readable source");
    places.into_iter().map(|place| (place.clone(), text(&place))).collect()
}

/// Returns all statements with their places: those in the sources, with their columns, and those that the server composes.
fn all_statements(sources: &[(PathBuf, String)]) -> Vec<(String, String)> {
    let texts: Vec<&str> = sources.iter().map(|(_, text)| text.as_str()).collect();
    let written = sources.iter().flat_map(|(place, text)| statements(place, text));
    let written = written.map(|statement| {
        let place = format!("{} ({})", statement.label, statement.place.display());
        (place, with_columns(&statement.sql, &texts).into_owned())
    });
    let composed = agora::composed_statements()
        .map(|sql| (sql.lines().next().unwrap_or_default().to_owned(), sql.to_owned()));
    written.chain(composed).collect()
}

#[tokio::test]
async fn every_statement_prepares_as_the_role_that_runs_it() {
    let sources = server_sources();
    let texts: Vec<&str> = sources.iter().map(|(_, text)| text.as_str()).collect();
    let all = all_statements(&sources);
    assert!(all.len() >= 100, "only {} statements were found", all.len());
    let database = Database::create().await;
    let app = database.client_as_app().await;
    let mut broken = Vec::new();
    for (place, sql) in all {
        if let Err(error) = app.prepare(&sql).await {
            broken.push(format!("{place}: {error:?}"));
        }
    }
    for statement in sources.iter().flat_map(|(place, text)| statements(place, text)) {
        let declared = declared_columns(&statement.sql, &texts).unwrap_or_default();
        if declared.is_empty() {
            continue;
        }
        let place = format!("{} ({})", statement.label, statement.place.display());
        let Ok(prepared) = app.prepare(&with_columns(&statement.sql, &texts)).await else { continue };
        for ((name, rust), column) in declared.into_iter().zip(prepared.columns()) {
            let plain = rust.strip_prefix("Option<").map_or(rust, |inner| &inner[..inner.len() - 1]);
            if !rust_types(column.type_()).contains(&plain) {
                broken.push(format!("{place}: {name} is {rust}, and {} in the database", column.type_()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Fills the tables that grow with a shop.
const MANY_ROWS: &str = "
    insert into users (uuid, email, username, password_hash)
        select gen_random_uuid(), 'u' || n || '@example.com', 'user' || n, '-' from generate_series(1, 20000) as n;
    insert into products (uuid, title, description, price, owner_id)
        select gen_random_uuid(), 'thing ' || n % 1000, 'one of many', 1, n % 1000 + 1 from generate_series(1, 100000) as n;
    insert into product_categories (product_id, category_id)
        select id, id % 4 + 1 from products where id > 20;
    insert into product_ratings (product_id, user_id, value) select id, id % 10 + 1, 3 from products where id > 20;
    insert into stock_movements (product_id, kind, quantity)
        select id, 'SUPPLIED', 1 from products where id > 20;
    insert into carts (uuid, user_id) select gen_random_uuid(), n % 1000 + 1 from generate_series(1, 20000) as n;
    insert into cart_lines (cart_id, product_id, quantity)
        select id, id % 1000 + 1, 1 from carts where id > 10;
    insert into follows (follower_id, followed_id)
        select n + 20, n % 19 + 1 from generate_series(1, 15000) as n;
    insert into addresses (uuid, user_id, city, street, number, zipcode)
        select gen_random_uuid(), id, 'a', 'b', 1, 'c' from users where id > 20;
    insert into sessions (id, user_id, expires_at)
        select gen_random_uuid(), n % 1000 + 1, app_now() + interval '1 hour' from generate_series(1, 20000) as n;
    insert into orders (uuid, buyer_id, state, currency, total, units, expires_at)
        select gen_random_uuid(), n % 1000 + 1, case when n % 10 = 0 then 'PENDING_CONFIRMATION' else 'ACCEPTED' end,
            'USD', 1, 1, app_now() + n * interval '1 second'
        from generate_series(1, 20000) as n;
    insert into order_lines (order_id, product_id, seller_id, title, price, quantity)
        select id, id % 1000 + 1, id % 1000 + 1, 'thing', 1, 1 from orders where id > 2;
    insert into order_sellers (seller_id, order_id, state) select id % 1000 + 1, id, state from orders where id > 2;
    insert into order_events (order_id, version, state) select id, 1, 'PENDING_CONFIRMATION' from orders where id > 2;
    insert into payments (order_id, method, phase, due_at)
        select id, 'card', case when id % 1000 = 0 then 'PENDING' else 'ACCEPTED' end, app_now() + id * interval '1 second'
        from orders where id > 2;
    insert into registry_users (israeli_id, name, phone, address)
        select lpad(n::text, 9, '0'), 'a', '+972501234567', 'b' from generate_series(1, 20000) as n;
";

/// Filters that most rows pass: with them, a limit is reached soon.
const WEAK: &[&str] =
    &["", "is_listed", "(deleted_at IS NULL)", "((deleted_at IS NULL) AND (role = 'user'::text))"];

/// Tables of which the rows are a list by themselves: to sort it, all of them are read.
const LISTS: &[&str] = &["sold_out"];

/// Returns the tables that a plan reads from the first row to the last.
fn read_whole(plan: &Value, is_limited: bool, found: &mut Vec<String>) {
    let is_weak = WEAK.contains(&plan["Filter"].as_str().unwrap_or_default());
    if plan["Node Type"] == "Seq Scan" && !(is_limited && is_weak) {
        found.extend(plan["Relation Name"].as_str().map(str::to_owned));
    }
    // A sort needs all rows before the first.
    let is_limited = plan["Node Type"] == "Limit" || is_limited && plan["Node Type"] != "Sort";
    for part in plan["Plans"].as_array().into_iter().flatten() {
        read_whole(part, is_limited, found);
    }
}

#[tokio::test]
async fn no_statement_reads_a_whole_table_that_grows() {
    let database = Database::create().await;
    database.client().batch_execute(MANY_ROWS).await.expect("rows can be inserted");
    // Twice: the first time, others may still see the tables as they were, and indexes alone are not expected to be enough.
    for _ in 0..2 {
        database.client().batch_execute("vacuum analyze").await.expect("runs");
    }
    let app = database.client_as_app().await;
    app.batch_execute("set plan_cache_mode = force_generic_plan").await.expect("runs");
    let grows = "select relname::text from pg_class where relkind = 'r' and reltuples >= 10000";
    let rows = database.client().query(grows, &[]).await.expect("runs");
    let growing: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert!(growing.len() >= 14, "{growing:?}");
    let mut slow = Vec::new();
    for (place, sql) in all_statements(&server_sources()) {
        let Ok(prepared) = app.prepare(&sql).await else { continue };
        let nulls = vec!["null"; prepared.params().len()].join(", ");
        let arguments = if nulls.is_empty() { String::new() } else { format!("({nulls})") };
        let kinds: Vec<String> = prepared.params().iter().map(|kind| kind.name().to_owned()).collect();
        let kinds = if kinds.is_empty() { String::new() } else { format!("({})", kinds.join(", ")) };
        // Not every statement can be explained: `notify` and the like.
        if app.batch_execute(&format!("prepare one{kinds} as {sql}")).await.is_err() {
            continue;
        }
        let explain = format!("explain (format json) execute one{arguments}");
        let plan: Value = match app.query_one(&explain, &[]).await {
            Ok(row) => row.get(0),
            // Statements of the seed and of migrations run as the owner, on a database of their own.
            Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                app.batch_execute("deallocate one").await.expect("runs");
                continue;
            }
            Err(error) => panic!("{place}: {error:?}"),
        };
        app.batch_execute("deallocate one").await.expect("runs");
        let mut whole = Vec::new();
        read_whole(&plan[0]["Plan"], false, &mut whole);
        whole.retain(|table| growing.contains(table) && !LISTS.contains(&table.as_str()));
        if !whole.is_empty() {
            slow.push(format!("{place} reads all of {whole:?}"));
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
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
