//! CPU time of processes as reported by Linux, in nanoseconds and summed over threads, and the time that they waited for
//! a CPU.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::statistics::as_f64;

/// A snapshot of the CPU time of every thread of some processes.
pub struct CpuTime {
    threads: HashMap<PathBuf, OfThread>,
}

#[derive(Clone, Copy, Default)]
struct OfThread {
    on_cpu: u64,
    waiting: u64,
}

impl CpuTime {
    /// Reads the CPU time of one process.
    pub fn of_process(pid: u32) -> Result<Self, String> {
        let mut threads = HashMap::new();
        add_threads(pid, &mut threads);
        if threads.is_empty() {
            return Err(format!("/proc/{pid}/task/*/schedstat cannot be read: the benchmark needs Linux"));
        }
        Ok(Self { threads })
    }

    /// Reads the CPU time of a process and its children: PostgreSQL has one child per connection.
    pub fn of_family(pid: u32) -> Result<Self, String> {
        let mut family = Self::of_process(pid)?;
        for child in children(pid)? {
            add_threads(child, &mut family.threads);
        }
        Ok(family)
    }

    /// Returns the microseconds of CPU time since an earlier snapshot, without threads that have ended in between.
    pub fn microseconds_since(&self, earlier: &Self) -> f64 {
        self.since(earlier, |thread| thread.on_cpu)
    }

    /// Like [`CpuTime::microseconds_since`], for the time in which runnable threads waited for a CPU.
    pub fn microseconds_waited_since(&self, earlier: &Self) -> f64 {
        self.since(earlier, |thread| thread.waiting)
    }

    fn since(&self, earlier: &Self, of: fn(&OfThread) -> u64) -> f64 {
        let of_thread = |(thread, now): (&PathBuf, &OfThread)| {
            of(now).saturating_sub(earlier.threads.get(thread).map(of).unwrap_or_default())
        };
        as_f64(self.threads.iter().map(of_thread).sum()) / 1000.0
    }
}

fn add_threads(pid: u32, threads: &mut HashMap<PathBuf, OfThread>) {
    // The process may exit meanwhile; then it has no threads.
    for entry in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
        let path = entry.path().join("schedstat");
        let reported = fs::read_to_string(&path).unwrap_or_default();
        let mut numbers = reported.split_ascii_whitespace().map_while(|number| number.parse().ok());
        if let (Some(on_cpu), Some(waiting)) = (numbers.next(), numbers.next()) {
            threads.insert(path, OfThread { on_cpu, waiting });
        }
    }
}

/// Returns the child processes of a process.
pub fn children(pid: u32) -> Result<Vec<u32>, String> {
    let entries = fs::read_dir("/proc").map_err(|error| error.to_string())?.flatten();
    let processes = entries.filter_map(|entry| {
        let process = entry.file_name().to_str()?.parse().ok()?;
        (field(&entry.path(), 1)? == u64::from(pid)).then_some(process)
    });
    Ok(processes.collect())
}

/// Returns the CPU time of the exited children of a process, with a resolution of 10 ms.
pub fn ended_children(pid: u32) -> Result<Duration, String> {
    let process = PathBuf::from(format!("/proc/{pid}"));
    // Linux reports hundredths of a second on every platform that Rust supports.
    let ticks = field(&process, 13).zip(field(&process, 14)).map(|(user, system)| user + system);
    let ticks = ticks.ok_or_else(|| format!("/proc/{pid}/stat cannot be read"))?;
    Ok(Duration::from_millis(ticks * 10))
}

/// Returns a numeric field of `stat`, counted after the process name: 0 is the state, 1 the parent.
fn field(process: &Path, index: usize) -> Option<u64> {
    // The name is in parentheses and may contain any character.
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(index)?.parse().ok()
}

/// Returns the total time that any task of the machine waited for a CPU; `None` if the kernel does not report it.
pub fn pressure() -> Option<Duration> {
    let reported = fs::read_to_string("/proc/pressure/cpu").ok()?;
    let some = reported.lines().find(|line| line.starts_with("some "))?;
    some.rsplit_once("total=")?.1.trim().parse().ok().map(Duration::from_micros)
}

#[cfg(test)]
mod tests {
    use agora_harness::memory::resident_mib;

    use super::*;

    fn spin() {
        std::hint::black_box((0..20_000_000_u64).fold(0, |sum, n| std::hint::black_box(sum ^ n)));
    }

    #[test]
    fn work_of_this_process_is_seen() {
        let pid = std::process::id();
        let before = CpuTime::of_process(pid).expect("Linux tells");
        let worker = std::thread::spawn(spin);
        while !worker.is_finished() {
            std::thread::yield_now();
        }
        let after = CpuTime::of_family(pid).expect("Linux tells");
        assert!(after.microseconds_since(&before) > 100.0);
        assert!(after.microseconds_waited_since(&before) >= 0.0);
        assert!(resident_mib(pid).expect("Linux tells") > 1.0);
    }

    #[test]
    fn work_of_children_is_seen_while_they_live_and_after() {
        let pid = std::process::id();
        let before = ended_children(pid).expect("Linux tells");
        let mut child = std::process::Command::new("sh")
            .args(["-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; read line"])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .expect("there is a shell");
        assert!(children(pid).expect("Linux tells").contains(&child.id()));
        drop(child.stdin.take());
        child.wait().expect("it ends");
        assert!(!children(pid).expect("Linux tells").contains(&child.id()));
        assert!(ended_children(pid).expect("Linux tells") > before);
    }
}
