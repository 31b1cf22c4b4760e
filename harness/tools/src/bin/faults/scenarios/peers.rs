//! Peers that vanish without a packet. The server runs in a network namespace, where packets are dropped.

use std::time::{Duration, Instant};

use agora_harness::TEMPLATE;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

use super::files::pool;
use crate::host::Namespace;
use crate::report::{Outcome, Row};
use crate::rig::{Ground, Options, Rig, Window, connect};
use crate::server::Launch;

/// Maximum time from the return of PostgreSQL to a served request: `tcp_user_timeout`.
const RECOVERY: Duration = Duration::from_secs(5);
/// Number of vanishing clients of each kind.
const CLIENTS: usize = 25;
/// Number of lists that a client asks for at once and does not read. They fill its buffers.
const LISTS: usize = 30;
/// Idle time after which the server closes a connection.
const IDLE: u64 = 5;
/// Maximum time until the server has given up every vanished client. The slowest is a client that does not read: 20 s for the
/// write, then the time to close.
const GIVEN_UP: Duration = Duration::from_secs(60);
/// Time after which PostgreSQL must have given up the sessions of a vanished server.
const ENDED: Duration = Duration::from_secs(30);

/// Packets between server and PostgreSQL are dropped.
pub(super) async fn run_database(fault: &'static str, options: &Options) -> Result<Outcome, String> {
    let (namespace, mut rig) = inside(options, Vec::new()).await?;
    let before = rig.calm().await?;
    let count = sessions(&rig).await?;
    let port = rig.ground.cluster.tcp().ok_or("no TCP")?.port;
    let started = Instant::now();
    namespace.drop_packets(&format!("tcp sport {port}"), &format!("tcp dport {port}"))?;
    tokio::time::sleep(options.hold).await;
    namespace.pass_packets()?;
    let ended = Instant::now();
    rig.load.success_after(ended, crate::rig::PATIENCE).await?;
    let deadline = ended + ENDED;
    let mut left = sessions(&rig).await?;
    while left > count && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(100)).await;
        left = sessions(&rig).await?;
    }
    rig.rows.push(Row::figure(
        "sessions of the server in PostgreSQL before and after",
        format!("{count}, {left}"),
    ));
    rig.finish(Window { fault, started, ended, before, recovery: RECOVERY }).await
}

/// Clients vanish in each phase of a connection. Others must not notice.
pub(super) async fn run_clients(fault: &'static str, options: &Options) -> Result<Outcome, String> {
    let idle = vec![("AGORA_IDLE_SECONDS".to_owned(), IDLE.to_string())];
    let (namespace, mut rig) = inside(options, idle).await?;
    let before = rig.calm().await?;
    let (vanishing_from, mut vanishing) = (namespace.vanishing(), Vec::new());
    let host = format!("Host: {}\r\n", rig.server.address());
    let token = rig.load.token();
    let list = format!("GET /api/v1/products HTTP/1.1\r\n{host}\r\n");
    let body = format!(
        "POST /api/v1/categories HTTP/1.1\r\n{host}Authorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{\"name\""
    );
    for text in ["", "GET /api/v1/products HTTP/1.1\r\nX-Half", &body, &list.repeat(LISTS)] {
        for _ in 0..CLIENTS {
            let mut stream = connect_from(&vanishing_from, rig.server.address()).await?;
            stream.write_all(text.as_bytes()).await.map_err(|error| error.to_string())?;
            vanishing.push(stream);
        }
    }
    // The server has written as much as those that do not read can take.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let started = Instant::now();
    namespace.drop_packets(&format!("ip saddr {vanishing_from}"), &format!("ip daddr {vanishing_from}"))?;
    let held = rig.server.usage()?.files;
    let limit = before.files + CLIENTS / 4;
    while rig.server.usage()?.files > limit && started.elapsed() < GIVEN_UP {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let ended = Instant::now();
    rig.rows
        .push(Row::figure("vanished clients, and open files then", format!("{}, {held}", vanishing.len())));
    rig.rows.push(Row::within("all vanished clients are given up", ended - started, GIVEN_UP));
    // The others are served all the time: there is nothing to recover from.
    let missed = {
        let ledger = rig.load.ledger();
        let seen = crate::events::between(&ledger.events, started, ended);
        crate::events::by_status(&crate::events::failures(&seen))
    };
    rig.rows.push(Row::promise("requests of other clients that failed", &missed, 0, missed == "0"));
    // The vanished clients, and the rule that drops their packets, stay to the end.
    let outcome = rig.finish(Window { fault, started, ended, before, recovery: RECOVERY }).await;
    drop(vanishing);
    outcome
}

/// Starts PostgreSQL on this machine and the server in a namespace of its own.
async fn inside(
    options: &Options,
    mut environment: Vec<(String, String)>,
) -> Result<(Namespace, Rig), String> {
    let namespace = Namespace::create()?;
    let (outside, network) = (namespace.outside(), namespace.network());
    let ground = Ground::lay(crate::host::folder("peers"), |settings| {
        settings.tcp = true;
        settings.parameters.push(("listen_addresses".to_owned(), format!("127.0.0.1,{outside}")));
    })
    .await?;
    let client = connect(&ground.owner).await?;
    let file = client.query_one("show hba_file", &[]).await.map_err(|error| error.to_string())?;
    let file: String = file.get(0);
    let rules = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
    let rules = format!("{rules}host all all {network} scram-sha-256\n");
    std::fs::write(&file, rules).map_err(|error| error.to_string())?;
    client.batch_execute("select pg_reload_conf()").await.map_err(|error| error.to_string())?;
    let login =
        ground.app.split_once("://").and_then(|(_, rest)| rest.split_once('@')).map(|(login, _)| login);
    let (login, port) = (login.ok_or("a URL without a login")?, ground.cluster.tcp().ok_or("no TCP")?.port);
    environment.extend(pool(8));
    let launch = Launch {
        database_url: format!("postgresql://{login}@{outside}:{port}/{TEMPLATE}?sslmode=disable"),
        host: namespace.inside(),
        prefix: namespace.prefix(),
        environment,
        ..Launch::default()
    };
    let rig = Rig::start(ground, launch, options).await?;
    Ok((namespace, rig))
}

/// Returns the number of the server's sessions in PostgreSQL.
async fn sessions(rig: &Rig) -> Result<i64, String> {
    let count = "select count(*) from pg_stat_activity where application_name like 'agora%'";
    let row = connect(&rig.ground.owner).await?.query_one(count, &[]).await;
    row.map(|row| row.get(0)).map_err(|error| error.to_string())
}

/// Connects from an address of this machine.
async fn connect_from(from: &str, to: &str) -> Result<TcpStream, String> {
    let failed = |error: std::io::Error| format!("{from} to {to}: {error}");
    let socket = TcpSocket::new_v4().map_err(failed)?;
    // Small, so that a client that does not read is noticed soon.
    socket.set_recv_buffer_size(4096).map_err(failed)?;
    let from = format!("{from}:0").parse().map_err(|_| "not an address")?;
    socket.bind(from).map_err(failed)?;
    socket.connect(to.parse().map_err(|_| "not an address")?).await.map_err(failed)
}
