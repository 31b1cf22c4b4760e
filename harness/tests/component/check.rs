//! `agora check` reports every problem that would prevent a server from working, in one run.

use agora_harness::{Database, PRODUCTION, Setting, stack};

/// Returns the problems that `agora check` finds on a database with some production settings.
async fn found(url: &str, settings: &[Setting]) -> Vec<String> {
    let config = stack::config(url, &[&PRODUCTION, settings].concat()).expect("is usable");
    agora::check(&config).await
}

#[tokio::test]
async fn what_may_be_served_has_no_problems() {
    let database = Database::create().await;
    let url = database.login_url("agora_app").await;
    let sandbox = [("AGORA_PROFILE", "sandbox")];
    assert_eq!(found(&url, &sandbox).await, Vec::<String>::new(), "a sandbox has its logins");
    database.unpublish_passwords().await;
    assert_eq!(found(&url, &[]).await, Vec::<String>::new());
    let owner = ("DATABASE_MIGRATE_URL", &*database.login_url("agora_owner").await.leak());
    assert_eq!(found(&url, &[owner]).await, Vec::<String>::new());
}

#[tokio::test]
async fn all_problems_are_reported_at_once_without_secrets() {
    let database = Database::create().await;
    let url = database.login_url("agora_app").await;
    let nobody = url.replacen("login_", "nobody_", 1);
    let settings: [Setting; 4] = [
        ("CORS_ORIGINS", "*"),
        ("PUBLIC_URL", ""),
        ("JWT_PRIVATE_KEY", "-----BEGIN PRIVATE KEY-----\ngeheim\n-----END PRIVATE KEY-----"),
        ("DATABASE_MIGRATE_URL", nobody.leak()),
    ];
    let reported = found(&url, &settings).await;
    for (beginning, word) in [
        ("CORS_ORIGINS ", "list the origins"),
        ("PUBLIC_URL ", "is not set"),
        ("JWT_PRIVATE_KEY ", "openssl"),
        ("DATABASE_URL ", "published passwords: admin"),
        ("DATABASE_MIGRATE_URL ", "nobody_"),
    ] {
        let is_reported = |line: &&String| line.starts_with(beginning) && line.contains(word);
        assert_eq!(reported.iter().filter(is_reported).count(), 1, "{beginning}: {reported:#?}");
    }
    assert_eq!(reported.len(), 5, "{reported:#?}");
    assert!(
        reported.iter().all(|line| !line.contains("geheim") && !line.contains(":login@")),
        "{reported:#?}"
    );
}

#[tokio::test]
async fn an_unready_database_is_reported_with_the_remedy() {
    let database = Database::create().await;
    database.unpublish_passwords().await;
    let strong = found(database.url(), &[]).await;
    assert!(strong.len() == 1 && strong[0].contains("agora_app"), "{strong:?}");
    let url = database.login_url("agora_app").await;
    let older = "delete from refinery_schema_history where version = (select max(version) from refinery_schema_history)";
    database.client().batch_execute(older).await.expect("runs");
    let reported = found(&url, &[]).await;
    assert!(reported.len() == 1 && reported[0].contains("run `agora migrate`"), "{reported:?}");
    let (empty, _) = Database::create_empty("template template0").await;
    let reported = found(&empty.login_url("agora_app").await, &[]).await;
    assert!(reported.len() == 1 && reported[0].contains("run `agora migrate`"), "{reported:?}");
    let reported = found("postgres://agora@127.0.0.1:1/agora", &[]).await;
    assert!(reported.len() == 1 && reported[0].starts_with("DATABASE_URL cannot be used: "), "{reported:?}");
    let reported = found("postgres://agora:geheim@[db/agora", &[]).await;
    assert!(
        reported.len() == 1 && reported[0].contains("PostgreSQL URL") && !reported[0].contains("geheim"),
        "{reported:?}"
    );
}
