//! A dump of one PostgreSQL major version, restored into another and served. Run by `./justw test-dump`.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use agora_cluster::Installation;
use agora_harness::{Database, TEMPLATE, TestApp, stack};
use serde_json::json;

/// Environment variable with the location of the programs of the dumped version.
const FROM_VARIABLE: &str = "HARNESS_DUMP_FROM";

const PATHS: [&str; 4] = [
    "/api/v1/products?limit=100",
    "/api/v1/categories",
    "/api/v1/products/1",
    "/api/v1/products?search=hard+drive",
];

async fn seen(app: &TestApp) -> Vec<String> {
    let mut seen = Vec::new();
    for path in PATHS {
        let response = app.anonymous().get(path).await;
        assert_eq!(response.status, 200, "{path}");
        seen.push(response.text().replace(&app.base, ""));
    }
    seen
}

#[tokio::test]
#[ignore = "needs another PostgreSQL; run by ./justw test-dump"]
async fn a_dump_is_restored_in_a_newer_version_and_served() {
    let from = std::env::var(FROM_VARIABLE).unwrap_or_else(|_| panic!("{FROM_VARIABLE} is not set"));
    let old = stack::cluster_of(PathBuf::from(from)).expect("a cluster");
    stack::make_template(&old.connection().url("postgres")).await.expect("a template");
    let source = Database::from_url(&old.connection().url(TEMPLATE)).await;
    let (old_version, source_url) =
        (stack::version(source.url()).await.expect("answers"), source.url().to_owned());
    let app = TestApp::start_at(&source_url, source, &[]).await;
    let user = app.user().await;
    let created = user.post("/api/v1/categories").json(&json!({"name": "crème brûlée ½ שלום"})).await;
    assert_eq!(created.status, 201);
    let before = seen(&app).await;
    app.stop().await;

    let (target, owner) = Database::create_empty("encoding 'UTF8' template template0").await;
    let config: tokio_postgres::Config = owner.parse().expect("a URL");
    let grant = format!("grant agora_owner to {}", config.get_user().expect("a user"));
    target.client().batch_execute(&grant).await.expect("runs");
    let new_version = stack::version(target.url()).await.expect("answers");
    assert_ne!(old_version.split('.').next(), new_version.split('.').next(), "two versions are asked for");
    let programs = Installation::find().expect("an installation");
    let mut dump = Command::new(programs.bin().join("pg_dump"))
        .arg(&source_url)
        .stdout(Stdio::piped())
        .spawn()
        .expect("pg_dump runs");
    let output = dump.stdout.take().expect("is piped");
    let restore = Command::new(programs.bin().join("psql"))
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", target.url()])
        .stdin(output)
        .stdout(Stdio::null())
        .status();
    assert!(restore.expect("psql runs").success() && dump.wait().expect("is waited for").success());

    let config = stack::config(&owner, &[]).expect("is usable");
    assert_eq!(agora::migrate(&config).await.map_err(|error| error.to_string()), Ok(0));
    let login = target.login_url("agora_app").await;
    let app = TestApp::start_at(&login, target, &[]).await;
    let after = seen(&app).await.join("\n");
    assert_eq!(after, before.join("\n"), "{old_version} in {new_version}");
    let user = app.user().await;
    assert_eq!(user.post("/api/v1/categories").json(&json!({"name": "after"})).await.status, 201);
    eprintln!("a dump of {old_version} is served from {new_version}");
}
