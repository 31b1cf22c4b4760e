//! A storm of sign-ins: many clients sign in repeatedly at the same time, while the latency of a product read is
//! measured. Idle and stormy windows alternate in one run.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use agora_harness::memory;
use tokio::task::JoinSet;

use crate::http::{self, Connection, whole};
use crate::operations::Operation;
use crate::server::Server;
use crate::statistics::{as_f64, percentile};
use crate::usage::{self, CpuTime};
use crate::world;

/// Number of idle windows, and of stormy windows.
pub const WINDOWS: usize = 3;
/// Number of threads that request the product in turn, so that a late response does not delay the next request.
const READERS: usize = 16;

/// Settings of a storm.
#[derive(Clone, Copy)]
pub struct Weather {
    /// Clients that sign in at the same time.
    pub clients: usize,
    /// Requests for the product a second.
    pub rate: u32,
    /// Duration of a window.
    pub window: Duration,
}

/// Measurements of all windows of one kind.
#[derive(Default)]
pub struct Seen {
    /// Latency of each product request since its due time, one list per window.
    pub latencies: Vec<Vec<Duration>>,
    /// Number of product requests without a 200 response.
    pub refused: usize,
    /// Total duration of the windows.
    pub elapsed: Duration,
    /// CPU time of the server, in microseconds.
    pub server: f64,
    /// Time that server threads waited for a CPU, in microseconds.
    pub server_waited: f64,
    /// Time that any task of the machine waited for a CPU; `None` if the kernel does not report it.
    pub pressure: Option<Duration>,
}

/// Measurements of the whole storm benchmark.
pub struct Storm {
    /// Settings.
    pub weather: Weather,
    /// Measurements of the windows without a storm.
    pub idle: Seen,
    /// Measurements of the windows with a storm.
    pub stormy: Seen,
    /// Number of sign-in responses by status.
    pub statuses: Statuses,
    /// Resident memory of the server after the storm, in MiB.
    pub memory: f64,
}

impl Seen {
    /// Returns a percentile over all windows.
    pub fn latency(&self, percent: usize) -> Duration {
        percentile(self.latencies.iter().flatten(), percent)
    }
}

impl Storm {
    /// Returns the factor by which the storm raises the product's p99: over all windows, then for each pair.
    pub fn ratios(&self) -> (f64, Vec<f64>) {
        let ratio = |stormy: Duration, idle: Duration| stormy.as_secs_f64() / idle.as_secs_f64().max(1e-9);
        let pairs = self.stormy.latencies.iter().zip(&self.idle.latencies);
        let pairs = pairs.map(|(stormy, idle)| ratio(percentile(stormy, 99), percentile(idle, 99)));
        (ratio(self.stormy.latency(99), self.idle.latency(99)), pairs.collect())
    }
}

/// Measures idle and stormy windows in turn.
pub async fn run(server: &Server, weather: Weather) -> Result<Storm, String> {
    let (mut idle, mut stormy) = (Seen::default(), Seen::default());
    let mut statuses = Statuses::new();
    for turn in 1..=WINDOWS {
        eprint!("\rbench: storm {turn} of {WINDOWS} ");
        window(server, weather, Vec::new(), &mut idle).await?;
        let clients = open(server, weather.clients).await?;
        for (status, count) in window(server, weather, clients, &mut stormy).await? {
            *statuses.entry(status).or_default() += count;
        }
    }
    eprintln!();
    let memory = memory::resident_mib(server.pid())?;
    Ok(Storm { weather, idle, stormy, statuses, memory })
}

async fn open(server: &Server, clients: usize) -> Result<Vec<Connection>, String> {
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(Connection::open(&server.address).await?);
    }
    Ok(connections)
}

/// Number of responses by status.
type Statuses = BTreeMap<u16, usize>;

/// Signs in repeatedly until the deadline, and honours `Retry-After` as a well-behaved client does.
async fn sign_in_again(mut client: Connection, until: Instant) -> Result<Statuses, String> {
    let request = world::login();
    let mut statuses = Statuses::new();
    while Instant::now() < until {
        let response = client.ask(&request).await?;
        *statuses.entry(response.status).or_default() += 1;
        if let Some(pause) = response.retry_after {
            tokio::time::sleep_until((Instant::now() + pause).min(until).into()).await;
        }
    }
    Ok(statuses)
}

/// Measures one window: requests the product at its rate while the clients sign in, and records the CPU use. Returns the
/// sign-in responses by status.
async fn window(
    server: &Server,
    weather: Weather,
    clients: Vec<Connection>,
    seen: &mut Seen,
) -> Result<Statuses, String> {
    // Separate threads, which no other task of this program delays.
    let address = server.address.clone();
    let readers = joined(tokio::task::spawn_blocking(move || open_readers(&address)).await)??;
    let (before, pressure, started) = (CpuTime::of_process(server.pid())?, usage::pressure(), Instant::now());
    let mut storm = JoinSet::new();
    for client in clients {
        storm.spawn(sign_in_again(client, started + weather.window));
    }
    let responses = joined(tokio::task::spawn_blocking(move || read(readers, weather)).await)??;
    let after = CpuTime::of_process(server.pid())?;
    seen.elapsed += started.elapsed();
    seen.server += after.microseconds_since(&before);
    seen.server_waited += after.microseconds_waited_since(&before);
    let pressure = usage::pressure().zip(pressure).map(|(now, before)| now.saturating_sub(before));
    seen.pressure = pressure.map(|pressure| pressure + seen.pressure.unwrap_or_default());
    seen.refused += responses.iter().filter(|(status, _)| *status != 200).count();
    seen.latencies.push(responses.into_iter().map(|(_, latency)| latency).collect());
    let mut statuses = Statuses::new();
    while let Some(responses) = storm.join_next().await {
        for (status, count) in joined(responses)?? {
            *statuses.entry(status).or_default() += count;
        }
    }
    Ok(statuses)
}

fn joined<T>(outcome: Result<T, tokio::task::JoinError>) -> Result<T, String> {
    outcome.map_err(|error| error.to_string())
}

/// Opens connections and sends one request on each, so that no window includes the cost of connecting.
fn open_readers(address: &str) -> Result<Vec<TcpStream>, String> {
    let open = || {
        let mut stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        exchange(&mut stream, &product()).map(|_| stream)
    };
    let readers: std::io::Result<Vec<TcpStream>> = (0..READERS).map(|_| open()).collect();
    readers.map_err(|error| error.to_string())
}

fn product() -> Vec<u8> {
    http::request("GET", Operation::Product.target().unwrap_or_default(), "", "")
}

/// Requests the product at its rate. Returns the status of each response, and the latency since the due time.
fn read(readers: Vec<TcpStream>, weather: Weather) -> Result<Vec<(u16, Duration)>, String> {
    let between = Duration::from_secs(1) / weather.rate;
    let count = weather.window.as_nanos() / between.as_nanos().max(1);
    let started = Instant::now();
    let reader = |(first, mut stream): (usize, TcpStream)| {
        std::thread::spawn(move || {
            let (request, mut responses) = (product(), Vec::new());
            for due in (first as u128..count).step_by(READERS) {
                let due = started + Duration::from_secs_f64(between.as_secs_f64() * as_f64(due as u64));
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                let status = exchange(&mut stream, &request)?;
                responses.push((status, due.elapsed()));
            }
            Ok::<_, std::io::Error>(responses)
        })
    };
    let readers: Vec<_> = readers.into_iter().enumerate().map(reader).collect();
    let mut all = Vec::new();
    for reader in readers {
        let done = reader.join().map_err(|_| "a reader panicked")?;
        all.extend(done.map_err(|error| error.to_string())?);
    }
    Ok(all)
}

/// Sends a request, and returns the status of the complete response.
fn exchange(stream: &mut TcpStream, request: &[u8]) -> std::io::Result<u16> {
    stream.write_all(request)?;
    let mut received = Vec::with_capacity(4096);
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer)?;
        received.extend_from_slice(&buffer[..count]);
        match whole(&received) {
            Some(response) => return Ok(response.status),
            None if count > 0 => {}
            None => return Err(std::io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(windows: &[&[u64]]) -> Seen {
        let window = |window: &&[u64]| window.iter().copied().map(Duration::from_micros).collect();
        Seen { latencies: windows.iter().map(window).collect(), ..Seen::default() }
    }

    #[test]
    fn the_ratio_is_of_the_slowest_of_a_hundred() {
        let weather = Weather { clients: 1, rate: 1, window: Duration::from_secs(1) };
        let storm = Storm {
            weather,
            idle: seen(&[&[1, 10], &[1, 20]]),
            stormy: seen(&[&[1, 30], &[1, 30]]),
            statuses: Statuses::new(),
            memory: 1.0,
        };
        let (all, pairs) = storm.ratios();
        assert!((all - 1.5).abs() < 1e-9, "{all}");
        assert!((pairs[0] - 3.0).abs() < 1e-9 && (pairs[1] - 1.5).abs() < 1e-9, "{pairs:?}");
    }
}
