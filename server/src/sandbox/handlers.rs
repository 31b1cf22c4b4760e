//! The operations of the tag `sandbox`.

use agora_api::apis::sandbox::{ResetSandboxResponse, Sandbox};
use http::request::Parts;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::seed;

impl Sandbox for App {
    async fn reset_sandbox(&self, _: &Parts, _: Caller) -> Result<ResetSandboxResponse, Error> {
        // A database that no sandbox made stays as it is, whatever the profile says.
        if !self.is_sandbox() || !seed::reset(self.database()).await? {
            return Err(Error::NotFound("The contract has no such path"));
        }
        self.counts().written();
        self.revocations().end_all();
        Ok(ResetSandboxResponse::Status204 {})
    }
}
