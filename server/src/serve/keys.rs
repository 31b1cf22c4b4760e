//! The replacement of the signing key, for the command line.

use std::path::{Path, PathBuf};

use chrono::{TimeDelta, Utc};
use secrecy::ExposeSecret as _;

use crate::config::{Config, Profile};
use crate::platform::crypto::{RotationStep, next_rotation};
use crate::platform::private;
use crate::serve::ServeError;

/// Lifetime of access tokens, with time for restarts.
const OF_TOKENS: TimeDelta = TimeDelta::minutes(20);
/// Lifetime of refresh tokens, which the signing keys verify if there are no separate secrets.
const OF_SESSIONS: TimeDelta = TimeDelta::days(30);

/// Takes the next step in the replacement of the signing key of a file, and returns a text with what to do next. Without
/// `file`, it is that of the sandbox.
///
/// # Errors
/// Returns an error if the file cannot be read or written, has other keys than one or two, or still needs the old key.
pub fn rotate_keys(config: &Config, file: Option<&Path>, is_immediate: bool) -> Result<String, ServeError> {
    let path = match file {
        Some(file) => file.to_owned(),
        None if config.jwt_private_key.is_some() => {
            let remedy = "is not in a file: write it to one, and set JWT_PRIVATE_KEY_FILE".to_owned();
            return Err(ServeError::Config("JWT_PRIVATE_KEY", remedy));
        }
        None if config.profile == Profile::Sandbox => config.sandbox_key_file(),
        None => return Err(ServeError::Config("JWT_PRIVATE_KEY_FILE", "is not set".to_owned())),
    };
    let unusable =
        |path: &Path, why: String| ServeError::Config("the key file", format!("{} {why}", path.display()));
    let failed = |error: std::io::Error| unusable(&path, format!("cannot be used ({error})"));
    // A link, such as one that a deployment replaces, stays.
    let target: PathBuf = path.canonicalize().map_err(failed)?;
    let text = std::fs::read_to_string(&target).map_err(failed)?.into();
    let is_alone = !config.secrets.is_empty()
        && config.secrets.iter().all(|secret| secret.expose_secret() != "signing-keys");
    let lifetime = if is_alone { OF_TOKENS } else { OF_SESSIONS };
    let (text, step) =
        next_rotation(&text, Utc::now(), lifetime, is_immediate).map_err(|why| unusable(&path, why))?;
    private::replace(&target, text.expose_secret()).map_err(failed)?;
    let next = match step {
        RotationStep::Appended => {
            "has a new key, which only verifies so far: restart all servers, wait until services that verify tokens have \
             reloaded /.well-known/jwks.json, and run this again"
                .to_owned()
        }
        RotationStep::Moved => {
            let wait = if is_alone {
                "in 20 minutes, or 30 days after AGORA_SECRETS was introduced if that is later"
            } else {
                "in 30 days, since refresh tokens are signed by keys that are derived from it (AGORA_SECRETS)"
            };
            format!(
                "has the new key in front, and the old one still verifies: restart all servers, and run this again {wait}"
            )
        }
        RotationStep::Removed => "has only the new key: restart all servers".to_owned(),
    };
    Ok(format!("{} {next}", path.display()))
}
