//! `agora check`: all that would keep a server from its work, found at once.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::{Logins, ServeError, find_published_logins, signing_keys};
use crate::config::{Config, Profile};
use crate::health;
use crate::platform::db::{Database, SessionRole, Sessions};
use crate::platform::migrate;
use crate::platform::passwords::PasswordHashing;

/// How long a database may take to answer: nobody waits for a request here.
const DATABASE_DEADLINE: Duration = Duration::from_secs(5);

/// Looks for all that would keep a server from its work: settings and keys that are not usable, a database that cannot be
/// reached or served from, is not migrated, or has accounts with published passwords. Nothing is written. No line has a
/// secret in it; without any the server may start.
pub async fn check(config: &Config) -> Vec<String> {
    let mut problems = refusals(config);
    for (variable, url, role) in databases(config) {
        // Without a database of its own, the settings have been told what is missing.
        let Some(url) = url else { continue };
        // Addresses that are no URL are among the refusals.
        let Ok(database) = open(config, url, role) else { continue };
        let found = tokio::time::timeout(DATABASE_DEADLINE, check_database(config, &database, role)).await;
        let found = found.unwrap_or_else(|_| {
            vec![format!(
                "names a database that does not answer within {} seconds",
                DATABASE_DEADLINE.as_secs()
            )]
        });
        problems.extend(found.into_iter().map(|why| format!("{variable} {why}")));
        database.close();
    }
    problems
}

/// What is wrong with the settings, as far as nobody has to be asked.
pub(super) fn refusals(config: &Config) -> Vec<String> {
    let mut refusals = config.check_for_serving().err().map(|error| error.0).unwrap_or_default();
    if config.jwt_private_key.is_some() {
        refusals.extend(signing_keys(config).err().map(|error| error.to_string()));
    }
    for (variable, url, role) in databases(config) {
        let refused = url.and_then(|url| open(config, url, role).err());
        refusals.extend(refused.map(|why| format!("{variable} {why}")));
    }
    refusals
}

fn databases(config: &Config) -> [(&'static str, Option<&SecretString>, SessionRole); 2] {
    let served = config.database_url.as_ref();
    let migrated = config.database_migrate_url.as_ref();
    let is_same =
        |url: &&SecretString| served.is_some_and(|served| served.expose_secret() == url.expose_secret());
    [
        ("DATABASE_URL", served, SessionRole::App),
        ("DATABASE_MIGRATE_URL", migrated.filter(|url| !is_same(url)), SessionRole::Owner),
    ]
}

fn open(config: &Config, url: &SecretString, role: SessionRole) -> Result<Database, String> {
    let is_served = config.profile == Profile::Production && role == SessionRole::App;
    let logins = if is_served { Logins::Weak } else { Logins::Any };
    Database::new(url.expose_secret(), role, 1, logins, &Sessions::default())
}

async fn check_database(config: &Config, database: &Database, role: SessionRole) -> Vec<String> {
    if let Err(error) = database.probe().await {
        return vec![format!("cannot be used: {error}")];
    }
    if role == SessionRole::Owner {
        return Vec::new();
    }
    match database.connection().await {
        Err(error) => return vec![format!("cannot be used: {error}")],
        Ok(db) => match health::find_migration(&db).await {
            Err(error) => {
                return vec![format!(
                    "names a database whose migrations cannot be read ({error}): run `agora migrate`"
                )];
            }
            Ok(version) if version < migrate::latest() => {
                let latest = migrate::latest();
                return vec![format!(
                    "names a database at migration {version} of {latest}: run `agora migrate`"
                )];
            }
            Ok(_) => {}
        },
    }
    if config.profile == Profile::Sandbox {
        return Vec::new();
    }
    let found = async { find_published_logins(database, &PasswordHashing::new()?).await };
    match found.await {
        Ok(names) if names.is_empty() => Vec::new(),
        Ok(names) => {
            vec![format!("names a database that is refused: {}", ServeError::PublishedLogins(names))]
        }
        Err(error) => vec![format!("cannot be used: {error}")],
    }
}
