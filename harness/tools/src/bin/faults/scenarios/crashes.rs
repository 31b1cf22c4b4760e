//! Crashes of PostgreSQL and of the server, a black hole between them, and shutdowns.

use std::time::{Duration, Instant};

use agora_harness::{Mode, Proxy};

use crate::events;
use crate::report::{Outcome, Row};
use crate::rig::{Ground, Options, PATIENCE, REQUEST, Rig, accepted};
use crate::server::{DEAD, End, Launch};

/// Duration of the black hole; longer than any of the server's waits for the database.
const HOLE: Duration = Duration::from_secs(7);
/// Maximum time from PostgreSQL's first accepted connection to an acknowledged write, for release builds.
const HEALED: Duration = Duration::from_millis(250);
/// Maximum time from the end of the black hole to an acknowledged write.
const GIVEN_UP: Duration = Duration::from_secs(5);

pub(super) async fn run(fault: &'static str, options: &Options) -> Result<Outcome, String> {
    let ground = Ground::lay(crate::host::folder("crashes"), |_| {}).await?;
    let proxy = Proxy::start(&ground.app);
    let proxied = proxy.url(&ground.app);
    let mut rig = Rig::start(ground, Launch::default(), options).await?;
    let started = Instant::now();

    let mut longest = Duration::ZERO;
    for turn in 1..=options.kills {
        rig.calm().await?;
        eprintln!("faults: PostgreSQL is killed, {turn} of {}", options.kills);
        longest = longest.max(kill_database(&mut rig).await?);
    }
    let slowest = slowest_since(&rig, started);
    rig.rows.push(Row::figure("kill -9 of PostgreSQL, of the server", format!("{0} + {0}", options.kills)));
    rig.rows.push(Row::within_if_released("PostgreSQL accepts to first 2xx, largest", longest, HEALED));
    rig.rows.push(Row::within("request while PostgreSQL is killed, largest", slowest, REQUEST));

    let mut longest = Duration::ZERO;
    for turn in 1..=options.kills {
        rig.calm().await?;
        eprintln!("faults: the server is killed, {turn} of {}", options.kills);
        let killed = Instant::now();
        // The last restart connects through the proxy, as the black hole below needs.
        let url = if turn == options.kills { &proxied } else { &rig.ground.app };
        rig.server.kill_and_restart(url).await?;
        longest = longest.max(rig.load.success_after(killed + DEAD, PATIENCE).await? - killed);
    }
    let seen = format!("{} ms", longest.as_millis());
    rig.rows.push(Row::figure("server killed to first 2xx of the next, largest", seen));
    let before = rig.calm().await?;

    eprintln!("faults: a black hole");
    let began = Instant::now();
    proxy.set(Mode::BlackHole).await;
    rig.load.ask_everything(HOLE).await;
    let healed = Instant::now();
    proxy.set(Mode::Pass).await;
    let back = rig.load.success_after(healed, PATIENCE).await? - healed;
    rig.rows.push(Row::within("request in the black hole, largest", slowest_since(&rig, began), REQUEST));
    rig.rows.push(Row::within("end of the black hole to first 2xx", back, GIVEN_UP));

    rig.calm().await?;
    eprintln!("faults: SIGTERM under writes, and another when they have ended");
    let End { status, took } = rig.server.terminate().await?;
    let reported = format!("{status} after {} ms", took.as_millis());
    rig.rows.push(Row::promise("SIGTERM under writes", reported, "exit status: 0", status.success()));
    let app = rig.ground.app.clone();
    rig.server.restart(&app).await?;
    rig.load.success_after(Instant::now(), PATIENCE).await?;
    let all = rig.load.ledger().events.clone();
    let outcome = rig.conclude(fault, before).await?;
    let (requests, failures) = (all.len() as u64, events::failures(&all));
    Ok(Outcome { requests, failures, recovery: back, ..outcome })
}

fn slowest_since(rig: &Rig, moment: Instant) -> Duration {
    events::slowest(&events::between(&rig.load.ledger().events, moment, Instant::now()))
}

/// Kills and restarts PostgreSQL. Returns the time from its first accepted connection to an acknowledged write.
async fn kill_database(rig: &mut Rig) -> Result<Duration, String> {
    let outcome = tokio::task::block_in_place(|| rig.ground.cluster.kill());
    outcome.map_err(|error| error.to_string())?;
    let accepted = tokio::spawn(accepted(rig.ground.owner.clone()));
    let outcome = tokio::task::block_in_place(|| rig.ground.cluster.restart());
    outcome.map_err(|error| error.to_string())?;
    let accepted = accepted.await.map_err(|error| error.to_string())??;
    Ok(rig.load.success_after(accepted, PATIENCE).await? - accepted)
}
