//! What production does not serve with.

use std::time::{Duration, Instant};

use agora_harness::{Database, Mode, PRODUCTION, Proxy, Setting, TestApp, stack};

/// How long a server may take to see that its database is there again, with room for a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the server of a login says when it is started.
async fn started(url: &str, settings: &[Setting]) -> Result<(), String> {
    let config = stack::config(url, &[&PRODUCTION, settings].concat())?;
    let listeners = agora::Listeners::bind(&config).await.expect("a free port");
    agora::serve(&config, listeners, std::future::ready(())).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn production_refuses_a_superuser_and_the_owner_of_the_schema() {
    let database = Database::create().await;
    let now: [Setting; 1] = [("AGORA_DRAIN_SECONDS", "0")];
    let app = database.login_url("agora_app").await;
    assert_eq!(started(&app, &now).await, Ok(()));
    for url in [database.url(), &database.login_url("agora_owner").await] {
        let told = started(url, &now).await.expect_err("is refused");
        assert!(told.contains("agora_app"), "{told}");
        assert_eq!(started(url, &[("AGORA_PROFILE", "sandbox")]).await, Ok(()), "a sandbox takes any");
    }
}

#[tokio::test]
async fn a_strong_login_is_not_used_when_its_database_comes_later() {
    for (role, is_served) in [(None, false), (Some("agora_owner"), false), (Some("agora_app"), true)] {
        let database = Database::create().await;
        let url = match role {
            Some(role) => database.login_url(role).await,
            None => database.url().to_owned(),
        };
        let proxy = Proxy::start(&url);
        proxy.set(Mode::BlackHole).await;
        let app = TestApp::start_at(&proxy.url(&url), database, &PRODUCTION).await;
        assert_eq!(app.anonymous().get("/health/ready").await.status, 503);
        proxy.set(Mode::Pass).await;
        let deadline = Instant::now() + PATIENCE;
        // Long enough for a server that may to be ready, and for one that may not to have tried many times.
        while proxy.round_trips() < 40 {
            let ready = app.anonymous().get("/health/ready").await;
            let read = app.anonymous().get("/api/v1/products/1").await;
            if !is_served {
                assert_eq!((ready.status.as_u16(), read.status.as_u16()), (503, 503), "{role:?}");
            }
            assert!(Instant::now() < deadline, "the server does not try");
        }
        let status = app.anonymous().get("/health/ready").await.status;
        assert_eq!(status.as_u16(), if is_served { 200 } else { 503 }, "{role:?}");
    }
}
