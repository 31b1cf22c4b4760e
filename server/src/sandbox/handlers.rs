//! The operations of the tag `sandbox`.

use agora_api::apis::sandbox::{AdvanceClockResponse, ResetSandboxResponse, Sandbox};
use agora_api::models;
use serde_json::json;

use crate::app::App;
use crate::error::Error;
use crate::identity::Principal;
use crate::platform::http::request::RequestContext;
use crate::sandbox::queries::{self, AdvancedClock};
use crate::seed;

/// Maximum number of seconds by which the clock can be ahead. Times then remain within what every part can represent.
const MOST_AHEAD: i64 = 10 * 365 * 24 * 60 * 60;

impl Sandbox for App {
    async fn advance_clock(
        &self,
        _: &RequestContext<Option<Principal>>,
        step: models::ClockAdvance,
    ) -> Result<AdvanceClockResponse, Error> {
        if !self.is_sandbox() {
            return Err(Error::UnknownPath);
        }
        let db = self.database().connection().await?;
        let clock = queries::advance_clock(&db, step.advance_seconds, MOST_AHEAD).await?;
        drop(db);
        let AdvancedClock { is_advanced, offset_seconds, current_at } = clock.ok_or(Error::UnknownPath)?;
        if !is_advanced {
            let detail = "The clock must not be ahead by more than 315,360,000 seconds; reset the sandbox to put it back";
            return Err(Error::Conflict(detail.to_owned(), json!({"offset_seconds": offset_seconds})));
        }
        // Sent after the change, so that this server's clock has moved when the response is sent.
        self.revocations.poll(&self.monitor).await?;
        tracing::info!(offset_seconds, "the sandbox's clock was advanced");
        let body = models::Clock { current_at: current_at.into(), offset_seconds };
        Ok(AdvanceClockResponse::Status200 { body })
    }

    async fn reset_sandbox(
        &self,
        _: &RequestContext<Option<Principal>>,
    ) -> Result<ResetSandboxResponse, Error> {
        if !self.is_sandbox() {
            return Err(Error::UnknownPath);
        }
        // A database that no sandbox has seeded is never emptied, regardless of the profile.
        let last = seed::reset(self.database()).await?.ok_or(Error::UnknownPath)?;
        self.pager.counts.invalidate();
        self.revocations.record_revoked_through(last);
        // The clock was put back.
        self.revocations.poll(&self.monitor).await?;
        Ok(ResetSandboxResponse::Status204 {})
    }
}
