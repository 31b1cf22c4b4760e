//! Resident memory of a process, read from Linux's `/proc`.

use std::fs;

/// Returns the current resident memory in MiB.
///
/// # Errors
/// If the process does not exist, or the system is not Linux.
pub fn resident_mib(pid: u32) -> Result<f64, String> {
    status_mib(pid, "VmRSS")
}

/// Returns the peak resident memory in MiB since [`forget_peak`], or else since the start of the process.
///
/// # Errors
/// As for [`resident_mib`].
pub fn peak_mib(pid: u32) -> Result<f64, String> {
    status_mib(pid, "VmHWM")
}

/// Resets the peak to the current resident memory.
///
/// # Errors
/// As for [`resident_mib`], and if the process belongs to another user.
pub fn forget_peak(pid: u32) -> Result<(), String> {
    let path = format!("/proc/{pid}/clear_refs");
    fs::write(&path, "5").map_err(|error| format!("{path}: {error}"))
}

fn status_mib(pid: u32, name: &str) -> Result<f64, String> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u32>().ok());
    kib.map(|kib| f64::from(kib) / 1024.0).ok_or_else(|| format!("{path} has no {name}"))
}
