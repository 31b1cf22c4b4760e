//! Number of database round trips per request, counted on the wire.

use agora_harness::Proxy;

use crate::operations::Operation;
use crate::server::Server;
use crate::world::World;

/// Attempts per operation. The first one prepares the statements.
const TIMES: usize = 20;

/// Returns the minimum number of round trips per request of each operation, or `None` if PostgreSQL has no Unix socket.
pub async fn count(world: &World, operations: &[Operation]) -> Result<Option<Vec<(Operation, u64)>>, String> {
    // In the URL of a Unix socket, the host is its folder and begins with an encoded slash.
    if !world.url.contains("@%2F") {
        return Ok(None);
    }
    let proxy = Proxy::start(&world.url);
    let server = Server::start(&["serve-agora", &proxy.url(&world.url), "DATABASE_POOL_SIZE=1"])?;
    let mut counted = Vec::new();
    for operation in operations {
        let load = world.load(*operation, 1, &server).await?;
        let mut least = u64::MAX;
        for _ in 0..TIMES {
            let before = proxy.round_trips();
            load.body(&server.address).await?;
            least = least.min(proxy.round_trips() - before);
        }
        counted.push((*operation, least));
    }
    Ok(Some(counted))
}
