//! The yardstick: the same SQL and the same JSON behind a plain axum router, and nothing else. No layers, no checks of
//! the contract, no deadlines: what a handler costs that only answers.

use agora_api::models;
use agora_contract::DecimalNumber;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use http::HeaderName;
use http::header::CONTENT_TYPE;
use rust_decimal::Decimal;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls, Row};

use crate::{HOST, POOL_SIZE};

/// The server's own SQL: cut out of its source, it cannot drift apart.
const QUERIES: &str = include_str!("../../../../server/src/catalog/queries.rs");
/// Products of a page, as the server has it when nothing is said.
const PAGE_LIMIT: usize = 10;

#[derive(Clone)]
struct Bare {
    pool: Pool,
    find_product: &'static str,
    list_products: &'static str,
    /// Taken once: the server itself counts every five seconds at most.
    count: i64,
}

type Json = ([(HeaderName, &'static str); 1], Vec<u8>);

/// Serves the two routes until the process ends.
pub async fn serve(url: &str, listener: TcpListener) -> Result<(), String> {
    let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| error.to_string())?;
    config.options("-c role=agora_app -c timezone=UTC");
    let recycling_method = RecyclingMethod::Fast;
    let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method });
    let pool = Pool::builder(manager).max_size(POOL_SIZE).build().map_err(|error| error.to_string())?;
    let count = rows(&pool, statement("count_products")?, &[]).await[0].get(0);
    let state = Bare {
        pool,
        find_product: statement("find_product")?,
        list_products: statement("list_products")?,
        count,
    };
    let routes = Router::new()
        .route("/api/v1/products/{product}", get(product))
        .route("/api/v1/products", get(page))
        .with_state(state);
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        // As the server does; waiting to fill a packet would only delay the answer.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, routes).await.map_err(|error| error.to_string())
}

/// The statement of a label line, up to the quote that ends its constant.
fn statement(name: &str) -> Result<&'static str, String> {
    let label = format!("-- catalog.{name}\n");
    let text = QUERIES.find(&label).map(|start| &QUERIES[start..]);
    let text = text.and_then(|text| text.split_once("\";")).map(|(text, _)| text);
    text.ok_or_else(|| format!("server/src/catalog/queries.rs has no statement labelled catalog.{name}"))
}

async fn rows(pool: &Pool, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Vec<Row> {
    let client = pool.get().await.expect("the cluster of this run answers");
    let statement = client.prepare_cached(sql).await.expect("the server's SQL is good");
    client.query(&statement, params).await.expect("the statement runs")
}

async fn product(State(bare): State<Bare>, Path(product): Path<i64>) -> Json {
    let found = rows(&bare.pool, bare.find_product, &[&Some(product), &None::<uuid::Uuid>]).await;
    json(&wire(found.first().expect("only products that are there are asked for")))
}

async fn page(State(bare): State<Bare>) -> Json {
    let wanted = i64::try_from(PAGE_LIMIT + 1).expect("a page is small");
    let params: [&(dyn ToSql + Sync); 5] = [&None::<String>, &false, &0_i64, &wanted, &0_i64];
    let found = rows(&bare.pool, bare.list_products, &params).await;
    let next = (found.len() > PAGE_LIMIT).then(|| format!("http://{HOST}/api/v1/products?page=2"));
    let results = found.iter().take(PAGE_LIMIT).map(wire).collect();
    json(&models::ProductPage { count: bare.count, next, previous: None, results })
}

fn json<T: Serialize>(body: &T) -> Json {
    ([(CONTENT_TYPE, "application/json")], serde_json::to_vec(body).expect("wire types serialise"))
}

fn wire(row: &Row) -> models::Product {
    let ids: Vec<i64> = row.get::<_, Option<_>>("category_ids").unwrap_or_default();
    let names: Vec<String> = row.get::<_, Option<_>>("category_names").unwrap_or_default();
    let (sum, count): (i64, i64) = (row.get("rating_sum"), row.get("rating_count"));
    let of_names = ids.into_iter().zip(names);
    let categories: Vec<_> = of_names.map(|(id, name)| models::ProductCategory { id, name }).collect();
    models::Product {
        id: row.get("id"),
        uuid: row.get("uuid"),
        title: row.get("title"),
        description: row.get("description"),
        price: DecimalNumber(row.get("price")),
        image: row.get("image"),
        category: categories.first().map(|category| category.name.clone()),
        categories,
        rating: models::ProductRating { rate: rate(sum, count), count },
        owner: models::ProductOwner { id: row.get("owner_id"), username: row.get("owner_username") },
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
    }
}

fn rate(sum: i64, count: i64) -> f64 {
    if count == 0 {
        return 0.0;
    }
    let hundredths = (Decimal::from(sum) * Decimal::ONE_HUNDRED / Decimal::from(count)).round();
    hundredths.try_into().map_or(0.0, |hundredths: f64| hundredths / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_cut_out_whole() {
        for name in ["find_product", "list_products", "count_products"] {
            let sql = statement(name).expect("is there");
            assert!(sql.starts_with("-- catalog.") && !sql.contains("const "), "{sql}");
        }
        assert!(statement("find_nothing").is_err());
    }
}
