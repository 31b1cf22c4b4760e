//! Inspection of processes that need not be children of this one, and waiting for them.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Interval between two checks of a condition: short compared with the wait, long compared with one check.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(3);

/// An entry of the system's process table.
struct Entry {
    pid: u32,
    parent: u32,
    zombie: bool,
}

/// Sends a signal. A failure is ignored, such as a process that has already exited: callers check its state.
pub(crate) fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// Returns `true` if the process is running. A zombie is not.
pub(crate) fn is_alive(pid: u32) -> bool {
    platform::entry(pid).is_some_and(|entry| !entry.zombie)
}

/// Returns the running children of a process.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    let entries = platform::entries().into_iter();
    entries.filter(|entry| entry.parent == pid && !entry.zombie).map(|entry| entry.pid).collect()
}

/// Returns `true` if the process is the PostgreSQL server of `pgdata`, not another that reuses its id.
pub(crate) fn is_postgres_of(pid: u32, pgdata: &Path) -> bool {
    is_alive(pid) && platform::is_postgres_of(pid, pgdata)
}

/// Polls a condition until it is true, for at most `deadline`, and returns `true` if it became true in time.
pub(crate) fn wait_until(deadline: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + deadline;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(POLL_INTERVAL);
    }
}

#[cfg(target_os = "linux")]
mod platform {
    use std::fs;
    use std::path::Path;

    use super::Entry;

    pub(super) fn entry(pid: u32) -> Option<Entry> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The program's name is in parentheses and may itself contain some: the fields follow the last one.
        let (_, fields) = stat.rsplit_once(')')?;
        let mut fields = fields.split_whitespace();
        let state = fields.next()?;
        let parent = fields.next()?.parse().ok()?;
        let zombie = matches!(state, "Z" | "X");
        Some(Entry { pid, parent, zombie })
    }

    pub(super) fn entries() -> Vec<Entry> {
        let names = fs::read_dir("/proc").into_iter().flatten().flatten();
        names.filter_map(|name| entry(name.file_name().to_str()?.parse().ok()?)).collect()
    }

    /// Compares the program's name and working directory. The server runs in its data directory, as do its children.
    pub(super) fn is_postgres_of(pid: u32, pgdata: &Path) -> bool {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        let works_in = fs::read_link(format!("/proc/{pid}/cwd"));
        name.starts_with("postgres") && works_in.is_ok_and(|folder| folder == pgdata)
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use std::path::Path;
    use std::process::Command;

    use super::Entry;

    fn ps(arguments: &[&str]) -> String {
        let output = Command::new("ps").args(arguments).output();
        output.map_or_else(|_| String::new(), |output| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn parse(line: &str) -> Option<Entry> {
        let mut fields = line.split_whitespace();
        let pid = fields.next()?.parse().ok()?;
        let parent = fields.next()?.parse().ok()?;
        let zombie = fields.next()?.starts_with('Z');
        Some(Entry { pid, parent, zombie })
    }

    pub(super) fn entry(pid: u32) -> Option<Entry> {
        let table = ps(&["-o", "pid=,ppid=,state=", "-p", &pid.to_string()]);
        table.lines().find_map(parse)
    }

    pub(super) fn entries() -> Vec<Entry> {
        let table = ps(&["-A", "-o", "pid=,ppid=,state="]);
        table.lines().filter_map(parse).collect()
    }

    /// Searches the command line, which has the data directory among its arguments.
    pub(super) fn is_postgres_of(pid: u32, pgdata: &Path) -> bool {
        let command = ps(&["-ww", "-o", "command=", "-p", &pid.to_string()]);
        command.contains("postgres") && pgdata.to_str().is_some_and(|folder| command.contains(folder))
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_child_that_ended_is_not_alive_even_before_it_is_waited_for() {
        let mut child = Command::new("sleep").arg("60").spawn().expect("start a child");
        let pid = child.id();
        assert!(is_alive(pid));
        assert!(children(std::process::id()).contains(&pid));
        assert!(!is_postgres_of(pid, Path::new("/")));
        signal(pid, Signal::KILL);
        assert!(wait_until(Duration::from_secs(10), || !is_alive(pid)));
        child.wait().expect("wait for the child");
    }
}
