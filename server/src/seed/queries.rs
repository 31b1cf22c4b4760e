//! SQL for the dataset as a whole. Each module inserts the rows of its own tables.

use std::collections::HashMap;

use crate::platform::db::{Connection, DbError, Transaction};

const LIST_HASHES: &str = r"-- seed.list_hashes
select username, password_digest, password_hash
from sandbox.seeded_hashes";

const KEEP_HASHES: &str = r"-- seed.keep_hashes
insert into sandbox.seeded_hashes (username, password_digest, password_hash)
select given.username, given.password_digest, given.password_hash
from unnest($1::text[], $2::bytea[], $3::text[]) as given (username, password_digest, password_hash)
on conflict (username) do update
set password_digest = excluded.password_digest,
    password_hash = excluded.password_hash";

const MARK: &str = r"-- seed.mark
insert into sandbox.marks (only_row)
select true
where not exists (select from users)
on conflict do nothing";

const EMPTY_TABLES: &str = r"-- seed.empty_tables
select sandbox.empty_tables()";

const RAISE_SEQUENCES: &str = r"-- seed.raise_sequences
select sandbox.raise_sequences()";

const REMOVE_EVENTS: &str = r"-- seed.remove_events
select sandbox.remove_events()";

/// The stored hash of a published password.
#[derive(Clone, Debug)]
pub(super) struct KnownHash {
    /// SHA-256 of the password.
    pub(super) digest: Vec<u8>,
    /// Argon2id in PHC format.
    pub(super) hash: String,
}

/// Lists the stored hashes by user name.
pub(super) async fn list_hashes(db: &Connection) -> Result<HashMap<String, KnownHash>, DbError> {
    let rows = db.query(LIST_HASHES, &[]).await?;
    let known = |row: &tokio_postgres::Row| KnownHash { digest: row.get(1), hash: row.get(2) };
    Ok(rows.iter().map(|row| (row.get(0), known(row))).collect())
}

/// Stores hashes, so that the next seeding need not compute them.
pub(super) async fn keep_hashes(
    tx: &Transaction,
    hashes: &HashMap<String, KnownHash>,
) -> Result<(), DbError> {
    let names: Vec<&str> = hashes.keys().map(String::as_str).collect();
    let digests: Vec<&[u8]> = hashes.values().map(|known| known.digest.as_slice()).collect();
    let texts: Vec<&str> = hashes.values().map(|known| known.hash.as_str()).collect();
    tx.execute(KEEP_HASHES, &[&names, &digests, &texts]).await.map(drop)
}

/// Marks a database as a sandbox's if it has no users.
pub(super) async fn mark(tx: &Transaction) -> Result<(), DbError> {
    tx.execute(MARK, &[]).await.map(drop)
}

/// Empties the tables of a sandbox's database. Returns `false`, and changes nothing, for any other database.
pub(super) async fn empty_tables(tx: &Transaction) -> Result<bool, DbError> {
    Ok(tx.query_opt(EMPTY_TABLES, &[]).await?.is_some_and(|row| row.get(0)))
}

/// Advances the sequences past the ids of the dataset.
pub(super) async fn raise_sequences(tx: &Transaction) -> Result<(), DbError> {
    tx.query(RAISE_SEQUENCES, &[]).await.map(drop)
}

/// Deletes the events that this transaction has written.
pub(super) async fn remove_events(tx: &Transaction) -> Result<(), DbError> {
    tx.query(REMOVE_EVENTS, &[]).await.map(drop)
}
