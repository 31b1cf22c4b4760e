//! How a program of the harness ends.

use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;

/// Tells what a program has found, or why it could not: success only where what was found is good.
#[must_use]
pub fn ended<R: Display>(
    program: &str,
    found: Result<R, String>,
    is_good: impl FnOnce(&R) -> bool,
) -> ExitCode {
    let told = found.and_then(|report| {
        write!(std::io::stdout(), "{report}").map_err(|error| error.to_string())?;
        Ok(is_good(&report))
    });
    match told {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{program}: {why}");
            ExitCode::FAILURE
        }
    }
}
