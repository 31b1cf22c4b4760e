//! PostgreSQL in a separate container for each run.

use std::time::{Duration, Instant};

use testcontainers::core::{IntoContainerPort as _, Mount};
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, GenericImage, ImageExt as _};
use uuid::Uuid;

/// Environment variable with the name of the image.
const IMAGE_VARIABLE: &str = "HARNESS_POSTGRES_IMAGE";
/// Default image.
const IMAGE: &str = "postgres:17-alpine";
/// Folder of the data, mounted in memory. It is not the image's default, which differs between versions.
const DATA: &str = "/var/lib/agora";
/// Maximum time for the server to accept connections.
const DEADLINE: Duration = Duration::from_secs(90);

/// Command line of the server: enough connections for the tests, and no waiting for a disk.
const ARGUMENTS: [&str; 9] = [
    "postgres",
    "-c",
    "max_connections=400",
    "-c",
    "fsync=off",
    "-c",
    "synchronous_commit=off",
    "-c",
    "full_page_writes=off",
];

/// A container with PostgreSQL. It is removed when dropped inside an async runtime, and when the run is interrupted.
pub struct Container {
    image: String,
    url: String,
    // Kept because dropping it removes the container.
    _container: ContainerAsync<GenericImage>,
}

impl Container {
    /// Starts the container and waits until it accepts connections.
    ///
    /// # Errors
    /// A message that says how to fix the failure.
    pub async fn start() -> Result<Self, String> {
        let image = std::env::var(IMAGE_VARIABLE).unwrap_or_else(|_| IMAGE.to_owned());
        let (name, tag) = image.rsplit_once(':').unwrap_or((&image, "latest"));
        let password = Uuid::now_v7().simple().to_string();
        let started = GenericImage::new(name, tag)
            .with_exposed_port(5432.tcp())
            .with_env_var("POSTGRES_PASSWORD", &password)
            .with_env_var("POSTGRES_INITDB_ARGS", "--encoding=UTF8 --locale=C --lc-ctype=C.UTF-8 --no-sync")
            .with_env_var("PGDATA", format!("{DATA}/pgdata"))
            .with_mount(Mount::tmpfs_mount(DATA))
            .with_cmd(ARGUMENTS)
            .start()
            .await;
        let container = started.map_err(|error| docker_output(&image, &error.to_string()))?;
        let url =
            url(&container, &password).await.map_err(|error| docker_output(&image, &error.to_string()))?;
        wait_until_ready(&url).await.map_err(|error| docker_output(&image, &error))?;
        Ok(Self { image, url, _container: container })
    }

    /// Returns the name of its image.
    #[must_use]
    pub fn image(&self) -> &str {
        &self.image
    }

    /// Returns the URL of its database `postgres`, with its superuser's login.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

fn docker_output(image: &str, why: &str) -> String {
    format!(
        "no PostgreSQL in a container of {image}: {why}\nName another image by {IMAGE_VARIABLE}, build one by \
         `./justw images` where no registry can be reached, or take an installed PostgreSQL by {}=private.",
        super::KIND_VARIABLE
    )
}

async fn url(
    container: &ContainerAsync<GenericImage>,
    password: &str,
) -> Result<String, testcontainers::TestcontainersError> {
    let (host, port) = (container.get_host().await?, container.get_host_port_ipv4(5432).await?);
    Ok(format!("postgres://postgres:{password}@{host}:{port}/postgres"))
}

/// Waits until the server accepts a TCP connection. Some images first start a temporary server to initialize the
/// cluster, but that one does not listen on TCP.
async fn wait_until_ready(url: &str) -> Result<(), String> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        match super::connect(url).await {
            Ok(_) => return Ok(()),
            Err(why) if Instant::now() > deadline => return Err(why),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
