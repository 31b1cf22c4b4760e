//! Migrations: embedded, run in order, once, whoever else tries at the same time.

use std::time::Duration;

use tokio_postgres::{Client, Config, NoTls};

use crate::platform;

mod embedded {
    refinery::embed_migrations!("../migrations");
}

/// The key of the advisory lock that migrating holds ("agora" in ASCII).
const KEY: i64 = 0x61_67_6f_72_61;

const LOCK: &str = r"-- platform.lock_migrations
select pg_advisory_lock($1)";

const UNLOCK: &str = r"-- platform.unlock_migrations
select pg_advisory_unlock($1)";

/// Why migrating failed, for the operator.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database cannot be reached.
    #[error("the database cannot be reached: {0}; look at DATABASE_MIGRATE_URL or DATABASE_URL")]
    Connect(tokio_postgres::Error),
    /// The lock could not be had.
    #[error("the lock for migrating could not be had: {0}")]
    Lock(tokio_postgres::Error),
    /// A migration failed, or one that ran before was edited.
    #[error("{0}; migrations are append-only: restore an edited one, or mend by a new one")]
    Migration(#[from] refinery::Error),
}

/// Whether a URL logs in as a superuser or as the schema's owner; `None` when the database does not answer at once.
pub async fn is_strong_login(url: &str) -> Option<bool> {
    let asked = async { platform::connect::is_strong_login(&connect(url).await?).await };
    tokio::time::timeout(Duration::from_secs(1), asked).await.ok()?.ok()
}

/// Connects as the migrating role, with no limits on statements.
async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let mut config: Config = url.parse()?;
    config.connect_timeout(Duration::from_secs(5)).application_name("agora-migrate");
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Runs the migrations that are missing, and gives their number.
///
/// # Errors
/// When the database is out, a migration fails, or one that ran was edited.
pub async fn run(url: &str) -> Result<usize, MigrateError> {
    let mut client = connect(url).await.map_err(MigrateError::Connect)?;
    client.execute(LOCK, &[&KEY]).await.map_err(MigrateError::Lock)?;
    let report = embedded::migrations::runner().run_async(&mut client).await?;
    client.execute(UNLOCK, &[&KEY]).await.map_err(MigrateError::Lock)?;
    Ok(report.applied_migrations().len())
}

/// The version that this build needs.
#[must_use]
pub fn latest() -> i64 {
    let migrations = embedded::migrations::runner();
    migrations
        .get_migrations()
        .iter()
        .map(|migration| i64::from(migration.version()))
        .max()
        .unwrap_or_default()
}
