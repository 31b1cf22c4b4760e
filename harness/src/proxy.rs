//! A proxy before PostgreSQL, which makes the faults of a network and of a server that is out ([`Mode`]), and counts round
//! trips: how often the server waits for an answer before it speaks again. Statements that travel together are one.

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

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// What becomes of connections, of those that there are and of new ones.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// They lead to PostgreSQL.
    Pass,
    /// New ones are refused and the others closed, as by a server that was stopped: nobody listens.
    Refuse,
    /// They are reset, new ones as soon as they are accepted.
    Reset,
    /// They never say anything again, nor are they closed; new ones are not answered before the hole is.
    BlackHole,
    /// Whatever is said arrives so much later, in each direction.
    Latency(Duration),
    /// They are closed after so many more bytes of both directions.
    CutAfter(u64),
}

/// An address of this machine that leads to PostgreSQL's.
pub struct Proxy {
    address: SocketAddr,
    traffic: Arc<Traffic>,
    mode: watch::Sender<Mode>,
    /// What the listener does already.
    listening: watch::Receiver<Mode>,
}

/// What went through.
#[derive(Default)]
struct Traffic {
    round_trips: AtomicU64,
    bytes: AtomicU64,
}

/// Where PostgreSQL is.
#[derive(Clone)]
enum Target {
    Unix(PathBuf),
    Tcp(String, u16),
}

impl Target {
    fn of(url: &str) -> Self {
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
    /// When the URL is none, or no port is free.
    #[must_use]
    pub fn start(url: &str) -> Self {
        let target = Target::of(url);
        // Bound and never listening, it keeps the port while nobody listens on it.
        let keeper = socket(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let address = keeper.local_addr().expect("a bound socket has an address");
        let traffic = Arc::<Traffic>::default();
        let (mode, modes) = watch::channel(Mode::Pass);
        let (told, listening) = watch::channel(Mode::Pass);
        let door = Door { keeper, address, target, traffic: Arc::clone(&traffic), modes, told };
        tokio::spawn(door.keep(listen(address)));
        Self { address, traffic, mode, listening }
    }

    /// A URL of the same server, by way of the proxy.
    ///
    /// # Panics
    /// When the URL has no user.
    #[must_use]
    pub fn url(&self, url: &str) -> String {
        let (before, rest) = url.split_once('@').expect("a URL with a user");
        let after = rest.find(['/', '?']).map_or("", |end| &rest[end..]);
        format!("{before}@{}{after}", self.address)
    }

    /// Changes what becomes of connections, and waits until it holds for new ones.
    ///
    /// # Panics
    /// When the proxy's task has ended.
    pub async fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
        let mut listening = self.listening.clone();
        listening.wait_for(|now| *now == mode).await.expect("the proxy is there");
    }

    /// Round trips so far.
    #[must_use]
    pub fn round_trips(&self) -> u64 {
        self.traffic.round_trips.load(Ordering::SeqCst)
    }

    /// Bytes so far, of both directions.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.traffic.bytes.load(Ordering::SeqCst)
    }
}

/// A bound socket that shares its port.
fn socket(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a new socket");
    socket.set_reuseport(true).expect("a port can be shared");
    socket.bind(address).expect("a free port");
    socket
}

fn listen(address: SocketAddr) -> TcpListener {
    socket(address).listen(BACKLOG).expect("nobody else listens")
}

/// The side that takes connections.
struct Door {
    keeper: TcpSocket,
    address: SocketAddr,
    target: Target,
    traffic: Arc<Traffic>,
    modes: watch::Receiver<Mode>,
    told: watch::Sender<Mode>,
}

impl Door {
    /// Listens unless nobody shall, until the proxy is dropped.
    async fn keep(mut self, listener: TcpListener) {
        let mut listener = Some(listener);
        loop {
            let mode = *self.modes.borrow_and_update();
            if mode == Mode::Refuse {
                listener = None;
            } else if listener.is_none() {
                listener = Some(listen(self.address));
            }
            self.told.send_replace(mode);
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

/// Carries one connection to PostgreSQL, for as long as both ends, the mode and the proxy let it.
async fn carry(client: TcpStream, target: Target, traffic: Arc<Traffic>, mut modes: watch::Receiver<Mode>) {
    if *modes.borrow() == Mode::BlackHole {
        let is_over = modes.wait_for(|mode| *mode != Mode::BlackHole).await.is_ok();
        // Whoever has given up meanwhile is not brought to PostgreSQL. A client speaks first.
        let is_gone = client.ready(Interest::READABLE).await.is_ok_and(Ready::is_read_closed);
        if !is_over || is_gone {
            return;
        }
    }
    // Small messages go at once, as PostgreSQL and its clients send them.
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
    let link = Link { traffic, modes: modes.clone(), left: &left, is_answered: &AtomicBool::new(true) };
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
            // First the mode: nothing more goes through once it has changed.
            tokio::select! {
                biased;
                changed = modes.changed() => if changed.is_err() { break Mode::Refuse },
                () = &mut asking => break Mode::Refuse,
                () = &mut answering => break Mode::Refuse,
            }
        }
    };
    match end {
        // Silent, and open, until the proxy goes.
        Mode::BlackHole => while modes.changed().await.is_ok() {},
        // Dropped so, it is reset; a socket that refuses to be has lost its other end already.
        Mode::Reset => drop(client.set_zero_linger()),
        _ => {}
    }
}

/// Who speaks.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Side {
    Client,
    Server,
}

/// What both directions of a connection share.
struct Link<'a> {
    traffic: &'a Traffic,
    modes: watch::Receiver<Mode>,
    /// Bytes that still go through.
    left: &'a AtomicU64,
    is_answered: &'a AtomicBool,
}

impl Link<'_> {
    /// Forwards until there is nothing more, or no more shall go through.
    async fn forward(&self, mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, side: Side) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            self.note(side, count);
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

    fn note(&self, side: Side, count: usize) {
        self.traffic.bytes.fetch_add(count as u64, Ordering::SeqCst);
        match side {
            Side::Client => {
                if self.is_answered.swap(false, Ordering::SeqCst) {
                    self.traffic.round_trips.fetch_add(1, Ordering::SeqCst);
                }
            }
            Side::Server => self.is_answered.store(true, Ordering::SeqCst),
        }
    }
}
