//! Resources that are used up: the server's file descriptors, and PostgreSQL's connections.

use agora_harness::{Database, PRODUCTION, Program, TestApp, raw};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::sessions::end_sessions;
use super::{Duration, Instant, STALE, reported_in_time};

/// Number of files that the server may open.
const FILES: u64 = 160;
/// Number of clients that connect and stay silent.
const SILENT: usize = 200;
const PATIENCE: Duration = Duration::from_secs(20);
/// Number of files that the server may still open.
const SPARE: u64 = 8;
const OK: &str = "HTTP/1.1 200 OK";
const READ: &[u8] = b"GET /api/v1/products/1 HTTP/1.1\r\nHost: x\r\n\r\n";

/// Connects clients that send nothing, more than the server may open files. The kernel completes their connections even if the server does not accept them.
async fn silent_clients(address: &str) -> Vec<TcpStream> {
    let mut clients = Vec::new();
    for _ in 0..SILENT {
        clients.push(raw::connect(address).await);
    }
    clients
}

async fn status(stream: &mut TcpStream) -> String {
    let response = raw::fetch(stream, READ, PATIENCE).await.expect("the connection stays open");
    response.lines().next().unwrap_or_default().to_owned()
}

/// Returns the time for which the threads of a process have run or waited for a processor. On a busy machine, a loop shows
/// in this sum only.
fn active(pid: u32) -> Duration {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).expect("it runs").flatten();
    let times = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok());
    let nanoseconds = times
        .map(|line| -> u64 { line.split(' ').take(2).filter_map(|time| time.parse::<u64>().ok()).sum() });
    Duration::from_nanos(nanoseconds.sum())
}

#[tokio::test]
async fn silent_clients_leave_files_for_the_database() {
    let database = Database::create().await;
    let settings = [("DATABASE_POOL_SIZE", "4")];
    let server = Program::start_limited(database.url(), &settings, Some(FILES)).await;
    let mut served = raw::connect(server.address()).await;
    assert_eq!(status(&mut served).await, OK);
    let clients = silent_clients(server.address()).await;
    end_sessions(&database).await;
    let deadline = Instant::now() + STALE;
    while status(&mut served).await != OK {
        assert!(Instant::now() < deadline, "no file is left for a connection to PostgreSQL");
    }
    drop(clients);
}

#[tokio::test]
async fn a_server_without_a_free_file_waits_for_one() {
    let database = Database::create().await;
    let server = Program::start(database.url(), &[("DATABASE_POOL_SIZE", "4")]).await;
    let mut served = raw::connect(server.address()).await;
    assert_eq!(status(&mut served).await, OK);
    let pid = i32::try_from(server.pid()).ok().and_then(Pid::from_raw).expect("a process");
    let open = std::fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("it runs").count() as u64;
    let limit = Rlimit { current: Some(open + SPARE), ..getrlimit(Resource::Nofile) };
    prlimit(Some(pid), Resource::Nofile, limit).expect("a lower limit");
    let mut clients = silent_clients(server.address()).await;
    let (before, since) = (active(server.pid()), Instant::now());
    let last = clients.last_mut().expect("there are clients");
    assert_eq!(raw::until_closed(last, Duration::from_secs(2)).await, None, "a client that waits is closed");
    assert_eq!(status(&mut served).await, OK, "an open connection goes on");
    let (active, elapsed) = (active(server.pid()) - before, since.elapsed());
    assert!(active < elapsed / 2, "the server was active for {active:?} of {elapsed:?}");
    drop(clients);
    let mut next = raw::connect(server.address()).await;
    next.write_all(READ).await.expect("is sent");
    let response = raw::response(&mut next, PATIENCE).await.expect("is served");
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
}

#[tokio::test]
async fn a_database_without_a_free_connection_is_reported_and_used_again() {
    let database = Database::create().await;
    database.unpublish_passwords().await;
    let url = database.login_url("agora_app").await;
    let settings = [&PRODUCTION[..], &[("DATABASE_POOL_SIZE", "4")]].concat();
    let app = TestApp::start_at(&url, database, &settings).await;
    let (nobody, login) = (app.anonymous(), json!({"username": "johnd", "password": "password"}));
    let read = || nobody.get("/api/v1/products/1");
    let sign_in = || nobody.post("/api/v1/auth/login").json(&login);
    assert_eq!((read().await.status, sign_in().await.status.as_u16()), (http::StatusCode::OK, 200));
    let name = url.split(['/', ':']).nth(3).expect("a login");
    // PostgreSQL reports the limit of a login as it does that of the server: SQLSTATE 53300.
    let set = |most: i32| format!("alter role {name} connection limit {most}");
    app.database.client().batch_execute(&set(0)).await.expect("runs");
    end_sessions(&app.database).await;
    let deadline = Instant::now() + Duration::from_secs(2);
    while Instant::now() < deadline {
        reported_in_time("a read", read()).await;
        reported_in_time("a login", sign_in()).await;
        reported_in_time("readiness", nobody.get("/health/ready")).await;
        assert_eq!(nobody.get("/health/live").await.status, 200);
    }
    app.database.client().batch_execute(&set(-1)).await.expect("runs");
    assert_eq!((read().await.status, sign_in().await.status.as_u16()), (http::StatusCode::OK, 200));
}

#[tokio::test]
async fn a_crowd_is_connected_before_the_server_accepts_it() {
    const CROWD: usize = 1000;
    let database = Database::create().await;
    let server = Program::start(database.url(), &[("AGORA_MAX_CONNECTIONS", "1")]).await;
    let mut crowd = Vec::new();
    let started = Instant::now();
    while crowd.len() < CROWD {
        // A client that finds the queue of the kernel full tries again after a second.
        let connected = tokio::time::timeout(Duration::from_secs(1), raw::connect(server.address())).await;
        crowd.push(connected.unwrap_or_else(|_| panic!("client {} finds no queue", crowd.len())));
    }
    eprintln!("{CROWD} clients connected in {:?}", started.elapsed());
}
