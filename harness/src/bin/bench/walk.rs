//! What a page deep in a long list costs when it is reached by cursor, beside the first page.

use agora_api::models::ProductPage;

use crate::http::{Connection, request};
use crate::load::Load;
use crate::server::Server;
use crate::statistics::as_f64;
use crate::usage::CpuTime;
use crate::world::World;

/// The number of the page, of 10 products each.
pub const PAGE: usize = 5_000;

/// The target of the first page.
const FIRST: &str = "/api/v1/products?limit=10&cursor=start";

/// CPU of the server and of PostgreSQL together, microseconds a request, in each round.
pub struct Walk {
    /// Of the first page.
    pub first: Vec<f64>,
    /// Of page [`PAGE`].
    pub deep: Vec<f64>,
}

impl Walk {
    /// The rounds' ratios of the deep page to the first.
    pub fn ratios(&self) -> Vec<f64> {
        self.deep.iter().zip(&self.first).map(|(deep, first)| deep / first).collect()
    }
}

/// Fills the list, walks to the page, and measures both in turns: a round that warms up, then so many that count.
pub async fn run(world: &World, server: &Server, rounds: u16, count: usize) -> Result<Walk, String> {
    // One page more, so that the deep one has a page after it as the first has.
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

/// The target of the page, from the page before it.
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
