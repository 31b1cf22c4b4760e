//! A session of PostgreSQL: its settings, and the checks that it has them and is not shared. A pooler may drop the
//! options of the start-up message. A pooler in transaction mode gives a session to several clients in turn.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deadpool_postgres::ClientWrapper;
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::SessionRole;
use crate::platform::db::{ConnectError, LoginPolicy};

/// Settings of a session besides its role, in the form in which PostgreSQL shows them.
///
/// A lock is awaited for longer than PostgreSQL's `deadlock_timeout` of 1 s. Only then does PostgreSQL look for a deadlock,
/// whose victim runs again, and cancel an autovacuum that holds the lock. A wait that ends earlier, or at the same moment, only
/// fails.
///
/// Statements are planned once, without their parameters: to plan each execution costs more than most of them. A statement
/// whose best plan depends on its parameters has a variant for each case.
pub(in crate::platform) const SETTINGS: [(&str, &str); 6] = [
    ("statement_timeout", "1400ms"),
    ("lock_timeout", LOCK_TIMEOUT),
    ("idle_in_transaction_session_timeout", "5s"),
    ("TimeZone", "UTC"),
    ("plan_cache_mode", "force_generic_plan"),
    // The plans of long statements are estimated to be costly, and would be compiled at each execution, which takes longer
    // than to run them.
    ("jit", "off"),
];

/// Maximum wait of a statement for a lock.
pub(in crate::platform) const LOCK_TIMEOUT: &str = "1200ms";

/// Query for every checked property of a new session, in one round trip. The last column identifies the process of the
/// session. PostgreSQL may reuse a process id, and a client a port, but not both until the server restarts.
const CHECK: &str = r"-- platform.check_session
select
    current_setting('role') as role,
    current_setting('statement_timeout') as statement_timeout,
    current_setting('lock_timeout') as lock_timeout,
    current_setting('idle_in_transaction_session_timeout') as idle_in_transaction_session_timeout,
    current_setting('TimeZone') as timezone,
    current_setting('plan_cache_mode') as plan_cache_mode,
    current_setting('jit') as jit,
    current_setting('server_encoding') as server_encoding,
    roles.rolsuper or pg_has_role(roles.oid, 'agora_owner', 'member') as is_privileged,
    concat_ws(' ', pg_backend_pid(), inet_client_addr(), inet_client_port(), pg_postmaster_start_time()) as backend
from pg_roles as roles
where roles.rolname = session_user";

/// Lifetime of a session, plus or minus a tenth. It bounds the time until new poolers, promoted standbys and new
/// settings take effect.
const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// Maximum time for a suspected connection to respond to an empty query.
pub(in crate::platform) const PROOF: Duration = Duration::from_millis(250);
/// Time for which no connection is used after two were found to share a session.
const SHARED_FOR: Duration = Duration::from_secs(30);

/// Open sessions of a process on one server, and whether they can be trusted. Pools of the same server share it.
#[derive(Clone, Default)]
pub struct Sessions {
    shared: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Open sessions, by their processes.
    backends: HashSet<String>,
    /// Last time that two connections were found to share a session.
    mixed_at: Option<Instant>,
    /// Last time that a connection did not respond.
    suspected_at: Option<Instant>,
    /// Connections that have not responded since then are closed.
    trusted_since: Option<Instant>,
}

/// Decision on a connection before its reuse.
#[derive(Debug, Eq, PartialEq)]
enum Verdict {
    Use,
    Prove,
    Drop(&'static str),
}

impl Sessions {
    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a session. If another connection of this process has the same session, neither is used.
    fn enter(&self, backend: String) -> Result<Entry, ConnectError> {
        let mut state = self.state();
        if !state.backends.insert(backend.clone()) {
            state.mixed_at = Some(Instant::now());
            return Err(ConnectError::SharedSession);
        }
        let are_mixed = state.are_mixed();
        drop(state);
        let entry = Entry { sessions: self.clone(), backend };
        if are_mixed { Err(ConnectError::SharedSession) } else { Ok(entry) }
    }

    /// Records that a connection did not respond. Each other connection must respond before its reuse. The first that
    /// does not causes all to be closed.
    pub(in crate::platform) fn suspect(&self) {
        self.state().suspected_at = Some(Instant::now());
    }

    /// Marks all connections that have not responded since now to be closed.
    fn distrust(&self) {
        let mut state = self.state();
        state.trusted_since = Some(Instant::now());
        state.suspected_at = None;
    }

    fn verdict(&self, answered_at: Instant) -> Verdict {
        let state = self.state();
        if state.are_mixed() {
            Verdict::Drop("another connection may share its session")
        } else if state.trusted_since.is_some_and(|since| answered_at < since) {
            Verdict::Drop("other connections of its age do not respond")
        } else if state.suspected_at.is_some_and(|at| answered_at <= at) {
            Verdict::Prove
        } else {
            Verdict::Use
        }
    }
}

impl State {
    fn are_mixed(&self) -> bool {
        self.mixed_at.is_some_and(|at| at.elapsed() < SHARED_FOR)
    }
}

/// Registration of a session while it is open.
struct Entry {
    sessions: Sessions,
    backend: String,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.sessions.state().backends.remove(&self.backend);
    }
}

/// A connection with a checked session.
pub(in crate::platform) struct Session {
    client: ClientWrapper,
    /// Time of the last response.
    answered_at: Instant,
    ends_at: Instant,
    entry: Entry,
}

impl Deref for Session {
    type Target = ClientWrapper;

    fn deref(&self) -> &ClientWrapper {
        &self.client
    }
}

impl Session {
    /// Checks the session of a new connection.
    pub(in crate::platform) async fn check(
        client: ClientWrapper,
        role: SessionRole,
        logins: LoginPolicy,
        sessions: &Sessions,
    ) -> Result<Self, ConnectError> {
        let row = find(&client).await?;
        if logins == LoginPolicy::LeastPrivilege && row.get("is_privileged") != Some("f") {
            return Err(ConnectError::PrivilegedLogin);
        }
        let encoding = row.get("server_encoding").unwrap_or_default();
        if encoding != "UTF8" {
            return Err(ConnectError::Encoding(encoding.to_owned()));
        }
        for (name, wanted) in SETTINGS.iter().chain(&[("role", role.name())]) {
            let found = row.get(name.to_lowercase().as_str()).unwrap_or_default();
            if found != *wanted {
                return Err(ConnectError::Setting { name, wanted, found: found.to_owned() });
            }
        }
        let entry = sessions.enter(row.get("backend").unwrap_or_default().to_owned())?;
        let now = Instant::now();
        Ok(Self { client, answered_at: now, ends_at: now + lifetime(), entry })
    }

    /// Returns `true` if the session may be used without a further check.
    pub(in crate::platform) fn is_good(&self) -> bool {
        self.verdict() == Verdict::Use
    }

    /// Checks that the session may be used. A suspected one must respond to an empty query.
    ///
    /// # Errors
    /// Returns the reason why the session must not be used.
    pub(in crate::platform) async fn prove(&mut self) -> Result<(), &'static str> {
        match self.verdict() {
            Verdict::Use => Ok(()),
            Verdict::Drop(why) => Err(why),
            Verdict::Prove => {
                if matches!(tokio::time::timeout(PROOF, self.simple_query("")).await, Ok(Ok(_))) {
                    self.answered_at = Instant::now();
                    return Ok(());
                }
                self.entry.sessions.distrust();
                Err("it does not respond")
            }
        }
    }

    fn verdict(&self) -> Verdict {
        if self.client.is_closed() {
            Verdict::Drop("it has closed")
        } else if self.ends_at <= Instant::now() {
            Verdict::Drop("it has reached its maximum age")
        } else {
            self.entry.sessions.verdict(self.answered_at)
        }
    }
}

async fn find(client: &Client) -> Result<SimpleQueryRow, ConnectError> {
    let responses = client.simple_query(CHECK).await?;
    let row = responses.into_iter().find_map(|response| match response {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    row.ok_or(ConnectError::Ended)
}

/// Returns a randomized lifetime, so that sessions opened together do not end together.
fn lifetime() -> Duration {
    let tenth = LIFETIME.as_secs() / 10;
    let jitter = RandomState::new().hash_one(0) % (2 * tenth);
    LIFETIME + Duration::from_secs(jitter) - Duration::from_secs(tenth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_that_share_a_session_are_both_rejected() {
        let sessions = Sessions::default();
        let first = sessions.enter("1".to_owned()).expect("is alone");
        let second = sessions.enter("2".to_owned()).expect("is another");
        assert_eq!(sessions.verdict(Instant::now()), Verdict::Use);
        assert!(matches!(sessions.enter("1".to_owned()), Err(ConnectError::SharedSession)));
        assert_ne!(sessions.verdict(Instant::now()), Verdict::Use, "the first may not go on either");
        assert!(sessions.enter("3".to_owned()).is_err(), "nor may others, for a while");
        drop((first, second));
        assert!(sessions.state().backends.is_empty());
    }

    #[test]
    fn a_session_that_has_ended_may_come_again() {
        let sessions = Sessions::default();
        drop(sessions.enter("1".to_owned()).expect("is alone"));
        assert!(sessions.enter("1".to_owned()).is_ok());
    }

    #[test]
    fn sessions_live_half_an_hour_more_or_less() {
        for _ in 0..100 {
            let minutes = lifetime().as_secs() / 60;
            assert!((27..=33).contains(&minutes), "{minutes}");
        }
    }
}
