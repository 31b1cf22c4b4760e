//! Another client has all connections of PostgreSQL (SQLSTATE 53300).

use std::time::{Duration, Instant};

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::files::pool;
use crate::report::{Outcome, Row};
use crate::rig::{Ground, Options, Rig, Window, connect};
use crate::server::Launch;

/// Connections that PostgreSQL accepts.
const CONNECTIONS: &str = "24";
/// Ends the sessions of the server. Those of other clients stay.
const END_SESSIONS: &str = "select pg_terminate_backend(pid) from pg_stat_activity
    where pid <> pg_backend_pid() and application_name like 'agora%'";
/// Maximum time to recover after the other client has left.
const RECOVERY: Duration = Duration::from_secs(1);

pub(super) async fn run(fault: &'static str, options: &Options) -> Result<Outcome, String> {
    let ground = Ground::lay(crate::host::folder("slots"), |settings| {
        settings.parameters.push(("max_connections".to_owned(), CONNECTIONS.to_owned()));
    })
    .await?;
    let mut rig = Rig::start(ground, Launch { environment: pool(8), ..Launch::default() }, options).await?;
    let before = rig.calm().await?;
    let superuser = connect(&rig.ground.owner).await?;
    let started = Instant::now();
    let mut occupants = Vec::new();
    let deadline = started + options.hold;
    let mut refused = 0;
    while Instant::now() < deadline {
        occupy(&rig.ground.app, &mut occupants).await?;
        // PostgreSQL refuses this client too: it has all connections that the server has not.
        superuser.batch_execute(END_SESSIONS).await.map_err(|error| error.to_string())?;
        refused += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    rig.rows.push(Row::figure(
        "connections of the other client, of",
        format!("{} of {CONNECTIONS}", occupants.len()),
    ));
    rig.rows.push(Row::figure("times that it took all", refused));
    drop(occupants);
    let ended = Instant::now();
    rig.finish(Window { fault, started, ended, before, recovery: RECOVERY }).await
}

/// Connects until PostgreSQL refuses another connection.
async fn occupy(url: &str, occupants: &mut Vec<Client>) -> Result<(), String> {
    let url = format!("{url}?application_name=occupant");
    loop {
        match tokio_postgres::connect(&url, tokio_postgres::NoTls).await {
            Ok((client, connection)) => {
                tokio::spawn(connection);
                occupants.push(client);
            }
            Err(error) if error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS) => return Ok(()),
            Err(error) => return Err(error.to_string()),
        }
    }
}
