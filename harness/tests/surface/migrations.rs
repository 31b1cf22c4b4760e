//! Checks that migrations are append-only, that constraints have explicit names, and that tables have comments.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use agora_harness::Database;
use aws_lc_rs::digest;
use regex::Regex;

use super::spec_rules::repository::{File, files, text};

/// File with the digest and path of each migration that has landed, in the format of `sha256sum`.
const LOCK: &str = "harness/tests/surface/migrations.lock";

fn sha256(text: &str) -> String {
    digest::digest(&digest::SHA256, text.as_bytes()).as_ref().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Returns the differences between a list of digests and the migrations.
fn disagreements(lock: &str, migrations: &[File]) -> Vec<String> {
    let mut locked: BTreeMap<&str, &str> =
        lock.lines().filter_map(|line| line.split_once("  ")).map(|(digest, path)| (path, digest)).collect();
    let mut found = Vec::new();
    for file in migrations {
        let digest = sha256(&file.text);
        match locked.remove(file.path.as_str()) {
            Some(known) if known == digest => {}
            Some(_) => found.push(format!("{} has landed, and was edited: mend it by a new one", file.path)),
            None => found.push(format!("{LOCK} lacks the line\n{digest}  {}", file.path)),
        }
    }
    found.extend(locked.keys().map(|path| format!("{path} has landed, and is gone")));
    found
}

#[test]
fn migrations_that_have_landed_are_not_edited() {
    let found = disagreements(&text(LOCK), &files("migrations", &[".sql"]));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn an_edited_a_removed_and_an_unlisted_migration_would_be_seen() {
    let migrations =
        [File::new("migrations/V1__a.sql", "select 1;"), File::new("migrations/V2__b.sql", "select 2;")];
    let lock = migrations
        .iter()
        .fold(String::new(), |lock, file| format!("{lock}{}  {}\n", sha256(&file.text), file.path));
    assert_eq!(disagreements(&lock, &migrations), [""; 0]);
    let edited = [File::new("migrations/V1__a.sql", "select 3;"), migrations[1].clone()];
    assert_eq!(disagreements(&lock, &edited).len(), 1);
    assert_eq!(disagreements(&lock, &migrations[..1]).len(), 1);
    assert_eq!(disagreements("", &migrations).len(), 2);
}

/// The beginning of a constraint in DDL.
static CONSTRAINTS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b(check\s*\(|unique\b|primary\s+key\b|references\s|foreign\s+key\b|exclude\s+using\b)")
});
/// Text before a constraint that names it, or that makes it part of another clause.
static NAMED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(constraint\s+\w+|foreign\s+key\s*\([^)]*\)|create)\s*$"));
/// Comments, string literals and function bodies.
static WORDS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?s)--[^\n]*|\$\$.*?\$\$|'(?:[^']|'')*'"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of this file compiles")
}

/// Returns the unnamed constraints of a migration, each as the rest of its line.
fn nameless(sql: &str) -> Vec<String> {
    let ddl = WORDS.replace_all(sql, "''").to_lowercase();
    let bare = CONSTRAINTS.find_iter(&ddl).filter(|found| !NAMED.is_match(&ddl[..found.start()]));
    bare.map(|found| ddl[found.start()..].lines().next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn constraints_are_given_their_names() {
    let found = files("migrations", &[".sql"]).into_iter().flat_map(|file| {
        nameless(&file.text).into_iter().map(move |constraint| format!("{}: {constraint}", file.path))
    });
    let found: Vec<String> = found.collect();
    assert!(found.is_empty(), "constraints without a name:\n{}", found.join("\n"));
}

#[test]
fn a_constraint_without_a_name_would_be_seen() {
    for bare in
        ["id bigint primary key", "uuid uuid unique", "a int check (a > 0)", "b int references users (id)"]
    {
        let nameless_table = format!("create table t ({bare}, c int constraint c_check check (c > 0));");
        assert_eq!(nameless(&nameless_table).len(), 1, "{bare}");
    }
    let named = "create unique index t_key on t (a); -- unique\nalter table t add constraint t_a_fkey foreign key (a) references u (id);";
    assert_eq!(nameless(named), [""; 0]);
}

/// Query for constraints and indexes: the table, the name, and the suffix that the name must have.
const NAMES: &str = "
select conrelid::regclass::text, conname::text,
    case contype when 'p' then '_pkey' when 'u' then '_key' when 'f' then '_fkey' when 'c' then '_check' else '_excl' end
from pg_constraint
where connamespace in ('public'::regnamespace, to_regnamespace('sandbox')) and contype in ('p', 'u', 'f', 'c', 'x')
    and conrelid <> 0 and conrelid <> 'refinery_schema_history'::regclass
union all
select indrelid::regclass::text, relname::text, case when indisunique then '_key' else '_idx' end
from pg_index join pg_class on pg_class.oid = indexrelid
where relnamespace = 'public'::regnamespace
    and not exists (select from pg_constraint where conindid = indexrelid)";

#[tokio::test]
async fn names_of_constraints_and_indexes_say_what_they_are_of() {
    let database = Database::create().await;
    let rows = database.client().query(NAMES, &[]).await.expect("the statement runs");
    let mut odd = Vec::new();
    for row in &rows {
        let (table, name, kind): (&str, &str, &str) = (row.get(0), row.get(1), row.get(2));
        let table = table.rsplit('.').next().unwrap_or(table);
        if !name.starts_with(table) || !name.ends_with(kind) {
            odd.push(format!("{name} of {table} is not {table}_...{kind}"));
        }
    }
    assert!(rows.len() > 20 && odd.is_empty(), "{}", odd.join("\n"));
}

/// Query for tables and views without a comment.
const UNDESCRIBED: &str = "
select oid::regclass::text
from pg_class
where relnamespace in ('public'::regnamespace, to_regnamespace('sandbox')) and relkind in ('r', 'p', 'v', 'm')
    and oid <> 'refinery_schema_history'::regclass
    and coalesce(obj_description(oid, 'pg_class'), '') = ''
order by 1";

#[tokio::test]
async fn tables_and_views_have_comments() {
    let database = Database::create().await;
    let client = database.client();
    let undescribed = async || -> Vec<String> {
        let rows = client.query(UNDESCRIBED, &[]).await.expect("the statement runs");
        rows.iter().map(|row| row.get(0)).collect()
    };
    assert_eq!(undescribed().await, [""; 0]);
    client
        .batch_execute("create table bare (); comment on table carts is null")
        .await
        .expect("it is planted");
    assert_eq!(undescribed().await, ["bare", "carts"]);
}

/// Views that run with the rights of their owner, each with the reason.
const OF_THEIR_OWNER: [&str; 1] = [
    // Clients of the earlier system have rights on this view, and none on its table.
    "metadata_manager_user",
];

#[tokio::test]
async fn views_run_with_the_rights_of_their_reader() {
    let database = Database::create().await;
    // `create or replace view` resets options that it does not repeat.
    let sql = "select relname::text
        from pg_class
        where relkind = 'v'
            and relnamespace = 'public'::regnamespace
            and not coalesce(reloptions @> array['security_invoker=true'], false)";
    let rows = database.client().query(sql, &[]).await.expect("runs");
    let found: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(found, OF_THEIR_OWNER, "add `with (security_invoker = true)`");
}
