//! The operations of the tag `sandbox`.

use agora_api::apis::sandbox::{ResetSandboxResponse, Sandbox};

use crate::app::App;
use crate::error::Error;
use crate::identity::Principal;
use crate::platform::http::request::RequestContext;
use crate::seed;

impl Sandbox for App {
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
        Ok(ResetSandboxResponse::Status204 {})
    }
}
