//! Snapshots of a database's rows, to detect the changes of a request and to undo them.

use std::collections::BTreeMap;

use crate::database::Database;

/// The number of the latest change of each table, or 0. Any written row is a change, even one with the same values.
pub type Versions = BTreeMap<String, i64>;

// The audit log is excluded: by contract it records rejected requests, and its triggers prevent deletion.
const TABLES: &str = "select relname::text from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not like 'audit%'
    order by relname";

const KEEP: &str = "
create schema kept;
create table kept.changes (number bigint generated always as identity primary key, name text not null);
create index on kept.changes (name, number desc);
create function kept.note() returns trigger language plpgsql security definer set search_path = kept as $$
begin
    insert into kept.changes (name) values (tg_table_name);
    return null;
end $$;
create table kept.sequences as
    select format('%I.%I', schemaname, sequencename) as name, last_value from pg_sequences where schemaname = 'public';
create function kept.keep(name text) returns void language plpgsql as $$
begin
    execute format('create table kept.%1$I as table public.%1$I', name);
    execute format('create trigger zz_kept after insert or update or delete on public.%I
        for each row execute function kept.note()', name);
    execute format('create trigger zz_kept_all after truncate on public.%I
        for each statement execute function kept.note()', name);
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
    delete from kept.changes as change where change.name = any(names);
    perform setval(sequences.name::regclass, coalesce(last_value, 1), last_value is not null) from kept.sequences;
end $$;";

/// A snapshot of a database's rows.
pub struct Rows {
    tables: Vec<String>,
}

impl Rows {
    /// Copies all rows into the schema `kept`, and records further changes by triggers.
    ///
    /// # Panics
    /// If a statement fails.
    pub async fn keep(database: &Database) -> Self {
        let client = database.client();
        client.batch_execute(KEEP).await.expect("a schema can be made");
        let tables = client.query(TABLES, &[]).await.expect("the statement runs");
        let tables: Vec<String> = tables.iter().map(|row| row.get(0)).collect();
        for name in &tables {
            client.execute("select kept.keep($1)", &[name]).await.expect("a table can be copied");
        }
        Self { tables }
    }

    /// Returns the current versions of all tables.
    ///
    /// # Panics
    /// If the statement fails.
    pub async fn versions(&self, database: &Database) -> Versions {
        let latest = "select given.name, coalesce(max(change.number), 0)
            from unnest($1::text[]) as given (name)
            left join kept.changes as change on change.name = given.name
            group by given.name";
        let rows = database.client().query(latest, &[&self.tables]).await.expect("the statement runs");
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
        .filter(|(table, number)| before.get(*table) != Some(number))
        .map(|(table, _)| table.clone())
        .collect()
}
