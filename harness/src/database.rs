//! A database for each test, cloned from the template.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::{Client, Config, NoTls};

/// Name of the template database, which tests clone.
pub const TEMPLATE: &str = "agora_template";

/// Environment variable with the URL of the run's cluster, with its superuser's login.
pub const VARIABLE: &str = "HARNESS_DATABASE_URL";

static CLONES: AtomicU32 = AtomicU32::new(0);

/// The database of one test. It is not dropped before the run's cluster is removed or cleaned.
pub struct Database {
    url: String,
    client: Client,
}

impl Database {
    /// Clones the template.
    ///
    /// # Panics
    /// If the run has no cluster, or the cluster is unavailable.
    pub async fn create() -> Self {
        let cluster = std::env::var(VARIABLE)
            .unwrap_or_else(|_| panic!("{VARIABLE} is not set: run tests by `./justw test`"));
        let name = new_name();
        let admin = connect(&cluster).await;
        let clone = format!("create database {name} template {TEMPLATE}");
        admin.batch_execute(&clone).await.expect("the template can be cloned");
        let url = of_database(&cluster, &name);
        Self::from_url(&url).await
    }

    /// Creates an empty database, with further `options` of `create database`. Returns it with its URL for the login
    /// that owns it. As the documentation requires, the login has no privilege except `createrole`.
    ///
    /// # Panics
    /// If the run has no cluster, or the cluster is unavailable.
    pub async fn create_empty(options: &str) -> (Self, String) {
        let cluster = std::env::var(VARIABLE)
            .unwrap_or_else(|_| panic!("{VARIABLE} is not set: run tests by `./justw test`"));
        let name = new_name();
        let login = format!("login_{name}_migrator");
        let admin = connect(&cluster).await;
        let make = format!("create role {login} login createrole password 'geheim'");
        admin.batch_execute(&make).await.expect("a login can be made");
        let create = format!("create database {name} owner {login} {options}");
        admin.batch_execute(&create).await.expect("a database can be made");
        let url = of_database(&cluster, &name);
        let owner = as_login(&url, &format!("{login}:geheim"));
        (Self::from_url(&url).await, owner)
    }

    /// Connects to an existing database.
    ///
    /// # Panics
    /// If it is unavailable.
    pub async fn from_url(url: &str) -> Self {
        Self { url: url.to_owned(), client: connect(url).await }
    }

    /// Returns the URL of the database, with the login it was opened with.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the connection of this value, for test setup and inspection; usually the superuser's.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Opens a connection with the role of the application, `agora_app`.
    ///
    /// # Panics
    /// If the database is unavailable.
    pub async fn client_as_app(&self) -> Client {
        let client = connect(&self.url).await;
        client.batch_execute("set role agora_app").await.expect("the role is there");
        client
    }

    /// Creates a login that is a member of `role` only, and returns the URL of the database with that login.
    ///
    /// # Panics
    /// If the login cannot be created.
    pub async fn login_url(&self, role: &str) -> String {
        let name = format!("login_{}_{role}", of_url(&self.url));
        let login = format!("create role {name} login password 'login' in role {role}");
        self.client.batch_execute(&login).await.expect("a login can be made");
        as_login(&self.url, &format!("{name}:login"))
    }

    /// Sets the password of all users to `password`, with a cheap hash. Needed because the production profile refuses
    /// to serve with the published passwords of the dataset.
    ///
    /// # Panics
    /// If the statement fails.
    pub async fn unpublish_passwords(&self) {
        let update = "update users set password_hash = \
            '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'";
        self.client.batch_execute(update).await.expect("passwords can be set");
    }

    /// Creates a trigger on every table of the application: `create trigger planted {events} on {table} {action}`.
    /// An example of `events` is `after insert`, one of `action` is `for each row execute function see()`.
    ///
    /// # Panics
    /// If a trigger cannot be created.
    pub async fn trigger_everywhere(&self, events: &str, action: &str) {
        let tables = "select oid::regclass::text from pg_class
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relowner = 'agora_owner'::regrole";
        for row in self.client.query(tables, &[]).await.expect("the tables are told") {
            let trigger = format!("create trigger planted {events} on {} {action}", row.get::<_, &str>(0));
            self.client.batch_execute(&trigger).await.expect("a trigger can be made");
        }
    }

    /// Runs a statement that returns a single number, such as a count.
    ///
    /// # Panics
    /// If the statement fails.
    pub async fn count(&self, sql: &str) -> i64 {
        self.client.query_one(sql, &[]).await.expect("the statement runs").get(0)
    }
}

/// Returns an unused name of a database. Its end is that of the test's name, as nextest passes it.
fn new_name() -> String {
    let test = std::env::var("NEXTEST_TEST_NAME").unwrap_or_default();
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' };
    let number = CLONES.fetch_add(1, Ordering::Relaxed);
    let mut name = format!("test_{}_{number}_", std::process::id());
    name.extend(test.chars().map(plain));
    // Names of databases, and of logins made from them, are at most 63 bytes long.
    name.truncate(45);
    name
}

async fn connect(url: &str) -> Client {
    let config: Config = url.parse().expect("a URL of PostgreSQL");
    let (client, connection) = config.connect(NoTls).await.expect("the run's cluster answers");
    tokio::spawn(connection);
    client
}

/// Returns the name of the database in a URL.
fn of_url(url: &str) -> &str {
    let base = url.split('?').next().unwrap_or(url);
    base.rsplit_once('/').map_or("", |(_, name)| name)
}

/// Returns the URL with another login (`user:password`).
pub(crate) fn as_login(url: &str, login: &str) -> String {
    match (url.split_once("://"), url.split_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{login}@{host}"),
        _ => url.to_owned(),
    }
}

/// Returns the URL with another database, which is the path between host and query.
pub(crate) fn of_database(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let base = base.rsplit_once('/').map_or(base, |(base, _)| base);
    match query {
        Some(query) => format!("{base}/{name}?{query}"),
        None => format!("{base}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_of_a_url_changes() {
        assert_eq!(of_database("postgres://p@%2Ftmp:5/postgres", "x"), "postgres://p@%2Ftmp:5/x");
        assert_eq!(of_database("postgres://p@h/postgres?a=b", "x"), "postgres://p@h/x?a=b");
        assert_eq!(of_url("postgres://p@h/x?a=b"), "x");
        assert_eq!(as_login("postgres://p:s@h:5/x?a=b", "q:t"), "postgres://q:t@h:5/x?a=b");
    }
}
