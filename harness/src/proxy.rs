//! A proxy before PostgreSQL that counts round trips: how often the server waits for an answer before it speaks again.
//! Statements that travel together are one. It can become a black hole.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio_postgres::config::Host;

static PROXIES: AtomicU32 = AtomicU32::new(0);

/// A Unix socket that leads to PostgreSQL's own.
pub struct Proxy {
    folder: PathBuf,
    round_trips: Arc<AtomicU64>,
    is_hole: watch::Sender<bool>,
}

impl Proxy {
    /// Starts a proxy to the server of a URL, which is reached by a Unix socket.
    ///
    /// # Panics
    /// When the URL has no socket, or no new one can be made.
    #[must_use]
    pub fn start(url: &str) -> Self {
        let config: tokio_postgres::Config = url.parse().expect("a URL of PostgreSQL");
        let port = config.get_ports().first().copied().unwrap_or(5432);
        let Some(Host::Unix(target)) = config.get_hosts().first() else {
            panic!("the stack is reached by a Unix socket");
        };
        let target = target.join(socket_name(port));
        let name = format!("agora-proxy-{}-{}", std::process::id(), PROXIES.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a folder for the socket");
        let listener = UnixListener::bind(folder.join(socket_name(port))).expect("a new socket");
        let round_trips = Arc::new(AtomicU64::new(0));
        let (is_hole, seen) = watch::channel(false);
        tokio::spawn(accept(listener, target, Arc::clone(&round_trips), seen));
        Self { folder, round_trips, is_hole }
    }

    /// A URL of the same server, by way of the proxy.
    ///
    /// # Panics
    /// When the URL has no socket.
    #[must_use]
    pub fn url(&self, url: &str) -> String {
        let (before, rest) = url.split_once('@').expect("a URL with a user");
        let (host, after) = rest.split_at(rest.find([':', '/', '?']).unwrap_or(rest.len()));
        assert!(host.starts_with('%'), "the stack is reached by a Unix socket");
        let folder = self.folder.display().to_string().replace('/', "%2F");
        format!("{before}@{folder}{after}")
    }

    /// Becomes a black hole: the connections that there are never say anything again, nor are they closed, and new ones
    /// are not answered.
    pub fn vanish(&self) {
        self.is_hole.send_replace(true);
    }

    /// Lets new connections through again.
    pub fn heal(&self) {
        self.is_hole.send_replace(false);
    }

    /// Round trips so far.
    #[must_use]
    pub fn round_trips(&self) -> u64 {
        self.round_trips.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Of a folder in the system's temporary one: if it stays, nobody is harmed.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn socket_name(port: u16) -> String {
    format!(".s.PGSQL.{port}")
}

async fn accept(
    listener: UnixListener,
    target: PathBuf,
    round_trips: Arc<AtomicU64>,
    mut is_hole: watch::Receiver<bool>,
) {
    while let Ok((client, _)) = listener.accept().await {
        if is_hole.wait_for(|is_hole| !is_hole).await.is_err() {
            return;
        }
        let Ok(server) = connect(&target).await else { return };
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let is_answered = Arc::new(AtomicBool::new(true));
        let answered = Arc::clone(&is_answered);
        let counter = Arc::clone(&round_trips);
        let note = move || {
            if answered.swap(false, Ordering::SeqCst) {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        };
        tokio::spawn(until_hole(is_hole.clone(), forward(from_client, to_server, note)));
        let note = move || is_answered.store(true, Ordering::SeqCst);
        tokio::spawn(until_hole(is_hole.clone(), forward(from_server, to_client, note)));
    }
}

async fn connect(target: &Path) -> std::io::Result<UnixStream> {
    UnixStream::connect(target).await
}

/// Forwards until there is a hole. From then on both ends stay open, and nobody says anything.
async fn until_hole(mut is_hole: watch::Receiver<bool>, forwarding: impl Future<Output = ()>) {
    let mut forwarding = std::pin::pin!(forwarding);
    let vanished = async {
        // A proxy that is dropped lets go on what goes through it.
        if is_hole.wait_for(|is_hole| *is_hole).await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = &mut forwarding => {}
        () = vanished => std::future::pending().await,
    }
}

async fn forward(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, note: impl Fn()) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        note();
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
