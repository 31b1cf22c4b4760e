//! Snapshots of a database's rows, to detect the changes of a request and to undo them.

use std::collections::BTreeMap;

use crate::database::Database;

/// A digest of the versions of all rows, by table. It changes even if a row is rewritten with the same values.
pub type Versions = BTreeMap<String, String>;

// The audit log is excluded: by contract it records rejected requests, and its triggers prevent deletion.
const TABLES: &str = "select relname::text from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not like 'audit%'
    order by relname";

const KEEP: &str = "
create schema kept;
create table kept.sequences as
    select format('%I.%I', schemaname, sequencename) as name, last_value from pg_sequences where schemaname = 'public';
create function kept.keep(name text) returns void language plpgsql as $$
begin
    execute format('create table kept.%1$I as table public.%1$I', name);
end $$;
create function kept.rewind(names text[]) returns void language plpgsql as $$
declare
    name text;
    columns text;
begin
    -- Neither triggers nor references: what comes back is what was there.
    perform set_config('session_replication_role', 'replica', true);
    foreach name in array names loop
        select string_agg(quote_ident(attname), ', ' order by attnum) into columns
        from pg_attribute
        where attrelid = format('public.%I', name)::regclass and attnum > 0 and not attisdropped and attgenerated = '';
        execute format('delete from public.%I', name);
        execute format('insert into public.%1$I (%2$s) overriding system value select %2$s from kept.%1$I', name, columns);
    end loop;
    perform setval(sequences.name::regclass, coalesce(last_value, 1), last_value is not null) from kept.sequences;
end $$;";

/// A snapshot of a database's rows.
pub struct Rows {
    versions: String,
}

impl Rows {
    /// Copies all rows into the schema `kept`.
    ///
    /// # Panics
    /// If a statement fails.
    pub async fn keep(database: &Database) -> Self {
        let client = database.client();
        client.batch_execute(KEEP).await.expect("a schema can be made");
        let tables = client.query(TABLES, &[]).await.expect("the statement runs");
        let tables: Vec<String> = tables.iter().map(|row| row.get(0)).collect();
        let mut versions = Vec::new();
        for name in &tables {
            client.execute("select kept.keep($1)", &[name]).await.expect("a table can be copied");
            versions.push(format!(
                "select '{name}', coalesce(md5(string_agg(line.xmin::text || line::text, ',' order by line::text)), '')
                from public.\"{name}\" as line"
            ));
        }
        Self { versions: versions.join(" union all ") }
    }

    /// Returns the current versions of all rows.
    ///
    /// # Panics
    /// If the statement fails.
    pub async fn versions(&self, database: &Database) -> Versions {
        let rows = database.client().query(&self.versions, &[]).await.expect("the statement runs");
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    /// Restores the rows of some tables, and resets all sequences, so that the same ids are assigned again.
    ///
    /// # Panics
    /// If the statement fails.
    pub async fn rewind(&self, database: &Database, tables: &[String]) {
        let rewind = "select kept.rewind($1)";
        database.client().execute(rewind, &[&tables]).await.expect("rows can be put back");
    }
}

/// Returns the tables with different rows.
#[must_use]
pub fn changed(before: &Versions, after: &Versions) -> Vec<String> {
    after
        .iter()
        .filter(|(table, digest)| before.get(*table) != Some(digest))
        .map(|(table, _)| table.clone())
        .collect()
}
