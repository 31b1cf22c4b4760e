//! The pages and what browsers may do with them.

use std::io::Read as _;
use std::sync::LazyLock;

use flate2::read::GzDecoder;

use crate::seed::{DATASET_LOGIN, DEMO_LOGINS};

/// `ReDoc`, compressed; `redoc/README.md` says where it comes from.
pub const SCRIPT_PACKED: &[u8] = include_bytes!("redoc/redoc.standalone.js.gz");

/// `ReDoc`, for who does not take it compressed.
pub static SCRIPT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut script = Vec::new();
    // What is in the binary unpacks; a test sees to it.
    let unpacked = GzDecoder::new(SCRIPT_PACKED).read_to_end(&mut script);
    debug_assert!(unpacked.is_ok());
    script
});

/// The page of `ReDoc`: its script, its search as a worker of its own making, styles that it writes itself.
pub const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data:; \
                               connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; \
                               frame-ancestors 'none'";

/// The start page has nothing but styles.
pub const START_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
                                form-action 'none'; frame-ancestors 'none'";

/// The icon of both pages is empty, so that browsers do not ask for one.
const DOCS: &str = include_str!("docs.html");
const START: &str = include_str!("start.html");

/// The documentation, for clients that call this server by a prefix.
pub fn docs(prefix: &str) -> String {
    DOCS.replace("{{prefix}}", prefix)
}

/// The start page; `has_logins` shows those of the sandbox.
pub fn start(prefix: &str, has_logins: bool) -> String {
    let logins = if has_logins { logins() } else { String::new() };
    START
        .replace("{{prefix}}", prefix)
        .replace("{{version}}", env!("CARGO_PKG_VERSION"))
        .replace("{{logins}}", &logins)
}

/// A table of everybody's logins. Names and passwords are our own, and none has a character of markup.
fn logins() -> String {
    let demo = DEMO_LOGINS.iter().map(|login| (login.username, login.password));
    let rows: String = [DATASET_LOGIN]
        .into_iter()
        .chain(demo)
        .map(|(name, password)| {
            format!("<tr><td><code>{name}</code></td><td><code>{password}</code></td></tr>\n")
        })
        .collect();
    format!(
        "<h2>Log in as</h2>\n<table>\n<tr><th>User name</th><th>Password</th></tr>\n{rows}</table>\n\
         <p>Every other user of the FakeStore dataset has their password of there. <code>POST /__sandbox/reset</code> \
         puts everything back.</p>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_unpacks() {
        assert!(SCRIPT.len() > 1_000_000);
        assert!(!String::from_utf8_lossy(&SCRIPT).contains("cdn.redoc.ly"));
    }

    #[test]
    fn only_the_sandbox_tells_logins() {
        assert!(start("", true).contains("agora-admin-1"));
        let without = start("", false);
        assert!(!without.contains("agora-admin-1") && !without.contains("{{"));
    }

    #[test]
    fn logins_need_no_escape() {
        let demo = DEMO_LOGINS.iter().map(|login| (login.username, login.password));
        for (name, password) in [DATASET_LOGIN].into_iter().chain(demo) {
            assert!(![name, password].concat().contains(['<', '>', '&', '"']));
        }
    }
}
