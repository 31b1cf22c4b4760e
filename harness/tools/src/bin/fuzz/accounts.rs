//! Principals, and the accounts of the workers. Each worker has accounts of its own: otherwise a sign-out of one worker
//! would look like a fault of the server to another.

use std::path::Path;

use agora_harness::{Database, spec};
use clap::ValueEnum;
use serde_json::{Value, json};

/// Accounts that replace the one of a worker once a test case has locked it out.
const SPARES: u32 = 1_000;

/// The principal that sends the requests.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, ValueEnum)]
pub enum Principal {
    /// A user.
    User,
    /// A member of staff.
    Staff,
    /// An admin.
    Admin,
}

impl Principal {
    /// Returns the name in `principals.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Staff => "staff",
            Self::Admin => "admin",
        }
    }
}

/// Creates the accounts of a worker: copies of those in `principals.json`, with the same passwords. Writes the file of the
/// worker's principals. Returns the common part of the names of the spare accounts.
pub async fn create(database: &Database, worker: &str, file: &Path) -> Result<String, String> {
    let mut principals = originals()?;
    let entries = principals["auth"].as_array_mut().into_iter().flatten();
    for entry in entries {
        let payload = &mut entry["loginEndpointAuth"]["payloadRaw"];
        let mut login: Value =
            payload.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let original = login["username"].as_str().unwrap_or_default().to_owned();
        let name = format!("fuzz-{worker}-{original}");
        let copy = "
            insert into users (uuid, username, email, password_hash, role)
            select gen_random_uuid(), copy.name, copy.name || '@example.com', password_hash, role
            from users,
                lateral (
                    select $2 as name
                    union all select $2 || '-' || number from generate_series(1, $3::int) as number where role <> 'user'
                ) as copy
            where username = $1";
        let spares = i32::try_from(SPARES).unwrap_or_default();
        let copied = database.client().execute(copy, &[&original, &name, &spares]).await;
        copied.map_err(|error| format!("accounts of {worker}: {error}"))?;
        login["username"] = json!(name);
        *payload = json!(login.to_string());
    }
    write(file, &principals)?;
    Ok(format!("fuzz-{worker}"))
}

/// Writes the principals of the demonstration data.
pub fn write_originals(file: &Path) -> Result<(), String> {
    write(file, &originals()?)
}

fn originals() -> Result<Value, String> {
    let name = spec::repository().join("harness/fuzz/principals.json");
    let text = std::fs::read_to_string(&name).map_err(|error| format!("{}: {error}", name.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", name.display()))
}

fn write(file: &Path, principals: &Value) -> Result<(), String> {
    std::fs::write(file, principals.to_string()).map_err(|error| format!("{}: {error}", file.display()))
}
