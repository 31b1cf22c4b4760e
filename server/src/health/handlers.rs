//! The operations of the tag `health`.

use std::sync::LazyLock;
use std::time::Instant;

use agora_api::apis::health::{GetHealthResponse, GetLivenessResponse, GetReadinessResponse, Health};
use agora_api::{DOCUMENT_YAML, models};
use agora_runtime::{ApiResponse, ResponseBuilder};

use crate::app::App;
use crate::error::Error;
use crate::health::queries;
use crate::identity::Principal;
use crate::platform::crypto::{hex, sha256};
use crate::platform::http::request::RequestContext;
use crate::platform::migrate;

/// SHA-256 of the contract of this build.
static CONTRACT: LazyLock<String> = LazyLock::new(|| hex(&sha256(DOCUMENT_YAML.as_bytes())));

impl Health for App {
    async fn get_liveness(
        &self,
        _: &RequestContext<Option<Principal>>,
    ) -> Result<GetLivenessResponse, Error> {
        Ok(GetLivenessResponse::Status200 {
            body: models::Liveness { status: models::LivenessStatus::Alive },
        })
    }

    async fn get_health(&self, _: &RequestContext<Option<Principal>>) -> Result<GetHealthResponse, Error> {
        Ok(GetHealthResponse::Status200 { body: models::Health { status: models::HealthStatus::HealthOk } })
    }

    async fn get_readiness(
        &self,
        _: &RequestContext<Option<Principal>>,
    ) -> Result<GetReadinessResponse, Error> {
        let body = readiness(self).await;
        if body.status == models::ReadinessStatus::ReadinessOk {
            return Ok(GetReadinessResponse::Status200 { body });
        }
        let reply = ResponseBuilder::with_status(503)
            .header("Retry-After", Some("1".to_owned()))
            .json("application/json", &body);
        Ok(GetReadinessResponse::raw(reply.build()))
    }
}

async fn readiness(app: &App) -> models::Readiness {
    let started = Instant::now();
    let migration = async { queries::find_migration(&app.monitor.connection().await?).await };
    let (database, migrations) = match migration.await {
        Ok(version) => {
            let latency_ms = (started.elapsed().as_secs_f64() * 10_000.0).round() / 10.0;
            let database =
                models::ReadinessCheck { status: models::CheckStatus::CheckOk, latency_ms: Some(latency_ms) };
            let is_current = version >= migrate::latest();
            (database, if is_current { models::CheckStatus::CheckOk } else { models::CheckStatus::CheckOut })
        }
        Err(error) => {
            tracing::warn!(reason = %error, "the database is unavailable");
            (check(models::CheckStatus::CheckOut), models::CheckStatus::CheckOut)
        }
    };
    let is_ready = !app.is_draining()
        && database.status == models::CheckStatus::CheckOk
        && migrations == models::CheckStatus::CheckOk;
    models::Readiness {
        status: if is_ready {
            models::ReadinessStatus::ReadinessOk
        } else {
            models::ReadinessStatus::ReadinessDegraded
        },
        checks: models::ReadinessChecks {
            database,
            migrations: check(migrations),
            redis: check(models::CheckStatus::CheckSkipped),
            storage: check(models::CheckStatus::CheckSkipped),
        },
        contract: CONTRACT.clone(),
    }
}

fn check(status: models::CheckStatus) -> models::ReadinessCheck {
    models::ReadinessCheck { status, latency_ms: None }
}
