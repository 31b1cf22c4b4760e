//! The sandbox: a private PostgreSQL cluster and a signing key in a data folder, and the operations that only a sandbox
//! has.

mod handlers;
mod queries;

use std::path::Path;

use agora_cluster::{Cluster, Settings};
use secrecy::{ExposeSecret, SecretString};

use crate::config::Config;
use crate::platform::crypto::SigningKey;
use crate::platform::private;
use crate::seed::{DATASET_LOGIN, DEMO_LOGINS};
use crate::serve::{self, ServeError};

/// File in the data folder with the URL of the running cluster.
const URL_FILE: &str = "database-url";

/// A running sandbox. Dropping it stops its cluster.
pub struct Sandbox {
    /// The configuration, completed with the database URL and the signing key.
    pub config: Config,
    cluster: Option<Cluster>,
}

impl Sandbox {
    /// Starts a cluster and generates a signing key unless the configuration names them, and runs the migrations. Slow
    /// steps are passed to `report`.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, or the data folder is in use or not usable.
    pub async fn start(
        mut config: Config,
        mut report: impl FnMut(&str) + Clone + Send + 'static,
    ) -> Result<Self, ServeError> {
        let cluster = match config.database_url {
            Some(_) => None,
            None => Some(start_cluster(&config, report.clone()).await?),
        };
        if let Some(cluster) = &cluster {
            let url = cluster.connection().url("postgres");
            let path = config.data_dir.join(URL_FILE);
            private::write(&path, &url).map_err(|error| unusable(&path, &error))?;
            config.database_url = Some(url.clone().into());
            config.database_migrate_url = Some(url.into());
        }
        if config.jwt_private_key.is_none() {
            config.jwt_private_key = Some(signing_key(&config, &mut report)?);
        }
        serve::migrate(&config).await?;
        Ok(Self { config, cluster })
    }

    /// Stops the cluster.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn stop(mut self) -> Result<(), ServeError> {
        let Some(cluster) = self.cluster.take() else {
            return Ok(());
        };
        // The URL is no longer valid. A missing file is no error.
        let _ = std::fs::remove_file(self.config.data_dir.join(URL_FILE));
        let stopping = tokio::task::spawn_blocking(move || cluster.stop()).await;
        stopping
            .map_err(|error| ServeError::Sandbox(error.to_string()))?
            .map_err(|error| ServeError::Sandbox(error.to_string()))
    }
}

async fn start_cluster(
    config: &Config,
    mut report: impl FnMut(&str) + Send + 'static,
) -> Result<Cluster, ServeError> {
    let settings = Settings::new(config.data_dir.join("postgres"));
    let starting = tokio::task::spawn_blocking(move || Cluster::start(&settings, &mut report)).await;
    starting
        .map_err(|error| ServeError::Sandbox(error.to_string()))?
        .map_err(|error| ServeError::Sandbox(error.to_string()))
}

/// Reads the signing key of the data folder, and generates it first if it is missing.
fn signing_key(config: &Config, report: &mut impl FnMut(&str)) -> Result<SecretString, ServeError> {
    let (data_dir, path) = (&*config.data_dir, config.sandbox_key_file());
    let mut read = || private::read(&path, report).map_err(|error| unusable(&path, &error));
    if let Some(pem) = read()? {
        return Ok(pem.into());
    }
    let pem =
        SigningKey::generate_pem().map_err(|why| ServeError::Sandbox(format!("a signing key {why}")))?;
    std::fs::create_dir_all(data_dir).map_err(|error| unusable(data_dir, &error))?;
    private::create(&path, pem.expose_secret()).map_err(|error| unusable(&path, &error))?;
    // Of two processes that generate a key at the same time, both use the one written first.
    Ok(read()?.map_or(pem, Into::into))
}

fn unusable(path: &Path, error: &std::io::Error) -> ServeError {
    ServeError::Sandbox(format!(
        "{} cannot be used ({error}): set AGORA_DATA_DIR to a directory you own",
        path.display()
    ))
}

/// Formats the welcome text: URLs, logins and example commands.
#[must_use]
pub fn welcome(config: &Config, base: &str, metrics: Option<&str>) -> String {
    let logins: Vec<String> =
        DEMO_LOGINS.iter().map(|login| format!("{} / {}", login.username, login.password)).collect();
    let metrics = metrics.map(|base| format!("\n  metrics    {base}/metrics")).unwrap_or_default();
    let docs =
        if config.api_docs_enabled { format!("\n  docs       {base}/api/docs") } else { String::new() };
    let (name, password) = DATASET_LOGIN;
    format!(
        "
Agora is running with the FakeStore dataset.

  API        {base}/api/v1/products{docs}
  health     {base}/health/ready{metrics}

  sign in as {name} / {password}   (or any other user of the dataset)
             {}

  try        curl -s '{base}/api/v1/products?category=electronics&limit=2'
             curl -s {base}/api/v1/auth/login -H 'content-type: application/json' \\
                  -d '{{\"username\":\"{name}\",\"password\":\"{password}\"}}'

Press Ctrl-C to stop. Your changes are kept.
",
        logins.join("\n             ")
    )
}
