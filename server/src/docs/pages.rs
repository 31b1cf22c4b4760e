//! The HTML pages and their content security policies.

use std::io::Read as _;
use std::sync::LazyLock;

use flate2::read::GzDecoder;

use crate::seed::{DATASET_LOGIN, DEMO_LOGINS};

/// `ReDoc`, compressed; `redoc/README.md` names its source.
pub const SCRIPT_PACKED: &[u8] = include_bytes!("redoc/redoc.standalone.js.gz");

/// `ReDoc`, unpacked for clients that do not accept gzip.
pub static SCRIPT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut script = Vec::new();
    // A test checks that the embedded file unpacks.
    let unpacked = GzDecoder::new(SCRIPT_PACKED).read_to_end(&mut script);
    debug_assert!(unpacked.is_ok());
    script
});

/// Policy of the documentation: `ReDoc`'s script, its search worker (a blob) and the inline styles that it writes.
pub const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data:; \
                               connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; \
                               frame-ancestors 'none'";

/// Policy of the start page and the problem pages, which have inline styles only.
pub const START_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
                                form-action 'none'; frame-ancestors 'none'";

// Both pages have an empty icon, so that browsers do not request one.
const DOCS: &str = include_str!("docs.html");
const START: &str = include_str!("start.html");

/// Renders the documentation; `prefix` precedes the paths of its links.
pub fn docs(prefix: &str) -> String {
    DOCS.replace("{{prefix}}", prefix)
}

/// Renders the start page; `has_logins` adds the logins of the sandbox.
pub fn start(prefix: &str, has_logins: bool) -> String {
    let logins = if has_logins { logins() } else { String::new() };
    START
        .replace("{{prefix}}", prefix)
        .replace("{{version}}", env!("CARGO_PKG_VERSION"))
        .replace("{{logins}}", &logins)
}

/// Renders the table of published logins. A test checks that none contains a character of markup.
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
        "<h2>Demo accounts</h2>\n<table>\n<tr><th>Username</th><th>Password</th></tr>\n{rows}</table>\n\
         <p>The other users of the FakeStore dataset keep their passwords. <code>POST /__sandbox/reset</code> restores the \
         data. <code>POST /__sandbox/clock</code> moves the clock forward.</p>"
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
    fn only_the_sandbox_shows_logins() {
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
