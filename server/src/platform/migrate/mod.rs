//! Migrations: embedded, run in order, once, whoever else tries at the same time. Roles belong to the cluster and not to
//! the database, so they are made before the migrations, and the logins of the server get their settings after them.

mod prepare;

use std::time::Duration;

use refinery::error::Kind;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::platform::db::{Address, explain};

mod embedded {
    refinery::embed_migrations!("../migrations");
}

/// The key of the advisory lock that migrating holds ("agora" in ASCII).
const KEY: i64 = 0x61_67_6f_72_61;

const TRY_LOCK: &str = r"-- platform.try_lock_migrations
select pg_try_advisory_lock($1)";

const LOCK: &str = r"-- platform.lock_migrations
select pg_advisory_lock($1)";

const UNLOCK: &str = r"-- platform.unlock_migrations
select pg_advisory_unlock($1)";

/// A migration waits this long for each lock: requests that queue behind it wait no longer than they may.
const SET_LOCK_TIMEOUT: &str = "set lock_timeout = '1s'";
/// How often a migration is tried that got no lock, and how long the pauses are: all in all some three minutes.
const TRIES: u32 = 60;
const PAUSE: Duration = Duration::from_secs(2);

/// Why migrating failed, for the operator.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database cannot be reached.
    #[error("the database cannot be reached: {}", explain(.0))]
    Connect(tokio_postgres::Error),
    /// The database must not be used.
    #[error("{0}")]
    Unusable(String),
    /// A statement beside the migrations failed.
    #[error("{what}: {}", explain(.error))]
    Statement {
        /// What could not be done.
        what: &'static str,
        /// Why.
        error: tokio_postgres::Error,
    },
    /// A lock was not given, however often it was asked for.
    #[error(
        "a migration got no lock in {TRIES} tries, {wait} s apart: end the transactions that pg_stat_activity shows as old, \
         and run `agora migrate` again; the migrations before it are done",
        wait = PAUSE.as_secs()
    )]
    Locked,
    /// A migration failed, or one that ran before was edited.
    #[error("{}", told(.0))]
    Migration(refinery::Error),
}

/// What a failure of the runner means.
fn told(error: &refinery::Error) -> String {
    match (error.kind(), postgres_error(error)) {
        (Kind::Connection(what, _), Some(error)) => format!("{what}: {}", explain(error)),
        (Kind::DivergentVersion(..) | Kind::MissingVersion(_), _) => {
            format!("{error}; migrations are append-only: restore the one that was edited or removed")
        }
        _ => error.to_string(),
    }
}

/// PostgreSQL's error in the runner's, which may wrap its own.
fn postgres_error(error: &refinery::Error) -> Option<&tokio_postgres::Error> {
    let Kind::Connection(_, source) = error.kind() else { return None };
    source.downcast_ref().or_else(|| postgres_error(source.downcast_ref()?))
}

/// Connects as the migrating role, with no limits on statements.
async fn connect(url: &str) -> Result<Client, MigrateError> {
    let mut address =
        Address::parse(url).map_err(|why| MigrateError::Unusable(format!("DATABASE_MIGRATE_URL {why}")))?;
    address.config_mut().connect_timeout(Duration::from_secs(5)).application_name("agora-migrate");
    let (client, _carrying) = address.connect().await.map_err(MigrateError::Connect)?;
    Ok(client)
}

/// Runs the migrations that are missing, and gives their number.
///
/// # Errors
/// When the database is out or must not be used, a migration fails, or one that ran was edited.
pub async fn run(url: &str) -> Result<usize, MigrateError> {
    let mut client = connect(url).await?;
    prepare::check_database(&client).await?;
    lock(&client).await?;
    prepare::make_roles(&client).await?;
    let count = run_missing(&mut client).await?;
    prepare::configure_logins(&client).await?;
    unlock(&client).await?;
    Ok(count)
}

async fn lock(client: &Client) -> Result<(), MigrateError> {
    const FAILED: &str = "the lock of migrations was not given";
    let failed = |error| MigrateError::Statement { what: FAILED, error };
    if !client.query_one(TRY_LOCK, &[&KEY]).await.map_err(failed)?.get::<_, bool>(0) {
        tracing::info!("another `agora migrate` runs on this database: waiting for its end");
        client.execute(LOCK, &[&KEY]).await.map_err(failed)?;
    }
    Ok(())
}

async fn unlock(client: &Client) -> Result<(), MigrateError> {
    let unlocked = client.execute(UNLOCK, &[&KEY]).await;
    unlocked
        .map(drop)
        .map_err(|error| MigrateError::Statement { what: "the lock of migrations was not given back", error })
}

/// Runs the migrations, each in a transaction of its own. One that gets no lock in time is tried again after a pause in
/// which requests go on.
async fn run_missing(client: &mut Client) -> Result<usize, MigrateError> {
    let set = client.batch_execute(SET_LOCK_TIMEOUT).await;
    set.map_err(|error| MigrateError::Statement { what: "the session could not be set up", error })?;
    let mut count = 0;
    for _ in 0..TRIES {
        let error = match embedded::migrations::runner().run_async(client).await {
            Ok(report) => return Ok(count + report.applied_migrations().len()),
            Err(error) => error,
        };
        let code = postgres_error(&error).and_then(tokio_postgres::Error::code);
        if !matches!(code, Some(&(SqlState::LOCK_NOT_AVAILABLE | SqlState::T_R_DEADLOCK_DETECTED))) {
            return Err(MigrateError::Migration(error));
        }
        count += error.report().map_or(0, |report| report.applied_migrations().len());
        tracing::warn!("a migration got no lock within a second: it is tried again in {} s", PAUSE.as_secs());
        tokio::time::sleep(PAUSE).await;
    }
    Err(MigrateError::Locked)
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
