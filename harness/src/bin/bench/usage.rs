//! What processes used, as Linux tells it: CPU time to the nanosecond, summed over threads, and memory.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// CPU time of every thread of some processes, at one moment.
pub struct CpuTime {
    nanoseconds: HashMap<String, u64>,
}

impl CpuTime {
    /// Of one process.
    pub fn of_process(pid: u32) -> Result<Self, String> {
        let mut nanoseconds = HashMap::new();
        add_threads(pid, &mut nanoseconds);
        if nanoseconds.is_empty() {
            return Err(format!("/proc/{pid}/task/*/schedstat cannot be read: the benchmark needs Linux"));
        }
        Ok(Self { nanoseconds })
    }

    /// Of a process and its children: PostgreSQL has one for each connection.
    pub fn of_family(pid: u32) -> Result<Self, String> {
        let mut family = Self::of_process(pid)?;
        for entry in fs::read_dir("/proc").map_err(|error| error.to_string())?.flatten() {
            let other = entry.file_name().to_str().and_then(|name| name.parse().ok());
            if let Some(other) = other.filter(|_| parent(&entry.path()) == Some(pid)) {
                add_threads(other, &mut family.nanoseconds);
            }
        }
        Ok(family)
    }

    /// Microseconds since an earlier moment. Threads that ended in between are not counted.
    pub fn microseconds_since(&self, earlier: &Self) -> f64 {
        let of_thread = |(thread, now): (&String, &u64)| {
            now.saturating_sub(earlier.nanoseconds.get(thread).copied().unwrap_or_default())
        };
        as_f64(self.nanoseconds.iter().map(of_thread).sum()) / 1000.0
    }
}

fn add_threads(pid: u32, nanoseconds: &mut HashMap<String, u64>) {
    // A process may end while it is looked at: then it has no threads.
    for entry in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
        let path = entry.path().join("schedstat");
        let told = fs::read_to_string(&path).unwrap_or_default();
        if let Some(on_cpu) = told.split(' ').next().and_then(|first| first.parse().ok()) {
            nanoseconds.insert(path.display().to_string(), on_cpu);
        }
    }
}

fn parent(process: &Path) -> Option<u32> {
    // After the name, which is in parentheses and may hold anything: the state, then the parent.
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

/// Resident memory of a process in MiB.
pub fn resident_mib(pid: u32) -> Result<f64, String> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    kib.map(|kib: u64| as_f64(kib) / 1024.0).ok_or_else(|| format!("{path} has no VmRSS"))
}

/// Counts of a benchmark are far below where a float loses whole numbers.
#[expect(clippy::cast_precision_loss, reason = "below 2^53")]
pub fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_of_this_process_is_seen() {
        let before = CpuTime::of_process(std::process::id()).expect("Linux tells");
        let worker =
            std::thread::spawn(|| (0..20_000_000_u64).fold(0, |sum, n| std::hint::black_box(sum ^ n)));
        let pid = std::process::id();
        while !worker.is_finished() {
            std::thread::yield_now();
        }
        let after = CpuTime::of_family(pid).expect("Linux tells");
        assert!(after.microseconds_since(&before) > 100.0);
        assert!(resident_mib(pid).expect("Linux tells") > 1.0);
    }
}
