//! The resident memory of a process, as Linux tells it.

use std::fs;

/// Resident memory now, in MiB.
///
/// # Errors
/// When the process is gone, or this is not Linux.
pub fn resident_mib(pid: u32) -> Result<f64, String> {
    status_mib(pid, "VmRSS")
}

/// The most that was resident since [`forget_peak`], in MiB.
///
/// # Errors
/// As for [`resident_mib`].
pub fn peak_mib(pid: u32) -> Result<f64, String> {
    status_mib(pid, "VmHWM")
}

/// Begins to look for the peak anew.
///
/// # Errors
/// As for [`resident_mib`], and when the process is another user's.
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
