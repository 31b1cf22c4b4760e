//! Upgrades of databases from before text normalization: lossless, or refused with the remedy.

use std::path::Path;

use agora_harness::Database;

const FORMS: &str = "V0016__forms_of_text.sql";

/// Returns the migrations before text normalization, and the one that introduces it.
fn migrations() -> (Vec<String>, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let entries = std::fs::read_dir(&folder).expect("the migrations are there");
    let names = entries.map(|entry| entry.expect("is readable").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> =
        names.filter(|name| name.ends_with(".sql") && name.as_str() < FORMS).collect();
    names.sort();
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).expect("is text");
    (names.iter().map(|name| text(name)).collect(), text(FORMS))
}

/// Creates a database from before the migration, with a user for each tuple of name, e-mail address and deletion.
async fn before(users: &[(&str, &str, bool)]) -> Database {
    let (database, _) = Database::create_empty("").await;
    run(&database, "create table refinery_schema_history (version int)").await.expect("runs");
    for migration in migrations().0 {
        run(&database, &migration).await.expect("runs");
    }
    for (username, email, is_deleted) in users {
        let insert = "insert into users (uuid, username, email, password_hash, deleted_at)
            values (gen_random_uuid(), $1, $2, '', case when $3 then now() end)";
        database.client().execute(insert, &[username, email, is_deleted]).await.expect("runs");
    }
    database
}

async fn run(database: &Database, sql: &str) -> Result<(), String> {
    let whole = format!("begin; {sql}; commit");
    let outcome = database.client().batch_execute(&whole).await;
    outcome.map_err(|error| {
        error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
    })
}

async fn texts(database: &Database, sql: &str) -> Vec<String> {
    database.client().query(sql, &[]).await.expect("runs").iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn rows_that_were_different_by_bytes_alone_stay_and_are_found() {
    let database = before(&[("ada", "ada@example.com", true), ("ada", "ada@example.com", false)]).await;
    let rows = "insert into categories (uuid, name) select gen_random_uuid(), unnest(array['Garden', 'garden', 'cafe', 'CAFE'])";
    run(&database, rows).await.expect("runs");
    let product = "insert into products (uuid, title, description, price, owner_id)
        values (gen_random_uuid(), 'Café \u{2013} ÉCLAIR', 'x', 1, 2)";
    run(&database, product).await.expect("runs");
    run(&database, &migrations().1).await.expect("migrates");
    assert_eq!(
        texts(&database, "select name from categories order by id").await,
        ["Garden", "garden (2)", "cafe", "CAFE (4)"]
    );
    assert_eq!(
        texts(&database, "select username || ' ' || email from users order by id").await,
        ["ada~1 ada@example.com~1", "ada ada@example.com"]
    );
    assert_eq!(
        database.count("select count(*) from products where search @@ $$'eclair' & 'cafe'$$").await,
        1
    );
}

#[tokio::test]
async fn an_address_of_two_accounts_is_refused_with_the_remedy() {
    let database = before(&[
        ("ada", "ﬁn@example.com", false),
        ("eve", "fin@example.com", false),
        ("old", "fin@example.com", true),
    ])
    .await;
    let reported = run(&database, &migrations().1).await.expect_err("is refused");
    assert!(reported.contains("by id: 1, 2.") && reported.contains("another address"), "{reported}");
    database.client().batch_execute("rollback").await.expect("runs");
    run(&database, "update users set email = 'eve@example.com' where id = 2").await.expect("runs");
    run(&database, &migrations().1).await.expect("migrates");
    assert_eq!(texts(&database, "select email from users where id = 3").await, ["fin@example.com~3"]);
}
