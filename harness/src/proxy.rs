//! A proxy in front of PostgreSQL. It simulates the faults of a network and of an unavailable server ([`Mode`]), and
//! counts round trips: the number of times that the client sends after a response. Pipelined statements count as one.
//! Sessions of the server's monitor are not counted: it may send a query during any request.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, Interest, Ready};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio_postgres::config::Host;

#[cfg(test)]
mod tests;

/// Suffix of the `application_name` of the monitor's sessions.
const MONITOR: &[u8] = b"-monitor";
/// Version 3.0 of the protocol, the second word of a startup message.
const STARTUP_VERSION: [u8; 4] = [0, 3, 0, 0];
/// Maximum number of connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// The treatment of open and new connections.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Connections are forwarded to PostgreSQL.
    Pass,
    /// New connections are refused and open ones closed, as by a stopped server: the port has no listener.
    Refuse,
    /// Connections are reset, new ones as soon as they are accepted.
    Reset,
    /// Open connections stay open but silent, even after the mode changes. New ones are accepted, but forwarded only
    /// after the mode changes.
    BlackHole,
    /// Data are delayed by this time in each direction.
    Latency(Duration),
    /// Connections are closed after this many more bytes, counted over both directions.
    CutAfter(u64),
}

/// A local address that forwards connections to PostgreSQL.
pub struct Proxy {
    address: SocketAddr,
    traffic: Arc<Traffic>,
    mode: watch::Sender<Mode>,
    /// The mode that the listener has applied.
    listening: watch::Receiver<Mode>,
}

/// Counters of the forwarded traffic.
#[derive(Default)]
struct Traffic {
    round_trips: AtomicU64,
    bytes: AtomicU64,
}

/// The address of PostgreSQL.
#[derive(Clone)]
enum Target {
    Unix(PathBuf),
    Tcp(String, u16),
}

impl Target {
    fn from_url(url: &str) -> Self {
        let config: tokio_postgres::Config = url.parse().expect("a URL of PostgreSQL");
        let port = config.get_ports().first().copied().unwrap_or(5432);
        match config.get_hosts().first().expect("a URL with a host") {
            Host::Unix(folder) => Self::Unix(folder.join(format!(".s.PGSQL.{port}"))),
            Host::Tcp(host) => Self::Tcp(host.clone(), port),
        }
    }
}

impl Proxy {
    /// Starts a proxy to the server of a URL.
    ///
    /// # Panics
    /// If the URL is invalid, or no port is free.
    #[must_use]
    pub fn start(url: &str) -> Self {
        let target = Target::from_url(url);
        // This socket is bound but never listens, which reserves the port while there is no listener.
        let keeper = socket(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let address = keeper.local_addr().expect("a bound socket has an address");
        let traffic = Arc::<Traffic>::default();
        let (mode, modes) = watch::channel(Mode::Pass);
        let (reported, listening) = watch::channel(Mode::Pass);
        let door = Acceptor { keeper, address, target, traffic: Arc::clone(&traffic), modes, reported };
        tokio::spawn(door.keep(listen(address)));
        Self { address, traffic, mode, listening }
    }

    /// Returns the URL with the address of the proxy.
    ///
    /// # Panics
    /// If the URL has no user.
    #[must_use]
    pub fn url(&self, url: &str) -> String {
        let (before, rest) = url.split_once('@').expect("a URL with a user");
        let after = rest.find(['/', '?']).map_or("", |end| &rest[end..]);
        format!("{before}@{}{after}", self.address)
    }

    /// Changes the mode, and waits until it applies to new connections.
    ///
    /// # Panics
    /// If the proxy's task has ended.
    pub async fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
        let mut listening = self.listening.clone();
        listening.wait_for(|now| *now == mode).await.expect("the proxy is there");
    }

    /// Returns the number of round trips so far, without those of the monitor.
    #[must_use]
    pub fn round_trips(&self) -> u64 {
        self.traffic.round_trips.load(Ordering::SeqCst)
    }

    /// Returns the number of bytes received so far in both directions.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.traffic.bytes.load(Ordering::SeqCst)
    }
}

/// Binds a socket that shares its port.
fn socket(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a new socket");
    socket.set_reuseport(true).expect("a port can be shared");
    socket.bind(address).expect("a free port");
    socket
}

fn listen(address: SocketAddr) -> TcpListener {
    socket(address).listen(BACKLOG).expect("nobody else listens")
}

/// The task that accepts connections.
struct Acceptor {
    keeper: TcpSocket,
    address: SocketAddr,
    target: Target,
    traffic: Arc<Traffic>,
    modes: watch::Receiver<Mode>,
    reported: watch::Sender<Mode>,
}

impl Acceptor {
    /// Accepts connections until the proxy is dropped, except while the mode is [`Mode::Refuse`].
    async fn keep(mut self, listener: TcpListener) {
        let mut listener = Some(listener);
        loop {
            let mode = *self.modes.borrow_and_update();
            if mode == Mode::Refuse {
                listener = None;
            } else if listener.is_none() {
                listener = Some(listen(self.address));
            }
            self.reported.send_replace(mode);
            tokio::select! {
                biased;
                changed = self.modes.changed() => if changed.is_err() { break },
                Some(client) = accepted(listener.as_ref()) => {
                    tokio::spawn(carry(client, self.target.clone(), Arc::clone(&self.traffic), self.modes.clone()));
                }
            }
        }
        drop(self.keeper);
    }
}

async fn accepted(listener: Option<&TcpListener>) -> Option<TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.ok().map(|(client, _)| client),
        None => std::future::pending().await,
    }
}

/// Forwards one connection to PostgreSQL, until either side closes it, the mode ends it or the proxy is dropped.
async fn carry(client: TcpStream, target: Target, traffic: Arc<Traffic>, mut modes: watch::Receiver<Mode>) {
    if *modes.borrow() == Mode::BlackHole {
        let is_over = modes.wait_for(|mode| *mode != Mode::BlackHole).await.is_ok();
        // A client that has disconnected meanwhile is not forwarded. Others become readable too, as clients send first.
        let is_gone = client.ready(Interest::READABLE).await.is_ok_and(Ready::is_read_closed);
        if !is_over || is_gone {
            return;
        }
    }
    // PostgreSQL and its clients disable Nagle's algorithm too, to send small messages at once.
    let _ = client.set_nodelay(true);
    match target {
        Target::Unix(path) => {
            if let Ok(server) = UnixStream::connect(path).await {
                between(client, server, &traffic, modes).await;
            }
        }
        Target::Tcp(host, port) => {
            if let Ok(server) = TcpStream::connect((host, port)).await {
                let _ = server.set_nodelay(true);
                between(client, server, &traffic, modes).await;
            }
        }
    }
}

async fn between(
    mut client: TcpStream,
    mut server: impl AsyncRead + AsyncWrite + Unpin,
    traffic: &Traffic,
    mut modes: watch::Receiver<Mode>,
) {
    let left = AtomicU64::new(u64::MAX);
    let link = Link {
        traffic,
        modes: modes.clone(),
        left: &left,
        is_answered: &AtomicBool::new(true),
        is_monitor: &AtomicBool::new(false),
    };
    let end = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = tokio::io::split(&mut server);
        let mut asking = std::pin::pin!(link.forward(from_client, to_server, Side::Client));
        let mut answering = std::pin::pin!(link.forward(from_server, to_client, Side::Server));
        loop {
            let mode = *modes.borrow_and_update();
            left.store(if let Mode::CutAfter(bytes) = mode { bytes } else { u64::MAX }, Ordering::SeqCst);
            if matches!(mode, Mode::Refuse | Mode::Reset | Mode::BlackHole) {
                break mode;
            }
            // The mode is polled first: nothing more is forwarded once it has changed.
            tokio::select! {
                biased;
                changed = modes.changed() => if changed.is_err() { break Mode::Refuse },
                () = &mut asking => break Mode::Refuse,
                () = &mut answering => break Mode::Refuse,
            }
        }
    };
    match end {
        // Stays open and silent until the proxy is dropped.
        Mode::BlackHole => while modes.changed().await.is_ok() {},
        // Zero linger makes the drop a reset. Setting it fails only if the client has already disconnected.
        Mode::Reset => drop(client.set_zero_linger()),
        _ => {}
    }
}

/// The sender of data.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Side {
    Client,
    Server,
}

/// State shared by both directions of a connection.
struct Link<'a> {
    traffic: &'a Traffic,
    modes: watch::Receiver<Mode>,
    /// Number of bytes that may still be forwarded.
    left: &'a AtomicU64,
    is_answered: &'a AtomicBool,
    /// Set once the startup message names the session as the monitor's.
    is_monitor: &'a AtomicBool,
}

impl Link<'_> {
    /// Forwards data until the sender closes the connection or no more bytes are allowed.
    async fn forward(&self, mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, side: Side) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            self.note(side, &buffer[..count]);
            let mode = *self.modes.borrow();
            if let Mode::Latency(time) = mode {
                tokio::time::sleep(time).await;
            }
            let left = self.left.load(Ordering::SeqCst);
            let allowed = count.min(usize::try_from(left).unwrap_or(usize::MAX));
            if to.write_all(&buffer[..allowed]).await.is_err() {
                return;
            }
            if left != u64::MAX {
                let left = self.left.fetch_sub(allowed as u64, Ordering::SeqCst) - allowed as u64;
                if left == 0 {
                    return;
                }
            }
        }
    }

    fn note(&self, side: Side, said: &[u8]) {
        self.traffic.bytes.fetch_add(said.len() as u64, Ordering::SeqCst);
        match side {
            Side::Client => {
                if is_monitor_startup(said) {
                    self.is_monitor.store(true, Ordering::SeqCst);
                }
                let begins = self.is_answered.swap(false, Ordering::SeqCst);
                if begins && !self.is_monitor.load(Ordering::SeqCst) {
                    self.traffic.round_trips.fetch_add(1, Ordering::SeqCst);
                }
            }
            Side::Server => self.is_answered.store(true, Ordering::SeqCst),
        }
    }
}

/// Returns `true` if a message is the startup message of a monitor's session.
fn is_monitor_startup(message: &[u8]) -> bool {
    // Length and version precede names and values, each terminated by a zero byte.
    let Some((version, parameters)) = message.get(4..).and_then(<[u8]>::split_first_chunk) else {
        return false;
    };
    let mut words = parameters.split(|byte| *byte == 0);
    *version == STARTUP_VERSION
        && words.any(|word| word == b"application_name")
        && words.next().is_some_and(|name| name.ends_with(MONITOR))
}
