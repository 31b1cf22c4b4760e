//! Migrations: embedded, and run once in order, even if several processes start them. Roles belong to the cluster and
//! not to the database, so they are created before the migrations. The server's logins get their settings afterwards.

mod prepare;

use std::time::Duration;

use refinery::error::Kind;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::platform::db::{Address, explain};

mod embedded {
    refinery::embed_migrations!("../migrations");
}

/// Key of the advisory lock for migrations ("agora" in ASCII).
const KEY: i64 = 0x61_67_6f_72_61;

const TRY_LOCK: &str = r"-- platform.try_lock_migrations
select pg_try_advisory_lock($1)";

const LOCK: &str = r"-- platform.lock_migrations
select pg_advisory_lock($1)";

const UNLOCK: &str = r"-- platform.unlock_migrations
select pg_advisory_unlock($1)";

/// Limits the wait of a migration for each lock, and thus the wait of requests that queue behind it. It exceeds PostgreSQL's
/// `deadlock_timeout` of 1 s, after which an autovacuum that holds the lock is cancelled: it may take hours.
const SET_LOCK_TIMEOUT: &str = "set lock_timeout = '1200ms'";
/// Number of attempts for a migration that gets no lock. With the pauses between them they take about three minutes.
const TRIES: u32 = 60;
const PAUSE: Duration = Duration::from_secs(2);

/// Reason why the migrations failed, for the operator.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database cannot be reached.
    #[error("the database cannot be reached: {}", explain(.0))]
    Connect(tokio_postgres::Error),
    /// The database does not meet the requirements.
    #[error("{0}")]
    Unusable(String),
    /// A statement outside the migrations failed.
    #[error("{what}: {}", explain(.error))]
    Statement {
        /// Action that failed.
        what: &'static str,
        /// Error of PostgreSQL.
        error: tokio_postgres::Error,
    },
    /// A lock was not granted within all attempts.
    #[error(
        "a migration did not get a lock in {TRIES} attempts, {wait} s apart: end the transactions that pg_stat_activity shows as old, \
         and run `agora migrate` again; the migrations before it are done",
        wait = PAUSE.as_secs()
    )]
    Locked,
    /// A migration failed, or an applied one was edited.
    #[error("{}", retrying(.0))]
    Migration(refinery::Error),
}

/// Returns the message for an error of the migration runner.
fn retrying(error: &refinery::Error) -> String {
    match (error.kind(), postgres_error(error)) {
        (Kind::Connection(what, _), Some(error)) => format!("{what}: {}", explain(error)),
        (Kind::DivergentVersion(..) | Kind::MissingVersion(_), _) => {
            format!("{error}; migrations are append-only: restore the edited or removed migration")
        }
        _ => error.to_string(),
    }
}

/// Returns the PostgreSQL error inside an error of the runner, which may nest its own errors.
fn postgres_error(error: &refinery::Error) -> Option<&tokio_postgres::Error> {
    let Kind::Connection(_, source) = error.kind() else { return None };
    source.downcast_ref().or_else(|| postgres_error(source.downcast_ref()?))
}

/// Connects as the migrating login, without limits on statements.
async fn connect(url: &str) -> Result<Client, MigrateError> {
    let mut address =
        Address::parse(url).map_err(|why| MigrateError::Unusable(format!("DATABASE_MIGRATE_URL {why}")))?;
    address.config_mut().connect_timeout(Duration::from_secs(5)).application_name("agora-migrate");
    let (client, _carrying) = address.connect().await.map_err(MigrateError::Connect)?;
    Ok(client)
}

/// Runs the pending migrations, and returns their number.
///
/// # Errors
/// Returns an error if the database is unavailable or unsuitable, a migration fails, or an applied one was edited.
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
    const FAILED: &str = "the migration lock could not be acquired";
    let failed = |error| MigrateError::Statement { what: FAILED, error };
    if !client.query_one(TRY_LOCK, &[&KEY]).await.map_err(failed)?.get::<_, bool>(0) {
        tracing::info!("another `agora migrate` is running on this database: waiting for it to finish");
        client.execute(LOCK, &[&KEY]).await.map_err(failed)?;
    }
    Ok(())
}

async fn unlock(client: &Client) -> Result<(), MigrateError> {
    let unlocked = client.execute(UNLOCK, &[&KEY]).await;
    unlocked
        .map(drop)
        .map_err(|error| MigrateError::Statement { what: "the migration lock could not be released", error })
}

/// Runs the migrations, each in its own transaction. A migration that gets no lock in time is retried after a pause,
/// in which requests proceed.
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
        tracing::warn!("a migration did not get a lock within a second; retrying in {} s", PAUSE.as_secs());
        tokio::time::sleep(PAUSE).await;
    }
    Err(MigrateError::Locked)
}

/// Returns the version of the schema that this build needs.
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
