//! Exit of the harness's programs.

use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;

/// Writes a program's report to standard output, or its error to standard error, and returns the exit code. It is
/// success only if there is a report and `is_good` returns `true` for it.
#[must_use]
pub fn ended<R: Display>(
    program: &str,
    found: Result<R, String>,
    is_good: impl FnOnce(&R) -> bool,
) -> ExitCode {
    let reported = found.and_then(|report| {
        write!(std::io::stdout(), "{report}").map_err(|error| error.to_string())?;
        Ok(is_good(&report))
    });
    match reported {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{program}: {why}");
            ExitCode::FAILURE
        }
    }
}
