//! The baseline: the same SQL and JSON behind a plain axum router. It has no layers, no authentication, no contract
//! checks and no deadlines, and so measures the minimum cost of a handler.

mod carts;
mod catalog;
mod login;

use axum::Router;
use axum::routing::{get, patch, post};
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use http::HeaderName;
use http::header::CONTENT_TYPE;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls, Row};

use crate::statements::statement;
use crate::world::POOL_SIZE;

/// State shared by the handlers.
#[derive(Clone)]
struct Bare {
    pool: Pool,
    /// Number of products, counted once: the server itself counts at most every 5 seconds.
    products: i64,
}

type Json = ([(HeaderName, &'static str); 1], Vec<u8>);
/// A parameter of a statement.
type Param<'a> = &'a (dyn ToSql + Sync);

/// Serves the routes until the process ends.
pub async fn serve(url: &str, listener: TcpListener) -> Result<(), String> {
    let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| error.to_string())?;
    config.options("-c role=agora_app -c timezone=UTC -c plan_cache_mode=force_generic_plan");
    let recycling_method = RecyclingMethod::Fast;
    let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method });
    let pool = Pool::builder(manager).max_size(POOL_SIZE).build().map_err(|error| error.to_string())?;
    let mut bare = Bare { pool, products: 0 };
    let count = bare.client().await;
    bare.products = rows(&count, statement("catalog.count_products")?, []).await[0].get(0);
    drop(count);
    let routes = Router::new()
        .route("/api/v1/products", get(catalog::page))
        .route("/api/v1/products/by-categories", get(catalog::by_categories))
        .route("/api/v1/products/{product}", get(catalog::product))
        .route("/api/v1/carts/{cart}", patch(carts::change))
        .route("/api/v1/auth/login", post(login::login))
        .with_state(bare);
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        // As in the server: waiting to fill a packet would only delay the response.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, routes).await.map_err(|error| error.to_string())
}

impl Bare {
    async fn client(&self) -> Object {
        self.pool.get().await.expect("the cluster of this run answers")
    }
}

async fn rows<const COUNT: usize>(client: &Object, sql: &str, params: [Param<'_>; COUNT]) -> Vec<Row> {
    let statement = client.prepare_cached(sql).await.expect("the server's SQL is good");
    client.query(&statement, &params).await.expect("the statement runs")
}

/// Returns the statement with this label. Panics if the server has none.
fn labelled(label: &str) -> &'static str {
    statement(label).expect("the server has the statement")
}

fn json<T: Serialize>(body: &T) -> Json {
    ([(CONTENT_TYPE, "application/json")], serde_json::to_vec(body).expect("wire types serialise"))
}
