//! The rows of a database as they are: whether a request has left a trace, and how to put back what it did.

use std::collections::BTreeMap;

use crate::database::Database;

/// The versions of a table's rows as one digest, by table. A row that is written anew as it was is another version.
pub type Versions = BTreeMap<String, String>;

// Refused calls are told in the audit log, by contract, and its triggers let nothing be taken away.
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

/// A database's rows at one moment.
pub struct Rows {
    versions: String,
}

impl Rows {
    /// Keeps a copy of all rows.
    ///
    /// # Panics
    /// When the database does not answer.
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

    /// The versions of all rows.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn versions(&self, database: &Database) -> Versions {
        let rows = database.client().query(&self.versions, &[]).await.expect("the statement runs");
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    /// Puts back the rows of some tables, and lets all ids start again where they did.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn rewind(&self, database: &Database, tables: &[String]) {
        let rewind = "select kept.rewind($1)";
        database.client().execute(rewind, &[&tables]).await.expect("rows can be put back");
    }
}

/// The tables whose rows differ.
#[must_use]
pub fn changed(before: &Versions, after: &Versions) -> Vec<String> {
    after
        .iter()
        .filter(|(table, digest)| before.get(*table) != Some(digest))
        .map(|(table, _)| table.clone())
        .collect()
}
