//! The log of the servers in this process. It is passed on to standard error. No line may contain a secret that a client
//! has sent or received.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

/// Members of bodies whose values are secrets.
const MEMBERS: &[&str] = &["access", "new_password", "old_password", "password", "refresh", "token"];
/// Headers whose values are secrets.
const HEADERS: &[&str] = &["authorization", "cookie"];
/// Minimum length of a secret in bytes. Shorter ones, such as `wrong`, are also words of messages.
const SHORTEST: usize = 10;
/// Minimum number of different characters in a secret. Others are values for a bound, which are also sent elsewhere.
const LEAST: usize = 4;
/// Number of bytes of log lines after which they are checked.
const MANY: usize = 1 << 20;

static KNOWN: Mutex<Known> = Mutex::new(Known { secrets: BTreeSet::new(), lines: Vec::new(), leak: None });

struct Known {
    secrets: BTreeSet<String>,
    /// Lines that are not checked yet. A secret of a response can become known after the line of its request.
    lines: Vec<u8>,
    leak: Option<String>,
}

fn known() -> MutexGuard<'static, Known> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Known {
    fn keep(&mut self, secret: &str) {
        let characters: BTreeSet<char> = secret.chars().collect();
        if secret.len() >= SHORTEST && characters.len() >= LEAST {
            self.secrets.insert(secret.to_owned());
        }
    }

    fn check(&mut self) {
        let text = String::from_utf8_lossy(&self.lines);
        let has_secret = |line: &&str| self.secrets.iter().any(|secret| line.contains(secret.as_str()));
        let leak = text.lines().find(has_secret).map(str::to_owned);
        self.leak = self.leak.take().or(leak);
        self.lines.clear();
    }
}

/// A writer of log lines.
pub(crate) struct Lines;

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut known = known();
        known.lines.extend_from_slice(bytes);
        if known.lines.len() > MANY {
            known.check();
        }
        io::stderr().write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Adds the values of headers that are secrets.
pub(crate) fn keep_headers(headers: &[(String, String)]) {
    for (_, value) in headers.iter().filter(|(name, _)| HEADERS.contains(&name.as_str())) {
        known().keep(value.strip_prefix("Bearer ").unwrap_or(value));
    }
}

/// Adds the secrets in a body.
pub(crate) fn keep_members(body: &[u8]) {
    let text = String::from_utf8_lossy(body);
    if MEMBERS.iter().any(|name| text.contains(name)) {
        keep_below(&serde_json::from_str(&text).unwrap_or_default());
    }
}

fn keep_below(value: &Value) {
    for (name, member) in value.as_object().into_iter().flatten() {
        match member {
            Value::String(secret) if MEMBERS.contains(&name.as_str()) => known().keep(secret),
            _ => keep_below(member),
        }
    }
}

/// Checks the lines that were written until now.
///
/// # Panics
/// If one of them contains a secret.
pub(crate) fn check() {
    let mut known = known();
    known.check();
    let leak = known.leak.take();
    drop(known);
    assert!(leak.is_none(), "a secret is in the log: {}", leak.unwrap_or_default());
}
