//! The database of a run: its URL, planner statistics, a user who signs in, and a cart for each connection.

use std::sync::Arc;

use agora_api::models;
use agora_cluster::Cluster;
use agora_harness::{TEMPLATE, stack};

use crate::http::{Connection, request};
use crate::load::Load;
use crate::operations::Operation;
use crate::server::Server;

/// Number of database connections of each server; the harness gives the real server the same number.
pub const POOL_SIZE: usize = 8;
/// Username and password of a user of the dataset.
pub const USER: (&str, &str) = ("johnd", "m38rmF$");

/// The database of the run.
pub struct World {
    /// URL with the cluster's superuser.
    pub url: String,
    /// Process id of the PostgreSQL postmaster.
    pub postgres: u32,
    /// Id of the first cart; the ids of the carts are consecutive.
    pub first_cart: i64,
    /// Id and password hash of the user.
    pub account: (i64, String),
    /// Number of client connections; each has a cart.
    pub connections: usize,
}

impl World {
    /// Creates the database. Collects statistics at once, so that no plan changes during the run.
    pub async fn make(cluster: &Cluster, connections: usize) -> Result<Self, String> {
        stack::make_template(&cluster.connection().url("postgres")).await?;
        let url = cluster.connection().url(TEMPLATE);
        let client = connect(&url).await?;
        let account = "select id, password_hash from users where username = $1";
        let account = client.query_one(account, &[&USER.0]).await.map_err(reported)?;
        let account: (i64, String) = (account.get(0), account.get(1));
        let carts = "insert into carts (uuid, user_id) \
                     select gen_random_uuid(), $1 from generate_series(1, $2::bigint) returning id";
        let count = i64::try_from(connections).map_err(|error| error.to_string())?;
        let carts = client.query(carts, &[&account.0, &count]).await.map_err(reported)?;
        let first_cart = carts.iter().map(|row| row.get(0)).min().unwrap_or_default();
        client.batch_execute("vacuum analyze").await.map_err(reported)?;
        Ok(Self { url, postgres: cluster.pid(), first_cart, account, connections })
    }

    /// Inserts this many products, and updates the statistics.
    pub async fn add_products(&self, count: usize) -> Result<(), String> {
        let client = connect(&self.url).await?;
        let insert = "insert into products (uuid, title, description, price, owner_id) \
                      select gen_random_uuid(), 'thing ' || n, 'one of many', 1, 1 from generate_series(1, $1::bigint) as n";
        let count = i64::try_from(count).map_err(|error| error.to_string())?;
        client.execute(insert, &[&count]).await.map_err(reported)?;
        client.batch_execute("vacuum analyze").await.map_err(reported)
    }

    /// Returns the load of an operation. Cart changes need an access token, which is valid for a few minutes only. Each
    /// call gets a new one from `signer`, a server with the same signing key as the measured one.
    pub async fn load(&self, operation: Operation, count: usize, signer: &Server) -> Result<Load, String> {
        let requests: Vec<Arc<[u8]>> = match operation.target() {
            Some(target) => vec![request("GET", target, "", "").into()],
            None if operation == Operation::Login => vec![login().into()],
            None => {
                let token = self.sign_in(signer).await?;
                let bearer = format!("Authorization: Bearer {token}\r\n");
                let carts = (self.first_cart..).take(self.connections);
                let patch =
                    |id| request("PATCH", &format!("/api/v1/carts/{id}"), &bearer, CART_CHANGE).into();
                carts.map(patch).collect()
            }
        };
        Ok(Load { requests, connections: self.connections, count })
    }

    async fn sign_in(&self, signer: &Server) -> Result<String, String> {
        let mut connection = Connection::open(&signer.address).await?;
        let login = connection.fetch(&login()).await?;
        let login: models::Login = serde_json::from_slice(login).map_err(|error| error.to_string())?;
        Ok(login.access)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
pub fn reported(error: tokio_postgres::Error) -> String {
    error.to_string()
}

pub async fn connect(url: &str) -> Result<tokio_postgres::Client, String> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.map_err(reported)?;
    // The connection task ends when its client is dropped.
    tokio::spawn(connection);
    Ok(client)
}

/// A patch with every kind of change. It leaves the cart unchanged in the end, so that all requests cost the same.
const CART_CHANGE: &str =
    r#"{"add":[{"productId":1,"quantity":2}],"update":[{"productId":2,"quantity":3}],"remove":[1]}"#;

/// Returns a sign-in request.
pub fn login() -> Vec<u8> {
    let (username, password) = USER;
    request(
        "POST",
        "/api/v1/auth/login",
        "",
        &format!(r#"{{"username":"{username}","password":"{password}"}}"#),
    )
}
