//! The limit of open files. Connections of clients leave files for those to the database: otherwise idle clients could take
//! all, and no request could be served.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Config;

/// Files that are neither connections of clients nor of the database: listeners, the runtime, logs and name resolution.
const OTHERS: usize = 64;

/// Raises the limit as far as this process may, and returns the number of client connections that it allows: at most the
/// configured one.
pub(super) fn connections(config: &Config, reserved: usize) -> usize {
    let limits = getrlimit(Resource::Nofile);
    if limits.current != limits.maximum {
        let raised = setrlimit(Resource::Nofile, Rlimit { current: limits.maximum, ..limits });
        if let Err(error) = raised {
            tracing::debug!(%error, "the limit of open files cannot be raised");
        }
    }
    let files = getrlimit(Resource::Nofile).current;
    let allowed = within(config.max_connections, files, config.database_pool_size + reserved);
    if allowed < config.max_connections {
        tracing::warn!(
            connections = allowed,
            files,
            "the limit of open files is too low for AGORA_MAX_CONNECTIONS, so fewer connections are accepted: raise it (`ulimit -n`, LimitNOFILE)"
        );
    }
    allowed
}

/// Returns the number of client connections that leave `reserved` files and some others. `None` means no limit.
fn within(wanted: usize, files: Option<u64>, reserved: usize) -> usize {
    let files = files.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX);
    wanted.min(files.saturating_sub(reserved + OTHERS)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_leave_files_for_everything_else() {
        assert_eq!(within(4096, None, 18), 4096);
        assert_eq!(within(4096, Some(20_000), 18), 4096);
        assert_eq!(within(4096, Some(1024), 18), 1024 - 18 - OTHERS);
        assert_eq!(within(100, Some(1024), 18), 100);
        assert_eq!(within(100, Some(10), 18), 1, "or the server would not serve at all");
    }
}
