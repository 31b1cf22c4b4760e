//! An existing PostgreSQL cluster, used by one run at a time.

use tokio_postgres::Client;

use super::TEMPLATE;
use crate::database::VARIABLE;

/// Key of the advisory lock that admits one run at a time.
const LOCK: i64 = 0x61_676f_7261;

/// An existing cluster, locked for this run.
pub struct External {
    url: String,
    client: Client,
}

impl External {
    /// Locks the cluster of `HARNESS_DATABASE_URL`, and removes the databases and logins of an earlier run.
    ///
    /// # Errors
    /// A message if the variable is not set, the cluster is unavailable, or another run has locked it.
    pub async fn take() -> Result<Self, String> {
        let url = std::env::var(VARIABLE).unwrap_or_default();
        if url.is_empty() {
            return Err(format!("{VARIABLE} is not set: name a PostgreSQL for the tests, as its superuser"));
        }
        let client =
            super::connect(&url).await.map_err(|why| format!("the PostgreSQL of {VARIABLE}: {why}"))?;
        let taken = client.query_one("select pg_try_advisory_lock($1)", &[&LOCK]).await;
        if !taken.map_err(|error| error.to_string())?.get::<_, bool>(0) {
            return Err("another run has this PostgreSQL; wait for it, or name another".to_owned());
        }
        let external = Self { url, client };
        external.clean().await?;
        Ok(external)
    }

    /// Returns the URL of the cluster.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Removes the template, the tests' databases and their logins.
    ///
    /// # Errors
    /// The error message of PostgreSQL.
    pub async fn clean(&self) -> Result<(), String> {
        let databases = "select datname from pg_database where datname = $1 or datname ~ '^test_\\d+_\\d+$'";
        let logins = "select rolname from pg_roles where rolname ~ '^login_test_\\d+_\\d+_'";
        for row in self.client.query(databases, &[&TEMPLATE]).await.map_err(|error| error.to_string())? {
            self.execute(&format!("drop database {} with (force)", row.get::<_, &str>(0))).await?;
        }
        for row in self.client.query(logins, &[]).await.map_err(|error| error.to_string())? {
            self.execute(&format!("drop role {}", row.get::<_, &str>(0))).await?;
        }
        Ok(())
    }

    async fn execute(&self, statement: &str) -> Result<(), String> {
        self.client.batch_execute(statement).await.map_err(|error| error.to_string())
    }
}
