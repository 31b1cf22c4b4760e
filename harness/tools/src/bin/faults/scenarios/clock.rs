//! A clock that steps back by an hour, and forward again: the server's, and PostgreSQL's. The monotonic clocks go on, as
//! on a machine of which the time is set.

use std::time::{Duration, Instant};

use reqwest::{Client, Response};
use serde_json::{Value, json};

use crate::host::WallClock;
use crate::report::{Outcome, Row};
use crate::rig::{Ground, Options, Rig, Window};
use crate::server::{Launch, Server};

/// The step.
const BACK: &str = "-1h";
const RIGHT: &str = "+0";
/// Time after which every process has noticed that its clock was set, and the server has asked for PostgreSQL's time.
const NOTICED: Duration = Duration::from_millis(2500);
/// Maximum time until a sign-out on one replica is known to another, with room for a busy machine.
const REVOKED: Duration = Duration::from_millis(1500);
/// Maximum time to recover after the clock is right again.
const RECOVERY: Duration = Duration::from_secs(5);
/// A user who signs in and out beside the writers.
const OTHER: (&str, &str) = ("mor_2314", "password");

/// The clock of the server alone. Everything goes on, since the server follows PostgreSQL's clock.
pub(super) async fn run_server(fault: &'static str, options: &Options) -> Result<Outcome, String> {
    let clock = WallClock::create("server-clock")?;
    let ground = Ground::lay(crate::host::folder("clock"), |_| {}).await?;
    let launch = Launch { environment: clock.environment(), ..Launch::default() };
    let rig = Rig::start(ground, launch, options).await?;
    run(fault, options, rig, &clock, false).await
}

/// The clock of PostgreSQL, which all replicas follow. Tokens of the time before the step are of the future: clients sign
/// in again, or refresh.
pub(super) async fn run_database(fault: &'static str, options: &Options) -> Result<Outcome, String> {
    let clock = WallClock::create("database-clock")?;
    let ground = Ground::lay(crate::host::folder("clock"), |settings| {
        settings.environment = clock.environment();
    })
    .await?;
    let rig = Rig::start(ground, Launch::default(), options).await?;
    run(fault, options, rig, &clock, true).await
}

async fn run(
    fault: &'static str,
    options: &Options,
    mut rig: Rig,
    clock: &WallClock,
    is_of_database: bool,
) -> Result<Outcome, String> {
    // A replica with its own clock. It has the same signing key.
    let plain = Launch { environment: Vec::new(), ..rig.server.launch().clone() };
    let mut replica = Server::start(plain)?;
    let people = People::new()?;
    let before = rig.calm().await?;
    let early = people.sign_in(&rig.server).await?;
    people.expect("before the step", 200, &early.access, &rig).await;
    people.write(&rig, "before", false).await;
    let started = Instant::now();
    rig.load.allow_new_sign_ins(is_of_database);
    clock.set(BACK)?;
    tokio::time::sleep(NOTICED).await;

    // The access token of before is of the future, where PostgreSQL's clock has stepped back; the refresh token is good.
    people.expect("of before the step", if is_of_database { 401 } else { 200 }, &early.access, &rig).await;
    let renewed = people.refresh(&rig.server, &early.refresh).await?;
    people.expect("renewed after the step", 200, &renewed.access, &rig).await;
    people.expect_at(&replica, "renewed after the step, at a replica", 200, &renewed.access, &rig).await;
    people.write(&rig, "before", true).await;
    people.write(&rig, "meanwhile", false).await;
    let took = people.sign_out(&rig, &replica, &renewed).await?;
    rig.rows.push(Row::within("sign-out at a replica while the clock is wrong", took, REVOKED));
    let left = options.hold.saturating_sub(started.elapsed());
    let late = people.sign_in(&rig.server).await?;
    tokio::time::sleep(left).await;

    clock.set(RIGHT)?;
    let ended = Instant::now();
    tokio::time::sleep(NOTICED).await;
    people.write(&rig, "before", true).await;
    people.write(&rig, "meanwhile", true).await;
    people.expect("signed out, after the clock is right", 401, &renewed.access, &rig).await;
    people
        .expect("expired by the step forward", if is_of_database { 401 } else { 200 }, &late.access, &rig)
        .await;
    let last = people.sign_in(&rig.server).await?;
    let took = people.sign_out(&rig, &replica, &last).await?;
    rig.rows.push(Row::within("sign-out at a replica after the clock is right", took, REVOKED));
    let end = replica.terminate().await?;
    rig.rows.push(Row::promise("SIGTERM of the replica", end.status, "exit status: 0", end.status.success()));
    rig.finish(Window { fault, started, ended, before, recovery: RECOVERY }).await
}

/// The tokens of a sign-in.
struct Tokens {
    access: String,
    refresh: String,
}

/// Clients beside the load.
struct People {
    http: Client,
}

impl People {
    fn new() -> Result<Self, String> {
        let http = Client::builder().no_proxy().timeout(Duration::from_secs(20)).build();
        Ok(Self { http: http.map_err(|error| error.to_string())? })
    }

    async fn post(&self, server: &Server, target: &str, body: &Value) -> Result<Response, String> {
        let sent = self.http.post(format!("{}{target}", server.base())).json(body).send().await;
        sent.map_err(|error| error.to_string())
    }

    /// Signs in, while the server may still be starting.
    async fn sign_in(&self, server: &Server) -> Result<Tokens, String> {
        let deadline = Instant::now() + crate::rig::PATIENCE;
        let body = json!({"username": OTHER.0, "password": OTHER.1});
        loop {
            match self.post(server, "/api/v1/auth/login", &body).await {
                Ok(response) if response.status() == 200 => return tokens(response).await,
                Ok(response) if response.status() != 503 => {
                    return Err(format!("a sign-in: {}", response.status()));
                }
                other if Instant::now() > deadline => {
                    return Err(format!("no sign-in: {:?}", other.map(|response| response.status())));
                }
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    async fn refresh(&self, server: &Server, refresh: &str) -> Result<Tokens, String> {
        tokens(self.post(server, "/api/v1/auth/refresh", &json!({"refresh": refresh})).await?).await
    }

    async fn status(&self, server: &Server, access: &str) -> u16 {
        let sent =
            self.http.get(format!("{}/api/v1/auth/me", server.base())).bearer_auth(access).send().await;
        sent.map_or(0, |response| response.status().as_u16())
    }

    async fn expect(&self, token: &str, status: u16, access: &str, rig: &Rig) {
        self.expect_at(&rig.server, token, status, access, rig).await;
    }

    async fn expect_at(&self, server: &Server, token: &str, status: u16, access: &str, rig: &Rig) {
        let seen = self.status(server, access).await;
        if seen != status {
            rig.load.report(format!("a token {token}: {seen}, not {status}"));
        }
    }

    /// Signs out at the replica. Returns the time until the server refuses the token.
    async fn sign_out(&self, rig: &Rig, replica: &Server, tokens: &Tokens) -> Result<Duration, String> {
        let body = json!({"refresh": tokens.refresh});
        let deadline = Instant::now() + crate::rig::PATIENCE;
        // The replica may still be starting.
        while !self.post(replica, "/api/v1/auth/logout", &body).await.is_ok_and(|done| done.status() == 200) {
            if Instant::now() > deadline {
                return Err("a replica lets nobody sign out".to_owned());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let ended = Instant::now();
        while self.status(&rig.server, &tokens.access).await != 401 {
            if ended.elapsed() > crate::rig::PATIENCE {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(ended.elapsed())
    }

    /// Creates a category with a key, which must be a replay or not.
    async fn write(&self, rig: &Rig, name: &str, is_replay: bool) {
        let request = self.http.post(format!("{}/api/v1/categories", rig.server.base()));
        let request =
            request.bearer_auth(rig.load.token()).header("idempotency-key", format!("clock-{name}"));
        let sent = request.json(&json!({"name": format!("clock {name}")})).send().await;
        let seen = sent.map(|response| {
            (response.status().as_u16(), response.headers().contains_key("idempotency-replayed"))
        });
        if !matches!(seen, Ok((201, replayed)) if replayed == is_replay) {
            rig.load.report(format!("the key `clock-{name}` gives {seen:?}, replay: {is_replay}"));
        }
    }
}

async fn tokens(response: Response) -> Result<Tokens, String> {
    let status = response.status();
    let body: Value = response.json().await.map_err(|error| error.to_string())?;
    match (body["access"].as_str(), body["refresh"].as_str()) {
        (Some(access), Some(refresh)) => {
            Ok(Tokens { access: access.to_owned(), refresh: refresh.to_owned() })
        }
        _ => Err(format!("no tokens: {status} {body}")),
    }
}
