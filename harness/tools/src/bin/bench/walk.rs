//! Cost of a page deep in a long list, reached by cursor, compared with the first page.

use agora_api::models::ProductPage;

use crate::http::{Connection, request};
use crate::load::Load;
use crate::server::Server;
use crate::statistics::as_f64;
use crate::usage::CpuTime;
use crate::world::World;

/// Number of the deep page, at 10 products per page.
pub const PAGE: usize = 5_000;

/// The target of the first page.
const FIRST: &str = "/api/v1/products?limit=10&cursor=start";

/// CPU time of the server and PostgreSQL together in each round, in microseconds per request.
pub struct Walk {
    /// Costs of the first page.
    pub first: Vec<f64>,
    /// Costs of page [`PAGE`].
    pub deep: Vec<f64>,
}

impl Walk {
    /// Returns the ratio of the deep page to the first in each round.
    pub fn ratios(&self) -> Vec<f64> {
        self.deep.iter().zip(&self.first).map(|(deep, first)| deep / first).collect()
    }
}

/// Fills the list, walks to the deep page, and measures both pages in a warm-up round and `rounds` counted ones.
pub async fn run(world: &World, server: &Server, rounds: u16, count: usize) -> Result<Walk, String> {
    // One more page, so that the deep page has a next page like the first.
    world.add_products((PAGE + 1) * 10).await?;
    let targets = [FIRST.to_owned(), deep_target(server).await?];
    let loads = targets.map(|target| Load {
        requests: vec![request("GET", &target, "", "").into()],
        connections: world.connections,
        count,
    });
    let mut costs = [Vec::new(), Vec::new()];
    for round in 0..=rounds {
        eprint!("\rbench: page {PAGE}, round {round} of {rounds}  ");
        for (load, costs) in loads.iter().zip(&mut costs) {
            let cost = cost(world, server, load).await?;
            if round > 0 {
                costs.push(cost);
            }
        }
    }
    eprintln!();
    let [first, deep] = costs;
    Ok(Walk { first, deep })
}

async fn cost(world: &World, server: &Server, load: &Load) -> Result<f64, String> {
    let open = load.open(&server.address).await?;
    let of_server = CpuTime::of_process(server.pid())?;
    let of_database = CpuTime::of_family(world.postgres)?;
    open.run().await?;
    let database = CpuTime::of_family(world.postgres)?.microseconds_since(&of_database);
    let server = CpuTime::of_process(server.pid())?.microseconds_since(&of_server);
    Ok((server + database) / as_f64(load.count as u64))
}

/// Returns the target of the deep page, found by following the cursors from the first page.
async fn deep_target(server: &Server) -> Result<String, String> {
    let mut connection = Connection::open(&server.address).await?;
    let mut target = FIRST.to_owned();
    for page in 1..PAGE {
        let body = connection.fetch(&request("GET", &target, "", "")).await?;
        let read: ProductPage = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let next = read.next.ok_or_else(|| format!("the list ends at page {page}"))?;
        let path = next.find("/api/").ok_or("the next page is not one of the API")?;
        target = next[path..].to_owned();
    }
    Ok(target)
}
