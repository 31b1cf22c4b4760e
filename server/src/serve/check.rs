//! `agora check`: finds all problems that would keep a server from working.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::{LoginPolicy, ServeError, find_published_logins, signing_keys};
use crate::config::{Config, Profile};
use crate::health;
use crate::platform::crypto::passwords::PasswordHashing;
use crate::platform::db::{Database, SessionRole, Sessions};
use crate::platform::migrate;

/// Deadline of the checks of one database. It is longer than for requests, since no client waits.
const DATABASE_DEADLINE: Duration = Duration::from_secs(5);

/// Finds problems that would keep a server from working: invalid settings and keys, and a database that is unavailable,
/// not usable, not migrated, or has accounts with published passwords.
///
/// Writes nothing. Returns one line per problem, none of which contains a secret. Without problems the server may start.
pub async fn check(config: &Config) -> Vec<String> {
    let mut problems = refusals(config);
    for (variable, url, role) in databases(config) {
        // A missing URL is already among the problems of the settings.
        let Some(url) = url else { continue };
        // So is an invalid URL.
        let Ok(database) = open(config, url, role) else { continue };
        let found = tokio::time::timeout(DATABASE_DEADLINE, check_database(config, &database, role)).await;
        let found = found.unwrap_or_else(|_| {
            vec![format!(
                "refers to a database that does not respond within {} seconds",
                DATABASE_DEADLINE.as_secs()
            )]
        });
        problems.extend(found.into_iter().map(|why| format!("{variable} {why}")));
        database.close();
    }
    problems
}

/// Returns the problems of the settings that can be found without connecting to a database.
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
    let logins = if is_served { LoginPolicy::LeastPrivilege } else { LoginPolicy::Any };
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
                    "refers to a database whose migrations cannot be read ({error}): run `agora migrate`"
                )];
            }
            Ok(version) if version < migrate::latest() => {
                let latest = migrate::latest();
                return vec![format!(
                    "refers to a database at migration {version} of {latest}: run `agora migrate`"
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
            vec![format!("refers to a database that cannot be used: {}", ServeError::PublishedLogins(names))]
        }
        Err(error) => vec![format!("cannot be used: {error}")],
    }
}
