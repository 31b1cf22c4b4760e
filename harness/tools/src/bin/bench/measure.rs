//! The rounds. Each contains every row once, so that a disturbance of the machine affects all rows about equally.

use agora_harness::memory::resident_mib;

use crate::http::request;
use crate::load::Load;
use crate::operations::Operation;
use crate::pgbench::Pgbench;
use crate::report::{Memory, Round, Row};
use crate::server::Server;
use crate::statistics::as_f64;
use crate::usage::CpuTime;
use crate::world::World;

/// The servers' names in the report.
pub const SERVERS: [&str; 3] = ["bare", "all layers", "all layers, JSON access lines"];
/// Index of the bare handler in [`SERVERS`].
const BARE: usize = 0;
/// Index of the server that logs only warnings.
pub const AGORA: usize = 1;
/// Index of the server that logs every request, as in production. The bounds apply to it.
pub const LINES: usize = 2;

/// Minimum number of requests of a mixed load that the bounded server has served when memory is measured.
const BEFORE_MEMORY: usize = 100_000;

/// The servers, the database and pgbench of a run.
pub struct Bench<'a> {
    world: &'a World,
    pgbench: Result<Pgbench, &'static str>,
    servers: [Server; 3],
    /// Resident memory of each server in MiB, after its first requests.
    memory_before: Vec<f64>,
    /// Number of requests sent to each server since `memory_before` was taken.
    sent: [usize; 3],
}

/// A row to be measured: an operation at a target.
struct Plan {
    operation: Operation,
    whom: Whom,
    count: usize,
    row: Row,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Whom {
    Server(usize),
    Compressing(usize),
    Pgbench,
}

impl<'a> Bench<'a> {
    /// Starts the servers.
    pub fn start(world: &'a World, pgbench: Result<Pgbench, &'static str>) -> Result<Self, String> {
        let servers = [
            Server::start(&["serve-bare", &world.url])?,
            Server::start(&["serve-agora", &world.url])?,
            Server::start(&["serve-agora", &world.url, "LOG_LEVEL=info", "LOG_FORMAT=json"])?,
        ];
        Ok(Self { world, pgbench, servers, memory_before: Vec::new(), sent: [0; 3] })
    }

    /// Returns the server that the bounds apply to.
    pub fn agora(&self) -> &Server {
        &self.servers[AGORA]
    }

    /// Measures the operations in a warm-up round and `rounds` counted ones.
    pub async fn rows(
        &mut self,
        operations: &[Operation],
        rounds: u16,
        requests: usize,
    ) -> Result<Vec<Row>, String> {
        let mut plans = self.plans(operations, requests);
        self.same_answers(&plans).await?;
        self.note_memory()?;
        for round in 0..=rounds {
            // Alternates the order, so that no row always follows the same one.
            let mut order: Vec<usize> = (0..plans.len()).collect();
            if round % 2 == 0 {
                order.reverse();
            }
            for (place, index) in order.iter().enumerate() {
                eprint!("\rbench: round {round} of {rounds}, {} of {}  ", place + 1, order.len());
                if let Some(done) = self.round(&plans[*index]).await?
                    && round > 0
                {
                    plans[*index].row.rounds.push(done);
                }
            }
        }
        eprintln!();
        Ok(plans.into_iter().map(|plan| plan.row).collect())
    }

    fn plans(&self, operations: &[Operation], requests: usize) -> Vec<Plan> {
        let mut plans = Vec::new();
        for operation in operations {
            let mut whom = vec![Whom::Server(BARE), Whom::Server(AGORA)];
            if operation.target().is_some() {
                whom.push(Whom::Server(LINES));
            }
            if *operation == Operation::Page {
                whom.push(Whom::Compressing(AGORA));
            }
            whom.push(Whom::Pgbench);
            plans.extend(whom.into_iter().map(|whom| self.plan(*operation, whom, requests)));
        }
        plans
    }

    fn plan(&self, operation: Operation, whom: Whom, requests: usize) -> Plan {
        let (server, count) = match whom {
            Whom::Server(server) => (SERVERS[server], operation.share(requests)),
            Whom::Compressing(_) => ("all layers, gzip", operation.share(requests)),
            Whom::Pgbench => ("pgbench", operation.transactions(requests)),
        };
        let is_bounded = whom == Whom::Server(LINES);
        let why_not = self.pgbench.as_ref().err().copied().filter(|_| whom == Whom::Pgbench);
        let row = Row { operation: operation.name(), server, is_bounded, why_not, rounds: Vec::new() };
        Plan { operation, whom, count, row }
    }

    async fn load(&self, plan: &Plan) -> Result<Load, String> {
        let mut load = self.world.load(plan.operation, plan.count, self.agora()).await?;
        if let (Whom::Compressing(_), Some(target)) = (plan.whom, plan.operation.target()) {
            load.requests = vec![request("GET", target, "Accept-Encoding: gzip\r\n", "").into()];
        }
        Ok(load)
    }

    /// Measures one round of a row; returns `None` if pgbench is unavailable.
    async fn round(&mut self, plan: &Plan) -> Result<Option<Round>, String> {
        let (Whom::Server(index) | Whom::Compressing(index)) = plan.whom else {
            let Ok(pgbench) = &self.pgbench else { return Ok(None) };
            // May block: no other task of this program runs meanwhile.
            return pgbench.round(self.world, plan.operation, plan.count).map(Some);
        };
        let load = self.load(plan).await?;
        let server = &self.servers[index];
        let open = load.open(&server.address).await?;
        let of_server = CpuTime::of_process(server.pid())?;
        let of_database = CpuTime::of_family(self.world.postgres)?;
        let seen = open.run().await?;
        let database = CpuTime::of_family(self.world.postgres)?.microseconds_since(&of_database);
        let server = CpuTime::of_process(server.pid())?.microseconds_since(&of_server);
        self.sent[index] += load.sent();
        let count = as_f64(plan.count as u64);
        let rate = count / seen.elapsed.as_secs_f64();
        let (server, database) = (Some(server / count), database / count);
        Ok(Some(Round { server, database, latencies: seen.latencies, rate }))
    }

    /// Checks that each server responds to a request byte for byte like the bare handler, except for values that are new
    /// each time.
    async fn same_answers(&self, plans: &[Plan]) -> Result<(), String> {
        for plan in plans {
            let Whom::Server(index) = plan.whom else { continue };
            let load = self.load(plan).await?;
            let own = comparable(plan.operation, load.body(&self.servers[index].address).await?)?;
            let bare = comparable(plan.operation, load.body(&self.servers[BARE].address).await?)?;
            if own != bare {
                return Err(format!(
                    "{} answers {} unlike the bare handler",
                    plan.row.server, plan.row.operation
                ));
            }
        }
        Ok(())
    }

    fn note_memory(&mut self) -> Result<(), String> {
        let resident = self.servers.iter().map(|server| resident_mib(server.pid()));
        self.memory_before = resident.collect::<Result<_, _>>()?;
        self.sent = [0; 3];
        Ok(())
    }

    /// Measures the memory of the servers after the bounded one has served enough requests.
    pub async fn memory(&mut self) -> Result<Vec<Memory>, String> {
        if self.memory_before.is_empty() {
            let one = self.world.load(Operation::Product, 1, self.agora()).await?;
            for server in &self.servers {
                one.body(&server.address).await?;
            }
            self.note_memory()?;
        }
        let missing = BEFORE_MEMORY.saturating_sub(self.sent[LINES]);
        if missing > 0 {
            eprintln!("bench: {missing} more requests before the look at memory");
            // Each connection repeats one of the requests: reads of all kinds, compressed ones, and changes of carts.
            let mut load = self.world.load(Operation::Cart, missing, self.agora()).await?;
            let reads = [Operation::Product, Operation::Page, Operation::ByCategories];
            for (place, target) in reads.into_iter().filter_map(Operation::target).enumerate() {
                let coding = ["", "Accept-Encoding: gzip\r\n", "Accept-Encoding: br\r\n"][place];
                load.requests.insert(2 * place, request("GET", target, coding, "").into());
            }
            load.open(&self.servers[LINES].address).await?.run().await?;
            self.sent[LINES] += load.sent();
        }
        let asked = self.servers.iter().enumerate().filter(|(index, _)| self.sent[*index] > 0);
        let memory = asked.map(|(index, server)| {
            let (before, requests) = (self.memory_before[index], self.sent[index]);
            let after = resident_mib(server.pid())?;
            Ok(Memory { server: SERVERS[index], is_bounded: index == LINES, before, after, requests })
        });
        memory.collect()
    }
}

/// Removes tokens and update times, which differ each time, from the responses of writes.
fn comparable(operation: Operation, body: Vec<u8>) -> Result<Vec<u8>, String> {
    if operation.target().is_some() {
        return Ok(body);
    }
    let mut body: serde_json::Value = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
    if let Some(members) = body.as_object_mut() {
        members.retain(|name, _| !["access", "refresh", "updated_at"].contains(&name.as_str()));
    }
    Ok(body.to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_times_are_not_compared_and_all_else_is() {
        let of = |text: &str| comparable(Operation::Login, text.into()).expect("is JSON");
        assert_eq!(of(r#"{"access":"a","user":1}"#), of(r#"{"access":"b", "user":1}"#));
        assert_ne!(of(r#"{"access":"a","user":1}"#), of(r#"{"access":"a","user":2}"#));
        let read = comparable(Operation::Page, b"{ }".to_vec()).expect("is not read");
        assert_eq!(read, b"{ }");
    }
}
